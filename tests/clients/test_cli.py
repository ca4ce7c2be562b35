"""The `memp` command, through its entry point: what holds for every command."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from port_runs import RECORD, ROLLOUT, TASK, write

from memp.store.sqlite.connection import Database
from memp_clients.cli import split

Run = Callable[..., tuple[int, str, str]]
Document = Callable[..., dict[str, Any]]


pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(autouse=True)
def narrow(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")


def filled(command: list[str], home: Path) -> list[str]:
    """A command with a file that it may read in place of FILE."""
    return [write(home / "a.jsonl", ROLLOUT) if word == "FILE" else word for word in command]


def tamper(home: Path, sql: str) -> None:
    with Database(home / "memory.sqlite3") as database, database.write() as db:
        db.run(sql)


EVERY_COMMAND = [
    ["recall", TASK],
    RECORD,
    ["reflect", "--task", TASK, "--step", "a", "--error", "b"],
    ["import", "FILE"],
    ["list"],
    ["list", "--all"],
    ["show", "p1"],
    ["show", "t1"],
    ["stats"],
    ["review"],
    ["review", "p1"],
    ["review", "p1", "--pin"],
    ["why", "p1"],
    ["why", "p1", "--runs", "--task", TASK],
    ["tidy", "--dry-run"],
    ["forget", "--scrub"],
    ["doctor"],
    ["doctor", "--repair"],
    ["setup"],
    ["reembed"],
    ["reembed", "--force"],
]
WRITING_COMMANDS = [
    RECORD, ["import", "FILE"], ["reembed", "--force"], ["doctor", "--repair"], ["review", "p1", "--approve"],
    ["forget", "p1", "--yes"],
]  # fmt: skip


class TestEveryCommand:
    @pytest.mark.parametrize("command", EVERY_COMMAND, ids=" ".join)
    def test_json_is_one_document_and_the_view_has_no_escapes(
        self, command: list[str], home: Path, run: Run, document: Document
    ) -> None:
        document(*RECORD)
        command = filled(command, home)
        assert document(*command)
        status, out, err = run(*command)
        assert (status, err) == (0, "")
        assert out.strip()
        assert "\x1b" not in out
        assert max(map(len, out.splitlines())) <= 80

    @pytest.mark.parametrize("command", [c for c in EVERY_COMMAND if c[0] not in ("doctor", "setup")], ids=" ".join)
    def test_a_memory_that_cannot_be_used_is_one_sentence(self, command: list[str], home: Path, run: Run) -> None:
        (home / "memory.sqlite3").write_bytes(b"no database, but text" * 100)
        status, out, err = run(*filled(command, home), "--json")
        assert status == 1
        assert "not a usable SQLite file" in json.loads(out)["error"]
        assert err == f"memp: {json.loads(out)['error']}\n"

    @pytest.mark.parametrize("command", WRITING_COMMANDS, ids=" ".join)
    def test_a_read_only_memory_is_not_written(
        self, command: list[str], home: Path, run: Run, document: Document, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        document(*RECORD)
        monkeypatch.setenv("MEMP_READ_ONLY", "1")
        status, out, err = run(*filled(command, home))
        assert status == 1
        assert "read-only" in " ".join((out + err).split())
        assert document("recall", TASK)["matches"][0]["id"] == "p1"

    def test_options_for_every_command_may_stand_anywhere(self, home: Path, document: Document, run: Run) -> None:
        other = str(home / "other.sqlite3")
        document(*RECORD, "--db", other, "--project=web")
        assert document("--db", other, "stats")["trajectories"] == 1
        assert not (home / "memory.sqlite3").exists()
        assert document("list", "--project", "mail", "--db", other)["procedures"] == []
        assert document("list", "--db", other)["procedures"][0]["project"] == "web"
        status, _, err = run("stats", "--db")
        assert status == 2
        assert "--db" in err

    @pytest.mark.parametrize(
        "command",
        [["recall", TASK], ["list"], ["show", "p1"], ["why", "p1"], ["review"], ["forget", "p1", "--yes"], ["tidy"],
         ["stats"], ["reembed"]],
        ids=lambda command: command[0],
    )  # fmt: skip
    def test_a_command_that_only_reads_names_the_missing_file_and_makes_none(
        self, home: Path, run: Run, command: list[str]
    ) -> None:
        typo = home / "memmory.sqlite3"
        status, out, err = run(*command, "--db", str(typo))
        assert (status, out) == (1, "")
        assert str(typo) in err
        assert "--db" in err
        assert not typo.exists()

    def test_after_two_dashes_nothing_is_an_option(self) -> None:
        assert split(["recall", "--json", "--", "--json"]) == ({"--json": ""}, ["recall", "--", "--json"])

    @pytest.mark.parametrize(
        "arguments",
        [["nothing"], ["recall"], ["recall", TASK, "--limit", "9"], ["record"], ["list", "--colour"],
         ["import", "a", "--outcome", "maybe"]],
        ids=" ".join,
    )  # fmt: skip
    def test_a_wrong_command_line_is_two(self, run: Run, arguments: list[str]) -> None:
        status, out, err = run(*arguments)
        assert (status, out) == (2, "")
        assert "memp --help" in err
        status, out, _ = run(*arguments, "--json")
        assert status == 2
        assert json.loads(out)["error"]

    @pytest.mark.parametrize(
        ("arguments", "word"),
        [
            (["show", "p7"], "no procedure p7"),
            (["show", "t7"], "no trajectory t7"),
            (["show", "x7"], "names nothing"),
            (["recall", " "], "'task' is empty"),
            (["record", "missing.json"], "no file"),
            (["record", "clear the disk"], "goes with --task"),
            (["record", "clear the disk " * 700], "goes with --task"),  # No file may have that name.
            (["reflect", "clear-the-disk" * 70], "too long for the name of a file"),
            (["record", "--task", TASK, "--step", "a", "--outcome", "nan"], "reward lies between"),
            (["record", "--task", TASK, "--step", "a", "--outcome", "1", "--used", "p9"], "no procedure p9"),
            (["record", "--task", TASK, "--step", "a", "--outcome", "1", "--script", "@no.json"], "cannot be read"),
            (["reflect", "--task", TASK, "--step", "a"], "'error' is empty"),
        ],
    )
    def test_what_cannot_be_done_is_one_sentence(
        self, run: Run, document: Document, arguments: list[str], word: str
    ) -> None:
        document(*RECORD)
        status, out, err = run(*arguments)
        assert (status, out) == (1, "")
        assert err.startswith("memp: ")
        assert word in err
        assert err.count("\n") == 1

    @pytest.mark.parametrize("words", [["connect", "claude-code", "--project", "--hooks"], ["list", "--project"]])
    def test_another_option_is_no_value_of_one(self, run: Run, home: Path, words: list[str]) -> None:
        status, out, err = run(*words)
        assert (status, out) == (2, "") and "--project needs a value" in err
        assert run("list", "--project=--hooks")[0] == 1, "there is no memory, but the option has its value"

    def test_a_wrong_setting_is_named(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MEMP_LIMIT", "9")
        status, _, err = run("stats")
        assert status == 1
        assert 'MEMP_LIMIT is "9": set a whole number from 1 to 3, or unset it.' in err
        status, out, _ = run("doctor")
        assert status == 1
        assert 'MEMP_LIMIT is "9": set a whole number from 1 to 3, or unset it.' in " ".join(out.split())

    def test_a_setting_that_there_is_not_is_named_but_not_by_hooks(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MEMP_FLOR", "0.4")
        _, _, err = run("stats")
        assert err.startswith("memp: There is no setting MEMP_FLOR: is MEMP_FLOOR meant?\n")
        assert "MEMP_FLOR" not in run("hook", "--help")[2]

    def test_the_version_and_the_help(self, run: Run) -> None:
        assert run("--version") == (0, "memp 0.1.0\n", "")
        for arguments in ([], ["--help"]):
            status, out, _ = run(*arguments)
            assert status == 0
            assert "recall" in out
            assert "doctor" in out
        assert "--json" in run("recall", "--help")[1]

    def test_stored_text_cannot_steer_the_terminal(self, run: Run) -> None:
        run("record", "--task", "Clear \x9b2J [red]screen[/red]", "--step", "x \x1b[2J", "--outcome", "success")
        status, out, _ = run("show", "t1")
        assert status == 0
        assert "[red]screen[/red]" in out
        assert not {"\x9b", "\x1b"} & set(out)
