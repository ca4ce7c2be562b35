"""`memp eval online`: the command."""

from pathlib import Path

import pytest
from paths import ALFWORLD

from memp.evaluate.__main__ import main


@pytest.mark.skipif(not ALFWORLD.is_dir(), reason="no ALFWorld data: set MEMP_TEST_ALFWORLD")
def test_the_command_plays_alfworld_and_prints_both_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    sizes = [
        "--stream",
        "4",
        "--group",
        "2",
        "--tasks",
        "2",
        "--seeds",
        "1",
        "--wrong",
        "0.5",
        "--split",
        "valid_train",
    ]
    asked = ["online", "--data", str(ALFWORLD), "--out", str(tmp_path / "o.jsonl"), "--hashing", "--arms", "none,ours"]
    assert main([*asked, *sizes]) == 0
    told = capsys.readouterr().out
    assert "final success %" in told and told.count("│ ours ") == 2
    assert (tmp_path / "o.jsonl").read_text().count("\n") == 3


@pytest.mark.parametrize("wrong", [["--wrong", "2"], ["--wrong", "x"], ["--seeds", "0"], ["--group", "-1"]])
def test_the_command_refuses_what_it_cannot_run(tmp_path: Path, wrong: list[str]):
    with pytest.raises(SystemExit, match="2"):
        main(["online", "--data", str(tmp_path), "--out", str(tmp_path / "o"), *wrong])


def test_the_command_names_unknown_arms_and_missing_games(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    asked = ["online", "--data", str(tmp_path), "--out", str(tmp_path / "o.jsonl")]
    assert main([*asked, "--arms", "best"]) == 2 and "no arm 'best'" in capsys.readouterr().err
    assert main(asked) == 1 and "alfworld-download" in capsys.readouterr().err
