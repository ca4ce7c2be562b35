"""Reading of a task's text, once: all that is compared when two tasks are held against each other."""

from functools import lru_cache
from typing import NamedTuple

from memp.text.keywords import terms
from memp.text.tasks.gist import gist, kind_words
from memp.text.tasks.verbs import Asked, Directions, asked, directions


class TaskText(NamedTuple):
    """A text's gist, and of that the words as the keyword index has them, the stems that say what kind of task it is, the
    verbs, and what stands around words of direction."""

    gist: str
    terms: frozenset[str]
    kinds: frozenset[str]
    asked: Asked
    directions: Directions


@lru_cache(maxsize=2_048)
def read_task(text: str) -> TaskText:
    """Read a task's text. A recall compares some eighty remembered ones, many of which the next one meets again."""
    short = gist(text)
    return TaskText(short, frozenset(terms(short)), kind_words(short), asked(short), directions(short))
