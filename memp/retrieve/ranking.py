"""Ranking: which of the candidates above the similarity floor a recall shows, and in which order.

Among the relevant ones (MACLA, arXiv 2512.18950: a floor first, use only then): what surely does harm in this context is
withheld (ASSAY, arXiv 2606.15390), a candidate yields to a validated procedure that fits nearly as well, and the rest is
ordered by relevance and use (`memp.domain.trust.rank`).

Three orders, each a plain function: `by_use` (outcomes move relevance), `by_relevance` (the paper's: outcomes only break
ties; harm is withheld all the same), `as_found` (no outcomes: the random control).
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from typing import NamedTuple, Protocol

from memp.domain import trust
from memp.domain.effects import is_unapproved
from memp.domain.precedence import stands_behind
from memp.domain.procedure import Procedure, Tier
from memp.domain.results import Considered, Explanation
from memp.domain.trust import Beta, Standing, Use
from memp.retrieve.candidates import Candidate, Query, SearchResult
from memp.retrieve.trials import in_revision
from memp.store import Evidence, Procedures
from memp.text.keywords import terms
from memp.text.templates import bind, misses_by_one

WINDOW = 0.12
"""How much less relevant than the nearest a procedure may be to be weighed against it."""

SAME_AGAIN = 0.05
"""Redundancy penalty (MMR): what a second match loses for having the goal, or the client, of one that is chosen already."""

MOST_CLAIMED = 32
"""Source runs that stayed in another memory which count as agreeing, where all else is equal; they count for nothing else.
On valid_train 8 cost the weak agent 2 points of success, 32 cost nobody any (bench/through_a_file.py)."""

MISSED_RUNS = 2
"""Tasks in which a word of a template stood before it counts as one that makes the task what it is: "put a hot {object} in
{place}" is another task than with "cool"."""

_LEVEL: Mapping[Tier, int] = {"candidate": 0, "validated": 1, "pinned": 2}


class RankingStore(Procedures, Evidence, Protocol):
    """The parts of a store that are used here."""


class Asked(NamedTuple):
    """For whom is ranked: the context of who asks, how many procedures, and whether the asker is stuck (an error was
    passed): with `stuck`, harmful procedures are not filtered out. `own` are the procedures of the project at hand."""

    where: str
    limit: int
    stuck: bool = False
    own: frozenset[int] = frozenset()


class Ranking(NamedTuple):
    """The procedures to show, best first; how many were withheld since they do harm here; why each candidate is where it is; and
    those that were left out as they wait for a person's word."""

    chosen: Sequence[tuple[Candidate, Procedure]]
    withheld: int
    explanation: Explanation
    unapproved: Sequence[Procedure] = ()


class Weighed(NamedTuple):
    """A candidate with what is known of it.

    `revision` is the one whose turn it is; `worth` the posterior of its success rate for this task in this context;
    `harmful`: it is rather worse than no procedure; `other`: a word of its template says that it is for another task;
    `checked`: one of its successes is known from outside.
    """

    candidate: Candidate
    procedure: Procedure
    revision: int
    worth: Beta
    harmful: bool
    other: bool
    checked: bool

    @property
    def score(self) -> float:
        """Relevance, moved by use."""
        return trust.rank(self.candidate.score, self.worth)


class Weighing(NamedTuple):
    """The candidates weighed; the posterior of what agents reach without a procedure, and whether enough runs show it."""

    weighed: Sequence[Weighed]
    base: Beta
    known: bool


def by_use(store: RankingStore, result: SearchResult, query: Query, asked: Asked) -> Ranking:
    """Order by relevance and use. Left out are what does harm here, what is for another task, and what fits only nearly as
    well as something more trusted.

    Raises:
        StoreError: the store cannot be read.
    """
    if not result.candidates:
        return Ranking((), 0, Explanation(_unweighed(result, query.most)))
    weighing = weigh(store, result, query, asked)
    eligible, unapproved = _parted([one for one in weighing.weighed if not one.other])
    shown = [one for one in eligible if asked.stuck or not one.harmful]
    # Where the nearest are withheld there is nothing: what is less like the task does not become more so.
    nearest = max((one.candidate.score for one in _settled(eligible) or eligible), default=0.0) - WINDOW
    chosen = _greedy(
        _trusted(_own_first(shown, asked.own)), asked.limit, _use_key, nearest, frozenset(terms(query.task))
    )
    explanation = _explained(result, query.most, weighing, chosen)
    return Ranking(_as_shown(store, chosen), len(eligible) - len(shown), explanation, unapproved)


def _parted(among: Sequence[Weighed]) -> tuple[list[Weighed], list[Procedure]]:
    """The candidates, without those that wait for a person's word."""
    kept: list[Weighed] = []
    unapproved: list[Procedure] = []
    for one in among:
        if is_unapproved(one.procedure):
            unapproved.append(one.procedure)
        else:
            kept.append(one)
    return kept, unapproved


def by_relevance(store: RankingStore, result: SearchResult, query: Query, asked: Asked) -> Ranking:
    """Order by relevance alone, as in the paper; outcomes break ties, and what does harm here is left out.

    Raises:
        StoreError: the store cannot be read.
    """
    if not result.candidates:
        return Ranking((), 0, Explanation(_unweighed(result, query.most)))
    weighing = weigh(store, result, query, asked)
    eligible, unapproved = _parted(weighing.weighed)
    shown = [one for one in eligible if asked.stuck or not one.harmful]
    chosen = _greedy(_own_first(shown, asked.own), asked.limit, _relevance_key, -math.inf)
    explanation = _explained(result, query.most, weighing, chosen)
    return Ranking(_as_shown(store, chosen), len(eligible) - len(shown), explanation, unapproved)


def as_found(store: RankingStore, result: SearchResult, query: Query, asked: Asked) -> Ranking:
    """The candidates in the order in which they were found; no outcome is looked at.

    Raises:
        StoreError: the store cannot be read.
    """
    candidates = {candidate.owner: candidate for candidate in result.candidates[: query.most]}
    chosen = [(candidates[p.id], p) for p in store.procedures(list(candidates))[: asked.limit]]
    places = {procedure.id: place for place, (_, procedure) in enumerate(chosen, 1)}
    considered = {i: Considered(c.fit, score=c.score, place=places.get(i)) for i, c in candidates.items()}
    return Ranking(chosen, 0, Explanation({**_unweighed(result, query.most), **considered}))


def weigh(store: RankingStore, result: SearchResult, query: Query, asked: Asked) -> Weighing:
    """The candidates that are near enough to be shown, with what is known of each, and what agents reach without one."""
    candidates = {candidate.owner: candidate for candidate in result.candidates[: query.most]}
    ids = list(candidates)
    procedures = store.procedures(ids)
    standings = store.standings(ids, query.vector)
    alone = store.alone(query.vector, query.scopes, asked.where)
    others = for_other_tasks(candidates.values(), store.template_tasks(ids), query.task)
    bases = trust.BaseRates.of(alone)
    assumed = trust.assumed(bases.every)
    # What is withheld is judged by what was seen, where somebody saw it work.
    seen, every = trust.known_alone(alone.as_seen()), trust.known_alone(alone)

    def weighed(procedure: Procedure) -> Weighed:
        candidate = candidates[procedure.id]
        standing = local(standings[procedure.id], candidate)
        judged, rate, known = standing.as_seen(), bases.against(standing), seen if standing.seen else every
        prior = trust.assumed(rate)
        turn = trust.on_turn(judged, prior, asked.where, stuck=asked.stuck)
        # Where the one on trial would be withheld, the one that it was made from may still do.
        revisions = [turn] if asked.stuck else list(dict.fromkeys([turn, standing.revision]))
        worths = {number: trust.belief(standing, assumed, asked.where, number) for number in revisions}
        same = judged is standing and prior == assumed
        beliefs = worths if same else {n: trust.belief(judged, prior, asked.where, n) for n in revisions}
        harmful = {n: trust.withheld(judged, one, rate, known=known, revision=n) for n, one in beliefs.items()}
        shown = next((number for number in revisions if not harmful[number]), turn)
        harms = procedure.tier != "pinned" and harmful[shown]
        return Weighed(candidate, procedure, shown, worths[shown], harms, procedure.id in others, standing.outside > 0)

    return Weighing([weighed(procedure) for procedure in procedures], bases.every, every)


def for_other_tasks(candidates: Iterable[Candidate], seen: Mapping[tuple[int, str], int], task: str) -> frozenset[int]:
    """The candidates from whose template the task is one word away: "put a hot {object} in {place}" is another task.

    `seen` says of how many tasks a template was read off: from `MISSED_RUNS` on the word is taken to be what tells them.
    """
    return frozenset(
        candidate.owner
        for candidate in candidates
        if not candidate.bound
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


def _own_first(shown: Sequence[Weighed], own: frozenset[int]) -> list[Weighed]:
    """Those that need not yield to a procedure of the project at hand that fits nearly as well."""
    best = max((one.candidate.score for one in _settled(shown) if one.procedure.id in own), default=-math.inf)
    return [one for one in shown if one.procedure.id in own or one.candidate.score > best + WINDOW]


def _settled(among: Sequence[Weighed]) -> list[Weighed]:
    """Those that are not in quarantine."""
    return [one for one in among if not one.procedure.is_quarantined]


def _trusted(shown: Sequence[Weighed]) -> list[Weighed]:
    """Those that need not yield: nobody more trusted fits nearly as well."""
    best = {
        level: max((one.candidate.score for one in shown if _LEVEL[one.procedure.tier] == level), default=-1.0)
        for level in (1, 2)
    }

    def yields(one: Weighed) -> bool:
        higher = [level for level in best if level > _LEVEL[one.procedure.tier] and best[level] >= 0]
        return any(one.candidate.score <= best[level] + trust.TIER_MARGIN for level in higher)

    return [one for one in shown if not yields(one)]


_Key = Callable[[Weighed, float], tuple[float, ...]]
"""A sort key, least first, of a candidate and its redundancy penalty."""


def _greedy(
    left: Sequence[Weighed], limit: int, key: _Key, nearest: float, asked_words: Set[str] | None = None
) -> list[Weighed]:  # fmt: skip
    """At most `limit`, each the best of those that are left, less its redundancy with those chosen before. The first must
    have a relevance of at least `nearest`. With the words of the task, none comes before what it stands behind. One in quarantine
    comes behind all that are not, however well it fits, and of one origin one at most is taken."""
    left = list(left)
    chosen: list[Weighed] = []
    known: dict[tuple[int, int], bool] = {}

    def gives_way(one: Weighed, other: Weighed) -> bool:
        # Scripts are held against each other once, not anew for each that is chosen.
        pair = one.procedure.id, other.procedure.id
        if pair not in known:
            known[pair] = _gives_way(one, other, asked_words or frozenset())
        return known[pair]

    while left and len(chosen) < limit:
        among = [one for one in left if chosen or one.candidate.score >= nearest]
        among = _settled(among) or [one for one in among if not _fills(one, chosen)]
        if not among:
            break
        if asked_words is not None:
            among = [one for one in among if not any(gives_way(one, other) for other in among)]
        goals = {one.procedure.script.goal.casefold() for one in chosen}
        origins = {one.procedure.origin for one in chosen}
        chosen.append(min(among, key=lambda one: key(one, _redundancy(one.procedure, goals, origins))))
        left.remove(chosen[-1])
    return chosen


def _fills(one: Weighed, chosen: Sequence[Weighed]) -> bool:
    """Whether a procedure in quarantine is of an origin of which one is chosen already: none may fill an answer."""
    return any(other.procedure.quarantine == one.procedure.quarantine for other in chosen)


def _gives_way(one: Weighed, other: Weighed, asked_words: Set[str]) -> bool:
    """Whether a procedure stands behind another that fits the task about as well (memp.domain.precedence)."""
    if other.candidate.score < one.candidate.score - trust.TIER_MARGIN or one.candidate.bound > other.candidate.bound:
        return False
    if one.worth.above(other.worth) >= trust.BETTER:
        return False  # A check of long ago does not outweigh what has failed since.
    scripts = one.procedure.script, other.procedure.script
    return stands_behind(*scripts, asked_words, checked=_is_sure(one), other_checked=_is_sure(other))


def _is_sure(one: Weighed) -> bool:
    """Whether more than an agent's word speaks for a procedure: a check, or a person."""
    return one.checked or one.procedure.tier != "candidate"


def _redundancy(procedure: Procedure, goals: set[str], origins: set[str]) -> float:
    """Redundancy penalty (MMR): one source must not fill the answer."""
    return SAME_AGAIN * ((procedure.script.goal.casefold() in goals) + (procedure.origin in origins))


def _use_key(one: Weighed, penalty: float) -> tuple[float, ...]:
    procedure = one.procedure
    # Of what is as good as equal: what clearly more runs agree on, then the shorter.
    agreed = round(math.log2(1 + len(procedure.trajectories) + min(procedure.claimed, MOST_CLAIMED)))
    return -round(one.score - penalty, 2), -agreed, len(procedure.script.steps), procedure.id


def _relevance_key(one: Weighed, penalty: float) -> tuple[float, ...]:
    procedure = one.procedure
    worked = (1 + procedure.successes) / (2 + procedure.uses)
    return -round(one.candidate.score - penalty, 3), -worked, -len(procedure.trajectories), procedure.id


def _explained(
    result: SearchResult, most: int, weighing: Weighing, chosen: Sequence[Weighed]
) -> Explanation:  # fmt: skip
    places = {one.procedure.id: place for place, one in enumerate(chosen, 1)}
    considered = {
        one.procedure.id: Considered(one.candidate.fit, one.worth, one.score, places.get(one.procedure.id), one.harmful)
        for one in weighing.weighed
    }
    return Explanation({**_unweighed(result, most), **considered}, weighing.base, weighing.known)


def _as_shown(store: RankingStore, chosen: Sequence[Weighed]) -> list[tuple[Candidate, Procedure]]:
    """The chosen ones, each in the revision whose turn it is."""
    least = min((one.candidate.fit for one in _settled(chosen)), default=1.0)
    return [
        # What one origin says of itself is not told to fit better than what others have seen.
        (replace(one.candidate, fit=min(one.candidate.fit, least)) if one.procedure.is_quarantined else one.candidate,
         in_revision(store, one.procedure, one.revision))
        for one in chosen
    ]  # fmt: skip


def _unweighed(result: SearchResult, most: int) -> dict[int, Considered]:
    """The candidates that are not weighed: those beyond the first `most`, and those below the floor."""
    return {c.owner: Considered(c.fit) for c in (*result.candidates[most:], *result.below)}
