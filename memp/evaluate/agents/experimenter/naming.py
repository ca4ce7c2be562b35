"""Naming: which things here the names of a recalled step mean.

A step may name things of another room ("flower pot 8") or leave them open ("{pot}"). What stands for what is kept for the
steps after it.
"""

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from memp.evaluate.agents.experimenter.recipe import Recipe, replaced
from memp.evaluate.environments.commands import Call
from memp.evaluate.environments.laboratory import call_of, likeness, without_places, words_of
from memp.text import templates

FINAL = frozenset(("focus",))
"""Verbs of acts that cannot be taken back."""

ALIKE, SURE = 0.5, 0.75
"""The least likeness of a recalled name and one that is here, and that where the act cannot be taken back."""
TAKEN = 0.05
"""The likeness that a thing loses for each other one that it stands for: two pots are two pots here."""
FREE = 0.1
"""The fitness of a thing for a parameter of which nothing is known."""

_AT_END = re.compile(r"\s*\d+$")


class Naming:
    """The names of a play. `chosen` are the values of parameters that the reply left open."""

    def __init__(self, goal: str, chance: random.Random) -> None:
        self._goal = words_of(goal)
        self._chance = chance
        self.chosen: dict[str, str] = {}
        self._instead: dict[str, str] = {}

    def start(self) -> None:
        """Forget what stood for what: another recipe has names of its own."""
        self.chosen = {}
        self._instead = {}

    def asked(self, thing: str) -> float:
        """The share of a thing's words that the task has."""
        words = words_of(thing)
        return len(words & self._goal) / len(words) if words else 0.0

    def renamed(self, action: str) -> str:
        """The action about things that stood in for those of another room before."""
        return replaced(action, self._instead)

    def stand_in(self, before: str, here: str) -> None:
        """Keep that the things of one action stand for those of the other."""
        self._instead |= map(_kind_or_thing, call_of(before).args, call_of(here).args)

    def likest(self, action: str, possible: Iterable[str]) -> str:
        """The possible action that is likest to one that is not: of its verb, about things of like names; "" for none."""
        call = call_of(action)
        least = SURE if call.verb in FINAL else ALIKE
        best, most = "", 0.0
        for other, here in _of_verb(call, possible):
            parts = [likeness(a, b) for a, b in zip(call.args, here.args, strict=True)]
            like = sum(parts) - TAKEN * sum(thing in other for thing in self._instead.values())
            if min(parts, default=0) >= least and like > most:
                best, most = other, like
        return best

    def completed(self, recipe: Recipe, text: str, sight: Iterable[str], possible: Sequence[str]) -> str | None:
        """A step with its open parameters filled: by one of the things that it may be, by chance, by what they stood for before
        and is seen now, else by the possible action that fits best; None where none does."""
        filled = recipe.fill(text, self.chosen)
        for name in templates.names(filled):
            value = self._chance.choice(recipe.options.get(name, [""])) or self._seen_before(recipe, name, sight)
            if not value and f"{{{name}}}" not in call_of(filled).args:
                value = self._like_before(recipe, name, possible)
            if value:
                self.chosen[name] = value
        return self.fitted(recipe, text, possible)

    def fitted(self, recipe: Recipe, text: str, possible: Sequence[str]) -> str | None:
        """A step with its open parameters filled by the possible action that fits best."""
        filled = recipe.fill(text, self.chosen)
        return self._fitting(recipe, filled, possible) if templates.names(filled) else filled

    def _seen_before(self, recipe: Recipe, name: str, sight: Iterable[str]) -> str:
        """The value that the parameter had most often, of those that are in sight and stand for nothing else."""
        counts = recipe.history.get(name, {})
        seen = " ".join(" ".join(sight).lower().split())
        fits = [value for value in counts if value.lower() in seen and not self._bound(recipe, value)]
        return max(fits, key=lambda value: counts[value], default="")

    def _like_before(self, recipe: Recipe, name: str, possible: Iterable[str]) -> str:
        """The thing here that is likest to what the parameter stood for, for one that is a part of a name."""
        counts = recipe.history.get(name, {})
        things = {thing for action in possible for thing in call_of(action).args}
        ranked = sorted((-_like(counts, thing), thing) for thing in things if not self._bound(recipe, thing))
        return ranked[0][1] if ranked and ranked[0][0] < 0 else ""

    def _bound(self, recipe: Recipe, thing: str) -> bool:
        return thing.lower() in {value.lower() for value in (*recipe.values.values(), *self.chosen.values())}

    def _fitting(self, recipe: Recipe, text: str, possible: Iterable[str]) -> str | None:
        """A possible action that a step with open parameters may be; they stand for its things from then on."""
        call = call_of(text)
        fits = [
            (self._fitness(recipe, call, here), self._chance.random(), other)
            for other, here in _of_verb(call, possible)
        ]
        best, _, action = max(fits, default=(0.0, 0.0, ""))
        if best <= 0:
            return None
        for arg, thing in zip(call.args, call_of(action).args, strict=True):
            self.chosen |= _values(arg, thing) or {}
        return action

    def _fitness(self, recipe: Recipe, call: Call, here: Call) -> float:
        """How well an action's things fit those of a step; 0 where one does not."""
        parts = [self._part(recipe, call.verb, arg, thing) for arg, thing in zip(call.args, here.args, strict=True)]
        return sum(parts) if min(parts, default=0) > 0 else 0.0

    def _part(self, recipe: Recipe, verb: str, arg: str, thing: str) -> float:
        if not templates.names(arg):
            like = max(likeness(arg, thing), likeness(arg, without_places(thing)))
            return like if like >= ALIKE else 0.0
        values = _values(arg, thing)
        if values is None:
            like = likeness(templates.without_braces(arg), thing)
            return FREE * like if verb not in FINAL else 0.0
        return min(self._free(recipe, verb, name, value) for name, value in values.items())

    def _free(self, recipe: Recipe, verb: str, name: str, thing: str) -> float:
        """How well a thing fits an open parameter: by what that stood for before, else by the task's words."""
        if self._bound(recipe, thing):
            return 0.0
        counts: Mapping[str, int] = recipe.history.get(name, {})
        if not counts:
            return FREE + self.asked(thing)
        return _like(counts, thing) or (0.0 if verb in FINAL else FREE * FREE)


def _of_verb(call: Call, possible: Iterable[str]) -> Iterator[tuple[str, Call]]:
    """The possible actions of a call's form."""
    for action in possible:
        here = call_of(action)
        if here.verb == call.verb and len(here.args) == len(call.args):
            yield action, here


def _like(counts: Mapping[str, int], thing: str) -> float:
    """The likeness of a thing to what a parameter stood for, by how often it did."""
    return max((likeness(value, thing) * count for value, count in counts.items()), default=0) / (
        sum(counts.values()) or 1
    )


def _values(arg: str, thing: str) -> dict[str, str] | None:
    """The values of the parameters of a name if it means a thing; None where it cannot."""
    parts = re.split(r"\{(\w+)\}", arg)
    pattern = "".join("(.+)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
    match = re.fullmatch(pattern, thing)
    return None if match is None else dict(zip(parts[1::2], match.groups(), strict=True))


def _kind_or_thing(before: str, here: str) -> tuple[str, str]:
    """The pair to substitute: a kind of thing for another kind, whatever the numbers; else one thing for another."""
    ours, theirs = _AT_END.sub("", before), _AT_END.sub("", here)
    return (before, here) if ours == theirs else (ours, theirs)
