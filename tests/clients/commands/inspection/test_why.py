"""`memp why`: where a procedure came from, what became of it, and how it ranks for a task."""

from collections.abc import Callable
from typing import Any

import pytest
from port_runs import PROOF, STEPS, TASK, on_trial

from memp.memory import ProceduralMemory
from memp.retrieve.grounding import Grounding

Run = Callable[..., tuple[int, str, str]]

Document = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.usefixtures("home")


class TestWhy:
    def test_it_tells_where_a_procedure_came_from_and_every_outcome(
        self, memory: ProceduralMemory, document: Document, run: Run
    ):
        on_trial(memory)
        found = document("why", "p1")
        assert [source["id"] for source in found["sources"]] == ["t1"]
        assert [(o["run"], o["success"], o["evidence"], o["weight"]) for o in found["outcomes"]] == [
            ("t3", False, "claim", 0.8), ("t2", True, "check", 1.0),
        ]  # fmt: skip
        assert found["outside"] == 2 and found["tier"] == "validated"
        overall = found["posterior"]["overall"]
        assert 0 <= overall["low"] < overall["mean"] < overall["high"] <= 1
        assert {entry["action"] for entry in found["log"]} == {"created", "validated", "revised (trial)"}
        assert found["pitfalls"][0]["trigger"] == "still busy"
        status, out, _ = run("why", "p1", "--runs", "--task", TASK)
        assert status == 0 and "curl" not in out and "still busy" in out and "cannot tell" in out

    def test_it_tells_how_a_procedure_ranks_for_a_task(self, memory: ProceduralMemory, document: Document):
        on_trial(memory)
        memory.record("Free port 80 on the mail server", ["look -> postfix", "stop postfix -> stopped"], 1)
        before = memory.store.stats().recalls
        first = document("why", "p1", "--task", TASK)["ranking"]
        assert (first["place"], first["withheld"]) == (1, False)
        assert first["floor"] <= first["relevance"] <= 1, "a probability"
        second = document("why", "p2", "--task", TASK)["ranking"]
        assert second["place"] is None and "more trusted" in second["told"]
        none = document("why", "p1", "--task", "Bake sourdough bread")["ranking"]
        assert none["place"] is None and none["score"] is None
        assert memory.store.stats().recalls == before

    def test_it_reads_nothing_of_the_candidates_that_it_does_not_print(
        self, memory: ProceduralMemory, document: Document, monkeypatch: pytest.MonkeyPatch
    ):
        memory.record(TASK, STEPS, 1)
        monkeypatch.setattr(Grounding, "match", lambda *_: pytest.fail("only the ranking is printed"))
        assert document("why", "p1", "--task", TASK)["ranking"]["place"] == 1

    def test_it_ranks_by_what_recall_goes_by_whatever_host_the_task_names(
        self, memory: ProceduralMemory, document: Document
    ):
        memory.record("Restart the mail queue on host amber-240", STEPS, 1, script={"goal": "Restart", "steps": ["go"]})
        task = "Restart the mail queue on host zephyr-777"
        (match,) = memory.recall(task).matches
        ranking = document("why", "p1", "--task", task)["ranking"]
        assert ranking["relevance"] == pytest.approx(match.score, abs=2e-3) and ranking["place"] == 1

    def test_where_recall_is_by_chance_it_has_a_place_as_that_gave_it_one(
        self, memory: ProceduralMemory, document: Document, monkeypatch: pytest.MonkeyPatch
    ):
        memory.record(TASK, STEPS, 1)
        monkeypatch.setenv("MEMP_RETRIEVE", "random")
        ranking = document("why", "p1", "--task", "Bake sourdough bread")["ranking"]
        assert (ranking["place"], ranking["posterior"], ranking["told"]) == (1, None, "Shown first.")
        assert ranking["floor"] is None, "chance has no floor, and -Infinity is not JSON"
        assert ranking["base_rate"] is None, "nothing was measured"

    def test_what_does_harm_is_said_to_be_withheld(self, memory: ProceduralMemory, document: Document):
        memory.record(TASK, STEPS, 1)
        for n in range(3):
            memory.record(TASK, [*STEPS[:2], f"try {n} -> busy"], 0, evidence=PROOF, used=["p1"])
        ranking = document("why", "p1", "--task", TASK)["ranking"]
        assert ranking["withheld"] and "Withheld" in ranking["told"]
        assert document("recall", TASK).get("matches", []) == []

    def test_runs_with_it_are_held_against_runs_near_its_tasks_without(
        self, memory: ProceduralMemory, document: Document
    ):
        memory.record(TASK, STEPS, 1, tokens=100)
        for n in range(12):
            memory.record(TASK, [f"look {n} -> x", *STEPS], 1, used=["p1"], tokens=100 + n)
            memory.record(TASK, [f"look {n} -> x", f"try {n} -> no", *STEPS, *STEPS], 0, tokens=900 + n)
            memory.record("Bake bread", [f"bake {n} -> no"], 0, tokens=5)
        found = {u["measure"]: u for u in document("why", "p1", "--runs")["runs"]}
        assert (found["success"]["runs"], found["success"]["held"]) == (12, 12)
        assert {measure: u["verdict"] for measure, u in found.items()} == dict.fromkeys(found, "better")
        assert found["tokens"]["difference"]["value"] == pytest.approx(-800)
