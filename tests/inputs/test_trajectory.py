"""A run as callers pass it: cleaned and redacted once, cut where it is too long, refused where it cannot be read."""

from datetime import UTC, datetime, timedelta

import pytest

from memp.domain.trajectory import MAX_TEXT, Provenance, Step
from memp.errors import InputError
from memp.inputs import trajectory
from memp.inputs.trajectory import (
    MAX_FACTS,
    MAX_TRIGGER,
    first_lines,
    parse_steps,
    parse_tokens,
    parse_trajectory,
    safe_facts,
    safe_optional,
    safe_provenance,
    safe_text,
)

OPENED = Step(action="open a", observation="it is open")


@pytest.mark.parametrize(
    "steps",
    [
        "open a -> it is open",
        ["open a => it is open"],
        ["open a →  it is open"],
        [{"action": " open a ", "observation": "it is open\n", "state": None}],
        [OPENED],
        ({"acti\u200bon": "open a", "observation": "\x1b[1mit is open\x1b[0m"},),
    ],
    ids=["text", "arrow", "another arrow", "object", "value", "hidden characters"],
)
def test_steps_come_in_several_forms(steps: object):
    assert parse_steps(steps) == ((OPENED,), (), 0)


def test_only_the_first_arrow_parts_action_and_observation():
    assert parse_steps(["a -> b -> c", "d->e"])[0] == (Step(action="a", observation="b -> c"), Step(action="d->e"))


def test_a_line_of_words_with_several_steps_is_several():
    steps, _, _ = parse_steps(["put it last -> still failing; moved it up -> works"])
    assert steps == (
        Step(action="put it last", observation="still failing"),
        Step(action="moved it up", observation="works"),
    )


@pytest.mark.parametrize("written", ["touch a ->", "touch a -> ", "touch a →"])
def test_an_arrow_with_nothing_behind_it_is_no_part_of_the_action(written: str):
    assert parse_steps([written])[0] == (Step(action="touch a", observation=""),)


def test_an_arrow_function_that_a_line_ends_with_is_part_of_the_action():
    assert parse_steps(["const f = () =>"])[0][0].action == "const f = () =>"


def test_a_line_of_code_is_one_step_however_many_arrows_it_has():
    (step,), _, _ = parse_steps(["write a.py: def f() -> int: return 1; y = 2 -> saved"])
    assert step.action == "write a.py: def f()"


def test_secrets_are_redacted_before_steps_are_split_or_cut():
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA7abcde\n-----END RSA PRIVATE KEY-----"
    steps, _, secrets = parse_steps(f"cat id_rsa -> {key}\nlogin -> token=abc12345")
    assert steps[0].observation == "[redacted: private key]" and secrets == 2
    steps, notes, secrets = parse_steps([{"action": "a", "observation": "x " * MAX_TEXT + "password=hunter22"}])
    assert steps[0].observation.endswith("password=[redacted: secret]") and secrets == 1
    assert [note[:36] for note in notes] == ["the observation of step 1 had 40,027"]


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        (7, "'steps' must be a list, not a number"),
        ([], "'steps' is empty"),
        ([7], "Step 1 must be text or an object with 'action', not a number"),
        (["a", {"observation": "b"}], "Step 2 has no action"),
        ([{"action": 7}], "'action' of step 1 must be text, not a number"),
        ([{"action": "a", "token=abc12345": 1}], "an unknown field 'token=.redacted: secret.'"),
    ],
)
def test_steps_that_cannot_be_read_are_refused(steps: object, problem: str):
    with pytest.raises(InputError, match=problem):
        parse_steps(steps)


def test_a_run_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(trajectory, "MAX_TRAJECTORY", 10)
    assert len(parse_steps(["12345", "67890"])[0]) == 2
    with pytest.raises(InputError, match="has 11 characters; the limit is 10"):
        parse_steps(["12345", "678901"])


def test_a_run_says_what_was_done_to_it():
    at = datetime(2024, 1, 31, tzinfo=UTC)
    task = "use password=hunter22 " + "x" * MAX_TEXT
    run, notes = parse_trajectory(task, ["login -> token=abc12345"], 7, Provenance(project="/home/me"), at)
    assert run.task.startswith("use password=[redacted: secret] xxx") and "characters cut" in run.task
    assert (run.reward, run.tokens, run.created_at, run.provenance.project) == (0.0, 7, at, "~")
    assert notes[0] == "2 secret(s) redacted" and notes[1].startswith("the task had 20,")


def test_a_time_in_the_future_is_not_believed():
    run, _ = parse_trajectory("t", ["a"], None, Provenance(), datetime.now(UTC) + timedelta(days=1))
    assert run.created_at <= datetime.now(UTC)


@pytest.mark.parametrize("value", ["", "  ", "\x00\u200b", "\ud800"])
def test_a_required_text_may_not_be_empty(value: str):
    with pytest.raises(InputError, match="'task' is empty"):
        safe_text(value, "task")


def test_texts_are_cleaned_and_redacted():
    assert safe_text(" \x1b[1mlogin\x1b[0m password=hunter22\r\n", "task") == "login password=[redacted: secret]"
    assert safe_optional(None) == safe_optional(" ") == ""
    assert safe_optional("pass\u200bword=hunter22") == "password=[redacted: secret]"


def test_facts_are_each_once_and_bounded():
    assert safe_facts(["mug", " mug ", "", "token=abc12345"]) == ("mug", "token=[redacted: secret]")
    assert safe_facts("mug, drawer") == ("mug", "drawer")
    assert len(safe_facts([str(n) for n in range(40)])) == MAX_FACTS
    assert safe_facts(["x" * 500])[0] == "x" * 120


def test_provenance_is_redacted_and_what_is_open_stays_open():
    assert safe_provenance(Provenance(client="x token=abc12345")) == Provenance(client="x token=[redacted: secret]")


@pytest.mark.parametrize("tokens", [-1, True, 1.5, "7", 10**16])
def test_tokens_are_a_whole_number(tokens: object):
    with pytest.raises(InputError, match="'tokens' must be a whole number"):
        parse_tokens(tokens)


def test_the_first_lines_of_an_error_are_one_line():
    assert first_lines("\nE: a\n\n b \nc\nd") == "E: a b c"
    assert len(first_lines("x" * 1_000)) == MAX_TRIGGER


def test_a_text_of_control_characters_is_left_out_with_a_note():
    run, notes = parse_trajectory(
        "do it", [{"action": "look", "observation": "\x01\x02"}, "go -> ok"], None, Provenance()
    )
    assert run.steps[0].observation == ""
    assert notes == ["the observation of step 1 held only control characters: nothing of it is kept"]
    assert parse_trajectory("do it", [{"action": "look", "observation": " "}], None, Provenance())[1] == []


def test_a_task_that_is_no_sentence_is_kept_with_a_note():
    run, notes = parse_trajectory("word " * 500, ["go -> ok"], None, Provenance())
    assert len(run.task) == 2499
    assert notes[0].startswith("the task has 2,499 characters: say it in a sentence")
    with pytest.raises(InputError, match="'task' is empty"):
        parse_trajectory("\x01\x02", ["go -> ok"], None, Provenance())
