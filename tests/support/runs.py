"""Runs that the tests record: small, hand-written, in the style of a text game and of a coding agent."""

from collections.abc import Sequence
from typing import Any

from memp.domain.results import Recall
from memp.memory import ProceduralMemory

CLEAN_MUG = [
    "go to shelf 1 -> On the shelf 1, you see nothing.",
    "go to countertop 1 -> On the countertop 1, you see a mug 2, and a knife 1.",
    "take mug 2 from countertop 1 -> You pick up the mug 2 from the countertop 1.",
    "go to sinkbasin 1 -> On the sinkbasin 1, you see nothing.",
    "clean mug 2 with sinkbasin 1 -> You clean the mug 2 using the sinkbasin 1.",
    "go to cabinet 3 -> The cabinet 3 is open. In it, you see nothing.",
    "move mug 2 to cabinet 3 -> You move the mug 2 to the cabinet 3.",
]
CLEAN_CUP = [
    "go to countertop 2 -> On the countertop 2, you see a cup 1.",
    "take cup 1 from countertop 2 -> You pick up the cup 1 from the countertop 2.",
    "go to sinkbasin 1 -> On the sinkbasin 1, you see nothing.",
    "clean cup 1 with sinkbasin 1 -> You clean the cup 1 using the sinkbasin 1.",
    "go to cabinet 1 -> The cabinet 1 is open. In it, you see nothing.",
    "move cup 1 to cabinet 1 -> You move the cup 1 to the cabinet 1.",
]
NOT_HELD = ["go to cabinet 1 -> The cabinet 1 is open.", "move mug 2 to cabinet 1 -> Nothing happens."]

MIGRATE = [
    "ls migrations -> 0001_init.sql 0002_orders.sql",
    'psql -f migrations/0003_add_status.sql -> ERROR: relation "orders" is locked',
    "set lock_timeout = '2s' and run psql -f migrations/0003_add_status.sql -> ALTER TABLE",
    "make test -> 41 passed",
]
"""A failed attempt that was recovered from."""

SCRIPT = {
    "goal": "Add a column to the table {table} without downtime",
    "when_to_use": "a large Postgres table in use",
    "not_when": "the table is empty: plain ALTER TABLE will do",
    "steps": [
        "Set lock_timeout to a few seconds",
        "ALTER TABLE {table} ADD COLUMN {column} without a default",
        "Run the tests",
    ],
    "verification": "the tests pass and \\d {table} shows the column",
    "pitfalls": [{"trigger": "relation is locked", "instead": "set lock_timeout and retry"}],
}

TASK = "put a clean mug in cabinet."
CHECKED = "check: look in cabinet, exit 0"
"""Evidence from outside the agent: what validates a procedure."""

BETTER = {"goal": "Put a clean {object} in {place}", "steps": ["hold it", "go on"]}
"""A revision of what CLEAN_MUG teaches."""


def again(number: int) -> list[str]:
    """CLEAN_MUG as another trajectory with the same chain of steps, one for each number."""
    return [f"{step} {'!' * number}" if "->" in step else step for step in CLEAN_MUG]


def clean(thing: str, number: int) -> list[str]:
    """CLEAN_CUP with another thing, from another countertop into another cabinet: from the third of them on, a procedure says
    the same as before."""
    moved = (
        step.replace("countertop 2", f"countertop {number}").replace("cabinet 1", f"cabinet {number}")
        for step in CLEAN_CUP
    )
    return [step.replace("cup 1", f"{thing} 1") for step in moved]


def steps_shown(memory: ProceduralMemory, task: str = TASK, error: str | None = None) -> tuple[str, ...]:
    """The steps of the one procedure that a recall brings."""
    (match,) = memory.recall(task, error=error).matches
    return match.procedure.script.steps


def teach(memory: ProceduralMemory, task: str, steps: Sequence[str], goal: str = "", **more: Any) -> int:
    """Record a success with a script of the caller's own; the id of the procedure. Without a goal it is the task."""
    done = memory.record(
        task,
        [f"{step} -> ok" for step in steps],
        "success",
        script={"goal": goal or task, "steps": list(steps)},
        **more,
    )
    assert done.built is not None
    return done.built


def shown(recall: Recall) -> list[int]:
    """The ids of the procedures that a recall brings, best first."""
    return [match.procedure.id for match in recall.matches]
