"""Database engine, as the SQL of the store sees it: connections, transactions, dialect, and the index over keys.

memp.store.sqlite implements it on apsw. Bindings are str, int, float, bytes, None, a `list` of str or int (for
`Dialect.within`), and a float32 vector.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from memp.embed import Vectors
from memp.store.records import Key, KeyKind

Row = tuple[Any, ...]


class ColumnTypes(NamedTuple):
    """Declarations in CREATE TABLE that engines name differently: see memp.store.sql.schema."""

    id: str
    """An autoincremented primary key; the number of a deleted row is not used again."""

    big: str
    """An integer of 64 bits."""

    real: str
    blob: str
    vector: str

    clustered: str
    """The suffix of a table that is clustered by its primary key."""


class Dialect(Protocol):
    """SQL expressions that SQLite and PostgreSQL spell differently. Arguments are SQL, but for names of JSON fields."""

    def within(self, column: str, parameter: str = "?") -> str:
        """The condition that a column is one of the list bound to a placeholder."""
        ...

    def field(self, column: str, name: str) -> str:
        """A field of a JSON object in a text column, as text; NULL where it has none."""
        ...

    def field_named(self, column: str, parameter: str = "?") -> str:
        """`field`, with the name bound to a placeholder."""
        ...

    def without_fields(self, column: str, *names: str) -> str:
        """A JSON object in a text column without these fields, as text."""
        ...

    def fields(self, column: str) -> str:
        """A table in FROM of the fields of a JSON object of texts, with the columns `key` and `value`."""
        ...

    def array(self, expression: str) -> str:
        """The aggregate that puts values into a JSON array, as text; `[]` where there are none."""
        ...

    def cosine(self, vector: str, other: str) -> str:
        """The cosine similarity of two vectors; NULL where either is."""
        ...


class Reader(Protocol):
    """A connection that reads."""

    @property
    def dialect(self) -> Dialect:
        """The engine's spelling of SQL."""
        ...

    def rows(self, sql: str, bindings: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query."""
        ...

    def value(self, sql: str, bindings: Sequence[Any] = ()) -> Any:
        """The first column of the first row; None where there is no row. Also for INSERT ... RETURNING."""
        ...


class Transaction(Reader, Protocol):
    """A transaction that reads and writes."""

    def run(self, sql: str, bindings: Sequence[Any] = ()) -> int:
        """Run a statement; the number of rows that it inserted, updated or deleted."""
        ...

    def run_many(self, sql: str, bindings: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each sequence of bindings, without lists or vectors among them."""
        ...


class Engine(Reader, Protocol):
    """One memory's database. Safe to use from several threads; every method may raise StoreError."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Within, reads of this thread see the database as it was at the beginning."""
        ...

    def write(self, *, wait: bool = True) -> AbstractContextManager[Transaction]:
        """One transaction that writes; it is rolled back when the block raises.

        Raises:
            StoreBusyError: somebody else writes; without `wait`, at once.
        """
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Within, all that this thread writes is one transaction, which it also reads in; rolled back when the block raises.

        Raises:
            StoreBusyError: somebody else writes.
        """
        ...

    def scrub(self) -> None:
        """Leave no trace on disk of what was deleted.

        Raises:
            StoreBusyError: others use the database: traces may be left.
        """
        ...


class KeyIndex(Protocol):
    """Indexes over the rows of `keys`, by word and by vector, kept in the transaction that changes the rows.

    Keys of an archived procedure are not returned. An engine that updates its indexes with the rows has little to do here.
    """

    def add(self, db: Transaction, keys: Sequence[tuple[int, Key]]) -> None:
        """Index new keys: id and text; those that have a vector already by that as well."""
        ...

    def hide(self, db: Transaction, procedure_id: int) -> None:
        """Leave the keys of a procedure out of results: it was archived."""
        ...

    def show(self, db: Transaction, procedure_id: int) -> None:
        """Return the keys of a procedure in results again: it is active."""
        ...

    def rebuild(self, db: Transaction) -> None:
        """Build the indexes anew from the keys."""
        ...

    def nearest(
        self, db: Reader, kind: KeyKind, vector: Vectors, scopes: Iterable[str], limit: int
    ) -> list[tuple[int, float]]:
        """For each scope the `limit` keys nearest to a unit vector of shape (dimension,): id and cosine, best first."""
        ...


class Part:
    """Base of the parts of a store: one engine and its index."""

    def __init__(self, db: Engine, index: KeyIndex) -> None:
        self._db = db
        self._index = index
