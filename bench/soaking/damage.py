"""Files that are damaged: whether it is found, and what is saved."""

import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import apsw

from memp import open_memory
from memp.errors import StoreError
from memp.store.sqlite import checksums, deep
from memp.store.sqlite.backup import check_copy
from memp.store.sqlite.salvage import salvage
from memp.store.sqlite.store import SQLiteStore

RUNS = 300


class Found(NamedTuple):
    """How many damaged files were taken for whole, mended, or could not be read; the faults of the mended ones, and the share of
    their runs that is lost."""

    missed: int
    mended: int
    unreadable: int
    faults: int
    lost: float


def memory(path: Path, runs: int = RUNS) -> Path:
    """A memory that nobody has open."""
    with closing(open_memory(db=path, model="hashing", builder="extractive")) as made:
        for number in range(runs):
            steps = [f"open crate {number} -> open", f"count {number % 9} parts -> counted", "close it -> closed"]
            made.record(
                f"count the parts of crate {number} in hall {number % 13}", steps, "success", used=["p1"][: number % 2]
            )
    return path


def tried(path: Path, folder: Path, count: int, chance: random.Random) -> Found:
    """What becomes of copies in which 16 bytes were flipped."""
    whole, room = path.read_bytes(), folder / "tried"
    room.mkdir()
    with closing(SQLiteStore(path)) as store:
        runs = store.stats().trajectories
    missed = mended = unreadable = faults = lost = 0
    for _ in range(count):
        damaged = bytearray(whole)
        for place in chance.sample(range(len(whole)), 16):
            damaged[place] ^= 1 << chance.randrange(8)
        (room / "damaged.sqlite3").write_bytes(damaged)
        missed += not _noticed(room / "damaged.sqlite3") and _contents(room / "damaged.sqlite3") != _contents(path)
        try:
            salvage(room / "damaged.sqlite3", room / "new.sqlite3")
        except StoreError:
            unreadable += 1
        else:
            mended += 1
            with closing(SQLiteStore(room / "new.sqlite3")) as store:
                faults += len(store.check_deep())
                lost += runs - store.stats().trajectories
        for file in room.iterdir():
            file.unlink()
    return Found(missed, mended, unreadable, faults, lost / max(1, mended * runs))


def _contents(path: Path) -> list[object]:
    """What a file holds: a flipped bit in a part of a page that nothing stands in changes none of it."""
    with closing(apsw.Connection(str(path))) as db:
        return list(deep.contents(db))


def _noticed(path: Path) -> bool:
    try:
        return bool(check_copy(path))
    except StoreError:
        return True


def indexes(path: Path, folder: Path) -> dict[str, int]:
    """Of damage to what can be made anew: how often it was not found, or not mended."""
    ways: dict[str, Callable[[apsw.Connection], object]] = {
        "40 vectors of the index overwritten": lambda db: db.execute(
            "UPDATE keys_blocks SET signs = zeroblob(length(signs))"
        ),
        "40 vectors overwritten": lambda db: db.execute(
            "UPDATE vectors SET vector = (SELECT vector FROM vectors LIMIT 1) WHERE id IN (SELECT id FROM vectors LIMIT 40)"
        ),
        "30 wrong rows of the word index": lambda db: [
            db.execute("INSERT INTO keys_fts (rowid, body) VALUES (?, 'wrong words')", (10**6 + number,))
            for number in range(30)
        ],
        "broken pages of the word index": lambda db: db.execute(
            "UPDATE keys_fts_data SET block = zeroblob(99) WHERE id > 10"
        ),
    }
    return {what: _unmended(path, folder / "index.sqlite3", change) for what, change in ways.items()}


def vanished(path: Path, folder: Path) -> dict[str, int]:
    """Of rows that are gone, a table at a time: in how many tables the deep check did not see it, and
    after how many repairs it was not said."""
    copy, new = folder / "vanished.sqlite3", folder / "vanished-new.sqlite3"
    ways = {
        "one row of a table deleted": "DELETE FROM {0} WHERE {1} = (SELECT {1} FROM {0} LIMIT 1)",
        "all rows of a table deleted": "DELETE FROM {0}",
    }
    missed: dict[str, int] = {}
    with closing(apsw.Connection(str(path))) as db:
        tables = [table for table in checksums.tables(db) if db.execute(f"SELECT count(*) FROM {table.name}").get]
    for what, change in ways.items():
        unsaid = 0
        missed[f"{what}, {len(tables)} tables: not found"] = 0
        for table in tables:
            copy.write_bytes(path.read_bytes())
            with closing(_unsealed(copy)) as db:
                db.execute(change.format(table.name, table.key[0]))
            missed[f"{what}, {len(tables)} tables: not found"] += not _noticed(copy)
            unsaid += not any(salvage(copy, new))
            new.unlink()
        missed[f"{what}: not said by the repair"] = unsaid
    return missed


def _unsealed(path: Path) -> apsw.Connection:
    """A connection whose changes nothing notices."""
    connection = apsw.Connection(str(path))
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    return connection


def _unmended(path: Path, copy: Path, change: Callable[[apsw.Connection], object]) -> int:
    copy.write_bytes(path.read_bytes())
    with closing(_unsealed(copy)) as db:
        change(db)
    if not _noticed(copy):
        return 1
    new = copy.with_name("mended.sqlite3")
    salvage(copy, new)
    with closing(open_memory(db=new, model="hashing")) as memory:
        memory.embed_pending()
        bad = bool(memory.store.check_deep() or memory.wrong_vectors(lambda _: None) or memory.store.stats().pending)
    new.unlink()
    return int(bad)
