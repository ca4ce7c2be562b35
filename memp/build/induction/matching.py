"""Matching blocks of two sequences (Ratcliff and Obershelp, 1988), as `difflib.SequenceMatcher` finds them without junk.

Words alternate with spaces, and each space of one step matches every space of the other: `difflib` goes through all such pairs
one by one. Here they are the bits of one number, and a shift compares all of them at once.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Block(NamedTuple):
    """Equal stretches of two sequences: where they begin in each, and their size."""

    i: int
    j: int
    size: int


def matching_blocks(a: Sequence[str], b: Sequence[str]) -> list[Block]:
    """The longest block, of several the first in `a` and then in `b`, and likewise those on either side of it, in order."""
    cells = _Cells(a, b)
    blocks: list[Block] = []
    left = [(0, len(a), 0, len(b))]
    while left:
        top, bottom, start, end = left.pop()
        if block := cells.longest(top, bottom, start, end):
            blocks.append(block)
            left.append((top, block.i, start, block.j))
            left.append((block.i + block.size, bottom, block.j + block.size, end))
    return sorted(blocks)


def unequal_and_equal(a: Sequence[str], b: Sequence[str]) -> Iterator[tuple[slice, slice, bool]]:
    """Two sequences as corresponding stretches in order, and whether they are equal; of others one may be empty."""
    i = j = 0
    for block in [*matching_blocks(a, b), Block(len(a), len(b), 0)]:
        if i < block.i or j < block.j:
            yield slice(i, block.i), slice(j, block.j), False
        i, j = block.i + block.size, block.j + block.size
        if block.size:
            yield slice(block.i, i), slice(block.j, j), True


class _Cells:
    """The pairs of places at which two sequences are equal: a bit each, row by row, with an empty column at the end of each."""

    def __init__(self, a: Sequence[str], b: Sequence[str]) -> None:
        self._width = len(b) + 1
        places: dict[str, int] = {}
        for j, text in enumerate(b):
            places[text] = places.get(text, 0) | 1 << j
        self._equal = sum(places.get(text, 0) << i * self._width for i, text in enumerate(a))
        self._first = sum(1 << i * self._width for i in range(len(a)))

    def longest(self, top: int, bottom: int, start: int, end: int) -> Block | None:
        """The longest block within these rows and columns; None where there is none."""
        rows = self._first & (1 << (bottom - top) * self._width) - 1
        cells = self._equal >> top * self._width & rows * ((1 << end) - (1 << start))
        runs, size = 0, 0
        longer = cells
        while longer:  # The places where a run of one more begins.
            runs, size = longer, size + 1
            longer &= cells >> size * (self._width + 1)
        if not size:
            return None
        i, j = divmod((runs & -runs).bit_length() - 1, self._width)
        return Block(top + i, j, size)
