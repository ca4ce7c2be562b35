"""The measurement over families, and its results file."""

import json
from pathlib import Path

from labelled_runs import LAMPS, LETTERS, write

from memp.evaluate.experiments.traces.labels import read_traces
from memp.evaluate.experiments.traces.measures import MEASURES
from memp.evaluate.experiments.traces.study import REPLAY, RESULTS, measured, opener
from memp.evaluate.experiments.traces.study import write as write_results


def test_every_family_has_a_line_with_every_measure_and_the_same_again(tmp_path: Path):
    traces, done = read_traces(write(tmp_path / "data", LAMPS, LETTERS)), list[int]()
    lines = measured(traces, opener("hashing"), lambda: done.append(1))
    assert [line.key for line in lines] == [("set_t", "lamp"), ("set_t", "letter")] and len(done) == 2
    assert all(set(line.counts) == set(MEASURES) for line in lines)
    assert measured(traces, opener("hashing")) == lines


def test_siblings_that_stay_apart_are_told(tmp_path: Path):
    mixed = {**LAMPS, "runs": [LAMPS["runs"][0], LAMPS["runs"][1], {**LETTERS["runs"][0], "id": "other"}]}
    (line,) = measured(read_traces(write(tmp_path / "data", mixed)), opener("hashing"))
    assert line.remarks[-1] == "siblings stay apart: over all orders 6 of 12 joined"


def test_results_take_the_place_of_earlier_ones(tmp_path: Path):
    lines = measured(read_traces(write(tmp_path / "data", LAMPS)), opener("hashing"))
    for _ in range(2):
        write_results(lines, [], tmp_path, {"model": "hashing"})
    header, *rest = (tmp_path / RESULTS).read_text().splitlines()
    assert json.loads(header) == {"setting": {"world": "traces", "model": "hashing"}} and len(rest) == 1
    assert len((tmp_path / REPLAY).read_text().splitlines()) == 1
