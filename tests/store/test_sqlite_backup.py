"""Copies of a memory file: while it is in use, and where there is nothing to copy."""

import os
import shutil
import stat
import subprocess
import sys
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sealed import unsealed

from memp.config import open_memory
from memp.errors import StoreBusyError, StoreError, StrangeJournalError
from memp.memory import ProceduralMemory
from memp.store.sqlite.backup import back_up, back_up_checked, put_in_place
from memp.store.sqlite.copies import backups, folder_of
from memp.store.sqlite.kept import back_up_daily, kept
from memp.store.sqlite.store import SQLiteStore

STEPS = ["mix -> dough", "bake -> bread"]


def test_a_memory_in_use_is_copied_as_it_is_at_that_moment(memory: ProceduralMemory, tmp_path: Path):
    memory.record("bake bread", STEPS, 1)
    back_up(tmp_path / "memory.sqlite3", tmp_path / "copy.sqlite3")
    memory.record("bake a cake", ["mix -> batter", "bake -> cake"], 1)
    copy = SQLiteStore(tmp_path / "copy.sqlite3")
    try:
        assert [copy.trajectory(1).task, copy.stats().trajectories, copy.check()] == ["bake bread", 1, []]
    finally:
        copy.close()
    assert memory.store.stats().trajectories == 2


@pytest.mark.parametrize("content", [None, b"no database " * 400])
def test_what_is_no_memory_is_not_copied(tmp_path: Path, content: bytes | None):
    source = tmp_path / "source.sqlite3"
    if content is not None:
        source.write_bytes(content)
    with pytest.raises(StoreError, match="unable to open database file" if content is None else "not a database"):
        back_up(source, tmp_path / "copy.sqlite3")


def filled(path: Path, *tasks: str) -> Path:
    with closing(open_memory(db=path, model="hashing")) as memory:
        for task in tasks:
            memory.record(task, STEPS, 1)
    return path


def killed(path: Path, *tasks: str) -> None:
    """A process that recalls, which is noted, and records, and is gone without a word."""
    code = f"""
import os
from memp.config import open_memory
memory = open_memory(db={str(path)!r}, model="hashing")
memory.recall("bake bread")
for task in {tasks!r}:
    memory.record(task, {STEPS!r}, 1)
os._exit(1)
"""
    subprocess.run([sys.executable, "-c", code], check=False, timeout=120)


def tasks(path: Path) -> list[str]:
    with closing(SQLiteStore(path)) as store:
        assert store.check_deep() == []
        return [store.trajectory(number).task for number in range(1, store.stats().trajectories + 1)]


def test_a_checked_copy_is_whole_and_alone(tmp_path: Path, memory: ProceduralMemory):
    memory.record("bake bread", STEPS, 1)
    back_up_checked(memory.store.path, tmp_path / "copy.sqlite3")
    assert tasks(tmp_path / "copy.sqlite3") == ["bake bread"]
    assert sorted(path.name for path in tmp_path.glob("*copy*")) == ["copy.sqlite3"]


def test_of_a_damaged_memory_no_copy_is_made_and_the_one_before_stays(tmp_path: Path):
    path = filled(tmp_path / "memory.sqlite3", "bake bread")
    target = tmp_path / "copy.sqlite3"
    back_up_checked(path, target)
    before = target.read_bytes()
    with unsealed(path) as db:
        db.execute("UPDATE trajectories SET task = 'burn bread'")
    db.close()
    with pytest.raises(StoreError, match=r"not as written.*memp doctor --deep"):
        back_up_checked(path, target)
    assert target.read_bytes() == before and [p.name for p in tmp_path.glob(".*")] == []


@pytest.mark.parametrize("recorded", [["bake a cake", "bake a pie"], ["bake a cake"], []])
def test_a_copy_beside_the_journal_of_another_file_is_refused_and_nothing_changed(tmp_path: Path, recorded: list[str]):
    path = filled(tmp_path / "memory.sqlite3", "bake bread")
    back_up_checked(path, tmp_path / "copy.sqlite3")
    kept_by_day = back_up_daily(path, 7, datetime(2026, 1, 1))
    killed(path, *recorded)
    assert Path(f"{path}-wal").stat().st_size > 0
    shutil.copy(tmp_path / "copy.sqlite3", path)
    before = path.read_bytes()
    with pytest.raises(StrangeJournalError) as refused:
        SQLiteStore(path)
    said = str(refused.value)
    assert f"Move {path}-wal and {path}-shm away" in said and "keep these two: what was written last" in said
    assert f"The newest backup comes back by `memp restore {kept_by_day}`." in said and "`memp restore FILE`" in said
    assert path.read_bytes() == before
    for end in ("-wal", "-shm"):
        Path(f"{path}{end}").unlink()
    assert tasks(path) == ["bake bread"]


@pytest.mark.parametrize("copied", ["by hand", "of before"])
def test_a_copy_by_other_means_of_an_earlier_time_is_refused_as_well(tmp_path: Path, copied: str):
    path = filled(tmp_path / "memory.sqlite3", "bake bread")
    if copied == "by hand":
        shutil.copy(path, tmp_path / "copy.sqlite3")
    else:
        back_up(path, tmp_path / "copy.sqlite3")
    filled(path, "bake a cake")
    killed(path, "bake a pie", "bake a roll")
    shutil.copy(tmp_path / "copy.sqlite3", path)
    with pytest.raises(StoreError, match="beside the journal of another file"):
        SQLiteStore(path)


def test_a_file_beside_its_own_journal_is_opened(tmp_path: Path):
    path = tmp_path / "memory.sqlite3"
    for number in range(3):
        killed(path, f"bake bread {number}", f"bake a cake {number}")
    assert len(tasks(path)) == 6


def test_a_file_takes_the_place_of_one_that_nobody_has_open(tmp_path: Path):
    path = filled(tmp_path / "memory.sqlite3", "bake bread")
    made = filled(tmp_path / "made.sqlite3", "bake a cake", "bake a pie")
    aside = put_in_place(made, path)
    assert aside is not None and tasks(aside) == ["bake bread"] and len(tasks(path)) == 2


@pytest.mark.skipif(os.name == "nt", reason="there an open file cannot be replaced at all")
def test_a_memory_that_another_process_has_open_is_left_alone(tmp_path: Path):
    path = filled(tmp_path / "memory.sqlite3", "bake bread")
    made = filled(tmp_path / "made.sqlite3", "bake a cake")
    code = f"""
import sys
from memp.config import open_memory
memory = open_memory(db={str(path)!r}, model="hashing")
print("ready", flush=True)
sys.stdin.readline()
"""
    other = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None and other.stdout.readline() == "ready\n"
    with pytest.raises(StoreBusyError, match=r"Another process has the memory .* open: close"):
        put_in_place(made, path)
    other.communicate("\n", timeout=60)
    assert tasks(path) == ["bake bread"]
    assert put_in_place(made, path)


def test_a_damaged_file_is_kept_as_it_is_with_its_journal(tmp_path: Path):
    path = tmp_path / "memory.sqlite3"
    path.write_bytes(b"no memory " * 100)
    Path(f"{path}-wal").write_bytes(b"nor a journal")
    aside = put_in_place(filled(tmp_path / "made.sqlite3", "bake a cake"), path)
    assert aside is not None and aside.read_bytes().startswith(b"no memory")
    assert Path(f"{aside}-wal").read_bytes() == b"nor a journal" and tasks(path) == ["bake a cake"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("end", ["-wal", "-shm", "-journal"])
def test_no_link_beside_a_memory_is_followed(tmp_path: Path, end: str):
    path = tmp_path / "memory.sqlite3"
    Path(f"{path}{end}").symlink_to(tmp_path / "victim")
    with pytest.raises(StoreError, match=f"memory.sqlite3{end} is a symbolic link"):
        SQLiteStore(path)
    assert not (tmp_path / "victim").exists()
    (tmp_path / "copy.sqlite3").symlink_to(tmp_path / "victim")
    with pytest.raises(StoreError):
        back_up(filled(tmp_path / "other.sqlite3", "bake bread"), tmp_path / "copy.sqlite3")
    assert not (tmp_path / "victim").exists()


@pytest.mark.skipif(os.name == "nt", reason="modes say nothing there")
def test_all_files_of_a_memory_are_their_owners_alone(tmp_path: Path):
    before = os.umask(0o022)
    try:
        path = tmp_path / "new" / "memory.sqlite3"
        memory = open_memory(db=path, model="hashing")
        memory.record("bake bread", STEPS, 1)
        back_up_daily(path, 7, datetime(2026, 1, 1))
        files = [entry for entry in path.parent.rglob("*") if entry.is_file()]
        assert {f"memory.sqlite3{end}" for end in ("", "-wal", "-shm")} < {file.name for file in files}
        assert {oct(stat.S_IMODE(file.stat().st_mode)) for file in files} == {"0o600"}
        assert {stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, folder_of(path))} == {0o700}
        memory.close()
    finally:
        os.umask(before)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_memory_is_made_where_a_link_leads_and_is_its_owners_alone(tmp_path: Path):
    before = os.umask(0o022)
    try:
        real, link = tmp_path / "disk" / "real.sqlite3", tmp_path / "memory.sqlite3"
        link.symlink_to(real)
        with closing(SQLiteStore(link)) as store:
            assert store.path == real and not store.moved
            files = list(real.parent.iterdir())
            assert {oct(stat.S_IMODE(file.stat().st_mode)) for file in files} == {"0o600"}
            assert real in files and link.is_symlink()
    finally:
        os.umask(before)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_file_takes_the_place_of_one_behind_a_link(tmp_path: Path):
    real, link = filled(tmp_path / "real.sqlite3", "bake bread"), tmp_path / "memory.sqlite3"
    link.symlink_to(real)
    killed(real, "bake a cake")
    aside = put_in_place(filled(tmp_path / "made.sqlite3", "bake a pie"), link)
    assert link.is_symlink() and tasks(real) == ["bake a pie"]
    assert aside is not None and tasks(aside) == ["bake bread", "bake a cake"]


def test_what_a_killed_server_left_of_a_backup_is_gone_with_the_next_one(tmp_path: Path):
    path = filled(tmp_path / "memory.sqlite3", "bake bread")
    code = f"""
import os
from datetime import datetime
from pathlib import Path
import memp.store.sqlite.backup as copies
from memp.store.sqlite.kept import back_up_daily
copies.publish = lambda *_: os._exit(9)
back_up_daily(Path({str(path)!r}), 7, datetime(2026, 3, 1))
"""
    subprocess.run([sys.executable, "-c", code], check=False, timeout=120)
    assert [entry.name for entry in folder_of(path).iterdir() if entry.name != "lock"]
    made = back_up_daily(path, 7, datetime(2026, 3, 2))
    assert made is not None and tasks(made) == ["bake bread"]
    assert sorted(entry.name for entry in folder_of(path).iterdir()) == ["2026-03-02.sqlite3", "lock"]


def test_one_backup_a_day_is_made_of_what_changed_and_a_few_are_kept(tmp_path: Path):
    path = filled(tmp_path / "memory.sqlite3", "bake bread")
    made = back_up_daily(path, 2, datetime(2026, 3, 1))
    assert made is not None and tasks(made) == ["bake bread"]
    assert back_up_daily(path, 2, datetime(2026, 3, 1)) is None, "that was today"
    assert back_up_daily(path, 2, datetime(2026, 3, 2)) is None, "nothing was written since"
    for day in (3, 4, 5):
        later = made.stat().st_mtime + 10 * day
        os.utime(path, (later, later))
        made = back_up_daily(path, 2, datetime(2026, 3, day))
        assert made is not None
        os.utime(made, (later, later))
    assert [file.stem for file in backups(path)] == ["2026-03-05", "2026-03-04"]
    assert back_up_daily(path, 0, datetime(2026, 4, 1)) is None, "it is off"


def test_the_newest_days_and_then_weeks_are_kept():
    days = [date(2026, 3, 1) + timedelta(days=number) for number in range(60)]
    assert [f"{day:%m-%d}" for day in sorted(kept(days, 7))] == [
        "04-12",
        "04-19",
        "04-25",
        "04-26",
        "04-27",
        "04-28",
        "04-29",
    ]
    assert kept(days[:3], 7) == set(days[:3]) and kept(days, 1) == {days[-1]} and kept([], 7) == set()
