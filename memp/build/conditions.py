"""Conditions: why only some runs of a family took a step, read off what the runs had observed before it.

A clause of an observation, or a few words of one, that all runs with the step saw and no other, or the other way round; or
a number beside the same words, which in the runs with the step lies above, or below, that of all others.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from memp.build.alignment import Column
from memp.build.members import Member, in_all
from memp.build.parameters import Generalised
from memp.text.keywords import terms
from memp.text.steps import quotable

MOST_WORDS = 5
"""Words of a part of a clause that may decide."""

LEAST_RUNS = 2
"""Runs with a step for words to decide it that do not speak of what it speaks of."""

REACH = 12
"""Columns before a step whose observations are looked at."""

_CLAUSE = re.compile(r"(?:[^\n.;,]|\.(?=\w)|,(?=\d))+")
_TOKEN = re.compile(r"\{\w+\}|[\w:%-]+")
_CODE = re.compile(r"[A-Z]{1,6}-?\d{1,5}")
"""A status or error code: it means the same in every run."""

_NUMBER = re.compile(r"(?<![\w.-])-?\d+(?:\.\d+)?(?![\w.-])")


class Condition(NamedTuple):
    """The words that decide; `negated`: a step is done where they were not seen; `bound`: by the number beside them;
    `column`: the step that shows them; `speaks`: they speak of what the conditional step speaks of."""

    words: str
    negated: bool = False
    bound: str = ""
    column: int = -1
    speaks: bool = False


def condition_of(general: Generalised, index: int) -> Condition | None:
    """The condition of a step that only some runs have; None where nothing tells them apart.

    The nearest observation counts most. One that does not speak of what the step speaks of decides only where it was seen
    right before it.
    """
    column = general.columns[index]
    # A run that ended before tells nothing of what it would have done.
    going_on = {m for later in general.columns[index + 1 :] for m in later}
    others = [m for m in range(len(general.members)) if m not in column and m in going_on]
    if not others:
        return None
    relevant = {*column, *others}
    about = set(terms(_spoken(next(iter(column.values())).text)))
    places = [i for i in range(index - 1, max(-1, index - 1 - REACH), -1) if relevant <= general.columns[i].keys()]
    fallback: Condition | None = None
    for nearness, i in enumerate(places):
        seen = {
            m: general.substitute(action.observation, m, near=i)
            for m, action in general.columns[i].items()
            if m in relevant
        }
        options = [*_deciding(general, seen, column, others), *_by_number(seen, column, others, general.members)]
        options = [option._replace(column=i) for option in options]
        speaking = [option for option in options if about & set(terms(_spoken(option.words)))]
        if speaking:
            best = max(speaking, key=lambda option: len(about & set(terms(_spoken(option.words)))))
            return best._replace(speaks=True)
        if nearness == 0 and options and fallback is None:
            fallback = options[0]
    return _by_state(general, index, others, about) or fallback


def _by_state(general: Generalised, index: int, others: Sequence[int], about: set[str]) -> Condition | None:
    """The condition of a step by what was known: words of the newest answer of one action that all runs with the step had
    before it, and that no other run ever had. Among several, those that speak of what the step speaks of."""
    column = general.columns[index]
    known = {m: general.members[m].known_at(action.place) for m, action in column.items()}
    asked = [{act.step.action for act in general.members[m].run.acts} for m in others]
    shared = in_all([*known.values(), *asked])
    options: list[Condition] = []
    for reading in shared:
        seen = {m: known[m][reading] for m in column}
        ours = [_features(seen[m], general.members[m]) for m in column]
        common = in_all(ours)
        for m in others:
            for act in general.members[m].run.acts:
                if common and act.step.action == reading:
                    common -= _features(act.step.observation, general.members[m]).keys()
        if common:
            best = max(common, key=lambda words: (len(about & set(terms(_spoken(words)))), *_rank(words, ours[0])))
            place = next(
                (i for i, c in enumerate(general.columns[:index]) if any(a.text == reading for a in c.values())), -1
            )
            spoken = bool(about & set(terms(_spoken(best))))
            options.append(Condition(quotable(ours[0][best].text), column=place, speaks=spoken))
    options = [option for option in options if option.column >= 0]
    if not options or (len(column) < LEAST_RUNS and not any(option.speaks for option in options)):
        return None
    return max(
        options, key=lambda option: (len(about & set(terms(_spoken(option.words)))), -len(option.words), option.words)
    )


def _spoken(text: str) -> str:
    """A text with its compound words apart: "toggle_data" speaks of data."""
    return re.sub(r"[_\W]+|(?<=[a-z])(?=[A-Z])", " ", text)


def _deciding(
    general: Generalised, seen: Mapping[int, str], column: Column, others: Sequence[int]
) -> Iterator[Condition]:
    """Words that all runs with the step saw and no other; then words that all others saw and none of these."""
    features = {m: _features(text, general.members[m]) for m, text in seen.items()}
    present = [features[m] for m in column]
    absent = [features[m] for m in others]
    for negated, (ours, theirs) in enumerate(((present, absent), (absent, present))):
        shared = in_all(ours).difference(*theirs)
        if shared:
            best = max(shared, key=lambda words: _rank(words, ours[0]))
            yield Condition(quotable(ours[0][best].text), bool(negated))


def _rank(words: str, shown: Mapping[str, "_Feature"]) -> tuple[bool, int]:
    """A whole clause first, the shortest of them; then the most words."""
    return shown[words].whole, -len(words) if shown[words].whole else len(words.split())


class _Feature(NamedTuple):
    """Words of an observation as they are written, and whether they are all of a clause."""

    text: str
    whole: bool


def _features(text: str, member: Member) -> dict[str, _Feature]:
    """What an observation says: its clauses, and stretches of their words, by how they read in lower case. What is of this
    run alone, its values and identifiers, decides nothing."""
    features: dict[str, _Feature] = {}
    for clause in _CLAUSE.findall(text):
        tokens = _TOKEN.findall(clause)
        own = [_is_own(token, member) for token in tokens]
        for size in range(1, min(MOST_WORDS, len(tokens)) + 1):
            for start in range(len(tokens) - size + 1):
                words = tokens[start : start + size]
                if any(own[start : start + size]) or not any(map(_is_word, words)):
                    continue
                feature = _Feature(" ".join(words), size == len(tokens))
                features.setdefault(feature.text.casefold(), feature)
    return features


def _is_word(token: str) -> bool:
    return token[0] != "{" and any(c.isalpha() for c in token)


def _is_own(token: str, member: Member) -> bool:
    """Whether a token belongs to one run: its task names it, or it is a number, an instance's noun, or an identifier and no
    code."""
    if token[0] == "{":
        return False
    if token.isdigit() or token.casefold() in member.run.counted:
        return True
    mixed = any(c.isdigit() for c in token) and any(c.isalpha() for c in token)
    return member.says(token) or (mixed and not _CODE.fullmatch(token))


def _by_number(
    seen: Mapping[int, str], column: Column, others: Sequence[int], members: Sequence[Member]
) -> Iterator[Condition]:
    """Words with a number beside them that lies on one side for the runs with the step, and on the other for the rest."""
    numbers = {m: _numbers(text, members[m]) for m, text in seen.items()}
    labels = in_all(numbers.values())
    for label in sorted(labels, key=len):
        ours, theirs = [numbers[m][label] for m in column], [numbers[m][label] for m in others]
        if max(ours) < min(theirs):
            yield Condition(label, bound=f"< {_between(max(ours), min(theirs), members)}")
        elif min(ours) > max(theirs):
            yield Condition(label, bound=f"> {_between(max(theirs), min(ours), members)}")


def _numbers(text: str, member: Member) -> dict[str, float]:
    """Label to number: a clause without its one number. The number of an instance measures nothing."""
    numbers: dict[str, float] = {}
    for clause in _CLAUSE.findall(text):
        found = [match[0] for match in _NUMBER.finditer(clause) if not _is_instance(clause[: match.start()], member)]
        label = quotable(" ".join(_NUMBER.sub(" ", clause).split()).strip(" :=\"'"))
        if len(found) == 1 and any(c.isalpha() for c in label):
            numbers.setdefault(label, float(found[0]))
    return numbers


def _is_instance(before: str, member: Member) -> bool:
    """Whether a number after these words says which instance is meant."""
    word = before.rstrip().rpartition(" ")[2]
    return word.endswith("}") or word.casefold() in member.run.counted


def _between(low: float, high: float, members: Sequence[Member]) -> str:
    """The number between two that a task names; else the middle."""
    named = [number for member in members for number in _NUMBER.findall(member.task) if low <= float(number) <= high]
    return named[0] if named else f"{(low + high) / 2:g}"
