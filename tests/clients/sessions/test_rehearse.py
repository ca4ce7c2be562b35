"""`memp import --dry-run`, and `--outcome`, which overrules what files show."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from paths import SESSION_LOGS

from memp_clients.cli import main

Document = Callable[..., dict[str, Any]]
Run = Callable[..., tuple[int, str, str]]

pytestmark = pytest.mark.usefixtures("home")

CODEX = str(SESSION_LOGS / "codex.jsonl")


class TestDryRun:
    def test_it_shows_tasks_outcomes_and_why_and_stores_nothing(self, home: Path, document: Document) -> None:
        done = document("import", "--dry-run", CODEX)
        assert (done["stored"], done["success"], done["failure"], done["skipped"]) == (False, 1, 1, 0)
        first = done["tasks"][0]
        assert (first["outcome"], first["why"]) == ("success", "check: cargo test lexer, exit 0")
        assert first["task"]
        assert first["steps"] > 1
        assert not (home / "memory.sqlite3").exists()

    def test_it_says_why_there_is_no_outcome_and_what_is_skipped(self, document: Document) -> None:
        rows = document("import", "--dry-run", str(SESSION_LOGS / "claude_code.jsonl"))["tasks"]
        assert [row["why"] for row in rows if row["outcome"] is None] == ["skipped: no tool call: a talk, not a task"]

    def test_a_person_sees_it_with_the_files_names_where_there_are_several(self, run: Run) -> None:
        status, printed, _ = run("import", "--dry-run", CODEX, str(SESSION_LOGS / "gemini.jsonl"))
        assert status == 0
        assert "Nothing was stored." in printed
        assert "gemini" in printed.replace("\n", "")

    def test_the_callers_outcome_is_shown_as_it_would_be_stored(self, document: Document) -> None:
        rows = document("import", "--dry-run", CODEX, "--outcome", "failure")["tasks"]
        assert {row["outcome"] for row in rows} == {"failure"}
        assert rows[0]["why"] == "user: said by --outcome"

    @pytest.mark.parametrize("arguments", [["--dry-run", "--discover"], ["--dry-run"]])
    def test_it_is_for_files(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["import", *arguments]) == 2
        assert capsys.readouterr().err

    def test_secrets_that_would_be_replaced_are_counted_and_not_shown(self, home: Path, document: Document) -> None:
        secret = "ghp_" + "a1B2c3D4" * 4 + "e5F6"
        record = {"task": f"push with {secret}", "steps": [f"push {secret} -> ok"], "outcome": "success"}
        (home / "log.jsonl").write_text(json.dumps(record) + "\n")
        done = document("import", "--dry-run", str(home / "log.jsonl"))
        assert done["redacted"] == 2 and done["success"] == 1 and secret not in json.dumps(done)

    def test_a_file_without_an_outcome_ends_with_1(self, home: Path, run: Run) -> None:
        (home / "log.jsonl").write_text('{"type": "summary", "summary": "x", "leafUuid": "u"}\n')
        assert run("import", "--dry-run", str(home / "log.jsonl"))[0] == 1


class TestOutcome:
    @pytest.mark.parametrize("name", sorted(path.name for path in SESSION_LOGS.iterdir()))
    def test_the_callers_outcome_holds_in_every_format(self, document: Document, name: str) -> None:
        plain = document("import", "--dry-run", str(SESSION_LOGS / name))
        done = document("import", str(SESSION_LOGS / name), "--outcome", "failure")
        assert (done["added"], done["merged"]) == (0, 0)
        assert done["failures"] >= plain["success"] + plain["failure"] > 0 or done["failures"] > 0
        assert done["overruled"] == plain["success"]

    def test_the_summary_says_so(self, run: Run) -> None:
        assert "1 outcomes that the files show, by --outcome" in run("import", CODEX, "--outcome", "failure")[1]

    def test_records_of_our_own_are_overruled_too(self, home: Path, document: Document) -> None:
        record = {
            "task": "Add a page",
            "steps": ["a -> b", "c -> d"],
            "outcome": "success",
            "evidence": "check: pytest, exit 0",
        }
        rollout = {
            "conversations": [
                {"from": "human", "value": "Your task is to: rest"},
                {"from": "gpt", "value": "sit"},
                {"from": "human", "value": "ok"},
                {"from": "gpt", "value": "wait"},
            ]
        }
        (home / "runs.jsonl").write_text(f"{json.dumps(record)}\n{json.dumps(rollout)}\n")
        done = document("import", str(home / "runs.jsonl"), "--outcome", "failure")
        assert (done["failures"], done["overruled"]) == (2, 1)
        assert document("show", "t1")["evidence"] == {"kind": "user", "detail": "said by --outcome"}
