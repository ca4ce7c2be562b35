"""The runs of a procedure beside its steps."""

from collections.abc import Callable
from typing import Any

import pytest

from memp.domain.procedure import Script
from memp.domain.trajectory import Step, Trajectory
from memp.memory import ProceduralMemory
from memp_clients.commands.inspection.beside import Row, aligned_rows

Document = Callable[..., dict[str, Any]]

SCRIPT = Script(goal="Free a port", steps=("find who listens on {port}", "stop the unit", "look again"))


def run(*lines: str) -> Trajectory:
    parted = [line.partition(" -> ") for line in lines]
    steps = tuple(Step(action=action, observation=seen) for action, _, seen in parted)
    return Trajectory(task="Free port 80", steps=steps, reward=1.0)


def shown(rows: list[Row]) -> list[tuple[int, list[str]]]:
    return [(row.number, [f"{did.text}{'!' * did.failed}" if did else "" for did in row.did]) for row in rows]


def test_each_step_has_beside_it_what_the_runs_did_for_it():
    first = run("find who listens on 80", "stop the unit nginx", "look again")
    second = run(
        "read the notes", "find who listens on 81", "stop the unit apache", "drink tea", "look again", "go home"
    )
    assert shown(aligned_rows(SCRIPT, [first, second])) == [
        (0, ["", "read the notes"]),
        (1, ["find who listens on 80", "find who listens on 81"]),
        (2, ["stop the unit nginx", "stop the unit apache"]),
        (0, ["", "drink tea"]),
        (3, ["look again", "look again"]),
        (0, ["", "go home"]),
    ]


def test_a_step_that_failed_gives_way_to_the_one_that_worked():
    tried = run(
        "find who listens on 80", "stop the unit -> error: permission denied", "stop the unit as root", "look again"
    )
    assert shown(aligned_rows(SCRIPT, [tried])) == [
        (1, ["find who listens on 80"]),
        (0, ["stop the unit!"]),
        (2, ["stop the unit as root"]),
        (3, ["look again"]),
    ]


def test_a_step_that_no_run_did_stands_alone_and_long_additions_are_counted():
    other = run("find who listens on 80", *(f"try number {'x' * n}" for n in range(9)), "look again")
    assert shown(aligned_rows(SCRIPT, [other])) == [
        (1, ["find who listens on 80"]),
        (2, [""]),
        (0, ["try number"]),
        (0, ["try number x"]),
        (0, ["... and 7 more steps"]),
        (3, ["look again"]),
    ]
    assert shown(aligned_rows(SCRIPT, [])) == [(1, []), (2, []), (3, [])]


@pytest.mark.usefixtures("home")
def test_a_success_and_a_failure_are_shown_at_the_terminal(memory: ProceduralMemory, document: Document, run: Any):
    steps = ["find who listens on 80 -> nginx", "stop the unit nginx -> ok", "look again -> free"]
    memory.record("Free port 80", steps, 1, script=SCRIPT.model_dump())
    memory.record("Free port 81", ["find who listens on 81 -> nobody"], 0, used=["p1"])
    for port in (82, 83, 84):
        memory.record(f"Free port {port}", [one.replace("80", str(port)) for one in steps], 1, used=["p1"])
    found = document("show", "p1", "--runs")
    assert found["runs"] == {"t5": "success", "t2": "failure", "t4": "success"}
    assert found["rows"][0] == {
        "step": 1,
        "did": {
            "t5": {"action": "find who listens on 84"},
            "t2": {"action": "find who listens on 81"},
            "t4": {"action": "find who listens on 83"},
        },
    }
    out = run("show", "p1", "--runs")[1]
    assert "t5 worked" in out and "t2 failed" in out
    assert "of a procedure" in run("show", "t1", "--runs")[2]
