"""Journals that belong to another file: a copy that was put beside the journal of the file before it is read with that, page by
page, and is then neither the one nor the other.

SQLite gives each journal two random numbers, its salts. A row of `meta` says which journal the file was last written through, and
which one before that; it is written as soon as a transaction has begun a new journal, and so stands in that as well. A journal
follows a file when it says that it came after the one that the file knows, or is that one.
"""

import re
import secrets
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import apsw

from memp.errors import StrangeJournalError
from memp.store.sqlite import checksums
from memp.store.sqlite.copies import newest

NAME = "journal"
"""The name of the row in `meta`."""

_MARK = re.compile(rb"memp-journal ([0-9a-f]{16}) ([0-9a-f]{16})")
_HEADER, _FRAME = 32, 24
_NONE = "0" * 16
TRIES = 3
PAUSE = 0.05
"""A journal that is in use may begin anew while it is looked at: what does not belong is so each time."""


class Link(NamedTuple):
    """The salts of the journal before, and of the one that is written."""

    before: str
    now: str

    def __str__(self) -> str:
        return f"memp-journal {self.before} {self.now}"


def salts(path: Path) -> str:
    """The salts of the journal beside a file; empty where there is none."""
    try:
        with Path(f"{path}-wal").open("rb") as file:
            header = file.read(_HEADER)
    except OSError:
        return ""
    return header[16:24].hex() if len(header) == _HEADER else ""


def note(connection: apsw.Connection, now: str) -> None:
    """Write into the open transaction that the file is written through the journal with these salts."""
    before = _link(connection)
    if before is None or before.now != now:
        _write(connection, Link(before.now if before else _NONE, now))


def begin(connection: apsw.Connection) -> None:
    """Write into the open transaction that the file follows no journal that there was."""
    _write(connection, Link(_NONE, secrets.token_hex(8)))


def begin_anew(path: Path) -> None:
    """`begin` for a copy, which nobody has open: the journal of the file that it was made of is not its own."""
    with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)) as connection:
        checksums.install(connection)
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchall():
            begin(connection)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def check(path: Path) -> None:
    """Refuse a file that lies beside the journal of another one.

    Raises:
        StrangeJournalError: it does.
    """
    for _ in range(TRIES):
        if not is_strange(path):
            return
        time.sleep(PAUSE)
    backup = newest(path)
    raise StrangeJournalError(
        f"{path} lies beside the journal of another file ({path}-wal), as after a copy was put there by hand: together they "
        f"are damaged. Nothing was changed. Move {path}-wal and {path}-shm away, and the copy is the memory; keep these two: "
        "what was written last may stand in them alone. "
        + (f"The newest backup comes back by `memp restore {backup}`. " if backup else "")
        + "Next time `memp restore FILE` does it all."
    )


def is_strange(path: Path) -> bool:
    """Whether the journal beside a file was begun after another state of it than the file is in."""
    now = salts(path)
    links = _of_journal(path) if now else []
    if all(link.now != now for link in links):
        return False  # Whose writer was killed in that very moment, or of an older memp: nothing is known.
    try:
        known = _of_file(path)
    except (apsw.Error, UnicodeDecodeError):
        return False  # It cannot be read: whoever opens it says why.
    if known is None:  # From before there were such rows.
        return all(link.before != _NONE for link in links)
    return all(known.now not in link for link in links)


def _of_journal(path: Path) -> list[Link]:
    """The links in the pages of the journal."""
    try:
        with Path(f"{path}-wal").open("rb") as file:
            header = file.read(_HEADER)
            size = int.from_bytes(header[8:12], "big")
            links: list[Link] = []
            while len(frame := file.read(_FRAME + size)) == _FRAME + size and frame[8:16] == header[16:24]:
                links += [Link(match[1].decode(), match[2].decode()) for match in _MARK.finditer(frame)]
            return links
    except OSError:
        return []


def _of_file(path: Path) -> Link | None:
    """The link in the file without its journal; None where it has none.

    Raises:
        apsw.Error, UnicodeDecodeError: it cannot be read.
    """
    uri, flags = f"{path.absolute().as_uri()}?immutable=1", apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    with closing(apsw.Connection(uri, flags=flags)) as connection:
        return _link(connection)


def _link(connection: apsw.Connection) -> Link | None:
    for (value,) in connection.execute("SELECT value FROM meta WHERE name = ?", (NAME,)):
        match = _MARK.fullmatch(str(value).encode())
        return Link(match[1].decode(), match[2].decode()) if match else None
    return None


def _write(connection: apsw.Connection, link: Link) -> None:
    sql = "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    connection.execute(sql, (NAME, str(link)))
