"""Parameters against labelled values: which value a parameter stands for, and whether a person would name it so."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from memp.evaluate.experiments.traces.labels import LabelledFamily
from memp.text import templates

Texts = Mapping[int, str]
"""The text of a parameter or a value in each run that has it, by the run's place."""

MOST_OF = 0.5
"""The share of a text's letters that must be a value's for the rest to be its wrapping: "~/shop" is "shop"."""

_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\[\w{1,8}\]")
_QUOTED = re.compile(r"\[\w+ '([^'\n]+)'\]")
_ENCLOSING = "\"'`[](){}<>.,:; "
_GENERAL = frozenset(("id", "name", "number", "code", "value"))
"""Last words that say of anything what kind of text it is: a "ticket_id" is named by the word before."""


class LabelledValue(NamedTuple):
    """A value of a family: the names that a person might give it, and its texts."""

    names: tuple[str, ...]
    texts: Texts

    @property
    def varies(self) -> bool:
        return len({text.casefold() for text in self.texts.values()}) > 1


def values_of(family: LabelledFamily) -> list[LabelledValue]:
    """The labelled values of a family, by their names."""
    names = dict.fromkeys(value.name for run in family.runs for value in run.values)
    texts = {name: [run.text_of(name) for run in family.runs] for name in names}
    return [
        LabelledValue(name, {at: text for at, text in enumerate(of) if text is not None}) for name, of in texts.items()
    ]


def stands_for(texts: Texts, value: LabelledValue) -> bool:
    """Whether a parameter is a value in every run that has both: the same text, or that with the same around it everywhere."""
    common = texts.keys() & value.texts.keys()
    if not common:
        return False
    if all(_same(texts[at], value.texts[at], value.names) for at in common):
        return True
    around = {_around(texts[at], value.texts[at]) for at in common}
    if None in around:
        return False
    return (len(around) == 1 and len(common) > 1) or all(_is_most(texts[at], [value.texts[at]]) for at in common)


def is_made_of(texts: Texts, values: Sequence[LabelledValue]) -> bool:
    """Whether a parameter is a part of a value, or made of several: in every run, so that none of its texts is made up."""
    if any((c := texts.keys() & v.texts.keys()) and all(holds(v.texts[at], texts[at]) for at in c) for v in values):
        return True
    inside = {
        at: [v.texts[at] for v in values if at in v.texts and holds(text, v.texts[at])] for at, text in texts.items()
    }
    if not texts or not all(inside.values()):
        return False
    around = {_without(text, inside[at], "{}").casefold() for at, text in texts.items()}
    return (len(around) == 1 and len(texts) > 1) or all(_is_most(text, inside[at]) for at, text in texts.items())


def is_named_so(name: str, value: LabelledValue, others: Iterable[LabelledValue]) -> bool:
    """Whether a person might name a value so: as a label has it, or with the same head word ("new_customer" of "customer"),
    unless that is what another value is called."""
    spelled = _words(templates.kind_of_name(name))
    if not spelled:
        return False
    listed = [_words(label) for label in value.names]
    if spelled in listed:
        return True
    if any(spelled in map(_words, other.names) for other in others if other.names != value.names):
        return False
    return _head(spelled) in {_head(words) for words in listed} - _GENERAL


def is_labelled(value: LabelledValue, family: LabelledFamily, steps: str) -> bool:
    """Whether steps name an element of a page by what its number is called in every run: "[button 'Save']" for "[15]"."""
    quoted = [text.casefold() for text in _QUOTED.findall(steps)]
    names = [name.casefold() for name in value.names if any(name.casefold() in text for text in quoted)]
    return any(
        all(
            any(text in step.observation and name in step.observation.casefold() for step in family.runs[at].steps)
            for at, text in value.texts.items()
        )
        for name in names
    ) and all(_NUMBER.fullmatch(text) and text not in steps for text in value.texts.values())


def _words(name: str) -> tuple[str, ...]:
    return tuple(word.casefold().removesuffix("s") for word in _WORD.findall(name))


def _head(words: Sequence[str]) -> str:
    """The last word that is not general: of "record locator" the second, of "ticket_id" the first."""
    return next((word for word in reversed(words) if word not in _GENERAL), words[-1] if words else "")


def _same(text: str, value: str, names: Sequence[str]) -> bool:
    """Whether a text is a value: signs around it, the folder of a file and the value's own name before it aside."""
    ours, theirs = _bare(text), _bare(value)
    last = ours.rpartition("/")[2]
    return theirs in (ours, last) or any(ours == f"{_bare(name)} {theirs}" for name in names)


def _bare(text: str) -> str:
    return " ".join(text.split()).strip(_ENCLOSING).casefold()


def _pattern(value: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(_bare(value))}(?!\w)|(?<=\bv){re.escape(_bare(value))}(?!\w)", re.IGNORECASE)


def holds(text: str, value: str) -> bool:
    """Whether a value stands in a text as whole words."""
    return bool(_bare(value)) and _pattern(value).search(text) is not None


def _around(text: str, value: str) -> str | None:
    """A text with a gap for a value; None where that is not in it."""
    return _pattern(value).sub("{}", text).casefold() if holds(text, value) else None


def _is_most(text: str, values: Iterable[str]) -> bool:
    """Whether at least half of a text's letters and digits are these values."""
    size, rest = sum(map(str.isalnum, text)), sum(map(str.isalnum, _without(text, values, " ")))
    return size > 0 and size - rest >= MOST_OF * size


def _without(text: str, values: Iterable[str], gap: str) -> str:
    """A text with a gap in the place of each value, the longest first."""
    for value in sorted(values, key=len, reverse=True):
        text = _pattern(value).sub(gap, text)
    return text
