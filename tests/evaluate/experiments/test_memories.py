"""The memories of an experiment, built once and kept beside its results."""

from pathlib import Path

import pytest

from memp.embed.load import HASHING
from memp.evaluate.environments.alfworld import ALFWORLD
from memp.evaluate.experiments.arms import ARMS
from memp.evaluate.experiments.memories import Memories


def test_a_memory_whose_building_was_interrupted_is_built_anew(games: Path, tmp_path: Path):
    memories = Memories(ALFWORLD, games, tmp_path, learned=20, model=HASHING)

    def stop(what: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        memories.experiment([ARMS["script"]], [0], split="valid_train", most=1, progress=stop)
    assert memories.size("train") is None
    memories.experiment([ARMS["script"]], [0], split="valid_train", most=1)
    size = memories.size("train")
    assert size is not None and size.trajectories == 20


def test_one_results_file_has_its_memories_beside_it_and_old_ones_go_while_there_are_no_results(
    games: Path, tmp_path: Path
):
    out = tmp_path / "out.jsonl"
    (tmp_path / "out").mkdir()
    old = tmp_path / "out" / "memory.train.sqlite3"
    old.write_text("of another version")
    memories = Memories.beside(out, ALFWORLD, games, learned=20, model=HASHING)
    alone = memories.experiment([ARMS["script"]], [0], split="valid_train", most=1)
    assert len(alone.run(out)) == 1 and old.read_bytes().startswith(b"SQLite")
    Memories.beside(out, ALFWORLD, games, learned=20, model=HASHING)
    assert old.exists()
