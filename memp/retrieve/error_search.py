"""Error look-ups: what a memory knows of an error, whichever task it was met in.

Searched are the pitfalls, by meaning and by words; the steps of recorded runs that showed such an error, with what was done
then; and what runs found out about the things that the error names. A code that differs is another error.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from memp.domain.effects import effects_of_pitfall
from memp.domain.pitfalls import distinct
from memp.domain.procedure import Pitfall
from memp.domain.results import ErrorAnswer, Precedent
from memp.domain.trajectory import Step
from memp.embed import Vectors
from memp.retrieve.elsewhere import Elsewhere
from memp.retrieve.hearsay import harmless
from memp.store import Origins, Procedures, Projects, Search, Trajectories
from memp.text.actions.operations import exact_operation_of
from memp.text.clips import clip_middle, first_line
from memp.text.failures.codes import mentioned
from memp.text.failures.detection import failure_of
from memp.text.failures.likeness import (
    LEAST_SHARE,
    Likeness,
    error_words,
    likeness,
    line_likeness,
    share_by_words,
    shared_words,
)
from memp.text.keywords import MOST_TERMS, POOL, idf, terms

MOST_PITFALLS = 3
"""Pitfalls that are told of an error."""

MOST_FAILURES = 2
"""Failed steps of runs that are told of an error, beside pitfalls."""

MOST_RUNS = 20
"""Runs with the words of an error that are read."""

MOST_LINES = 100
"""Lines of what a step showed that are compared with an error: tools say what went wrong at the beginning or the end."""

MAX_LINE = 240
"""Characters of a line that may be an error."""

MOST_WORDS = 8
"""Words of an error that runs are searched for, the longest."""

MOST_AFTER = 3
"""Steps after a failed one that are told, the last of them the one that worked."""

MAX_ACTION = 160
"""Characters of each of these."""

MOST_THINGS = 3
"""Words of the name of a thing."""


_WORD = re.compile(r"[^\W_]+")


class ErrorStore(Search, Procedures, Trajectories, Origins, Projects, Protocol):
    """The parts of a store that are used here."""


def _as_written(error: str) -> set[str]:
    """The words of an error as a run shows them, with their accents, which the word index does without."""
    words = error_words(error)
    return {word for word in _WORD.findall(error.lower()) if not words.isdisjoint(terms(word))}


class _Case(NamedTuple):
    """A step of a run that showed the error, and how like it is."""

    run: int
    likeness: Likeness
    precedent: Precedent


@dataclass(frozen=True)
class ErrorSearch:
    """Looks errors up in these scopes of a store."""

    store: ErrorStore
    scopes: Sequence[str]
    project: str = ""
    elsewhere: bool = True

    def known(self, error: str, vector: Vectors | None, floor: float, task: str = "") -> ErrorAnswer:
        """Search the memory for an error. `vector` is the error's, `floor` the least cosine at which two texts are alike; of two
        runs that met it the one comes first that was more like the task.

        Raises:
            StoreError: the store cannot be read.
        """
        pitfalls = self._pitfalls(error, vector, floor)
        cases = [case for case in self._cases(error, task) if not pitfalls or _adds(case, pitfalls)]
        return ErrorAnswer(self._here_first([*pitfalls, *cases[:MOST_FAILURES]]), self._facts(error))

    def _here_first(self, precedents: Sequence[Precedent]) -> list[Precedent]:
        """Precedents of the project at hand and of none; where there are none, those of others, if they may be told."""
        here = [one for one in precedents if not one.learned_in]
        return here if here or not self.elsewhere else list(precedents)

    def _pitfalls(self, error: str, vector: Vectors | None, floor: float) -> list[Precedent]:
        words = terms(error)[:MOST_TERMS]
        hits = [] if vector is None else self.store.nearest("error", vector, self.scopes, POOL)
        hits = [*hits, *self.store.lexical("error", words, self.scopes, POOL, vector)]
        weight = self._weights([error, *(hit.text for hit in hits)])
        among = None if vector is not None or not hits else self._among_failures(error)
        scores: dict[int, tuple[bool, float, float]] = {}
        for hit in hits:
            like = likeness(hit.text, error, weight)
            cosine = hit.similarity or 0.0
            # An obstacle in an agent's own words has few of an error's; without any, meaning takes a trade's errors for one.
            said = error_words(error)
            # One word that only says that something failed, "rejected", says nothing of what.
            tells = len(said) > 1 or failure_of(error) is None
            if among is None:
                near = cosine >= floor and tells and bool(shared_words(said, error_words(hit.text)))
            else:
                near = share_by_words(hit.text, error, among) >= LEAST_SHARE
            if like is not None and (like.same or near):
                score = (like.code, like.share, cosine)
                scores[hit.owner] = max(score, scores.get(hit.owner, score))
        best = sorted(scores, key=lambda owner: scores[owner], reverse=True)
        hits = self._elsewhere.first_here(harmless(self.store.pitfalls(ids=best), asked=self.elsewhere)) if best else []
        known = {one.pitfall: one for one in reversed(hits)}
        closest = distinct(reversed(known))[: 2 * MOST_PITFALLS]
        # Of equally close ones, those that say what to do.
        closest.sort(key=lambda pitfall: (not scores[known[pitfall].id][0], not pitfall.instead))
        return [
            Precedent(one, procedure=known[one].procedure_id, learned_in=known[one].learned_in)
            for one in closest[:MOST_PITFALLS]
        ]

    def _among_failures(self, error: str) -> Callable[[str, bool], float]:
        """The inverse document frequency of an error's words among the remembered failures, of a shared one among the others:
        what most failures say does not tell which it is, in whatever language."""
        counts, total = self.store.document_frequency(sorted(error_words(error)), "error")

        def weight(word: str, shared: bool) -> float:
            others = total - shared
            count = counts.get(word, 0) - shared
            return math.log(1 + (others - count + 0.5) / (max(count, 0) + 0.5))

        return weight

    @property
    def _elsewhere(self) -> Elsewhere:
        return Elsewhere(self.store, self.project, unasked=not self.elsewhere)

    def _cases(self, error: str, task: str) -> list[Precedent]:
        """Steps of runs that showed this error, the likest and newest first, each remedy once."""
        codes = sorted(mentioned(error))
        texts = codes or sorted(_as_written(error), key=lambda word: (-len(word), word))[:MOST_WORDS]
        if not texts:
            return []
        runs = self.store.showing(texts, self.scopes, MOST_RUNS, self.project)
        made = self._elsewhere.of_runs(runs)
        origins = self.store.origins_of(runs).items()
        told = {run for run, origin in origins if not (origin.sees if self.elsewhere else origin.is_trusted)}
        found = [case for run in runs for case in self._cases_in(run, error)]
        cases = [case for case in found if case.run not in told or not effects_of_pitfall(case.precedent.pitfall)]
        words = set(terms(task))
        tasks = self.store.trajectory_tasks(runs)
        near = {c: len(words & set(terms(f"{tasks[c.run]} {c.precedent.pitfall.trigger}"))) for c in cases}
        cases.sort(key=lambda c: (c.run in made, not c.precedent.overcome, -c.likeness.share, -near[c], -c.run))
        by_remedy = {c.precedent.pitfall.instead: c for c in reversed(cases)}
        return [c.precedent._replace(learned_in=made.get(c.run, "")) for c in by_remedy.values()][::-1]

    def _cases_in(self, run_id: int, error: str) -> Iterator[_Case]:
        steps = self.store.trajectory(run_id).steps
        lines = [(i, line) for i, step in enumerate(steps) for line in _lines(step)]
        weight = self._weights([error, *(line for _, line in lines)])
        shown: dict[int, tuple[Likeness, str]] = {}
        for i, line in lines:
            failed = failure_of(steps[i].observation) is not None
            like = line_likeness(_action(steps[i]), line, error, weight, failed=failed)
            if like is not None and like.same and (i not in shown or like > shown[i][0]):
                shown[i] = like, f"{_action(steps[i])}: {line}"
        # What is done after the last of several tries is what overcame it.
        for i, (like, line) in list(shown.items())[-1:]:
            yield _Case(run_id, like, _precedent(run_id, steps, i, line, frozenset(shown)))

    def _weights(self, texts: Sequence[str]) -> "_Weights":
        words = {word for text in texts for word in terms(text)}
        counts, total = self.store.document_frequency(sorted(words))
        return _Weights({word: idf(count, total) for word, count in counts.items()}, idf(0, total))

    def _facts(self, error: str) -> dict[str, Sequence[tuple[str, int]]]:
        """Findings of runs about the things that an error names: "where mug is"."""
        words = error.casefold().split()
        names = [word.strip(".,;:!?'\"()") for word in words]
        things = (
            " ".join(names[at : at + size]) for size in range(1, MOST_THINGS + 1) for at in range(len(names) - size + 1)
        )
        here = [self.project, ""] if self.project else None
        return dict(
            self.store.findings([f"where {thing} is" for thing in dict.fromkeys(things)], self.scopes, None, here)
        )


@dataclass(frozen=True)
class _Weights:
    """The inverse document frequency of words."""

    known: dict[str, float]
    unseen: float

    def __call__(self, word: str) -> float:
        return self.known.get(word, self.unseen)


def _lines(step: Step) -> list[str]:
    """The lines of what a step showed that may be an error."""
    lines = [line.strip()[:MAX_LINE] for line in step.observation.splitlines() if line.strip()]
    return lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES // 2], *lines[-MOST_LINES // 2 :]]


def _precedent(run_id: int, steps: Sequence[Step], at: int, line: str, failed: frozenset[int]) -> Precedent:
    """A failed step, and what its run did then: up to the step that did the same and went well, or met another error in
    between; else the next ones."""
    well = [failure_of(step.observation) is None for step in steps]
    later = [i for i in range(at + 1, len(steps)) if i not in failed and well[i]]
    again = [
        i for i in range(at + 1, len(steps)) if i not in failed and _same_operation(steps[i].action, steps[at].action)
    ]
    worked = next((i for i in again if well[i]), None)
    until = again[0] if again and any(i < again[0] for i in later) else worked
    to_the_end = [i for i in later if worked is not None and i <= worked]
    if until != worked and len(to_the_end) <= MOST_AFTER:
        until = worked  # The next attempt met another error: all that it took in the end is shown, where that is short.
    shown = later[:MOST_AFTER] if worked is None or until is None else [i for i in later if i <= until][-MOST_AFTER:]
    then = "; ".join(_action(steps[i]) for i in shown)
    return Precedent(Pitfall(trigger=line, instead=then), run=run_id, overcome=worked is not None and until == worked)


def _adds(case: Precedent, pitfalls: Sequence[Precedent]) -> bool:
    """Whether a run shows a way on that pitfalls do not tell."""
    return bool(case.pitfall.instead) and all(case.pitfall.instead not in one.pitfall.instead for one in pitfalls)


def _action(step: Step) -> str:
    return clip_middle(first_line(step.action), MAX_ACTION)


def _same_operation(one: str, other: str) -> bool:
    """Whether two actions do the same."""
    return exact_operation_of(one) == exact_operation_of(other)
