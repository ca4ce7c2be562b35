"""`memp eval`: what stops it before it begins."""

import sys

import pytest

from memp.errors import ConfigError, InputError
from memp.evaluate.__main__ import EXPERIMENTS, main


def test_without_scipy_nothing_is_measured_that_could_not_be_reported(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ConfigError, match="pip install 'scipy"):
        main(["traces"])


def test_an_experiment_that_there_is_not_lists_those_that_there_are():
    with pytest.raises(InputError, match='no experiment "nothing": traces, alfworld'):
        main(["nothing"])
    with pytest.raises(InputError, match="Say what to measure: traces"):
        main([])


def test_help_lists_each_experiment_on_lines_of_a_terminal(capsys: pytest.CaptureFixture[str]):
    assert main(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines if line[:3].strip() and line.startswith("  ")] == list(EXPERIMENTS)
