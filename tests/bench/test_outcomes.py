"""bench/outcomes.py: the outcomes read off labelled sessions, and that each client's log of a scenario is read alike."""

from pathlib import Path

import pytest
from labelled import messages
from labelled.logs import CLIENTS, logs
from labelled.scenario import Scenario, read
from outcomes import HERE, SETS, main, measured

LEAST_COVERAGE = 0.60
LEAST_PRECISION = 0.95
EVADED = ("evaded.txt", "evaded_aside.txt", "evaded_fresh.txt")
LEAST_IN_TOTAL = {"aside.txt": (0.60, 0.90), "fresh.txt": (0.50, 0.90), "second_look_fresh.txt": (0.55, 0.90)}
"""Floors: coverage and precision of the sets of which only the total is looked at, as on the first look, less about an outcome
of each ten (docs/import.md)."""


def scenarios(name: str) -> list[Scenario]:
    return read(Path(HERE, name))


@pytest.mark.parametrize(
    ("name", "precision"),
    [("tuned.txt", LEAST_PRECISION), ("trades.txt", LEAST_PRECISION), ("second_look.txt", LEAST_PRECISION)],
)
def test_outcomes_reach_what_was_asked(name: str, precision: float):
    count, wrong, _ = measured(logs(scenarios(name)))
    assert count.coverage >= LEAST_COVERAGE, wrong
    assert count.precision >= precision, wrong


@pytest.mark.parametrize("name", LEAST_IN_TOTAL)
def test_each_set_of_which_only_the_total_is_looked_at_reaches_its_floor(name: str):
    coverage, precision = LEAST_IN_TOTAL[name]
    count, _, _ = measured(logs(scenarios(name)))
    assert count.coverage >= coverage
    assert count.precision >= precision


@pytest.mark.parametrize("name", EVADED)
def test_red_checks_that_were_evaded_or_asked_for_are_read_as_what_they_are(name: str):
    """Of most of these nobody can know how they ended: of the others three of four are to have an outcome."""
    every = scenarios(name)
    count, wrong, _ = measured(logs(every))
    assert count.precision >= LEAST_PRECISION, wrong if name == "evaded.txt" else ""
    known = sum(task.truth in ("success", "failure") for scenario in every for task in scenario.tasks)
    assert count.right >= 0.75 * known


@pytest.mark.parametrize("name", messages.SETS)
def test_requests_that_begin_like_a_closing_word_are_taken_as_requests(name: str):
    count, wrong = messages.handled(messages.read(name))
    assert count.kept >= 0.95 * count.requests, wrong if name == "seen" else ""
    assert count.right >= 0.95 * count.outcomes, wrong if name == "seen" else ""
    assert count.read >= 0.6 * count.words


def test_the_messages_are_125_requests_and_44_that_close():
    every = [message for name in messages.SETS for message in messages.read(name)]
    assert len({message.text for message in every}) == len(every) == 169
    assert sum(message.asks for message in every) == 125


def test_there_are_516_labelled_sessions_with_truths_of_each_kind():
    every = [scenario for name in SETS for scenario in scenarios(f"{name}.txt")]
    assert len(every) == len({scenario.name for scenario in every}) == 516
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
