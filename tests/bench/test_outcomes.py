"""bench/outcomes.py: the outcomes read off labelled sessions, and that each client's log of a scenario is read alike."""

from pathlib import Path

import pytest
from labelled.logs import CLIENTS, logs
from labelled.scenario import Scenario, read
from outcomes import HERE, main, measured

LEAST_COVERAGE = 0.60
LEAST_PRECISION = 0.95
LEAST_ASIDE = 0.85
"""Floors: of the sessions that are set aside the precision of the first look, less its spread (docs/import.md)."""


def scenarios(name: str) -> list[Scenario]:
    return read(Path(HERE, name))


@pytest.mark.parametrize(("name", "precision"), [("tuned.txt", LEAST_PRECISION), ("aside.txt", LEAST_ASIDE)])
def test_outcomes_reach_what_was_asked(name: str, precision: float):
    count, wrong, _ = measured(logs(scenarios(name)))
    assert count.coverage >= LEAST_COVERAGE, wrong
    assert count.precision >= precision, wrong


def test_there_are_220_labelled_sessions_with_truths_of_each_kind():
    both = [*scenarios("tuned.txt"), *scenarios("aside.txt")]
    assert len(both) == len({scenario.name for scenario in both}) == 220
    truths = [task.truth for scenario in both for task in scenario.tasks]
    assert {truth: truths.count(truth) > 3 for truth in set(truths)} == dict.fromkeys(
        ("success", "failure", "unknown", "gone"), True
    )


@pytest.mark.parametrize("client", CLIENTS)
def test_each_client_reaches_it(client: str):
    count, wrong, _ = measured((scenario, client) for scenario in scenarios("tuned.txt"))
    assert count.coverage >= LEAST_COVERAGE, wrong
    assert count.precision >= LEAST_PRECISION, wrong


def test_the_command_names_what_is_wrong(capsys: pytest.CaptureFixture[str]):
    assert main(["--wrong"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("180 scenarios, 180 sessions")
    assert "coverage 0." in printed
    assert "no outcome: [" in printed
