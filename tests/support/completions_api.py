"""A server of the chat completions API for tests: as messages_api, with that API's path and rules."""

from collections.abc import Mapping, Sequence
from typing import Any

from messages_api import MessagesAPI


def misuse(body: Mapping[str, Any]) -> str:
    """The reason for which the API refuses a conversation with tools; empty where it takes it."""
    messages: Sequence[Mapping[str, Any]] = body["messages"]
    open_calls: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                return "messages: a tool message answers no tool call before it"
            open_calls.remove(message["tool_call_id"])
            continue
        if open_calls:
            return "messages: tool calls must be answered before anything else is said"
        open_calls = [call["id"] for call in message.get("tool_calls") or ()]
    return "messages: tool calls without an answer" if open_calls else ""


class CompletionsAPI(MessagesAPI):
    path = "/v1/chat/completions"
    misuse = staticmethod(misuse)
