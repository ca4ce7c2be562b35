"""Duplicate records of a log: lines that are written twice, and a log that is appended to itself, are read once.

What a format's own ids tell (a resumed session that begins with a part of the one before) is its parser's matter. Here a line is
a copy where it equals the one right before it, or where the log begins anew with its own first line, as long as each line
equals the next one from the start. Lines that name neither an id nor a time may well be the same twice: these are left alone.
"""

import re
from array import array
from collections.abc import Iterable, Iterator
from typing import TypeVar

FaultT = TypeVar("FaultT")

_IDENTIFIED = re.compile(rb'"(?:\w*[Ii]d|uuid|ts|timestamp|\w*[Tt]ime\w*|\$\w+)"\s*:')
"""A field by which one record is told from another, or that sets something, which twice is the same as once."""


def without_copies(lines: Iterable[tuple[int, bytes | FaultT]]) -> Iterator[tuple[int, bytes | FaultT]]:
    """The lines of a log without copies; those of anything else as they are."""
    hashes, replayed, before = array("q"), 0, None
    in_lines: bool | None = None
    for number, line in lines:
        if in_lines is None and isinstance(line, bytes):
            in_lines = _is_record(line)
        if not in_lines or not isinstance(line, bytes):
            yield number, line
            continue
        key, identified = hash(line.strip()), _IDENTIFIED.search(line) is not None
        if key == before and identified:
            continue
        before = key
        replayed %= len(hashes) or 1
        if hashes and key == hashes[replayed] and (replayed or identified):
            replayed += 1
            continue
        replayed = 0
        hashes.append(key)
        yield number, line


def _is_record(line: bytes) -> bool | None:
    """Whether a first line is a whole JSON object, and not the first of a document's; None for words before either."""
    line = line.removeprefix(b"\xef\xbb\xbf").strip()
    return line.endswith(b"}") if line[:1] in (b"{", b"[") else None
