"""Plans: a recall's answer parsed by rule into steps to follow, the values of their parameters, and where to look.

Only the reply is read (`memp.reply.RecallReply`, the answer of the tool `recall_procedure`), as any agent could. Of the
game nothing is known here but the grammar of its commands.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from memp.evaluate.agents.conditions import in_bounds
from memp.evaluate.environments.commands import PREPOSITIONS, Call, call_of, noun_of
from memp.reply import MatchReply, RecallReply
from memp.text import templates
from memp.text.steps import ScriptStep, parse_step

_NUMBERS = re.compile(r" \d+\b")
_OF_PARAMETER = re.compile(r"(\{\w+\}) \d+\b")
"""The number of a thing that a parameter stands for: here things of a kind do for each other."""

COUNT = re.compile(r"([^,;]+?) (\d+)x(?=,|;|$)")
"""A value and how many runs had it, as a reply's history says it: "drawer 2x"."""

_WHERE = re.compile(rf"\bwhere (?:({templates.PLACEHOLDER})|(?:the )?([\w-]+)) is\b")
_WORD = re.compile(r"[^\W\d_]+")
_INSTEAD = " | instead: "


NO_BOUNDS: Mapping[int, ScriptStep] = MappingProxyType({})


class Plan(NamedTuple):
    """Steps with {parameters}, the known values of those, and where earlier runs found things.

    `values` are parameters that are known; `sought` are those that say where something is: parameter to that thing
    (a {parameter} or a noun). `counts` says, for each parameter, where earlier runs found it. `bounds` are the steps, by their
    place, that depend on a number.
    """

    steps: tuple[Call, ...]
    values: Mapping[str, str]
    sought: Mapping[str, str]
    counts: Mapping[str, Mapping[str, int]]
    bounds: Mapping[int, ScriptStep] = NO_BOUNDS

    def noun(self, arg: str) -> str | None:
        """The kind of thing that an argument stands for; None where that is open."""
        name = templates.name_of(arg)
        if name is None:
            return noun_of(arg)
        return noun_of(self.values[name]) if name in self.values else None

    def applies(self, at: int, newest_first: Iterable[str]) -> bool:
        """Whether a step is to be done: the number that it depends on, if any, was observed within its bound."""

        def fill(words: str) -> str:
            return templates.substitute(words, lambda name: self.values.get(name, f"{{{name}}}"))

        return at not in self.bounds or in_bounds(self.bounds[at], newest_first, fill)


def plan_of(match: MatchReply, task: str, places: Iterable[str]) -> Plan | None:
    """The plan of a match; None where it has neither steps nor an example."""
    if match.steps:
        return _read_steps(match, task, frozenset(places))
    if match.example is None:
        return None
    return Plan(_transferred(match.example.task, match.example.steps, task), {}, {}, {})


def _read_steps(match: MatchReply, task: str, places: frozenset[str]) -> Plan:
    values: dict[str, str] = {}
    sought: dict[str, str] = {}
    counted: dict[str, Mapping[str, int]] = {}
    for name, text in match.parameters.items():
        where = _WHERE.search(text)
        if text.startswith("= "):
            values[name] = text[2:].strip()
        elif where:
            sought[name] = where[1] or where[2]
        history = text.partition("so far: ")[2]
        same = templates.name_of(history.removeprefix("as "))
        counts = {noun_of(value): int(count) for value, count in COUNT.findall(history)} or counted.get(same or "", {})
        if counts:
            counted[name] = counts
    parsed = [parse_step(step) for step in match.steps if step[:1] != "["]
    steps = tuple(call_of(_OF_PARAMETER.sub(r"\1", step.action)) for step in parsed)
    values |= _guessed(match, steps, {**values, **sought}, task, places)
    bounds = {at: step for at, step in enumerate(parsed) if step.bound}
    return Plan(steps, values, sought, counted, bounds)


def _guessed(
    match: MatchReply, steps: Sequence[Call], known: Mapping[str, str], task: str, places: frozenset[str]
) -> dict[str, str]:
    """Guessed values of the parameters that the reply leaves open: words of the task that its goal does not have.

    A parameter that steps go to is a place of this room, any other is none. A reader would do as much with a procedure
    that does not quite fit.
    """
    stated = {noun_of(word) for word in _WORD.findall(templates.substitute(match.goal, lambda _: " "))}
    words = [word for word in map(noun_of, _WORD.findall(task)) if word not in stated and len(word) > 1]
    verbs = {step.verb for step in steps} | {"put", "some", "it", "them", "and", "the", "two", "find", *PREPOSITIONS}
    gone_to = {templates.name_of(arg) for step in steps if step.verb == "go" for arg in step.args}
    guessed: dict[str, str] = {}
    for name in match.parameters:
        if name not in known:
            fits = [w for w in words if (w in places) == (name in gone_to) and w not in verbs | {*guessed.values()}]
            if fits:
                guessed[name] = fits[0] if name in gone_to else fits[-1]
    return guessed


def _transferred(example_task: str, steps: Sequence[str], task: str) -> tuple[Call, ...]:
    """An example's actions, with the words in which its task differs replaced by those of this task, in order."""
    instead = differing_words(example_task, task)
    calls = [call_of(step.partition(" -> ")[0]) for step in steps if not step.startswith("[")]
    return tuple(
        call._replace(args=tuple(instead.get(noun_of(arg), arg) for arg in call.args)) for call in calls
    )  # fmt: skip


def differing_words(before: str, now: str) -> dict[str, str]:
    """The words of a task that another one has others for, in order; none where they differ in number."""
    words_before, words_now = (_WORD.findall(text.lower()) for text in (before, now))
    only_before = [word for word in dict.fromkeys(words_before) if word not in words_now]
    only_now = [word for word in dict.fromkeys(words_now) if word not in words_before]
    return dict(zip(only_before, only_now, strict=True)) if len(only_before) == len(only_now) else {}


AGAIN = "try again"
ANOTHER = "another"


def advice(reply: RecallReply, trouble: str, match: int = 0) -> list[str]:
    """The advice of the pitfalls that match a failure, the closest first.

    Read are what is known of the error, the pitfalls of the match that is followed and those beside all matches; one
    matches a failure if the two have at least two words in common.
    """
    words = _words(trouble)
    ranked: list[tuple[int, str]] = []
    known = [p for one in reply.matches[match : match + 1] for p in one.pitfalls]
    for pitfall in [*reply.on_error, *known, *reply.pitfalls]:
        trigger, stated, instead = pitfall.partition(_INSTEAD)
        common = len(words & _words(trigger))
        if stated and common >= 2:
            ranked.append((-common, instead.rpartition(", then ")[0] or instead))
    return [instead for _, instead in sorted(ranked, key=lambda one: one[0])]


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower())) - PREPOSITIONS - {"the", "you", "it", "is"}


def with_matches(reply: RecallReply, before: RecallReply | None) -> RecallReply:
    """A reply to an error with the matches of the one before, which it does not say again."""
    return reply if reply.matches or before is None else reply.model_copy(update={"matches": before.matches})


def trouble_of(action: str, message: str) -> str:
    """A failure in general terms: the verb and the message, without the numbers of this room."""
    return f"{call_of(action).verb}: {_NUMBERS.sub('', message)}"
