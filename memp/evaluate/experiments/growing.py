"""A memory that grows while it is measured, with a copy after each game, so that a stopped run goes on from there."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from memp.errors import InputError
from memp.evaluate.agents.llm.mcp_host import Host
from memp.store.sqlite.backup import back_up

SERVE = (sys.executable, "-m", "memp_server")
"""The process behind `memp serve`, started as one of its own: an evaluation is a client of the server, no part of it."""


class GrowingMemory:
    """A memory's file, and copies of it by the number of games played: `x.sqlite3`, `x.3.sqlite3`.

    It starts as a copy of `start`, or empty. `settings` are the server's, as environment variables.
    """

    def __init__(self, path: Path, start: Path | None, settings: Mapping[str, str]) -> None:
        self._path = path
        self._start = start
        # The server must be the same code as this, wherever that was imported from.
        self._environment = {**settings, "MEMP_DB": str(path.absolute()), "PYTHONPATH": os.pathsep.join(sys.path)}

    def serve(self, games: int) -> Host:
        """A server, not started yet, of the memory as it was after so many games.

        Raises:
            InputError: no copy of it was kept.
        """
        kept = self._start if games == 0 else self._kept(games)
        if games and not self._kept(games).is_file():
            raise InputError(
                f"{self._kept(games)} is gone, and with it the memory after {games} games: name other results."
            )
        remove(self._path)
        if kept is not None:
            copy(kept, self._path)
        return Host(SERVE, self._environment, self._path.with_suffix(".log"))

    def keep(self, games: int) -> None:
        """Copy the memory as it is now, after so many games."""
        remove(self._kept(games))
        copy(self._path, self._kept(games))

    def forget(self, games: int) -> None:
        """Remove the copy after so many games: a later one is in use."""
        remove(self._kept(games))

    def clear(self) -> None:
        """Remove the file and all copies."""
        for path in [self._path, *self._path.parent.glob(f"{self._path.stem}.*{self._path.suffix}")]:
            remove(path)

    def _kept(self, games: int) -> Path:
        return self._path.with_suffix(f".{games}{self._path.suffix}")


def copy(source: Path, target: Path) -> None:
    """Copy a memory that may be in use; a source that is not there gives an empty one.

    Raises:
        StoreError: it cannot be copied.
    """
    if source.exists():
        back_up(source, target)
    else:
        target.touch()


def remove(path: Path) -> None:
    """Remove a database, with the files that SQLite keeps beside it."""
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
