"""An Entry: a trajectory as a file has it, before the memory has looked at it; and plain looks into JSON values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from memp.domain.trajectory import Provenance
from memp.errors import InputError

Record = Mapping[str, object]
"""A JSON object."""


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
    session: str = ""
    """The id of the session that it is a task of."""
    at: datetime | None = None
    """When its last step happened, where the file says that."""
    recorded: bool = False
    """Whether the agent recorded it itself, through a tool of ours."""


def mapping(value: object) -> Record:
    """The object, or an empty one where it is none: what a foreign log lacks is not there."""
    return cast(Record, value) if isinstance(value, Mapping) else {}


def items(value: object) -> list[object]:
    """The list, or an empty one."""
    return cast(list[object], value) if isinstance(value, list) else []


def text(value: object) -> str:
    """The text, or none."""
    return value if isinstance(value, str) else ""


def number(value: object) -> int | None:
    """A whole number, also where it is written as text."""
    if isinstance(value, str) and value.lstrip("-").isdecimal() and len(value) < 20:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def moment(value: object) -> datetime | None:
    """A time: in ISO form, or seconds, milli-, micro- or nanoseconds since 1970, also as text. None where it is none."""
    if isinstance(value, str) and not value.isdecimal():
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            return None
    since = number(value) if not isinstance(value, float) else value
    if since is None or not 0 < since < 1e19:
        return None
    unit = next((unit for unit in (1e9, 1e6, 1e3) if since / unit > 1e8), 1)
    try:
        return datetime.fromtimestamp(since / unit, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def spent(*counts: object) -> int:
    """Tokens that were paid for, of counts that may be missing."""
    return sum(max(0, number(count) or 0) for count in counts)


def objects(value: object, name: str) -> list[Record]:
    """A list of objects.

    Raises:
        InputError: it is none; `name` is the field's.
    """
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in cast(list[object], value)):
        raise InputError(f"'{name}' is not a list of objects")
    return cast(list[Record], value)


def blocks(content: object) -> list[Record]:
    """The parts of a message's content: text is one part.

    Raises:
        InputError: it is neither text nor a list of parts.
    """
    if content is None:
        return []
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if isinstance(content, list):
        parts = items(cast(object, content))
        content = [{"type": "text", "text": part} if isinstance(part, str) else part for part in parts]
    return objects(cast(object, content), "content")


def words(content: object) -> str:
    """The words in a message's content; a picture is named, not shown.

    Raises:
        InputError: it is neither text nor a list of parts.
    """
    texts: list[str] = []
    for block in blocks(content):
        kind = str(block.get("type", ""))
        found = block.get("text", block.get("thinking"))
        texts.append(
            found if isinstance(found, str) else f"[{kind}]" if kind and not kind.startswith("redacted") else ""
        )
    return "\n".join(filter(None, texts)).strip()


def common(record: Record, outcome: object) -> dict[str, Any]:
    """What memp's own records, conversations and rollouts may carry beside their task and steps.

    Raises:
        InputError: a field is of the wrong type; it is named.
    """
    own = record.get("outcome", record.get("reward"))
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


def _evidence(value: object) -> str:
    """Evidence as one line "kind: detail", from that line or from {kind, detail}."""
    if isinstance(value, Mapping):
        fields = cast(Record, value)
        value = f"{fields.get('kind', 'claim')}: {fields.get('detail', '')}"
    if value is not None and not isinstance(value, str):
        raise InputError("'evidence' must be text, like \"check: pytest, exit 0\"")
    return value or ""


def _listed(record: Record, name: str) -> list[object]:
    value = record.get(name)
    if isinstance(value, str):
        return list[object](filter(None, (part.strip() for part in value.split(","))))
    if value is not None and not isinstance(value, list):
        raise InputError(f"'{name}' must be a list")
    return cast(list[object], value or [])


def _optional(record: Record, name: str) -> str:
    value = record.get(name)
    if value is not None and not isinstance(value, str):
        raise InputError(f"'{name}' must be text")
    return value or ""


def _provenance(value: object, record_id: object) -> Provenance:
    fields: Record = cast(Record, value) if isinstance(value, Mapping) else {}
    known = {name: str(fields[name])[:500] for name in Provenance.model_fields if fields.get(name) is not None}
    if isinstance(record_id, str | int):
        known.setdefault("source", str(record_id)[:500])
    return Provenance(**known)
