"""aider's history: .aider.chat.history.md beside the code, Markdown that every start appends to.

"# aider chat started at TIME" begins a session, "#### " is what a person typed, "> " what aider says (Applied edit to FILE,
Running COMMAND, questions with their answers); the rest are the model's words. Lines of aider's own end with two spaces, which
tells them from such lines in the model's code. No output of commands stands in it. /test adds its output to the chat if and only
if the exit status is not 0, so that is known; of /run it is not.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from memp_clients.json_values import mapping, text
from memp_clients.sessions.files import Fault, Placed, text_lines
from memp_clients.sessions.tasks.events import About, Answered, Asked, Called, Event, Said, Stopped, TakenBack, When

LINE = "aider_line"
"""Field of the records that are made of its lines."""

LOOKED_AT = 5
"""Lines at the beginning of a file, of which the first that is not blank tells whether it is a history."""


def sniff(record: object) -> bool:
    return LINE in mapping(record)


def stored_values(source: str) -> Iterator[Placed] | None:
    """The lines of a history as records; None where the file is none."""
    head = [line for _, line in islice(text_lines(source), LOOKED_AT)]
    first = next((line for line in head if isinstance(line, Fault) or line.strip()), "")
    return _records(source) if isinstance(first, str) and _STARTED.match(first) else None


def _records(source: str) -> Iterator[Placed]:
    for number, line in text_lines(source):
        yield f"line {number}", line if isinstance(line, Fault) else {LINE: line}


def events(records: Iterable[Placed]) -> Iterator[Event | Fault]:
    history = _History()
    for place, value in records:
        if isinstance(value, Fault):
            yield value
        else:
            yield from history.line(text(mapping(value).get(LINE)), place)
    yield from history.ended()


class _History:
    """Reads lines; holds what a person typed until its last line, and a test until it is known how it ended."""

    def __init__(self) -> None:
        self._typed: list[str] = []
        self._said: list[str] = []
        self._place = ""
        self._fenced = False
        self._testing = False
        self._tests = ""
        self._sessions: set[str] = set()
        self._copied = False

    def line(self, line: str, place: str) -> Iterator[Event]:
        started = _STARTED.match(line)
        if started is not None:
            self._copied = started[1] in self._sessions
            self._sessions.add(started[1])
        if self._copied:  # The history was appended to itself.
            return
        own = not self._fenced or line.endswith("  ")
        if line.startswith("#### ") and own:
            if not self._typed:
                yield from self._spoken()
                self._place = place
            self._typed.append(line[5:].rstrip())
            return
        yield from self._request()
        if started is not None:
            yield from self.ended()
            self._fenced, self._tests = False, ""
            yield About(started[1], "aider")
            yield When(_moment(started[1]))
        elif line.startswith(">") and own:
            yield from self._spoken()
            yield from self._tool(line[1:].strip())
        else:
            self._fenced ^= line.startswith("```")
            self._said.append(line)

    def ended(self) -> Iterator[Event]:
        """What is held at the end."""
        yield from self._request()
        yield from self._spoken()
        self._testing = False  # It may have been going on still.

    def _request(self) -> Iterator[Event]:
        typed, self._typed = "\n".join(self._typed).strip(), []
        if not typed:
            return
        self._fenced = False
        yield from self._tested(0)
        command, _, rest = typed.partition(" ")
        if command in ("/run", "/test") or typed.startswith("!"):
            line = typed[1:].strip() if typed.startswith("!") else rest.strip() or self._tests
            yield Called("", "bash", {"command": line or "aider /test"})
            self._testing = command == "/test"
        elif command == "/undo":
            yield TakenBack(turns=1)
        elif command in ("/code", "/architect", "/ask", "/context") and rest.strip():
            yield Asked(rest.strip(), self._place)
        elif not typed.startswith("/") and typed != "<blank>":
            yield Asked(typed, self._place)

    def _spoken(self) -> Iterator[Event]:
        said, self._said = "\n".join(self._said).strip(), []
        if said:
            yield Said(said)

    def _tested(self, status: int) -> Iterator[Event]:
        if self._testing:
            self._testing = False
            yield Answered("", "", bool(status), status)

    def _tool(self, said: str) -> Iterator[Event]:
        if match := _TESTS.search(said):
            self._tests = match[1].strip("\"' ")
        if match := _APPLIED.match(said):
            yield from self._tested(0)
            yield Called("", "edit", {"path": match[1].strip()})
        elif match := _RUNNING.match(said):
            yield Called("", "bash", {"command": match[1].strip()})
        elif _ADDED.match(said):
            yield from self._tested(1)
        elif said.startswith("Attempt to fix test errors?"):
            yield from self._tested(1)
            if self._tests:
                yield Called("", "bash", {"command": self._tests})
                yield Answered("", "", True, 1)
        elif said.startswith(("^C", "KeyboardInterrupt")):
            self._testing = False
            yield Stopped()


def _moment(started: str) -> datetime | None:
    try:
        return datetime.strptime(started, "%Y-%m-%d %H:%M:%S").astimezone()
    except ValueError:
        return None


_STARTED = re.compile(r"# aider chat started at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")
_APPLIED = re.compile(r"Applied edit to (.+)")
_RUNNING = re.compile(r"Running (.+)")
_ADDED = re.compile(r"Added \d+ lines? of output to the chat")
_TESTS = re.compile(r"(?:^|\s)--test-cmd[ =](.+?)(?=\s--\w|\Z)")
