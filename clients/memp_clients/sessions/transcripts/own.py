"""memp's own form of a run: {task, steps, outcome | reward, evidence?, script?, used?, facts?, provenance?, tokens?}; for
`memp reflect` also {error, lesson?, revision?}. Other fields are passed over where files are imported."""

from memp.errors import InputError
from memp.inputs.outcome import is_unknown, parse_reward
from memp_clients.json_values import JsonObject
from memp_clients.sessions.entry import Entry, common

FIELDS = (
    "task", "steps", "outcome", "reward", "evidence", "used", "script", "facts", "tokens", "error", "lesson", "revision",
    "provenance", "id", "created_at", "timestamp",
)  # fmt: skip
"""The fields that are read."""

SHOWN = frozenset({"built", "failed", "met", "counts", "origin"})
"""Fields that memp itself shows of a run beside them (`memp --json show t1`)."""


def sniff(record: JsonObject) -> bool:
    return "steps" in record


def parse(record: JsonObject, outcome: object = None) -> Entry:
    """The run of a record; `outcome` is taken where it shows none.

    Raises:
        InputError: a field is of the wrong type, or outcome and reward disagree and no `outcome` decides.
    """
    if outcome is None:
        _check_agreement(record.get("outcome"), record.get("reward"))
    # A name with an underscore before it is another program's own, as with a tool's arguments.
    unknown = [name for name in record if name not in FIELDS and name not in SHOWN and not name.startswith("_")]
    return Entry(task=record.get("task"), steps=record["steps"], unknown=unknown, **common(record, outcome))


EVEN = 0.5
"""The least reward that the word "success" can stand beside; below it "failure" can."""


def _check_agreement(outcome: object, reward: object) -> None:
    if is_unknown(outcome) or is_unknown(reward):
        return
    one, other = parse_reward(outcome), parse_reward(reward)
    differ = one != other if isinstance(outcome, int | float) else (one >= EVEN) != (other >= EVEN)
    if differ:
        raise InputError(f"'outcome' is {outcome} and 'reward' is {reward}: pass one of them")
