"""Processes that are killed while they record, and what the next start makes of it."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from memp import open_memory

RECORDER = """
import sys
from memp import open_memory
memory = open_memory(db=sys.argv[1], model=sys.argv[2], builder="extractive")
memory.build_unfinished(abandoned=True)  # As a server does when it starts.
print("ready", flush=True)
for number in range(1_000_000):
    me = f"{sys.argv[3]}-{number}"
    steps = [f"go to shelf {me} -> there", f"take box {me} -> taken", f"pack {number % 7} -> packed"]
    used = ["p1"] if number % 3 == 1 else []
    done = memory.record(f"fetch box {me} of the depot", steps, "failure" if number % 5 == 4 else "success", used=used)
    print(f"t{done.trajectory} {me}", flush=True)
"""


class Left(NamedTuple):
    """What is not as it must be: runs that are lost, runs of which not all was made, vectors, and faults of the file."""

    lost: int
    unbuilt: int
    vectors: int
    faults: int


def killed(path: Path, count: int, model: str, chance: random.Random) -> dict[int, str]:
    """The runs that were acknowledged by processes of which each was killed: by id, which task."""
    acknowledged: dict[int, str] = {}
    with closing(open_memory(db=path, model=model, builder="extractive")) as memory:
        memory.record("fetch a box of the depot", ["go to the shelf -> there", "take the box -> taken"], "success")
    for number in range(count):
        command = [sys.executable, "-c", RECORDER, str(path), model, str(number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None and process.stdout.readline() == "ready\n"
            lines = [process.stdout.readline() for _ in range(chance.randrange(1, 12))]
            time.sleep(chance.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
            lines += process.stdout
        for line in lines:
            if line.endswith("\n"):
                label, name = line.split()
                acknowledged[int(label[1:])] = name
    return acknowledged


def left(path: Path, acknowledged: dict[int, str], model: str) -> Left:
    """What is not as it must be once a process has started again."""
    with closing(open_memory(db=path, model=model, builder="extractive")) as memory:
        memory.build_unfinished(abandoned=True)
        memory.embed_left()
        tasks = memory.store.trajectory_tasks(list(acknowledged))
        lost = sum(f" {name} " not in tasks.get(number, "") for number, name in acknowledged.items())
        stats = memory.store.stats()
        runs = range(1, stats.trajectories + 1)
        unbuilt = stats.unfinished + _unbuilt(memory.store.trajectory, memory.store.built_from, runs)
        wrong = len(memory.wrong_vectors(lambda _: None))
        return Left(lost, unbuilt, stats.pending + wrong, len(memory.store.check_deep()))


def _unbuilt(run_of: object, built_from: object, runs: Collection[int]) -> int:
    """How many successes no procedure came of."""
    assert callable(run_of) and callable(built_from)
    return sum(run_of(number).reward == 1 and built_from(number) is None for number in runs)
