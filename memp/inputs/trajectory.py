"""Parsing of a run as a caller passes it: task, steps, outcome, tokens and evidence, cleaned and without secrets.

Each text is cleaned and redacted once, by memp.text.redact, before anything else reads it.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from memp.domain.trajectory import (
    MAX_TEXT,
    MAX_TOKENS,
    Provenance,
    Step,
    Trajectory,
    dumped,
    happened,
)
from memp.errors import InputError
from memp.inputs.listing import listed, note_of
from memp.inputs.size import MAX_TRAJECTORY, bounded, closed, ends_of, half_kept, length, too_large
from memp.text.quoting import quoted
from memp.text.recurring import Recurring
from memp.text.redact import redact_all, sanitise

LONG_TASK = 2_000
"""Characters of a task from which on it is no sentence that a later one would be like."""

MOST_STEPS = 5_000
"""Steps of a run: an agent's has some hundreds at most, and what is built of each takes time."""

MAX_FACTS = 12
MAX_FACT = 120
"""Characters of one key fact."""

MAX_TRIGGER = 300
"""Characters of an error that are embedded and shown."""

_ARROW = re.compile(r"\s+(?:(?:->|=>|→)\s+|(?:->|→)$)")
"""Between an action and what was seen; at the end of a step nothing was seen, as of most shell commands that went well."""

NO_SECRETS = Recurring()


def parse_trajectory(
    task: object, steps: object, tokens: object, provenance: Provenance, at: datetime | None = None,
    secrets: Recurring = NO_SECRETS,
) -> tuple[Trajectory, list[str]]:  # fmt: skip
    """A run, its outcome still open (reward 0), and a sentence for each thing that was done to its texts. `secrets` are those
    that it and the texts passed with it hold; each is told of once.

    Raises:
        InputError: the task is empty, or the steps or tokens cannot be read.
    """
    parsed, cuts, others = parse_steps(steps, secrets)
    notes = list(cuts)
    notes += [*_unreadable(steps), *note_of(steps, len(parsed))]
    text, more = parse_text(secrets.hide(task)[0], "task")
    if count := secrets.count + others + more:
        notes.append(f"{count} secret(s) redacted")
    run = Trajectory(
        task=cut(text, "the task", notes),
        steps=parsed,
        reward=0.0,
        provenance=safe_provenance(provenance),
        tokens=parse_tokens(tokens),
        created_at=happened(at),
    )
    if length(text) > LONG_TASK:
        notes.append(f"the task has {length(text):,} characters: say it in a sentence, by which it is found again")
    return run, notes


def _unreadable(steps: object) -> list[str]:
    """A note for each text of a step of which nothing is left, since it holds control characters only."""
    if not isinstance(steps, Sequence):
        return []
    return [
        f"the {name} of step {number} held only control characters: nothing of it is kept"
        for number, entry in enumerate(cast(Sequence[object], steps), 1)
        if isinstance(entry, Mapping)
        for name, text in cast(Mapping[str, object], entry).items()
        if name in Step.model_fields and isinstance(text, str) and _is_control(text)
    ]


def _is_control(text: str) -> bool:
    """Whether a text holds something and nothing of it can be seen; of a long text its first letter answers that."""
    return bool(text.strip()) and not any(char.isprintable() and not char.isspace() for char in text)


def parse_text(value: object, name: str) -> tuple[str, int]:
    """A required text, sanitised, and how many secrets were redacted in it.

    Raises:
        InputError: it is not text, or empty.
    """
    if not isinstance(value, str):
        raise InputError(f"'{name}' must be text, not {_type_of(value)}.")
    text, secrets = sanitise(value)
    if not "".join(ends_of(text)).strip("\ufffd \n\t"):
        raise InputError(f"'{name}' is empty: say in a sentence what it is.")
    return text, secrets


def safe_text(value: object, name: str) -> str:
    """A required text, sanitised.

    Raises:
        InputError: it is not text, or empty.
    """
    return closed(parse_text(value, name)[0])


def safe_optional(value: str | None) -> str:
    """An optional text, sanitised; empty where none is passed."""
    return closed(sanitise(value or "")[0])


def safe_facts(value: Sequence[str]) -> tuple[str, ...]:
    """A caller's key facts, sanitised, each once, at most `MAX_FACTS`."""
    if isinstance(value, str):
        value = value.split(",")
    facts = [sanitise(fact)[0][:MAX_FACT] for fact in value if isinstance(fact, str)]  # pyright: ignore[reportUnnecessaryIsInstance]
    return tuple(fact for fact in dict.fromkeys(facts) if fact)[:MAX_FACTS]


def safe_provenance(value: Provenance) -> Provenance:
    """Who recorded it and where, without secrets: a folder's name or a client's may hold one."""
    return Provenance.model_validate(redact_all(dumped(value))[0])


def parse_steps(
    value: object, secrets: Recurring = NO_SECRETS
) -> tuple[tuple[Step, ...], tuple[str, ...], int]:  # fmt: skip
    """The steps of a run, sanitised; a sentence for each place where one was cut; and how many secrets were redacted that
    are none of `secrets`.

    A step is a mapping with `action` and optionally `observation`, `thought` and `state`, or a plain string
    "action -> observation"; several in one line of words stand between semicolons. A text is read as memp.inputs.listing says.

    Raises:
        InputError: there are no steps, one cannot be read, or they are too many or all together too large.
    """
    if isinstance(value, str):
        value = bounded(listed(value))
    _check_count(value)
    # Before a long text is cut: the cut could leave half a secret.
    value, others = redact_all(secrets.hide(value, dumped)[0], dumped)
    if not isinstance(value, Sequence):
        raise InputError(f"'steps' must be a list, not {_type_of(value)}.")
    entries = [part for entry in cast(Sequence[object], value) for part in _unchained(entry)]
    _check_count(entries)
    if not entries:
        raise InputError("'steps' is empty: pass at least one step, as \"action -> observation\".")
    notes: list[str] = []
    steps = tuple(_parse_step(entry, number, notes) for number, entry in enumerate(entries, 1))
    _check_size(steps)
    return steps, tuple(notes), others


def _unchained(entry: object) -> Sequence[object]:
    """The steps that one line in words tells: "first put it last -> still failing; moved it up -> works" is two. A line with
    signs of code is one step, as an arrow may be part of it."""
    if not isinstance(entry, str):
        return [entry]
    first, *rest = _ARROW.split(entry.strip())
    if len(rest) < 2 or _CODE.search("".join([first, *rest])) or not all("; " in part for part in rest[:-1]):
        return [entry]
    steps: list[str] = []
    action = first
    for part in rest[:-1]:
        seen, _, following = part.rpartition("; ")
        steps.append(f"{action} -> {seen}")
        action = following
    return [*steps, f"{action} -> {rest[-1]}"]


_CODE = re.compile(r"[(){}=`<>|]")
"""Signs of code, by which an arrow in a line may be none of ours."""


def _check_count(steps: object) -> None:
    if isinstance(steps, Sequence) and len(cast(Sequence[object], steps)) > MOST_STEPS:
        count = len(cast(Sequence[object], steps))
        raise InputError(
            f"The trajectory has {count:,} steps; the limit is {MOST_STEPS:,}: leave out steps that did not matter."
        )


def _check_size(steps: Sequence[Step]) -> None:
    size = sum(len(s.action) + len(s.observation) + len(s.thought or "") + len(s.state or "") for s in steps)
    if size > MAX_TRAJECTORY:
        raise too_large(size, MAX_TRAJECTORY)


def _parse_step(entry: object, number: int, notes: list[str]) -> Step:
    if isinstance(entry, str):
        action, *observation = _ARROW.split(entry.strip(), maxsplit=1)
        entry = {"action": action, "observation": "".join(observation)}
    if not isinstance(entry, Mapping):
        raise InputError(f"Step {number} must be text or an object with 'action', not {_type_of(entry)}.")
    fields = cast(Mapping[str, object], entry)
    unknown = sorted(str(key) for key in fields if key not in Step.model_fields)
    if unknown:
        name = quoted(unknown[0])
        raise InputError(f"Step {number} has an unknown field '{name}': use action, observation, thought and state.")
    texts: dict[str, str] = {}
    for name in Step.model_fields:
        raw = fields.get(name)
        if raw is None:
            continue
        if not isinstance(raw, str):
            raise InputError(f"'{name}' of step {number} must be text, not {_type_of(raw)}.")
        texts[name] = cut(raw.strip(), f"the {name} of step {number}", notes)
    if not texts.get("action"):
        raise InputError(f"Step {number} has no action: say what was done.")
    return Step(**texts)


def cut(text: str, what: str, notes: list[str]) -> str:
    """`text`, or its two ends where it is, or was (`memp.inputs.size`), longer than `MAX_TEXT`; then a note says so."""
    ends, had, half = ends_of(text), length(text), half_kept(text)
    if len(ends) == 1 and had <= MAX_TEXT:
        return text
    notes.append(f"{what} had {had:,} characters; its first and last {half:,} are kept")
    first, last = ends[0][:half], ends[-1][-half:]
    return f"{first}\n[... {had - len(first) - len(last):,} characters cut ...]\n{last}"


def parse_tokens(value: object) -> int | None:
    """The tokens that a run cost, where the caller knows it.

    Raises:
        InputError: it is not a whole number from 0 on.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_TOKENS:
        raise InputError("'tokens' must be a whole number from 0 on, or be left out.")
    return value


def first_lines(error: str) -> str:
    """The telling part of an error text: its first three lines as one, short enough to embed."""
    lines = [line.strip() for line in error.splitlines() if line.strip()]
    return " ".join(lines[:3])[:MAX_TRIGGER]


def _type_of(value: object) -> str:
    """The type of a value as JSON calls it, for a sentence."""
    names = {
        "NoneType": "nothing",
        "dict": "an object",
        "list": "a list",
        "int": "a number",
        "float": "a number",
        "bool": "true or false",
        "str": "text",
    }
    return names.get(type(value).__name__, type(value).__name__)
