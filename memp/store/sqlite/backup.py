"""Copy a memory file that may be in use, with SQLite's online backup."""

import sqlite3
from contextlib import closing
from pathlib import Path

from memp.errors import StoreError


def back_up(source: Path, target: Path) -> None:
    """Copy the file as it is now, without migrating it; others may go on to write it.

    Raises:
        StoreError: it cannot be copied; the reason, in SQLite's words.
    """
    # Python's own module: whole pages are copied, for which neither sqlite-vec nor memp's schema is needed.
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as read,
            closing(sqlite3.connect(target)) as written,
        ):
            read.backup(written)
    except sqlite3.Error as error:
        raise StoreError(str(error)) from error
