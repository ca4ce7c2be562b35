"""The soak test at a small size: nothing is lost, half done or unnoticed."""

import random
import shutil
import sys
from pathlib import Path

import pytest
from soaking import cuts, damage, disk, kills

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="signals, limits and traces of Linux")


def test_processes_that_are_killed_lose_nothing_and_leave_nothing_half_done(tmp_path: Path):
    path = tmp_path / "memory.sqlite3"
    acknowledged = kills.killed(path, 6, "hashing", random.Random(1))
    assert acknowledged
    assert kills.left(path, acknowledged, "hashing") == kills.Left(0, 0, 0, 0)


def test_damage_is_found_and_mended(tmp_path: Path):
    path = damage.memory(tmp_path / "whole.sqlite3", runs=25)
    found = damage.tried(path, tmp_path, 8, random.Random(1))
    assert (found.missed, found.faults, found.mended + found.unreadable) == (0, 0, 8)
    assert found.mended >= 6
    assert set(damage.indexes(path, tmp_path).values()) == {0}
    assert set(damage.vanished(path, tmp_path).values()) == {0}


def test_disks_files_and_clocks_that_are_not_as_they_should_be_are_answered(tmp_path: Path):
    assert {what: fault for what, fault in disk.tried(tmp_path) if fault} == {}


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_what_is_acknowledged_is_on_the_disk(tmp_path: Path):
    result = cuts.tried(tmp_path, 5)
    assert (result.lost, result.unusable) == (0, 0) and result.syncs >= 5
