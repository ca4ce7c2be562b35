"""The grammar of a script's step: conditions, repetition, how many runs had it, its reason, and what is seen after it."""

import pytest

from memp.text.steps import MAX_WORDS, ScriptStep, parse_step, quotable


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("open {place}", ScriptStep("open {place}")),
        ("if 'is closed': open {place}", ScriptStep("open {place}", when="is closed")),
        ("if not 'is open': open it", ScriptStep("open it", unless="is open")),
        ("if not 'lit': use lamp -> 'it glows'", ScriptStep("use lamp", unless="lit", then="it glows")),
        ("if 'used' > 50.5: refill", ScriptStep("refill", when="used", bound="> 50.5")),
        ("if 'degrees' < -3: heat it", ScriptStep("heat it", when="degrees", bound="< -3")),
        ("wait until 'done' is seen", ScriptStep("wait", until="done")),
        ("wait until 'hatchling' is seen (20 times last time)", ScriptStep("wait", until="hatchling", times=20)),
        (
            "if 'an egg': wait until 'hatchling' is seen (2 times last time) -> 'it moves'",
            ScriptStep("wait", when="an egg", until="hatchling", times=2, then="it moves"),
        ),
        ("go back (2 of 5 runs)", ScriptStep("go back", part=2, whole=5)),
        (
            "go back (2 of 5 runs) (why: the door was shut) -> 'a hall'",
            ScriptStep("go back", part=2, whole=5, why="the door was shut", then="a hall"),
        ),
        ("if 'the app ‘mail’': open(\"x\")", ScriptStep('open("x")', when="the app ‘mail’")),
        ("say 'if so'", ScriptStep("say 'if so'")),
    ],
)
def test_a_step_falls_into_its_parts_and_back(text: str, step: ScriptStep):
    assert parse_step(f"  {text} ") == step
    assert str(step) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "if 'x': ", "if it rains: stay", "if x", "if 'x' > many: stay", "git commit -m 'wip'", "echo a -> b",
        "-> 'x'", "until 'x' is seen",
    ],
)  # fmt: skip
def test_a_text_of_another_form_is_a_plain_action(text: str):
    assert parse_step(text) == ScriptStep(text.strip())


def test_words_are_quotable_on_one_line_and_not_too_long():
    assert quotable(" it's\n open ") == "it’s open"
    long = quotable("word " * 100)
    assert len(long) <= MAX_WORDS
    assert long.endswith("word")
