"""Trajectories: what an agent did on a task, and how it ended.

Memp, section 3.1: tau = (s0, a0, o1, s1, a1, o2, ... sT), with a reward r = R(env, sT, tau) in [0, 1].
A trajectory is immutable. Its identity is its content: recording the same run twice is one trajectory.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, cast, get_args

from pydantic import BaseModel, ConfigDict, Field

from memp.errors import InputError
from memp.text.readable import readable

EvidenceKind = Literal["environment", "check", "user", "judge", "rules", "claim"]
"""Where an outcome is known from: an environment's reward, a check's exit status, a person, a language model that judged
the run, rules over the run (memp.build.assessment), or the agent alone. What each weighs: memp.domain.trust.WEIGHTS."""

MAX_TEXT = 20_000
"""Characters kept of a task, an observation, a thought or a state; the middle of a longer one is cut, which is said."""

MAX_TRAJECTORY = 4_000_000
"""Characters of one trajectory after that cut; a larger one is refused."""

MAX_TOKENS = 10**15
"""The most that a run is taken to have cost; more is a mistake, and no number that the store could keep."""

SUCCESS_REWARD = 0.5
"""A reward of at least this counts as a success, unless the settings say otherwise."""


class Value(BaseModel):
    """A frozen value; unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(Value):
    """One step: the action, what was seen after it, and, where known, the thought before it and the state it left."""

    action: str
    observation: str = ""
    thought: str | None = None
    state: str | None = None


_VERSION = re.compile(r"\s+v?\d[\w.+-]*$")


class Evidence(Value):
    """How the outcome is known."""

    kind: EvidenceKind = "claim"
    detail: str = ""


class Provenance(Value):
    """Who recorded a trajectory, and where."""

    client: str | None = None
    model: str | None = None
    project: str | None = None
    source: str | None = None
    """The record's name in the file it was imported from."""
    environment: str | None = None
    """A fingerprint of where it ran: versions, a container's name, what makes old steps doubtful when it changes."""
    imported_from: str | None = None
    """The exported memory that it came in with: digest, its name there, and the day of the import."""

    @property
    def origin(self) -> str:
        """The client without its version."""
        return _VERSION.sub("", self.client or "")

    @property
    def context(self) -> str:
        """Project, model, client and environment: what a procedure's worth may depend on."""
        return "/".join((self.project or "", self.model or "", self.origin, self.environment or ""))


EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No agent's run is older; what says so has a clock that was never set."""


def happened(at: datetime | None, now: datetime | None = None) -> datetime:
    """When something happened, in UTC, by what a foreign record says (without a zone: UTC); now where that says nothing,
    lies in the future, or before `EARLIEST`."""
    now = now or datetime.now(UTC)
    if at is None:
        return now
    try:
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:  # A day of the year 1 or 9999, which has none in another zone.
        return now
    return at if EARLIEST <= at <= now else now


class Trajectory(Value):
    """A run of an agent on a task.

    `reward` lies in [0, 1]; `tokens` is what the run cost, where the caller knows it.
    """

    task: str
    steps: tuple[Step, ...]
    reward: float = Field(ge=0.0, le=1.0)
    evidence: Evidence = Evidence()
    provenance: Provenance = Provenance()
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    tokens: int | None = None

    def succeeded(self, threshold: float = SUCCESS_REWARD) -> bool:
        return self.reward >= threshold

    def digest(self) -> str:
        """Sha256 over task, steps and reward: the identity that makes recording idempotent."""
        content = [self.task, [[s.thought, s.action, s.observation, s.state] for s in self.steps], self.reward]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


_ARROW = re.compile(r"\s+(?:->|=>|→)\s+")


def clean(text: str) -> str:
    """`text` as it reads (`readable`), without the space around it."""
    return readable(text).strip()


def parse_text(value: object, name: str) -> str:
    """The cleaned text of a required argument.

    Raises:
        InputError: it is not text, or empty.
    """
    if not isinstance(value, str):
        raise InputError(f"'{name}' must be text, not {_kind(value)}.")
    text = clean(value)
    if not text.strip("\ufffd \n\t"):
        raise InputError(f"'{name}' is empty: say in a sentence what it is.")
    return text


def parse_steps(value: object) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """The steps of a run, and a sentence for each place where one was cut.

    A step is a mapping with `action` and optionally `observation`, `thought` and `state`, or a plain string
    "action -> observation".

    Raises:
        InputError: there are no steps, one cannot be read, or all together are too large.
    """
    if isinstance(value, str):
        value = [line for line in value.splitlines() if line.strip()]
    if not isinstance(value, Sequence):
        raise InputError(f"'steps' must be a list, not {_kind(value)}.")
    items = cast(Sequence[object], value)
    if not items:
        raise InputError("'steps' is empty: pass at least one step, as \"action -> observation\".")
    notes: list[str] = []
    steps = tuple(_parse_step(item, number, notes) for number, item in enumerate(items, 1))
    size = sum(len(s.action) + len(s.observation) + len(s.thought or "") + len(s.state or "") for s in steps)
    if size > MAX_TRAJECTORY:
        raise InputError(
            f"The trajectory has {size:,} characters; the limit is {MAX_TRAJECTORY:,}: shorten the observations "
            "or leave out steps that did not matter."
        )
    return steps, tuple(notes)


def _parse_step(item: object, number: int, notes: list[str]) -> Step:
    if isinstance(item, Step):
        item = item.model_dump(exclude_none=True)
    if isinstance(item, str):
        parts = _ARROW.split(item.strip(), maxsplit=1)
        item = {"action": parts[0], "observation": parts[1] if len(parts) == 2 else ""}
    if not isinstance(item, Mapping):
        raise InputError(f"Step {number} must be text or an object with 'action', not {_kind(item)}.")
    fields = cast(Mapping[str, object], item)
    unknown = sorted(str(key) for key in fields if key not in Step.model_fields)
    if unknown:
        raise InputError(
            f"Step {number} has an unknown field '{clean(unknown[0])[:40]}': use action, observation, thought and state."
        )
    texts: dict[str, str] = {}
    for name in Step.model_fields:
        raw = fields.get(name)
        if raw is None:
            continue
        if not isinstance(raw, str):
            raise InputError(f"'{name}' of step {number} must be text, not {_kind(raw)}.")
        texts[name] = cut(clean(raw), f"the {name} of step {number}", notes)
    if not texts.get("action"):
        raise InputError(f"Step {number} has no action: say what was done.")
    return Step(**texts)


def cut(text: str, what: str, notes: list[str]) -> str:
    """`text`, or its two ends where it is longer than `MAX_TEXT`; then a note says so."""
    if len(text) <= MAX_TEXT:
        return text
    half = MAX_TEXT // 2
    notes.append(f"{what} had {len(text):,} characters; its first and last {half:,} are kept")
    return f"{text[:half]}\n[... {len(text) - MAX_TEXT:,} characters cut ...]\n{text[-half:]}"


def parse_reward(outcome: object) -> float:
    """The reward in [0, 1] of an outcome: "success", "failure", or a number.

    Raises:
        InputError: it is neither, or outside [0, 1], or not finite.
    """
    words = {"success": 1.0, "failure": 0.0}
    if isinstance(outcome, str):
        word = outcome.strip().lower()
        if word in words:
            return words[word]
        try:
            outcome = float(word)
        except ValueError:
            raise InputError(
                f'\'outcome\' is "{clean(word)[:40]}": pass "success", "failure", "unknown", or a reward from 0 to 1.'
            ) from None
    if isinstance(outcome, bool) or not isinstance(outcome, int | float):
        raise InputError('\'outcome\' must be "success", "failure", "unknown", or a reward from 0 to 1.')
    # Written so that NaN fails too, and so that a number too large for a float is never turned into one.
    if not 0 <= outcome <= 1:
        # A whole number may have thousands of digits.
        shown = f"{outcome}" if isinstance(outcome, float) or abs(outcome) < 10**6 else "too large"
        raise InputError(f"'outcome' is {shown}: a reward lies between 0 (failed) and 1 (done).")
    return float(outcome)


def parse_tokens(value: object) -> int | None:
    """What a run cost in tokens, where the caller knows it.

    Raises:
        InputError: it is not a whole number from 0 on.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_TOKENS:
        raise InputError("'tokens' must be a whole number from 0 on, or be left out.")
    return value


def parse_evidence(value: str | None) -> Evidence:
    """Evidence from one line: "check: pytest -q, exit 0". Without a known kind before the colon it is a claim."""
    text = clean(value or "")
    kind, colon, detail = text.partition(":")
    word = kind.strip().lower()
    if colon and word in get_args(EvidenceKind):
        return Evidence(kind=cast(EvidenceKind, word), detail=detail.strip()[:MAX_TEXT])
    return Evidence(kind="claim", detail=text[:MAX_TEXT])


def _kind(value: object) -> str:
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
