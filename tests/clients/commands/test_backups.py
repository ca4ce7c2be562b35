"""`memp backup` and `memp restore`, as a person types them."""

import json
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
