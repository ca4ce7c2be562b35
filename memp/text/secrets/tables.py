"""Secrets in a table, under or beside their name: the output of psql and kubectl, CSV, Markdown, aligned columns, rows of an INSERT.

A head has only names in it. The cells below are told apart by the sign that parts the head's names, or by the place where these begin.
Types and words ("varchar(60)", "required") stand below such names as well, so a cell has to look like a secret.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from memp.text.patterns import Pattern
from memp.text.secrets.names import called, is_cell_of

Span = tuple[int, int]

_TRIGGER = Pattern(r"pass|pwd|pw|secret|token|key|cred|psk|kennwort|clave|senha", re.IGNORECASE)
_LINE = Pattern(r"[^\n]+")
_SIGNS = ("|", "\u2502", "\t", ";", ",")
_HEAD = Pattern(r"[*`\"' ]*[A-Za-z_#][\w.#/ -]{0,39}[*`\"' ]*")
_RULE = Pattern(r"[\s|+:=\u2500-\u257f-]+")
_WORD = Pattern(r"\S+")
_COLUMN = Pattern(r"\S+(?:[ ]\S+)*")
_MARKS = "*`\"' "
_LONGEST_LINE = 4_000
_MOST_ROWS = 2_000

_INSERT = Pattern(
    r"\((?P<columns>[^()\n]{1,1000})\)\s{0,20}VALUES\s{0,20}(?P<rows>(?:\((?:'(?:[^'\n]|''){0,1000}'|[^()'\n]){1,2000}\)[\s,]{0,8}){1,100})",
    re.IGNORECASE,
)
_CELL = Pattern(r"'(?P<text>(?:[^'\n]|'')*)'|(?P<end>\))|(?P<next>,)")


class _Head(NamedTuple):
    """The head of a table: the sign between its cells, or none where they are aligned; how many; which of them name a secret,
    and where these begin and end."""

    sign: str
    cells: int
    secrets: dict[int, str]
    spans: dict[int, Span]


def by_column(text: str, lower: str) -> Iterator[Span]:
    """Where the secrets of a text stand that a table's head, or the first cell of their row, names."""
    if not _TRIGGER.search(lower):
        return
    if "values" in lower:
        yield from _inserted(text)
    head, rows = None, 0
    previous_end = -2
    for line in _LINE.finditer(text):
        words = line[0]
        named = _TRIGGER.search(words)
        if head is None and not named:
            continue
        gap = line.start() - previous_end > 1
        previous_end = line.end()
        if len(words) > _LONGEST_LINE:
            head = None
            continue
        if _RULE.fullmatch(words):
            continue
        if gap or rows > _MOST_ROWS:
            head, rows = None, 0
        if head is not None:
            rows += 1
            if (cells := _cells_under(head, words)) is not None:
                for at in sorted(cells):
                    yield from _secret_in(head.secrets[at], words, cells[at], line.start())
                continue
            head = None
        if named:
            yield from _beside(words, line.start())
            head, rows = _head_of(words), 0


def _head_of(line: str) -> _Head | None:
    for sign in _SIGNS:
        if sign in line:
            cells = _split(line, sign)
            names = [line[slice(*cell)].strip(_MARKS) for cell in cells]
            if len(cells) < 2 or not all(_HEAD.fullmatch(name) for name in names if name or sign != ","):
                continue
            secrets = {at: name for at, name in enumerate(names) if _is_head(name)}
            return _Head(sign, len(cells), secrets, {}) if secrets and any(names) else None
    columns = _columns(line)
    if len(columns) < 2 or not all(_HEAD.fullmatch(line[slice(*column)]) for column in columns):
        return None
    ends = [*(start for start, _ in columns[1:]), _LONGEST_LINE]
    secrets = {at: name for at, (start, end) in enumerate(columns) if _is_head(name := line[start:end])}
    return _Head("", len(columns), secrets, {at: (columns[at][0], ends[at]) for at in secrets}) if secrets else None


def _is_head(name: str) -> bool:
    if "/" in name or "::" in name:
        return False
    known = called(name) if len(name.split()) <= 3 else None
    return known is not None and known.strong


def _split(line: str, sign: str) -> list[Span]:
    """The cells of a line, without the empty ones outside the first and the last bar."""
    cells: list[Span] = []
    start, quoted = 0, False
    for at, char in enumerate(line):
        if char == '"':
            quoted = not quoted
        if char == sign and not quoted:
            cells.append((start, at))
            start = at + 1
    cells.append((start, len(line)))
    if sign in "|\u2502":
        if not line[slice(*cells[0])].strip():
            cells = cells[1:]
        if cells and not line[slice(*cells[-1])].strip():
            cells = cells[:-1]
    return cells


def _columns(line: str) -> list[Span]:
    """The cells of a line that two spaces part; one parts names in capitals."""
    parted = [match.span() for match in _COLUMN.finditer(line)]
    return [match.span() for match in _WORD.finditer(line)] if len(parted) == 1 and line.isupper() else parted


def _cells_under(head: _Head, line: str) -> dict[int, Span] | None:
    """The cells of a row under the names of secrets; None where the line is no row of the table."""
    if head.sign:
        cells = _split(line, head.sign)
        return {at: cells[at] for at in head.secrets} if len(cells) == head.cells else None
    found: dict[int, Span] = {}
    words = list(_WORD.finditer(line))
    if len(words) < 2:
        return None
    for at, (start, end) in head.spans.items():
        below = [word.span() for word in words if start <= word.start() < end]
        # A long value pushes what is behind it to the right, or the next one to the left.
        if below and (len(below) == 1 or below[0][0] == start):
            found[at] = below[0]
    return found


def _secret_in(name: str, line: str, cell: Span, offset: int) -> Iterator[Span]:
    """The cell without its marks and spaces, where it holds what the name means."""
    known, value = called(name), line[slice(*cell)]
    bare = value.strip(_MARKS)
    if known is not None and bare and is_cell_of(known, bare):
        start = offset + cell[0] + len(value) - len(value.lstrip(_MARKS))
        yield start, start + len(bare)


def _beside(line: str, offset: int) -> Iterator[Span]:
    """The value in the second cell of a row whose first cell names it: "| DB_PASSWORD | ... |", "DB_PASSWORD    ..."."""
    for sign in ("|", "\u2502", "\t"):
        if sign in line:
            cells = _split(line, sign)
            if len(cells) >= 2 and _is_head(name := line[slice(*cells[0])].strip(_MARKS)):
                yield from _secret_in(name, line, cells[1], offset)
            return
    columns = [match.span() for match in _COLUMN.finditer(line)]
    if len(columns) == 2 and _is_head(line[slice(*columns[0])]):
        yield from _secret_in(line[slice(*columns[0])], line, columns[1], offset)


def _inserted(text: str) -> Iterator[Span]:
    """The values of an INSERT that stand in the column of a secret."""
    for match in _INSERT.finditer(text):
        names = [name.strip(" \"'`[]") for name in match["columns"].split(",")]
        secrets = {at for at, name in enumerate(names) if _is_head(name)}
        at = 0
        for cell in _CELL.within(text, *match.span("rows")) if secrets else ():
            if cell["end"]:
                at = 0
            elif cell["next"]:
                at += 1
            elif at in secrets:
                yield cell.span("text")
