"""OpenTelemetry's GenAI spans: a trace is a task.

Read are OTLP's JSON ({resourceSpans: [...]}, a document or a batch a line, as the collector's file exporter writes it)
and the SDK's console exporter ({name, context: {trace_id}, attributes}). Of the semantic conventions both forms: messages
in the attributes gen_ai.input.messages and gen_ai.output.messages (since 1.37), and before in events such as
gen_ai.user.message. execute_tool spans are the steps; without them the tool calls in the last chat's messages are.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from memp_clients.json_values import JsonObject, items, mapping, moment, number, spent, text
from memp_clients.sessions.files import Fault, Placed
from memp_clients.sessions.tasks.events import About, Answered, Asked, Called, Event, Said, Spent, When

MAX_OPEN = 1_000
"""Traces that are held until their root span comes; then the oldest is taken as it is."""

LATE = "a span of a trace that was complete: its spans must not lie apart"


def sniff(record: JsonObject) -> bool:
    if isinstance(record.get("resourceSpans"), list):
        return True
    return "trace_id" in mapping(record.get("context")) and "attributes" in record


@dataclass
class _Trace:
    """A trace that is being read: its spans' events with their span's start, and the messages of its last chat."""

    place: str
    asked: str = ""
    events: list[tuple[int | str, list[Event]]] = field(default_factory=list[tuple[int | str, list[Event]]])
    tools: bool = False
    last: tuple[str, list[JsonObject]] = ("", [])
    complete: bool = False


def events(records: Iterable[Placed]) -> Iterator[Event | Fault]:
    traces: dict[str, _Trace] = {}
    ended: dict[str, None] = {}
    for place, value in records:
        if isinstance(value, Fault):
            yield value
            continue
        for name, span, attributes in _spans(mapping(value)):
            if name in ended:
                yield Fault(place, LATE)
                continue
            _take(traces.setdefault(name, _Trace(place)), span, attributes)
        over = len(traces) - MAX_OPEN
        for at, name in enumerate(list(traces)):
            if traces[name].complete or at < over:
                yield from _events(name, traces.pop(name))
                ended[name] = None
        while len(ended) > MAX_OPEN:
            del ended[next(iter(ended))]
    for name, trace in traces.items():
        yield from _events(name, trace)


def _events(name: str, trace: _Trace) -> Iterator[Event]:
    happened = [event for _, events in sorted(trace.events, key=lambda pair: pair[0]) for event in events]
    if not happened and not trace.asked:
        return
    yield About(session=name, client="otel")
    yield Asked(trace.asked or "a trace without the user's request", trace.place, whole=True)
    if not trace.tools:
        yield from (event for event in happened if isinstance(event, About | When))
        happened = [*_conversation(trace.last[1]), *(event for event in happened if isinstance(event, Spent))]
    yield from happened


def _spans(value: JsonObject) -> Iterator[tuple[str, JsonObject, JsonObject]]:
    """Every GenAI span with its trace and its plain attributes."""
    if "context" in value:
        name, attributes = text(mapping(value["context"]).get("trace_id")), mapping(value.get("attributes"))
        yield name, value, {**mapping(mapping(value.get("resource")).get("attributes")), **attributes}
        return
    for resource in map(mapping, items(value.get("resourceSpans"))):
        own = _plain(mapping(resource.get("resource")).get("attributes"))
        for scope in map(mapping, items(resource.get("scopeSpans"))):
            for span in map(mapping, items(scope.get("spans"))):
                yield text(span.get("traceId")), span, {**own, **_plain(span.get("attributes"))}


def _take(trace: _Trace, span: JsonObject, attributes: JsonObject) -> None:
    start = text(span.get("startTimeUnixNano")).zfill(20) if "traceId" in span else text(span.get("start_time"))
    if not (span.get("parentSpanId") or span.get("parent_id")):
        trace.complete = True
    operation = text(attributes.get("gen_ai.operation.name"))
    messages = _messages(span, attributes)
    users = [_said(message) for message in messages if message.get("role") == "user"]
    if users and not trace.asked:
        trace.asked = users[-1]
    happened: list[Event] = []
    if operation == "execute_tool" or (not operation and "gen_ai.tool.name" in attributes):
        trace.tools = True
        happened += _tool(span, attributes)
    elif operation or messages:
        model = text(attributes.get("gen_ai.response.model")) or text(attributes.get("gen_ai.request.model"))
        happened.append(About(client=text(attributes.get("service.name")) or None, model=model or None))
        if operation not in ("invoke_agent", "invoke_workflow", "create_agent"):
            outputs = _listed(attributes.get("gen_ai.output.messages"))
            happened += [Said(_said(message)) for message in outputs]
            usage = (attributes.get("gen_ai.usage.input_tokens"), attributes.get("gen_ai.usage.output_tokens"))
            happened.append(Spent(spent(*usage)))
        if start >= trace.last[0]:
            trace.last = (start, messages)
    if happened:
        ended = moment(span.get("endTimeUnixNano", span.get("end_time")))
        trace.events.append((start, [When(ended), *happened]))


def _tool(span: JsonObject, attributes: JsonObject) -> list[Event]:
    call = text(attributes.get("gen_ai.tool.call.id")) or text(span.get("spanId"))
    arguments = attributes.get("gen_ai.tool.call.arguments", attributes.get("tool_arguments"))
    result = attributes.get("gen_ai.tool.call.result", attributes.get("tool_response"))
    status = mapping(span.get("status"))
    code = status.get("code", status.get("status_code"))
    failed = "error.type" in attributes or code in (2, "STATUS_CODE_ERROR", "ERROR")
    output = _shown(result) or text(status.get("message", status.get("description")))
    return [Called(call, text(attributes.get("gen_ai.tool.name")), arguments), Answered(call, output, failed)]


def _messages(span: JsonObject, attributes: JsonObject) -> list[JsonObject]:
    """The messages that went in and came out, of either form."""
    messages = [
        *_listed(attributes.get("gen_ai.input.messages")),
        *_listed(attributes.get("gen_ai.output.messages")),
    ]
    for event in map(mapping, items(span.get("events"))):
        name, fields = text(event.get("name")), event.get("attributes")
        values = mapping(fields) or _plain(fields)
        if name in ("gen_ai.client.inference.operation.details", "gen_ai.client.operation.details"):
            messages += _listed(values.get("gen_ai.input.messages"))
            messages += _listed(values.get("gen_ai.output.messages"))
        elif name.startswith("gen_ai.") and name.endswith((".message", ".choice")):
            role = name.split(".")[1]
            messages.append({**values, "role": "assistant" if role == "choice" else role})
        elif name == "gen_ai.content.prompt":
            messages += _listed(values.get("gen_ai.prompt"))
    return messages


def _conversation(messages: list[JsonObject]) -> Iterator[Event]:
    """Tool calls and their results in messages of parts, or of OpenAI's form."""
    for message in messages:
        if message.get("role") in ("assistant", "model"):
            yield Said(_said(message))
        inner = mapping(_loaded(message.get("message")))
        for call in map(mapping, items(_loaded(message.get("tool_calls", inner.get("tool_calls"))))):
            function = mapping(call.get("function")) or call
            yield Called(text(call.get("id")), text(function.get("name")), function.get("arguments"))
        if message.get("role") == "tool" and "parts" not in message:
            yield Answered(text(message.get("id")), _shown(message.get("content")))
        for part in map(mapping, items(message.get("parts"))):
            if part.get("type") == "tool_call":
                yield Called(text(part.get("id")), text(part.get("name")), part.get("arguments"))
            elif part.get("type") == "tool_call_response":
                yield Answered(text(part.get("id")), _shown(part.get("response", part.get("result"))))


def _said(message: JsonObject) -> str:
    parts = [mapping(part) for part in items(message.get("parts"))]
    texts = [text(part.get("content")) for part in parts if part.get("type") in ("text", "reasoning")]
    inner = mapping(_loaded(message.get("message")))
    return "\n".join(filter(None, [*texts, text(message.get("content")), text(inner.get("content"))]))


def _listed(value: object) -> list[JsonObject]:
    return [mapping(item) for item in items(_loaded(value))]


def _loaded(value: object) -> object:
    """Structured attributes come as text where the backend knows no nesting."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _shown(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def _plain(attributes: object) -> dict[str, object]:
    """OTLP's list of {key, value: {stringValue | intValue | ...}} as an object."""
    pairs = (mapping(pair) for pair in items(attributes))
    return {text(pair.get("key")): _value(mapping(pair.get("value"))) for pair in pairs}


def _value(value: JsonObject) -> object:
    if "arrayValue" in value:
        return [_value(mapping(item)) for item in items(mapping(value["arrayValue"]).get("values"))]
    if "kvlistValue" in value:
        return _plain(mapping(value["kvlistValue"]).get("values"))
    if "intValue" in value:
        return number(value["intValue"])
    return next(iter(value.values()), None)
