"""Requests to the Messages API: one reply at a time, with prompt caching, counted and within a budget."""

import json
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from memp.errors import LLMError, MempError
from memp.evaluate.agents.llm.spending import Spending, Usage
from memp.llm.connection import Connection, Reply
from memp.text.redact import clean

if TYPE_CHECKING:
    from anthropic.types import MessageParam, TextBlockParam, ToolParam

BYTES_PER_TOKEN = 2
"""Fewer than any text of a game has, so that a request is never thought smaller than it is."""

OVERHEAD = 1_000
"""Tokens that a server adds to a request with tools."""

Content = dict[str, Any]
"""A block of a message, as the Messages API has it."""


class StoppedError(MempError):
    """The run was stopped; this game is not counted."""


class Answer(NamedTuple):
    """A reply: parsed, and its raw blocks, which have to be sent back unchanged; with the tokens it took."""

    reply: Reply
    content: list[Content]
    usage: Usage


class Model:
    """A language model over one connection, within a budget. Threads share it; `with` opens and closes it.

    After `stop` no further request is made.
    """

    def __init__(self, connection: Connection, spending: Spending, max_tokens: int) -> None:
        self.name = connection.model
        self.spending = spending
        self._connection = connection
        self._max_tokens = max_tokens
        self._stopped = threading.Event()
        self._closing = ExitStack()

    def __enter__(self) -> "Model":
        self._client = self._closing.enter_context(self._connection.client())
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def stop(self) -> None:
        """Let no further request be made."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    def say(self, system: str, tools: Sequence[Content], messages: Sequence[Content]) -> Answer:
        """The next reply to a conversation.

        Cache marks stand after the rules and tools, which all games share, and after the game so far.

        Raises:
            LLMError: there was no reply. UnansweredError: this request was too long, refused, or its answer cut off.
            BudgetError: the reply could pass the budget.
            StoppedError: the run was stopped.
        """
        if self.stopped:
            raise StoppedError("The run was stopped.")
        *before, last = messages
        rules = [_cached(text_block(system))]
        talk = [*before, {**last, "content": [*last["content"][:-1], _cached(last["content"][-1])]}]
        most = len(json.dumps([rules, tools, talk], ensure_ascii=False).encode()) // BYTES_PER_TOKEN + OVERHEAD
        with self.spending.request(Usage(input=most, output=self._max_tokens)) as request:
            with self._connection.errors():
                response = self._client.messages.with_raw_response.create(
                    model=self.name,
                    max_tokens=self._max_tokens,
                    system=cast("list[TextBlockParam]", rules),
                    tools=cast("list[ToolParam]", tools),
                    messages=cast("list[MessageParam]", talk),
                    tool_choice={"type": "auto", "disable_parallel_tool_use": True},
                    timeout=self._client.timeout,
                )
            body = response.http_response.content
            reply = self._connection.read(body)
            usage = request.usage = _usage(reply)
        if not usage.total and self.spending.limited:
            raise LLMError("The server does not say how many tokens it used, so no budget can be kept: play without.")
        self._connection.check_stop(reply, self._max_tokens)
        return Answer(reply, cast(list[Content], json.loads(body.decode(errors="replace"))["content"]), usage)


def text_block(text: str) -> Content:
    """A block of text. An empty text becomes a word: the API refuses empty blocks."""
    return {"type": "text", "text": clean(text) or "(nothing)"}


def _cached(block: Content) -> Content:
    return {**block, "cache_control": {"type": "ephemeral"}}


def _usage(reply: Reply) -> Usage:
    counts = reply.usage
    return Usage(
        input=counts.input_tokens or 0, output=counts.output_tokens or 0,
        cache_read=counts.cache_read_input_tokens or 0, cache_write=counts.cache_creation_input_tokens or 0,
    )  # fmt: skip
