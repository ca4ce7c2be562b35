"""Conversations in the form of the OpenAI and Anthropic APIs: {messages: [{role, content, ...}]}, or the bare list.

It is one run, whoever speaks how often in it: the first user message is the task, unless `task` says it; tool calls are
the actions, what the assistant says before them is the thought, tool results are the observations. Without tools, the
assistant's words are the actions and the user's the observations. An outcome that the record does not name is judged
from the tool calls.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from memp.errors import InputError
from memp_clients.json_values import JsonObject, blocks, items, mapping, objects, text, words
from memp_clients.sessions.entry import Entry, common
from memp_clients.sessions.tasks.actions import Action, action_of
from memp_clients.sessions.tasks.checks.results import Done, status_in
from memp_clients.sessions.tasks.outcome import judge


def wrapped(value: object) -> JsonObject | None:
    """A bare list of messages as the object that holds one; None for any other value."""
    messages = [mapping(message) for message in items(value)]
    is_conversation = bool(messages) and all("role" in message and "parts" not in message for message in messages)
    return {"messages": value} if is_conversation else None


def sniff(record: JsonObject) -> bool:
    return "messages" in record


def parse(record: JsonObject, outcome: object = None) -> Entry:
    """The run of a conversation; `outcome` is taken where it shows none.

    Raises:
        InputError: a message is not of these forms.
    """
    conversation = _Conversation()
    for message in objects(record["messages"], "messages"):
        conversation.add(message)
    entry = Entry(task=record.get("task") or conversation.task, steps=conversation.steps(), **common(record, outcome))
    verdict = judge(conversation.done()) if entry.outcome is None else None
    if verdict is None:
        return entry
    return replace(entry, outcome=verdict.outcome, evidence=entry.evidence or verdict.evidence, seen=not entry.evidence)


@dataclass
class _Turn:
    """An action, with what came back."""

    action: Action
    thought: str = ""
    seen: list[str] = field(default_factory=list[str])
    called: bool = False
    failed: bool = False

    def step(self) -> dict[str, str]:
        fields = {"action": self.action.text, "thought": self.thought, "observation": "\n".join(self.seen)}
        return {name: value for name, value in fields.items() if value}

    def done(self) -> Done:
        observation = "\n".join(self.seen)
        status = status_in(observation) if self.action.command else None
        action = self.action
        return Done(
            action.text, action.command, action.edits, self.failed, status, observation, masks=action.masks
        )  # fmt: skip


class _Conversation:
    """Reads messages into turns."""

    def __init__(self) -> None:
        self.task: str | None = None
        self._turns: list[_Turn] = []
        self._called: dict[str, _Turn] = {}
        self._unanswered: list[_Turn] = []
        self._said: list[str] = []

    def add(self, message: JsonObject) -> None:
        role = message.get("role")
        if role == "assistant":
            self._assistant(message)
        elif role in ("tool", "function"):
            self._observe(words(message.get("content")), message.get("tool_call_id"))
        elif role == "user":
            self._user(message.get("content"))
        elif "tool" in str(role).lower():
            raise InputError(f"a message of '{role}' is of another format, which is not known")

    def steps(self) -> list[dict[str, str]]:
        """The assistant's last words are no step, unless there is no other."""
        if self._said and not self._turns:
            self._turns.append(_Turn(Action(self._thought())))
        return [turn.step() for turn in self._turns]

    def done(self) -> list[Done]:
        return [turn.done() for turn in self._turns if turn.called]

    def _assistant(self, message: JsonObject) -> None:
        for block in blocks(message.get("content")):
            if block.get("type") == "tool_use":
                self._call(block.get("name"), block.get("input"), block.get("id"))
            else:
                _check(block)
                self._said.append(words([block]))
        for call in objects(message.get("tool_calls") or [], "tool_calls"):
            function = call.get("function", call.get("custom", call))
            if not isinstance(function, Mapping):
                raise InputError("a tool call has no 'function'")
            named = mapping(call.get("function", call.get("custom", call)))
            self._call(named.get("name"), named.get("arguments", named.get("input")), call.get("id"))
        old = mapping(message.get("function_call"))
        if old:
            self._call(old.get("name"), old.get("arguments"), None)

    def _user(self, content: object) -> None:
        texts: list[str] = []
        for block in blocks(content):
            if block.get("type") == "tool_result":
                if "tool_use_id" not in block:
                    raise InputError("a tool_result without tool_use_id is of another format, which is not known")
                self._observe(words(block.get("content")), block.get("tool_use_id"), block.get("is_error") is True)
            else:
                _check(block)
                texts.append(words([block]))
        message_text = "\n".join(filter(None, texts))
        if not message_text:
            return
        if self.task is None:
            self.task = message_text
        elif self._said:
            self._turns.append(_Turn(Action(self._thought()), seen=[message_text]))
        elif self._turns:
            self._turns[-1].seen.append(f"User: {message_text}")

    def _call(self, name: object, arguments: object, call_id: object) -> None:
        tool = text(name) or "tool"
        turn = _Turn(action_of(tool, arguments) or Action(tool), self._thought(), called=True)
        self._turns.append(turn)
        self._unanswered.append(turn)
        if isinstance(call_id, str):
            self._called[call_id] = turn

    def _observe(self, output: str, call_id: object, failed: bool = False) -> None:
        turn = self._called.get(call_id) if isinstance(call_id, str) else None
        if turn is None and self._unanswered:
            turn = self._unanswered[0]
        if turn is not None:
            turn.failed = failed
            if output:
                turn.seen.append(f"Error: {output}" if failed and not output.lower().startswith("error") else output)
            self._unanswered = [other for other in self._unanswered if other is not turn]

    def _thought(self) -> str:
        thought, self._said = "\n".join(filter(None, self._said)), []
        return thought


def _check(block: JsonObject) -> None:
    """Check that a part which is neither a call nor a result is not one of another client's.

    Raises:
        InputError: it is.
    """
    kind = str(block.get("type", ""))
    if _OTHERS.search(kind) and not kind.endswith(("_tool_use", "_tool_result")):
        raise InputError(f"a part of type '{kind}' is of another format, which is not known")


_OTHERS = re.compile(r"tool|function|action", re.IGNORECASE)
