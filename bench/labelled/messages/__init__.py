"""Messages after a task's work that begin like a closing word, a dismissal or praise: which ask for something, which close?

"= TASK | FILE" is what was asked before, and the file that was changed for it. Then a line is a message, with its truth:

    asks for|against|open MESSAGE      it asks for something, and the agent does that
    closes for|against|open MESSAGE    it asks for nothing; the agent does nothing after it

`for` and `against`: by the person's word the work before is good, or is not; `open`: the message says neither.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from memp_clients.sessions.entry import Entry
from memp_clients.sessions.tasks.events import Answered, Asked, Called, Event
from memp_clients.sessions.tasks.split import split

HERE = Path(__file__).parent
SETS = {"seen": "may be looked into", "aside": "only in total"}
OUTCOMES = {"for": "success", "against": "failure", "open": None}


@dataclass(frozen=True)
class Message:
    """A person's message after a task whose work changed a file."""

    task: str
    file: str
    asks: bool
    truth: str
    text: str


@dataclass
class Handled:
    """Counts of what became of messages: requests that were taken as such, words on the work that were read, and misread."""

    requests: int = 0
    kept: int = 0
    words: int = 0
    read: int = 0
    outcomes: int = 0
    right: int = 0


def read(name: str) -> list[Message]:
    """The messages of a set."""
    task, file, messages = "", "", list[Message]()
    for line in (HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("= "):
            task, file = line[2:].split(" | ")
        elif line and not line.startswith("#"):
            kind, truth, text = line.split(" ", 2)
            messages.append(Message(task, file, kind == "asks", truth, text))
    return messages


def handled(messages: Iterable[Message]) -> tuple[Handled, list[str]]:
    """Counts over sessions in which each message stands, and those messages of which something was read wrongly."""
    count, wrong = Handled(), list[str]()
    for message in messages:
        first, tasks = _session(message)
        kept = tasks == 1 + message.asks
        truth = OUTCOMES[message.truth]
        count.requests += message.asks
        count.kept += message.asks and kept
        count.words += truth is not None
        count.read += truth is not None and first == truth
        count.outcomes += first is not None
        count.right += first is not None and first == truth
        if not kept or first not in (None, truth):
            wrong.append(f"{message.text!r}: {tasks} tasks, read {first}, in truth {message.truth}")
    return count, wrong


def _session(message: Message) -> tuple[str | None, int]:
    """The outcome of the task before a message, and the tasks of a session in which the message stands."""
    work = [*_edit(message.file, "1"), *_edit(message.file, "2")]
    more = [*_edit("other.txt", "3"), *_edit("other.txt", "4")] if message.asks else []
    entries = [
        one
        for one in split([Asked(message.task, "1"), *work, Asked(message.text, "2"), *more])
        if isinstance(one, Entry)
    ]
    return cast(str | None, entries[0].outcome), len(entries)


def _edit(file: str, call: str) -> list[Event]:
    return [Called(call, "Edit", {"file_path": file, "old_string": "a", "new_string": "b"}), Answered(call, "done")]
