"""Exemplars: the runs by which the script of a family comes about, a sample and later ones that changed it."""

from collections.abc import Mapping

from memp.build.reading.members import Member
from memp.domain.procedure import Script
from memp.text import templates
from memp.text.keywords import terms
from memp.text.steps import parse_step

SAMPLE = 12
"""The first runs of a family, whatever they do: by them it is told what runs usually do, and what is one run's habit."""

EXEMPLARS = 24
"""Runs that a script is made from: the sample, and later ones that changed it. Few enough to be quick."""


def adds_to(new: Script, old: Script, exemplars: int) -> bool:
    """Whether a script with one more run says something that the old one does not.

    In the sample any difference does. Later only a step in other terms, or with a condition that it did not have: that one
    more run did something besides, or left something out, is how runs are. A goal adds something where it has one run's value
    no more.
    """
    if new.goal != old.goal and _fixed_words(new) < _fixed_words(old):
        return True
    if exemplars < SAMPLE:
        return new.steps != old.steps
    known = set(_kernel(old))
    return any(step not in known for step in _kernel(new, common=True))


def _fixed_words(script: Script) -> set[str]:
    """The words of a goal but for its parameters."""
    return set(terms(templates.without_braces(script.goal)))


def _kernel(script: Script, *, common: bool = False) -> list[tuple[str, bool]]:
    """The actions of a script, whatever its parameters are called, and whether each has a condition; with `common` without
    those that only some runs had."""
    steps = map(parse_step, script.steps)
    return [
        (templates.substitute(step.action, lambda _: "{}"), bool(step.when or step.unless))
        for step in steps
        if not (common and step.whole)
    ]


def distinct(members: Mapping[int, Member]) -> list[int]:
    """At most `EXEMPLARS` of the runs by which a script came about, in their order: of more, those after the sample are left
    out that are most like another."""
    kept: list[int] = []
    texts = {i: frozenset(action.text for action in member.actions) for i, member in members.items()}
    for i in members:
        kept.append(i)
        if len(kept) > EXEMPLARS:
            kept.remove(
                max(
                    kept[SAMPLE:-1],
                    key=lambda one: max(_alike(texts[one], texts[other]) for other in kept if other != one),
                )
            )
    return kept


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(len(one | other), 1)
