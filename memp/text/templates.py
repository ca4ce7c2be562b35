"""Templates: texts with {placeholders}, matched against tasks."""

import re

from memp.text.entities import bind

__all__ = ["bind", "fixed_share", "misses_by_one"]

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_TOKEN = re.compile(r"\{\w+\}|[^\W_]+")
_ARTICLES = frozenset(("a", "an", "the", "some"))


def _words(text: str) -> list[str]:
    """The words of a task or a template, articles aside, as `bind` sees them."""
    return [word for word in _TOKEN.findall(text.casefold()) if word not in _ARTICLES]


def fixed_share(template: str, task: str) -> float:
    """The share of a task's words that a template has of its own; 0 where the task does not read like it."""
    bindings = bind(template, task) if template else None
    if bindings is None:
        return 0.0
    count = len(_words(task))
    filled = sum(len(_words(bindings[name])) for name in _PLACEHOLDER.findall(template))
    return max(0.0, 1 - filled / count) if count else 0.0


def misses_by_one(template: str, task: str) -> bool:
    """Whether a task would read like a template if one word of the template's own were another, missing or added."""
    ours, theirs = _words(template), _words(task)
    if abs(len(ours) - len(theirs)) > 1 or not any(word.startswith("{") for word in ours):
        return False
    row = list(range(len(theirs) + 1))
    for at, word in enumerate(ours, 1):
        before, row = row, [at]
        for to, other in enumerate(theirs, 1):
            same = word == other or word.startswith("{")
            row.append(min(before[to] + 1, row[-1] + 1, before[to - 1] + (not same)))
    return row[-1] == 1
