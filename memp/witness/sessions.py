"""Sessions: whether what an agent typed of a run is what its session shows.

A hook sees the task that the user gave and the steps that were taken, and it vouches for no more. A typed run is borne out where
its task is this one and each of its steps was taken; a procedure was followed where each of its steps was. Else the typed words
stay a claim, however well the session ended.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from memp.domain.procedure import Script
from memp.domain.trajectory import Trajectory
from memp.text import templates
from memp.text.keywords import terms
from memp.text.steps import parse_step

LEAST_SHARED = 0.5
"""The share of its words that a task, or what is said of a step, must have in common with the session; and that a step must have
with one action of it."""

FREE_WORDS = 3
"""Words of what a step showed, such as "12 passed", that anybody may say."""

_VERBS = frozenset(
    "run ran execute executed call called use used open opened read view edit edited write wrote change changed look looked "
    "check checked bash shell command terminal file tool".split()
)
"""Words for doing something with a tool, which say nothing of what."""


@dataclass(frozen=True)
class Session:
    """A run as its session shows it."""

    run: Trajectory

    def bears_out(self, typed: Trajectory) -> bool:
        """Whether a typed run is of this task and has no step that was not taken here."""
        told = (text or "" for step in typed.steps for text in (step.observation, step.thought, step.state))
        return (
            _share(_words(typed.task), self._said) >= LEAST_SHARED
            and all(self._took(step.action) for step in typed.steps)
            and self._showed(told)
        )

    def followed(self, script: Script) -> bool:
        """Whether a procedure asks for no step that was not taken here, and says nothing else that was not seen here."""
        steps = [parse_step(step) for step in script.steps]
        told = (text for s in steps for text in (s.when, s.unless, s.until, s.then, s.why))
        orders = (*script.preconditions, script.verification)
        words = (script.goal, script.when_to_use, script.not_when, *(p.description for p in script.parameters))
        return (
            all(self._took(step.action) for step in steps)
            and all(_words(order) <= self._seen for order in orders)
            and self._showed(words, free=0)
            and self._showed(told)
        )

    @cached_property
    def _actions(self) -> Sequence[frozenset[str]]:
        return [_words(step.action) for step in self.run.steps]

    @cached_property
    def _said(self) -> frozenset[str]:
        """The words of the task and of all actions."""
        return _words(self.run.task).union(*self._actions)

    @cached_property
    def _seen(self) -> frozenset[str]:
        """The same with those of all that was shown."""
        return self._said.union(*(_words(f"{step.observation} {step.thought or ''}") for step in self.run.steps))

    def _took(self, action: str) -> bool:
        """Whether an action was taken: it has no word that no action has, and most of one."""
        words = _words(action)
        return words <= self._said and any(_share(words, own) >= LEAST_SHARED for own in self._actions)

    def _showed(self, texts: Iterable[str], free: int = FREE_WORDS) -> bool:
        """Whether texts say what was seen, or next to nothing."""
        each = [_words(text) for text in texts]
        return all(len(words) <= free or _share(words, self._seen) >= LEAST_SHARED for words in each)


def _words(text: str) -> frozenset[str]:
    """The words of a text that say something, its placeholders aside."""
    return frozenset(terms(templates.substitute(text, lambda _: " "))) - _VERBS


def _share(words: frozenset[str], among: frozenset[str]) -> float:
    return len(words & among) / len(words) if words else 1.0
