"""A scenario: a session in a few words, with the truth of each of its tasks.

A scenario begins with a line "== its name". Then a line is an event; \\n in it is a line break:

    user success: TEXT      a person's message that begins a task, which in truth ended so: success, failure, or unknown (a
                            reader of the log cannot know); gone: a task that the person took back
    user: TEXT              a message that begins no task of its own
    queued [TRUTH]: TEXT    the same, typed while the agent works
    say: TEXT               the agent's words
    read PATH, edit PATH    a call that reads or changes a file; after a colon and a space, the text that an edit puts in
    run COMMAND -> STATUS: OUTPUT     a command; status ? where the log does not show it
    bg COMMAND              a command that goes on in the background; then
    poll: OUTPUT, end STATUS: OUTPUT  ... what later polls show, and its end,
    notice STATUS           ... or the end by the host's notice (a poll, where a client has none)
    call NAME JSON -> ok|fail: OUTPUT a call of another tool
    agent NAME: TEXT        a sub-agent's run
    parallel A | B          calls of one message
    denied COMMAND          a command that the person did not allow
    stop                    the person interrupts
    rewind N                the person takes back the last N messages
    twice                   what was written since the last message is written once more
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ANSWER = re.compile(r"(?P<action>.*?) -> (?P<status>-?\d+|\?|ok|fail):(?P<output>.*)", re.DOTALL)
TRUTHS = ("success", "failure", "unknown", "gone")


@dataclass(frozen=True)
class Line:
    """An event: its word, what stands before the colon or arrow, and what after it."""

    word: str
    subject: str
    text: str = ""
    status: str = ""


@dataclass(frozen=True)
class Task:
    """A task with its truth."""

    text: str
    truth: str


@dataclass(frozen=True)
class Scenario:
    """A session in a few words."""

    name: str
    lines: tuple[Line, ...]

    @property
    def tasks(self) -> list[Task]:
        """The tasks in their order."""
        return [
            Task(line.text, line.subject) for line in self.lines if line.word in ("user", "queued") and line.subject
        ]


def read(path: Path) -> list[Scenario]:
    """The scenarios of a file."""
    scenarios: list[Scenario] = []
    for block in re.split(r"^== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        name, *rest = block.strip().splitlines()
        scenarios.append(Scenario(name, tuple(map(_line, filter(None, map(str.strip, rest))))))
    return scenarios


def _line(line: str) -> Line:
    line = line.replace("\\n", "\n")
    word, _, rest = line.partition(" ")
    if line.startswith(("user:", "queued:", "say:", "poll:")):
        word, _, rest = line.partition(":")
        return Line(word, "", rest.strip())
    if word in ("user", "queued"):
        truth, _, text = rest.partition(": ")
        assert truth in TRUTHS, line
        return Line(word, truth, text.strip())
    if word in ("run", "call"):
        match = _ANSWER.fullmatch(rest)
        assert match is not None, line
        return Line(word, match["action"], match["output"].strip(" "), match["status"])
    if word == "edit":
        path, _, text = rest.partition(": ")
        return Line(word, path.strip(), text)
    if word in ("end", "agent"):
        subject, _, text = rest.partition(":")
        return Line(word, subject.strip(), text.strip(" "))
    assert word in ("read", "bg", "notice", "parallel", "denied", "stop", "rewind", "twice"), line
    return Line(word, rest.strip())


def turns(lines: tuple[Line, ...]) -> Iterator[list[Line]]:
    """The lines from one message of the person's to the next."""
    turn: list[Line] = []
    for line in lines:
        if line.word in ("user", "queued") and turn:
            yield turn
            turn = []
        turn.append(line)
    yield turn
