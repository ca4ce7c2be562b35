"""Which of the procedures that apply is shown: the last part of Retrieve, after the similarity floor.

Among the relevant ones (MACLA, arXiv 2512.18950: a floor first, use only then): what surely does harm in this context is
withheld (ASSAY, arXiv 2606.15390), a candidate yields to a validated procedure that fits nearly as well, and the rest is
ordered by relevance and use (`memp.domain.trust.rank`).
"""

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple

from memp.domain import trust
from memp.domain.procedure import Procedure, Tier
from memp.domain.trust import Alone, Standing, Use
from memp.retrieve.strategies import BOUND, MISSED_RUNS, Candidate
from memp.text.templates import bind, misses_by_one

WINDOW = 0.12
"""How much less relevant than the nearest a procedure may be to be weighed against it."""

SAME_AGAIN = 0.05
"""What a second match loses for having the goal, or coming from the client, of one that is chosen already."""

MOST_TOLD = 32
"""Source runs that stayed in another memory which count as agreeing, where all else is equal; they count for nothing else.
On valid_train 8 cost the weak agent 2 points of success, 32 cost nobody any (bench/through_a_file.py)."""

_LEVEL: Mapping[Tier, int] = {"candidate": 0, "validated": 1, "pinned": 2}


class Choice(NamedTuple):
    """The procedures to show, best first, and how many were withheld since they do harm here."""

    chosen: Sequence[tuple[Candidate, Procedure]]
    withheld: int


def choose(
    candidates: Mapping[int, Candidate],
    procedures: Sequence[Procedure],
    standings: Mapping[int, Standing],
    alone: Alone,
    context: str,
    limit: int,
    others: Set[int],
    *,
    stuck: bool = False,
    by_use: bool = True,
) -> Choice:
    """At most `limit` of the procedures, all of which are above the floor; `alone` is what agents reach without one.

    Who is stuck is told what there is. `others` are left out: what is for another task. Without `by_use` tiers and
    outcomes only break ties in relevance, as in the paper; harm is withheld all the same.
    """
    if by_use:
        procedures = [p for p in procedures if p.id not in others]
    near = {p.id: local(standings[p.id], candidates[p.id]) for p in procedures}
    base, known = trust.base_rate(alone), trust.known_alone(alone)
    assumed = trust.assumed(base)
    worth = {i: trust.belief(one, assumed, context, one.newest) for i, one in near.items()}

    def told(procedure: Procedure) -> bool:
        i = procedure.id
        return stuck or procedure.tier == "pinned" or not trust.withheld(near[i], worth[i], base, known=known)

    shown = [p for p in procedures if told(p)]
    fit = {p.id: candidates[p.id].score for p in procedures}
    nearest = max(fit.values(), default=0.0) - WINDOW if by_use else -math.inf
    best = {level: max((fit[p.id] for p in shown if _LEVEL[p.tier] == level), default=-1.0) for level in (1, 2)}

    def yields(procedure: Procedure) -> bool:
        """Whether somebody more trusted fits nearly as well."""
        higher = [level for level in best if level > _LEVEL[procedure.tier] and best[level] >= 0]
        return any(fit[procedure.id] <= best[level] + trust.TIER_MARGIN for level in higher)

    left = [p for p in shown if not (by_use and yields(p))]
    order = {p.id: trust.rank(fit[p.id], worth[p.id]) if by_use else fit[p.id] for p in left}

    def place(procedure: Procedure) -> tuple[float, ...]:
        score = order[procedure.id] - _same(procedure, chosen)
        if not by_use:
            worked = (1 + procedure.successes) / (2 + procedure.uses)
            return -round(score, 3), -worked, -len(procedure.trajectories), procedure.id
        # Of what is as good as equal: what clearly more runs agree on, then the shorter.
        agreed = round(math.log2(1 + len(procedure.trajectories) + min(procedure.told, MOST_TOLD)))
        return -round(score, 2), -agreed, len(procedure.script.steps), procedure.id

    chosen: list[Procedure] = []
    # Where the nearest are withheld there is nothing: what is less like the task does not become more so.
    while left and len(chosen) < limit and (chosen or any(fit[p.id] >= nearest for p in left)):
        top = min((p for p in left if chosen or fit[p.id] >= nearest), key=place)
        chosen.append(top)
        left.remove(top)
    return Choice([(candidates[p.id], p) for p in chosen], len(procedures) - len(shown))


def for_other_tasks(candidates: Iterable[Candidate], seen: Mapping[tuple[int, str], int], task: str) -> frozenset[int]:
    """The candidates from whose template the task is one word away: "put a hot {object} in {place}" is another task.

    `seen` says of how many tasks a template was read off: from `MISSED_RUNS` on the word is taken to be what tells them.
    """
    return frozenset(
        candidate.owner
        for candidate in candidates
        if candidate.score < BOUND
        and seen.get((candidate.owner, candidate.template), 0) >= MISSED_RUNS
        and misses_by_one(candidate.template, task)
    )


def local(standing: Standing, candidate: Candidate) -> Standing:
    """The standing, with the outcomes on tasks that read like the candidate's template counted as of this task."""
    if not candidate.template:
        return standing

    def near(use: Use) -> Use:
        return use if use.near >= trust.NEAR or bind(candidate.template, use.task) is None else use._replace(near=1.0)

    return standing._replace(uses=tuple(map(near, standing.uses)), sources=tuple(map(near, standing.sources)))


def _same(procedure: Procedure, chosen: Sequence[Procedure]) -> float:
    """The loss for saying again what is said: one source must not fill the answer."""
    goals = {p.script.goal.casefold() for p in chosen}
    origins = {p.origin for p in chosen}
    return SAME_AGAIN * ((procedure.script.goal.casefold() in goals) + (procedure.origin in origins))
