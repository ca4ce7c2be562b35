"""The deep check and the salvage: real damage to a real file is found, what can be derived is mended, the rest is named."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import apsw
import pytest
from sealed import beside, unsealed

from memp.config import open_memory
from memp.errors import NotFoundError, StoreError
from memp.store.find import find_procedure
from memp.store.records import Asked
from memp.store.sqlite import deep
from memp.store.sqlite.backup import check_copy
from memp.store.sqlite.readable import can_be_read
from memp.store.sqlite.salvage import salvage
from memp.store.sqlite.store import SQLiteStore

RUNS = 12


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A memory of some runs and procedures, as a file that nobody has open."""
    path = tmp_path_factory.mktemp("whole") / "memory.sqlite3"
    verbs = "wash heat cool fill cut fold dry pack mend paint clean sweep".split()
    with closing(open_memory(db=path, model="hashing")) as memory:
        for number, verb in enumerate(verbs[:RUNS]):
            used = ["p1"] if number == 5 else []
            memory.record(
                f"{verb} the thing {number} of the house", [f"go to {verb} room -> there", f"{verb} it -> done"],
                "success" if number % 4 else "failure", used=used if number != 0 else [],
            )  # fmt: skip
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, whole: bytes) -> Path:
    path = tmp_path / "memory.sqlite3"
    path.write_bytes(whole)
    return path


def found(path: Path) -> str:
    with closing(SQLiteStore(path)) as store:
        return " ".join(store.check_deep())


def mended(path: Path) -> tuple[Path, list[str]]:
    new = path.with_name("new.sqlite3")
    lost, vectors = salvage(path, new)
    assert check_copy(new) == []
    return new, lost + vectors


def test_a_whole_memory_has_no_faults_and_loses_nothing(path: Path):
    assert found(path) == ""
    new, lost = mended(path)
    assert lost == []
    with closing(SQLiteStore(path)) as before, closing(SQLiteStore(new)) as after:
        sizes = {"bytes": 0}
        assert before.stats().model_copy(update=sizes) == after.stats().model_copy(update=sizes)
        assert [p.script for p in before.procedures()] == [p.script for p in after.procedures()]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE trajectories SET steps = replace(steps, 'done', 'gone') WHERE id = 3", "t3 is not as written"),
        ("UPDATE procedures SET tier = 'validated' WHERE id = 2", "p2 is not as written"),
        ("UPDATE revisions SET script = replace(script, 'go', 'rm') WHERE procedure_id = 1", "p1r1 is not as written"),
        ("UPDATE credits SET success = 1 - success", "credits 1/6 is not as written"),
        ("UPDATE trajectories SET reward = reward * 0.9999999999 WHERE id = 2", "t2 is not as written"),
        ("UPDATE keys SET text = CAST(text AS BLOB) WHERE id = 4", "keys 4 is not as written"),
        ("UPDATE vectors SET vector = zeroblob(1536) WHERE id = 1", "vectors 1 is not as written"),
        ("DELETE FROM sources WHERE procedure_id = 1; DELETE FROM revisions; DELETE FROM procedures", "belong to none of"),
        ("DELETE FROM credits", "Missing: 1 credit of a procedure that a run used, of 1."),
        ("DELETE FROM sources WHERE procedure_id = 2", "Missing: 1 link from a procedure to a run that it was built from, of"),
        ("DELETE FROM audit WHERE id > 1", "entries of the audit log, of"),
        ("DELETE FROM meta WHERE name = 'embedder'", "Missing: 1 note on the file itself, of 2."),
        ("DELETE FROM keys WHERE kind = 'run' AND owner = 6; DELETE FROM credits WHERE trajectory_id = 6; "
         "DELETE FROM sources WHERE trajectory_id = 6; DELETE FROM trajectories WHERE id = 6", "Missing: 1 run, of 12."),
        ("INSERT INTO credits SELECT 2, 3, revision, success, weight, outside, context, created_at, checksum FROM credits",
         "Not written by memp: 1 credit of a procedure that a run used, of 2."),
        ("DELETE FROM revisions WHERE procedure_id = 2", "p2 is damaged: its current revision, p2r1, is gone."),
        ("DELETE FROM tallies WHERE name = 'credits'", "The tally of credits is not as written"),
        ("UPDATE tallies SET tally = zeroblob(20) WHERE name = 'shown'", "The tally of shown is not as written"),
        ("UPDATE keys_blocks SET codes = zeroblob(length(codes))", "wrong blocks"),
        ("UPDATE keys_blocks SET kind = 'error'", "wrong blocks"),
        ("DELETE FROM keys_fts WHERE rowid = 1; INSERT INTO keys_fts (rowid, body) VALUES (1, 'other words')", "word index"),
        ("INSERT INTO keys_fts (rowid, body) VALUES (99999, 'of no key')", "word index"),
        ("UPDATE keys_fts_docsize SET sz = x'7f'", "word index"),
    ],
)  # fmt: skip
def test_what_is_not_as_it_was_written_is_found(path: Path, change: str, said: str):
    with unsealed(path) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute(change)
    db.close()
    assert said in found(path)


def test_every_one_of_sixteen_bytes_that_were_flipped_is_found(path: Path, whole: bytes):
    chance, untouched = random.Random(14), path.with_name("untouched.sqlite3")
    untouched.write_bytes(whole)
    for _ in range(25):
        damaged = bytearray(whole)
        for place in chance.sample(range(len(whole)), 16):
            damaged[place] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        assert noticed(path) or contents(path) == contents(untouched)


def noticed(path: Path) -> bool:
    try:
        return bool(check_copy(path))
    except StoreError:
        return True


def contents(path: Path) -> list[object]:
    with closing(apsw.Connection(str(path))) as db:
        return list(deep.contents(db))


def test_a_deleted_row_that_indexes_had_is_no_fault_and_what_is_forgotten_leaves_none(path: Path):
    with closing(SQLiteStore(path)) as store:
        store.forget([1], [2])
    assert found(path) == ""


def test_rows_that_are_lost_are_named_and_what_belongs_to_them_goes(path: Path):
    with unsealed(path) as db:
        db.execute(
            "UPDATE trajectories SET task = 'x' WHERE id = 2; UPDATE keys SET text = 'x' WHERE kind = 'run' AND owner = 3"
        )
        db.execute("UPDATE vectors SET vector = zeroblob(1536) WHERE id = 1")
    db.close()
    new, lost = mended(path)
    assert {"Lost: t2.", "1 vector cannot be read, and is made anew from its text."} <= set(lost)
    assert any(said.startswith("Lost: 1 text by which something is found (keys ") for said in lost)
    assert "texts by which things are found were made anew" in " ".join(lost)
    with closing(open_memory(db=new, model="hashing")) as memory:
        assert memory.store.stats().trajectories == RUNS - 1
        assert memory.embed_pending() > 0 and memory.store.check_deep() == []


def test_a_procedure_whose_row_is_lost_is_made_anew_as_a_candidate(path: Path):
    with unsealed(path) as db:
        db.execute("UPDATE procedures SET uses = 99 WHERE id = 1")
        (script,) = db.execute("SELECT script FROM revisions WHERE procedure_id = 1").fetchall()[0]
    db.close()
    new, lost = mended(path)
    assert "p1 was made anew from its runs: it is a candidate again." in lost
    with closing(SQLiteStore(new)) as store:
        (procedure,) = store.procedures([1])
        assert (procedure.tier, procedure.uses) == ("candidate", 1)
        assert procedure.script.model_dump_json() == script


@pytest.mark.parametrize("place", [0, 16, 18, 40, 100, 3000])
def test_a_file_whose_header_or_schema_is_damaged_is_read_again(path: Path, whole: bytes, place: int):
    damaged = bytearray(whole)
    if place >= 3000:
        place = whole.index(b"CREATE TABLE trajectories")
    damaged[place] ^= 0x55
    path.write_bytes(damaged)
    if place == 100:  # The kind of the root page of the schema: without that nothing is known.
        with pytest.raises(StoreError, match="memp restore"):
            mended(path)
        return
    new, lost = mended(path)
    with closing(SQLiteStore(new)) as store:
        assert (store.stats().trajectories, lost) == (RUNS, [])


def test_what_stands_beyond_a_page_that_is_broken_is_saved(path: Path):
    with closing(sqlite3.connect(path)) as db:
        size = db.execute("PRAGMA page_size").fetchone()[0]
    with beside(path) as db:
        page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'credits'").get
    db.close()
    with path.open("r+b") as file:
        file.seek((int(str(page)) - 1) * size)
        file.write(b"\xff" * 64)
    assert "credits" in found(path)
    new, _ = mended(path)
    with closing(SQLiteStore(new)) as store:
        assert (store.stats().trajectories, store.stats().credits) == (RUNS, 0)


def test_a_row_that_is_whole_and_of_an_earlier_time_is_found(path: Path):
    with beside(path) as db:
        before = db.execute("SELECT * FROM procedures WHERE id = 2").fetchall()[0]
    db.close()
    with closing(SQLiteStore(path)) as store:
        store.set_tier(2, "pinned", "person", "by hand")
        assert store.check_deep() == []
    with unsealed(path) as db:
        db.execute("PRAGMA foreign_keys = OFF; DELETE FROM procedures WHERE id = 2")
        db.execute(f"INSERT INTO procedures VALUES ({', '.join('?' * len(before))})", before)
    db.close()
    assert "Rows of procedures were exchanged for others, or are as they were at an earlier time." in found(path)


def test_a_procedure_whose_revision_is_gone_is_shown_as_damaged(path: Path):
    with unsealed(path) as db:
        db.execute("DELETE FROM revisions WHERE procedure_id = 2")
    db.close()
    with closing(SQLiteStore(path)) as store:
        assert store.check() == ["p2 is damaged: its current revision, p2r1, is gone."]
        for scopes, error in ((None, StoreError), ([""], StoreError), (["other"], NotFoundError)):
            with pytest.raises(error, match="p2 is damaged" if error is StoreError else "no procedure p2"):
                find_procedure(store, 2, scopes)


@pytest.mark.parametrize("table", ["credits", "sources", "revisions", "trajectories", "recalls", "meta"])
@pytest.mark.parametrize(
    "change", ["DELETE FROM {}", "INSERT INTO {0} SELECT * FROM {0}", "UPDATE {} SET checksum = 1"]
)
def test_no_other_program_changes_a_table_by_mistake(path: Path, table: str, change: str):
    with closing(SQLiteStore(path)) as store:
        store.note_recalls([Asked(scope="", words=b"words", context="", at="2026-01-01T00:00:00+00:00")], wait=True)
    with closing(sqlite3.connect(path)) as db, pytest.raises(sqlite3.Error, match="no such function"):
        db.execute(change.format(table))


def test_what_vanished_is_said_in_plain_words_and_not_again(path: Path):
    with unsealed(path) as db:
        links = int(str(db.execute("SELECT count(*) FROM sources").get))
        db.execute("DELETE FROM sources; DELETE FROM credits")
    db.close()
    new, lost = mended(path)
    assert lost == [
        "Lost: 1 credit of a procedure that a run used, of 1.",
        f"Lost: {links} links from a procedure to a run that it was built from, of {links}.",
    ]
    assert found(new) == ""


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("sources", "links from a procedure to a run that it was built from, of"),
        ("credits", "Lost: 1 credit of a procedure that a run used, of 1."),
        ("trajectories", "Lost: t1 to t12."),
        ("audit", "entries of the audit log (audit 1 to 9)"),
        ("revisions", "Lost: 9 revisions of a procedure, of 9."),
        ("keys", "texts by which something is found (keys 1 to "),
        ("tallies", "Whether rows have vanished of any table is not known, as their tally is lost."),
    ],
)
def test_a_table_whose_page_is_broken_is_never_said_to_be_whole(path: Path, table: str, said: str):
    with beside(path) as db:
        page, size = (
            db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).get,
            db.pragma("page_size"),
        )
    db.close()
    with path.open("r+b") as file:
        file.seek((int(str(page)) - 1) * int(size))
        file.write(random.Random(3).randbytes(int(size)))
    _, lost = mended(path)
    assert any(said in one for one in lost), lost


def test_a_file_whose_end_is_gone_is_mended_as_far_as_it_goes(path: Path, whole: bytes):
    path.write_bytes(whole[:-20_000])
    with pytest.raises(StoreError, match="--repair"):
        SQLiteStore(path)
    assert can_be_read(path)
    new, lost = mended(path)
    with closing(SQLiteStore(new)) as store:
        assert lost or (store.stats().trajectories, store.stats().credits) == (RUNS, 1)


def broken(path: Path, table: str, whole: bytes, first: int) -> None:
    """Zeros from a byte on in the page of a table, as where the end of a file was not written."""
    with beside(path) as db:
        page = int(str(db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).get))
        size = int(db.pragma("page_size"))
    db.close()
    path.write_bytes(whole[: (page - 1) * size + first] + bytes(size - first) + whole[page * size :])


@pytest.mark.parametrize("first", [4096, 7000, 8000])
def test_a_repair_names_the_runs_that_are_lost_and_no_number_that_no_run_had(path: Path, whole: bytes, first: int):
    broken(path, "trajectories", whole, first)
    new, lost = mended(path)
    with closing(SQLiteStore(new)) as store:
        left = {f"t{row[0]}" for row in sqlite3.connect(new).execute("SELECT id FROM trajectories")}
        assert store.check_deep() == []
    gone = [f"t{number}" for number in range(1, RUNS + 1) if f"t{number}" not in left]
    named = ", ".join(gone) if len(gone) < 3 else f"{gone[0]} to {gone[-1]}"
    assert gone and f"Lost: {named}." in lost


def test_a_vector_that_is_made_anew_is_not_lost(path: Path, whole: bytes):
    with unsealed(path) as db:
        db.execute("UPDATE vectors SET vector = zeroblob(1536) WHERE id = 1")
    db.close()
    lost, vectors = salvage(path, path.with_name("new.sqlite3"))
    assert (lost, vectors) == ([], ["1 vector cannot be read, and is made anew from its text."])


def test_a_number_that_no_row_had_is_not_lost(path: Path):
    with closing(SQLiteStore(path)) as store:
        store.forget([], [4])
    with closing(sqlite3.connect(path)) as db:
        size = db.execute("PRAGMA page_size").fetchone()[0]
    with beside(path) as db:
        page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'trajectories'").get
    db.close()
    with path.open("r+b") as file:
        file.seek((int(str(page)) - 1) * size)
        file.write(b"\xff" * size)
    _, lost = mended(path)
    assert f"Lost: t1 to t3, t5 to t{RUNS}." in lost


def test_damage_of_a_file_without_tallies_stays_known_when_it_is_brought_up_to_date(path: Path):
    with unsealed(path) as db:
        db.execute(
            "UPDATE trajectories SET task = 'x' WHERE id = 2; DROP TABLE tallies; DROP TABLE answers; DROP TABLE decisions"
        )
        for index in ("trajectories_by_time", "recalls_by_time", "revisions_waiting"):
            db.execute(f"DROP INDEX {index}")
        db.pragma("user_version", 10)
    db.close()
    said = found(path)
    assert "t2 is not as written" in said and "Missing" not in said and "tally" not in said


def test_names_of_many_rows_are_cut_short(path: Path):
    with unsealed(path) as db:
        db.execute("UPDATE keys SET extra = 'x' WHERE id % 2")
        count = int(str(db.execute("SELECT count(*) FROM keys WHERE id % 2").get))
    db.close()
    said = found(path)
    assert "keys 1, keys 3, keys 5, keys 7, keys 9, keys 11, " in said
    assert f"and {count - deep.MOST_FAULTS} more are not as written" in said
