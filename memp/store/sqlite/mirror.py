"""Mirror of the index of vectors in memory: a search reads of `keys_blocks` only what changed since the one before.

A row of that table is never changed: what is written gets a new id (see memp.store.sqlite.preselection). So the ids of the rows
that a search sees say what the mirror lacks, whoever wrote it, and in whatever transaction the search is.
"""

import threading
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Sequence
from typing import ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from memp.embed import Vectors
from memp.errors import StoreError
from memp.store.sql.engine import Reader, Row
from memp.store.sqlite.preselection import BLOCK, signs_of

MOST_CODES = 16_384
"""Keys of a scope and kind up to which their codes are kept: 6.5 MB with 384 dimensions."""

ROUGH = 4_096
"""Keys that are kept by the number of bits in which they differ."""

KEPT = 512
"""Keys that are kept by their signs, whose vectors are read: many times the few that a search asks for, as signs alone put a near
key far down. With half of both, all of the nearest ten of a million are still found, and .995 of the nearest 40 (.999), of real
sentences. Of a crowd of more vectors than this that are nearly alike fewer are: .59 of the nearest ten of 60,000, made up in 20
crowds of 3,000."""

SLACK = 5e-5
"""What rounding may add to the error, here and in sqlite-vec's cosine, which sums in float32."""

CHUNK = 256
"""Codes, or rows of signs, that are compared at once: they stay in the processor's cache, and are too few for BLAS to wake
threads that spin."""

READ = 512
"""Rows that are read at once: 2 MB of signs, or 14 MB of codes."""

MOST_FREE = 0.25
"""The share of the slots that may be free."""

MOST_BYTES = 64 << 20
"""What is kept in all, of the pairs of scope and kind that were asked for last; the very last one is kept however large it is."""

_Kind = TypeVar("_Kind", bound=np.generic)
_FAR = np.iinfo(np.uint16).max


class Mirrors:
    """What a process keeps of the index of one file. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mirrors: OrderedDict[tuple[str, str], _Mirror] = OrderedDict()

    def likeliest(self, db: Reader, scope: str, kind: str, vector: Vectors, limit: int) -> list[int]:
        """The keys of a scope and kind among which the `limit` nearest to a unit vector of shape (dimension,) are.

        Raises:
            StoreError: the keys have vectors of another dimension.
        """
        # The lock is never held while the file is read: a thread with a snapshot of it may wait for this lock.
        mirror: _Mirror | None = None
        while True:
            rows = _listed(db, scope, kind)
            with self._lock:
                mirror = self._asked((scope, kind), Codes if len(rows) * BLOCK <= MOST_CODES else Signs, mirror)
                lacking = mirror.lacking(rows)
                if not len(lacking):
                    mirror.keep(rows)
                    return mirror.likeliest(vector, limit).tolist()
            columns = f"SELECT id, ids, {mirror.COLUMNS} FROM keys_blocks WHERE {db.dialect.within('id')}"
            read = db.rows(columns, (lacking[:READ].tolist(),))
            with self._lock:
                mirror.take(read, len(rows))

    def _asked(self, place: tuple[str, str], of: "type[_Mirror]", own: "_Mirror | None") -> "_Mirror":
        """The mirror of a place, which was asked for last now: `own`, that the thread has begun to fill, although it may have had
        to make room for another's meanwhile."""
        mirror = own or self._mirrors.get(place)
        mirror = self._mirrors[place] = mirror if isinstance(mirror, of) else of()
        self._mirrors.move_to_end(place)
        kept = sum(each.size for each in self._mirrors.values())
        while kept > MOST_BYTES and len(self._mirrors) > 1:
            kept -= self._mirrors.popitem(last=False)[1].size
        return mirror


class _Mirror(ABC):
    """Rows of the table, each in a slot of as many places as a row may have keys."""

    COLUMNS: ClassVar[str]

    def __init__(self) -> None:
        self._seen = np.zeros(0, np.int64)
        self._rows = np.zeros(0, np.int64)  # The row in each slot; 0 where it is free.
        self._ids = np.zeros((0, BLOCK), np.int64)  # The key in each place; 0 where there is none.

    @property
    @abstractmethod
    def size(self) -> int:
        """The bytes that it holds."""

    def lacking(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of the rows that are not here."""
        return rows[:0] if np.array_equal(rows, self._seen) else rows[~np.isin(rows, self._rows)]

    def keep(self, rows: NDArray[np.int64]) -> None:
        """Drop all other rows."""
        if not np.array_equal(rows, self._seen):
            gone = (self._rows != 0) & ~np.isin(self._rows, rows)
            self._rows[gone], self._ids[gone] = 0, 0
            self._seen = rows
            if MOST_FREE * len(self._rows) < len(self._rows) - len(rows):
                self._shrink()

    def take(self, rows: Sequence[Row], total: int) -> None:
        """Add rows as they were read, of a total: id, the keys' ids, and the columns."""
        # Another thread may have been faster.
        new = [row for row in rows if row[0] not in self._rows]
        slots = self._free(len(new), total)
        for slot, (row, ids, *columns) in zip(slots, new, strict=True):
            count = len(ids) // 8
            self._put(slot, count, columns)
            self._rows[slot], self._ids[slot, :count] = row, np.frombuffer(ids, np.int64)

    def likeliest(self, vector: Vectors, limit: int) -> NDArray[np.int64]:
        """The keys among which the `limit` nearest to a vector are."""
        ids = self._ids.reshape(-1)
        taken = np.count_nonzero(ids)
        return ids[ids != 0] if taken <= limit else ids[self._places(vector, limit)]

    def _forget(self) -> None:
        """Free all slots, before what they hold gets another width: no row of another model is a row of this one."""
        self._rows[:], self._ids[:], self._seen = 0, 0, self._seen[:0]

    def _free(self, count: int, total: int) -> NDArray[np.intp]:
        """So many free slots, where a total will be needed."""
        free = np.flatnonzero(self._rows == 0)
        if len(free) < count:
            more = max(count - len(free), total - len(self._rows), len(self._rows) // 32)
            self._rows, self._ids = _longer(self._rows, more), _longer(self._ids, more)
            self._grow(more)
            free = np.flatnonzero(self._rows == 0)
        return free[:count]

    def _shrink(self) -> None:
        """Give the free slots up: after an index was made anew, half of all would be searched in vain for good."""
        held = self._rows != 0
        self._rows, self._ids = self._rows[held], self._ids[held]
        self._hold(held)

    @abstractmethod
    def _grow(self, slots: int) -> None:
        """Make room for so many slots more."""

    @abstractmethod
    def _hold(self, held: NDArray[np.bool_]) -> None:
        """Drop the slots that are not marked."""

    @abstractmethod
    def _put(self, slot: int, count: int, columns: Sequence[bytes]) -> None:
        """Put the columns of so many keys into a slot."""

    @abstractmethod
    def _places(self, vector: Vectors, limit: int) -> NDArray[np.intp]:
        """The places of keys among which the `limit` nearest are."""


class Codes(_Mirror):
    """One byte for each dimension: the nearest are in the list for sure."""

    COLUMNS = "bounds, codes"

    def __init__(self) -> None:
        super().__init__()
        self._bounds = np.zeros((0, BLOCK, 2), np.float32)
        self._codes = np.zeros((0, BLOCK, 0), np.int8)

    @property
    def size(self) -> int:
        return self._ids.nbytes + self._bounds.nbytes + self._codes.nbytes

    def _grow(self, slots: int) -> None:
        self._bounds, self._codes = _longer(self._bounds, slots), _longer(self._codes, slots)

    def _hold(self, held: NDArray[np.bool_]) -> None:
        self._bounds, self._codes = self._bounds[held], self._codes[held]

    def _put(self, slot: int, count: int, columns: Sequence[bytes]) -> None:
        codes = np.frombuffer(columns[1], np.int8).reshape(count, -1)
        if codes.shape[1] != self._codes.shape[2]:
            self._forget()
            self._codes = np.zeros((len(self._codes), BLOCK, codes.shape[1]), np.int8)
        self._codes[slot, :count] = codes
        self._bounds[slot, :count] = np.frombuffer(columns[0], np.float32).reshape(count, 2)

    def _places(self, vector: Vectors, limit: int) -> NDArray[np.intp]:
        _check(self._codes.shape[2], len(vector))
        bounds = self._bounds.reshape(-1, 2)
        near = products(self._codes.reshape(-1, len(vector)), vector) * bounds[:, 0]
        near[self._ids.reshape(-1) == 0] = -np.inf
        error = bounds[:, 1] + SLACK
        surely = np.partition(near - error, -limit)[-limit]
        return np.flatnonzero(near + error >= surely)


class Signs(_Mirror):
    """One bit for each dimension, in words of 64: a slot has the first words of all its keys, then the second ones."""

    COLUMNS = "signs"

    def __init__(self) -> None:
        super().__init__()
        self._words = np.zeros((0, 0, BLOCK), np.uint64)

    @property
    def size(self) -> int:
        return self._ids.nbytes + self._words.nbytes

    def _grow(self, slots: int) -> None:
        self._words = _longer(self._words, slots)

    def _hold(self, held: NDArray[np.bool_]) -> None:
        self._words = self._words[held]

    def _put(self, slot: int, count: int, columns: Sequence[bytes]) -> None:
        words = np.frombuffer(columns[0], np.uint64).reshape(count, -1)
        if words.shape[1] != self._words.shape[1]:
            self._forget()
            self._words = np.zeros((len(self._words), words.shape[1], BLOCK), np.uint64)
        self._words[slot, :, :count] = words.T

    def _places(self, vector: Vectors, limit: int) -> NDArray[np.intp]:
        """The places of the `KEPT` signs that agree best with a vector; of equals the first."""
        asked = signs_of(vector[None]).view(np.uint64)[0]
        _check(self._words.shape[1], len(asked))
        differ = self._differ(asked)
        differ[self._ids.reshape(-1) == 0] = _FAR
        rough = _least(differ, ROUGH)
        rough = rough[differ[rough] != _FAR]  # A free place may have the signs of a key that was taken out.
        signs = np.ascontiguousarray(self._words[rough // BLOCK, :, rough % BLOCK]).view(np.uint8)
        positive = np.unpackbits(signs, axis=1, count=len(vector))
        return rough[np.argsort(-products(positive, vector), kind="stable")[:KEPT]]

    def _differ(self, asked: NDArray[np.uint64]) -> NDArray[np.uint16]:
        """In how many bits each place differs."""
        slots = len(self._words)
        differ = np.empty((slots, BLOCK), np.uint16)
        for begin in range(0, slots, CHUNK):
            words = self._words[begin : begin + CHUNK]
            np.bitwise_count(words ^ asked[:, None]).sum(axis=1, dtype=np.uint16, out=differ[begin : begin + CHUNK])
        return differ.reshape(-1)


def products(lines: NDArray[np.integer], vector: Vectors) -> Vectors:
    """The product of each line with a vector."""
    return np.concatenate(
        [lines[begin : begin + CHUNK].astype(np.float32) @ vector for begin in range(0, len(lines), CHUNK)]
    )


def _least(numbers: NDArray[np.uint16], count: int) -> NDArray[np.intp]:
    """The places of the least numbers; of equals the first."""
    up_to = np.bincount(numbers).cumsum()
    last = int(np.searchsorted(up_to, count))
    below = np.flatnonzero(numbers < last)
    return np.concatenate([below, np.flatnonzero(numbers == last)[: count - len(below)]])


def _longer(lines: NDArray[_Kind], count: int) -> NDArray[_Kind]:
    """Lines with so many empty ones after them."""
    return np.concatenate([lines, np.zeros((count, *lines.shape[1:]), lines.dtype)])


def _check(width: int, asked: int) -> None:
    """Another process may have changed the model meanwhile."""
    if width != asked:
        raise StoreError("The vectors of this memory are of another model than the query's: try again.")


def _listed(db: Reader, scope: str, kind: str) -> NDArray[np.int64]:
    """The ids of the rows of a scope and kind."""
    ids = db.value("SELECT group_concat(id) FROM keys_blocks WHERE scope = ? AND kind = ?", (scope, kind))
    return np.fromstring(ids or "", np.int64, sep=",")
