"""Entry: a trajectory as a file has it, not validated yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, cast

from memp.domain.trajectory import Provenance
from memp.errors import InputError
from memp.inputs.outcome import is_unknown
from memp_clients.json_values import JsonObject, moment


class Recording(NamedTuple):
    """A run that an agent recorded itself: its id, and the task that was passed with it."""

    run: str
    task: str


@dataclass(frozen=True)
class Entry:
    """A trajectory as a file has it; its task, steps and outcome are checked when it is recorded.

    `place` says where it stands ("line 7"); `outcome` is None where neither the file nor the caller says one.
    """

    task: object
    steps: object
    place: str = ""
    outcome: object = None
    evidence: str = ""
    used: Sequence[object] = ()
    script: object = None
    facts: Sequence[str] = ()
    tokens: int | None = None
    provenance: Provenance = field(default_factory=Provenance)
    error: str = ""
    lesson: str = ""
    revision: object = None
    folder: str = ""
    """The working folder, by which its project is known."""
    session: str = ""
    """The id of the session that it is a task of."""
    at: datetime | None = None
    """Time of its last step, where the file has it."""
    seen: bool = False
    """Whether its outcome is read off what tools gave back in a client's log, or is a person's word; else a field says it."""
    recorded: bool = False
    """Whether the agent recorded it itself, through a tool of ours."""
    recordings: Sequence["Recording"] = ()
    """What it recorded so, where the log has the ids."""
    overruled: bool = False
    """Whether the caller's outcome stands in place of another that the file shows."""
    doubt: str = ""
    """The reason why a session shows no outcome."""
    unknown: Sequence[str] = ()
    """Fields of a record in memp's own form that it does not have: passed over by an import, refused by `memp record`."""


def common(record: JsonObject, outcome: object) -> dict[str, Any]:
    """Fields of an Entry that memp's own records, conversations and rollouts may carry beside their task and steps.

    Raises:
        InputError: a field is of the wrong type; it is named.
    """
    own = _outcome(record)
    tokens = record.get("tokens")
    if tokens is not None and (isinstance(tokens, bool) or not isinstance(tokens, int) or not 0 <= tokens < 2**63):
        raise InputError("'tokens' must be a whole number")
    return {
        "outcome": outcome if own is None else own,
        "evidence": _evidence(record.get("evidence")),
        "used": _listed(record, "used"),
        "script": record.get("script"),
        "facts": [str(fact) for fact in _listed(record, "facts")],
        "tokens": tokens,
        "provenance": _provenance(record.get("provenance"), record.get("id")),
        "error": _optional(record, "error"),
        "lesson": _optional(record, "lesson"),
        "revision": record.get("revision"),
        "at": moment(record.get("created_at", record.get("timestamp"))),
    }


def _outcome(record: JsonObject) -> object:
    """The outcome of a record; where it has none, its reward."""
    outcome, reward = record.get("outcome"), record.get("reward")
    return reward if is_unknown(outcome) and reward is not None else outcome


def _evidence(value: object) -> str:
    """Evidence as one line "kind: detail", from that line or from {kind, detail}."""
    if isinstance(value, Mapping):
        fields = cast(JsonObject, value)
        value = f"{fields.get('kind', 'claim')}: {fields.get('detail', '')}"
    if value is not None and not isinstance(value, str):
        raise InputError("'evidence' must be text, like \"check: pytest, exit 0\"")
    return value or ""


def _listed(record: JsonObject, name: str) -> list[object]:
    value = record.get(name)
    if isinstance(value, str):
        return list[object](filter(None, (part.strip() for part in value.split(","))))
    if value is not None and not isinstance(value, list):
        raise InputError(f"'{name}' must be a list")
    return cast(list[object], value or [])


def _optional(record: JsonObject, name: str) -> str:
    value = record.get(name)
    if value is not None and not isinstance(value, str):
        raise InputError(f"'{name}' must be text")
    return value or ""


def _provenance(value: object, record_id: object) -> Provenance:
    fields: JsonObject = cast(JsonObject, value) if isinstance(value, Mapping) else {}
    known = {name: str(fields[name])[:500] for name in Provenance.model_fields if fields.get(name) is not None}
    if isinstance(record_id, str | int):
        known.setdefault("source", str(record_id)[:500])
    return Provenance(**known)
