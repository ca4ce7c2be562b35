"""Correspondence: which step of a script stands for which step of a labelled run.

A script's step with the run's values in its {placeholders} is the run's action, or does the same operation in about the
same words. Only the script is read, as an agent would, and nothing of how Build came to it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from memp.build.induction.parameters import MADE_UP
from memp.build.reading.elements import labelled
from memp.domain.procedure import Script
from memp.evaluate.agents.conditions import is_met
from memp.evaluate.experiments.traces.labels import LabelledRun
from memp.text import templates
from memp.text.actions.operations import operation_of
from memp.text.steps import ScriptStep, parse_step

CUT = " [...] "
ALIKE = 0.5
"""The share of words in common from which on two actions of one operation may be one step with other values."""

EXACT, FITTING = 1.0, 0.9
"""The likeness of the same text, and of a step whose open {placeholders} may stand for what the action has."""

_OPEN = re.compile(rf"{templates.PLACEHOLDER}|{re.escape(MADE_UP)}")
"""What may stand for any text: a {placeholder}, or the text that each run makes up."""

_WORD = re.compile(r"[^\W_]+")


class Filled(NamedTuple):
    """A step of a script with the values of one run; `action` is its action with them."""

    step: ScriptStep
    action: str
    values: Mapping[str, str]

    def fill(self, text: str) -> str:
        return templates.substitute(text, lambda name: self.values.get(name, f"{{{name}}}"))

    def applies(self, newest_first: Sequence[str]) -> bool:
        """Whether its condition was met when these were the observations."""
        return is_met(self.step, newest_first, self.fill)

    @property
    def lasting(self) -> bool:
        """Whether it stands for any number of steps: it is repeated, or done whenever its condition holds."""
        return bool(self.step.times or self.step.until or self.step.when or self.step.unless)


def filled_steps(script: Script, values: Mapping[str, str]) -> list[Filled]:
    """The steps of a script with the values of one run."""
    parsed = [parse_step(step) for step in script.steps if not step.startswith("[")]
    return [
        Filled(step, templates.substitute(step.action, lambda name: values.get(name, f"{{{name}}}")), values)
        for step in parsed
    ]


def known_at(run: LabelledRun, place: int) -> list[str]:
    """The observations of a run before a step, the newest first; an action done again replaces what it showed."""
    newest: dict[str, str] = {}
    for step in run.steps[:place]:
        newest.pop(step.action, None)
        newest[step.action] = step.observation
    return [*reversed(newest.values()), run.task]


def correspondence(steps: Sequence[Filled], run: LabelledRun) -> dict[int, int]:
    """The run's step to the script's one that stands for it. Where several compete, the likest pair comes first, and of equal
    ones the step that the labels need most, then the nearest."""
    pairs = sorted(_pairs(steps, run), key=lambda pair: (-pair[0], *pair[1:]))
    stands: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, _, place, at in pairs:
        if place not in stands and at not in taken:
            stands[place] = at
            if not steps[at].lasting:
                taken.add(at)
    return stands | _polls(stands, run)


def _pairs(steps: Sequence[Filled], run: LabelledRun) -> Iterator[tuple[float, int, float, int, int]]:
    """(likeness, rank, distance, place in the run, place in the script) of each two that may correspond."""
    for place, (step, called) in enumerate(zip(run.steps, labelled(run.steps), strict=True)):
        rank = 0 if place in run.effects else 2 if place in run.dispensable else 1
        known = known_at(run, place)
        for at, filled in enumerate(steps):
            alike = max(likeness(filled.action, action) for action in {step.action, called})
            if alike and filled.applies(known):
                yield alike, rank, abs(place / len(run.steps) - at / len(steps)), place, at


def likeness(said: str, done: str) -> float:
    """How much a script's action is a run's, from 0 to 1; 0 where they are two things."""
    ours, theirs = _squeezed(said), _squeezed(done)
    if CUT in said:
        head, _, tail = said.partition(CUT)
        if theirs.startswith(_squeezed(head)) and theirs.endswith(_squeezed(tail)):
            return EXACT
    if ours == theirs:
        return EXACT
    if operation_of(said) != operation_of(done):
        return 0.0
    literal = [*map(re.escape, _OPEN.split(ours))]
    if len(literal) > 1 and re.fullmatch(".+?".join(literal), theirs, re.DOTALL):
        return FITTING
    words = SequenceMatcher(None, _WORD.findall(said.casefold()), _WORD.findall(done.casefold()), autojunk=False)
    return FITTING * ratio if (ratio := words.ratio()) >= ALIKE else 0.0


def _squeezed(text: str) -> str:
    return "".join(text.split()).casefold()


def _polls(stands: Mapping[int, int], run: LabelledRun) -> dict[int, int]:
    """The polls of a wait, for all of which one step of the same text stands."""
    polls: dict[int, int] = {}
    for wait in run.waits:
        by_text = {run.steps[place].action: stands[place] for place in wait.steps if place in stands}
        polls |= {p: by_text[a] for p in wait.steps if p not in stands and (a := run.steps[p].action) in by_text}
    return polls
