"""`memp recall`, `record` and `reflect`: the three tools at the terminal."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from port_runs import RECORD, STEPS, TASK, write

Run = Callable[..., tuple[int, str, str]]

Document = Callable[..., dict[str, Any]]


pytestmark = pytest.mark.usefixtures("home")


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

    @pytest.mark.parametrize("name", ["outcom", "evidnce"])
    @pytest.mark.parametrize("command", ["record", "reflect"])
    def test_a_field_that_a_run_does_not_have_is_refused(self, home: Path, run: Run, command: str, name: str) -> None:
        source = write(home / "run.json", {"task": TASK, "steps": STEPS, "error": "busy", name: "success"})
        status, _, err = run(command, source)
        assert status == 1
        assert f"has no field '{name}': use task, steps, outcome, reward, evidence, " in err

    def test_a_run_as_memp_shows_it_can_be_recorded(self, home: Path, run: Run, document: Document) -> None:
        document(*RECORD)
        shown = document("show", "t1")
        assert run("record", write(home / "run.json", {**shown, "_host": "x"}))[0] == 0

    def test_an_outcome_and_a_reward_that_disagree_are_refused(self, home: Path, run: Run) -> None:
        source = write(home / "run.json", {"task": TASK, "steps": STEPS, "outcome": "success", "reward": 0})
        status, _, err = run("record", source)
        assert status == 1
        assert "'outcome' is success and 'reward' is 0: pass one of them" in err

    def test_a_reason_ends_with_one_full_stop(self, home: Path, run: Run) -> None:
        source = write(home / "run.json", {"task": TASK, "steps": STEPS, "outcome": "maybe", "reward": 1})
        assert run("record", source)[2].endswith("from 0 to 1.\n")

    @pytest.mark.parametrize("value", [{}, {"task": TASK}])
    def test_a_file_without_a_run_says_what_one_needs(self, home: Path, run: Run, value: dict[str, Any]) -> None:
        status, _, err = run("record", write(home / "run.json", value))
        assert status == 1
        assert "a run needs task and steps" in err

    def test_the_outcome_that_was_assessed_is_said(self, run: Run) -> None:
        _, out, _ = run("record", "--task", TASK, "--step", "systemctl stop nginx -> exit 0", "--step", "ss -lnt -> 0")
        assert "Assessed as success by rules, 60% sure" in out

    def test_the_procedure_that_is_perhaps_meant_is_shown(
        self, run: Run, document: Document, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run(*RECORD)
        monkeypatch.setenv("MEMP_FLOOR", "1")
        asked = ["recall", "Free port 80 of the mail server again"]
        perhaps = document(*asked)["perhaps"]
        assert perhaps.startswith("p1: ")
        assert perhaps in run(*asked)[1]

    def test_the_next_step_is_a_command(self, run: Run) -> None:
        failed = ["--task", TASK, "--step", "kill 7 -> not permitted", "--used", "p1"]
        said = [
            run(*RECORD)[1],
            run("recall", TASK)[1],
            run("recall", "Bake sourdough bread")[1],
            run("record", *failed, "--outcome", "failure")[1],
            run("reflect", *failed, "--error", "not permitted")[1],
            run("reflect", *failed, "--error", "not permitted", "--revision", '{"steps": ["sudo kill it"]}')[1],
        ]
        steps = ["--script @FILE", "memp record, with --used p1", "then memp record", "memp reflect with", "--revision @FILE",
                 "memp recall with --error"]  # fmt: skip
        for out, step in zip((" ".join(out.split()) for out in said), steps, strict=True):
            assert step in out
            assert not [name for name in ("record_trajectory", "reflect_on_failure", "=[", "={") if name in out]

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

    def test_a_run_that_is_not_shown_again_is_not_counted_as_empty(self, document: Document, run: Run) -> None:
        document(*RECORD)
        step = ["--step", "kill 7 -> operation not permitted"]
        _, out, _ = run("reflect", "--task", TASK, *step, "--error", "not permitted", "--used", "p1")
        assert "To write a revision from" in out and "0 steps" not in out

    def test_a_run_without_an_outcome_is_assessed_as_the_tool_does(self, document: Document) -> None:
        made = document("record", "--task", TASK, "--step", "systemctl stop nginx -> exit 0", "--step", "ss -lnt -> 0")
        assert made["trajectory"] == "t1" and "by rule" in made["assessed"]

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
