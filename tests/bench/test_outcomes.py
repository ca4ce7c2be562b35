"""bench/outcomes.py: the outcomes read off labelled sessions, and that each client's log of a scenario is read alike."""

from pathlib import Path

import pytest
from labelled.logs import CLIENTS, logs
from labelled.scenario import Scenario, read
from outcomes import HERE, SETS, main, measured

LEAST_COVERAGE = 0.60
LEAST_PRECISION = 0.95
LEAST_UNTOUCHED = 0.85
"""Floors: of the sessions to which no rule was made the precision of the first look, less its spread (docs/import.md)."""


def scenarios(name: str) -> list[Scenario]:
    return read(Path(HERE, name))


@pytest.mark.parametrize(("name", "precision"), [("tuned.txt", LEAST_PRECISION), ("trades.txt", LEAST_PRECISION)])
def test_outcomes_reach_what_was_asked(name: str, precision: float):
    count, wrong, _ = measured(logs(scenarios(name)))
    assert count.coverage >= LEAST_COVERAGE, wrong
    assert count.precision >= precision, wrong


def test_untouched_sessions_reach_it_together_and_only_in_total():
    count, _, _ = measured(logs([*scenarios("aside.txt"), *scenarios("fresh.txt")]))
    assert count.coverage >= LEAST_COVERAGE
    assert count.precision >= LEAST_UNTOUCHED


def test_there_are_314_labelled_sessions_with_truths_of_each_kind():
    every = [scenario for name in SETS for scenario in scenarios(f"{name}.txt")]
    assert len(every) == len({scenario.name for scenario in every}) == 314
    truths = [task.truth for scenario in every for task in scenario.tasks]
    assert {truth: truths.count(truth) > 3 for truth in set(truths)} == dict.fromkeys(
        ("success", "failure", "unknown", "gone"), True
    )


@pytest.mark.parametrize("client", CLIENTS)
def test_each_client_reaches_it(client: str):
    count, wrong, _ = measured((scenario, client) for scenario in scenarios("tuned.txt"))
    assert count.coverage >= LEAST_COVERAGE, wrong
    assert count.precision >= LEAST_PRECISION, wrong


def test_the_command_says_which_sets_are_tuned_and_names_only_what_is_wrong_in_these(
    capsys: pytest.CaptureFixture[str],
):
    assert main(["--wrong", "--set", "trades", "--set", "fresh"]) == 0
    trades, *rest = capsys.readouterr().out.splitlines()
    assert trades.startswith("trades (tuned): 60 scenarios, 60 sessions")
    assert "coverage 0." in trades
    assert rest[-1].startswith("fresh (untouched): 34 scenarios")
    assert any(line.startswith("  no outcome: [") for line in rest)
