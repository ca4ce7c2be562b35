"""Answers written beforehand."""

from typing import Any

import pytest
from recipes import GOOD, TEA, Loose, Recipe, ask, failure

from memp.errors import LLMError
from memp.llm.scripted import Asked, Scripted


def test_a_script_answers_in_turn_and_keeps_the_questions() -> None:
    llm = Scripted([GOOD, TEA, Recipe.model_validate(TEA), f"Well: {GOOD}"])
    assert {ask(llm, prompt).value for prompt in "abcd"} == {Recipe.model_validate(TEA)}
    assert [asked.prompt for asked in llm.asked] == ["a", "b", "c", "d"]
    assert llm.asked[0] == Asked("You write recipes.", "a", Recipe)


def test_a_script_raises_the_errors_in_it() -> None:
    llm = Scripted([LLMError("The model is away."), TEA])
    assert failure(llm) == "The model is away."
    assert ask(llm).model == "scripted"


def test_a_script_that_ends_is_an_error() -> None:
    assert "no answer to question 1" in failure(Scripted([]))


@pytest.mark.parametrize("bad", ["nonsense", {"goal": "x"}, Loose()])
def test_an_unusable_answer_of_a_script_is_an_error_at_once(bad: Any) -> None:
    assert failure(Scripted([bad, TEA])).startswith("Answer 1 of the script is no Recipe: ")
