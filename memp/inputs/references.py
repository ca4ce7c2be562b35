"""Parsing of ids: p12 is a procedure, p12r3 its revision 3, t5 a trajectory.

One grammar for tools and terminal: a letter, which may be left out where only one kind can be meant, a number of at most
18 digits, which a database's integer holds, and for a procedure `r` and the number of a revision.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from memp.domain.procedure import Ref
from memp.errors import InputError
from memp.text.quoting import quoted

_APART = re.compile(r"[\s,;\[\]\"']+")
_NONE = ("", "null", "none")
_ORIGIN = re.compile(r"o(\d{1,18})")
_ID = re.compile(r"([pt]?)(\d{1,18})(?:r(\d{1,9}))?")


MOST_IDS = 1_000
MOST_LETTERS = 10_000
"""Characters of a text with ids."""


class Id(NamedTuple):
    """An id taken apart; `kind` is empty for a bare number."""

    kind: Literal["p", "t", ""]
    number: int
    revision: int | None = None


def parse_id(text: str) -> Id | None:
    """The id that `text` is, in any case and with space around it; None where it is none, like "t5r2"."""
    match = _ID.fullmatch(text.strip().lower())
    if match is None or (match[1] == "t" and match[3]):
        return None
    kind: Literal["p", "t", ""] = "p" if match[1] == "p" else "t" if match[1] == "t" else ""
    return Id(kind, int(match[2]), int(match[3]) if match[3] else None)


def references(used: Sequence[object] | int | str | None) -> tuple[Ref, ...]:
    """Procedures as recall named them, "p12", "p12r3" or 12, each once; of two revisions of one the first counts.

    Several may stand in one text, "p1, p2"; null, and the words that models write for it, name none.

    Raises:
        InputError: one is no id, or there are more than anybody follows.
    """
    _check_size(used)
    refs: dict[int, Ref] = {}
    for entry in _names(used):
        parsed = None if isinstance(entry, bool) else parse_id(str(entry))
        if parsed is None or parsed.kind == "t":
            raise InputError(f'\'used\' has "{quoted(entry)}": pass ids as recall_procedure gave them, like "p12".')
        refs.setdefault(parsed.number, Ref(procedure_id=parsed.number, revision=parsed.revision))
    return tuple(refs.values())


def _check_size(used: Sequence[object] | int | str | None) -> None:
    """Refuse far too many ids before any is read."""
    if used is None or isinstance(used, int):
        return
    texts = [used] if isinstance(used, str) else used
    longest = max((len(text) for text in texts[:MOST_IDS] if isinstance(text, str)), default=0)
    if len(texts) > MOST_IDS or longest > MOST_LETTERS:
        raise InputError(f"'used' names too many procedures, or has too long a text: pass at most {MOST_IDS} ids.")


def _names(used: Sequence[object] | int | str | None) -> Iterator[object]:
    for entry in [used] if isinstance(used, int | str) or used is None else used:
        if isinstance(entry, str):
            parts = [part for part in _APART.split(entry) if part.casefold() not in _NONE]
            yield from parts if all(map(parse_id, parts)) else [entry]
        elif entry is not None:
            yield entry


def recall_id(name: str) -> int:
    """The recall that a person names by its number.

    Raises:
        InputError: it is no such number.
    """
    parsed = parse_id(name)
    if parsed is None or parsed.kind or parsed.revision is not None:
        raise InputError(f'"{quoted(name)}" names no recall: pass a number that `memp recalls` lists.')
    return parsed.number


def reference(name: str) -> Ref:
    """A procedure by "p12", or a revision of it by "p12r3".

    Raises:
        InputError: it is neither.
    """
    parsed = parse_id(name)
    if parsed is None or parsed.kind == "t":
        raise InputError(f'"{quoted(name)}" is no procedure: pass its id like p12, or a revision of it like p12r3.')
    return Ref(procedure_id=parsed.number, revision=parsed.revision)


def trajectory_id(value: object) -> int:
    """A run's id from "t5" or 5.

    Raises:
        InputError: it is none.
    """
    parsed = parse_id(str(value))
    if parsed is None or parsed.kind == "p" or parsed.revision is not None:
        raise InputError(f'\'trajectory\' is "{quoted(value)}": pass the id that record_trajectory gave, like "t5".')
    return parsed.number


def origin_id(name: str) -> int | None:
    """An origin's id from "o3"; None where it is none."""
    match = _ORIGIN.fullmatch(name.strip().lower())
    return None if match is None else int(match[1])
