"""The memories of an experiment, built once and kept beside its results."""

from contextlib import closing
from pathlib import Path

import pytest
import tiny_trips

from memp.embed.load import HASHING
from memp.evaluate.environments.alfworld import ALFWORLD
from memp.evaluate.environments.travelplanner.world import TRAVELPLANNER
from memp.evaluate.experiments.arms import ARMS, Arm
from memp.evaluate.experiments.memories import Memories


def test_a_memory_whose_building_was_interrupted_is_built_anew(few_games: Path, tmp_path: Path):
    memories = Memories(ALFWORLD, few_games, tmp_path, learned=20, model=HASHING)

    def stop(what: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        memories.experiment([ARMS["script"]], [0], split="valid_train", most=1, progress=stop)
    assert memories.size("train") is None
    memories.experiment([ARMS["script"]], [0], split="valid_train", most=1)
    size = memories.size("train")
    assert size is not None and size.trajectories == 20


def test_one_results_file_has_its_memories_beside_it_and_old_ones_go_while_there_are_no_results(
    few_games: Path, tmp_path: Path
):
    out = tmp_path / "out.jsonl"
    (tmp_path / "out").mkdir()
    old = tmp_path / "out" / "memory.train.sqlite3"
    old.write_text("of another version")
    memories = Memories.beside(out, ALFWORLD, few_games, learned=20, model=HASHING)
    alone = memories.experiment([ARMS["script"]], [0], split="valid_train", most=1)
    assert len(alone.run(out)) == 1 and old.read_bytes().startswith(b"SQLite")
    Memories.beside(out, ALFWORLD, few_games, learned=20, model=HASHING)
    assert old.exists()


def test_a_curve_has_a_memory_for_each_point_and_goes_on_from_the_last(tmp_path: Path):
    data, folder = tiny_trips.write(tmp_path / "data"), tmp_path / "memories"
    arms = {0: [ARMS["none"]], 1: [Arm(name="1 tasks")], 3: [Arm(name="3 tasks")], 4: [Arm(name="4 tasks")]}

    def sizes(seed: int) -> list[int]:
        """Train tasks that the memory of each point has a solution of."""
        memories = Memories(TRAVELPLANNER, data, folder, model=HASHING)
        goals = {task.goal for task in memories.world.tasks("train")}
        counts: list[int] = []
        for experiment in list(memories.curve(arms, seed))[1:]:
            with closing(experiment.open_memory(experiment.arms[0], seed)) as memory:
                stored = [memory.store.trajectory(n + 1) for n in range(memory.store.stats().trajectories)]
            counts.append(len({run.task for run in stored if run.reward == 1} & goals))
        return counts

    assert sizes(0) == [1, 3, 4]
    kept = {path.name: path.stat().st_mtime_ns for path in folder.glob("memory.curve-0-?.sqlite3")}
    (folder / "memory.curve-0-4.sqlite3").unlink()
    assert sizes(0) == [1, 3, 4]
    again = {path.name: path.stat().st_mtime_ns for path in folder.glob("memory.curve-0-?.sqlite3")}
    assert {name for name in kept if kept[name] == again[name]} == {
        "memory.curve-0-1.sqlite3",
        "memory.curve-0-3.sqlite3",
    }
