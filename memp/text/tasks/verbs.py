"""Verbs of a task: what it asks to be done, and which askings are opposites ("add" and "drop", "turn on" and "turn off").

By rule: the words that stand where an English sentence has its verb, by their classes (memp.text.tasks.verb_classes).
"""

import re
from collections.abc import Mapping, Sequence, Set
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from memp.text.tasks.inflection import forms, stem
from memp.text.tasks.verb_classes import CLASS_OF, LIGHT, OPPOSED, PHRASED, SIDE_OF, SIDE_OF_CLASS, TO_LEARN
from memp.text.vocabulary import DETERMINERS, PREPOSITIONS, QUANTIFIERS, words_of

_PREFIXES = ("un", "de", "dis")
_BEFORE_STATES = DETERMINERS | QUANTIFIERS | words_of("is are be become stay as of in")
_PARTICLES = words_of("on off in out up down away back over into together apart rid of live")
_OPENERS = words_of(
    """please then and to must should can could will would lets let us you we i not never now also just kindly help need
    needs want wants try first next finally or but"""
)
_BEFORE_NOUNS = DETERMINERS | QUANTIFIERS
_SUBJECTS = words_of("i we you he she they it there who what when where why how if after before since as")
_NOT_VERBS = words_of("in on at of for with from by is are was were be been has have had do does did")
_TOKEN = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*|[.;:!?,\n]")
_SENTENCE = frozenset(".;:!?,\n")
_PIECE = re.compile(r"[^\W_]+|[;:!?,\n]|\.(?=\s|\Z)")
_DIRECTIONS = words_of("to into onto with from by for over")
_BETWEEN = PREPOSITIONS | words_of("to and or then")
_NOTHING = frozenset[str]()
_BEFORE_VERBS = _SENTENCE | _OPENERS
_NEVER_FIRST = _BEFORE_NOUNS | _NOT_VERBS | _OPENERS
_STATEMENTS = _BEFORE_NOUNS | _SUBJECTS | _NOT_VERBS
MOST_TOKENS = 60
"""Words of a text whose verbs are looked for: what is asked stands at its beginning."""


class Asked(NamedTuple):
    """The classes of the verbs of a text: of its first word, of all that stand where verbs do; its first word, and the stems
    of all. `told`: it begins as a statement does, and not as an order; `light`: its first verb says little by itself.
    `states` are those that it names, `brought` those that its verbs bring about."""

    head: frozenset[str]
    verbs: frozenset[str]
    word: str
    stems: frozenset[str]
    told: bool
    light: bool
    states: frozenset[str]
    brought: frozenset[str]


class Agreement(NamedTuple):
    """How what one text asks compares with another: each from 0 to 1, at most one of them above 0."""

    same: float
    opposite: float
    other: float


_LEARNS = frozenset(("look", "find", "check", "explain", "analyse", "compare", "measure", "monitor"))
_QUESTIONS = words_of("why what which whether how")


def asks_to_learn(text: str) -> bool:
    """Whether a task asks for something to be found out, and not only done: "find out why the job fails"."""
    return bool(asked(text).verbs & _LEARNS) and not _QUESTIONS.isdisjoint(text.lower().split())


@lru_cache(maxsize=2_048)
def asked(text: str) -> Asked:
    """The verbs of a text, by rule: the words that stand where an English sentence has its verb."""
    tokens = [token.lower() for token in _TOKEN.findall(text)[:MOST_TOKENS]]
    head, verbs, word, light = _NOTHING, set[str](), "", False
    for at, token in enumerate(tokens):
        if token in _SENTENCE or (at and tokens[at - 1] not in _BEFORE_VERBS):
            continue
        classes = _classes_at(tokens, at)
        if not word and token not in _NEVER_FIRST:
            word = stem(token)
            head = classes
            light = _is_light(tokens, at, classes)
        verbs |= classes
    begin = next((token for token in tokens if token not in _OPENERS or token in _SUBJECTS), "")
    states = {SIDE_OF[b] for a, b in pairwise(tokens) if b in SIDE_OF and a in _BEFORE_STATES}
    brought = {SIDE_OF_CLASS[name] for name in verbs if name in SIDE_OF_CLASS}
    stems = frozenset(map(stem, tokens))
    told = begin in _STATEMENTS
    return Asked(head, frozenset(verbs), word, stems, told, light, frozenset(states), frozenset(brought))


def _classes_at(tokens: Sequence[str], at: int) -> frozenset[str]:
    """The classes of the verb at a place, with its particle if it has one within three words: "turn the lamp off"."""
    verb = _known_verb(tokens[at])
    if not verb:
        return _again(tokens[at])
    for particle in tokens[at + 1 : at + 5]:
        if particle in _SENTENCE:
            break
        if particle in _PARTICLES and f"{verb}_{particle}" in CLASS_OF:
            return CLASS_OF[f"{verb}_{particle}"]
    return CLASS_OF.get(verb, _NOTHING)


@lru_cache(maxsize=4_096)
def _known_verb(token: str) -> str:
    """The verb of some class that a word is a form of; empty where it is of none."""
    return next((form for form in forms(token) if form in CLASS_OF or form in PHRASED), "")


@lru_cache(maxsize=4_096)
def _again(token: str) -> frozenset[str]:
    """The classes of a verb that has "re-" before one that is known: who reopens a ticket opens it."""
    bases = (form.removeprefix("re").lstrip("-") for form in forms(token) if form.startswith("re"))
    return next((CLASS_OF[base] for base in bases if base in CLASS_OF and len(base) > 3), _NOTHING)


def _is_light(tokens: Sequence[str], at: int, classes: Set[str]) -> bool:
    """Whether a light verb stands at a place without a particle that gives it a meaning: "make", not "turn ... off"."""
    verb = _light_verb(tokens[at])
    return bool(verb) and classes == CLASS_OF.get(verb, _NOTHING)


@lru_cache(maxsize=4_096)
def _light_verb(token: str) -> str:
    """The light verb that a word is a form of; empty where it is of none."""
    return next((form for form in forms(token) if form in LIGHT), "")


def _exclude(ours: Asked, theirs: Asked) -> bool:
    """Whether two texts ask for states that exclude each other, and for none of such a pair in common. A state that a text of
    an unknown verb names may be the one that it ends, as in "reopen the closed ticket"."""
    mine, other = ours.states | ours.brought, theirs.states | theirs.brought
    if not mine or not other or not mine.isdisjoint(other):
        return False
    return (
        _opposed(ours.states, theirs.states)
        or _opposed(ours.brought, theirs.brought)
        or (bool(ours.head) and _opposed(ours.states, theirs.brought))
        or (bool(theirs.head) and _opposed(theirs.states, ours.brought))
    )


def _opposed(ours: Set[str], theirs: Set[str]) -> bool:
    return any(f"{side[:-1]}{'+' if side[-1] == '-' else '-'}" in theirs for side in ours)


def agreement(ours: Asked, theirs: Asked) -> Agreement:
    """Compare what two texts ask for, by the classes of their verbs and by negating prefixes."""
    if _negated(ours, theirs) or _negated(theirs, ours) or _exclude(ours, theirs):
        return Agreement(0.0, 1.0, 0.0)
    mine, other = ours.head or ours.verbs, theirs.head or theirs.verbs
    if not mine.isdisjoint(other):
        return Agreement(1.0, 0.0, 0.0)
    if any((a, b) in OPPOSED for a in mine for b in other):
        return Agreement(0.0, 1.0, 0.0)
    if ours.word and ours.word == theirs.word:
        return Agreement(1.0, 0.0, 0.0)
    if not ours.verbs.isdisjoint(other) or not theirs.verbs.isdisjoint(mine):
        return Agreement(0.5, 0.0, 0.0)
    if mine & TO_LEARN and other & TO_LEARN:
        return Agreement(0.5, 0.0, 0.0)
    if ours.told or theirs.told:
        return Agreement(0.0, 0.0, 0.0)  # A statement says what is the matter, in whatever words.
    # A verb that no class has, or that means what its object says, may ask for anything.
    known = ours.head and theirs.head and not (ours.light or theirs.light)
    return Agreement(0.0, 0.0, 1.0 if known else 0.0)


Directions = Mapping[str, tuple[frozenset[str], frozenset[str]]]
"""The words before and after each word of direction, such as "to" and "from"."""


def swapped(ours: Directions, theirs: Directions) -> bool:
    """Whether two texts have two things in each other's place around a word of direction: "convert a.mov to mp4" and "convert
    b.mp4 to mov". The same things in another order, "to b from a" for "from a to b", are none."""
    return any(
        (left & right_then) - left_then - right and (right & left_then) - right_then - left
        for word, (left, right) in ours.items()
        if word in theirs
        for left_then, right_then in [theirs[word]]
    )


def directions(text: str) -> Directions:
    """The words before and after each word of direction, up to the next preposition or the end of a clause."""
    tokens = [token.lower() for token in _PIECE.findall(text)[:MOST_TOKENS]]
    ends = [at for at, token in enumerate(tokens) if token in _SENTENCE or token in _BETWEEN]
    bounds = [-1, *ends, len(tokens)]
    return {
        tokens[at]: (frozenset(tokens[before + 1 : at]), frozenset(tokens[at + 1 : after]))
        for before, at, after in zip(bounds, bounds[1:], bounds[2:], strict=False)
        if tokens[at] in _DIRECTIONS
    }


def _negated(ours: Asked, theirs: Asked) -> bool:
    """Whether one text asks with a prefix for what the other asks without it: "lock" and "unlock", "connect" and
    "disconnect"."""
    if len(theirs.word) <= 2 or not ours.word.endswith(theirs.word):
        return False
    return ours.word[: -len(theirs.word)] in _PREFIXES and ours.word not in theirs.stems
