"""`memp backup` and `memp restore`, as a person types them."""

import errno
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sealed import unsealed

from memp_clients.cli import main


@pytest.fixture(autouse=True)
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEMP_DB", str(tmp_path / "memory.sqlite3"))
    monkeypatch.setenv("MEMP_MODEL", "hashing")
    return tmp_path / "memory.sqlite3"


def record(task: str) -> None:
    assert main(["record", "--task", task, "--step", f"{task} 7 -> done", "--outcome", "success"]) == 0


def document(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["--json", *arguments]) == status
    return json.loads(capsys.readouterr().out)


def test_a_backup_brings_the_memory_back_and_what_was_there_is_kept(
    tmp_path: Path, memory: Path, capsys: pytest.CaptureFixture[str]
):
    record("Free a port")
    copy = tmp_path / "copy.sqlite3"
    assert document(capsys, "backup", str(copy)) == {"file": str(copy), "bytes": copy.stat().st_size, "checked": True}
    record("Mend a pipe")
    done = document(capsys, "restore", str(copy))
    assert (done["procedures"], done["trajectories"]) == (1, 1)
    assert document(capsys, "stats")["trajectories"] == 1
    assert document(capsys, "--db", done["aside"], "stats")["trajectories"] == 2
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(("-wal", "-shm", ".new"))] == []


def test_without_a_name_backups_lie_beside_the_memory_and_restore_lists_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert document(capsys, "restore") == {"backups": []}
    record("Free a port")
    made = document(capsys, "backup")["file"]
    assert Path(made).parent == tmp_path / "memory.sqlite3.backups"
    assert [one["file"] for one in document(capsys, "restore")["backups"]] == [made]


def test_a_file_that_is_there_is_not_overwritten_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    record("Free a port")
    copy = tmp_path / "copy.sqlite3"
    copy.write_text("mine")
    assert "--force" in document(capsys, "backup", str(copy), status=1)["error"] and copy.read_text() == "mine"
    assert document(capsys, "backup", str(copy), "--force")["checked"]


@pytest.mark.parametrize("damage", ["garbage", "a row", "none there", "the memory itself"])
def test_what_is_no_whole_copy_is_not_restored(
    tmp_path: Path, memory: Path, capsys: pytest.CaptureFixture[str], damage: str
):
    record("Free a port")
    copy = tmp_path / "copy.sqlite3"
    document(capsys, "backup", str(copy))
    before = memory.read_bytes()
    if damage == "garbage":
        copy.write_bytes(b"garbage" * 999)
    elif damage == "a row":
        with unsealed(copy) as db:
            db.execute("UPDATE trajectories SET task = 'Free a bird'")
        db.close()
    elif damage == "none there":
        copy.unlink()
    else:
        copy = memory
    assert document(capsys, "restore", str(copy), status=1)["error"]
    assert memory.read_bytes() == before and not list(tmp_path.glob("*.aside-*")) and not list(tmp_path.glob(".*.new"))


def ended(before: str, *arguments: str) -> None:
    """A process that runs a command, and is gone without a word where `before` says so."""
    code = f"import os\n{before}\nfrom memp_clients.cli import main\nmain({list(arguments)!r})\nos._exit(1)"
    subprocess.run([sys.executable, "-c", code], check=False, timeout=120, capture_output=True)


def recorded_and_killed(*tasks: str) -> None:
    """What is recorded by a process that is killed stands in the journal."""
    code = f"""
import os
from memp.config import open_memory
memory = open_memory()
for task in {tasks!r}:
    memory.record(task, [f"{{task}} 7 -> done"], 1)
os._exit(1)
"""
    subprocess.run([sys.executable, "-c", code], check=False, timeout=120)


def runs(capsys: pytest.CaptureFixture[str], path: Path) -> int:
    return document(capsys, "--db", str(path), "stats")["trajectories"]


@pytest.fixture
def linked(tmp_path: Path, memory: Path) -> Path:
    """The file that a link at the memory's place leads to; it is not there yet."""
    if os.name == "nt":
        pytest.skip("links need rights there")
    (tmp_path / "disk").mkdir()
    memory.symlink_to(tmp_path / "disk" / "real.sqlite3")
    return tmp_path / "disk" / "real.sqlite3"


def test_a_memory_behind_a_link_is_backed_up_and_restored_where_it_is(
    tmp_path: Path, memory: Path, linked: Path, capsys: pytest.CaptureFixture[str]
):
    record("Free a port")
    copy = tmp_path / "copy.sqlite3"
    document(capsys, "backup", str(copy))
    recorded_and_killed("Mend a pipe")
    assert Path(f"{linked}-wal").stat().st_size > 0
    aside = Path(document(capsys, "restore", str(copy))["aside"])
    assert memory.is_symlink() and linked.is_file() and not linked.is_symlink()
    assert [runs(capsys, path) for path in (memory, linked, aside)] == [1, 1, 2]
    assert aside.parent == linked.parent
    made = document(capsys, "backup")["file"]
    assert [one["file"] for one in document(capsys, "--db", str(linked), "restore")["backups"]] == [made]


def test_a_damaged_memory_behind_a_link_is_mended_where_it_is(
    memory: Path, linked: Path, capsys: pytest.CaptureFixture[str]
):
    record("Free a port")
    record("Mend a pipe")
    with unsealed(linked) as db:
        db.execute("UPDATE trajectories SET task = 'Free a bird' WHERE id = 1")
    db.close()
    capsys.readouterr()
    main(["--json", "doctor", "--repair"])
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert "is made anew of what is whole" in checks["repair"]["found"] and memory.is_symlink()
    assert runs(capsys, linked) == runs(capsys, memory) == 1


def test_a_memory_behind_a_link_is_its_owners_alone_and_doctor_looks_at_the_file(
    linked: Path, capsys: pytest.CaptureFixture[str]
):
    before = os.umask(0o022)
    try:
        record("Free a port")
    finally:
        os.umask(before)
    assert stat.S_IMODE(linked.stat().st_mode) == 0o600
    linked.chmod(0o644)
    capsys.readouterr()
    main(["--json", "doctor"])
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["rights"]["state"] == "warn" and str(linked) in checks["rights"]["found"]


def test_where_no_folder_for_backups_can_be_made_a_sentence_says_so(memory: Path, capsys: pytest.CaptureFixture[str]):
    record("Free a port")
    Path(f"{memory}.backups").write_text("")
    assert main(["backup"]) == 1
    assert "cannot be written" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_where_a_copy_cannot_take_the_place_nothing_is_lost_and_the_sentence_says_where_it_is(
    tmp_path: Path, memory: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, step: str
):
    record("Free a port")
    copy = tmp_path / "copy.sqlite3"
    document(capsys, "backup", str(copy))
    recorded_and_killed("Mend a pipe", "Wash a mug")
    with monkeypatch.context() as patched:
        _full(patched, step, memory)
        error = document(capsys, "restore", str(copy), status=1)["error"]
    asides = [path for path in tmp_path.glob("*.aside-*") if not path.name.endswith(("-wal", "-shm"))]
    assert "No space left on device" in error and len(asides) == 1 and str(asides[0]) in error
    assert runs(capsys, memory) == runs(capsys, asides[0]) == 3
    assert document(capsys, "restore", str(copy))["trajectories"] == 1 and runs(capsys, memory) == 1


def _full(patched: pytest.MonkeyPatch, step: str, memory: Path) -> None:
    """A disk on which there is no room for a file to take the memory's place."""

    def refused(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if step == "fsync":
        patched.setattr(os, "fsync", refused)
        return
    replaced: Callable[[Path, Path], Path] = Path.replace
    patched.setattr(Path, "replace", lambda self, to: refused() if Path(to) == memory else replaced(self, to))


def test_a_folder_that_cannot_be_synced_after_the_exchange_leaves_no_old_journal_beside_the_copy(
    tmp_path: Path, memory: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    if os.name == "nt":
        pytest.skip("folders are not synced there")
    record("Free a port")
    copy = tmp_path / "copy.sqlite3"
    document(capsys, "backup", str(copy))
    recorded_and_killed("Mend a pipe", "Wash a mug")
    synced = os.fsync

    def refused(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        synced(handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refused)
        error = document(capsys, "restore", str(copy), status=1)["error"]
    aside = next(path for path in tmp_path.glob("*.aside-*") if not path.name.endswith(("-wal", "-shm")))
    assert str(aside) in error and runs(capsys, aside) == 3 and runs(capsys, memory) == 1


@pytest.fixture
def mixed(tmp_path: Path, memory: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A copy of a memory of one run beside the journal of that memory when it had four."""
    record("Free a port")
    copy, pair = tmp_path / "copy.sqlite3", tmp_path / "pair.sqlite3"
    document(capsys, "backup", str(copy))
    recorded_and_killed("Mend a pipe", "Wash a mug", "Sweep a hall")
    shutil.copy(copy, pair)
    shutil.copy(f"{memory}-wal", f"{pair}-wal")
    return pair


@pytest.mark.parametrize("command", ["restore", "backup"])
def test_a_copy_beside_the_journal_of_another_file_is_not_read_with_it(
    tmp_path: Path, memory: Path, mixed: Path, capsys: pytest.CaptureFixture[str], command: str
):
    arguments = (
        ["restore", str(mixed)] if command == "restore" else ["--db", str(mixed), "backup", str(tmp_path / "new")]
    )
    assert "journal of another file" in document(capsys, *arguments, status=1)["error"]
    assert runs(capsys, memory) == 4 and not (tmp_path / "new").exists()
    assert not list(tmp_path.glob("*.aside-*"))
    Path(f"{mixed}-wal").unlink()
    assert document(capsys, "restore", str(mixed))["trajectories"] == 1


def test_a_repair_makes_nothing_of_the_journal_of_another_file(mixed: Path, capsys: pytest.CaptureFixture[str]):
    before = mixed.read_bytes()
    checks = document(capsys, "--db", str(mixed), "doctor", "--repair", status=1)["checks"]
    assert any("beside the journal of another file" in check["found"] for check in checks)
    assert mixed.read_bytes() == before
    for end in ("-wal", "-shm"):
        Path(f"{mixed}{end}").unlink(missing_ok=True)
    assert runs(capsys, mixed) == 1


def test_a_copy_that_is_not_there_is_said_to_be_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    record("Free a port")
    gone = tmp_path / "gone.sqlite3"
    assert document(capsys, "restore", str(gone), status=1)["error"].startswith(f"There is no file {gone}")


@pytest.mark.parametrize("command", ["backup", "backup FILE", "restore", "repair"])
def test_what_a_killed_command_left_half_made_is_gone_after_the_next(
    tmp_path: Path, memory: Path, capsys: pytest.CaptureFixture[str], command: str
):
    record("Free a port")
    copy = tmp_path / "copy.sqlite3"
    document(capsys, "backup", str(copy))
    if command == "repair":
        with unsealed(memory) as db:
            db.execute("UPDATE trajectories SET task = 'Free a bird' WHERE id = 1")
        db.close()
    arguments = {
        "backup": ["backup"], "backup FILE": ["backup", str(copy), "--force"], "restore": ["restore", str(copy)],
        "repair": ["doctor", "--repair"],
    }[command]  # fmt: skip
    ended("import memp.store.sqlite.backup as copies\ncopies.publish = lambda *_: os._exit(9)", *arguments)
    assert half_made(tmp_path), "the command was killed before it was done"
    capsys.readouterr()
    main(["--json", *arguments])
    assert half_made(tmp_path) == []


def half_made(folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob(".*") if ".new" in path.name]


def test_a_command_waits_for_another_that_makes_a_copy_of_the_same_memory(
    memory: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    record("Free a port")
    copy = document(capsys, "backup")["file"]
    code = """
import sys, os
import memp.store.sqlite.backup as copies
copies.publish = lambda *_: (print("at it", flush=True), sys.stdin.readline(), os._exit(9))
from memp_clients.cli import main
main(["backup"])
"""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "at it\n"
        monkeypatch.setattr("memp.store.sqlite.making.PATIENCE", 0.2)
        assert "Another process is copying" in document(capsys, "restore", copy, status=1)["error"]
        other.communicate("\n", timeout=60)
    assert document(capsys, "restore", copy)["trajectories"] == 1
