"""`memp forget` and `memp tidy`: what goes, what stays, and that no byte is left."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest
from port_runs import MENDED, PROOF, SCRIPT, STEPS, TASK

from memp.memory import ProceduralMemory

Run = Callable[..., tuple[int, str, str]]

Document = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.usefixtures("home")

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
        assert len(document("why", "p1")["sources"]) == 1

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


class TestTidy:
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
