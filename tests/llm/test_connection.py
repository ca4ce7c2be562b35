"""Reaching a server of the Messages API: keys, addresses, retries, and what is said when it fails."""

import json
import socket
import sys

import pytest
from messages_api import DROPS, HANGS, MessagesAPI, Reply, error, raw, text
from recipes import GOOD, KEY, ask, claude, failure

from memp.errors import ConfigError, UnreachableError
from memp.llm.claude import Claude
from memp.llm.connection import CLAUDE_URL


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


def test_without_the_sdk_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anthropic", None)
    with pytest.raises(UnreachableError, match="pip install 'anthropic"):
        ask(Claude("model", api_key=KEY))
