"""Two scripts that say the same but for some words are one with parameters; what corroborates a procedure."""

from typing import Any

import pytest

from memp.build.consolidation import MOST_PARAMETERS, corroborates, generalise
from memp.domain.procedure import Builder, Draft, Parameter, Script


def script(goal: str, *steps: str, **fields: Any) -> Script:
    return Script(goal=goal, steps=steps, **fields)


def test_the_words_that_differ_become_parameters_named_by_their_neighbours():
    one = script("Fix the crash in module dates", "open src/dates.py", "run the tests of dates")
    other = script("Fix the crash in module money", "open src/money.py", "run the tests of money")
    assert generalise(one, other) == script(
        "Fix the crash in module {module}", "open src/{module}.py", "run the tests of {module}",
        parameters=(Parameter(name="module"),),
    )  # fmt: skip


def test_a_word_after_names_where_the_one_before_says_nothing_and_names_are_not_given_twice():
    fields = {"parameters": (Parameter(name="branch"),)}
    one = script("merge the alpha branch of {branch} to beta", "merge alpha into beta now", **fields)
    other = script("merge the gamma branch of {branch} to delta", "merge gamma into delta now", **fields)
    general = generalise(one, other)
    assert general is not None
    assert general.steps == ("merge {branch_2} into {value} now",)
    assert [parameter.name for parameter in general.parameters] == ["branch", "branch_2", "value"]


def test_only_what_both_say_of_when_it_fits_is_kept():
    shared = {"not_when": "never", "preconditions": ("a", "b"), "verification": "v", "when_to_use": "w"}
    one = script("open file alpha", "open alpha", **shared)
    other = script("open file beta", "open beta", **{**shared, "preconditions": ("b",), "verification": "other"})
    general = generalise(one, other)
    assert general is not None
    assert (general.not_when, general.preconditions, general.verification) == ("never", ("b",), "")
    assert (general.when_to_use, general.pitfalls) == ("", ())


SAME = script("open the file alpha", "open alpha", "save alpha")
OTHERS = {
    "the same": SAME,
    "more steps": script("open the file beta", "open beta", "save beta", "close it"),
    "longer steps": script("open the file beta", "open beta", "save beta now"),
    "a word of the steps alone": script("open the file alpha", "open beta", "save beta"),
    "one word against two": script("open the file beta", "open beta", "save gamma"),
    "two words against one": script("open beta file beta", "open beta", "save beta"),
    "hardly a word in common": script("shut a door beta", "shut beta", "lock beta"),
    "a placeholder against a word": script("open the file {x}", "open {x}", "save {x}"),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_scripts_that_differ_too_much_are_no_cases_of_one(other: Script):
    assert generalise(SAME, other) is None


def test_a_generalisation_adds_few_parameters():
    words = "of a b c d e".split()
    one = script(" is ".join(words[:6]), "do it with care and then stop")
    other = script(" is ".join(["of", *(word * 2 for word in words[1:6])]), "do it with care and then stop")
    assert len(words) - 1 > MOST_PARAMETERS
    assert generalise(one, other) is None


def test_scripts_without_words_are_compared():
    assert generalise(script("?", "!"), script("?", "!")) is None
    assert generalise(script("?", "?"), script("!", "!")) is None


@pytest.mark.parametrize(
    ("builder", "goal", "same"),
    [
        ("extractive", "put a clean {object} in {place}", True),
        ("extractive", "heat the soup", False),
        ("caller", "Clean some {object}, and put it in {place}!", True),
        ("caller", "put a clean {object} under {place}", False),
    ],
)
def test_a_run_corroborates_a_procedure_for_the_same_kind_of_task(builder: Builder, goal: str, same: bool):
    draft = Draft(script=script("clean some {object} and put it in {place}", "s"), builder=builder)
    assert corroborates(draft, script(goal, "s")) is same
