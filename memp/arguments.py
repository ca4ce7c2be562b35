"""What a caller passes, read: cleaned, without secrets, and of the right form."""

from collections.abc import Mapping, Sequence
from typing import cast

from memp.errors import InputError
from memp.redact import redact
from memp.trajectory import clean, parse_text

MAX_FACTS = 12
MAX_TRIGGER = 300
"""Characters of an error that are embedded and shown."""

MAX_ID = 18
"""Digits of an id: more are no number that the store could keep."""


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


def procedure_ids(used: Sequence[object] | int | str) -> tuple[int, ...]:
    """Procedure ids from "p12" or 12, each once.

    Raises:
        InputError: one is no id.
    """
    found: list[int] = []
    if isinstance(used, int | str):
        used = [used]
    for item in used:
        digits = str(item).strip().lower().removeprefix("p")
        if not digits.isdecimal() or len(digits) > MAX_ID:
            raise InputError(
                f'\'used\' has "{clean(str(item))[:40]}": pass ids as recall_procedure gave them, like "p12".'
            )
        found.append(int(digits))
    return tuple(dict.fromkeys(found))


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
