"""Reading labelled runs."""

from pathlib import Path

import pytest
from labelled_runs import LAMPS, LETTERS, family, lamp, write
from paths import ROOT

from memp.errors import ConfigError, InputError
from memp.evaluate.experiments.traces import labels
from memp.evaluate.experiments.traces.labels import default_folder, read_traces


def test_families_are_read_set_by_set(tmp_path: Path):
    write(tmp_path, LETTERS, LAMPS)
    write(tmp_path, LAMPS, set="set_a")
    traces = read_traces(tmp_path)
    assert [(one.set, one.family) for one in traces.families] == [
        ("set_a", "lamp"), ("set_t", "lamp"), ("set_t", "letter"),
    ]  # fmt: skip
    assert traces.families[0].runs[1].trajectory.task == "Mend the lamp in cellar."


def test_the_labelled_runs_of_a_checkout_are_those_of_the_repository():
    assert default_folder() == ROOT / "tests" / "traces"
    assert len(read_traces(default_folder()).families) >= 25


def test_elsewhere_the_folder_has_to_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(labels.memp, "__file__", str(tmp_path / "memp" / "__init__.py"))
    with pytest.raises(ConfigError, match="--data"):
        default_folder()


def test_what_is_no_folder_of_labelled_runs_is_a_clear_error(tmp_path: Path):
    with pytest.raises(InputError, match="has no labelled runs"):
        read_traces(tmp_path)
    write(tmp_path, {"family": "lamp", "runs": LAMPS["runs"]})
    with pytest.raises(InputError, match=r"lamp.json is no family of labelled runs: same_procedure"):
        read_traces(tmp_path)
    write(tmp_path, family("lamp", lamp(1, "hall")))
    with pytest.raises(InputError, match=r"lamp.json is no family of labelled runs: runs"):
        read_traces(tmp_path)
    write(tmp_path, family("lamp", lamp(1, "hall", dispensable=[9]), lamp(2, "loft"), lamp(3, "shed")))
    with pytest.raises(InputError, match="lamp-1 has 3 steps, and a label names step 9"):
        read_traces(tmp_path)
