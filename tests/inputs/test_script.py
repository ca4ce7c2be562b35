"""A script as callers and language models write it, and what is refused of it."""

import json
from typing import Any

import pytest

from memp.domain.procedure import MAX_STEPS, Parameter, Pitfall, Script
from memp.errors import InputError
from memp.inputs.script import MAX_FIELD, MAX_STEP, parse_script, split_revision

FULL: dict[str, Any] = {
    "goal": "Add {column} to {table}",
    "when_to_use": "a table in use",
    "not_when": "it is empty",
    "preconditions": ["a backup"],
    "parameters": {"{table}": "its name"},
    "steps": ["1. lock", "- alter {table} add {column}", "run {Tests}"],
    "verification": "tests pass",
    "pitfalls": [{"trigger": "locked", "consequence": "waits", "instead": "retry"}, "slow -> wait", {"instead": "x"}],
}
PARSED = Script(
    goal="Add {column} to {table}",
    when_to_use="a table in use",
    not_when="it is empty",
    preconditions=("a backup",),
    parameters=(Parameter(name="table", description="its name"), Parameter(name="column"), Parameter(name="Tests")),
    steps=("lock", "alter {table} add {column}", "run {Tests}"),
    verification="tests pass",
    pitfalls=(
        Pitfall(trigger="locked", consequence="waits", instead="retry"), Pitfall(trigger="slow", instead="wait"),
    ),
)  # fmt: skip


@pytest.mark.parametrize("value", [FULL, json.dumps(FULL), PARSED], ids=["object", "JSON text", "value"])
def test_a_script_is_an_object_the_json_of_one_or_a_value(value: object):
    assert parse_script(value, "a task") == PARSED


@pytest.mark.parametrize(
    "value", [["open a", "close a"], "open a\nclose a", "1. open a\n\n2) close a", ("* open a", "• close a")]
)
def test_a_script_may_be_just_its_steps(value: object):
    script = parse_script(value, "look into a")
    assert script == Script(goal="look into a", steps=("open a", "close a"))


@pytest.mark.parametrize(
    "declared", [["{a}", "b"], [{"name": "a"}, {"name": "{b}"}], {"a": "", "b": ""}, {"{a}": None, "": "x"}]
)
def test_parameters_are_declared_in_any_form_and_the_rest_is_added(declared: object):
    script = parse_script({"steps": ["do {b} with {a}"], "parameters": declared}, "t")
    assert {parameter.name for parameter in script.parameters} == {"a", "b"}


def test_texts_are_cleaned_redacted_and_cut():
    script = parse_script(
        {"goal": "\x1b[1m" + "g" * 2_000, "steps": [" run\u200b password=hunter22 ", "s" * 2_000]}, "t"
    )
    assert script.goal == "g" * MAX_FIELD
    assert script.steps == ("run password=[redacted: secret]", "s" * MAX_STEP)


def test_a_secret_in_the_escapes_of_json_text_is_redacted():
    text = '{"steps": ["export pass\\u0077ord=hunter22", "\\u001b[31mred"]}'
    assert parse_script(text, "t").steps == ("export password=[redacted: secret]", "red")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (7, "'script' must be an object with 'steps'"),
        ("{goal: x", "looks like JSON but cannot be read"),
        ({}, "'script' has no steps"),
        ({"steps": ["", "  "]}, "'script' has no steps"),
        ({"steps": 7}, "'steps' of the script must be a list"),
        ({"steps": [7]}, "'steps' of the script must be text"),
        ({"steps": ["a"] * (MAX_STEPS + 1)}, f"at most {MAX_STEPS}"),
        ({"steps": ["a"], "goal": 7}, "'goal' of the script must be text"),
        ({"steps": ["a"], "tags": "x"}, "an unknown field 'tags': use goal, "),
        ({"steps": ["a"], "parameters": "x"}, "'parameters' of the script must be an object"),
        ({"steps": ["a"], "parameters": [7]}, "A parameter of the script must be"),
        ({"steps": ["a"], "pitfalls": "x"}, "'pitfalls' of the script must be a list"),
        ({"steps": ["a"], "pitfalls": [7]}, "A pitfall of the script must be"),
    ],
)
def test_what_is_no_script_is_refused_with_a_sentence(value: object, problem: str):
    with pytest.raises(InputError, match=problem):
        parse_script(value, "a task")


@pytest.mark.parametrize(
    ("value", "split"),
    [
        ({"revision": 2, "id": "p1", "steps": ["a"]}, (2, {"steps": ["a"]})),
        ({"revision": True, "steps": ["a"]}, (None, {"steps": ["a"]})),
        ({"steps": ["a"]}, (None, {"steps": ["a"]})),
        (["a"], (None, ["a"])),
    ],
)
def test_a_revision_may_say_which_one_it_was_made_from(value: object, split: tuple[int | None, object]):
    assert split_revision(value) == split
