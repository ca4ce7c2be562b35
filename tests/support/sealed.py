"""Memory files that a test changes beside memp: rows have checksums, which triggers write (memp.store.sqlite.checksums)."""

from pathlib import Path

import apsw

from memp.store.sqlite import checksums


def beside(path: Path | str) -> apsw.Connection:
    """A connection whose changes get their checksums."""
    connection = apsw.Connection(str(path))
    checksums.install(connection)
    return connection


def unsealed(path: Path | str) -> apsw.Connection:
    """A connection to a file whose changes nothing notices, as those of a failing disk."""
    connection = apsw.Connection(str(path))
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    return connection
