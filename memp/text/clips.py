"""Shorten texts: cut after so many characters, in the middle or at the end, never inside a {placeholder}."""

import re

from memp.text import templates

_QUOTED = re.compile(r"""((?<=")(?:[^"\\]|\\.){60,}(?=")|(?<=')(?:[^'\\]|\\.){60,}(?='))""", re.DOTALL)
"""Long texts between quotes: what a call or a command writes."""

CHARACTERS_PER_TOKEN = 4
"""The rule of thumb by which tokens are counted where no tokenizer of a model is at hand."""

LEAST_VALUE = 60
"""Characters that are left of a quoted value where it is shortened."""


def clip(text: str, limit: int) -> str:
    """`text`, cut after `limit` characters; a cut is marked."""
    if len(text) <= limit:
        return text
    return f"{templates.without_cut(text[: limit - 6]).rstrip()} [...]"


def clip_middle(text: str, limit: int) -> str:
    """`text` without its middle where it is longer than `limit` characters: the end of a command says what it does as well."""
    if len(text) <= limit:
        return text
    half = (limit - 7) // 2
    end = text[-half:]
    end = end.partition("}")[2] if "}" in end[:42] and "{" not in end[: end.index("}")] else end
    return f"{templates.without_cut(text[:half]).rstrip()} [...] {end.lstrip()}"


def first_line(text: str) -> str:
    """The first line that says something, without the white space around it."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def clip_values(action: str, limit: int) -> str:
    """An action of at most `limit` characters: the longest of its quoted values are shortened first, each in its middle, so
    that every argument is still there; else its own middle goes."""
    if len(action) <= limit:
        return action
    pieces = _QUOTED.split(action)
    over = len(action) - limit
    for i in sorted(range(1, len(pieces), 2), key=lambda i: -len(pieces[i])):
        if over <= 0:
            break
        text = clip_middle(pieces[i], max(LEAST_VALUE, len(pieces[i]) - over))
        over -= len(pieces[i]) - len(text)
        pieces[i] = text
    return clip_middle("".join(pieces), limit)
