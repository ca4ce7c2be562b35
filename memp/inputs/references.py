"""What a caller passes, read: cleaned, without secrets, and of the right form."""

import re
from collections.abc import Mapping, Sequence
from typing import cast

from memp.domain.procedure import Ref
from memp.domain.trajectory import Provenance, clean, parse_text
from memp.errors import InputError
from memp.text.redact import redact, redact_all

MAX_FACTS = 12
MAX_TRIGGER = 300
"""Characters of an error that are embedded and shown."""


def safe_text(value: object, name: str) -> str:
    """A required text.

    Raises:
        InputError: it is not text, or empty.
    """
    return redact(parse_text(value, name))[0]


def safe_facts(value: Sequence[str]) -> tuple[str, ...]:
    """A caller's key facts, cleaned, each once."""
    if isinstance(value, str):
        value = value.split(",")
    facts = [redact(clean(fact))[0][:120] for fact in value if isinstance(fact, str)]  # pyright: ignore[reportUnnecessaryIsInstance]
    return tuple(fact for fact in dict.fromkeys(facts) if fact)[:MAX_FACTS]


def safe_provenance(value: Provenance) -> Provenance:
    """Who recorded it and where, without secrets: a folder's name or a client's may hold one."""
    return Provenance.model_validate(redact_all(value)[0])


_PROCEDURE = re.compile(r"p?(\d{1,18})(?:r(\d{1,9}))?")
_TRAJECTORY = re.compile(r"t?(\d{1,18})")


def references(used: Sequence[object] | int | str) -> tuple[Ref, ...]:
    """Procedures as recall named them, "p12", "p12r3" or 12, each once; of two revisions of one the first counts.

    Raises:
        InputError: one is no id.
    """
    found: dict[int, Ref] = {}
    for item in [used] if isinstance(used, int | str) else used:
        match = _PROCEDURE.fullmatch(str(item).strip().lower())
        if match is None or isinstance(item, bool):
            raise InputError(
                f'\'used\' has "{clean(str(item))[:40]}": pass ids as recall_procedure gave them, like "p12".'
            )
        number = int(match[1])
        found.setdefault(number, Ref(procedure_id=number, revision=int(match[2]) if match[2] else None))
    return tuple(found.values())


def trajectory_id(value: object) -> int:
    """A run's id from "t5" or 5.

    Raises:
        InputError: it is none.
    """
    match = _TRAJECTORY.fullmatch(str(value).strip().lower())
    if match is None:
        raise InputError(
            f'\'trajectory\' is "{clean(str(value))[:40]}": pass the id that record_trajectory gave, like "t5".'
        )
    return int(match[1])


def split_revision(value: object) -> tuple[int | None, object]:
    """A revision as a caller passes it: the number of the revision it was made from, where it says so, and the script."""
    if not isinstance(value, Mapping):
        return None, value
    fields = dict(cast(Mapping[str, object], value))
    number = fields.pop("revision", None)
    fields.pop("id", None)
    return number if isinstance(number, int) and not isinstance(number, bool) else None, fields


def first_lines(error: str) -> str:
    """The telling part of an error text: short enough to embed."""
    lines = [line.strip() for line in error.splitlines() if line.strip()]
    return " ".join(lines[:3])[:MAX_TRIGGER]
