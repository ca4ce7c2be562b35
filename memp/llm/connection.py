"""Connection to a server of the Messages API through the anthropic SDK: requests, replies, and errors as sentences.

The SDK is imported with the first request: that takes about a second, and recalling needs no model.
"""

import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import BaseModel

from memp.errors import ConfigError, LLMError, RejectedError, UnansweredError, UnreachableError
from memp.llm.parse import document
from memp.text.redact import clean

if TYPE_CHECKING:
    import anthropic
    import httpx2

CLAUDE_URL = "https://api.anthropic.com"

INSTALL = "pip install 'anthropic>=2.12,<3'"
"""memp-slim comes without it."""

CONNECT_TIMEOUT = 5.0
"""Seconds to wait for a connection; a server that is there accepts one at once, however long it then thinks."""

MAX_WAIT = 30.0
"""The longest `retry-after`, in seconds, that an agent waits for. The SDK would sleep for hours if a server said so."""

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
    429: "allows no more requests for now: try again later, or raise the account's limit.",
    529: "is overloaded: try again in a few minutes.",
}
_TOO_LARGE = 413
_OF_THIS_REQUEST = frozenset((400, _TOO_LARGE, 422))
"""Statuses of a request that the server took and did not like; the next may be another matter."""


class Block(BaseModel):
    """Content block of a reply. Thinking blocks have neither text nor input of their own."""

    type: str = "text"
    text: str | None = None
    id: str = ""
    name: str = ""
    input: object = None


class Usage(BaseModel):
    """Tokens of a request. Input tokens are counted in three parts, of which a local server sends one."""

    input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens: int | None = None


class Reply(BaseModel):
    """A reply, validated, with the fields that are used: the SDK does not validate, and would hand on anything."""

    content: list[Block]
    model: str | None = None
    stop_reason: str | None = None
    usage: Usage = Usage()

    @property
    def text(self) -> str:
        """The text of all blocks."""
        # Without a separator: one JSON object may be spread over several blocks.
        return "".join(block.text or "" for block in self.content if block.type == "text")

    @property
    def input_tokens(self) -> int:
        """Input tokens of all kinds; 0 where the server counts none."""
        usage = self.usage
        parts = (usage.input_tokens, usage.cache_creation_input_tokens, usage.cache_read_input_tokens)
        return sum(part or 0 for part in parts)


class Connection:
    """Reaches a model. Nothing is taken from the SDK's own environment variables: what is not given is not sent.

    Without a `base_url` it is Anthropic's API, which needs a key. `timeout` is for one try, in seconds, and there are
    up to `max_retries` more after a time-out, a lost connection or an overloaded server, each after at most `max_wait`
    seconds. `shorten` is what an error says to do where a request is too long.

    Raises:
        ConfigError: the base URL is not one, or the key holds characters that no key has.
    """

    def __init__(
        self,
        model: str,
        api_key: str | None,
        base_url: str | None,
        *,
        timeout: float,
        max_retries: int,
        max_wait: float = MAX_WAIT,
        shorten: str = "record a shorter trajectory",
    ) -> None:
        self.model = model
        self._key = _parse_key(api_key)
        self._base_url = _parse_url(base_url)
        self._timeout = timeout
        self._max_retries = max_retries
        self._max_wait = max_wait
        self._shorten = shorten

    def client(self) -> "anthropic.Anthropic":
        """A client that takes its key, address and headers from here alone; close it.

        Raises:
            LLMError: there is neither a key nor a base URL.
            UnreachableError: the anthropic SDK is not installed.
        """
        if self._key is None and self._base_url is None:
            raise LLMError("Claude needs an API key and none is set: set one, or the base URL of a local server.")
        if find_spec("anthropic") is None:
            raise UnreachableError(f"Claude is asked through the package anthropic, which is not installed: {INSTALL}.")
        import anthropic

        limits = anthropic.Timeout(self._timeout, connect=min(self._timeout, CONNECT_TIMEOUT))
        http = anthropic.DefaultHttpxClient(
            # A redirect would carry the x-api-key header to another host.
            follow_redirects=False,
            timeout=limits,
            event_hooks={"response": [self._decline_long_waits]},
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

    @contextmanager
    def errors(self) -> Generator[None]:
        """Turn what the SDK raises inside the block into an LLMError of one sentence."""
        import anthropic

        # Not chained: the SDK's errors hold the request, and with it the key.
        try:
            yield
        except anthropic.APITimeoutError:
            raise self._timed_out() from None
        except anthropic.APIConnectionError as error:
            raise self._unreachable(error) from None
        except anthropic.APIStatusError as error:
            raise self._refused(error) from None
        except anthropic.AnthropicError as error:
            raise LLMError(f"The request to {self.where} failed ({self.quote(str(error))}).") from None

    def read(self, body: bytes) -> Reply:
        """The reply in a response's body.

        Raises:
            LLMError: the body is no message.
        """
        try:
            return Reply.model_validate_json(document(json.loads(body.decode(errors="replace"))))
        except (ValueError, RecursionError):
            raise LLMError(
                f"{_capital(self.where)} answered, but not as the Messages API does: check the base URL."
            ) from None

    def check_stop(self, reply: Reply, max_tokens: int) -> None:
        """Refuse a reply that ended early: half an answer may parse, and is not the answer.

        Raises:
            UnansweredError: the reply was cut off or refused.
        """
        if reply.stop_reason == "max_tokens":
            raise UnansweredError(
                f"The answer of '{self.model}' was cut off at {max_tokens:,} tokens: raise that limit, "
                f"or {self._shorten}."
            )
        if reply.stop_reason == "model_context_window_exceeded":
            raise UnansweredError(f"The request does not fit into '{self.model}': {self._shorten}.")
        if reply.stop_reason == "refusal":
            raise UnansweredError(f"'{self.model}' refused to answer: look at what it was given, or use another model.")

    @property
    def where(self) -> str:
        """The server by its address, without the path."""
        if self._base_url is None:
            return "Claude's API"
        parts = urlsplit(self._base_url)
        return f"the server at {parts.scheme}://{parts.netloc}"

    def quote(self, text: str) -> str:
        """Another's words in one short line, without the key."""
        if self._key:
            text = text.replace(self._key, "[key]")
        return " ".join(clean(text).split())[:300].rstrip(".")

    def _timed_out(self) -> LLMError:
        tries = self._max_retries + 1
        often = f", tried {tries} times" if tries > 1 else ""
        return LLMError(
            f"{_capital(self.where)} did not answer within {self._timeout:g} s{often}: try again, or allow more time."
        )

    def _unreachable(self, error: "anthropic.APIConnectionError") -> LLMError:
        cause = self.quote(str(error.__cause__ or error))
        return LLMError(f"No connection to {self.where} ({cause}): check that it runs and can be reached from here.")

    def _refused(self, error: "anthropic.APIStatusError") -> LLMError:
        """The error of a status code. What a server says of a refused key is not repeated: it may quote the key."""
        who, status = _capital(self.where), error.status_code
        kind = RejectedError if status in _OF_THIS_REQUEST else LLMError
        if status == _TOO_LARGE:
            return kind(f"{who} finds the request too large: {self._shorten}.")
        if status in _STATUS:
            return kind(f"{who} {_STATUS[status].format(model=self.model)}")
        if status >= 500:
            return kind(f"{who} failed (status {status}): try again in a few minutes.")
        # A server may send anything where the SDK declares a text.
        reason = self.quote(str(error.api_message or ""))
        if reason:
            return kind(f"{who} rejected the request (status {status}: {reason}): correct what it names.")
        return kind(f"{who} rejected the request (status {status}): check the model's name and the base URL.")

    def _decline_long_waits(self, response: "httpx2.Response") -> None:
        """Tell the SDK's retries not to wait longer than `max_wait`."""
        milliseconds, seconds = response.headers.get("retry-after-ms"), response.headers.get("retry-after")
        try:
            wait = float(milliseconds) / 1000 if milliseconds else float(seconds or 0)
        except ValueError:
            # A date. Servers of this API send seconds, so how far off it is does not matter.
            wait = self._max_wait + 1
        if wait > self._max_wait:
            response.headers["x-should-retry"] = "false"


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


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
