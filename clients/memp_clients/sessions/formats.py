"""The table of transcript formats: how each is recognised and read. A new one is a file in transcripts and a row here.

A log is a stream: its records belong together, and tasks.split makes tasks of them. Any other record is a run of its own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from memp.errors import InputError
from memp_clients.json_values import JsonObject, mapping
from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import Fault, Placed
from memp_clients.sessions.tasks.events import About, Asked, Event, TakenBack, When
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
)
from memp_clients.sessions.transcripts.benchmarks import inspect_log, swe_agent
from memp_clients.sessions.transcripts.editors import aider, cline, copilot, cursor, grok
from memp_clients.sessions.transcripts.headless import claude_stream, codex_exec, cursor_stream, gemini_stream


@dataclass
class Given:
    """The task that a caller names for runs whose log holds none (`--task`), and whether one of them needed it."""

    text: str = ""
    used: bool = False

    def take(self) -> str:
        """The task, for a run that has none of its own."""
        self.used = True
        return self.text


Parse = Callable[[Iterable[Placed], object, Given], Iterator[Entry | Fault]]
"""Records in their order, the outcome for those that show none, and the task for those that hold none, as Entries."""

NO_PROMPT = "no prompt stands in it: say what was asked with --task"


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

    def parse(records: Iterable[Placed], outcome: object, given: Given) -> Iterator[Entry | Fault]:
        return split(_prompted(events(records), given))

    return parse


def _prompted(events: Iterable[Event | Fault], given: Given) -> Iterator[Event | Fault]:
    """Fill in the caller's task where a log does not hold what was asked; without one that run is left out."""
    left_out = False
    for event in events:
        if isinstance(event, Asked):
            left_out = event.whole and not event.text.strip() and not given.text.strip()
            if left_out:
                yield Fault(event.place, NO_PROMPT)
            elif event.whole and not event.text.strip():
                yield replace(event, text=given.take())
            else:
                yield event
        elif not left_out or isinstance(event, Fault | About | When | TakenBack):
            yield event


def _runs(entry: Callable[[JsonObject, object], Entry]) -> Parse:
    """Each record is a run of its own."""

    def parse(records: Iterable[Placed], outcome: object, given: Given) -> Iterator[Entry | Fault]:
        for place, value in records:
            if isinstance(value, Fault):
                yield value
                continue
            try:
                run = entry(mapping(value), outcome)
                yield replace(run, place=place, task=run.task or given.take() or run.task)
            except InputError as error:
                yield Fault(place, str(error))

    return parse


def _refused(records: Iterable[Placed], outcome: object, given: Given) -> Iterator[Entry | Fault]:
    for place, value in records:
        if isinstance(value, Fault):
            yield value
        else:
            yield Fault(place, _reason(value))


def _reason(record: object) -> str:
    """The reason why a record of no known format is none."""
    if not isinstance(record, Mapping):
        return "it is not an object"
    fields = mapping(record)  # pyright: ignore[reportUnknownArgumentType]
    # An empty record, or one with a task, is meant as memp's own.
    return NO_RUN if not fields or "task" in fields else NOT_KNOWN


FORMATS: Mapping[str, TranscriptFormat] = {
    "steps": TranscriptFormat(own.sniff, _runs(own.parse)),
    "claude-code": TranscriptFormat(claude_code.sniff, _tasks(claude_code.events), log=True),
    "claude-stream": TranscriptFormat(claude_stream.sniff, _tasks(claude_stream.events), log=True),
    "cursor-stream": TranscriptFormat(cursor_stream.sniff, _tasks(cursor_stream.events), log=True),
    "qwen-code": TranscriptFormat(qwen.sniff, _tasks(qwen.events), log=True),
    "codex": TranscriptFormat(codex.sniff, _tasks(codex.events), log=True),
    "grok": TranscriptFormat(grok.sniff, _tasks(grok.events), log=True),
    "codex-exec": TranscriptFormat(codex_exec.sniff, _tasks(codex_exec.events), log=True),
    "gemini-stream": TranscriptFormat(gemini_stream.sniff, _tasks(gemini_stream.events), log=True),
    "gemini-cli": TranscriptFormat(gemini.sniff, _tasks(gemini.events), log=True, folder=gemini.folder_of),
    "opencode": TranscriptFormat(opencode.sniff, _tasks(opencode.events), log=True, open=opencode.stored_values),
    "otel": TranscriptFormat(otel.sniff, _tasks(otel.events), log=True),
    "swe-agent": TranscriptFormat(swe_agent.sniff, _tasks(swe_agent.events)),
    "inspect": TranscriptFormat(inspect_log.sniff, _tasks(inspect_log.events), open=inspect_log.stored_values),
    "openhands": TranscriptFormat(openhands.sniff, _tasks(openhands.events), log=True),
    "langchain": TranscriptFormat(langchain.sniff, _tasks(langchain.events), log=True),
    "copilot-cli": TranscriptFormat(copilot.sniff, _tasks(copilot.events), log=True),
    "cursor": TranscriptFormat(cursor.sniff, _tasks(cursor.events), log=True, open=cursor.stored_values),
    "aider": TranscriptFormat(aider.sniff, _tasks(aider.events), log=True, open=aider.stored_values),
    "cline": TranscriptFormat(cline.sniff, _tasks(cline.events), wrap=cline.wrapped),
    "messages": TranscriptFormat(messages.sniff, _runs(messages.parse), wrap=messages.wrapped),
    "conversations": TranscriptFormat(rollouts.sniff, _runs(rollouts.parse)),
}
"""In the order in which they are tried: the more telling first."""

NO_RUN = "a run needs task and steps"

UNKNOWN = TranscriptFormat(lambda record: False, _refused)

NOT_KNOWN = f"the format is not known: it is none of the {len(FORMATS)} in docs/import.md, which says how each looks"


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
