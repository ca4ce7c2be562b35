"""The SQL of memp.store.sql prepares on a real PostgreSQL as it stands: every statement, as the contract tests run it."""

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from postgres import TYPES, PostgresDialect, new_postgres, numbered

import memp.store.sql
from memp.store import Store
from memp.store.sql import schema
from memp.store.sql.engine import Dialect, Engine, Transaction
from memp.store.sqlite.dialect import SQLiteDialect
from memp.store.sqlite.store import SQLiteStore

FOLDER = Path(memp.store.sql.__file__).parent

RUN = ("rows", "value", "run", "run_many")
"""The methods that a statement is passed to."""

# A spelling that any dialect can be put in place of, from the inside out.
START, BETWEEN, END = "\x01", "\x02", "\x03"


class Open:
    """`Dialect` that leaves its expressions open: what it was asked is in the statement, to be spelt later."""

    def __getattr__(self, name: str) -> Callable[..., str]:
        return lambda *parts: f"{START}{BETWEEN.join((name, *parts))}{END}"


def spelt(sql: str, dialect: Dialect) -> str:
    """A statement in a dialect."""

    def spell(match: re.Match[str]) -> str:
        name, *parts = match[1].split(BETWEEN)
        return getattr(dialect, name)(*parts)

    innermost = re.compile(f"{START}([^{START}{END}]*){END}")
    while START in sql:
        sql = innermost.sub(spell, sql)
    return sql


class Statement(NamedTuple):
    """A statement with the Python types of its bindings."""

    sql: str
    bound: tuple[str, ...]


class Recorder:
    """An engine, or a transaction of one, that keeps the statements of memp.store.sql and where each was passed on."""

    dialect = Open()

    def __init__(self, db: Any, statements: set[Statement], places: set[tuple[str, int]]) -> None:
        self._db = db
        self._statements = statements
        self._places = places

    def rows(self, sql: str, bindings: Sequence[Any] = ()) -> Any:
        return self._db.rows(self._kept(sql, [bindings]), bindings)

    def value(self, sql: str, bindings: Sequence[Any] = ()) -> Any:
        return self._db.value(self._kept(sql, [bindings]), bindings)

    def run(self, sql: str, bindings: Sequence[Any] = ()) -> int:
        return self._db.run(self._kept(sql, [bindings]), bindings)

    def run_many(self, sql: str, bindings: Iterable[Sequence[Any]]) -> None:
        rows = list(bindings)
        self._db.run_many(self._kept(sql, rows), rows)

    def snapshot(self) -> AbstractContextManager[None]:
        return self._db.snapshot()

    def transaction(self) -> AbstractContextManager[None]:
        return self._db.transaction()

    @contextmanager
    def write(self, *, wait: bool = True) -> Iterator[Transaction]:
        with self._db.write(wait=wait) as db:
            yield Recorder(db, self._statements, self._places)

    def scrub(self) -> None:
        self._db.scrub()

    def _kept(self, sql: str, rows: Iterable[Sequence[Any]]) -> str:
        caller = sys._getframe(2)
        path = Path(caller.f_code.co_filename)
        if path.parent == FOLDER:
            self._places.add((path.name, caller.f_lineno))
            spelling = numbered(spelt(sql, PostgresDialect()))
            self._statements.update(Statement(spelling, tuple(map(type_of, bindings))) for bindings in rows)
        return spelt(sql, SQLiteDialect())


def type_of(value: Any) -> str:
    if isinstance(value, list):
        return f"list of {type_of(value[0])}" if value else "list"
    return "vector" if isinstance(value, np.ndarray) else type(value).__name__


TABLES = [
    "CREATE EXTENSION vector",
    schema.first(TYPES)
    + schema.imported(TYPES)
    + schema.unfinished(TYPES)
    + schema.projects(TYPES)
    + schema.compact(TYPES)
    + schema.waiting(TYPES)
    + schema.outlines(TYPES)
    + schema.origins(TYPES)
    + schema.browsing(TYPES)
    + schema.decisions(TYPES),
]

FITS = {
    "int": {"integer", "bigint", "smallint", "double precision"},
    "float": {"double precision"},
    "str": {"text"},
    "bytes": {"bytea"},
    "vector": {"vector"},
    "list": {"integer[]", "text[]"},
    "list of int": {"integer[]"},
    "list of str": {"text[]"},
}
"""The PostgreSQL types that a Python value may be bound to; None fits all."""


class Recording(NamedTuple):
    """The statements that the contract tests ran, and the places in memp.store.sql that passed them on."""

    statements: list[Statement]
    places: set[tuple[str, int]]


def contract_tests() -> Iterator[Callable[[Store], None]]:
    """The contract tests that take one store and nothing else."""
    for path in sorted(Path(__file__).parent.glob("test_contract_*.py")):
        spec = spec_from_file_location(f"recorded_{path.stem}", path)
        assert spec is not None and spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, test in vars(module).items():
            if (
                name.startswith("test_")
                and not hasattr(test, "hypothesis")
                and [*inspect.signature(test).parameters] == ["store"]
            ):
                yield test


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    statements, places = set[Statement](), set[tuple[str, int]]()
    for number, test in enumerate(contract_tests()):
        store = SQLiteStore(tmp_path_factory.mktemp("recorded") / f"{number}.sqlite3")
        recorder: Engine = Recorder(store._db, statements, places)
        store._db = recorder
        test(store)
        store.close()
    return Recording(sorted(statements), places)


def calls() -> Iterator[tuple[str, int, int]]:
    """Every place in memp.store.sql that passes a statement on: file, first and last line."""
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in RUN:
                yield path.name, node.lineno, node.end_lineno or node.lineno


def test_the_contract_tests_run_every_statement(recording: Recording):
    unseen = [
        f"{name}:{first}"
        for name, first, last in calls()
        if not any(file == name and first <= line <= last for file, line in recording.places)
    ]
    assert unseen == []
    assert len(recording.statements) > 100


def test_every_statement_prepares_on_postgresql_with_the_types_that_are_bound(recording: Recording):
    texts = sorted({statement.sql for statement in recording.statements})
    with new_postgres() as database:
        prepared = dict(zip(texts, database.prepared(TABLES, texts), strict=True))
    assert [f"{one.fault}: {sql}" for sql, one in prepared.items() if one.fault] == []
    for statement in recording.statements:
        types = prepared[statement.sql].types
        assert len(types) == len(statement.bound), statement
        for bound, column in zip(statement.bound, types, strict=True):
            assert bound == "NoneType" or column in FITS[bound], (statement, types)


def test_a_statement_that_sqlite_alone_takes_has_a_fault():
    faults = {
        "INSERT OR IGNORE INTO meta (name, value) VALUES ($1, $2)": 'syntax error at or near "OR"',
        "SELECT id FROM trajectories WHERE success": "argument of WHERE must be type boolean, not type integer",
        "SELECT id FROM keys WHERE $1 IS NULL OR owner = $1": "could not determine data type of parameter $1",
        "SELECT id FROM audit WHERE detail GLOB $1": 'syntax error at or near "GLOB"',
        "SELECT 1": "",
    }
    with new_postgres() as database:
        assert [one.fault for one in database.prepared(TABLES, list(faults))] == list(faults.values())
