"""Fixtures of evaluate's tests: memories of the tests' kitchen."""

import gzip
import json
import lzma
import shutil
from pathlib import Path

import pytest
from tiny_kitchen import run_with_mug_at

from memp.memory import ProceduralMemory


@pytest.fixture(scope="session")
def few_games(games: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every eighth of ALFWorld's games and their rollouts: it is opened in a fraction of the time."""
    folder = tmp_path_factory.mktemp("games")
    shutil.copy(games / "common.json", folder)
    with lzma.open(games / "games.jsonl.xz") as lines:
        few = list(lines)[::8]
    with lzma.open(folder / "games.jsonl.xz", "wb", preset=0) as file:
        file.writelines(few)
    ids = {json.loads(line)["game"] for line in few}
    with gzip.open(games / "expert_train.jsonl.gz") as lines:
        played = [line for line in lines if json.loads(line)["game"] in ids]
    with gzip.open(folder / "expert_train.jsonl.gz", "wb", compresslevel=1) as file:
        file.writelines(played)
    return folder


@pytest.fixture
def taught(memory: ProceduralMemory) -> ProceduralMemory:
    """A memory in which mugs were mostly on countertops."""
    for place in ("shelf 1", "countertop 1", "countertop 2", "countertop 3"):
        memory.record("put a mug in cabinet.", run_with_mug_at(place), "success")
    return memory


@pytest.fixture
def taught_two_types(memory: ProceduralMemory) -> ProceduralMemory:
    """A memory of the kitchen's task, and of one of another type."""
    for place in ("shelf 1", "countertop 1"):
        steps = [step.replace("put mug 1 in/on", "move mug 1 to") for step in run_with_mug_at(place)]
        memory.record("put a mug in cabinet.", steps, "success")
    memory.record(
        "find the lost key and turn it", ["look -> a key", "grab key -> ok", "turn key -> it clicks"], "success"
    )
    return memory
