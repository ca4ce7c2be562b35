"""The `memp` command, through its entry point."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memp.errors import LLMError
from memp.store.sqlite.connection import Database
from memp.store.sqlite.store import SQLiteStore
from memp_clients.cli import split
from memp_clients.sessions import importer
from memp_clients.sessions.entry import Entry

TASK = "Free port 80 on the web server"
STEPS = ["lsof -i :80 -> nginx, pid 7", "systemctl stop nginx -> stopped", "lsof -i :80 -> nothing"]
RECORD = ["record", "--task", TASK, *(word for step in STEPS for word in ("--step", step)), "--outcome", "success"]
ROLLOUT = {
    "game": "train/pick-Mug/trial_1",
    "conversations": [
        {"from": "human", "value": "You are in a room.\n\nYour task is to: put a mug in cabinet."},
        {"from": "gpt", "value": "go to desk 1"},
        {"from": "human", "value": "On the desk 1, you see a mug 1."},
        {"from": "gpt", "value": "take mug 1 from desk 1"},
        {"from": "human", "value": "You pick up the mug 1 from the desk 1."},
        {"from": "gpt", "value": "put mug 1 in/on cabinet 1"},
        {"from": "human", "value": "You put the mug 1 in/on the cabinet 1."},
    ],
}

Run = Callable[..., tuple[int, str, str]]
Document = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No setting of the machine's, a memory of the test's own, and an embedder without a model."""
    for name in list(os.environ):
        if name.startswith(("MEMP_", "ANTHROPIC_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MEMP_DB", str(tmp_path / "memory.sqlite3"))
    monkeypatch.setenv("MEMP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MEMP_MODEL", "hashing")
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def write(path: Path, *records: object) -> str:
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return str(path)


def filled(command: list[str], home: Path) -> list[str]:
    """A command with a file that it may read in place of FILE."""
    return [write(home / "a.jsonl", ROLLOUT) if word == "FILE" else word for word in command]


def tamper(home: Path, sql: str) -> None:
    with Database(home / "memory.sqlite3") as database, database.write() as db:
        db.run(sql)


def rollouts(count: int) -> list[dict[str, Any]]:
    """Different runs of one task: each looks in vain in another place first."""
    opening, *rest = ROLLOUT["conversations"]
    detour = [
        [
            {"from": "gpt", "value": f"go to shelf {n}"},
            {"from": "human", "value": f"On the shelf {n}, you see nothing."},
        ]
        for n in range(count)
    ]
    return [{"game": f"g{n}", "conversations": [opening, *detour[n], *rest]} for n in range(count)]


class TestRecallRecordReflect:
    def test_what_was_recorded_is_recalled(self, run: Run, document: Document) -> None:
        made = document(*RECORD, "--evidence", "check: curl, exit 0")
        assert (made["trajectory"], made["created"], made["builder"]) == ("t1", "p1", "extractive")
        found = document("recall", "Free port 80 on the mail server")
        assert found["matches"][0]["id"] == "p1"
        status, out, _ = run("recall", "Free port 80 on the mail server")
        assert status == 0
        assert "p1" in out
        assert "systemctl stop nginx" in out

    def test_an_unrelated_task_has_no_procedure(self, run: Run) -> None:
        run(*RECORD)
        status, out, _ = run("recall", "Bake sourdough bread")
        assert status == 0
        assert out.startswith("No applicable procedure")

    def test_a_record_may_come_from_a_file_with_options_over_it(self, home: Path, document: Document) -> None:
        source = write(home / "run.json", {"task": TASK, "steps": STEPS, "outcome": "failure"})
        made = document("record", source, "--outcome", "success", "--script", "Stop nginx\nLook again")
        assert made["builder"] == "caller"
        assert document("show", "p1")["script"]["steps"] == ["Stop nginx", "Look again"]
        assert document("show", "t1")["provenance"]["client"] == "memp record"

    def test_a_script_may_stand_in_a_file_of_its_own(self, home: Path, document: Document) -> None:
        (home / "how.json").write_text(json.dumps({"goal": "Free a port", "steps": ["Stop it"]}))
        document(*RECORD, "--script", f"@{home / 'how.json'}")
        assert document("show", "p1")["goal"] == "Free a port"

    def test_a_failure_becomes_material_then_a_revision(self, document: Document, run: Run) -> None:
        document(*RECORD)
        failed = ["reflect", "--task", TASK, "--step", "kill 7 -> operation not permitted", "--error", "not permitted",
                  "--used", "p1", "--lesson", "use sudo"]  # fmt: skip
        told = document(*failed)
        assert told["material"]["procedure"]["id"] == "p1"
        status, out, _ = run(*failed)
        assert status == 0
        assert "To write a revision from" in out
        assert document(*failed, "--revision", '{"steps": ["sudo kill it"]}')["revised"] == ["p1r2 is on trial"]
        match = document("recall", TASK)["matches"][0]
        assert match["steps"] == ["sudo kill it"]
        assert match["pitfalls"] == ["not permitted | instead: use sudo"]

    def test_a_failed_run_is_reflected_on_from_a_file(self, home: Path, document: Document) -> None:
        source = write(home / "run.json", {"task": TASK, "steps": STEPS, "error": "port is busy", "lesson": "wait"})
        assert document("reflect", source)["pitfalls"] == 1

    def test_without_a_model_recall_goes_by_words_and_says_so(
        self, document: Document, monkeypatch: pytest.MonkeyPatch, home: Path
    ) -> None:
        monkeypatch.setenv("MEMP_MODEL", str(home / "nothing"))
        made = document(*RECORD)
        assert made["created"] == "p1"
        assert "it waits for its vector" in made["notes"][0]
        found = document("recall", TASK)
        assert found["matches"][0]["id"] == "p1"
        assert "keywords only" in found["notes"][0]


class TestImport:
    def test_all_formats_of_a_file_are_taken_in(self, home: Path, document: Document) -> None:
        chat = [
            {"role": "user", "content": "List the files"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "ls", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "a.py"}]},
        ]
        own = {"task": TASK, "steps": STEPS, "reward": 0.2}
        done = document("import", write(home / "a.jsonl", *rollouts(3), {"messages": chat, "outcome": "success"}, own))
        assert {name: done[name] for name in ("read", "added", "merged", "failures", "skipped")} == {
            "read": 5, "added": 2, "merged": 2, "failures": 1, "skipped": 0,
        }  # fmt: skip
        assert done["embedded"] > 0
        assert document("stats")["pending"] == 0
        assert document("recall", "put a mug in cabinet")["matches"][0]["runs"] == 3
        assert document("show", "t1")["evidence"]["kind"] == "environment"

    def test_a_second_import_adds_nothing(self, home: Path, document: Document) -> None:
        source = write(home / "a.jsonl", *rollouts(4))
        document("import", source)
        before = document("stats")
        again = document("import", source)
        assert (again["known"], again["added"], again["merged"], again["embedded"]) == (4, 0, 0, 0)
        assert document("stats") == before

    @pytest.mark.parametrize("stage", ["between runs", "within a run"])
    def test_an_interrupted_import_goes_on_where_it_stopped(
        self, home: Path, document: Document, run: Run, monkeypatch: pytest.MonkeyPatch, stage: str
    ) -> None:
        source = write(home / "a.jsonl", *rollouts(6))
        calls: list[object] = []

        def stopping(go_on: Callable[..., Any]) -> Callable[..., Any]:
            def stop(*arguments: Any, **named: Any) -> Any:
                calls.append(arguments)
                if len(calls) == 4:
                    raise KeyboardInterrupt
                return go_on(*arguments, **named)

            return stop

        with monkeypatch.context() as patch:
            if stage == "between runs":
                patch.setattr(importer, "record", stopping(importer.record))
            else:
                patch.setattr(SQLiteStore, "put", stopping(SQLiteStore.put))
            status, out, err = run("import", source)
        assert (status, out) == (130, "")
        assert "run the same command again to go on" in err
        again = document("import", source)
        assert (again["known"], again["merged"]) == (3, 3)
        counted = document("stats")
        assert (counted["trajectories"], counted["procedures"], counted["pending"]) == (6, 1, 0)
        assert document("recall", "put a mug in cabinet")["matches"][0]["runs"] == 6

    def test_records_without_an_outcome_are_skipped_with_what_to_do(self, home: Path, run: Run) -> None:
        source = write(home / "a.jsonl", {"task": TASK, "steps": STEPS}, *rollouts(1))
        status, out, _ = run("import", source)
        assert status == 0
        assert "Skipped 1: no outcome: pass --outcome success or --outcome failure" in " ".join(out.split())
        status, out, _ = run("import", source, "--outcome", "success", "--json")
        assert (status, json.loads(out)["added"]) == (0, 1)

    def test_each_skipped_record_is_named_with_its_reason(self, home: Path, run: Run) -> None:
        source = home / "a.jsonl"
        write(source, {"task": "", "steps": STEPS, "outcome": 1}, {"task": TASK, "steps": [], "outcome": 1},
              {"task": TASK, "steps": STEPS, "outcome": 7}, {**RUN, "used": ["p99"]}, RUN)  # fmt: skip
        source.write_bytes(b"{broken}\n" + source.read_bytes())
        status, out, _ = run("import", str(source), "--json")
        done = json.loads(out)
        assert (status, done["read"], done["added"], done["skipped"]) == (0, 6, 1, 5)
        reasons = {skipped["place"]: skipped["reason"] for skipped in done["records_skipped"]}
        for number, word in enumerate(["not JSON", "'task' is empty", "'steps' is empty", "'outcome' is 7", "p99"], 1):
            assert word in reasons[f"line {number}"]

    def test_a_file_without_any_trajectory_fails(self, home: Path, run: Run) -> None:
        (home / "a.json").write_text("")
        status, out, _ = run("import", str(home / "a.json"))
        assert status == 1
        assert "the file is empty" in out

    @pytest.mark.parametrize(("name", "word"), [("missing.jsonl", "no file"), (".", "is a folder")])
    def test_nothing_is_stored_where_one_file_cannot_be_opened(
        self, home: Path, run: Run, name: str, word: str
    ) -> None:
        status, out, err = run("import", write(home / "a.jsonl", ROLLOUT), str(home / name), "--json")
        assert status == 1
        assert word in json.loads(out)["error"]
        assert word in err
        assert not (home / "memory.sqlite3").exists()

    def test_rules_write_the_scripts_even_where_a_key_is_set(
        self, home: Path, document: Document, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MEMP_API_KEY", "secret")
        monkeypatch.setenv("MEMP_BASE_URL", "http://127.0.0.1:9")
        assert document("import", write(home / "a.jsonl", ROLLOUT))["added"] == 1

    def test_claude_without_a_key_is_refused_before_anything_is_stored(self, home: Path, run: Run) -> None:
        status, _, err = run("import", write(home / "a.jsonl", ROLLOUT), "--builder", "claude")
        assert status == 1
        assert "MEMP_API_KEY" in err
        assert not (home / "memory.sqlite3").exists()

    def test_an_import_stops_when_claude_fails_again_and_again(
        self, home: Path, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MEMP_API_KEY", "secret")
        asked: list[Entry] = []

        def fails(memory: object, entry: Entry) -> None:
            asked.append(entry)
            raise LLMError("It is overloaded.")

        monkeypatch.setattr(importer, "record", fails)
        status, _, err = run("import", write(home / "a.jsonl", *rollouts(9)), "--builder", "claude")
        assert (status, err, len(asked)) == (1, "memp: It is overloaded.\n", importer.MOST_LLM_FAILURES)


RUN = {"task": TASK, "steps": STEPS, "outcome": "success"}

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
            (["record", "--task", TASK, "--step", "a"], "no outcome"),
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

    def test_a_wrong_setting_is_named(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MEMP_LIMIT", "9")
        status, _, err = run("stats")
        assert status == 1
        assert "MEMP_LIMIT is not usable" in err
        status, out, _ = run("doctor")
        assert status == 1
        assert "MEMP_LIMIT is not usable" in out

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


class TestReembed:
    def test_vectors_of_another_model_are_made_anew(self, document: Document, run: Run, home: Path) -> None:
        document(*RECORD)
        tamper(home, "UPDATE meta SET value = json_set(value, '$.digest', 'other') WHERE name = 'embedder'")
        status, _, err = run("recall", TASK)
        assert status == 1
        assert "memp reembed" in err
        assert document("reembed")["embedded"] > 0
        assert document("recall", TASK)["matches"][0]["id"] == "p1"
        assert document("reembed")["embedded"] == 0

    def test_no_vector_is_dropped_for_a_model_that_is_not_there(
        self, document: Document, run: Run, monkeypatch: pytest.MonkeyPatch, home: Path
    ) -> None:
        document(*RECORD)
        with monkeypatch.context() as patch:
            patch.setenv("MEMP_MODEL", str(home / "nothing"))
            assert run("reembed", "--force")[0] == 1
        assert document("stats")["pending"] == 0


class TestProcess:
    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        command = [sys.executable, *options.pop("python", ()), "-m", "memp_clients.cli", *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, **options)

    def test_nobody_reading_on_is_no_error(self, document: Document) -> None:
        document(*RECORD)
        with self.start("show", "p1") as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            assert process.stderr.read() == b""
            assert process.wait(60) == 141

    def test_a_terminal_without_the_characters_gets_a_view_all_the_same(self) -> None:
        task = "Přidej sloupec 追加"
        environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
        for arguments in ([*RECORD, "--task", task], ["show", "t1"], ["show", "t1", "--json"]):
            with self.start(*arguments, env=environment) as process:
                out, err = process.communicate(timeout=60)
            assert (process.returncode, err) == (0, b"")
            assert out

    def test_serve_takes_neither_typer_nor_rich_nor_a_model_to_shake_hands(self, home: Path) -> None:
        hello = {
            "jsonrpc": "2.0", "id": 1, "method": "initialize",
            "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
        }  # fmt: skip
        own = str(home / "own.sqlite3")
        with self.start("--db", own, "serve", python=["-X", "importtime"]) as process:
            out, err = process.communicate(json.dumps(hello).encode() + b"\n", timeout=60)
        assert json.loads(out)["result"]["serverInfo"]["name"] == "memp"
        imported = {line.rpartition(b"|")[2].strip().decode() for line in err.splitlines() if b"|" in line}
        assert "memp_server.app" in imported
        assert not imported & {"typer", "torch", "onnxruntime", "sentence_transformers", "memp_clients.commands.app"}

    def test_before_the_server_there_is_no_rich_either(self) -> None:
        # The MCP SDK itself takes rich for its log lines once a server is made, where it finds it installed.
        script = (
            "import sys, memp_clients.cli, memp_server.__main__ as server\n"
            "server.main = lambda: print([name for name in ('typer', 'rich', 'torch', 'onnxruntime') if name in sys.modules])\n"
            "memp_clients.cli.main(['serve'])"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
        assert done.stdout == "[]\n"
