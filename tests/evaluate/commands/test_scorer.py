"""`memp eval scorer`: the command asks a model for its likelihoods, and goes on where it stopped."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from memp.evaluate.commands import scorer as command
from memp.evaluate.experiments.decisions import (
    ARMS,
)
from memp.memory import ProceduralMemory

Opener = Callable[..., ProceduralMemory]


def test_the_command_refuses_what_it_cannot_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    rest = ["--data", str(tmp_path), "--out", str(tmp_path / "out.jsonl")]
    assert command.main([*rest, "--gguf", "x", "--arms", "none,all"]) == 2
    assert "There is no arm 'all'" in capsys.readouterr().err
    assert command.main([*rest, "--gguf", str(tmp_path / "gone.gguf")]) == 1
    assert re.search("cyllama|cannot be read", capsys.readouterr().err)


def test_the_command_asks_plays_and_goes_on_where_it_stopped(
    few_games: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "out.jsonl"
    told = [
        "--data", str(few_games), "--out", str(out), "--model", "copying", "--split", "valid_train", "--learned", "10",
        "--hashing", "--steps", "3",
    ]  # fmt: skip
    assert command.main([*told, "--games", "2", "--play", "1"]) == 0
    printed = capsys.readouterr().out
    assert all(arm in printed for arm in ARMS) and "copying 0: valid_train, seed 0" in printed
    assert "played, none: won 0 of 1" in printed
    first = out.read_bytes()
    assert command.main([*told, "--games", "2", "--minutes", "0"]) == 0 and out.read_bytes() == first
    assert command.main([*told, "--games", "3"]) == 0
    assert out.read_bytes().startswith(first) and len(out.read_bytes()) > len(first)
    assert command.main([*told, "--games", "3", "--seed", "1"]) == 1
    assert "another setting" in capsys.readouterr().err
