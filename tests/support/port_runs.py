"""Runs of a shell that free a port, as commands record them, and files to import."""

import json
from pathlib import Path
from typing import Any

from memp.memory import ProceduralMemory

TASK = "Free port 80 on the web server"
STEPS = ["lsof -i :80 -> nginx, pid 7", "systemctl stop nginx -> stopped", "lsof -i :80 -> nothing"]
RUN = {"task": TASK, "steps": STEPS, "outcome": "success"}
RECORD = ["record", "--task", TASK, *(word for step in STEPS for word in ("--step", step)), "--outcome", "success"]
"""The command that records it."""

ROLLOUT = {
    "game": "train/pick-Mug/trial_1",
    "conversations": [
        {"from": "human", "value": "You are in a room.\n\nYour task is to: put a mug in cabinet."},
        {"from": "gpt", "value": "go to desk 1"},
        {"from": "human", "value": "On the desk 1, you see a mug 1."},
        {"from": "gpt", "value": "take mug 1 from desk 1"},
        {"from": "human", "value": "You pick up the mug 1 from the desk 1."},
        {"from": "gpt", "value": "put mug 1 in/on cabinet 1"},
        {"from": "human", "value": "You put the mug 1 in/on the cabinet 1."},
    ],
}


def write(path: Path, *records: object) -> str:
    """A file with a record a line; its path."""
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return str(path)


def rollouts(count: int) -> list[dict[str, Any]]:
    """Different runs of one task: each looks in vain in another place first."""
    opening, *rest = ROLLOUT["conversations"]
    detour = [
        [
            {"from": "gpt", "value": f"go to shelf {n}"},
            {"from": "human", "value": f"On the shelf {n}, you see nothing."},
        ]
        for n in range(count)
    ]
    return [{"game": f"g{n}", "conversations": [opening, *detour[n], *rest]} for n in range(count)]


SCRIPT = {"goal": "Free a port", "steps": ["find who listens on {port}", "stop it", "look again"]}

MENDED = {"goal": "Free a port", "steps": ["find who listens on {port}", "stop its unit", "look again"]}

PROOF = "check: curl, exit 0"


def on_trial(memory: ProceduralMemory) -> None:
    """p1, validated and used, with a revision on trial."""
    memory.record(TASK, STEPS, 1, evidence=PROOF, script=SCRIPT)
    memory.record("Free port 81", [*STEPS, "done -> yes"], 1, evidence=PROOF, used=["p1"])
    memory.reflect("Free port 82", STEPS[:2], "still busy", used=["p1"], revision=MENDED)
