"""The notes of the technician: what each call showed when it was last made, and the values that stand there by name."""

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from memp.evaluate.agents.conditions import QUOTES, plain
from memp.text import templates

_PAIR = re.compile(
    r"(?P<name>(?:[A-Za-z]\w*[ -]){0,3}[A-Za-z]\w*)\"?\s*[:=]\s*\"?"
    r"(?P<value>[^\s\",;\[\]{}][^\",;\n\[\]{}]*?)(?=\s*(?:[\",;\n\]}]|\.(?:\s|\Z)|\Z))"
)
"""A value with its name before it: `"bill_id": "B1"`, "phone number: 555"."""

_WORD = re.compile(r"[A-Za-z]+|\d+")


class _Value(NamedTuple):
    words: tuple[str, ...]
    text: str
    at: int


class _Note:
    """An observation and its named values."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.values = [_Value(_words(m["name"]), m["value"], m.start()) for m in _PAIR.finditer(text)]

    def named(self, words: tuple[str, ...]) -> list[_Value]:
        return [value for value in self.values if value.words[len(value.words) - len(words) :] == words]


class Notes:
    """Observations by the call that made them. A call made again replaces what it showed; the ticket stays."""

    def __init__(self, ticket: str) -> None:
        self._by_call: dict[str, _Note] = {}
        self._seen: dict[tuple[str, ...], dict[str, None]] = {}
        self.add("", ticket)

    @property
    def last(self) -> str:
        """The last observation."""
        return self._last.text

    def add(self, call: str, observation: str) -> None:
        self._by_call.pop(call, None)
        self._by_call[call] = self._last = _Note(observation)
        for value in self._last.values:
            for start in range(len(value.words) + 1):
                self._seen.setdefault(value.words[start:], {})[value.text] = None

    def newest_first(self) -> Iterator[str]:
        """The observations, the newest first."""
        return (note.text for note in reversed(self._by_call.values()))

    def last_has(self, words: str) -> bool:
        """Whether words stand in the last observation."""
        return plain(words) in plain(self._last.text)

    def value(self, name: str, near: str = "") -> str | None:
        """The value that was observed last under a name, or under one that ends with it.

        Where the words `near` stand in an observation that has several, the one before them.
        """
        words, near = _words(templates.kind_of_name(name)), near.translate(QUOTES)
        hits = [(note, named) for note in reversed(self._by_call.values()) if (named := note.named(words))]
        for note, named in hits if near else ():
            at = note.text.translate(QUOTES).find(near)
            before = [value for value in named if value.at <= at]
            if before:
                return before[-1].text
        return hits[0][1][-1].text if hits else None

    def values(self, name: str = "") -> list[str]:
        """All values that were ever observed under a name, or under any."""
        return list(self._seen.get(_words(name), ()))


def value_text(text: str, *, quoted: bool) -> str:
    """A value as a call writes it: a number as it is, unless it stood between quotes; else a text."""
    return text if not quoted and re.fullmatch(r"-?\d+(?:\.\d+)?", text) else json.dumps(text, ensure_ascii=False)


def _words(name: str) -> tuple[str, ...]:
    """The words of a name: "bill_id" and "Bill ID" have the same."""
    return tuple(word.lower() for word in _WORD.findall(name))
