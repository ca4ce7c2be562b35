"""The table of transcript formats: how each is recognised and read. A new one is a file in transcripts and a row here.

A log is a stream: its records belong together, and tasks.split makes tasks of them. Any other record is a run of its own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from memp.errors import InputError
from memp_clients.json_values import JsonObject, mapping
from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import Fault, Placed
from memp_clients.sessions.tasks.events import Event
from memp_clients.sessions.tasks.split import split
from memp_clients.sessions.transcripts import (
    claude_code,
    codex,
    gemini,
    langchain,
    messages,
    opencode,
    openhands,
    otel,
    own,
    qwen,
    rollouts,
    swe_agent,
)  # fmt: skip

Parse = Callable[[Iterable[Placed], object], Iterator[Entry | Fault]]
"""Records in their order, and the outcome for those that show none, as Entries."""


@dataclass(frozen=True)
class TranscriptFormat:
    """One row of the table: how a kind of transcript is recognised, and how it is read.

    A `log` keeps records that no rule recognises: logs hold much that says nothing of a task. `folder` names the working
    folder of a file where its records do not. `wrap` makes a record of a list that is one, `open` reads a source that is no file
    of JSON; both give None for what is not theirs.
    """

    sniff: Callable[[JsonObject], bool]
    parse: Parse
    log: bool = False
    folder: Callable[[str], str | None] = lambda source: None
    wrap: Callable[[object], JsonObject | None] = lambda value: None
    open: Callable[[str], Iterator[Placed] | None] = lambda source: None


def _tasks(events: Callable[[Iterable[Placed]], Iterator[Event | Fault]]) -> Parse:
    """Records are events of sessions, which are split into tasks."""

    def parse(records: Iterable[Placed], outcome: object) -> Iterator[Entry | Fault]:
        return split(events(records))

    return parse


def _runs(entry: Callable[[JsonObject, object], Entry]) -> Parse:
    """Each record is a run of its own."""

    def parse(records: Iterable[Placed], outcome: object) -> Iterator[Entry | Fault]:
        for place, value in records:
            if isinstance(value, Fault):
                yield value
                continue
            try:
                yield replace(entry(mapping(value), outcome), place=place)
            except InputError as error:
                yield Fault(place, str(error))

    return parse


def _refused(records: Iterable[Placed], outcome: object) -> Iterator[Entry | Fault]:
    for place, value in records:
        if isinstance(value, Fault):
            yield value
        else:
            yield Fault(place, NOT_KNOWN if isinstance(value, Mapping) else "it is not an object")


FORMATS: Mapping[str, TranscriptFormat] = {
    "steps": TranscriptFormat(own.sniff, _runs(own.parse)),
    "claude-code": TranscriptFormat(claude_code.sniff, _tasks(claude_code.events), log=True),
    "qwen-code": TranscriptFormat(qwen.sniff, _tasks(qwen.events), log=True),
    "codex": TranscriptFormat(codex.sniff, _tasks(codex.events), log=True),
    "gemini-cli": TranscriptFormat(gemini.sniff, _tasks(gemini.events), log=True, folder=gemini.folder_of),
    "opencode": TranscriptFormat(opencode.sniff, _tasks(opencode.events), log=True, open=opencode.stored_values),
    "otel": TranscriptFormat(otel.sniff, _tasks(otel.events), log=True),
    "swe-agent": TranscriptFormat(swe_agent.sniff, _tasks(swe_agent.events)),
    "openhands": TranscriptFormat(openhands.sniff, _tasks(openhands.events), log=True),
    "langchain": TranscriptFormat(langchain.sniff, _tasks(langchain.events), log=True),
    "messages": TranscriptFormat(messages.sniff, _runs(messages.parse), wrap=messages.wrapped),
    "conversations": TranscriptFormat(rollouts.sniff, _runs(rollouts.parse)),
}
"""In the order in which they are tried: the more telling first."""

UNKNOWN = TranscriptFormat(lambda record: False, _refused)

NOT_KNOWN = f"the format is not known: it is none of {', '.join(FORMATS)} (docs/import.md says how each looks)"


def format_of(record: object, current: TranscriptFormat = UNKNOWN) -> TranscriptFormat:
    """Recognise the format of a record that stands after one of the format `current`."""
    if isinstance(record, Fault):
        return current
    if not isinstance(record, Mapping):
        return UNKNOWN
    fields = mapping(record)  # pyright: ignore[reportUnknownArgumentType]
    if current.sniff(fields):
        return current
    match = next((format_ for format_ in FORMATS.values() if format_.sniff(fields)), UNKNOWN)
    return current if match is UNKNOWN and current.log else match
