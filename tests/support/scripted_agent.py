"""A model for the examples: it knows SQLite no better than its first guess, and follows what a memory tells it.

It decides from nothing but the request: the system prompt, the task, the tools it was given and their results. So an
example that does not hand on what was recalled takes the detours again.
"""

import ast
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from messages_api import Reply, Request, call, text

DETOURS = (
    "ALTER TABLE {table} ADD COLUMN {column} TEXT NOT NULL",
    "ALTER TABLE {table} ADD COLUMN {column} TEXT",
    "UPDATE {table} SET {column} = 'unknown'",
    "ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL",
)
REBUILD = (
    "CREATE TABLE rebuilt (id INTEGER PRIMARY KEY, amount REAL NOT NULL, {column} TEXT NOT NULL)",
    "INSERT INTO rebuilt SELECT id, amount, 'unknown' FROM {table}",
    "DROP TABLE {table}",
    "ALTER TABLE rebuilt RENAME TO {table}",
)
TASK = re.compile(r"Add a required column (\w+) to the (\w+) table; old rows get 'unknown'")


@dataclass(frozen=True)
class Call:
    """A tool call of this conversation, and what came back."""

    name: str
    arguments: Mapping[str, Any]
    result: str


@dataclass(frozen=True)
class Heard:
    """A request as the model reads it."""

    told: str
    asked: str
    tools: frozenset[str]
    calls: Sequence[Call]

    def results(self, tool: str) -> list[str]:
        return [call.result for call in self.calls if call.name == tool]


def decide(heard: Heard, *, gives_up: bool = False) -> tuple[str, dict[str, Any]] | None:
    """The next tool call; None when there is nothing left to do. With `gives_up` it ends after its first guesses."""
    found = TASK.search(heard.asked)
    assert found is not None, f"no task in what was asked: {heard.asked[:300]}"
    task, column, table = found[0], found[1], found[2]
    remembers = "recall_procedure" in heard.tools
    if remembers and not heard.results("recall_procedure"):
        return "recall_procedure", {"task": task}
    known = "RENAME TO" in " ".join([heard.told, *heard.results("recall_procedure")])
    plan = REBUILD if known else DETOURS if gives_up else DETOURS + REBUILD
    done = len(heard.results("sql"))
    if done < len(plan):
        return "sql", {"statement": plan[done].format(table=table, column=column)}
    if "recall_error" in heard.tools and gives_up and not heard.results("recall_error"):
        return "recall_error", {"error": heard.results("sql")[-1]}
    return _after(heard, task) if "record_trajectory" in heard.tools else None


def _after(heard: Heard, task: str) -> tuple[str, dict[str, Any]] | None:
    """The calls that the memory's rules ask for at the end: a check, and a record or a reflection."""
    checked = heard.results("check")
    if not checked:
        return "check", {}
    if heard.results("record_trajectory") or heard.results("reflect_on_failure"):
        return None
    steps = [f"{c.arguments['statement']} -> {c.result}" for c in heard.calls if c.name == "sql"]
    used = re.findall(r'"id":\s*"(p\d+\w*)"', " ".join(heard.results("recall_procedure")))
    if checked[-1] == "ok":
        evidence = {"outcome": "success", "evidence": "check: ok", "used": used}
        return "record_trajectory", {"task": task, "steps": steps, **evidence}
    return "reflect_on_failure", {"task": task, "steps": steps, "error": checked[-1], "used": used}


def as_claude(request: Request, *, gives_up: bool = False) -> Reply:
    """The model behind the Messages API."""
    body = request.body
    results = {
        block["tool_use_id"]: _text(block["content"])
        for message in body["messages"] if isinstance(message["content"], list)
        for block in message["content"] if block["type"] == "tool_result"
    }  # fmt: skip
    calls = [
        Call(block["name"], block["input"], results[block["id"]])
        for message in body["messages"] if message["role"] == "assistant"
        for block in message["content"] if block["type"] == "tool_use"
    ]  # fmt: skip
    tools = frozenset(tool["name"] for tool in body["tools"])
    heard = Heard(_text(body.get("system", "")), _text(body["messages"][0]["content"]), tools, calls)
    chosen = decide(heard, gives_up=gives_up)
    return text("Done.") if chosen is None else call(*chosen, id=f"call_{len(calls)}")


def as_completion(request: Request, *, gives_up: bool = False) -> Reply:
    """The model behind the chat completions API."""
    messages, tools = request.body["messages"], {tool["function"]["name"] for tool in request.body.get("tools", ())}
    told = " ".join(_text(m["content"]) for m in messages if m["role"] in ("system", "developer"))
    asked = next(_text(m["content"]) for m in messages if m["role"] == "user")
    calls = _calls(messages) or _calls_in_text(messages)
    chosen = decide(Heard(told, asked, frozenset(tools), calls), gives_up=gives_up)
    if chosen is None and "final_answer" in tools:
        chosen = ("final_answer", {"answer": "Done."})
    return _completion(chosen, f"call_{len(calls)}")


def _calls(messages: Sequence[Mapping[str, Any]]) -> list[Call]:
    results = {m["tool_call_id"]: _text(m["content"]) for m in messages if m["role"] == "tool"}
    asked = [made for m in messages if m["role"] == "assistant" for made in m.get("tool_calls") or ()]
    return [
        Call(made["function"]["name"], json.loads(made["function"]["arguments"]), results[made["id"]]) for made in asked
    ]


def _calls_in_text(messages: Sequence[Mapping[str, Any]]) -> list[Call]:
    """As smolagents writes them: an assistant that says what it calls, and a user who says what was observed."""
    calls: list[Call] = []
    texts = [_text(m["content"]) for m in messages]
    for said, answer in pairwise(texts):
        if said.startswith("Calling tools:"):
            (made,) = ast.literal_eval(said.partition("\n")[2])
            calls.append(Call(made["function"]["name"], made["function"]["arguments"], _observed(answer)))
    return calls


def _observed(answer: str) -> str:
    return answer.partition("Observation:\n")[2]


def _completion(chosen: tuple[str, dict[str, Any]] | None, id: str) -> Reply:
    message: dict[str, Any] = {"role": "assistant", "content": "Done." if chosen is None else None}
    if chosen is not None:
        function = {"name": chosen[0], "arguments": json.dumps(chosen[1])}
        message["tool_calls"] = [{"id": id, "type": "function", "function": function}]
    body = {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "model-of-the-test",
        "choices": [{"index": 0, "finish_reason": "stop" if chosen is None else "tool_calls", "message": message}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    }  # fmt: skip
    return Reply(body=json.dumps(body).encode(), headers={"content-type": "application/json"})


def _text(content: Any) -> str:
    """The text of a message, which the APIs take as one or in blocks."""
    if isinstance(content, str):
        return content
    return " ".join(block["text"] for block in content or () if block["type"] == "text")
