"""The grammar of a script's step: conditions, repetition, and what is seen after it."""

import pytest

from memp.text.steps import ScriptStep, parse_step


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("open {place}", ScriptStep("open {place}")),
        ("if 'is closed': open {place}", ScriptStep("open {place}", when="is closed")),
        ("if not 'lit': use lamp -> 'it glows'", ScriptStep("use lamp", unless="lit", then="it glows")),
        (
            "wait until 'hatchling' is seen (20 times last time)",
            ScriptStep("wait", until="hatchling", times=20),
        ),
        (
            "if 'an egg': wait until 'hatchling' is seen (1 time last time) -> 'it moves'",
            ScriptStep("wait", when="an egg", until="hatchling", times=1, then="it moves"),
        ),
        ("wait until 'done' is seen", ScriptStep("wait", until="done")),
        (
            "if 'the app ‘mail’': open(\"x\")",
            ScriptStep('open("x")', when="the app ‘mail’"),
        ),
    ],
)
def test_a_step_is_taken_apart(text: str, step: ScriptStep):
    assert parse_step(f"  {text} ") == step


@pytest.mark.parametrize(
    "text",
    ["", "if 'x': ", "if it rains: stay", "if x", "git commit -m 'wip'", "echo a -> b", "-> 'x'", "until 'x' is seen"],
)
def test_a_text_of_another_form_is_a_plain_action(text: str):
    assert parse_step(text) == ScriptStep(text.strip())
