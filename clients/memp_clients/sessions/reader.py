"""Read trajectories from files, of every format in the table `formats`, which is recognised by what the records hold."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import cast

from memp.errors import InputError
from memp.inputs.outcome import parse_reward
from memp_clients.json_values import items, mapping
from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import STDIN, Fault, Placed, called, values
from memp_clients.sessions.formats import FORMATS, UNKNOWN, Given, TranscriptFormat, format_of

LOOKED_AT = 20
"""Records of a list, or at the beginning of a file, by which its format is recognised."""

MOST_REFUSED = 10_000
"""Records in a row that are no run, after which a file is none of runs."""

NO_TASK = "no message of a person's that a tool call follows"

CALLERS = "user: said by --outcome"
"""Evidence of an outcome that the caller named against what the file shows."""


def read(
    source: str, outcome: object = None, position: Callable[[int], None] | None = None, task: str | Given = ""
) -> Iterator[Entry | Fault]:
    """The trajectories of a file ("-": stdin), in order. Of logs no more than a task is held in memory.

    Args:
        outcome: holds for all of them, whatever they show.
        position: called with how many bytes of the file are read.
        task: what was asked, of runs whose log does not hold it; a Given notes whether it was needed.

    Raises:
        InputError: the file cannot be opened.
    """
    given = Given(task) if isinstance(task, str) else task
    refused = 0
    for entry in _entries(source, outcome, position, given):
        refused = refused + 1 if isinstance(entry, Fault) else 0
        yield entry
        if refused == MOST_REFUSED:
            yield Fault("", f"{MOST_REFUSED:,} records in a row are no run: the rest is not read")
            return


def _entries(
    source: str, outcome: object, position: Callable[[int], None] | None, given: Given
) -> Iterator[Entry | Fault]:  # fmt: skip
    for (_, format_), records in groupby(_recognised(_opened(source, position)), key=lambda record: record[:2]):
        folder = None if source == STDIN else format_.folder(source)
        counted = _Counted(record[2:] for record in records)
        empty = True
        for entry in format_.parse(counted, outcome, given):
            empty = False
            yield entry if isinstance(entry, Fault) else _finished(entry, source, outcome, folder)
        if empty:
            name = next((name for name, known in FORMATS.items() if known is format_), "an unknown kind")
            yield Fault(f"{counted.count:,} records", f"a log of {name} with no task in it: {NO_TASK}")


class _Counted:
    """Records that are counted as they are read."""

    def __init__(self, records: Iterable[Placed]) -> None:
        self._records = records
        self.count = 0

    def __iter__(self) -> Iterator[Placed]:
        for record in self._records:
            self.count += 1
            yield record


def read_one(source: str) -> Entry:
    """The one trajectory of a file.

    Raises:
        InputError: it cannot be read, or there are several.
    """
    entries: list[Entry] = []
    for entry in read(source):
        if isinstance(entry, Fault):
            place = ", ".join(filter(None, [called(source), entry.place]))
            raise InputError(f"{place}: {entry.reason.rstrip('.')}.")
        entries.append(entry)
        if len(entries) > 1:
            raise InputError(f"{called(source)} holds several trajectories: use `memp import` for them.")
    if not entries:
        raise InputError(f"{called(source)} holds no trajectory.")
    return entries[0]


def parse(value: object, outcome: object = None) -> Entry:
    """The one trajectory of a JSON value; `outcome` holds whatever it shows.

    Raises:
        InputError: it has no known form, a field that cannot be used, or not one trajectory.
    """
    for _, format_, place, record in _recognised([("", value)]):
        for entry in format_.parse([(place, record)], outcome, Given()):
            if isinstance(entry, Fault):
                raise InputError(entry.reason)
            return _overruled(entry, outcome)
    raise InputError("it holds no trajectory")


def _opened(source: str, position: Callable[[int], None] | None) -> Iterator[Placed]:
    """The JSON values of a source, by the format that has a way of its own to store them, else of a file."""
    if source != STDIN:
        for format_ in FORMATS.values():
            records = format_.open(source)
            if records is not None:
                return records
    return values(source, position)


def _recognised(records: Iterable[Placed]) -> Iterator[tuple[int, TranscriptFormat, str, object]]:
    """Each record with its format. A list of records is taken apart, and is a stream of its own; streams are counted."""
    stream, format_ = 0, UNKNOWN
    waiting: list[Placed] = []
    for place, value in records:
        value = next((record for known in FORMATS.values() if (record := known.wrap(value)) is not None), value)
        if isinstance(value, list):
            yield from ((stream, UNKNOWN, *record) for record in waiting)
            waiting = []
            stream, format_ = stream + 1, UNKNOWN
            for listed_format, where, record in _listed(place, items(cast(object, value))):
                yield stream, listed_format, where, record
            stream += 1
            continue
        format_ = format_of(value, format_)
        if format_ is UNKNOWN and len(waiting) < LOOKED_AT:
            # The first lines of a log may say nothing of its kind: a later one tells.
            waiting.append((place, value))
            continue
        for record in waiting:
            yield stream, format_ if format_.log and isinstance(record[1], Mapping) else UNKNOWN, *record
        waiting = []
        yield stream, format_, place, value
    yield from ((stream, UNKNOWN, *record) for record in waiting)


def _listed(place: str, records: list[object]) -> Iterator[tuple[TranscriptFormat, str, object]]:
    """The records of a list with their formats."""
    if not records:
        yield UNKNOWN, place, Fault(place, "the list is empty")
    # One record that shows the format is enough for a log: its others may show none.
    head = [mapping(record) for record in records[:LOOKED_AT]]
    logs = (log for log in FORMATS.values() if log.log and any(map(log.sniff, head)))
    format_ = next(logs, UNKNOWN)
    for number, record in enumerate(records, 1):
        format_ = format_of(record, format_)
        yield format_, ", ".join(filter(None, [place, f"item {number}"])), record


def _finished(entry: Entry, source: str, outcome: object, folder: str | None) -> Entry:
    """The entry with the caller's outcome, and with its place in the file as its source."""
    own = entry.provenance
    if entry.session:
        name = ":".join(filter(None, [called(source), entry.place.removeprefix("line ")])) + f"/{entry.session}"
    else:
        name = own.source or ", ".join(filter(None, [called(source), entry.place]))
    provenance = own.model_copy(update={"source": name[:500]})
    return _overruled(replace(entry, provenance=provenance, folder=entry.folder or folder or ""), outcome)


def _overruled(entry: Entry, outcome: object) -> Entry:
    """The entry with the outcome that the caller names, and whether that overrules what it shows."""
    if outcome is None:
        return entry
    if entry.outcome is None or entry.outcome == outcome:
        return replace(entry, outcome=outcome)
    try:
        alike = parse_reward(entry.outcome) == parse_reward(outcome)
    except InputError:
        alike = False  # What it shows is no outcome.
    return entry if alike else replace(entry, outcome=outcome, evidence=CALLERS, overruled=True, seen=True)
