"""Claude: the real SDK against a real server on the loopback interface; what is asked, read and repaired."""

import json
import subprocess
import sys
from typing import Any

import pytest
from messages_api import MessagesAPI, Reply, error, message, text
from pydantic import BaseModel
from recipes import GOOD, LATE, TEA, Recipe, ask, claude, failure

from memp.llm import Answer
from memp.llm.claude import DEFAULT_MODEL, Claude


class Bindings(BaseModel):
    values: dict[str, str]


# What is asked


def test_a_request_states_the_schema_twice_and_sets_nothing_else(messages_api: MessagesAPI) -> None:
    answer = ask(claude(messages_api, text(GOOD)))

    assert answer == Answer(Recipe.model_validate(TEA), "claude-of-the-test", 100, 10, repaired=False)
    (request,) = messages_api.requests
    assert set(request.body) == {"model", "max_tokens", "system", "messages", "output_config"}
    assert request.body["model"] == "claude-test"
    assert request.body["max_tokens"] == 4096
    assert request.body["system"] == "You write recipes."
    ((role, prompt),) = [(turn["role"], turn["content"]) for turn in request.body["messages"]]
    assert role == "user"
    assert prompt.startswith("How is tea made?\n\n")
    assert json.loads(prompt.splitlines()[-1]) == Recipe.model_json_schema()
    form = request.body["output_config"]["format"]
    assert form["type"] == "json_schema"
    assert set(form["schema"]["properties"]) == {"goal", "minutes", "steps"}
    assert form["schema"]["additionalProperties"] is False


def test_the_model_is_the_name(messages_api: MessagesAPI) -> None:
    assert claude(messages_api).name == "claude-test"
    assert Claude().name == DEFAULT_MODEL


def test_the_default_model_is_one_the_sdk_lists() -> None:
    from anthropic.resources.messages.messages import DEPRECATED_MODELS
    from anthropic.types import Model

    assert DEFAULT_MODEL in repr(Model)
    assert DEFAULT_MODEL not in DEPRECATED_MODELS


def test_the_sdk_is_not_imported_before_the_first_question() -> None:
    code = (
        "import sys, memp.llm.claude as c, memp.llm.scripted; c.Claude(api_key='k').name; "
        "sys.exit('anthropic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("odd", ["half \ud83d of a pair", "\U0001f375 茶 \u202e", "nul \x00 and bell \x07", "\ufffe"])
def test_odd_unicode_in_a_prompt_is_sent(messages_api: MessagesAPI, odd: str) -> None:
    llm = claude(messages_api, text(GOOD))
    llm.ask(odd, odd, Recipe)
    sent = messages_api.requests[0].body
    assert sent["system"] == sent["messages"][0]["content"].split("\n\n")[0].strip()
    assert "\ud83d" not in sent["system"]


def test_an_empty_system_prompt_is_left_out(messages_api: MessagesAPI) -> None:
    claude(messages_api, text(GOOD)).ask("", "How?", Recipe)
    assert "system" not in messages_api.requests[0].body


def test_a_long_timeout_with_many_tokens_needs_no_streaming(messages_api: MessagesAPI) -> None:
    assert ask(claude(messages_api, text(GOOD), timeout=600.0, max_tokens=64_000)).value.minutes == 5


# What is read


THINKING = {"type": "thinking", "thinking": 'Maybe {"goal": "coffee", "minutes": 1}', "signature": "s"}
REDACTED = {"type": "redacted_thinking", "data": "abc"}
TOOL = {"type": "tool_use", "id": "t", "name": "cook", "input": {"goal": "soup", "minutes": 9}}


@pytest.mark.parametrize(
    "reply",
    [
        text(f"Of course!\n```json\n{GOOD}\n```\nAsk for {{more}}."),
        text(GOOD[:30], GOOD[30:]),
        message(THINKING, REDACTED, {"type": "text", "text": GOOD}, TOOL),
        message({"type": "text", "text": None}, {"type": "text", "text": GOOD, "citations": None}),
        text(GOOD, id=None),
    ],
    ids=["prose and fences", "two text blocks", "thinking and tool blocks", "a null text", "a null id"],
)
def test_an_answer_is_found_in_its_reply(messages_api: MessagesAPI, reply: Reply) -> None:
    assert ask(claude(messages_api, reply)).value == Recipe.model_validate(TEA)
    assert len(messages_api.requests) == 1


# The one repair


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("I would rather not use JSON.", "holds no JSON object"),
        ('{"goal": "make tea", "minutes": }', "malformed"),
        (LATE, "minutes: Input should be greater than or equal to 1"),
        ('{"goal": "make tea"}', "minutes: Field required"),
        ("", "holds no JSON object"),
        (" \n", "holds no JSON object"),
    ],
)
def test_an_unusable_answer_is_asked_for_once_more_with_what_was_wrong(
    messages_api: MessagesAPI, bad: str, told: str
) -> None:
    answer = ask(claude(messages_api, text(bad), text(GOOD)))

    assert answer.value == Recipe.model_validate(TEA)
    assert answer.repaired
    assert (answer.input_tokens, answer.output_tokens) == (200, 20)
    first, second = (request.body["messages"] for request in messages_api.requests)
    assert second[:1] == first
    assert [turn["role"] for turn in second] == ["user", "assistant", "user"]
    assert second[1]["content"] == (bad.strip() or "(no text)")
    assert told in second[2]["content"]


def test_a_reply_without_blocks_is_asked_for_once_more(messages_api: MessagesAPI) -> None:
    assert ask(claude(messages_api, message(), text(GOOD))).repaired


def test_two_unusable_answers_are_an_error(messages_api: MessagesAPI) -> None:
    sentence = failure(claude(messages_api, text("no"), text(LATE), text(GOOD)))
    assert sentence.startswith("'claude-test' was asked twice and gave no usable answer")
    assert "minutes" in sentence
    assert len(messages_api.requests) == 2


# `output_config`


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_refuses_output_config_is_asked_without_from_then_on(
    messages_api: MessagesAPI, status: int
) -> None:
    messages_api.refuses_output_config = status
    llm = claude(messages_api, text(GOOD), text(GOOD))
    assert ask(llm).value == ask(llm).value
    assert ["output_config" in request.body for request in messages_api.requests] == [True, False, False]


def test_another_bad_request_does_not_give_up_output_config(messages_api: MessagesAPI) -> None:
    llm = claude(messages_api, error(400, "prompt is too long"), error(400, "prompt is too long"), text(GOOD))
    assert "(status 400: prompt is too long)" in failure(llm)
    ask(llm)
    assert ["output_config" in request.body for request in messages_api.requests] == [True, False, True]


@pytest.mark.parametrize("given", ['{"values": {"object": "mug"}}'])
def test_an_answer_with_free_keys_is_not_constrained(messages_api: MessagesAPI, given: str) -> None:
    answer = claude(messages_api, text(given)).ask("", "Which?", Bindings)
    assert answer.value.values == {"object": "mug"}
    assert "output_config" not in messages_api.requests[0].body


def test_an_answer_with_a_field_of_any_type_is_not_constrained(messages_api: MessagesAPI) -> None:
    class Anything(BaseModel):
        value: Any

    assert claude(messages_api, text('{"value": 1}')).ask("", "What?", Anything).value.value == 1
    assert "output_config" not in messages_api.requests[0].body
