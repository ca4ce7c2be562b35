"""A form of an effect, and how it is looked for: by the words that its patterns begin with."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from memp.text.patterns import Pattern

Effect = Literal[
    "runs fetched code",
    "sends data out",
    "deletes widely",
    "changes credentials",
    "disables checks",
    "addresses the reader",
]  # fmt: skip

_CAPITALS = re.compile(r"(\\.)|[A-Z]+")
"""Capitals of a pattern that are no escape: a text is searched in small letters, which takes half of the time."""

_FIRST = re.compile(r"(?:\\b)?(?:\(\?:(?P<words>[\w |'?-]{3,300})\)(?![?*{])|(?P<word>[a-z]{3,20})(?![?*{|]))")
"""The words that a pattern begins with, where it begins with words."""


class Form(NamedTuple):
    """A form of an effect: the reason why it counts, and the patterns that find it in a text of small letters, each with words.

    A pattern that begins with one of a few words is tried only where one of them stands, which takes less than half of the time.
    """

    effect: Effect
    reason: str
    patterns: tuple[tuple[tuple[str, ...], Pattern], ...]

    def is_in(self, text: str) -> bool:
        """Whether the form is in a text of small letters."""
        return any(
            any(pattern.match(text, at) for word in words for at in _places(word, text))
            if words
            else pattern.search(text)
            for words, pattern in self.patterns
        )


def _places(word: str, text: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def form(effect: Effect, reason: str, *patterns: str) -> Form:
    """A form of regular expressions, whose bars outside brackets part them into several."""
    lowered = (_CAPITALS.sub(lambda part: part[0] if part[1] else part[0].lower(), pattern) for pattern in patterns)
    each = (part for pattern in lowered for part in _alternatives(pattern))
    return Form(effect, reason, tuple((_first_words(part), Pattern(part)) for part in each))


def _first_words(pattern: str) -> tuple[str, ...]:
    first = _FIRST.match(pattern)
    words = (first["words"] or first["word"]).split("|") if first else []
    return tuple({spelt for word in words for spelt in (word.replace("?", ""), re.sub(r".\?", "", word))})


def _alternatives(pattern: str) -> list[str]:
    """A pattern split at the bars that stand in no brackets."""
    parts, depth = [""], 0
    for token in _TOKEN.findall(pattern):
        depth += (token == "(") - (token == ")")
        if token == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += token
    return parts


_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
"""An escape, a class or a sign of a pattern."""
