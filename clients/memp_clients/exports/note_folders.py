"""The working folder that a file of notes belongs to: the one it lies in, or that of the sessions beside it."""

from collections.abc import Iterator
from pathlib import Path

from memp_clients.json_values import mapping, text
from memp_clients.sessions.parsing import MAX_LINE, parsed
from memp_clients.sessions.regular import open_regular

MOST_LINES = 50
"""Lines of a session that are read for its working folder: it stands in the first records."""


def note_folder(path: Path) -> str:
    """The folder in which what a file of notes says was learned; empty where nothing tells it.

    Claude Code keeps the notes of a project in `projects/NAME/memory` beside its sessions, which name their working folder
    (NAME does not: its signs are lost). What else a client keeps below a hidden folder of a home is of no one project.
    """
    path = path.absolute()
    if path.parent.name == "memory" and path.parent.parent.parent.name == "projects":
        return next(_folders(path.parent.parent), "")
    home = Path.home()
    kept = path.is_relative_to(home) and path.parts[len(home.parts)].startswith(".")
    return "" if kept else str(path.parent)


def _folders(sessions: Path) -> Iterator[str]:
    """The working folders that the sessions of a folder name, those of the first that says one first."""
    for session in sorted(sessions.glob("*.jsonl")):
        try:
            with open_regular(session) as file:
                yield from filter(None, (_folder(file.readline(MAX_LINE)) for _ in range(MOST_LINES)))
        except OSError:  # Nobody may read it, or it was deleted meanwhile: another one says it.
            continue


def _folder(line: bytes) -> str:
    record = parsed(line)
    return "" if isinstance(record, str) else text(mapping(record).get("cwd"))
