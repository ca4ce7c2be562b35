"""LangChain and LangGraph: run trees, event streams and messages.

Runs, as LangSmith exports them and tracers hold them: {id, run_type, name, inputs, outputs, error?, child_runs?,
trace_id?, parent_run_id?}, nested or one a line. Events of `astream_events`: {event: on_tool_start | ..., run_id, name,
data}. Messages, as a LangGraph state or checkpoint has them: {type: human | ai | tool, content, tool_calls?}, plain, in
{type, data} or in {lc, id, kwargs}. A trace, a stream or a list of messages is a session.
"""

import json
from collections.abc import Iterable, Iterator
from typing import cast

from memp.errors import InputError
from memp_clients.json_values import JsonObject, items, mapping, moment, spent, text, words
from memp_clients.sessions.files import Fault, Placed
from memp_clients.sessions.tasks.events import About, Answered, Asked, Called, Event, Said, Spent, When

_ROLES = {"human": "user", "ai": "assistant", "tool": "tool", "system": "system", "AIMessageChunk": "assistant"}
_CLASSES = {"HumanMessage": "user", "AIMessage": "assistant", "AIMessageChunk": "assistant", "ToolMessage": "tool"}


def sniff(record: JsonObject) -> bool:
    if "run_type" in record and ("inputs" in record or "child_runs" in record):
        return True
    if text(record.get("event")).startswith("on_") and "run_id" in record:
        return True
    listed = record.get("messages")
    return _is_message(mapping(next(iter(items(listed)), None))) if listed else _is_message(record)


def events(records: Iterable[Placed]) -> Iterator[Event | Fault]:
    trace = ""
    asked: set[str] = set()
    for place, value in records:
        if isinstance(value, Fault):
            yield value
            continue
        record = mapping(value)
        try:
            if "run_type" in record:
                name = text(record.get("trace_id")) or text(record.get("id"))
                if name != trace:
                    trace, asked = name, set[str]()
                yield About(session=name or None, client="langchain")
                yield from _run(record, place, asked)
            elif "event" in record:
                yield from _streamed(record, place)
            else:
                for message in map(mapping, items(record.get("messages")) or [record]):
                    yield About(client="langgraph")
                    yield from _message(message, place)
        except InputError as error:
            yield Fault(place, str(error))
        except RecursionError:
            yield Fault(place, "nested too deep")


def _run(run: JsonObject, place: str, asked: set[str]) -> Iterator[Event]:
    """A run and those under it, in their order; the first request of a trace is its task."""
    if not asked:
        request = _request(run.get("inputs"))
        if request:
            asked.add(request)
            yield Asked(request, place, whole=True)
    kind, name = run.get("run_type"), text(run.get("id")) or place
    yield When(moment(run.get("end_time")) or moment(run.get("start_time")))
    if kind == "tool":
        yield Called(name, text(run.get("name")), _input(run.get("inputs")))
        error = text(run.get("error"))
        yield Answered(name, error or _output(run.get("outputs")), bool(error))
        return  # What runs within a tool is the tool's own.
    children = [mapping(child) for child in items(run.get("child_runs"))]
    for child in sorted(children, key=lambda child: text(child.get("dotted_order")) or text(child.get("start_time"))):
        yield from _run(child, place, asked)
    if kind in ("llm", "chat_model"):
        metadata = mapping(mapping(run.get("extra")).get("metadata"))
        yield About(model=text(metadata.get("ls_model_name")) or None)
        yield Spent(spent(run.get("prompt_tokens"), run.get("completion_tokens")))


def _streamed(record: JsonObject, place: str) -> Iterator[Event]:
    kind, name, data = text(record.get("event")), text(record.get("run_id")), mapping(record.get("data"))
    if kind == "on_tool_start":
        yield Called(name, text(record.get("name")), _input(data.get("input")))
    elif kind in ("on_tool_end", "on_tool_error"):
        error = text(data.get("error"))
        yield Answered(name, error or _output(data.get("output")), kind == "on_tool_error")
    elif kind == "on_chat_model_end":
        yield About(model=text(mapping(record.get("metadata")).get("ls_model_name")) or None)
        yield Said(words(_fields(mapping(data.get("output"))).get("content")))
    elif kind == "on_chain_start" and not items(record.get("parent_ids")):
        yield About(session=name, client="langgraph")
        request = _request(data.get("input"))
        if request:
            yield Asked(request, place, whole=True)


def _message(message: JsonObject, place: str) -> Iterator[Event]:
    role, fields = _role(message), _fields(message)
    content = words(fields.get("content"))
    if role == "user":
        yield Asked(content, place)
    elif role == "assistant":
        yield Said(content)
        for call in map(mapping, items(fields.get("tool_calls"))):
            yield Called(text(call.get("id")), text(call.get("name")), call.get("args"))
        usage = mapping(fields.get("usage_metadata"))
        yield Spent(spent(usage.get("input_tokens"), usage.get("output_tokens")))
    elif role == "tool":
        yield Answered(text(fields.get("tool_call_id")), content, fields.get("status") == "error")


def _is_message(record: JsonObject) -> bool:
    fields = _fields(record)
    return "content" in fields and "role" not in fields and bool(_role(record))


def _role(message: JsonObject) -> str:
    if "kwargs" in message:
        path = items(message.get("id"))
        return _CLASSES.get(text(path[-1]), "") if path else ""
    return _ROLES.get(text(message.get("type")), "")


def _fields(message: JsonObject) -> JsonObject:
    return mapping(message.get("kwargs")) or mapping(message.get("data")) or message


def _request(inputs: object) -> str:
    """The request: the last user message, or the first text among the inputs that names one."""
    if isinstance(inputs, str):
        return inputs
    fields = mapping(inputs)
    messages = items(fields.get("messages"))
    messages = items(next(iter(messages), None)) or messages
    for message in reversed(messages):
        if isinstance(message, str):
            return message
        if isinstance(message, list) and len(items(cast(object, message))) == 2:  # ("user", "do it")
            role, content = items(cast(object, message))
            message = {"role": role, "content": content}
        last = mapping(cast(object, message))
        if _role(last) == "user" or last.get("role") in ("user", "human"):
            return words(_fields(last).get("content"))
    keys = ("input", "question", "query", "task", "prompt", "text")
    return next((text(fields[key]) for key in keys if text(fields.get(key))), "")


def _input(inputs: object) -> object:
    """A tool's arguments; tracers put them as text, of JSON or of Python, under `input`."""
    inner = mapping(inputs).get("input", inputs)
    return inner if isinstance(inner, str) or mapping(inner) else inputs


def _output(outputs: object) -> str:
    inner = mapping(outputs).get("output", outputs)
    if isinstance(inner, str):
        return inner
    content = _fields(mapping(inner)).get("content")
    if isinstance(content, str | list):
        return words(cast(object, content))
    return "" if inner is None else json.dumps(inner, ensure_ascii=False)
