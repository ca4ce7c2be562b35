"""The LLMs: the real SDK against a real server on the loopback interface, and the scripted one."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from messages_api import DROPS, HANGS, MessagesAPI, Reply, error, message, raw, text
from pydantic import BaseModel, ConfigDict, Field

from memp.errors import ConfigError, LLMError
from memp.llm import LLM, Answer
from memp.llm.claude import DEFAULT_MODEL, Claude
from memp.llm.connection import CLAUDE_URL
from memp.llm.parse import UnusableError, parse, question
from memp.llm.scripted import Asked, Scripted

KEY = "sk-test-0123456789abcdef"


class Recipe(BaseModel):
    """An answer with required fields, a bound, and a tuple."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    goal: str
    minutes: int = Field(ge=1)
    steps: tuple[str, ...] = ()


class Loose(BaseModel):
    """An answer that any object would pass for."""

    goal: str = "the default"
    parts: list[dict[str, str]] = []


class Bindings(BaseModel):
    values: dict[str, str]


TEA = {"goal": "make tea", "minutes": 5, "steps": ["boil {water}", "pour"]}
GOOD = json.dumps(TEA)
LATE = json.dumps(TEA | {"minutes": 0})


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def messages_api() -> Iterator[MessagesAPI]:
    with MessagesAPI() as api:
        yield api


def claude(api: MessagesAPI, *replies: Reply, **settings: Any) -> Claude:
    api.replies.extend(replies)
    return Claude(**({"model": "claude-test", "api_key": KEY, "base_url": api.url, "timeout": 10.0} | settings))


def ask(llm: LLM, prompt: str = "How is tea made?") -> Answer[Recipe]:
    return llm.ask("You write recipes.", prompt, Recipe)


def failure(llm: LLM) -> str:
    """The sentence that asking ends with; neither it nor the printed traceback's causes may hold the key."""
    with pytest.raises(LLMError) as caught:
        ask(llm)
    sentence = str(caught.value)
    assert KEY not in sentence
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


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


def test_a_server_is_sent_the_key_in_both_headers(messages_api: MessagesAPI) -> None:
    ask(claude(messages_api, text(GOOD)))
    headers = messages_api.requests[0].headers
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["x-api-key"] == KEY


def test_a_local_server_needs_no_key(messages_api: MessagesAPI) -> None:
    assert ask(claude(messages_api, text(GOOD), api_key=None)).value.goal == "make tea"


def test_the_sdks_own_environment_variables_change_nothing(
    messages_api: MessagesAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-from-the-environment")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "token-from-the-environment")
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "x-secret: of-another-server\nAuthorization: Bearer other")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    ask(claude(messages_api, text(GOOD), api_key=None))

    headers = messages_api.requests[0].headers
    assert headers["authorization"] == "Bearer none"
    assert "from-the-environment" not in str(headers)
    assert "x-secret" not in headers


def test_without_a_base_url_it_is_anthropics_api(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    with Claude(api_key=KEY)._connection.client() as client:
        assert str(client.base_url).rstrip("/") == CLAUDE_URL
        assert "x-api-key" not in client.default_headers


def test_without_a_key_and_a_base_url_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-from-the-environment")
    assert "needs an API key" in failure(Claude())


@pytest.mark.parametrize("suffix", ["/", "/v1", "/v1/"])
def test_a_base_url_may_end_in_v1_or_a_slash(messages_api: MessagesAPI, suffix: str) -> None:
    ask(claude(messages_api, text(GOOD), base_url=messages_api.url + suffix))
    assert messages_api.requests[0].path == "/v1/messages"


@pytest.mark.parametrize(
    "url", ["localhost:8080", "ftp://host", "http://", "http://user:secret@host", "http://h:99999"]
)
def test_a_base_url_that_is_not_one_is_refused_unrepeated(url: str) -> None:
    with pytest.raises(ConfigError, match="base URL") as caught:
        Claude(base_url=url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("key", ["sk-a b", "sk-…", "sk-a\nb"])
def test_a_key_that_no_header_can_carry_is_refused_unrepeated(key: str) -> None:
    with pytest.raises(ConfigError, match="API key") as caught:
        Claude(api_key=key)
    assert "sk-" not in str(caught.value)


def test_spaces_around_a_key_are_not_part_of_it(messages_api: MessagesAPI) -> None:
    ask(claude(messages_api, text(GOOD), api_key=f" {KEY}\n"))
    assert messages_api.requests[0].headers["x-api-key"] == KEY


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


def test_tokens_of_the_cache_are_input_tokens(messages_api: MessagesAPI) -> None:
    usage = {"input_tokens": 1, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 300, "output_tokens": 4}
    answer = ask(claude(messages_api, text(GOOD, usage=usage)))
    assert (answer.input_tokens, answer.output_tokens) == (321, 4)


def test_a_server_that_counts_nothing_and_names_no_model_is_enough(messages_api: MessagesAPI) -> None:
    body = json.dumps({"content": [{"type": "text", "text": GOOD}]}).encode()
    answer = ask(claude(messages_api, raw(body)))
    assert (answer.model, answer.input_tokens, answer.output_tokens) == ("claude-test", 0, 0)


def test_half_a_surrogate_pair_in_a_reply_becomes_a_replacement_character(messages_api: MessagesAPI) -> None:
    body = json.dumps({"content": [{"type": "text", "text": GOOD.replace("make", "\ud83d")}]}).encode()
    assert ask(claude(messages_api, raw(body))).value.goal == "\ufffd tea"


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


# What goes wrong


@pytest.mark.parametrize("status", [429, 500, 503, 529])
def test_an_overloaded_server_is_asked_again(messages_api: MessagesAPI, status: int) -> None:
    assert ask(claude(messages_api, error(status), error(status), text(GOOD))).value.minutes == 5
    assert [r.headers["x-stainless-retry-count"] for r in messages_api.requests] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (402, "billing"),
        (404, "does not know the model 'claude-test'"),
        (413, "too large"),
        (429, "allows no more requests"),
        (500, "failed (status 500)"),
        (529, "overloaded"),
        (307, "rejected the request (status 307: no)"),
        (405, "rejected the request (status 405: no)"),
    ],
)
def test_a_status_is_told_in_a_sentence(messages_api: MessagesAPI, status: int, said: str) -> None:
    sentence = failure(claude(messages_api, error(status), max_retries=0))
    assert said in sentence
    assert sentence.startswith(f"The server at {messages_api.url} ")


@pytest.mark.parametrize("status", [400, 401, 403, 418])
def test_the_key_is_never_repeated(messages_api: MessagesAPI, status: int) -> None:
    quoted = error(status, f"bad key {KEY} in Authorization: Bearer {KEY}" + " and so on" * 100)
    sentence = failure(claude(messages_api, quoted, quoted))
    assert "key" in sentence
    assert len(sentence) < 500


def test_what_an_error_page_says_does_not_matter(messages_api: MessagesAPI) -> None:
    page = Reply(400, b"<html>" + KEY.encode(), {"content-type": "text/html"})
    assert "(status 400)" in failure(claude(messages_api, page, page))


@pytest.mark.parametrize("wait", [{"retry_after": "3600"}, {"retry_after": "Wed, 21 Oct 2099 07:28:00 GMT"}])
def test_a_long_retry_after_is_not_waited_for(messages_api: MessagesAPI, wait: dict[str, str]) -> None:
    assert "allows no more requests" in failure(claude(messages_api, error(429, **wait), text(GOOD)))
    assert len(messages_api.requests) == 1


def test_a_redirect_is_not_followed(messages_api: MessagesAPI) -> None:
    away = error(307, location=f"{messages_api.url}/v1/messages")
    assert "status 307" in failure(claude(messages_api, away, text(GOOD)))
    assert len(messages_api.requests) == 1


def test_a_server_that_does_not_answer_times_out(messages_api: MessagesAPI) -> None:
    sentence = failure(claude(messages_api, HANGS, timeout=0.2, max_retries=0))
    assert "did not answer within 0.2 s:" in sentence


def test_a_time_out_is_tried_again(messages_api: MessagesAPI) -> None:
    sentence = failure(claude(messages_api, HANGS, HANGS, timeout=0.2, max_retries=1))
    assert "did not answer within 0.2 s, tried 2 times:" in sentence


def test_a_refused_connection_names_the_address() -> None:
    with socket.socket() as bound:
        # Bound and not listening: nothing else can take the port, and connections to it are refused.
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        sentence = failure(Claude(api_key=KEY, base_url=url, max_retries=0))
    assert sentence.startswith(f"No connection to the server at {url} (")


@pytest.mark.parametrize("reply", [DROPS, Reply(body=b'{"content": [', drops=True)], ids=["at once", "midway"])
def test_a_dropped_connection_is_told(messages_api: MessagesAPI, reply: Reply) -> None:
    assert "No connection" in failure(claude(messages_api, reply, max_retries=0))


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("max_tokens", "cut off at 4,096 tokens"),
        ("model_context_window_exceeded", "does not fit"),
        ("refusal", "refused"),
    ],
)
def test_an_answer_that_ended_early_is_not_used(messages_api: MessagesAPI, reason: str, said: str) -> None:
    assert said in failure(claude(messages_api, text(GOOD, stop_reason=reason), text(GOOD)))
    assert len(messages_api.requests) == 1


@pytest.mark.parametrize(
    "reply",
    [
        raw(b"<html>hello</html>", "text/html"),
        raw(b'{"choices": [{"message": {"content": "{}"}}]}'),
        raw(b"[]"),
        raw(b""),
        raw(b"\xff\xfe"),
        raw(b"[" * 100_000),
        raw(b'{"content": 7}'),
    ],
    ids=["a page", "another API", "a list", "nothing", "not UTF-8", "deep", "content is a number"],
)
def test_a_server_of_another_kind_is_told(messages_api: MessagesAPI, reply: Reply) -> None:
    assert "not as the Messages API does" in failure(claude(messages_api, reply))


# The parser


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


# The script


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
