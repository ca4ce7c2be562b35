"""Trust in a procedure by its outcomes: evidence weights, Beta posteriors, tiers, and the formula of ranking.

A use of a procedure is a Bernoulli trial of its success rate theta, as far as its outcome can be believed: a success
whose evidence has weight w adds w to alpha of a Beta posterior, a failure adds its w to beta (MACLA, arXiv 2512.18950;
here weighted). Older uses count less, since tools and places change: the one before the last counts `DISCOUNT` times
the last, and so on. The base rate is what the same agents reach on the same family of tasks without a procedure.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np

from memp.domain.procedure import Tier
from memp.domain.results import Agreement
from memp.domain.trajectory import EvidenceKind

WEIGHTS: Mapping[EvidenceKind, tuple[float, float]] = {
    "environment": (1.0, 1.0),
    "check": (1.0, 1.0),
    "user": (1.0, 1.0),
    "judge": (0.6, 0.6),
    "rules": (0.3, 0.6),
    "claim": (0.3, 0.8),
}
"""The weight of an outcome by its evidence, as (success, failure). Agents claim success in about half of their failed runs
and hardly ever a failure in a run that went well, so the one claim is worth less than the other."""

OUTSIDE: frozenset[EvidenceKind] = frozenset(("environment", "check", "user"))
"""Evidence from outside the agent and its judges: what validates a procedure."""

DISCOUNT = 0.95
"""The discount of a use with each later one: the last 20 uses are what is known of today."""

MOST_USES = 60
"""Uses that are looked at, the newest: the next would count less than a twentieth."""

MOST_SOURCES = 8
"""Sources that are looked at: use is better evidence than agreement."""

LEAST_USES = 4
"""Uses below which nothing is archived."""

SURE = 0.9
"""The probability from which a procedure is taken to be worse than no procedure. With `DISCOUNT` and a base rate of 0.5 and
within 30 uses it archives 2 % of the procedures whose true rate is 0.7, and 92 % of those of 0.3 (`bench/updates.py --rules`)."""

BASE_PRIOR = (1.0, 2.0)
"""The prior of agents without a procedure, in runs (successes, failures), before any is known."""

BASE_SHRINK = 4.0
"""Runs without a procedure that the rate over all tasks counts for beside those on tasks like this one."""

MOST_BASE = 0.7
"""The most that agents are taken to reach without a procedure: what went well is recorded more readily than what did not,
so the rate that is seen is too high, and a procedure that works in three of four uses must not fall to it."""

PRIOR_STRENGTH = 2.0
PRIOR_SHARE = 0.7
"""A new procedure is assumed to be worth at least this share of what agents reach without one, as if so many runs had
shown it: one irrelevant procedure costs more than none helps."""

SUPPORT_WEIGHT = 0.5
"""The weight of a run that took the very same steps by itself, beside one that followed them."""

NEAR, SHARP = 0.8, 12.0
"""An outcome counts for a task by exp(-SHARP * max(0, NEAR - cosine)) of the two tasks: a procedure that works for one
family of tasks has shown nothing for another that reads alike."""

ELSEWHERE = 0.25
"""The weight of an outcome in another context (project, model, client, environment)."""

LEAST_FAILED = 0.5
"""The weight of failed uses, on tasks like the one at hand, below which nothing is withheld."""

LEAST_ALONE = 1.0
"""The weight of runs without a procedure, on tasks like the one at hand, from which it is known what agents reach there."""

EVEN = 0.5
"""The same probability as `DOUBT`, where it is known what agents reach by themselves on such tasks."""

DOUBT = 0.6
"""The probability of being worse than nothing, for this task and in this context, from which a procedure is withheld."""

USE_WEIGHT = 0.2
"""How far use can move relevance: from 0 to 1 of the posterior mean by as much as this on the scale of a cosine."""

TIER_MARGIN = 0.05
"""A candidate yields to a validated procedure that fits nearly as well; the cosine by which it may fit better."""

VALIDATING = 2
"""Successes with outside evidence, of different witnesses, that validate a procedure; successes of any kind without which a
revision is not promoted."""

CLAIMING = 20
"""Sessions that claim a success by a tool, which validate a procedure where nobody has seen one of them or any failure; and
sessions that claim a failure, from which on that counts against a procedure that somebody saw work."""

CLAIMING_DAYS = 7
"""Days on which these claims were made, at least."""

BETTER = 0.8
"""The probability from which one rate is taken to be above another: a revision's and that of the one it was made from,
what agents reach alone and a validated procedure's, or a procedure's in one of several contexts."""

MOST_TRIAL = 20
"""Uses after which a trial ends in favour of the higher mean."""


class Use(NamedTuple):
    """The outcome of a run that followed a procedure, was its source, or followed none.

    `weight` is that of its evidence; `near` is the cosine of its task to the one at hand, 1 where there is none. Runs of one
    `witness` count as one; empty is a witness of its own. `told`: somebody typed how it ended, on this `day`, and nobody saw it.
    """

    success: bool
    weight: float
    context: str
    revision: int = 0
    near: float = 1.0
    task: str = ""
    witness: str = ""
    told: bool = False
    day: str = ""


class Alone(NamedTuple):
    """Runs without a procedure in a context: those on tasks like this one, newest first, and the weights of all that were
    won and lost.

    Runs that a procedure was first built from are left out: they are there because they succeeded. `told_won` and `told_lost` are
    what of these weights was only typed.
    """

    near: tuple[Use, ...] = ()
    won: float = 0.0
    lost: float = 0.0
    told_won: float = 0.0
    told_lost: float = 0.0

    def as_seen(self) -> "Alone":
        """The runs whose outcome somebody saw."""
        near = tuple(use for use in self.near if not use.told)
        return Alone(near, self.won - self.told_won, self.lost - self.told_lost)


class Standing(NamedTuple):
    """The evidence on a procedure: its tier, its revisions, and its outcomes, newest first.

    `uses` are the runs that followed it, `sources` those that took its steps without following it; `outside` counts the
    successes, of either kind, that have outside evidence. `trial` is the revision on trial, `revision` the one that it is
    held against. `rewritten` are those of the two that were written after a failure: no source took their steps. `seen`: somebody
    saw it work, or a person approved it.
    """

    tier: Tier
    revision: int
    trial: int | None = None
    uses: tuple[Use, ...] = ()
    sources: tuple[Use, ...] = ()
    outside: int = 0
    rewritten: tuple[int, ...] = ()
    seen: bool = False

    def as_seen(self) -> "Standing":
        """The standing by which a procedure that was seen to work is withheld, archived or loses its tier: without failures that
        were only typed, until those of enough sessions on enough days agree."""
        told = [use for use in self.uses if use.told and not use.success]
        agree = witnesses(told) >= CLAIMING and len({use.day for use in told}) >= CLAIMING_DAYS
        if not self.seen or not told or agree:
            return self
        return self._replace(uses=tuple(use for use in self.uses if use.success or not use.told))


class Beta(NamedTuple):
    """A Beta distribution over a success rate."""

    alpha: float
    beta: float

    @property
    def mean(self) -> float:
        """The expected success rate."""
        return self.alpha / (self.alpha + self.beta)

    def below(self, rate: float) -> float:
        """P(theta < rate)."""
        return float(_cdf(*self)[round(rate * _CELLS)])

    def quantile(self, share: float) -> float:
        """The rate that theta lies below with this probability."""
        return float(np.interp(share, _cdf(*self), np.arange(_CELLS + 1) / _CELLS))

    def above(self, other: "Beta") -> float:
        """P(theta > theta') of two independent rates."""
        mass = np.diff(_cdf(*self))
        theirs = _cdf(*other)
        # Within a cell either may be the larger: half of it counts.
        return float((mass * (theirs[:-1] + theirs[1:]) / 2).sum())


def weight(kind: EvidenceKind, success: bool) -> float:
    """The weight of an outcome by its evidence, from 0 to 1."""
    return WEIGHTS[kind][not success]


FLAT = Beta(1.0, 1.0)
"""The uniform prior: every success rate is as likely as any other."""


def shared(uses: Sequence[Use]) -> list[Use]:
    """Outcomes with those of one witness sharing the weight of one: what a session or an import says often is no truer."""
    runs = Counter(use.witness for use in uses)
    return [use._replace(weight=use.weight / runs[use.witness]) if use.witness else use for use in uses]


def witnesses(uses: Iterable[Use]) -> int:
    """How many witnesses outcomes have."""
    named = [use.witness for use in uses]
    return named.count("") + len(set(named) - {""})


def likeness(near: float) -> float:
    """The weight of an outcome for a task of this cosine to its own, from 0 to 1: exp(-SHARP * max(0, NEAR - cosine))."""
    return math.exp(-SHARP * max(0.0, NEAR - near))


def _is_here(used: str, context: str | None) -> bool:
    """Whether an outcome is of the context that is asked about. One that was recorded in no project, as before there were any,
    is one of every project, for the same model, client and environment."""
    return context is None or used == context or (used.startswith("/") and context.endswith(used))


def posterior(uses: Sequence[Use], prior: Beta = FLAT, *, context: str | None = None) -> Beta:
    """The Beta posterior after these uses, newest first; with a context, those in others count `ELSEWHERE` times."""
    won = lost = 0.0
    worth = 1.0
    for use in uses:
        counts = worth * use.weight * likeness(use.near) * (1.0 if _is_here(use.context, context) else ELSEWHERE)
        won, lost = (won + counts, lost) if use.success else (won, lost + counts)
        # What is not about this task does not make what is any older.
        worth *= 1 - (1 - DISCOUNT) * likeness(use.near)
    return Beta(prior.alpha + won, prior.beta + lost)


def base_rate(alone: Alone) -> Beta:
    """The base rate: the success rate of agents without a procedure on tasks like this one, shrunk to that on all tasks.

    Its mean is at most `MOST_BASE`.
    """
    overall = (BASE_PRIOR[0] + alone.won) / (sum(BASE_PRIOR) + alone.won + alone.lost)
    known = min(BASE_SHRINK, sum(BASE_PRIOR) + alone.won + alone.lost)
    rate = posterior(alone.near, Beta(known * overall, known * (1 - overall)))
    runs = rate.alpha + rate.beta
    return rate if rate.mean <= MOST_BASE else Beta(MOST_BASE * runs, (1 - MOST_BASE) * runs)


class BaseRates(NamedTuple):
    """The base rate by all runs, and by those whose outcome somebody saw."""

    every: Beta
    seen: Beta

    @classmethod
    def of(cls, alone: Alone) -> "BaseRates":
        """The base rates that these runs show."""
        return cls(base_rate(alone), base_rate(alone.as_seen()))

    def against(self, standing: Standing) -> Beta:
        """The one that a procedure is held against: what was only typed decides nothing of what was seen."""
        return self.seen if standing.seen else self.every


def known_alone(alone: Alone) -> bool:
    """Whether the base rate on tasks like this one is known: from enough runs, and failed ones among them.

    Where only what went well is recorded the rate says nothing.
    """
    counts = [(use.success, use.weight * likeness(use.near)) for use in alone.near]
    lost = sum(worth for success, worth in counts if not success)
    return lost >= LEAST_FAILED and sum(worth for _, worth in counts) >= LEAST_ALONE


def assumed(base: Beta) -> float:
    """The mean of a new procedure's prior: the base rate where that is not known, and towards `PRIOR_SHARE` of it the
    better it is known."""
    known = max(0.0, base.alpha + base.beta - sum(BASE_PRIOR))
    return base.mean * (1 - (1 - PRIOR_SHARE) * known / (known + BASE_SHRINK))


def belief(standing: Standing, assumed: float, context: str | None = None, revision: int | None = None) -> Beta:
    """The posterior of a revision (the current one where none is named) for the task at hand, in a context or overall.

    Its prior has the mean `assumed`; runs that took the same steps without it count `SUPPORT_WEIGHT` times. They took other
    steps than those of a revision that was written after a failure: that starts from the prior alone.
    """
    number = standing.revision if revision is None else revision
    sources = () if number in standing.rewritten else standing.sources
    support = [use._replace(weight=SUPPORT_WEIGHT * use.weight) for use in sources]
    start = posterior(support, Beta(PRIOR_STRENGTH * assumed, PRIOR_STRENGTH * (1 - assumed)))
    return posterior([use for use in standing.uses if use.revision == number], start, context=context)


def on_turn(standing: Standing, assumed: float, context: str, *, stuck: bool = False) -> int:
    """The revision to show: the one on trial where its uses speak for it as much as those of the one it was made from do for
    that, and to who is stuck; else the one it was made from.

    A failure says little of what has worked, and of what was written after it nothing is known yet: beside a procedure that
    works a trial waits, beside one that has only failed it is shown at once. Runs that took the steps by themselves count for
    neither.
    """
    if standing.trial is None:
        return standing.revision
    if stuck:
        return standing.trial
    own = standing._replace(sources=())
    ours, theirs = (belief(own, assumed, context, number) for number in (standing.trial, standing.revision))
    return standing.trial if ours.mean >= theirs.mean else standing.revision


def rank(relevance: float, worth: Beta) -> float:
    """The score by which procedures above the floor are ordered: relevance + USE_WEIGHT * (posterior mean - 1/2)."""
    return relevance + USE_WEIGHT * (worth.mean - 0.5)


def withheld(
    standing: Standing, worth: Beta, base: Beta, *, known: bool = False, revision: int | None = None
) -> bool:  # fmt: skip
    """Whether a revision (the current one where none is named) of this worth is probably worse than none for this task in
    this context, whatever it does elsewhere.

    That takes a failure on such a task, or that agents are known to do as well there by themselves (`known_alone`): else
    what was never tried is given its chance.
    """
    number = standing.revision if revision is None else revision
    own = (use for use in standing.uses if not use.success and use.revision == number)
    failed = sum(use.weight * likeness(use.near) for use in own)
    if known:
        return base.above(worth) > EVEN
    return failed >= LEAST_FAILED and base.above(worth) > DOUBT


def worse_than_none(standing: Standing, base: float) -> bool:
    """Whether a procedure is to be archived: its current revision surely does worse than none, and helps in no context."""
    own = [use for use in standing.uses if use.revision == standing.revision]
    if witnesses(own) < LEAST_USES or posterior(own).below(base) <= SURE:
        return False
    by_context = ([use for use in own if use.context == context] for context in {use.context for use in own})
    return all(posterior(uses).below(base) > BETTER for uses in by_context)


def agreed(agreement: Agreement) -> bool:
    """Whether claims alone validate a procedure: many, of different sessions on different days, none contradicted."""
    return agreement.sessions >= CLAIMING and agreement.days >= CLAIMING_DAYS and not agreement.failures


def tier(standing: Standing, base: float, *, claimed: bool = False) -> Tier:
    """The tier that the evidence gives: validated from `VALIDATING` outside successes, a person's word, or claims that are enough
    (`claimed`) on, and while it does not do worse than no procedure. A person's pin stays."""
    if standing.tier == "pinned":
        return "pinned"
    if standing.tier == "candidate" and standing.outside < VALIDATING and not claimed:
        return "candidate"
    return "candidate" if belief(standing, base).below(base) > BETTER else "validated"


def verdict(standing: Standing, base: float) -> Literal["promote", "drop"] | None:
    """The end of a trial: "promote" when the revision does better than the one it was made from, with `VALIDATING` successes of
    its own, "drop" when it does worse; None while that is open, or where none is on trial."""
    if standing.trial is None:
        return None
    new = [use for use in standing.uses if use.revision == standing.trial]
    old = [use for use in standing.uses if use.revision == standing.revision]
    ours, theirs = posterior(new), posterior(old)
    better = ours.above(theirs)
    if better >= BETTER and witnesses(use for use in new if use.success) >= VALIDATING:
        return "promote"
    if 1 - better >= BETTER and witnesses(new) >= 2:
        return "drop"
    if witnesses(new) >= MOST_TRIAL:
        return "promote" if ours.mean >= theirs.mean else "drop"
    if witnesses(new) >= LEAST_USES and ours.below(base) > SURE:
        return "drop"
    return None


_CELLS = 1_000


@lru_cache(maxsize=512)  # 8 kB each.
def _cdf(alpha: float, beta: float) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """P(theta < i / _CELLS) for i = 0 ... _CELLS, by the midpoint rule, right to two digits and mostly three.

    Below 1 alpha or beta makes the density infinite at 0 or 1, so the outer cells are integrated: x^(alpha - 1) gives
    h^alpha / alpha.
    """
    h = 1 / _CELLS
    x = (np.arange(_CELLS) + 0.5) * h
    log = (alpha - 1) * np.log(x) + (beta - 1) * np.log1p(-x) + math.log(h)
    log[0] = alpha * math.log(h) - math.log(alpha) + (beta - 1) * math.log1p(-h / 2)
    log[-1] = beta * math.log(h) - math.log(beta) + (alpha - 1) * math.log1p(-h / 2)
    mass = np.exp(log - log.max())
    return np.concatenate([[0.0], np.cumsum(mass / math.fsum(mass))])
