"""OpenHands: event streams of both versions, and the output of its evaluations.

V0: {id, source, action: run | edit | message | ..., args} and {id, source, observation, content, cause, extras}, as a
list (the trajectory a person downloads), one a line, or in {instance_id, instruction, history: [...], test_result}.
V1 (the agent SDK): {id, kind: MessageEvent | ActionEvent | ObservationEvent | AgentErrorEvent, ...}.
"""

from collections.abc import Iterable, Iterator

from memp.errors import InputError
from memp_clients.json_values import JsonObject, items, mapping, moment, number, spent, text, words
from memp_clients.sessions.files import Fault, Placed
from memp_clients.sessions.tasks.events import (
    About,
    Answered,
    Asked,
    Called,
    Ended,
    Event,
    Said,
    Spent,
    Stopped,
    Verdict,
    When,
)

_SILENT = (
    "message",
    "system",
    "recall",
    "change_agent_state",
    "finish",
    "null",
    "condensation",
    "condensation_request",
)
_NAMES = {"run": "bash", "run_ipython": "python", "read": "read", "write": "write", "edit": "edit"}


def sniff(record: JsonObject) -> bool:
    if (
        "source" in record
        and ("action" in record or "observation" in record)
        and ("args" in record or "extras" in record)
    ):
        return True
    if text(record.get("kind")).endswith(("Event", "Observation", "Condensation")) and "source" in record:
        return True
    return "instance_id" in record and isinstance(record.get("history"), list)


def events(records: Iterable[Placed]) -> Iterator[Event | Fault]:
    for place, value in records:
        if isinstance(value, Fault):
            yield value
            continue
        record = mapping(value)
        try:
            if "history" in record:
                yield from _evaluated(record, place)
            else:
                yield About(client="openhands")
                yield from _event(record, place)
        except InputError as error:
            yield Fault(place, str(error))


def _evaluated(record: JsonObject, place: str) -> Iterator[Event]:
    model = text(mapping(mapping(record.get("metadata")).get("llm_config")).get("model"))
    yield About(session=text(record.get("instance_id")) or place, client="openhands", model=model or None)
    instruction = text(record.get("instruction"))
    if instruction:
        yield Asked(instruction, place, whole=True)
    for at, item in enumerate(items(record.get("history")), 1):
        # Older versions pair an action with its observation.
        for event in map(mapping, items(item) or [item]):
            inner = _event(event, ", ".join(filter(None, [place, f"event {at}"])))
            yield from (one for one in inner if not (instruction and isinstance(one, Asked)))
    report = mapping(mapping(record.get("test_result")).get("report"))
    resolved = report.get("resolved", record.get("resolved"))
    if isinstance(resolved, bool):
        yield Ended(Verdict("success" if resolved else "failure", f"environment: resolved: {resolved}"))


def _event(event: JsonObject, place: str) -> Iterator[Event]:
    yield When(moment(event.get("timestamp")))
    if "kind" in event:
        yield from _event_v1(event, place)
    elif "action" in event:
        yield from _action(event, place)
    elif "observation" in event:
        extras = mapping(event.get("extras"))
        status = number(mapping(extras.get("metadata")).get("exit_code", extras.get("exit_code")))
        failed = event.get("observation") == "error" or event.get("success") is False
        status = None if status is None or status < 0 else status
        yield Answered(str(event.get("cause", "")), text(event.get("content")), failed, status)
        if event.get("observation") == "user_rejected":
            yield Stopped()


def _action(event: JsonObject, place: str) -> Iterator[Event]:
    kind, args = text(event.get("action")), mapping(event.get("args"))
    if kind == "message" and event.get("source") == "user":
        yield Asked(text(args.get("content")) or text(event.get("message")), place)
    elif kind == "change_agent_state" and args.get("agent_state") in ("stopped", "paused"):
        yield Stopped()
    elif kind not in _SILENT and event.get("source") == "agent":
        yield Said(text(args.get("thought")))
        arguments = {name: value for name, value in args.items() if name not in ("thought", "security_risk")}
        yield Called(str(event.get("id", "")), _NAMES.get(kind, text(args.get("name")) or kind), arguments)
        usage = mapping(mapping(event.get("llm_metrics")).get("accumulated_token_usage"))
        if not usage:
            response = mapping(mapping(mapping(event.get("tool_call_metadata")).get("model_response")).get("usage"))
            yield Spent(spent(response.get("prompt_tokens"), response.get("completion_tokens")))
    elif kind == "message":
        yield Said(text(args.get("content")))


def _event_v1(event: JsonObject, place: str) -> Iterator[Event]:
    kind, call = text(event.get("kind")), text(event.get("tool_call_id"))
    if kind == "MessageEvent":
        message = mapping(event.get("llm_message"))
        content = words(message.get("content"))
        yield Asked(content, place) if event.get("source") == "user" else Said(content)
    elif kind == "ActionEvent" and event.get("tool_name") not in ("finish", "think", "task_tracker"):
        yield Said(words(event.get("thought")))
        fields = {name: value for name, value in mapping(event.get("action")).items() if name != "kind"}
        yield Called(call, text(event.get("tool_name")), fields)
    elif kind == "ObservationEvent":
        seen = mapping(event.get("observation"))
        content = words(seen.get("content")) or words(seen.get("output"))
        status = number(seen.get("exit_code", mapping(seen.get("metadata")).get("exit_code")))
        failed = seen.get("is_error") is True or seen.get("error") is True
        yield Answered(call, content, failed, None if status is None or status < 0 else status)
    elif kind == "AgentErrorEvent":
        yield Answered(call, text(event.get("error")), failed=True)
    elif kind in ("UserRejectObservation", "PauseEvent"):
        yield Stopped()
