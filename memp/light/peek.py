"""Lexical lookup for hooks: which remembered pitfall is this error, and what is known of this project.

A hook has no time to embed anything, so both go by words and names alone; memory.recall looks up by meaning. The file is
read through a `Glance`, which memp.store.sqlite.glance opens.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from memp.text.failures.codes import same_code
from memp.text.keywords import KEYWORD_FLOOR, MOST_TERMS, POOL, idf, terms
from memp.text.patterns import Pattern
from memp.text.tasks.inflection import stem

MAX_ERROR = 8_000
"""Characters of an error that are looked at: both its ends, as a log begins with the command and ends with the failure."""

LEAST_SHARE = 0.6
"""The idf-weighted share of a remembered error's words that must stand in the new one. Words alone cannot tell what an
error means, and a wrong warning costs more than none. Chosen on the seven pairs of tests/light/test_peek.py."""

_QUOTED = Pattern(r"""['"`\u2018\u201c]([^\s'"`\u2018\u2019\u201c\u201d]{2,60})['"`\u2019\u201d]""")
_QUOTED_IN_ASCII = Pattern(r"""['"`]([^\s'"`]{2,60})['"`]""")
"""The same, for a text of ASCII alone, in a third of the time that a hook takes to compile it."""

_GENERIC = frozenset(
    "bash shell command exit code status error errors failed failure exception traceback line file".split()
)
"""Words that stand in errors of every kind."""


MOST_GOALS = 200
"""Validated procedures of a project that a prompt is held against."""

LEAST_GOAL = 2
"""Words of a goal that a prompt can be told by."""

_SENTENCE = Pattern(r"[.!?;\u3002\uff01\uff1f](?=\s|$)|[\u3002\uff01\uff1f]|\n")
_PLACEHOLDER = Pattern(r"\{[^{}]{0,60}\}")


class Warned(NamedTuple):
    """A pitfall that fits an error: what shows it, what it leads to, what to do instead, and how many runs met it.

    `procedure` is the id of the one it belongs to and `goal` that one's, where it is in recall. `answered`: a person answers for
    it.
    """

    id: int
    trigger: str
    consequence: str
    instead: str
    seen: int
    procedure: int | None
    goal: str
    answered: bool = True


class Known(NamedTuple):
    """A procedure by its id, what it is for, and how often it was used and went well."""

    id: int
    goal: str
    tier: str
    uses: int
    successes: int


class Glance(Protocol):
    """The reads of a hook: what is the project's at hand, nobody's, or holds in several. Every method may raise StoreError."""

    def is_empty(self) -> bool:
        """Whether no procedure is in recall."""
        ...

    def of_project(self, most: int) -> list[Known]:
        """The validated procedures of the project at hand, then those that hold in several, the most successful first."""
        ...

    def document_frequency(self, terms: Sequence[str]) -> tuple[Mapping[str, int], int]:
        """In how many keys each term occurs, and how many keys there are, facts aside."""
        ...

    def errors(self, terms: Sequence[str], limit: int) -> list[tuple[Warned, str]]:
        """Pitfalls whose error has any of the terms, with that error, by BM25; those that say neither what to do instead
        nor belong to a procedure in recall are of no use and left out."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


class _Failure(NamedTuple):
    """An error that was met now: its own words, these and its command's, and the text of both."""

    error_words: list[str]
    words: list[str]
    text: str


def pitfalls(glance: Glance, error: str, most: int, *, command: str = "") -> list[Warned]:
    """The pitfalls whose error this is, by its words, best first. `command` is what failed: remembered errors may name
    it."""
    ends = error if len(error) <= MAX_ERROR else f"{error[: MAX_ERROR // 2]}\n{error[-MAX_ERROR // 2 :]}"
    failure = _Failure(terms(ends), terms(f"{command[:MAX_ERROR]}\n{ends}"), f"{command}\n{error}")
    rarity, _ = _rarity(glance, failure.words)
    rarest = sorted((word for word in failure.words if word in rarity), key=lambda word: -rarity[word])[:MOST_TERMS]
    if not rarest:
        return []
    scores: dict[Warned, float] = {}
    for pitfall, remembered in glance.errors(rarest, POOL):
        score = _score(glance, remembered, failure)
        if score is not None:
            scores[pitfall] = score
    return sorted(scores, key=lambda pitfall: (-scores[pitfall], -pitfall.seen, pitfall.id))[:most]


def asked_for(glance: Glance, task: str) -> Known | None:
    """The validated procedure that a person asks for by its words: all words of its goal stand in one sentence. Of several the
    one with the rarest words.

    That is strict, since words alone tell neither what is meant nor its opposite.
    """
    sentences = [{stem(word) for word in terms(sentence)} for sentence in _SENTENCE.split(task)]
    best: tuple[float, Known] | None = None
    for known in glance.of_project(MOST_GOALS):
        words = [word for word in terms(_PLACEHOLDER.sub(" ", known.goal)) if not word.isdecimal()]
        stems = {stem(word) for word in words}
        if len(words) < LEAST_GOAL or not any(stems <= sentence for sentence in sentences):
            continue
        rarity, unknown = _rarity(glance, words)
        score = sum((rarity.get(word, unknown) / unknown) ** 2 for word in words)
        if score >= KEYWORD_FLOOR and (best is None or score > best[0]):
            best = (score, known)
    return None if best is None else best[1]


def _score(glance: Glance, remembered: str, failure: _Failure) -> float | None:
    """The word score of a remembered error in the new one; None where it is another error."""
    quoted = _QUOTED_IN_ASCII if remembered.isascii() else _QUOTED
    if any(name not in failure.text for name in quoted.findall(remembered)):
        return None  # The same kind of error, of another thing.
    if same_code(remembered, failure.text) is False:
        return None  # A terse tool tells its errors apart by nothing else.
    words = [word for word in terms(remembered) if word not in _GENERIC and not word.isdecimal()]
    rarity, unknown = _rarity(glance, words)
    weight = {word: rarity.get(word, unknown) for word in words}
    shared = sum(value for word, value in weight.items() if word in failure.words)
    # That the same command failed says little: the words of the error itself decide.
    score = sum((value / unknown) ** 2 for word, value in weight.items() if word in failure.error_words)
    return score if shared >= LEAST_SHARE * sum(weight.values()) and score >= KEYWORD_FLOOR else None


def _rarity(glance: Glance, words: Sequence[str]) -> tuple[Mapping[str, float], float]:
    """The inverse document frequency of the words that stand in a key, and that of a word in none."""
    counts, total = glance.document_frequency(words)
    return {word: idf(count, total) for word, count in counts.items()}, idf(0, total)
