"""The grammar of a script's step: conditions, repetition, and what is seen after it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memp.text.steps import ScriptStep, parse_step, quotable


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


WORDS = st.text("abcdefgh0123 -_{}.,", min_size=1, max_size=30).map(str.strip).filter(bool)
ACTIONS = st.sampled_from(
    ["open {place}", 'get_order(order_id="{order_id}")', "git push origin {branch}", "edit a.py\n- x\n+ y", "wait"]
)
CONDITIONS = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"when": WORDS}),
    st.fixed_dictionaries({"unless": WORDS}),
    st.fixed_dictionaries({"when": WORDS, "bound": st.sampled_from(["> 50", "< 12.5", "> -3"])}),
)
ENDS = st.fixed_dictionaries(
    {},
    optional={
        "until": WORDS,
        "then": WORDS,
        "times": st.integers(1, 999_999),
        "why": st.text("abc xyz,;", min_size=1, max_size=40).map(str.strip).filter(bool),
    },
)
SHARES = st.one_of(st.just({}), st.integers(2, 99).map(lambda whole: {"part": whole - 1, "whole": whole}))


@given(ACTIONS, CONDITIONS, ENDS, SHARES)
def test_a_step_that_is_written_is_read_as_it_was(
    action: str, condition: dict[str, Any], ends: dict[str, Any], share: dict[str, int]
):
    step = ScriptStep(action, **condition, **ends, **share)
    assert parse_step(str(step)) == step


@given(st.text(max_size=300))
def test_what_is_read_and_written_is_the_text_again(text: str):
    parsed = parse_step(text)
    assert parse_step(str(parsed)) == parsed and parsed.action in text


@given(st.text(max_size=300), st.integers(1, 120))
def test_a_quotable_text_can_stand_in_a_step(text: str, most: int):
    line = quotable(text, most)
    assert len(line) <= most and "'" not in line and "\n" not in line
    if line.strip() and line == line.strip():
        assert parse_step(str(ScriptStep("wait", until=line))).until == line


def test_a_quotable_text_is_cut_to_whole_words():
    assert quotable("the door is  locked\nnow", 12) == "the door is"
    assert quotable("it's") == "it’s"


def test_a_version_is_no_bound():
    assert parse_step("if 'version' > 1.2.3: upgrade").bound == ""
