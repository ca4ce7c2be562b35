"""The ranking of a procedure for a task: relevance, worth and place, read off what recall itself explains."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from rich.console import Group, RenderableType

from memp.domain import trust
from memp.domain.effects import is_unapproved, why_held_back
from memp.domain.procedure import Procedure
from memp.domain.results import Considered, Options, Recall
from memp.domain.trajectory import Provenance
from memp.domain.trust import Beta
from memp.memory import ProceduralMemory
from memp_clients.screen.views import line, pairs


class Ranking(NamedTuple):
    """The ranking of a procedure for a task, in numbers and a sentence.

    `floor` is None where the strategy has none, `base` where it weighs no outcomes, `place` where the procedure is not shown.
    """

    task: str
    relevance: float | None
    floor: float | None
    posterior: Beta | None
    base: float | None
    score: float | None
    place: int | None
    of: int
    withheld: bool
    sentence: str


class Ranked(NamedTuple):
    """A candidate with its ranking."""

    procedure: Procedure
    ranking: Ranking


def rank(memory: ProceduralMemory, procedure: Procedure, task: str) -> Ranking:
    """Rank a procedure for a task as a recall here would, read off that recall's own explanation."""
    return _ranking(memory.options, memory.explain(task), procedure, task, stuck=False)


def rank_all(
    memory: ProceduralMemory, task: str, *, context: str = "", facts: Sequence[str] = (), error: str = "",
    provenance: Provenance | None = None,
) -> list[Ranked]:  # fmt: skip
    """Rank every candidate of a recall here, read off its explanation: those that it would show first, then the most relevant."""
    recall = memory.explain(task, context=context, facts=facts, error=error, provenance=provenance)
    considered = recall.explanation.considered
    procedures = memory.store.procedures(list(considered), active=False)
    order = sorted(procedures, key=lambda p: (considered[p.id].place or math.inf, -considered[p.id].relevance, p.id))
    return [Ranked(p, _ranking(memory.options, recall, p, task, stuck=bool(error))) for p in order]


def _ranking(options: Options, recall: Recall, procedure: Procedure, task: str, *, stuck: bool) -> Ranking:
    """The ranking of a procedure. Of who is `stuck` nothing is withheld."""
    mine = recall.explanation.considered.get(procedure.id)
    base = None if recall.explanation.base is None else Beta(*recall.explanation.base)
    rate = None if base is None else base.mean
    floor = recall.floor if math.isfinite(recall.floor) else None
    # A strategy that weighs no outcomes gives places alone.
    if mine is None or (mine.worth is None and mine.place is None):
        sentence = _not_weighed(options, recall.floor, procedure, mine)
        return Ranking(task, mine and mine.relevance, floor, None, rate, None, None, 0, False, sentence)
    worth = None if mine.worth is None else Beta(*mine.worth)
    places = {one.place: i for i, one in recall.explanation.considered.items() if one.place is not None}
    withheld = mine.withheld and not stuck
    if withheld and worth is not None and base is not None:
        limit = trust.EVEN if recall.explanation.known else trust.DOUBT
        sentence = f"Withheld: it is worse than nothing here with probability {base.above(worth):.2f} (over {limit})."
    elif mine.place is None and is_unapproved(procedure):
        sentence = f"Not shown before a person approves it: it {why_held_back(procedure)}."
    elif mine.place is None:
        sentence = "Not shown: another is nearer, or more trusted and as near; or a word says that it is another task."
    elif mine.place == 1:
        sentence = "Shown first."
    else:
        sentence = f"Shown where {mine.place} or more are asked for; p{places[1]} comes first."
    return Ranking(
        task,
        mine.relevance,
        floor,
        worth,
        rate,
        mine.score,
        mine.place,
        len(places),
        withheld,
        sentence,
    )


def _not_weighed(options: Options, floor: float, procedure: Procedure, mine: Considered | None) -> str:
    """The reason why a recall does not weigh a procedure."""
    if procedure.status == "archived":
        return "Not shown: it is archived."
    if procedure.scope not in options.scopes:
        return f'Not shown: it belongs to the project "{procedure.scope}".'
    if mine is None:
        return "Not shown: it is not among what is like this task."
    if mine.elsewhere:
        return f"Not shown: it was learned in {mine.elsewhere}, and something of this project fits."
    if mine.relevance < floor:
        return f"Not shown: it applies with a probability of {mine.relevance:.2f}, below the floor of {floor:.2f}."
    return f"Not shown: {10 * options.most} others are more relevant."


def posterior_document(belief: Beta) -> dict[str, float]:
    """A posterior, as --json shows it: its mean and 90 % interval."""
    return {
        "mean": round(belief.mean, 3), "low": round(belief.quantile(0.05), 3), "high": round(belief.quantile(0.95), 3),
    }  # fmt: skip


def ranking_document(ranking: Ranking) -> dict[str, Any]:
    """A ranking, as --json shows it."""
    numbers = {name: None if value is None else round(value, 3)
               for name, value in (("relevance", ranking.relevance), ("floor", ranking.floor), ("base_rate", ranking.base),
                                   ("score", ranking.score))}  # fmt: skip
    posterior = None if ranking.posterior is None else posterior_document(ranking.posterior)
    return {
        "task": ranking.task, **numbers, "posterior": posterior, "place": ranking.place, "of": ranking.of,
        "withheld": ranking.withheld, "told": ranking.sentence,
    }  # fmt: skip


def ranking_view(ranking: Ranking) -> RenderableType:
    """A ranking, as a person is shown it."""
    floor = "no floor" if ranking.floor is None else f"the floor is {ranking.floor:.2f}"
    rows = [
        ("applies with", "-" if ranking.relevance is None else f"{ranking.relevance:.2f}, {floor}"),
        (
            "worth here",
            "" if ranking.posterior is None else f"{ranking.posterior.mean:.2f}, without it {ranking.base:.2f}",
        ),
        ("rank score", "" if ranking.score is None else f"{ranking.score:.2f}"),
        ("place", "" if ranking.place is None else f"{ranking.place} of {ranking.of}"),
    ]
    return Group(
        line(f"For: {ranking.task}", "bold"), pairs((n, v) for n, v in rows if v), line(ranking.sentence, "cyan")
    )
