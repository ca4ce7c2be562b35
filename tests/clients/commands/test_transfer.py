"""`memp import`: what is taken in, gone on with, and named as skipped."""

import bz2
import gzip
import json
import lzma
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from messages_api import MessagesAPI, text
from port_runs import ROLLOUT, RUN, STEPS, TASK, rollouts, write

from memp.errors import LLMError
from memp.memory import ProceduralMemory
from memp.store.sqlite.store import SQLiteStore
from memp_clients.sessions import importer
from memp_clients.sessions.entry import Entry

Run = Callable[..., tuple[int, str, str]]

Document = Callable[..., dict[str, Any]]


pytestmark = pytest.mark.usefixtures("home")


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
        assert document("recall", "put a mug in cabinet")["matches"][0]["worked"].startswith("in 3 of 3 runs")
        # That a rollout is an expert's nobody has seen: it is what the file claims.
        assert document("show", "t1")["evidence"]["kind"] == "claim"

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
                patch.setattr(SQLiteStore, "join", stopping(SQLiteStore.join))
            status, out, err = run("import", source)
        assert (status, out) == (130, "")
        assert "run the same command again to go on" in err
        assert "texts of the memory have no vector yet" in " ".join(err.split())
        again = document("import", source)
        assert (again["known"], again["merged"]) == (3, 3)
        counted = document("stats")
        assert (counted["trajectories"], counted["procedures"], counted["pending"]) == (6, 1, 0)
        assert document("recall", "put a mug in cabinet")["matches"][0]["worked"].startswith("in 6 of 6 runs")

    def test_what_is_imported_is_embedded_by_the_import_alone(
        self, home: Path, document: Document, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        free: list[bool] = []
        files: list[Path] = []
        record = importer.record

        def watched(memory: ProceduralMemory, *arguments: Any, **named: Any) -> Any:
            free.append(memory.store.claim_pending())
            files.append(memory.store.path)
            return record(memory, *arguments, **named)

        monkeypatch.setattr(importer, "record", watched)
        assert document("import", write(home / "a.jsonl", *rollouts(2)))["embedded"] > 0
        assert free == [False, False]
        with closing(SQLiteStore(files[0])) as store:
            assert store.claim_pending()

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

    @pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress])
    def test_a_packed_file_that_is_damaged_from_its_head_on_is_named(
        self, home: Path, run: Run, pack: Callable[[bytes], bytes]
    ) -> None:
        packed = pack(json.dumps(ROLLOUT).encode() * 50)
        (home / "a.jsonl").write_bytes(packed[:20] + b"\xff" * 40 + packed[60:])
        status, out, _ = run("import", str(home / "a.jsonl"), "--json")
        assert status == 1 and "damaged" in out

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

    def test_an_import_says_how_many_a_rule_wrote_since_the_models_scripts_were_not_grounded(
        self, home: Path, document: Document, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with MessagesAPI() as api:
            monkeypatch.setenv("MEMP_BASE_URL", api.url)
            foreign = {"goal": "g", "steps": ["start the mainframe ZX-81"]}
            api.respond = lambda request: text(json.dumps(foreign))
            done = document("import", write(home / "a.jsonl", ROLLOUT), "--builder", "claude")
            assert done["added"] == 1 and len(api.requests) == 2
        assert done["notes"] == ["1 were written by rule: the model's scripts said what the runs do not."]

    def test_an_import_stops_when_claude_fails_again_and_again(
        self, home: Path, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MEMP_API_KEY", "secret")
        asked: list[Entry] = []

        def fails(memory: object, entry: Entry, origin: object) -> None:
            asked.append(entry)
            raise LLMError("It is overloaded.")

        monkeypatch.setattr(importer, "record", fails)
        status, _, err = run("import", write(home / "a.jsonl", *rollouts(9)), "--builder", "claude")
        assert (status, err, len(asked)) == (1, "memp: It is overloaded.\n", importer.MOST_LLM_FAILURES)
