"""Conditions of steps, as agents evaluate them against what they observed."""

import pytest

from memp.evaluate.agents.conditions import is_met, number_beside, says
from memp.text.steps import parse_step


@pytest.mark.parametrize(
    ("words", "text", "number"),
    [
        ("battery", "Battery: 17 %, charging", 17),
        ("Water: C", "Clock: 9\nWater: 47.5 C\nOil: 80 C", 47.5),
        ("level", '{"name": "tank 3", "level": -2.5}', -2.5),
        ("level", "the level is now 40.", 40),
        ("mails", "There are 12 mails", 12),
        ("used", "plan 30 GB used 12 GB", 12),
        ("humidity", "It is dry.", None),
        ("level", "level: low\nnumber: 3", None),
        ("level", "level of K11", None),
    ],
)
def test_the_number_of_a_clause_is_the_one_beside_the_words(words: str, text: str, number: float | None):
    assert number_beside(words, text) == number


@pytest.mark.parametrize(
    ("step", "met"),
    [
        ("if 'level' > 20: stop()", True),
        ("if 'level' < 20: stop()", False),
        ("if 'level' > 21: stop()", False),
        ("if 'pressure' > 1: stop()", False),
        ("if 'pressure' < 1: stop()", False),
        ("if 'Pump on': stop()", True),
        ("if not 'pump on': stop()", False),
        ("if not 'leak': stop()", True),
        ("stop() (2 of 5 runs) (why: it must cool)", True),
    ],
)
def test_the_newest_observation_that_gives_the_number_decides_and_an_unknown_number_meets_no_bound(
    step: str, met: bool
):
    assert is_met(parse_step(step), ["pump on", "level: 21", "level: 5"]) is met


def test_placeholders_in_the_words_stand_for_their_values():
    step = parse_step("if '{tube}: C' < 50: heat({tube})")
    assert is_met(step, ["A7: 60 C\nC2: 45 C"], lambda words: words.replace("{tube}", "C2"))
    assert not is_met(step, ["A7: 60 C\nC2: 45 C"], lambda words: words.replace("{tube}", "A7"))


@pytest.mark.parametrize(
    ("words", "stand"),
    [
        ("state : on", True),
        ("STATE on", True),
        ("on load", False),
        ("load 3 %", True),
        ("stat", True),
        ("state o", False),
        ("’", False),
    ],
)
def test_words_stand_in_a_text_whatever_stands_between_them_but_not_across_clauses(words: str, stand: bool):
    assert says('{"state": "on", "load": "3 %"}', words) is stand
