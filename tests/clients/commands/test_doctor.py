"""`memp doctor`: each thing that may be missing is named, with what to do."""

import errno
import json
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest
from sealed import beside, unsealed

from memp.embed.load import at_once
from memp.embed.weights import DEFAULT_MODEL, DEFAULT_PACKAGE, install_command
from memp.light.settings import default_db
from memp.store.sqlite.connection import Database
from memp.store.sqlite.store import SQLiteStore
from memp.update.updater import Updater
from memp.update.waiting import WaitingRuns
from memp_clients.cli import main
from memp_clients.hooks.state import Later

Doctor = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No setting of the machine's, a memory of the test's own, and an embedder without a model."""
    for name in list(os.environ):
        if name.startswith(("MEMP_", "ANTHROPIC_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MEMP_DB", str(tmp_path / "memory.sqlite3"))
    monkeypatch.setenv("MEMP_MODEL", "hashing")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return tmp_path


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Run it: its exit status and its document."""

    def ran(*options: str) -> tuple[int, dict[str, Any]]:
        status = main(["doctor", "--json", *options])
        out, err = capsys.readouterr()
        assert err == ""
        return status, json.loads(out)

    return ran


def states(document: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["state"] for check in document["checks"]}


def test_a_missing_memory_is_not_made(home: Path, doctor: Doctor) -> None:
    status, document = doctor()
    assert (status, document["ok"], states(document)["memory file"]) == (0, True, "ok")
    assert not (home / "memory.sqlite3").exists()


def test_a_memory_that_was_emptied_is_told_from_a_new_one(
    home: Path, doctor: Doctor, capsys: pytest.CaptureFixture[str]
) -> None:
    path = home / "memory.sqlite3"
    SQLiteStore(path).close()
    assert main(["--json", "backup"]) == 0
    backup = json.loads(capsys.readouterr().out)["file"]
    path.write_bytes(b"")
    found = (
        f"The memory file {path} is empty, though there are backups of it: the newest comes back by `memp restore {backup}`; "
        "or delete the empty file to begin a new memory; nothing was stored."
    )
    for options in ((), ("--repair",)):
        status, document = doctor(*options)
        check = next(check for check in document["checks"] if check["name"] == "memory file")
        assert (status, check["state"], check["found"]) == (1, "fail", found) and "repair" not in states(document)
    for arguments in (["list"], ["record", "--task", "x", "--step", "y", "--outcome", "success"], ["backup"]):
        assert main(["--json", *arguments]) == 1
        assert json.loads(capsys.readouterr().out)["error"] == found and not path.stat().st_size
    assert main(["restore", backup]) == 0
    capsys.readouterr()
    assert states(doctor()[1])["memory file"] == "ok"


def test_a_memory_that_is_gone_is_told_from_a_new_one(
    home: Path, doctor: Doctor, capsys: pytest.CaptureFixture[str]
) -> None:
    path, backup = home / "memory.sqlite3", home / "memory.sqlite3.backups" / "2026-01-01.sqlite3"
    backup.parent.mkdir()
    backup.write_bytes(b"as it was")
    said = f"The memory file is not there; its newest backup comes back by `memp restore {backup}`."
    check = next(check for check in doctor()[1]["checks"] if check["name"] == "memory file")
    assert (check["state"], check["found"]) == ("warn", said) and not path.exists()
    assert main(["--json", "list"]) == 1 and json.loads(capsys.readouterr().out)["error"] == said
    for expected in (True, False):  # Whoever may make a new one says so once.
        assert main(["record", "--task", "x", "--step", "y", "--outcome", "success"]) == 0
        told = " ".join(capsys.readouterr().err.split()).replace(" ", "")
        assert (said.replace(" ", "") in told) == expected


def test_a_repair_leaves_a_copy_beside_the_journal_of_another_file_alone(home: Path, doctor: Doctor) -> None:
    path = home / "memory.sqlite3"
    SQLiteStore(path).close()
    copy = path.read_bytes()
    with closing(SQLiteStore(path)) as store:
        store.reindex()
    with closing(SQLiteStore(path)) as store:
        store.reindex()
        journal = Path(f"{path}-wal").read_bytes()
    path.write_bytes(copy)
    Path(f"{path}-wal").write_bytes(journal)
    for options in ((), ("--repair",)):
        status, document = doctor(*options)
        check = next(check for check in document["checks"] if check["name"] == "memory file")
        assert status == 1 and "beside the journal of another file" in check["found"]
        assert check["found"].endswith("does it all.") and check["todo"] == "Do as it says; nothing was changed."
        assert "repair" not in states(document) and path.read_bytes() == copy


def test_a_memory_that_could_not_be_made_fails(
    home: Path, doctor: Doctor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "file").write_text("")
    for path in (home / "file" / "memory.sqlite3", home / ("x" * 300)):
        monkeypatch.setenv("MEMP_DB", str(path))
        status, document = doctor()
        assert (status, states(document)["memory file"]) == (1, "fail")
        assert main(["--json", "list"]) == 1 and str(path) in json.loads(capsys.readouterr().out)["error"]


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("MEMP_API_KEY", "sk-hush-hush")
    for address, expected in (("http://127.0.0.1:9", 0), ("http://me:hush@127.0.0.1:9", 1)):
        monkeypatch.setenv("MEMP_BASE_URL", address)
        for arguments in (["doctor"], ["doctor", "--json"]):
            assert main(arguments) == expected
            out, err = capsys.readouterr()
            assert "hush" not in out + err
            assert "127.0.0.1:9" in out


def test_a_setting_that_is_none_is_named(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMP_MODLE", "x")
    status, document = doctor()
    assert (status, states(document)["settings"]) == (0, "warn")
    assert "MEMP_MODLE" in next(check["found"] for check in document["checks"] if check["name"] == "settings")


def test_a_damaged_index_fails_and_repair_mends_it(
    home: Path, doctor: Doctor, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["record", "--task", "Free a port", "--step", "kill 7 -> done", "--outcome", "success"]) == 0
    capsys.readouterr()
    with Database(home / "memory.sqlite3") as database, database.write() as db:
        db.run("DELETE FROM keys_blocks")
    status, document = doctor()
    assert (status, states(document)["integrity"]) == (1, "fail")
    status, document = doctor("--repair")
    assert (status, states(document)["integrity"]) == (0, "ok")


@pytest.mark.parametrize(
    "damage",
    ["DELETE FROM keys_fts", "INSERT INTO keys_fts (rowid, body) VALUES (999, 'left over')",
     "DELETE FROM keys_fts_data WHERE id > 10"],
    ids=["missing", "left over", "broken"],
)  # fmt: skip
def test_a_damaged_word_index_fails_and_repair_mends_it(
    home: Path, doctor: Doctor, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    assert main(["record", "--task", "Free a port", "--step", "kill 7 -> done", "--outcome", "success"]) == 0
    capsys.readouterr()
    assert doctor()[0] == 0
    # Python's own SQLite may be too old for this index.
    connection = apsw.Connection(str(home / "memory.sqlite3"))
    connection.execute(damage)
    connection.close()
    status, document = doctor()
    assert (status, states(document)["integrity"]) == (1, "fail")
    status, document = doctor("--repair")
    assert (status, states(document)["integrity"]) == (0, "ok")


@pytest.mark.parametrize("label", [-1, 0, 1])
def test_a_file_that_claims_another_schema_is_mended_by_the_repair_that_is_advised(
    home: Path, doctor: Doctor, capsys: pytest.CaptureFixture[str], label: int
) -> None:
    assert main(["record", "--task", "Free a port", "--step", "kill 7 -> done", "--outcome", "success"]) == 0
    capsys.readouterr()
    connection = apsw.Connection(str(home / "memory.sqlite3"))
    connection.pragma("user_version", label)
    connection.close()
    status, document = doctor()
    assert (status, states(document)["schema"]) == (1, "fail")
    assert "--repair" in next(check["todo"] for check in document["checks"] if check["name"] == "schema")
    status, document = doctor("--repair")
    assert (status, states(document)["schema"], states(document)["memory file"]) == (0, "ok", "ok")
    assert "schema" not in states(doctor()[1])


def test_a_repair_that_cannot_help_does_not_advise_itself(
    home: Path, doctor: Doctor, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["record", "--task", "Free a port", "--step", "kill 7 -> done", "--outcome", "success"]) == 0
    capsys.readouterr()
    connection = apsw.Connection(str(home / "memory.sqlite3"))
    connection.execute("DROP TABLE findings")
    connection.pragma("user_version", 1)
    connection.close()
    status, document = doctor("--repair")
    said = json.dumps([check for check in document["checks"] if check["state"] == "fail"])
    assert status == 1 and "Restore a backup" in said and "--repair" not in said


@pytest.mark.parametrize("mend", [("doctor", "--repair"), ("tidy",)])
def test_runs_that_were_stored_and_not_built_are_counted_and_built(
    home: Path,
    doctor: Doctor,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    mend: tuple[str, ...],
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Updater, "update", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        main(["record", "--task", "Free a port", "--step", "kill 7 -> done", "--outcome", "success"])
    status, document = doctor()
    assert (status, states(document)["runs"]) == (0, "warn")
    assert main(mend) == 0
    capsys.readouterr()
    assert "runs" not in states(doctor()[1])
    assert main(["list", "--json"]) == 0
    assert [p["id"] for p in json.loads(capsys.readouterr().out)["procedures"]] == ["p1"]


def test_runs_that_wait_for_a_persons_word_are_counted(home: Path, doctor: Doctor) -> None:
    assert waiting(doctor)["state"] == "ok"
    for port in (7, 8):
        WaitingRuns(home / "memory.sqlite3").put("record", "", task=f"Free port {port}", steps=["kill 7"])
    document = waiting(doctor)
    assert (document["state"], document["found"]) == ("warn", "2 runs for your word")
    assert "memp review" in document["todo"]


def test_notes_of_sessions_are_told_apart_by_whether_a_recorder_is_at_them(home: Path, doctor: Doctor) -> None:
    later = Later(home / "memory.sqlite3")
    later.put("one", "{}")
    document = waiting(doctor)
    assert (document["state"], document["found"]) == ("ok", "1 session being recorded")
    later.put("two", json.dumps({"given_up": True}))
    document = waiting(doctor)
    assert (document["state"], document["found"]) == (
        "warn",
        "1 session for the next hook to record; 1 session being recorded",
    )
    assert "memp import --discover" in document["todo"]


def test_runs_that_name_a_folder_and_no_project_are_counted_since_hooks_do_not_offer_them(
    home: Path, doctor: Doctor, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["record", "--task", "Free a port", "--step", "kill 7 -> done", "--outcome", "success"])
    capsys.readouterr()
    assert states(doctor()[1])["projects"] == "ok"
    with closing(beside(home / "memory.sqlite3")) as db:
        db.execute("UPDATE trajectories SET project = '', provenance = json_set(provenance, '$.project', 'shop-a')")
    check = next(check for check in doctor()[1]["checks"] if check["name"] == "projects")
    assert (check["state"], check["found"][:5]) == ("warn", "1 run")
    assert "memp projects move none:shop-a" in check["todo"]


def waiting(doctor: Doctor) -> dict[str, str]:
    return next(check for check in doctor()[1]["checks"] if check["name"] == "waiting")


def test_a_file_that_is_no_memory_fails(home: Path, doctor: Doctor) -> None:
    (home / "memory.sqlite3").write_bytes(b"text" * 999)
    status, document = doctor()
    assert (status, states(document)["memory file"]) == (1, "fail")


def test_a_model_that_is_not_here_fails(doctor: Doctor, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("MEMP_MODEL", str(home / "nothing"))
    status, document = doctor()
    assert (status, states(document)["embedder"], states(document)["degraded modes"]) == (1, "fail", "warn")


def test_a_language_model_is_asked_only_online(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMP_BASE_URL", "http://127.0.0.1:9")
    status, document = doctor()
    assert (status, states(document)["language model"]) == (0, "ok")
    status, document = doctor("--online")
    assert (status, states(document)["language model"]) == (1, "fail")


def test_the_hosts_that_are_connected_are_named(home: Path, doctor: Doctor) -> None:
    (home / ".cursor").mkdir()
    (home / ".cursor" / "mcp.json").write_text('{"mcpServers": {"memp": {"command": "memp"}}}')
    _, document = doctor()
    assert "Cursor" in next(check["found"] for check in document["checks"] if check["name"] == "hosts")
    (home / ".cursor" / "mcp.json").write_text("{")
    status, document = doctor()
    assert (status, states(document)["hosts"]) == (0, "warn")


def test_a_host_whose_server_uses_another_memory_is_named(
    home: Path, doctor: Doctor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["connect", "codex", "--no-instructions"]) == 0
    assert main(["connect", "opencode", "--no-instructions"]) == 0
    capsys.readouterr()
    assert states(doctor()[1])["hosts"] == "ok"
    monkeypatch.setenv("MEMP_DB", str(home / "other.sqlite3"))
    monkeypatch.setenv("MEMP_PROJECT", "shop")
    line = hosts(doctor)
    assert f"Codex uses {home / 'memory.sqlite3'}, not {home / 'other.sqlite3'} and has no project, not shop" in line
    assert "opencode uses" in line
    monkeypatch.delenv("MEMP_DB")
    monkeypatch.delenv("MEMP_PROJECT")
    assert f"Codex uses {home / 'memory.sqlite3'}, not {default_db()}" in hosts(doctor)


def test_a_host_whose_entry_starts_what_is_gone_is_named(home: Path, doctor: Doctor) -> None:
    config = home / ".cursor" / "mcp.json"
    config.parent.mkdir()
    env = {"MEMP_DB": str(home / "memory.sqlite3")}
    config.write_text(
        json.dumps({"mcpServers": {"memp": {"command": str(home / "gone"), "args": ["serve"], "env": env}}})
    )
    assert hosts(doctor) == f"Cursor starts {home / 'gone'}, which is not there"


def hosts(doctor: Doctor) -> str:
    """The line about the hosts; it is a warning."""
    check = next(check for check in doctor()[1]["checks"] if check["name"] == "hosts")
    assert check["state"] == "warn"
    return check["found"]


def test_memp_and_memp_slim_in_one_environment_are_told(
    home: Path, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("memp", "memp-slim"):
        made = home / "packages" / f"{package.replace('-', '_')}-9.9.9.dist-info"
        made.mkdir(parents=True)
        (made / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 9.9.9\n")
    monkeypatch.syspath_prepend(home / "packages")
    check = next(check for check in doctor()[1]["checks"] if check["name"] == "package")
    assert (check["state"], check["found"]) == (
        "warn", "memp 9.9.9 and memp-slim 9.9.9 are both installed, over the same files",
    )  # fmt: skip
    assert "pip uninstall memp memp-slim" in check["todo"]


def test_a_deep_check_finds_rows_that_are_not_as_written_and_the_repair_names_what_is_lost(
    home: Path, doctor: Doctor, capsys: pytest.CaptureFixture[str]
) -> None:
    for task in ("Free a port", "Mend a pipe"):
        assert main(["record", "--task", task, "--step", f"{task} 7 -> done", "--outcome", "success"]) == 0
    capsys.readouterr()
    with unsealed(home / "memory.sqlite3") as db:
        db.execute("UPDATE trajectories SET task = 'Free a bird' WHERE id = 1")
    db.close()
    assert states(doctor()[1])["integrity"] == "ok", "only a deep check reads every row"
    status, document = doctor("--deep")
    assert (status, states(document)["integrity"]) == (1, "fail")
    status, document = doctor("--repair")
    said = next(check["found"] for check in document["checks"] if check["name"] == "repair")
    assert (status, states(document)["repair"], states(document)["integrity"]) == (0, "warn", "ok")
    assert "Lost: t1." in said and len(list(home.glob("memory.sqlite3.aside-*"))) == 1
    assert doctor("--deep")[0] == 0


def test_links_that_vanished_are_said_by_the_repair(
    home: Path, doctor: Doctor, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["record", "--task", "Free a port", "--step", "kill 7 -> done", "--outcome", "success"]) == 0
    capsys.readouterr()
    with unsealed(home / "memory.sqlite3") as db:
        db.execute("DELETE FROM sources")
    db.close()
    assert doctor("--deep")[0] == 1
    said = next(check["found"] for check in doctor("--repair")[1]["checks"] if check["name"] == "repair")
    assert (
        "Lost: 1 link from a procedure to a run that it was built from, of 1." in said and "Nothing is lost" not in said
    )
    assert doctor("--deep")[0] == 0


@pytest.mark.parametrize("options", [(), ("--deep",), ("--repair",)])
def test_a_repair_is_not_advised_for_a_file_of_which_nothing_can_be_read(
    home: Path, doctor: Doctor, options: tuple[str, ...]
) -> None:
    (home / "memory.sqlite3").write_bytes(b"text" * 99_999)
    check = next(check for check in doctor(*options)[1]["checks"] if check["name"] == "memory file")
    assert check["found"] == f"nothing of {home / 'memory.sqlite3'} can be read, so a repair cannot help"
    assert check["todo"] == "Restore a backup: `memp restore` lists them."
    assert [file.name for file in home.iterdir() if file.name.startswith(".memory")] == []


def test_a_repair_beside_which_nothing_can_be_made_is_a_sentence(
    home: Path, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "memory.sqlite3").write_bytes(b"text" * 99_999)

    def refused(path: object, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    monkeypatch.setattr(os, "mkdir", refused)
    check = next(check for check in doctor("--repair")[1]["checks"] if check["name"] == "memory file")
    assert (check["state"], check["todo"]) == ("fail", "Make it writable, then repair it again.")
    assert "Nothing can be written beside" in check["found"]


def test_vectors_of_other_texts_are_found_and_made_anew(
    home: Path, doctor: Doctor, capsys: pytest.CaptureFixture[str]
) -> None:
    for task in ("Free a port", "Mend a pipe"):
        assert main(["record", "--task", task, "--step", f"{task} 7 -> done", "--outcome", "success"]) == 0
    capsys.readouterr()
    with Database(home / "memory.sqlite3") as database, database.write() as db:
        db.run("UPDATE vectors SET vector = (SELECT vector FROM vectors ORDER BY id LIMIT 1)")
    status, document = doctor("--deep")
    assert (status, states(document)["same vectors"]) == (1, "fail")
    status, document = doctor("--deep", "--repair")
    assert (status, states(document)["same vectors"]) == (0, "ok")
    assert doctor("--deep")[0] == 0


def test_a_model_that_was_never_fetched_is_no_failure(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv("MEMP_CACHE", str(home / "cache"))
    monkeypatch.setattr("memp.embed.weights.PACKAGE", "no_such_package")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(home / "hub"))
    for model, install in (("example/never-fetched", ""), (DEFAULT_MODEL, install_command(DEFAULT_PACKAGE))):
        monkeypatch.setenv("MEMP_MODEL", model)
        status, document = doctor()
        assert (status, states(document)["embedder"]) == (0, "warn")
        todo = next(check["todo"] for check in document["checks"] if check["name"] == "embedder")
        assert "memp setup" in todo and install in todo and ("pip" in todo) is bool(install)


def test_a_model_that_is_compiled_at_once_is_ready_and_needs_nothing(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    if not at_once(DEFAULT_MODEL):
        pytest.skip("the default model's files are not installed")
    monkeypatch.setenv("MEMP_MODEL", DEFAULT_MODEL)
    monkeypatch.setenv("MEMP_CACHE", str(home / "cache"))
    _, document = doctor()
    row = next(check for check in document["checks"] if check["name"] == "embedder")
    assert (row["state"], row["todo"]) == ("ok", "") and f"ready in {home / 'cache'}" in row["found"]
