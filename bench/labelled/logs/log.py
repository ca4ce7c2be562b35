"""A log while it is made: what the four clients have in common."""

import json
from typing import Any

from labelled.scenario import Line, Scenario

FOLDER = "/home/ada/work"
Record = dict[str, Any]


class Clock:
    """Times and ids that ascend; the same for the same scenario."""

    def __init__(self, name: str) -> None:
        self._n = 0
        self.seed = sum(ord(letter) * 31**i for i, letter in enumerate(name[:12])) % 10_000

    def next(self) -> int:
        """The next number."""
        self._n += 1
        return self._n

    def time(self) -> str:
        """The next second."""
        self.next()
        return (
            f"2026-03-{1 + self.seed % 27:02}T{9 + self._n // 3600:02}:{self._n // 60 % 60:02}:{self._n % 60:02}.000Z"
        )

    def id(self, prefix: str) -> str:
        """The next id."""
        return f"{prefix}{self.seed:04}{self.next():06}abcdefghij"


class Log:
    """The log of one scenario: a method for each word of a scenario's lines writes its records."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.clock = Clock(scenario.name)
        self.records: list[Record] = []
        self.begin = 0
        """The record with which the last message begins."""

    def write(self) -> None:
        """Write all lines."""
        for line in self.scenario.lines:
            getattr(self, line.word, self.nothing)(line)

    def nothing(self, line: Line) -> None:
        """What this client has no records of."""

    def twice(self, line: Line) -> None:
        """What was written since the last message, once more."""
        self.records += self.records[self.begin :]


def calls(line: Line) -> list[Line]:
    """The calls of a line: several where they are of one message."""
    if line.word != "parallel":
        return [line]
    return [Line(*part.strip().split(" ", 1)) for part in line.subject.split("|")]


def tool_call(line: Line) -> tuple[str, Record]:
    """The name and the arguments of a call of another tool."""
    name, _, arguments = line.subject.partition(" ")
    return name, json.loads(arguments)
