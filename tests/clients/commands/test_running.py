"""`memp reembed`, and commands as processes of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from port_runs import RECORD, TASK

from memp.embed.weights import DEFAULT_MODEL
from memp.store.sqlite.connection import Database

Run = Callable[..., tuple[int, str, str]]

Document = Callable[..., dict[str, Any]]


pytestmark = pytest.mark.usefixtures("home")


def tamper(home: Path, sql: str) -> None:
    with Database(home / "memory.sqlite3") as database, database.write() as db:
        db.run(sql)


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


class TestWhatWasRecordedWithoutAModel:
    @pytest.fixture(autouse=True)
    def recorded(self, home: Path, document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as patch:
            patch.setenv("MEMP_MODEL", str(home / "nothing"))
            document(*RECORD)
        assert document("stats")["pending"] > 1

    def test_a_recall_embeds_it_first(self, document: Document) -> None:
        assert "notes" not in document("recall", TASK)
        assert document("stats")["pending"] == 0

    def test_a_recall_embeds_so_many_and_says_how_many_are_left(
        self, document: Document, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = document("stats")["pending"]
        monkeypatch.setattr("memp_clients.commands.embedding.MOST_FIRST", 1)
        said = document("recall", TASK)["notes"][0]
        left = document("stats")["pending"]
        assert left == before - 1
        assert said.startswith(f"{left} text") and "memp reembed" in said

    def test_a_recall_leaves_a_read_only_memory_as_it_is(
        self, document: Document, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = document("stats")["pending"]
        monkeypatch.setenv("MEMP_READ_ONLY", "1")
        assert document("recall", TASK)["matches"][0]["id"] == "p1"
        assert document("stats")["pending"] == before

    def test_doctor_calls_it_degraded_and_setup_embeds_it(
        self, document: Document, monkeypatch: pytest.MonkeyPatch, model_cache: Path
    ) -> None:
        modes = {check["name"]: check["found"] for check in document("doctor")["checks"]}["degraded modes"]
        assert "not find all by meaning" in modes
        monkeypatch.setenv("MEMP_MODEL", DEFAULT_MODEL)
        monkeypatch.setenv("MEMP_CACHE", str(model_cache))
        assert document("setup")["embedded"] > 1
        assert document("stats")["pending"] == 0
        assert document("setup")["embedded"] == 0

    def test_setup_makes_the_model_ready_beside_a_memory_that_cannot_be_used(
        self, home: Path, run: Run, monkeypatch: pytest.MonkeyPatch, model_cache: Path
    ) -> None:
        (home / "memory.sqlite3").write_bytes(b"no database, but text" * 100)
        monkeypatch.setenv("MEMP_MODEL", DEFAULT_MODEL)
        monkeypatch.setenv("MEMP_CACHE", str(model_cache))
        status, out, err = run("setup")
        assert status == 0 and "starts in under a second" in " ".join(out.split())
        assert "not a usable SQLite file" in " ".join(err.split())


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
        assert not imported & {"typer", "torch", "onnxruntime", "sentence_transformers", "memp_clients.app"}

    def test_before_the_server_there_is_no_rich_either(self) -> None:
        # The MCP SDK itself takes rich for its log lines once a server is made, where it finds it installed.
        script = (
            "import sys, memp_clients.cli, memp_server.__main__ as server\n"
            "server.main = lambda: print([name for name in ('typer', 'rich', 'torch', 'onnxruntime') if name in sys.modules])\n"
            "memp_clients.cli.main(['serve'])"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
        assert done.stdout == "[]\n"
