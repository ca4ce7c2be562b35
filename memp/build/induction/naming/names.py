"""Names of parameters: the name for which the runs of a family have the most evidence (memp.build.induction.naming.evidence).

Each run adds what its task, its steps and its observations call its value, so a name on which runs agree wins over what one of
them says by chance. No name is a value of a run. Where the runs call a value nothing, its form does, and at last where it comes
from: "item" is named by a task ("name" where it is no word), "place" is where something was, "found" turns up on the way,
"text" is the run's own.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from memp.build.induction.naming.evidence import (
    APPOSITION,
    BESIDE,
    GENERAL_KEYS,
    OBJECT,
    argument,
    around,
    group_of,
    in_command,
    in_observation,
    in_task,
    object_of,
)
from memp.build.induction.naming.phrases import identifier
from memp.build.reading.action import Action
from memp.build.reading.members import Member
from memp.build.reading.mentions import in_all
from memp.text import templates
from memp.text.atoms import noun_and_number
from memp.text.entities import shape_of
from memp.text.keywords import terms

ARGUMENT = 3.0
"""The weight of the argument or option that most steps pass a value as."""

INTRODUCED = 1.5
"""How much more it counts what a value is called where the run has it from."""

LEAST = 0.5
"""The evidence for a name, per run, that it must have more of; a word beside the value in half of the runs is none."""

_SHAPES = ("url", "email", "file", "path", "version", "host", "address", "date")
_TELLING = ("url", "email", "version", "host", "address", "date")
"""Forms that say what a value is, so that a name needs more evidence."""

_FORMS = {
    "host": re.compile(
        r"(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|app|edu|gov|info|cloud|internal|intranet|local|lan|home|example|test)",
        re.IGNORECASE,
    ),
    "address": re.compile(r"(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2})?"),
    "number": re.compile(r"-?\d+\.\d+"),  # Who means a version of two numbers mostly says so.
    "date": re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{4}"),
}
_GOES_ON = re.compile(r"[\w/-]|\.\w")
_WORD = re.compile(r"[^\W\d_]+")
_ORIGINS = {"task": "item", "shown": "found", "own": "text"}
FOUND = "found_"
"""What distinguishes a value that turns up on the way from one of the same name that the task has."""


class Use(NamedTuple):
    """A step that takes a value: its operation, the fixed texts before and after the value, and whether it is in plain words."""

    operation: str
    before: str
    after: str = ""
    plain: bool = False


def use_of(action: Action, value: str) -> Use:
    """A step as one that takes a value: what stands before and after it there."""
    at = max(0, action.text.casefold().find(value.casefold()))
    return Use(action.operation, action.text[:at], action.text[at + len(value) :], action.plain)


@dataclass
class Usage:
    """A parameter as its name is sought: its values, the steps that take it, and where it comes from ("task", "shown", "own").
    `others` are values of other parameters, and `place`: something is found there."""

    values: Sequence[tuple[Member, str]]
    uses: Sequence[Use]
    origin: str
    others: Collection[str] = field(default_factory=frozenset[str])
    place: bool = False


def name_of(usage: Usage) -> str:
    """The name of a parameter."""
    return _ranked(usage) or _by_form(usage) or _by_origin(usage)


def _ranked(usage: Usage) -> str:
    """The name with the most evidence; empty where none has enough."""
    passed = _passed_as(usage)
    scores: defaultdict[str, float] = defaultdict(float, passed)
    for name, weight in _said(usage).items():
        scores[name] += weight
    runs = len(usage.values)
    formed = _agreed(_shape(value) for _, value in usage.values) in _TELLING
    least = max(LEAST * runs * (2 if formed else 1), BESIDE)
    enough = {name: score for name, score in scores.items() if score > least}
    best = max(enough, key=lambda name: (enough[name], -list(enough).index(name)), default="")
    words = set(best.split("_"))
    fuller = (name for name in enough if words < set(name.split("_")) and 2 * enough[name] >= enough[best])
    return next(fuller, best)


def _passed_as(usage: Usage) -> Mapping[str, float]:
    """The arguments that steps pass a value as, general ones aside: of several the share that each has."""
    whole = [use for use in usage.uses if not _GOES_ON.match(use.after)]
    keys = Counter(key for use in whole if (key := argument(use.before)) and key not in GENERAL_KEYS)
    weight = ARGUMENT if 2 * keys.total() > len(usage.uses) else OBJECT
    return {key: weight * len(usage.values) * count / keys.total() for key, count in keys.items()}


def _said(usage: Usage) -> Mapping[str, float]:
    """The names that tasks, observations and steps have for the values."""
    scores: defaultdict[str, float] = defaultdict(float)
    barred = _barred(usage)
    verbs = {word for use in usage.uses for word in re.findall(r"[a-z]+", use.operation)}
    for member, value in usage.values:
        task = dict(sorted(in_task(member.task, value), key=lambda pair: pair[1]))
        task = {name: w for name, w in task.items() if w > BESIDE or name not in verbs}
        shown: dict[str, float] = {}
        for action in member.actions:
            for name, weight in in_observation(action.observation, value):
                shown[name] = max(weight, shown.get(name, 0.0))
        introduced = shown if usage.origin == "shown" else task
        introduced |= {name: INTRODUCED * weight for name, weight in introduced.items()}
        kinds = {name: w for action in member.actions for name, w in in_command(action.text, value)}
        steps = _in_steps(usage, member, value, verbs)
        least = BESIDE if len(usage.values) > 1 or not _in_words(usage) else APPOSITION
        for source in (task, shown, kinds, steps):
            for name, weight in source.items():
                if name and name not in barred and weight >= least:
                    scores[name] += weight
    group = group_of([use.before for use in usage.uses])
    if group and group not in barred and _is_spoken(group, usage):
        scores[group] += OBJECT * len(usage.values)
    for head in _common_head(usage):
        scores[head] += APPOSITION * len(usage.values)
    return scores


def _is_spoken(word: str, usage: Usage) -> bool:
    """Whether a task or an observation has a word, so that it is one of the field and not only of a program."""
    return any(
        word in terms(text) for m, _ in usage.values for text in (m.task, *(action.observation for action in m.actions))
    )


def _in_steps(usage: Usage, member: Member, value: str, verbs: Collection[str]) -> Mapping[str, float]:
    """Words beside a value in steps in plain words, each with its share of them, and what the task calls the object of
    their verb."""
    plain = _in_words(usage)
    words = [set(dict(around(use.before, use.after, value, plain=use in plain))) for use in usage.uses]
    beside = Counter(name for names in words for name in names if name not in verbs)
    scores = {name: OBJECT for name, count in beside.items() if 2 * count > beside.total()}
    for use in plain:
        if name := object_of(member.task, use.before):
            scores[name] = APPOSITION
    return scores


def _in_words(usage: Usage) -> list[Use]:
    """The steps in plain words: those of a program of which another step has options are none."""
    programs = {use.operation.split(" ")[0] for use in usage.uses if not use.plain}
    return [use for use in usage.uses if use.plain and use.operation.split(" ")[0] not in programs]


def _barred(usage: Usage) -> set[str]:
    """Words that are no name: a value of another parameter, and what is a part of some runs' value."""
    words = [_words(value) for _, value in usage.values]
    differing = len({value.casefold() for _, value in usage.values}) > 1
    own = set[str]().union(*words) - (in_all(words) if differing else set[str]())
    return own | {identifier(value) for value in usage.others} | {identifier(value) for _, value in usage.values}


def _words(value: str) -> list[str]:
    return [identifier(word) for word in _WORD.findall(value)]


def _common_head(usage: Usage) -> list[str]:
    """The noun that all values end with, or of which they are instances: "box" of "red box" and "green box", "bed" of "bed 2"."""
    values = list(dict.fromkeys(value.casefold() for _, value in usage.values))
    parts = [value.split() for value in values]
    nouns = {noun_and_number(value)[0] if noun_and_number(value)[1] else "" for value in values}
    if len(nouns) > 1 or nouns == {""}:
        phrases = all(len(words) > 1 and words[-1].isalpha() for words in parts)
        nouns = {words[-1] for words in parts} if phrases else set[str]()
    return [name for name in map(identifier, nouns) if name] if len(nouns) == 1 else []


def _by_form(usage: Usage) -> str:
    """The form that most values have, or the argument with the noun of its operation: "order_id" of get_order(id=)."""
    shape = _agreed(_shape(value) for _, value in usage.values)
    if shape in _SHAPES:
        return shape
    if key := _agreed("" if _GOES_ON.match(use.after) else argument(use.before) for use in usage.uses):
        noun = _agreed(re.split(r"[_.\s-]", use.operation)[-1] for use in usage.uses)
        return f"{noun.rstrip('s')}_{key}" if key in ("id", "name", "key") and templates.is_name(noun) else key
    return shape if shape in ("id", "number") else ""


def _by_origin(usage: Usage) -> str:
    if usage.place:
        return "place"
    words = all(value.replace(" ", "").isalpha() and member.says(value) for member, value in usage.values)
    in_commands = usage.uses and not _in_words(usage)
    return "name" if usage.origin == "task" and in_commands and not words else _ORIGINS[usage.origin]


def _shape(value: str) -> str:
    """The form of a value: a host, a date, or the shape of a token."""
    form = next((name for name, pattern in _FORMS.items() if pattern.fullmatch(value)), shape_of(value) or "")
    return form or ("number" if value.isdigit() else "")


def _agreed(names: Iterable[str]) -> str:
    """The name that most agree on; empty where there is none."""
    counts = Counter(names)
    name, count = counts.most_common(1)[0] if counts else ("", 0)
    return name if 2 * count > counts.total() else ""


def free_name(name: str, origin: str, taken: Mapping[str, str]) -> str:
    """The name, or where it is taken (a name to its origin) one like it: {found_version} where the task has a {version}, else
    with a number: {item_2}."""
    if origin == "shown" and taken.get(name) == "task" and not name.startswith(FOUND):
        name = f"{FOUND}{name}"
    return templates.numbered(name, taken)
