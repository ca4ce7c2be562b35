"""The tasks and actions in a session log."""

from pathlib import Path

from memp_clients.sessions.entry import Entry
from memp_clients.sessions.reader import read


def tasks(source: Path | str) -> list[Entry]:
    return [entry for entry in read(str(source)) if isinstance(entry, Entry)]


def actions(entry: Entry) -> list[str]:
    assert isinstance(entry.steps, list)
    return [step["action"] for step in entry.steps]
