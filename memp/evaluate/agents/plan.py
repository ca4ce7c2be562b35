"""What an agent can read off a recall's answer, by rule: steps to follow, what they speak of, and where to look.

Only the reply is read (`memp.reply.RecallReply`, what the tool `recall_procedure` gives), as any agent could. Of the
game nothing is known here but that a command is a verb and its arguments, with prepositions between them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from memp.reply import MatchReply, RecallReply
from memp.text import templates

PREPOSITIONS = frozenset("to from in on in/on into onto with at under using".split())
FORMER_VERBS = {"put": "move"}
"""ALFWorld's older grammar has `put OBJECT in/on RECEPTACLE` for what is `move OBJECT to RECEPTACLE` now."""

_SPLIT = re.compile(r"\s+")
_NUMBER = re.compile(r"\s+\d+$")
_NUMBERS = re.compile(r" \d+\b")
_REMARK = re.compile(r"\s*\((?:look for)\b[^)]*\)")
_COUNT = re.compile(r"([^,;]+?) (\d+)x(?=,|;|$)")
_WHERE = re.compile(rf"\bwhere (?:({templates.PLACEHOLDER})|(?:the )?([\w-]+)) is\b")
_WORD = re.compile(r"[^\W\d_]+")
_INSTEAD = " | instead: "


class Call(NamedTuple):
    """An action taken apart: "take mug 1 from shelf 2" is ("take", ("mug 1", "shelf 2"))."""

    verb: str
    args: tuple[str, ...]


@lru_cache(maxsize=20_000)
def call_of(action: str) -> Call:
    """An action's verb and what stands between its prepositions; articles go."""
    verb, *words = _SPLIT.split(_REMARK.sub("", action).strip().lower())
    args: list[list[str]] = [[]]
    for word in words:
        if word in PREPOSITIONS:
            args.append([])
        elif word not in ("a", "an", "the", "some"):
            args[-1].append(word.strip(".,"))
    return Call(FORMER_VERBS.get(verb, verb), tuple(" ".join(arg) for arg in args if arg))


def noun_of(thing: str) -> str:
    """The kind of a thing: "mug" of "mug 1"; "soap bar" is written as one word."""
    return _NUMBER.sub("", thing.strip().lower()).replace(" ", "")


class Plan(NamedTuple):
    """Steps with {parameters}, what is known of those, and where earlier runs found things.

    `values` are parameters that are known; `sought` are those that say where something is: parameter to that thing
    (a {parameter} or a noun). `found` counts, for each parameter, where earlier runs found it.
    """

    steps: tuple[Call, ...]
    values: Mapping[str, str]
    sought: Mapping[str, str]
    found: Mapping[str, Mapping[str, int]]

    def noun(self, arg: str) -> str | None:
        """The kind of thing that an argument stands for; None where that is open."""
        name = parameter_of(arg)
        if name is None:
            return noun_of(arg)
        return noun_of(self.values[name]) if name in self.values else None


def parameter_of(arg: str) -> str | None:
    return templates.name_of(arg)


def read_plan(reply: RecallReply, task: str, places: Iterable[str]) -> Plan | None:
    """The plan of the first match; None where nothing applies, or it has neither steps nor an example."""
    return plan_of(reply.matches[0], task, places) if reply.matches else None


def plan_of(match: MatchReply, task: str, places: Iterable[str]) -> Plan | None:
    """The plan of a match; None where it has neither steps nor an example."""
    if match.steps:
        return _read_steps(match, task, frozenset(places))
    if match.example is None:
        return None
    return Plan(_retold(match.example.task, match.example.steps, task), {}, {}, {})


def _read_steps(match: MatchReply, task: str, places: frozenset[str]) -> Plan:
    values: dict[str, str] = {}
    sought: dict[str, str] = {}
    found: dict[str, Mapping[str, int]] = {}
    for name, text in match.parameters.items():
        where = _WHERE.search(text)
        if text.startswith("= "):
            values[name] = text[2:].strip()
        elif where:
            sought[name] = where[1] or where[2]
        told = text.partition("so far: ")[2]
        same = parameter_of(told.removeprefix("as "))
        counts = {noun_of(value): int(count) for value, count in _COUNT.findall(told)} or found.get(same or "", {})
        if counts:
            found[name] = counts
    steps = tuple(call_of(step) for step in match.steps if not step.startswith("["))
    values |= _guessed(match, steps, {**values, **sought}, task, places)
    return Plan(steps, values, sought, found)


def _guessed(
    match: MatchReply, steps: Sequence[Call], known: Mapping[str, str], task: str, places: frozenset[str]
) -> dict[str, str]:
    """Values for the parameters that the reply leaves open: words of the task that its goal has not.

    A parameter that steps go to is a place of this room, any other is none. A reader would do as much with a procedure
    that does not quite fit.
    """
    said = {noun_of(word) for word in _WORD.findall(templates.substitute(match.goal, lambda _: " "))}
    words = [word for word in map(noun_of, _WORD.findall(task)) if word not in said and len(word) > 1]
    verbs = {step.verb for step in steps} | {"put", "some", "it", "them", "and", "the", "two", "find", *PREPOSITIONS}
    gone_to = {parameter_of(arg) for step in steps if step.verb == "go" for arg in step.args}
    guessed: dict[str, str] = {}
    for name in match.parameters:
        if name not in known:
            fits = [w for w in words if (w in places) == (name in gone_to) and w not in verbs | {*guessed.values()}]
            if fits:
                guessed[name] = fits[0] if name in gone_to else fits[-1]
    return guessed


def _retold(told: str, steps: Sequence[str], task: str) -> tuple[Call, ...]:
    """An example's actions, with the words in which its task differs replaced by those of this task, in order."""
    before, now = (_WORD.findall(text.lower()) for text in (told, task))
    only_before = [word for word in dict.fromkeys(before) if word not in now]
    only_now = [word for word in dict.fromkeys(now) if word not in before]
    instead = dict(zip(only_before, only_now, strict=True)) if len(only_before) == len(only_now) else {}
    calls = [call_of(step.partition(" -> ")[0]) for step in steps if not step.startswith("[")]
    return tuple(
        call._replace(args=tuple(instead.get(noun_of(arg), arg) for arg in call.args)) for call in calls
    )  # fmt: skip


AGAIN = "try again"
ANOTHER = "another"


def advice(reply: RecallReply, trouble: str, match: int = 0) -> list[str]:
    """What pitfalls say to do instead where something went wrong: those that speak of it, the closest first.

    Read are the pitfalls of the match that is followed and those beside all matches; one speaks of a trouble with which
    it has at least two words in common.
    """
    words = _words(trouble)
    found: list[tuple[int, str]] = []
    for pitfall in [p for one in reply.matches[match : match + 1] for p in one.pitfalls] + list(reply.pitfalls):
        trigger, told, instead = pitfall.partition(_INSTEAD)
        common = len(words & _words(trigger))
        if told and common >= 2:
            found.append((-common, instead.rpartition(", then ")[0] or instead))
    return [instead for _, instead in sorted(found, key=lambda one: one[0])]


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower())) - PREPOSITIONS - {"the", "you", "it", "is"}


def trouble_of(action: str, said: str) -> str:
    """What went wrong, in general terms: the verb that failed and what was said, without the numbers of this room."""
    return f"{call_of(action).verb}: {_NUMBERS.sub('', said)}"
