"""`memp list` and `memp stats`."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from port_runs import PROOF, STEPS, TASK, on_trial

from memp.memory import ProceduralMemory

Run = Callable[..., tuple[int, str, str]]

Document = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.usefixtures("home")


class TestListAndStats:
    def test_one_run_is_no_runs(self, memory: ProceduralMemory, run: Run):
        memory.record(TASK, STEPS, 1, evidence=PROOF)
        assert "built from 1 run\n" in "\n".join(row.rstrip() for row in run("show", "p1")[1].splitlines()) + "\n"

    def test_the_list_shows_tier_and_trial(self, memory: ProceduralMemory, document: Document, run: Run):
        on_trial(memory)
        listed = document("list")["procedures"][0]
        assert (listed["tier"], listed["trial"]) == ("validated", 2)
        assert "r2 on trial" in " ".join(run("list")[1].split())
        assert [r["state"] for r in document("show", "p1")["revisions"]] == ["current", "trial"]

    def test_a_search_brings_what_a_recall_would_weigh_in_its_order_or_another(
        self, memory: ProceduralMemory, document: Document, run: Run
    ):
        for task in ("Bake bread in the oven", "Bake a cake in the oven", "Wash the car"):
            memory.record(
                task, [f"do {task.split()[-1]} {n} -> ok" for n in range(2)], 1, script={"goal": task, "steps": [task]}
            )
        best = memory.explain("Bake a cake in the oven").explanation.considered
        found = [one["id"] for one in document("list", "--search", "Bake a cake in the oven")["procedures"]]
        assert found[0] == "p2" and {*found} == {f"p{i}" for i in best}
        oldest = [
            one["id"]
            for one in document("list", "--search", "Bake a cake in the oven", "--sort", "oldest")["procedures"]
        ]
        assert oldest == sorted(found) and oldest[0] == "p1"
        assert len(document("list", "--search", "Bake a cake in the oven", "--limit", "1")["procedures"]) == 1
        assert "Nothing here is like" in run("list", "--tier", "pinned")[1]

    def test_families_name_what_is_like_and_how_all_but_the_best_are_archived(
        self, memory: ProceduralMemory, document: Document, run: Run
    ):
        assert "No two procedures" in run("list", "--families")[1]
        for steps in (["mix", "bake"], ["mix", "rest", "bake"]):
            memory.record(
                "Bake bread in the oven",
                [f"{step} -> ok" for step in steps],
                1,
                script={"goal": "Bake bread", "steps": steps},
            )
        memory.record("Wash the car", ["rinse -> ok"], 1, script={"goal": "Wash the car", "steps": ["rinse"]})
        (family,) = document("list", "--families")["families"]
        assert [(one["id"], one["steps_in_common"]) for one in family] == [("p1", 2), ("p2", 2)]
        assert "memp review p2 --reject" in run("list", "--families")[1]

    def test_stats_tell_whether_it_helps_from_held_out_recalls(
        self, memory: ProceduralMemory, open_memory: Any, document: Document, run: Run
    ):
        memory.record(TASK, STEPS, 1, evidence=PROOF)
        counted = document("stats")
        assert counted["uplift"] == [] and counted["tiers"]["candidate"] == 1
        held, shown = open_memory(holdout=1.0), open_memory(holdout=1e-9)
        for n in range(12):
            task = f"{TASK} number {n} of {n * 7919}"
            assert held.recall(task).held
            held.record(task, [f"try {n} -> no", *STEPS, "give up -> no"], 0)
            assert shown.recall(f"{task} again").matches
            shown.record(f"{task} again", [f"do {n} -> yes"], 1, used=["p1"])
        found = {u["measure"]: u for u in document("stats")["uplift"]}
        assert (found["success"]["runs"], found["success"]["held"]) == (12, 12)
        assert found["success"]["verdict"] == found["steps"]["verdict"] == "better"
        assert found["success"]["difference"]["low"] > 0
        assert "Does it help?" in run("stats")[1]

    def test_stats_say_when_the_data_cannot_tell(self, memory: ProceduralMemory, open_memory: Any, document: Document):
        memory.record(TASK, STEPS, 1)
        held = open_memory(holdout=1.0)
        held.recall(TASK)
        held.record(TASK, ["try -> no"], 0)
        found = document("stats")["uplift"][0]
        assert found["verdict"] == "cannot tell" and "each needs 10" in found["why"]


GOAL = "Give every order of a busy shop its region before the next release goes out"


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120])
def test_the_list_shows_id_and_goal_at_any_width(run: Run, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    run(
        "record",
        "--task",
        GOAL,
        "--step",
        "alter table orders -> ok",
        "--step",
        "psql -> 1 row",
        "--outcome",
        "success",
    )
    status, out, _ = run("list")
    assert status == 0
    assert all(len(line) <= width for line in out.splitlines())
    words = re.sub(r"[^\w ]+", " ", out).split()
    assert "p1" in words and "candidate" in words
    assert set(GOAL.split()) <= set(words)
