"""Claude, or any server that speaks the Messages API, through the anthropic SDK.

The SDK is imported at the first question: that takes about a second, and recalling needs no model. A client lives as
long as one question, so there is nothing to close, and the object can be shared by threads.
"""

import json
import re
from typing import TYPE_CHECKING, Literal, cast
from urllib.parse import urlsplit

from pydantic import BaseModel

from memp.errors import ConfigError, LLMError
from memp.llm import Answer, T
from memp.llm.parse import UnusableError, document, parse, question, repair
from memp.trajectory import clean

if TYPE_CHECKING:
    import anthropic
    import httpx2
    from anthropic.types import MessageParam, OutputConfigParam

DEFAULT_MODEL = "claude-sonnet-5-5"
"""The current model of the middle price class."""

CLAUDE_URL = "https://api.anthropic.com"

CONNECT_TIMEOUT = 5.0
"""Seconds to wait for a connection; a server that is there accepts one at once, however long it then thinks."""

MAX_WAIT = 30.0
"""The longest `retry-after`, in seconds, that is waited for. The SDK would sleep for hours if a server said so."""

_URL = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?(/[^\s?#]*)?")
_KEY = re.compile(r"[!-~]+")
_NO_KEY = "none"
"""Sent to a local server: the SDK refuses to send no key at all."""

_STATUS = {
    401: "did not accept the API key: check the key.",
    402: "asks for a payment: check the account's billing.",
    403: "does not let this API key use '{model}': check the key and what it may use.",
    404: "does not know the model '{model}', or has no Messages API at this address: check the model's name and the "
    "base URL.",
    413: "finds the request too large: record a shorter trajectory.",
    429: "allows no more requests for now: try again later, or raise the account's limit.",
    529: "is overloaded: try again in a few minutes.",
}


class _Block(BaseModel):
    """Part of a reply. Thinking and tool blocks have no text of their own."""

    type: str = "text"
    text: str | None = None


class _Usage(BaseModel):
    """Input tokens are counted in three parts, of which a local server sends one."""

    input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens: int | None = None


class _Reply(BaseModel):
    """The parts of a reply that are used, read here: the SDK does not validate, and would hand on anything."""

    content: list[_Block]
    model: str | None = None
    stop_reason: str | None = None
    usage: _Usage = _Usage()

    @property
    def text(self) -> str:
        # Without a separator: one JSON object may be spread over several blocks.
        return "".join(block.text or "" for block in self.content if block.type == "text")

    @property
    def input_tokens(self) -> int:
        usage = self.usage
        parts = (usage.input_tokens, usage.cache_creation_input_tokens, usage.cache_read_input_tokens)
        return sum(part or 0 for part in parts)


class Claude:
    """A model behind the Messages API.

    Nothing is taken from the SDK's own environment variables: what is not given here is not sent. Without a `base_url`
    it is Anthropic's API, which needs a key.

    `timeout` is for one try, in seconds, and there are up to `max_retries` more after a time-out, a lost connection
    or an overloaded server.

    Raises:
        ConfigError: the base URL is not one, or the key holds characters that no key has.
    """

    def __init__(
        self,
        model: str = DEFAULT_MODEL,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float = 60.0,
        max_retries: int = 2,
        max_tokens: int = 4096,
    ) -> None:
        self._model = model
        self._key = _parse_key(api_key)
        self._base_url = _parse_url(base_url)
        self._timeout = timeout
        self._max_retries = max_retries
        self._max_tokens = max_tokens
        # Whether the server takes `output_config`; until it refuses one, yes.
        self._takes_schema = True

    @property
    def name(self) -> str:
        return self._model

    def ask(self, system: str, prompt: str, answer: type[T]) -> Answer[T]:
        """The model's answer to `prompt`. One that cannot be used is asked for once more, saying what was wrong.

        Raises:
            LLMError: no connection or answer, a refusal, an answer cut off, or two that cannot be used.
        """
        if self._key is None and self._base_url is None:
            raise LLMError("Claude needs an API key and none is set: set one, or the base URL of a local server.")
        import anthropic

        # Not chained: the SDK's errors hold the request, and with it the key.
        try:
            with self._client() as client:
                return self._converse(client, clean(system), question(prompt, answer), answer)
        except anthropic.APITimeoutError:
            raise self._timed_out() from None
        except anthropic.APIConnectionError as error:
            raise self._unreachable(error) from None
        except anthropic.APIStatusError as error:
            raise self._refused(error) from None
        except anthropic.AnthropicError as error:
            raise LLMError(f"The request to {self._where} failed ({self._quote(str(error))}).") from None

    def _converse(self, client: "anthropic.Anthropic", system: str, prompt: str, answer: type[T]) -> Answer[T]:
        schema = _constraint(answer)
        talk = [_turn("user", prompt)]
        first = self._send(client, system, talk, schema)
        try:
            return self._answer(parse(first.text, answer), first)
        except UnusableError as error:
            # An empty turn would be rejected.
            said = clean(first.text) or "(no text)"
            talk += [_turn("assistant", said), _turn("user", repair(error))]
        second = self._send(client, system, talk, schema)
        try:
            return self._answer(parse(second.text, answer), first, second)
        except UnusableError as error:
            raise LLMError(
                f"'{self._model}' was asked twice and gave no usable answer: {self._quote(str(error))}; "
                "try again, or use a more capable model."
            ) from None

    def _answer(self, value: T, *replies: _Reply) -> Answer[T]:
        return Answer(
            value,
            model=replies[-1].model or self._model,
            input_tokens=sum(reply.input_tokens for reply in replies),
            output_tokens=sum(reply.usage.output_tokens or 0 for reply in replies),
            repaired=len(replies) > 1,
        )

    def _send(
        self,
        client: "anthropic.Anthropic",
        system: str,
        talk: "list[MessageParam]",
        schema: dict[str, object] | None,
    ) -> _Reply:
        """One reply, with `output_config` where the server takes it."""
        import anthropic

        if schema is None or not self._takes_schema:
            return self._post(client, system, talk, None)
        try:
            return self._post(client, system, talk, {"format": {"type": "json_schema", "schema": schema}})
        except (anthropic.BadRequestError, anthropic.UnprocessableEntityError):
            # Its wording differs by server, so whether `output_config` was the reason shows when it is left out.
            reply = self._post(client, system, talk, None)
            self._takes_schema = False
            return reply

    def _post(
        self,
        client: "anthropic.Anthropic",
        system: str,
        talk: "list[MessageParam]",
        output_config: "OutputConfigParam | None",
    ) -> _Reply:
        import anthropic

        response = client.messages.with_raw_response.create(
            model=self._model,
            max_tokens=self._max_tokens,
            system=system or anthropic.omit,
            messages=talk,
            output_config=output_config or anthropic.omit,
            # Given again: at a client's default of ten minutes the SDK refuses a large max_tokens without streaming.
            timeout=client.timeout,
        )
        reply = self._read(response.http_response.content)
        self._check_stop(reply)
        return reply

    def _read(self, body: bytes) -> _Reply:
        try:
            return _Reply.model_validate_json(document(json.loads(body.decode(errors="replace"))))
        except (ValueError, RecursionError):
            raise LLMError(
                f"{_capital(self._where)} answered, but not as the Messages API does: check the base URL."
            ) from None

    def _check_stop(self, reply: _Reply) -> None:
        """Raise where the reply ended early: half an answer may parse, and is not the answer."""
        if reply.stop_reason == "max_tokens":
            raise LLMError(
                f"The answer of '{self._model}' was cut off at {self._max_tokens:,} tokens: raise that limit, "
                "or record a shorter trajectory."
            )
        if reply.stop_reason == "model_context_window_exceeded":
            raise LLMError(f"The request does not fit into '{self._model}': record a shorter trajectory.")
        if reply.stop_reason == "refusal":
            raise LLMError(f"'{self._model}' refused to answer: look at what was recorded, or use another model.")

    def _client(self) -> "anthropic.Anthropic":
        """A client that takes its key, address and headers from here alone."""
        import anthropic

        limits = anthropic.Timeout(self._timeout, connect=min(self._timeout, CONNECT_TIMEOUT))
        http = anthropic.DefaultHttpxClient(
            # A redirect would carry the x-api-key header to another host.
            follow_redirects=False,
            timeout=limits,
            event_hooks={"response": [_decline_long_waits]},
        )
        key = self._key or _NO_KEY
        client = anthropic.Anthropic(
            api_key=key,
            base_url=self._base_url or CLAUDE_URL,
            timeout=limits,
            max_retries=self._max_retries,
            # Spans could carry the prompts elsewhere.
            open_telemetry=False,
            http_client=http,
        )
        # The SDK has no argument against ANTHROPIC_CUSTOM_HEADERS, which may hold another server's secrets. It sends
        # the key as a bearer token; servers of the Messages API's earlier form look for x-api-key.
        headers = {"x-api-key": key} if self._base_url else {}
        client._custom_headers = headers  # pyright: ignore[reportPrivateUsage]
        return client

    @property
    def _where(self) -> str:
        """The server by its address, without the path."""
        if self._base_url is None:
            return "Claude's API"
        parts = urlsplit(self._base_url)
        return f"the server at {parts.scheme}://{parts.netloc}"

    def _timed_out(self) -> LLMError:
        tries = self._max_retries + 1
        often = f", tried {tries} times" if tries > 1 else ""
        return LLMError(
            f"{_capital(self._where)} did not answer within {self._timeout:g} s{often}: try again, or allow more time."
        )

    def _unreachable(self, error: "anthropic.APIConnectionError") -> LLMError:
        cause = self._quote(str(error.__cause__ or error))
        return LLMError(f"No connection to {self._where} ({cause}): check that it runs and can be reached from here.")

    def _refused(self, error: "anthropic.APIStatusError") -> LLMError:
        """The error of a status code. What a server says of a refused key is not repeated: it may quote the key."""
        who, status = _capital(self._where), error.status_code
        if status in _STATUS:
            return LLMError(f"{who} {_STATUS[status].format(model=self._model)}")
        if status >= 500:
            return LLMError(f"{who} failed (status {status}): try again in a few minutes.")
        # A server may send anything where the SDK declares a text.
        said = self._quote(str(error.api_message or ""))
        if said:
            return LLMError(f"{who} rejected the request (status {status}: {said}): correct what it names.")
        return LLMError(f"{who} rejected the request (status {status}): check the model's name and the base URL.")

    def _quote(self, text: str) -> str:
        """Another's words in one short line, without the key."""
        if self._key:
            text = text.replace(self._key, "[key]")
        return " ".join(clean(text).split())[:300].rstrip(".")


def _turn(role: Literal["user", "assistant"], text: str) -> "MessageParam":
    # One literal each: pyright does not tell by the roles' union which of the SDK's three turns this is.
    return {"role": "user", "content": text} if role == "user" else {"role": "assistant", "content": text}


def _parse_key(key: str | None) -> str | None:
    key = (key or "").strip()
    if key and not _KEY.fullmatch(key):
        raise ConfigError(
            "The API key of the language model holds a space or a character that no key has: copy it again."
        )
    return key or None


def _parse_url(url: str | None) -> str | None:
    """`url` without the /v1 that the SDK adds itself."""
    url = (url or "").strip().rstrip("/")
    if not url:
        return None
    try:
        usable = _URL.fullmatch(url) is not None and urlsplit(url).port != 0
    except ValueError:
        usable = False
    if not usable:
        # Not repeated: it may hold a password.
        raise ConfigError('The base URL of the language model is not one: write it as "http://localhost:8080".')
    return url.removesuffix("/v1")


def _constraint(answer: type[BaseModel]) -> dict[str, object] | None:
    """The schema for `output_config`, or None where it cannot say what `answer` is.

    Constrained output knows no objects with free keys: a mapping would always come back empty.
    """
    import anthropic

    schema = answer.model_json_schema()
    if _has_free_keys(schema):
        return None
    try:
        return anthropic.transform_schema(schema)
    except ValueError:
        # A field of any type.
        return None


def _has_free_keys(schema: object) -> bool:
    if isinstance(schema, list):
        return any(map(_has_free_keys, cast(list[object], schema)))
    if isinstance(schema, dict):
        fields = cast(dict[str, object], schema)
        return bool(fields.get("additionalProperties")) or any(map(_has_free_keys, fields.values()))
    return False


def _decline_long_waits(response: "httpx2.Response") -> None:
    """Tell the SDK's retries not to wait longer than an agent waits for a tool."""
    milliseconds, seconds = response.headers.get("retry-after-ms"), response.headers.get("retry-after")
    try:
        wait = float(milliseconds) / 1000 if milliseconds else float(seconds or 0)
    except ValueError:
        # A date. Servers of this API send seconds, so how far off it is does not matter.
        wait = MAX_WAIT + 1
    if wait > MAX_WAIT:
        response.headers["x-should-retry"] = "false"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
