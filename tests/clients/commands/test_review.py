"""`memp review`, `why`, `forget`, `tidy` and `stats`, through the command's entry point."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest
from mcp.client import Client

from memp.config import open_memory, read_settings
from memp.memory import ProceduralMemory
from memp_server.app import make_server
from memp_server.opening import LazyMemory

TASK = "Free port 80 on the web server"
STEPS = ["lsof -i :80 -> nginx, pid 7", "systemctl stop nginx -> stopped", "lsof -i :80 -> nothing"]
SCRIPT = {"goal": "Free a port", "steps": ["find who listens on {port}", "stop it", "look again"]}
MENDED = {"goal": "Free a port", "steps": ["find who listens on {port}", "stop its unit", "look again"]}
PROOF = "check: curl, exit 0"

Run = Callable[..., tuple[int, str, str]]
Document = Callable[..., dict[str, Any]]


pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def memory(home: Path) -> Any:
    """The memory that the commands see."""
    opened = open_memory(read_settings())
    yield opened
    opened.close()


def on_trial(memory: ProceduralMemory) -> None:
    """p1, validated and used, with a revision on trial."""
    memory.record(TASK, STEPS, 1, evidence=PROOF, script=SCRIPT)
    memory.record("Free port 81", [*STEPS, "done -> yes"], 1, evidence=PROOF, used=["p1"])
    memory.reflect("Free port 82", STEPS[:2], "still busy", used=["p1"], revision=MENDED)


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

    def test_a_revision_is_shown_beside_the_current_one(self, memory: ProceduralMemory, document: Document, run: Run):
        on_trial(memory)
        shown = document("review", "p1r2")
        assert shown["current"]["evidence"]["uses"] == 2
        assert shown["changes"] == ["- stop it", "+ stop its unit"]
        _, out, _ = run("review", "p1r2")
        changed = next(line for line in out.splitlines() if "stop its unit" in line)
        assert "stop it " in changed and "~" in changed

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

    @pytest.mark.parametrize("arguments", [["--approve"], ["p1", "--approve", "--pin"]])
    def test_a_wrong_command_line_is_two(self, run: Run, arguments: list[str]):
        assert run("review", *arguments)[0] == 2

    def test_on_a_terminal_it_goes_through_them_one_by_one(self, memory: ProceduralMemory):
        for task, steps in (
            ("Bake bread", ["mix -> dough", "bake -> bread"]), ("Wash the car", ["get water -> a bucket", "scrub -> clean"]),
            (TASK, STEPS),
        ):  # fmt: skip
            memory.record(task, steps, 1)
        theirs, ours = pty.openpty()
        os.write(theirs, b"p\nx\nr\nq\n")
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
        assert first["score"] == pytest.approx(first["relevance"] + 0.2 * (first["posterior"]["mean"] - 0.5), abs=2e-3)
        second = document("why", "p2", "--task", TASK)["ranking"]
        assert second["place"] is None and "more trusted" in second["told"]
        none = document("why", "p1", "--task", "Bake sourdough bread")["ranking"]
        assert none["place"] is None and none["score"] is None
        assert memory.store.stats().recalls == before

    def test_it_ranks_by_what_recall_goes_by_whatever_host_the_task_names(
        self, memory: ProceduralMemory, document: Document
    ):
        memory.record("Restart the mail queue on host amber-240", STEPS, 1, script={"goal": "Restart", "steps": ["go"]})
        task = "Restart the mail queue on host zephyr-777"
        (match,) = memory.recall(task).matches
        ranking = document("why", "p1", "--task", task)["ranking"]
        assert ranking["relevance"] == pytest.approx(match.score, abs=2e-3) and ranking["place"] == 1

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


MARKS = ["qzvxmarker", "žlúťučkýqzv"]
"""A text in ASCII and one that is not; the word index holds the second without its accents."""


def left(home: Path) -> list[tuple[str, str]]:
    """In which files which form of the marks stands."""
    forms = {form.encode() for mark in MARKS for form in (mark, mark.upper(), json.dumps(mark)[1:-1])} | {
        b"zlutuckyqzv"
    }
    files = [home / f"memory.sqlite3{end}" for end in ("", "-wal", "-shm", "-journal")]
    return [(f.name, form.decode()) for f in files if f.exists() for form in forms if form in f.read_bytes()]


def fill_with_marks(memory: ProceduralMemory) -> None:
    """p1 with the marks wherever a text may stand, from t1 to t3; p2 and what else is of nobody's concern."""
    mark = " ".join(MARKS)
    script = {
        "goal": f"Free {mark}", "steps": [f"find {mark} on {{port}}", "stop it"], "when_to_use": mark, "not_when": mark,
        "verification": mark, "preconditions": [mark], "pitfalls": [{"trigger": mark, "instead": mark}],
        "parameters": {"port": f"where {mark} listens"},
    }  # fmt: skip
    steps = [{"action": f"see {mark}", "observation": f"got {mark}", "thought": mark}, "stop it -> done"]
    memory.record(f"Free {mark}", steps, 1, evidence=f"check: {mark}, exit 0", script=script, facts=[mark, "a port"])
    memory.record(f"Free {mark.upper()} again", steps, 0, evidence=mark, used=["p1"])
    revision = {**script, "steps": [f"look at {mark}", "stop it"]}
    memory.reflect(f"Free {mark} now", steps, f"Error: {mark}", used=["p1"], lesson=mark, revision=revision)
    memory.record(TASK, STEPS, 1, evidence=PROOF, facts=["a port", "a server"])


class TestForget:
    def test_no_byte_is_left_and_all_else_stays(self, memory: ProceduralMemory, document: Document, home: Path):
        fill_with_marks(memory)
        memory.record("Free port 81", [*STEPS[:2], "curl :81 -> refused"], 0, used=["p2"])
        memory.close()
        assert len({form for _, form in left(home)}) >= 4
        gone = document("forget", "p1", "--yes")["forgotten"]
        assert ([run["id"] for run in gone["runs"]], gone["pitfalls"] > 0) == (["t1", "t2", "t3"], True)
        assert left(home) == []
        assert document("doctor")["ok"]
        assert document("recall", TASK)["matches"][0]["id"] == "p2"
        listed = document("list", "--all")["procedures"]
        assert [(p["id"], p["uses"], p["successes"]) for p in listed] == [("p2", 1, 0)]
        counted = document("stats")
        assert (counted["trajectories"], counted["credits"], counted["pitfalls"]) == (2, 1, 1)
        log = document("why", "p2")["log"]
        assert [entry["action"] for entry in log] == ["created"]

    def test_a_run_that_is_forgotten_takes_what_came_from_it_alone(
        self, memory: ProceduralMemory, document: Document, home: Path
    ):
        fill_with_marks(memory)
        # t1 made p1; t2 and t3 followed it.
        gone = document("forget", "t1", "t2", "t3", "--yes")["forgotten"]
        assert [(p["id"], p["asked"]) for p in gone["procedures"]] == [("p1", False)]
        assert left(home) == []
        assert document("doctor")["ok"]

    def test_a_procedure_keeps_nothing_of_one_of_its_runs(
        self, memory: ProceduralMemory, document: Document, home: Path
    ):
        mark = " ".join(MARKS)
        for task, facts in ((TASK, ["a port"]), (f"Free {mark} on the web server", [mark, "a server"])):
            memory.record(task, STEPS, 1, script={**SCRIPT, "steps": ["look", "stop it"]}, facts=facts)
        memory.reflect(f"Free {mark}", STEPS[:1], f"Error {mark}", used=["p1"], revision=MENDED)
        assert memory.store.stats().procedures == 1 and left(home)
        memory.close()
        gone = document("forget", "t2", "t3", "--yes")["forgotten"]
        assert (gone["procedures"], gone["still_in"]) == ([], ["p1"])
        assert left(home) == []
        assert document("doctor")["ok"]
        assert document("recall", TASK)["matches"][0]["runs"] == 1

    def test_what_runs_found_out_is_uncounted_exactly(self, open_memory: Any, home: Path, document: Document):
        memory = open_memory()
        tasks = [("mug", "shelf"), ("mug", "shelf"), ("mug", "desk"), ("cup", "desk")]
        for n, (thing, place) in enumerate(tasks):
            memory.record(
                f"put a {thing} in cabinet {n}",
                [f"go to {place} 1 -> On the {place} 1, you see a {thing} 1.",
                 f"take {thing} 1 from {place} 1 -> You pick up the {thing} 1 from the {place} 1.",
                 f"go to cabinet {n} -> It is open.", f"move {thing} 1 to cabinet {n} -> You move the {thing} 1."],
                1,
            )  # fmt: skip
        abouts = ["where mug is", "where cup is"]
        before = memory.store.findings(abouts, [""])
        assert before == {"where mug is": [("shelf", 2), ("desk", 1)], "where cup is": [("desk", 1)]}
        memory.close()
        document("forget", "t2", "t4", "--yes")
        after = open_memory().store.findings(abouts, [""])
        assert after == {"where mug is": [("desk", 1), ("shelf", 1)]}

    def test_runs_may_be_kept_and_runs_that_others_need_stay(self, memory: ProceduralMemory, document: Document):
        memory.record(TASK, STEPS, 1, script=SCRIPT)
        memory.record("Bake bread", ["mix -> dough", "bake -> bread"], 1)
        memory.record("Free port 81", [*STEPS, "done -> no"], 0, used=["p1", "p2"])
        assert document("forget", "p1", "--keep-runs", "--yes")["forgotten"]["runs"] == []
        assert document("stats")["trajectories"] == 3
        gone = document("forget", "p2", "--yes")["forgotten"]
        assert [run["id"] for run in gone["runs"]] == ["t2", "t3"]
        assert document("show", "t1")["task"] == TASK

    def test_it_lists_what_goes_and_without_a_yes_nothing_does(
        self, memory: ProceduralMemory, run: Run, document: Document
    ):
        memory.record(TASK, STEPS, 1)
        status, out, err = run("forget", "p1")
        assert (status, out) == (1, "")
        assert TASK in err and "--yes" in err
        assert document("stats")["procedures"] == 1

    @pytest.mark.parametrize("name", ["p7", "t7", "x", "p1r2"])
    def test_what_is_not_there_is_one_sentence(self, memory: ProceduralMemory, run: Run, name: str):
        memory.record(TASK, STEPS, 1)
        status, out, err = run("forget", name, "--yes")
        assert (status, out) == (1, "") and err.startswith("memp: ")
        assert memory.store.stats().procedures == 1

    def test_where_another_process_reads_the_rest_is_cleared_later(
        self, memory: ProceduralMemory, run: Run, document: Document, home: Path, monkeypatch: pytest.MonkeyPatch
    ):
        fill_with_marks(memory)
        monkeypatch.setenv("MEMP_BUSY_TIMEOUT", "0.1")
        other = apsw.Connection(str(home / "memory.sqlite3"))
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM trajectories").fetchall()
        status, out, err = run("forget", "p1", "--yes")
        assert (status, out) == (1, "")
        assert "It is deleted, but traces may be left" in err and "memp forget --scrub" in err
        assert document("doctor")["ok"] and document("recall", TASK)["matches"][0]["id"] == "p2"
        assert run("forget", "--scrub")[0] == 1
        other.close()
        assert document("forget", "--scrub") == {"scrubbed": True}
        assert left(home) == []

    def test_where_another_process_writes_nothing_is_forgotten(
        self, memory: ProceduralMemory, run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
    ):
        memory.record(TASK, STEPS, 1)
        monkeypatch.setenv("MEMP_BUSY_TIMEOUT", "0.1")
        other = apsw.Connection(str(home / "memory.sqlite3"))
        other.execute("BEGIN IMMEDIATE")
        status, _, err = run("forget", "p1", "--yes")
        other.close()
        assert status == 1 and "nothing was stored; try again" in err
        assert memory.store.stats().procedures == 1


class TestTidyListAndStats:
    def test_tidying_says_what_it_would_archive_and_then_does(
        self, memory: ProceduralMemory, document: Document, monkeypatch: pytest.MonkeyPatch
    ):
        memory.record(TASK, STEPS, 1, evidence=PROOF)
        memory.record("Bake bread", ["mix -> dough", "bake -> bread"], 1)
        memory.record("Bake bread", ["mix -> dough", "burn -> no"], 0, used=["p2"])
        monkeypatch.setenv("MEMP_CAPACITY", "1")
        would = document("tidy", "--dry-run")
        assert list(would["archived"]) == ["p2"] and "room for 1" in would["archived"]["p2"]
        assert len(document("list")["procedures"]) == 2
        assert document("tidy")["archived"] == would["archived"]
        assert [p["id"] for p in document("list")["procedures"]] == ["p1"]
        assert document("tidy")["archived"] == {}

    def test_the_list_shows_tier_and_trial(self, memory: ProceduralMemory, document: Document, run: Run):
        on_trial(memory)
        listed = document("list")["procedures"][0]
        assert (listed["tier"], listed["trial"]) == ("validated", 2)
        assert "r2 on trial" in " ".join(run("list")[1].split())
        assert [r["state"] for r in document("show", "p1")["revisions"]] == ["current", "trial"]

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
