"""Trajectories from files, of every format in `transcripts`; the format is told by what the records hold."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import cast

from memp.errors import InputError
from memp_clients.sessions import transcripts
from memp_clients.sessions.entry import Entry, items, mapping
from memp_clients.sessions.files import STDIN, Fault, called, values
from memp_clients.sessions.transcripts import FORMATS, UNKNOWN, Format, messages, opencode

__all__ = ["Entry", "parse", "read", "read_one"]

LOOKED_AT = 20
"""Items of a list that are looked at to tell its format."""


def read(source: str, outcome: object = None, position: Callable[[int], None] | None = None) -> Iterator[Entry | Fault]:
    """The trajectories of a file ("-": stdin), in order. Of logs no more than a task is held in memory.

    Args:
        outcome: taken for those that show none.
        position: called with how many bytes of the file are read.

    Raises:
        InputError: the file cannot be opened.
    """
    if source != STDIN and opencode.is_database(source):
        found = opencode.database_values(source)
    elif source != STDIN and opencode.is_stored_session(source):
        found = opencode.storage_values(source)
    else:
        found = values(source, position)
    for (_, format_), records in groupby(_told(found), key=lambda record: record[:2]):
        project = None if source == STDIN else format_.project(source)
        for entry in format_.parse((record[2:] for record in records), outcome):
            yield entry if isinstance(entry, Fault) else _finished(entry, source, outcome, project)


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
    if not found:
        raise InputError(f"{called(source)} holds no trajectory.")
    return found[0]


def parse(value: object, outcome: object = None) -> Entry:
    """The one trajectory of a JSON value; `outcome` is taken where it shows none.

    Raises:
        InputError: it has no known form, a field that cannot be used, or not one trajectory.
    """
    for _, format_, place, record in _told([("", value)]):
        for entry in format_.parse([(place, record)], outcome):
            if isinstance(entry, Fault):
                raise InputError(entry.reason)
            return entry
    raise InputError("it holds no trajectory")


def _told(found: Iterable[tuple[str, object]]) -> Iterator[tuple[int, Format, str, object]]:
    """Each record with its format. A list of records is taken apart, and is a stream of its own; streams are counted."""
    stream, format_ = 0, UNKNOWN
    for place, value in found:
        if messages.is_conversation(value):
            value = {"messages": value}
        if isinstance(value, list):
            stream, format_ = stream + 1, UNKNOWN
            for told, where, record in _listed(place, items(cast(object, value))):
                yield stream, told, where, record
            stream += 1
        else:
            format_ = transcripts.of(value, format_)
            yield stream, format_, place, value


def _listed(place: str, records: list[object]) -> Iterator[tuple[Format, str, object]]:
    if not records:
        yield UNKNOWN, place, Fault(place, "the list is empty")
    # One record that tells the format is enough for a log: its other items may tell nothing.
    head = [mapping(record) for record in records[:LOOKED_AT]]
    logs = (log for log in FORMATS.values() if log.log and any(map(log.sniff, head)))
    format_ = next(logs, UNKNOWN)
    for number, record in enumerate(records, 1):
        format_ = transcripts.of(record, format_)
        yield format_, ", ".join(filter(None, [place, f"item {number}"])), record


def _finished(entry: Entry, source: str, outcome: object, project: str | None) -> Entry:
    """With the caller's outcome where it shows none, and with its place in the file as its source."""
    own = entry.provenance
    if entry.session:
        name = ":".join(filter(None, [called(source), entry.place.removeprefix("line ")])) + f"/{entry.session}"
    else:
        name = own.source or ", ".join(filter(None, [called(source), entry.place]))
    provenance = own.model_copy(update={"source": name[:500], "project": own.project or project})
    return replace(entry, provenance=provenance, outcome=outcome if entry.outcome is None else entry.outcome)
