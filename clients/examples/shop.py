"""The task of the examples: add a required column to a table of a small SQLite database.

SQLite refuses the two statements that one thinks of first, so an agent without a memory takes detours. The database is in
memory, and statements that would touch files are refused. `python clients/examples/<name>.py` finds this module.
"""

import os
import shlex
import sqlite3
import tempfile
from collections.abc import Iterator

TABLES = (("orders", "region"), ("payments", "currency"))
"""The tasks, as (table, column): what is learned at the first is of use at the second."""

RULES = "Work on the SQLite database with the tool sql, one statement a call. Stop when the task is done."

MEMORY_RULES = f"""{RULES} You have a memory of how tasks were done. First call recall_procedure with the task, and
follow what fits. At the end call check. If it says ok, call record_trajectory with the outcome success, the evidence
"check: ok" and, in used, the ids that you followed; if it does not and you cannot mend it, call reflect_on_failure."""

MEMP = shlex.split(os.environ.get("MEMP_SERVER", "memp serve"), posix=os.name == "posix")
"""The command of the MCP server; another one may be set, as a framework's environment need not be the server's."""

_throwaway = tempfile.TemporaryDirectory(prefix="memp-example-", ignore_cleanup_errors=True)
MEMORY = os.environ.get("MEMP_DB") or os.path.join(_throwaway.name, "memory.sqlite3")  # noqa: PTH118
"""The memory file: one that is thrown away when the example ends, or MEMP_DB."""

SERVER_ENVIRONMENT = {**os.environ, "MEMP_DB": MEMORY, "MEMP_BUILDER": "extractive"}
"""The server writes procedures by rule here, so that a key that is meant for the agent is not used for that too."""


class Shop:
    """A database with one table, which shall get one more column."""

    def __init__(self, table: str, column: str) -> None:
        self.table, self.column = table, column
        self.task = f"Add a required column {column} to the {table} table; old rows get 'unknown'"
        self.steps: list[str] = []
        # Frameworks call tools on threads of their own.
        self._database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._database.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, amount REAL NOT NULL)")
        self._database.execute(f"INSERT INTO {table} VALUES (1, 10.0), (2, 20.0)")
        self._database.set_authorizer(_authorize)

    def sql(self, statement: str) -> str:
        """Run one SQL statement and return its rows, ok, or the error."""
        try:
            rows = self._database.execute(statement).fetchmany(20)
            seen = "; ".join(str(row) for row in rows) or "ok"
        except (sqlite3.Error, sqlite3.Warning) as error:
            seen = f"error: {error}"
        self.steps.append(f"{statement} -> {seen}")
        return seen

    def check(self) -> str:
        """Whether the task is done: "ok", or what is wrong."""
        try:
            rows = self._database.execute(f"SELECT id, {self.column} FROM {self.table} ORDER BY id").fetchall()
            if rows != [(1, "unknown"), (2, "unknown")]:
                return f"the old rows are {rows}"
            self._database.execute(f"INSERT INTO {self.table} (id, amount) VALUES (3, 30.0)")
        except sqlite3.IntegrityError:
            return "ok"
        except sqlite3.Error as error:
            return str(error)
        self._database.execute(f"DELETE FROM {self.table} WHERE id = 3")
        return f"a row without {self.column} was accepted"

    def report(self) -> str:
        """The result, as a line to print."""
        return f"{self.table}: {len(self.steps)} statements, check: {self.check()}"


def _authorize(action: int, *_: object) -> int:
    return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_ATTACH else sqlite3.SQLITE_OK


def shops() -> Iterator[Shop]:
    """A fresh database for each task."""
    for table, column in TABLES:
        yield Shop(table, column)


def need(variable: str, model: str = "<its model>") -> None:
    """End with a sentence if there is no key for the model; `model` is how MODEL names one."""
    if not os.environ.get(variable):
        base = variable.replace("_API_KEY", "_BASE_URL")
        raise SystemExit(
            f"Set {variable}. Any server that speaks the same API does, a local one too: "
            f"{base}=http://localhost:11434{'/v1' if base.startswith('OPENAI') else ''} {variable}=none MODEL='{model}'"
        )
