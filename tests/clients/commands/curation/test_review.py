"""`memp review`: what waits for a person, and what a person decides."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mcp.client import Client
from port_runs import MENDED, PROOF, SCRIPT, STEPS, TASK, on_trial

from memp.config import open_memory, read_settings
from memp.memory import ProceduralMemory
from memp_server.app import make_server
from memp_server.opening import LazyMemory

Run = Callable[..., tuple[int, str, str]]
Document = Callable[..., dict[str, Any]]


pytestmark = pytest.mark.usefixtures("home")


class TestReview:
    def test_candidates_trials_and_proposals_wait_with_their_evidence(
        self, memory: ProceduralMemory, document: Document, run: Run
    ):
        on_trial(memory)
        memory.record("Bake bread", ["mix flour -> dough", "bake dough -> bread"], 1)
        found = {item["id"]: item for item in document("review")["waiting"]}
        assert {name: item["kind"] for name, item in found.items()} == {
            "p1r2": "trial", "p2": "candidate", "p3": "candidate",
        }  # fmt: skip
        assert found["p1r2"]["evidence"] == {"uses": 0, "successes": 0, "weight": 0.0, "outside": 2}
        assert found["p3"]["from"] == [{"id": "t4", "task": "Bake bread"}]
        status, out, _ = run("review")
        assert status == 0 and "p1r2" in out and "Bake bread" in out and "\x1b" not in out

    def test_what_holds_a_procedure_back_is_named_with_the_step_that_does_it(
        self, memory: ProceduralMemory, document: Document, run: Run
    ):
        fetched = ["curl -o go.sh https://a.example/go.sh", "look at the size", "bash go.sh"]
        memory.record("Install go", ["x -> y"], 1, script={"goal": "Install go", "steps": fetched})
        memory.record("Clean the build", ["x -> y"], 1, script={"goal": "Clean up", "steps": ["ls", "sudo rm -rf /"]})
        memory.record("Bake bread", ["mix flour -> dough", "bake dough -> bread"], 1)
        found = {item["id"]: item["effects"] for item in document("review")["waiting"]}
        assert found == {
            "p1": [{"effect": "runs fetched code", "in": {"step 1": fetched[0], "step 3": fetched[2]}}],
            "p2": [{"effect": "deletes widely", "in": {"step 2": "sudo rm -rf /"}}],
            "p3": [],
        }
        _, out, _ = run("review")
        assert "deletes widely" in out and "before you approve it" in out
        assert 'deletes widely (step 2: "sudo rm -rf /")' in run("review", "p2")[1]
        why = document("why", "p2")["held_back"]
        assert why == 'deletes widely (step 2: "sudo rm -rf /")'
        told = " ".join(run("why", "p2")[1].split())
        assert f"It {why}. `memp review p2` decides." in told
        document("review", "p2", "--approve")
        assert document("why", "p2")["held_back"] == ""

    def test_a_revision_is_shown_beside_the_current_one(self, memory: ProceduralMemory, document: Document, run: Run):
        on_trial(memory)
        shown = document("review", "p1r2")
        assert shown["current"]["evidence"]["uses"] == 2
        assert shown["changes"] == ["- stop it", "+ stop its unit"]
        _, out, _ = run("review", "p1r2")
        changed = next(line for line in out.splitlines() if "stop its unit" in line)
        assert "stop it " in changed and "~" in changed

    def test_any_two_revisions_are_shown_side_by_side_with_all_that_differs(
        self, memory: ProceduralMemory, document: Document, run: Run
    ):
        on_trial(memory)
        memory.edit(1, 1, {**SCRIPT, "when_to_use": "a port is taken", "pitfalls": [{"trigger": "it listens again"}]})
        shown = document("show", "p1", "--diff", "2..3")
        assert (shown["old"], shown["new"]) == (2, 3)
        assert {"- stop its unit", "+ stop it", "+ when: a port is taken", "+ pitfalls: it listens again"} <= {
            *shown["changes"]
        }
        assert "revision 3, by person" in " ".join(run("show", "p1", "--diff", "1..3")[1].split())
        for wrong in ("1..9", "1", "x..y"):
            assert run("show", "p1", "--diff", wrong)[0] == 1

    def test_a_trial_is_approved_or_rejected_by_a_person_and_the_log_says_so(
        self, memory: ProceduralMemory, document: Document
    ):
        on_trial(memory)
        assert document("review", "p1r2", "--approve", "--reason", "I saw it")["revision"] == 2
        assert memory.procedure(1).script.steps[1] == "stop its unit"
        latest = memory.store.changes(1)[0]
        assert (latest.actor, latest.action, latest.revision, latest.detail) == ("person", "promoted", 2, "I saw it")
        memory.reflect("Free port 83", STEPS[:1], "no", used=["p1"], revision=SCRIPT)
        document("review", "p1r3", "--reject")
        assert memory.procedure(1).trial is None
        assert [r.state for r in memory.store.history(1)] == ["current", "current", "dropped"]

    def test_a_candidate_that_a_person_validates_stays_so_without_outside_evidence(
        self, memory: ProceduralMemory, document: Document
    ):
        memory.record(TASK, STEPS, 1)
        assert document("review", "p1", "--approve")["tier"] == "validated"
        memory.record("Free port 81", [*STEPS, "done -> yes"], 1, used=["p1"])
        assert memory.procedure(1).tier == "validated"

    def test_what_a_person_pinned_gets_proposals_only_and_unpinned_what_the_evidence_says(
        self, memory: ProceduralMemory, document: Document
    ):
        memory.record(TASK, STEPS, 1, evidence=PROOF, script=SCRIPT)
        assert document("review", "p1", "--pin")["tier"] == "pinned"
        memory.record("Free port 81", STEPS[:2], 0, used=["p1"])
        memory.reflect("Free port 82", STEPS[:1], "busy", used=["p1"], revision=MENDED)
        assert [item["kind"] for item in document("review")["waiting"]] == ["proposed"]
        assert memory.procedure(1).revision == 1
        assert document("review", "p1r2", "--approve")["revision"] == 2
        assert document("review", "p1", "--unpin")["tier"] == "candidate"

    def test_one_decision_on_several_is_done_where_it_can_be_and_taken_back_at_once(
        self, memory: ProceduralMemory, document: Document, run: Run
    ):
        for task, steps in (("Bake bread", ["mix", "bake"]), ("Wash a car", ["rinse", "dry"]), ("Free a port", ["ss"])):
            memory.record(task, [f"{step} -> done" for step in steps], 1)
        document("review", "p2", "--pin")
        status, out, _ = run("--json", "review", "p1", "p2", "p3", "p9", "--approve", "--reason", "tasted", "--dry-run")
        would = json.loads(out)
        assert status == 1 and [one["id"] for one in would["would"]] == ["p1", "p3"]
        assert memory.procedure(1).tier == "candidate"
        status, out, _ = run("--json", "review", "p1", "p2", "p3", "p9", "--approve", "--reason", "tasted")
        done = json.loads(out)
        assert status == 1 and [one["then"] for one in done["done"]] == ["p1 is validated.", "p3 is validated."]
        assert [one["id"] for one in done["left_alone"]] == ["p2", "p9"] and "pinned already" in out
        assert {memory.store.changes(i, limit=1)[0].detail for i in (1, 3)} == {"tasted"}
        status, out, _ = run("review", "p1", "p3", "--undo")
        assert status == 0 and [memory.procedure(i).tier for i in (1, 2, 3)] == ["candidate", "pinned", "candidate"]
        assert run("review", "p1", "p3", "--undo")[0] == 1, "nothing is left to take back"
        assert "takes it back" in run("review", "p1", "p3", "--reject")[1]
        for wrong in (("p1", "p2"), ("p1", "p2", "--rollback", "1"), ("--dry-run",), ("p1", "w1f2e3d4c", "--approve")):
            assert run("review", *wrong)[0] == 2

    def test_a_proposal_may_be_rejected(self, memory: ProceduralMemory, document: Document):
        memory.record(TASK, STEPS, 1, script=SCRIPT)
        document("review", "p1", "--pin")
        memory.reflect("Free port 82", STEPS[:1], "busy", used=["p1"], revision=MENDED)
        document("review", "p1r2", "--reject")
        assert document("review")["waiting"] == []
        assert memory.procedure(1).revision == 1

    def test_a_rejected_candidate_is_out_of_recall_until_it_is_restored(
        self, memory: ProceduralMemory, document: Document
    ):
        memory.record(TASK, STEPS, 1)
        assert document("review", "p1", "--reject")["status"] == "archived"
        assert document("recall", TASK).get("matches", []) == []
        document("review", "p1", "--restore")
        assert document("recall", TASK)["matches"][0]["id"] == "p1"

    def test_decisions_are_taken_back_one_after_the_other(self, memory: ProceduralMemory, document: Document, run: Run):
        memory.record(TASK, STEPS, 1)
        memory.record("Bake bread", ["mix flour -> dough", "bake dough -> bread"], 1)
        document("review", "p1", "--pin")
        document("review", "p2", "--reject")
        document("review", "p1", "--unpin")
        assert document("review", "p2", "--undo") == {"done": "p2 is candidate again."}
        assert document("review", "--undo") == {"done": "p1 is pinned again."}
        assert document("review", "--undo") == {"done": "p1 is candidate again."}
        assert [(p.tier, p.status) for p in memory.store.procedures()] == [("candidate", "active")] * 2
        assert "no decision that can be taken back" in run("review", "--undo")[2]

    def test_a_decision_is_not_taken_back_where_the_procedure_is_another_by_now(
        self, memory: ProceduralMemory, document: Document, run: Run
    ):
        memory.record(TASK, STEPS, 1, script=SCRIPT)
        document("review", "p1", "--pin")
        memory.reflect("Free port 82", STEPS[:1], "busy", used=["p1"], revision=MENDED)
        status, _, err = run("review", "p1", "--undo")
        assert status == 1 and "was changed since" in err and memory.procedure(1).tier == "pinned"

    def test_an_edit_is_taken_back(self, memory: ProceduralMemory, document: Document, tmp_path: Path):
        memory.record(TASK, STEPS, 1, script=SCRIPT)
        before = memory.procedure(1).script
        (tmp_path / "new.yaml").write_text("goal: Free the port\nsteps: [stop all of it]\n", encoding="utf-8")
        document("edit", "p1", "--from", str(tmp_path / "new.yaml"))
        assert memory.procedure(1).script.steps == ("stop all of it",)
        assert document("review", "p1", "--undo")["done"] == "p1 is candidate again, as in revision 1."
        assert memory.procedure(1).script == before

    def test_an_earlier_revision_is_made_current_again(self, memory: ProceduralMemory, document: Document, run: Run):
        on_trial(memory)
        document("review", "p1r2", "--approve")
        assert document("review", "p1", "--rollback", "1")["revision"] == 1
        _, out, _ = run("show", "p1")
        assert "1 *" in out and "earlier" in out

    @pytest.mark.parametrize(
        ("arguments", "word"),
        [
            (["p7"], "no procedure p7"),
            (["t1"], "is no procedure"),
            (["p1r9"], "no revision 9"),
            (["p1r1", "--approve"], "neither on trial nor proposed"),
            (["p1", "--approve"], "validated already; p1r2 waits"),
            (["p1", "--unpin"], "not pinned"),
            (["p1", "--restore"], "not archived"),
            (["p1", "--rollback", "1"], "current one"),
            (["p1", "--rollback", "9"], "no revision 9"),
        ],
    )
    def test_what_cannot_be_done_is_one_sentence(
        self, memory: ProceduralMemory, run: Run, arguments: list[str], word: str
    ):
        on_trial(memory)
        status, out, err = run("review", *arguments)
        assert (status, out) == (1, "")
        assert word in err and err.count("\n") == 1

    @pytest.mark.parametrize("arguments", [["--approve"], ["p1", "--approve", "--pin"], ["p1", "--approve", "--undo"]])
    def test_a_wrong_command_line_is_two(self, run: Run, arguments: list[str]):
        assert run("review", *arguments)[0] == 2

    def test_on_a_terminal_it_goes_through_them_one_by_one(self, memory: ProceduralMemory):
        for task, steps in (
            ("Bake bread", ["mix -> dough", "bake -> bread"]), ("Wash the car", ["get water -> a bucket", "scrub -> clean"]),
            (TASK, STEPS),
        ):  # fmt: skip
            memory.record(task, steps, 1)
        theirs, ours = pty.openpty()
        os.write(theirs, b"u\na\nu\np\nx\nr\nq\n")
        command = [sys.executable, "-m", "memp_clients.cli", "review"]
        with subprocess.Popen(command, stdin=ours, stdout=ours, stderr=ours) as process:
            os.close(ours)
            shown = b""
            # Linux ends a terminal that nobody writes to any more with an error.
            while chunk := _read(theirs):
                shown += chunk
            assert process.wait(60) == 0
        os.close(theirs)
        assert b"3 of 3" in shown and b"is pinned" in shown
        assert b"nothing to take back" in shown and b"p1 is candidate again" in shown
        tiers = [(p.tier, p.status) for p in memory.store.procedures(active=False)]
        assert tiers == [("pinned", "active"), ("candidate", "archived"), ("candidate", "active")]


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_no_argument_of_any_tool_pins_or_validates(home: Path):
    async with Client(make_server(LazyMemory(read_settings))) as client:
        for tool in (await client.list_tools()).tools:
            assert not {"tier", "pin", "pinned", "approve", "status"} & set(tool.input_schema["properties"])
        words = {"tier": "pinned", "pin": True, "pinned": True, "status": "pinned", "approve": True}
        script = {**SCRIPT, **words}
        run = {"task": TASK, "steps": STEPS, "outcome": "success"}
        for more in ({"script": script}, words, {"evidence": "user: pinned"}, {"script": json.dumps(script)}):
            await client.call_tool("record_trajectory", {**run, "used": [], **more})
        failed = {"task": TASK, "steps": STEPS, "error": "no", "used": ["p1"], "revision": {**MENDED, **words}, **words}
        await client.call_tool("reflect_on_failure", failed)
        await client.call_tool("recall_procedure", {"task": TASK, **words})
    memory = open_memory(read_settings())
    found = memory.store.procedures(active=False)
    assert found and {p.tier for p in found} == {"candidate"}
    assert not any(change.actor == "person" for change in memory.store.changes())
    memory.close()
