"""Claude Code's logs: ~/.claude/projects/<folder>/<session>.jsonl, a record a line.

{type: user | assistant | summary | system | progress | ..., message: {role, content, model?, usage?}, cwd, sessionId,
isSidechain, isMeta?, isCompactSummary?, toolUseResult?}. Results of tools are user records. Subagents stand on side
chains: in the session's file in older versions, there left out, as their answer is the result of the call that began
them; newer versions give each a file of its own (agent-*.jsonl), which is read like a session.
"""

import re
from collections.abc import Iterable, Iterator

from memp.errors import InputError
from memp_clients.json_values import JsonObject, blocks, mapping, moment, spent, text, words
from memp_clients.sessions.files import Fault, Placed
from memp_clients.sessions.tasks.events import About, Answered, Asked, Called, Event, Said, Spent, Stopped, When

_TYPES = (
    "user",
    "assistant",
    "system",
    "summary",
    "file-history-snapshot",
    "queue-operation",
    "progress",
    "attachment",
)
_INTERRUPTED = "[Request interrupted by user"
_REFUSED = "The user doesn't want to"
_COMMAND = re.compile(r"<command-name>\s*(/?[\w:-]+)\s*</command-name>")
_ARGUMENTS = re.compile(r"<command-args>(.*?)</command-args>", re.DOTALL)

LEAST_ARGUMENTS = 3
"""Words after a slash command that make it a request: "/model opus" sets something, "/fix the parser's test" starts work."""


def sniff(record: JsonObject) -> bool:
    if record.get("type") not in _TYPES or ("messageId" in record and "snapshot" not in record):
        return False
    if "parentUuid" in record or "leafUuid" in record or "isSidechain" in record:
        return True
    return "sessionId" in record or "snapshot" in record


def events(records: Iterable[Placed]) -> Iterator[Event | Fault]:
    side: bool | None = None
    paid: dict[str, int] = {}
    for place, value in records:
        if isinstance(value, Fault):
            yield value
            continue
        record = mapping(value)
        if record.get("type") not in ("user", "assistant"):
            continue
        sidechain = record.get("isSidechain") is True
        side = sidechain if side is None else side
        if sidechain != side:
            continue
        message = mapping(record.get("message"))
        yield About(
            text(record.get("sessionId")) or None, "claude-code", _model(message), text(record.get("cwd")) or None
        )
        yield When(moment(record.get("timestamp")))
        try:
            if record["type"] == "assistant":
                yield from _assistant(message, paid)
            else:
                yield from _user(record, message, place)
        except InputError as error:
            yield Fault(place, str(error))


def _model(message: JsonObject) -> str | None:
    model = text(message.get("model"))
    return model if model and not model.startswith("<") else None


def _assistant(message: JsonObject, paid: dict[str, int]) -> Iterator[Event]:
    for block in blocks(message.get("content")):
        if block.get("type") == "tool_use":
            yield Called(text(block.get("id")), text(block.get("name")), block.get("input"))
        elif block.get("type") in ("text", "thinking"):
            yield Said(words([block]))
    usage = mapping(message.get("usage"))
    tokens = spent(usage.get("input_tokens"), usage.get("cache_creation_input_tokens"), usage.get("output_tokens"))
    # A message is written a block a line, each line with the message's usage so far.
    name = text(message.get("id"))
    more = tokens - paid.get(name, 0)
    if more > 0:
        if name:
            paid.clear()
            paid[name] = tokens
        yield Spent(more)


def _user(record: JsonObject, message: JsonObject, place: str) -> Iterator[Event]:
    texts: list[str] = []
    for block in blocks(message.get("content")):
        if block.get("type") == "tool_result":
            yield from _result(block, mapping(record.get("toolUseResult")))
        elif block.get("type") == "text":
            texts.append(text(block.get("text")))
    message_text = "\n".join(texts)
    if message_text.startswith(_INTERRUPTED):
        yield Stopped()
    elif message_text and not record.get("isMeta") and not record.get("isCompactSummary"):
        yield Asked(_command(message_text), place)


def _result(block: JsonObject, extra: JsonObject) -> Iterator[Event]:
    failed, output = block.get("is_error") is True, words(block.get("content"))
    stopped = extra.get("interrupted") is True or (failed and output.startswith(_REFUSED))
    # A command that failed says "Exit code 1"; one that is still running in the background says nothing yet.
    ended = not failed and "stdout" in extra and not stopped and not extra.get("backgroundTaskId")
    yield Answered(text(block.get("tool_use_id")), output, failed, 0 if ended else None)
    if stopped:
        yield Stopped()


def _command(message: str) -> str:
    """A slash command with what was asked of it; other text as it is."""
    name = _COMMAND.search(message)
    if name is None:
        return message
    arguments = _ARGUMENTS.search(message)
    asked = arguments[1].strip() if arguments else ""
    return f"{name[1]} {asked}" if len(asked.split()) >= LEAST_ARGUMENTS else ""
