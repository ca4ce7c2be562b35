"""The grammar of a script's step."""

import pytest

from memp.text.steps import ScriptStep, parse_step


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("open {place}", ScriptStep("open {place}")),
        ("if 'is closed': open {place}", ScriptStep("open {place}", when="is closed")),
        ("if not 'is open': open it", ScriptStep("open it", unless="is open")),
        ("wait until 'hatchling' is seen (20 times last time)", ScriptStep("wait", until="hatchling", times=20)),
        ("open it -> 'It is open'", ScriptStep("open it", then="It is open")),
        ("say 'if so'", ScriptStep("say 'if so'")),
    ],
)
def test_a_step_falls_into_its_parts_and_back(text: str, step: ScriptStep):
    assert parse_step(text) == step
    assert str(step) == text
