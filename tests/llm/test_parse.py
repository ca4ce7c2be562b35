"""The answer in a model's text: found amid prose, and nothing that is not the answer."""

import json

import pytest
from pydantic import BaseModel, ConfigDict
from recipes import GOOD, TEA, Loose, Recipe

from memp.llm.parse import UnusableError, parse, question


@pytest.mark.parametrize(
    "said",
    [
        GOOD,
        f"\n  {GOOD}\n",
        f"```\n{GOOD}\n```",
        f"Use {{braces}} and {{a, b}}: {GOOD}",
        f'<think>{{"goal": "coffee", "minutes": 1}} or {{"half</think>\n{GOOD}',
        f'{{"goal": "coffee", "minutes": 1}} </think> {GOOD}',
        f'A draft: {{"goal": "coffee", "minutes": 1}}. Better: {GOOD}',
        f'{GOOD} This fits {{"type": "object"}}.',
        json.dumps(TEA, indent=2),
    ],
)
def test_the_object_is_found(said: str) -> None:
    assert parse(said, Recipe) == Recipe.model_validate(TEA)


def test_line_breaks_inside_strings_are_tolerated() -> None:
    assert parse('{"goal": "make\ntea", "minutes": 1}', Recipe).goal == "make\ntea"


def test_a_closing_tag_inside_an_answer_is_text() -> None:
    assert parse('{"goal": "a </think> b", "minutes": 1}', Recipe).goal == "a </think> b"


@pytest.mark.parametrize(
    "said",
    [
        "",
        "no object",
        '{"goal": "x", "minutes": 1',
        '{"goal": "x", "minutes": NaN}',
        '{"goal": "x", "minutes": 1,}',
        '{"goal": "x", "minutes": ' + "9" * 5000 + "}",
        '{"a": ' * 100_000,
        "[1, 2]",
        "null",
        '{"goal": "x", "minutes": 1, "extra": 1}',
        '{"goal": "x", "minutes": "many", "steps": [1, 2, 3, 4, 5, 6, 7]}',
    ],
)
def test_other_text_is_unusable(said: str) -> None:
    with pytest.raises(UnusableError) as caught:
        parse(said, Recipe)
    assert len(str(caught.value)) < 500


def test_a_part_of_a_malformed_object_does_not_pass_for_the_whole() -> None:
    with pytest.raises(UnusableError):
        parse('{"goal": "x", "parts": [{"goal": "inner"}, oops', Loose)


def test_a_strict_form_takes_what_json_can_say() -> None:
    class Strict(BaseModel):
        model_config = ConfigDict(strict=True)
        steps: tuple[str, ...]

    assert parse('{"steps": ["a"]}', Strict).steps == ("a",)


def test_a_question_states_its_form() -> None:
    asked = question("What?", Recipe)
    assert asked.startswith("What?\n\nAnswer with one JSON object and nothing else.")
    assert '"minimum": 1' in asked
