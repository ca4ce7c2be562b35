"""Transcripts of agents: a file for each format, and here the table of them.

A format is a rule that knows its records by what they hold, and a plain function from records to Entries. A log is a
stream: its records belong together, and `session.split` makes tasks of them. Any other record is a run of its own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from memp.errors import InputError
from memp_clients.sessions.entry import Entry, Record, mapping
from memp_clients.sessions.files import Fault
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
    rollouts,
    swe_agent,
)  # fmt: skip
from memp_clients.sessions.transcripts.session import Event, split

Placed = tuple[str, object]
"""A JSON value, or a Fault, with its place in the file."""

Parse = Callable[[Iterable[Placed], object], Iterator[Entry | Fault]]
"""Records in their order, and the outcome for those that show none, as Entries."""


@dataclass(frozen=True)
class Format:
    """How one kind of transcript is told and read.

    A `log` keeps records that no rule knows: logs hold much that says nothing of a task. `project` tells the project of
    a file where its records do not.
    """

    sniff: Callable[[Record], bool]
    parse: Parse
    log: bool = False
    project: Callable[[str], str | None] = lambda source: None


def _tasks(events: Callable[[Iterable[Placed]], Iterator[Event | Fault]]) -> Parse:
    def parse(records: Iterable[Placed], outcome: object) -> Iterator[Entry | Fault]:
        return split(events(records))

    return parse


def _runs(entry: Callable[[Record, object], Entry]) -> Parse:
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


FORMATS: Mapping[str, Format] = {
    "steps": Format(own.sniff, _runs(own.parse)),
    "claude-code": Format(claude_code.sniff, _tasks(claude_code.events), log=True),
    "codex": Format(codex.sniff, _tasks(codex.events), log=True),
    "gemini-cli": Format(gemini.sniff, _tasks(gemini.events), log=True, project=gemini.project_of),
    "opencode": Format(opencode.sniff, _tasks(opencode.events), log=True),
    "otel": Format(otel.sniff, _tasks(otel.events), log=True),
    "swe-agent": Format(swe_agent.sniff, _tasks(swe_agent.events)),
    "openhands": Format(openhands.sniff, _tasks(openhands.events), log=True),
    "langchain": Format(langchain.sniff, _tasks(langchain.events), log=True),
    "messages": Format(messages.sniff, _runs(messages.parse)),
    "conversations": Format(rollouts.sniff, _runs(rollouts.parse)),
}
"""In the order in which they are tried: the more telling first."""

UNKNOWN = Format(lambda record: False, _refused)

NOT_KNOWN = f"the format is not known: it is none of {', '.join(FORMATS)} (docs/import.md says how each looks)"


def of(record: object, current: Format = UNKNOWN) -> Format:
    """The format of a record that stands after one of the format `current`."""
    if isinstance(record, Fault):
        return current
    if not isinstance(record, Mapping):
        return UNKNOWN
    fields = mapping(record)  # pyright: ignore[reportUnknownArgumentType]
    if current.sniff(fields):
        return current
    found = next((format_ for format_ in FORMATS.values() if format_.sniff(fields)), UNKNOWN)
    return current if found is UNKNOWN and current.log else found
