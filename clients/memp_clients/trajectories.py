"""Trajectories from files: each format is a plain function from a JSON value to an Entry, chosen by the value's shape.

steps          memp's own: {task, steps, outcome | reward, evidence?, script?, used?, facts?, provenance?, tokens?}
messages       a conversation as the OpenAI and Anthropic APIs have it: {messages: [{role, content, ...}]}, or the list
conversations  rollouts of ALFWorld and others: {game?, conversations: [{from: human | gpt, value}]}
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from memp.errors import InputError
from memp.trajectory import Provenance
from memp_clients.files import Fault, called, values

Record = Mapping[str, object]


@dataclass(frozen=True)
class Entry:
    """A trajectory as a file has it; its task, steps and outcome are checked when it is recorded.

    `place` says where it stands ("line 7"); `outcome` is None where neither the file nor the caller says one.
    """

    task: object
    steps: object
    place: str = ""
    outcome: object = None
    evidence: str = ""
    used: Sequence[object] = ()
    script: object = None
    facts: Sequence[str] = ()
    tokens: int | None = None
    provenance: Provenance = field(default_factory=Provenance)
    error: str = ""
    lesson: str = ""
    revision: object = None


def read(source: str, outcome: object = None, position: Callable[[int], None] | None = None) -> Iterator[Entry | Fault]:
    """The trajectories of a file ("-": stdin), in order.

    Args:
        outcome: taken for those that name none.
        position: called with how many bytes of the file are read.

    Raises:
        InputError: the file cannot be opened.
    """
    for place, value in values(source, position):
        if isinstance(value, Fault):
            yield value
        elif isinstance(value, list) and not _is_conversation(cast(object, value)):
            items = cast(list[object], value)
            for number, item in enumerate(items, 1):
                yield _entry(source, ", ".join(filter(None, [place, f"item {number}"])), item, outcome)
            if not items:
                yield Fault(place, "the list is empty")
        else:
            yield _entry(source, place, cast(object, value), outcome)


def read_one(source: str) -> Entry:
    """The one trajectory of a file.

    Raises:
        InputError: it cannot be read, or there are several.
    """
    found: list[Entry] = []
    for entry in read(source):
        if isinstance(entry, Fault):
            place = ", ".join(filter(None, [called(source), entry.place]))
            raise InputError(f"{place}: {entry.reason}.")
        found.append(entry)
        if len(found) > 1:
            raise InputError(f"{called(source)} holds several trajectories: use `memp import` for them.")
    return found[0]


def _entry(source: str, place: str, value: object, outcome: object) -> Entry | Fault:
    try:
        entry = parse(value, outcome)
    except InputError as error:
        return Fault(place, str(error))
    name = entry.provenance.source or ", ".join(filter(None, [called(source), place]))
    return replace(entry, place=place, provenance=entry.provenance.model_copy(update={"source": name[:500]}))


def parse(value: object, outcome: object = None) -> Entry:
    """A JSON value as an Entry, by its shape; `outcome` is taken where it names none.

    Raises:
        InputError: it has no known shape, or a field that cannot be used.
    """
    if _is_conversation(value):
        value = {"messages": value}
    if not isinstance(value, Mapping):
        raise InputError("it is not an object")
    record = cast(Record, value)
    for name, format_ in FORMATS.items():
        if name in record:
            return format_(record, outcome)
    names = ", ".join(f"'{name}'" for name in FORMATS)
    raise InputError(f"the format is not known: it has none of {names}")


def parse_own(record: Record, outcome: object = None) -> Entry:
    """{task, steps, outcome | reward, evidence?, script?, used?, facts?, provenance?, tokens?}; for `memp reflect` also
    {error, lesson?, revision?}. Other fields are passed over."""
    return Entry(task=record.get("task"), steps=record["steps"], **_common(record, outcome))


def parse_messages(record: Record, outcome: object = None) -> Entry:
    """A conversation. The first user message is the task, unless `task` says it; tool calls are the actions, what the
    assistant says before them is the thought, tool results are the observations. Without tools, the assistant's words
    are the actions and the user's the observations."""
    conversation = _Conversation()
    for message in _objects(record["messages"], "messages"):
        conversation.add(message)
    return Entry(
        task=record.get("task") or conversation.task, steps=conversation.finished(), **_common(record, outcome)
    )


def parse_rollout(record: Record, outcome: object = None) -> Entry:
    """{game?, conversations: [{from, value}]}: the first human turn holds the task, then actions and observations
    alternate. These rollouts are an expert's, so they are successes unless something says otherwise."""
    task: str | None = None
    steps: list[dict[str, str]] = []
    for turn in _objects(record["conversations"], "conversations"):
        speaker, value = turn.get("from"), turn.get("value")
        if not isinstance(value, str):
            raise InputError("a turn of 'conversations' has no text in 'value'")
        if speaker in ("gpt", "assistant"):
            said = _REACT.fullmatch(value.strip())
            steps.append({"thought": said[1], "action": said[2]} if said else {"action": value})
        elif speaker in ("human", "user") and task is None:
            task = _task_in(value)
        elif speaker in ("human", "user") and steps:
            steps[-1]["observation"] = "\n".join(filter(None, [steps[-1].get("observation"), value]))
    expert = record.get("outcome", record.get("reward", outcome)) is None
    common = _common(record, "success" if expert else outcome)
    if expert and not common["evidence"]:
        common["evidence"] = "environment: an expert's rollout"
    game = record.get("game")
    if isinstance(game, str):
        common["provenance"] = common["provenance"].model_copy(update={"source": game})
    return Entry(task=record.get("task") or task, steps=steps, **common)


FORMATS: Mapping[str, Callable[[Record, object], Entry]] = {
    "steps": parse_own,
    "messages": parse_messages,
    "conversations": parse_rollout,
}
"""By the field that tells the format."""

_REACT = re.compile(r"Thought:\s*(.*?)\s*\bAction:\s*(.+)", re.DOTALL)
_TASK = "Your task is to:"


def _task_in(text: str) -> str:
    """The task in the opening turn of a rollout: what follows "Your task is to:", else all of it."""
    _, found, rest = text.rpartition(_TASK)
    return rest.strip().split("\n", 1)[0] if found else text


def _is_conversation(value: object) -> bool:
    """Whether it is a bare list of messages."""
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(item, Mapping) and "role" in item for item in cast(list[object], value))


class _Conversation:
    """Messages as steps."""

    def __init__(self) -> None:
        self.task: str | None = None
        self._steps: list[dict[str, str]] = []
        self._called: dict[str, dict[str, str]] = {}
        self._unanswered: list[dict[str, str]] = []
        self._said: list[str] = []

    def add(self, message: Record) -> None:
        role = message.get("role")
        if role == "assistant":
            self._assistant(message)
        elif role in ("tool", "function"):
            self._observe(_text_of(message.get("content")), message.get("tool_call_id"))
        elif role == "user":
            self._user(message.get("content"))

    def finished(self) -> list[dict[str, str]]:
        """The steps. The assistant's last words are no step, unless there is no other."""
        if self._said and not self._steps:
            self._steps.append({"action": self._thought()})
        return self._steps

    def _assistant(self, message: Record) -> None:
        for block in _blocks(message.get("content")):
            if block.get("type") == "tool_use":
                self._call(block.get("name"), block.get("input"), block.get("id"))
            else:
                self._said.append(_text_of([block]))
        for call in _objects(message.get("tool_calls") or [], "tool_calls"):
            function = call.get("function", call.get("custom", call))
            if not isinstance(function, Mapping):
                raise InputError("a tool call has no 'function'")
            named = cast(Record, function)
            self._call(named.get("name"), named.get("arguments", named.get("input")), call.get("id"))
        old = message.get("function_call")
        if isinstance(old, Mapping):
            self._call(cast(Record, old).get("name"), cast(Record, old).get("arguments"), None)

    def _user(self, content: object) -> None:
        texts: list[str] = []
        for block in _blocks(content):
            if block.get("type") == "tool_result":
                text = _text_of(block.get("content"))
                failed = block.get("is_error") is True and not text.lower().startswith("error")
                self._observe(f"Error: {text}" if failed else text, block.get("tool_use_id"))
            else:
                texts.append(_text_of([block]))
        text = "\n".join(filter(None, texts))
        if not text:
            return
        if self.task is None:
            self.task = text
        elif self._said:
            self._steps.append({"action": self._thought(), "observation": text})
        elif self._steps:
            _append(self._steps[-1], f"User: {text}")

    def _call(self, name: object, arguments: object, call_id: object) -> None:
        step = {"action": f"{name or 'tool'}({_arguments(arguments)})"}
        thought = self._thought()
        if thought:
            step["thought"] = thought
        self._steps.append(step)
        self._unanswered.append(step)
        if isinstance(call_id, str):
            self._called[call_id] = step

    def _observe(self, text: str, call_id: object) -> None:
        step = self._called.get(call_id) if isinstance(call_id, str) else None
        if step is None and self._unanswered:
            step = self._unanswered[0]
        if step is not None:
            _append(step, text)
            self._unanswered = [other for other in self._unanswered if other is not step]

    def _thought(self) -> str:
        thought, self._said = "\n".join(filter(None, self._said)), []
        return thought


def _append(step: dict[str, str], text: str) -> None:
    step["observation"] = "\n".join(filter(None, [step.get("observation"), text]))


def _arguments(arguments: object) -> str:
    """Arguments as in a call: path="a.py", line=3. What is no object is shown as it is."""
    if isinstance(arguments, str):
        try:
            arguments = cast(object, json.loads(arguments))
        except ValueError:
            return str(arguments)
    if not isinstance(arguments, Mapping):
        return "" if arguments is None else json.dumps(arguments, ensure_ascii=False)
    return ", ".join(
        f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in cast(Record, arguments).items()
    )


def _blocks(content: object) -> list[Record]:
    if content is None:
        return []
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return _objects(content, "content")


def _text_of(content: object) -> str:
    """The words in a message's content; a picture is named, not shown."""
    texts: list[str] = []
    for block in _blocks(content):
        kind = str(block.get("type", ""))
        text = block.get("text", block.get("thinking"))
        texts.append(text if isinstance(text, str) else f"[{kind}]" if kind and not kind.startswith("redacted") else "")
    return "\n".join(filter(None, texts)).strip()


def _objects(value: object, name: str) -> list[Record]:
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in cast(list[object], value)):
        raise InputError(f"'{name}' is not a list of objects")
    return cast(list[Record], value)


def _common(record: Record, outcome: object) -> dict[str, Any]:
    """What every format may carry beside its task and steps."""
    own = record.get("outcome", record.get("reward"))
    tokens = record.get("tokens")
    if tokens is not None and (isinstance(tokens, bool) or not isinstance(tokens, int) or not 0 <= tokens < 2**63):
        raise InputError("'tokens' must be a whole number")
    return {
        "outcome": outcome if own is None else own,
        "evidence": _evidence(record.get("evidence")),
        "used": _listed(record, "used"),
        "script": record.get("script"),
        "facts": [str(fact) for fact in _listed(record, "facts")],
        "tokens": tokens,
        "provenance": _provenance(record.get("provenance"), record.get("id")),
        "error": _optional(record, "error"),
        "lesson": _optional(record, "lesson"),
        "revision": record.get("revision"),
    }


def _evidence(value: object) -> str:
    """Evidence as one line "kind: detail", from that line or from {kind, detail}."""
    if isinstance(value, Mapping):
        fields = cast(Record, value)
        value = f"{fields.get('kind', 'claim')}: {fields.get('detail', '')}"
    if value is not None and not isinstance(value, str):
        raise InputError("'evidence' must be text, like \"check: pytest, exit 0\"")
    return value or ""


def _listed(record: Record, name: str) -> list[object]:
    value = record.get(name)
    if isinstance(value, str):
        return list[object](filter(None, (part.strip() for part in value.split(","))))
    if value is not None and not isinstance(value, list):
        raise InputError(f"'{name}' must be a list")
    return cast(list[object], value or [])


def _optional(record: Record, name: str) -> str:
    value = record.get(name)
    if value is not None and not isinstance(value, str):
        raise InputError(f"'{name}' must be text")
    return value or ""


def _provenance(value: object, record_id: object) -> Provenance:
    fields: Record = cast(Record, value) if isinstance(value, Mapping) else {}
    known = {name: str(fields[name])[:500] for name in Provenance.model_fields if fields.get(name) is not None}
    if isinstance(record_id, str | int):
        known.setdefault("source", str(record_id)[:500])
    return Provenance(**known)
