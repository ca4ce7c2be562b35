"""Claude Code's logs: ~/.claude/projects/<folder>/<session>.jsonl, a record a line.

{type: user | assistant | summary | system | progress | ..., message: {role, content, model?, usage?}, cwd, sessionId,
isSidechain, isMeta?, isCompactSummary?, toolUseResult?, uuid, parentUuid}. Results of tools are user records; what a person
types while the agent works is an attachment (queued_command). Records form a tree: where a prompt hangs at an older record,
the user went back to it (/rewind), and the prompts after that record are no history. Parallel calls fork the tree too, but
not by a prompt. Subagents stand on side
chains: in the session's file in older versions, there left out, as their answer is the result of the call that began
them; newer versions give each a file of its own (agent-*.jsonl), which is read like a session.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from memp.errors import InputError
from memp_clients.json_values import JsonObject, blocks, mapping, moment, spent, text, words
from memp_clients.sessions.files import Fault, Placed
from memp_clients.sessions.tasks.events import (
    About,
    Answered,
    Asked,
    Called,
    Event,
    Said,
    Spent,
    Stopped,
    TakenBack,
    When,
)
from memp_clients.sessions.tasks.user import kind_of, own_words

_TYPES = (
    "user",
    "assistant",
    "system",
    "summary",
    "file-history-snapshot",
    "queue-operation",
    "progress",
    "attachment",
    "permission-mode",
    "mode",
    "ai-title",
    "custom-title",
    "agent-name",
    "last-prompt",
    "pr-link",
    "tag",
)
_INTERRUPTED = "[Request interrupted by user"
_NOTICE = "<task-notification>"
_ELEMENT = re.compile(r"<(?P<tag>[A-Za-z][\w-]*)\b[^<>]*>(?P<words>.*)</(?P=tag)>", re.DOTALL)
"""A message that is one element from its first letter to its last, as programs write it."""

_REFUSED = "The user doesn't want to"
_COMMAND = re.compile(r"<command-name>\s*(/?[\w:-]+)\s*</command-name>")
_ARGUMENTS = re.compile(r"<command-args>(.*?)</command-args>", re.DOTALL)

LEAST_ARGUMENTS = 3
"""Words after a slash command that make it a request: "/model opus" sets something, "/fix the parser's test" starts work."""


def sniff(record: JsonObject) -> bool:
    if isinstance(mapping(record.get("message")).get("parts"), list):
        return False  # Qwen Code's.
    if record.get("type") not in _TYPES or ("messageId" in record and "snapshot" not in record):
        return False
    if "parentUuid" in record or "leafUuid" in record or "isSidechain" in record:
        return True
    return "sessionId" in record or "snapshot" in record


def events(records: Iterable[Placed]) -> Iterator[Event | Fault]:
    side: bool | None = None
    paid: dict[str, int] = {}
    tree = Tree()
    for place, value in records:
        if isinstance(value, Fault):
            yield value
            continue
        record = mapping(value)
        kind = record.get("type")
        if tree.has(record):
            continue  # Written twice, as when a session is resumed.
        if kind == "queue-operation":
            yield from _notice(record, place)
        if kind not in ("user", "assistant", "attachment"):
            tree.add(record)
            continue
        sidechain = record.get("isSidechain") is True
        side = sidechain if side is None and kind != "attachment" else side
        if side is not None and sidechain != side:
            continue
        message = mapping(record.get("message"))
        yield About(
            text(record.get("sessionId")) or None, "claude-code", _model(message), text(record.get("cwd")) or None
        )
        yield When(moment(record.get("timestamp")))
        try:
            if kind == "assistant":
                tree.add(record)
                yield from answer_events(message, paid)
            elif kind == "attachment":
                tree.add(record)
                yield from _queued(mapping(record.get("attachment")), place)
            else:
                yield from _user(record, message, place, tree, by_agent=side is True or _is_of_a_program(record))
        except InputError as error:
            yield Fault(place, str(error))


@dataclass
class Tree:
    """The records so far, by what they hang at; of each only its number and hash are kept, as a log may be long."""

    numbers: dict[int, int] = field(default_factory=dict[int, int])
    prompts: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    session: str = ""
    roots: int = 0
    """Prompts of the session that hang at nothing."""

    def has(self, record: JsonObject) -> bool:
        name = text(record.get("uuid"))
        return bool(name) and hash(name) in self.numbers

    def add(self, record: JsonObject) -> None:
        name = text(record.get("uuid"))
        if name:
            self.numbers[hash(name)] = len(self.numbers)

    def prompt(self, record: JsonObject, place: str) -> str:
        """Add a prompt; the place of the first prompt that is no history because of it, empty where there is none."""
        session = text(record.get("sessionId"))
        if session != self.session:
            self.session, self.prompts, self.roots = session, [], 0
        parent = record.get("parentUuid")
        at = self.numbers.get(hash(parent)) if isinstance(parent, str) else None
        if "parentUuid" in record and parent is None and not record.get("logicalParentUuid"):
            # At the root: in place of the first prompt. A log with more of them is a chain of another kind.
            self.roots += 1
            at = -1 if self.roots == 2 else None
        first = len(self.prompts)
        if at is not None:
            first = next((i for i, (number, _) in enumerate(self.prompts) if number > at), first)
        taken = self.prompts[first][1] if first < len(self.prompts) else ""
        del self.prompts[first:]
        self.add(record)
        self.prompts.append((len(self.numbers) - 1, place))
        return taken


def _model(message: JsonObject) -> str | None:
    model = text(message.get("model"))
    return model if model and not model.startswith("<") else None


def answer_events(message: JsonObject, paid: dict[str, int]) -> Iterator[Event]:
    """Read a message of the assistant; `paid` holds the tokens of the one that is being written."""
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


def _user(record: JsonObject, message: JsonObject, place: str, tree: Tree, *, by_agent: bool) -> Iterator[Event]:
    texts: list[str] = []
    results: list[Event] = []
    for block in blocks(message.get("content")):
        if block.get("type") == "tool_result":
            results += result_events(block, mapping(record.get("toolUseResult")))
        elif block.get("type") == "text":
            texts.append(text(block.get("text")))
    yield from results
    message_text = "\n".join(texts)
    asked = bool(message_text) and not record.get("isMeta") and not record.get("isCompactSummary")
    if message_text.startswith(_INTERRUPTED):
        tree.add(record)
        yield Stopped()
    elif asked:
        command = _command(message_text)
        if own_words(command) and not results:
            taken = tree.prompt(record, place)
            if taken:
                yield TakenBack(taken)
        else:
            tree.add(record)
        # A slash command is written in tags, and so is a notice of the host's, which a task may wait for.
        element = (
            _ELEMENT.fullmatch(message_text.strip()) if own_words(message_text) and command == message_text else None
        )
        if by_agent or element is not None:
            # An agent's message under the user's name may be a task, but no word on how the last one went.
            asked_for = own_words(element["words"] if element else command)
            if kind_of(asked_for) == "request":
                yield Asked(asked_for, place, whole=True)
        else:
            yield Asked(command or message_text, place)
    else:
        tree.add(record)


def _is_of_a_program(record: JsonObject) -> bool:
    """Whether the record itself says that no person wrote it: another agent did, a channel, a schedule."""
    return mapping(record.get("origin")).get("kind") not in (None, "human")


def _queued(attachment: JsonObject, place: str) -> Iterator[Event]:
    """What a person typed while the agent worked, or a notice that came meanwhile."""
    if attachment.get("type") != "queued_command":
        return
    words_typed = words(attachment.get("prompt"))
    origin = mapping(attachment.get("origin")).get("kind")
    if attachment.get("commandMode", "prompt") == "task-notification" or words_typed.startswith(_NOTICE):
        yield Asked(words_typed if words_typed.startswith(_NOTICE) else "", place)
    elif attachment.get("commandMode", "prompt") == "prompt" and origin in (None, "human") and words_typed:
        yield Asked(_command(words_typed), place)


def _notice(record: JsonObject, place: str) -> Iterator[Event]:
    """A notice that waits to be read; it may be all that a log has of a background task's end."""
    content = text(record.get("content"))
    if record.get("operation") == "enqueue" and content.startswith(_NOTICE):
        yield Asked(content, place)


def result_events(block: JsonObject, extra: JsonObject) -> Iterator[Event]:
    """Read a tool's result; `extra` is what the client notes beside it."""
    failed, output = block.get("is_error") is True, words(block.get("content"))
    stopped = extra.get("interrupted") is True or (failed and output.startswith(_REFUSED))
    # A command that failed says "Exit code 1"; one that is still running in the background says nothing yet.
    running = text(extra.get("backgroundTaskId"))
    ended = not failed and "stdout" in extra and "status" not in extra and not stopped and not running
    refused = failed and output.startswith(_REFUSED)
    yield Answered(text(block.get("tool_use_id")), output, failed, 0 if ended else None, running, refused)
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
