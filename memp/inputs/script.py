"""Parsing of a script as a caller or a language model writes it: an object with steps, or just the steps."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import cast

from memp.domain.procedure import MAX_STEPS, Parameter, Pitfall, Script
from memp.domain.trajectory import dumped
from memp.errors import InputError
from memp.inputs.size import closed
from memp.text import templates
from memp.text.quoting import quoted
from memp.text.redact import redact_all

MAX_STEP = 600
"""Characters of one step."""

MAX_FIELD = 1_000
"""Characters of any other text of a script."""

MAX_PARAMETER = 60
"""Characters of a parameter's name."""

_NUMBERING = re.compile(r"^\s*(?:\d{1,3}[.)]|[-*•])\s+")


def parse_script(value: object, task: str) -> Script:
    """A script, cleaned and without secrets: an object with `steps` and optionally the other fields, or just the steps.

    Placeholders that stand in the steps and are not declared are declared. Without a goal, `task` is the goal: it is a run's,
    and sanitised.

    Raises:
        InputError: it has no steps, an unknown field, or a field of the wrong type; the sentence says which.
    """
    fields = _fields(redact_all(value, dumped)[0])
    steps = _steps(fields.get("steps"))
    goal = _text(fields.get("goal"), "goal") or task[:MAX_FIELD]
    return Script(
        goal=goal,
        when_to_use=_text(fields.get("when_to_use"), "when_to_use"),
        not_when=_text(fields.get("not_when"), "not_when"),
        preconditions=_texts(fields.get("preconditions"), "preconditions", MAX_FIELD),
        parameters=_parameters(fields.get("parameters"), " ".join([goal, *steps])),
        steps=steps,
        verification=_text(fields.get("verification"), "verification"),
        pitfalls=_pitfalls(fields.get("pitfalls")),
    )


def secrets_bound(script: object, task: object) -> list[str]:
    """The secrets that a task has for the parameters of a script, by the script's goal (`memp.text.templates.secrets_in`)."""
    goal = cast(Mapping[str, object], script).get("goal") if isinstance(script, Mapping) else None
    return templates.secrets_in(goal[:MAX_FIELD], task) if isinstance(goal, str) and isinstance(task, str) else []


def split_revision(value: object) -> tuple[int | None, object]:
    """A revision as a caller passes it: the number of the revision it was made from, where it says so, and the script."""
    if not isinstance(value, Mapping):
        return None, value
    fields = dict(cast(Mapping[str, object], value))
    number = fields.pop("revision", None)
    fields.pop("id", None)
    return number if isinstance(number, int) and not isinstance(number, bool) else None, fields


def _fields(value: object) -> dict[str, object]:
    """The fields of a script that is an object, JSON text of one, a list of steps, or a text with one step a line."""
    if isinstance(value, str):
        text = value.strip()
        value = _decoded(text) if text.startswith("{") else text.splitlines()
    if isinstance(value, Sequence):
        return {"steps": value}
    if not isinstance(value, Mapping):
        raise InputError("'script' must be an object with 'steps', or a list of steps.")
    fields = dict(cast(Mapping[str, object], value))
    unknown = sorted(str(name) for name in fields if name not in Script.model_fields)
    if unknown:
        name = quoted(unknown[0])
        raise InputError(f"'script' has an unknown field '{name}': use {', '.join(Script.model_fields)}.")
    return fields


def _decoded(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError("'script' looks like JSON but cannot be read: pass {goal, steps: [...]}.") from None
    # The text was sanitised as it stood; its strings may spell a secret or a control character in escapes.
    return redact_all(value)[0]


def _steps(value: object) -> tuple[str, ...]:
    """The steps, without the numbers or bullets of a list."""
    steps = tuple(_NUMBERING.sub("", step) for step in _texts(value, "steps", MAX_STEP))
    if not steps:
        raise InputError("'script' has no steps: pass at least one.")
    if len(steps) > MAX_STEPS:
        raise InputError(f"'script' has {len(steps)} steps; at most {MAX_STEPS}: abstract them further.")
    return steps


def _text(value: object, name: str, most: int = MAX_FIELD) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError(f"'{name}' of the script must be text.")
    return closed(value).strip()[:most]


def _texts(value: object, name: str, most: int) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        value = value.splitlines()
    if not isinstance(value, Sequence):
        raise InputError(f"'{name}' of the script must be a list of texts.")
    texts = (_text(entry, name, most) for entry in cast(Sequence[object], value))
    return tuple(text for text in texts if text)


def _parameters(value: object, text: str) -> tuple[Parameter, ...]:
    """The declared parameters, then the placeholders of `text` that are not declared."""
    declared = _declared(value)
    for name in templates.meant(text):
        declared.setdefault(name, "")
    return tuple(
        Parameter(name=name.strip()[:MAX_PARAMETER], description=meaning) for name, meaning in declared.items() if name
    )


def _declared(value: object) -> dict[str, str]:
    """Parameter to its description, from {name: description}, or a list of names or of {name, description}."""
    if value is None:
        return {}
    if isinstance(value, Mapping):
        pairs = cast(Mapping[str, object], value)
        return {_bare(name): _text(meaning, "parameters") for name, meaning in pairs.items()}
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise InputError("'parameters' of the script must be an object: name to what it stands for.")
    declared: dict[str, str] = {}
    for entry in cast(Sequence[object], value):
        if isinstance(entry, str):
            declared[_bare(entry)] = ""
        elif isinstance(entry, Mapping) and "name" in entry:
            fields = cast(Mapping[str, object], entry)
            declared[_bare(fields["name"])] = _text(fields.get("description"), "parameters")
        else:
            raise InputError("A parameter of the script must be {name, description}.")
    return declared


def _bare(name: object) -> str:
    """A parameter's name without the braces that some write around it."""
    return str(name).strip("{} ")


def _pitfalls(value: object) -> tuple[Pitfall, ...]:
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise InputError("'pitfalls' of the script must be a list of {trigger, instead}.")
    pitfalls = (_pitfall(entry) for entry in cast(Sequence[object], value))
    return tuple(pitfall for pitfall in pitfalls if pitfall is not None)


def _pitfall(entry: object) -> Pitfall | None:
    """A pitfall from {trigger, consequence, instead} or "trigger -> instead"; None where an object has no trigger."""
    if isinstance(entry, str):
        trigger, _, instead = entry.strip().partition(" -> ")
        return Pitfall(trigger=trigger[:MAX_FIELD], instead=instead[:MAX_FIELD])
    if not isinstance(entry, Mapping):
        raise InputError("A pitfall of the script must be {trigger, instead}.")
    fields = cast(Mapping[str, object], entry)
    trigger = _text(fields.get("trigger"), "trigger")
    if not trigger:
        return None
    return Pitfall(
        trigger=trigger,
        consequence=_text(fields.get("consequence"), "consequence"),
        instead=_text(fields.get("instead"), "instead"),
    )
