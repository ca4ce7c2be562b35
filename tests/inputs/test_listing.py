"""Steps that come as one text, as hosts and models send them."""

import json

import pytest

from memp.domain.trajectory import Provenance, Step
from memp.errors import InputError
from memp.inputs.listing import listed
from memp.inputs.trajectory import parse_steps, parse_trajectory

STEPS = (Step(action="edit a", observation="saved"), Step(action="run b", observation="3 passed"))
LINES = ["edit a -> saved", "run b -> 3 passed"]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(LINES),
        json.dumps([{"action": "edit a", "observation": "saved"}, "run b -> 3 passed"], indent=2),
        json.dumps({"steps": LINES}),
        f"```json\n{json.dumps(LINES)}\n```",
        str(LINES),
        "\n".join(LINES),
        "```\nedit a -> saved\n\nrun b -> 3 passed\n```",
        "1. edit a -> saved\n2. run b -> 3 passed",
        "I did this:\n1) edit a -> saved\n2) run b -> 3 passed",
        "- edit a -> saved\n- run b -> 3 passed",
        "Step 1: edit a -> saved\nStep 2: run b -> 3 passed",
        "第1步：edit a -> saved\n第2步：run b -> 3 passed",
        "Action: edit a\nObservation: saved\nAction: run b\nObservation: 3 passed",
        "**Action:** edit a\n**Result:** saved\n**Action:** run b\n**Result:** 3 passed",
        "edit a -> saved; run b -> 3 passed",
    ],
)
def test_a_text_that_reads_as_steps_is_these_steps(text: str) -> None:
    assert parse_steps(text)[0] == STEPS


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("cat > a.py <<'E'\nx = 1\nE\npytest -q", ["cat > a.py <<'E'\nx = 1\nE", "pytest -q"]),
        ("docker run \\\n-v a:b \\\nimage\nls", ["docker run \\\n-v a:b \\\nimage", "ls"]),
        ("1. run b -> failed:\n   KeyError: x\n2. edit a", ["run b -> failed:\nKeyError: x", "edit a"]),
        ("if x:\n    y()\nls", ["if x:\n    y()", "ls"]),
        ("[x] done\n[ ] open", ["[x] done", "[ ] open"]),
        ("-v is printed", ["-v is printed"]),
        ('[ "$A" = b ] && make\nls', ['[ "$A" = b ] && make', "ls"]),
        ("[[ -f a ]] && make", ["[[ -f a ]] && make"]),
        ('[ "$A/x -> ok", "$B -> ok" ]'.replace(" ", "\n", 1), ["$A/x -> ok", "$B -> ok"]),
        ("3 files changed", ["3 files changed"]),
        ("Thought: look\nAction: ls\nObservation: a\nb", [{"thought": "look", "action": "ls", "observation": "a\nb"}]),
    ],
)
def test_lines_that_go_on_with_a_step_belong_to_it(text: str, steps: list[object]) -> None:
    assert listed(text) == steps


@pytest.mark.parametrize(
    "text", ['["edit a", "run b"', "[{'action': 'a'}, }]", '["' + "[" * 100_000, "[" * 100_000 + '"']
)
def test_a_broken_list_in_json_is_an_error_that_says_what_to_pass(text: str) -> None:
    with pytest.raises(InputError, match=r"looks like a list in JSON and is none .*: pass a list"):
        parse_steps(text)


def test_the_reply_says_how_a_text_was_read_but_not_of_a_list_in_json() -> None:
    def notes(steps: object) -> list[str]:
        return parse_trajectory("fix the cart", steps, None, Provenance())[1]

    assert notes("1. edit a\n2. run b") == [
        "'steps' came as one text and was read as 2 steps: pass a list, one \"action -> result\" for each step"
    ]
    assert "read as one step:" in notes("I edited the file and ran the tests, which passed.")[0]
    assert notes(LINES) == notes(json.dumps(LINES)) == []


def test_a_secret_in_a_list_in_json_goes_out() -> None:
    steps, _, secrets = parse_steps(json.dumps(['export TOKEN="sk-ant-api03-' + "Zq8" * 12 + '"', "run b"]))
    assert secrets == 1 and "Zq8" not in steps[0].action


@pytest.mark.parametrize("part", ["1. ", "- a\n", "<<a\n", "``` ", "a\\\n", "[", "Action: a\n", " "])
def test_a_long_text_is_read_once(part: str) -> None:
    assert listed(f"x{part * (200_000 // len(part))}")
