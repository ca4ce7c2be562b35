"""The arms with which every world is played, and where its data lies."""

from dataclasses import replace
from pathlib import Path

import pytest
from kitchen_world import KITCHEN

from memp.errors import ConfigError
from memp.evaluate.commands.world import main as world
from memp.evaluate.experiments.worlds import COMPARED, RESULTS, Bounds, by_arm, data_of, played

FEW = Bounds(seeds=1, tasks=1, learned=2, model="hashing")


def test_the_data_of_a_world_lies_in_a_folder_of_its_name(tmp_path: Path):
    (tmp_path / "kitchen").mkdir()
    assert data_of(KITCHEN, tmp_path) == tmp_path / "kitchen"
    assert data_of(replace(KITCHEN, needs_data=False), None) == Path()
    with pytest.raises(ConfigError, match=r"--data FOLDER, with a folder 'kitchen' in it: any folder"):
        data_of(KITCHEN, None)
    with pytest.raises(ConfigError, match="has no folder of that name"):
        data_of(KITCHEN, tmp_path / "kitchen")


def test_each_arm_is_played_once_and_a_stopped_run_goes_on(tmp_path: Path):
    learned, totals, steps = list[str](), list[int](), list[str]()

    def play() -> int:
        episodes = played(KITCHEN, tmp_path, tmp_path / "out", FEW, learned.append, totals.append, steps.append)
        return len(by_arm(episodes)["script"])

    assert play() == 1 and totals == [len(COMPARED)] and sorted(steps) == sorted(COMPARED) and learned
    learned.clear()
    steps.clear()
    assert play() == 1 and not learned and not steps, "nothing is left to do"


def test_the_worlds_own_command_goes_on_with_the_same_results(tmp_path: Path):
    bounds = FEW._replace(split="test")
    played(KITCHEN, tmp_path, tmp_path / "out", bounds, str, int, str)
    before = (tmp_path / "out" / RESULTS).read_text()
    asked = "--seeds 1 --tasks 1 --learned 2 --hashing --only build".split()
    assert world(["--data", str(tmp_path), "--out", str(tmp_path / "out"), *asked], KITCHEN) == 0
    assert (tmp_path / "out" / RESULTS).read_text().startswith(before)
