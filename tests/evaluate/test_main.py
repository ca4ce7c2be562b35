"""`memp eval`: what stops it before it begins."""

import sys

import pytest

from memp.errors import ConfigError, InputError
from memp.evaluate.__main__ import main


def test_without_scipy_nothing_is_measured_that_could_not_be_reported(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ConfigError, match="pip install 'scipy"):
        main(["traces"])


def test_an_experiment_that_there_is_not_lists_those_that_there_are():
    with pytest.raises(InputError, match="memp eval traces"):
        main(["nothing"])
