"""`memp why`: explain a procedure: its sources, outcomes and worth, and why a task would show it or not."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from rich.console import Group, RenderableType

from memp.domain import trust
from memp.domain.procedure import Procedure
from memp.domain.results import Considered, Options
from memp.domain.trajectory import Trajectory
from memp.domain.trust import Beta, Standing
from memp.inputs.references import reference
from memp.inputs.trajectory import safe_text
from memp.memory import ProceduralMemory
from memp.reply import pitfall_lines
from memp.retrieve.uplift import Uplift, compared
from memp.store import Decisions, Evidence, KeyVectors, Portability, Procedures, Search, Trajectories
from memp.store.find import find_procedure
from memp.store.records import MAX_KEY, Outcome, Used
from memp.update import review
from memp_clients.commands.show import Page, import_lines, imported
from memp_clients.screen.terminal import Terminal
from memp_clients.screen.views import difference, line, listing, pairs, table

MOST_OUTCOMES = 20
"""Outcomes that a person is shown; --json has all."""

MOST_NEAR = 60
"""Runs near each task of a procedure that are looked at."""


class WorthStore(Procedures, Trajectories, Evidence, Decisions, Portability, Protocol):
    """The parts of a store that a procedure's worth is explained from."""


class RunsStore(Evidence, Trajectories, KeyVectors, Search, Protocol):
    """The parts of a store in which runs with and without a procedure are looked up."""


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


def tell_why(
    memory: ProceduralMemory, terminal: Terminal, name: str, task: str | None, *, runs: bool
) -> None:  # fmt: skip
    """`memp why`.

    Raises:
        InputError, NotFoundError: there is no such procedure.
        StoreError: the embedder is not the one of the memory.
    """
    store, options = memory.store, memory.options
    procedure = find_procedure(store, reference(name).procedure_id)
    page = explain(store, options, procedure)
    document = page.document
    more: list[RenderableType] = []
    if task is not None:
        ranking = rank(memory, procedure, safe_text(task, "task"))
        document["ranking"] = ranking_document(ranking)
        more.append(ranking_view(ranking))
    if runs:
        uplifts = beside(store, options, procedure)
        document["runs"] = [{**u._asdict(), "difference": u.difference and u.difference._asdict()} for u in uplifts]
        more.append(beside_view(uplifts))
    terminal.show(document, lambda: Group(page.view(), *more))


def explain(store: WorthStore, options: Options, procedure: Procedure) -> Page:
    """The evidence on a procedure's worth."""
    standing = store.standings([procedure.id])[procedure.id]
    scopes = (procedure.scope, *options.scopes)
    base = review.base_rate(store, standing, scopes)
    runs = {run: store.trajectory(run) for run in {u.trajectory for u in store.uses(procedure.id)}}
    sources = {run: store.trajectory(run) for run in procedure.trajectories}
    pitfalls, changes = store.pitfalls([procedure.id]), store.changes(procedure.id, limit=10_000)
    document: dict[str, Any] = {
        "id": f"p{procedure.id}",
        "goal": procedure.script.goal,
        "tier": procedure.tier,
        "status": procedure.status,
        "why_tier": why_tier(procedure, standing, base),
        "origin": procedure.origin,
        "builder": procedure.builder,
        "sources": [_source(run, made) for run, made in sources.items()],
        "imported": imported(store, procedure.id),
        "outcomes": [_outcome(use, runs[use.trajectory]) for use in store.uses(procedure.id)],
        "outside": standing.outside,
        "base_rate": round(base, 3),
        "posterior": {
            "overall": _beta(trust.belief(standing, base)),
            "contexts": {c: _beta(trust.belief(standing, base, c)) for c in _contexts(standing)},
            "revisions": {
                f"r{number}": _beta(trust.belief(standing, base, revision=number))
                for number in (standing.revision, standing.trial)
                if number is not None
            },
        },
        "pitfalls": [{"seen": p.seen, **p.pitfall.model_dump(exclude_defaults=True)} for p in pitfalls],
        "log": [change.model_dump(mode="json", exclude_none=True) for change in changes],
    }
    return Page(document, lambda: _view(document, pitfall_lines(pitfalls)))


def why_tier(procedure: Procedure, standing: Standing, base: float) -> str:
    """The reason for a procedure's tier, as a sentence."""
    if procedure.tier == "pinned":
        return "A person pinned it."
    mean = trust.belief(standing, base).mean
    if standing.outside < trust.VALIDATING:
        evidence = f"{standing.outside} of {trust.VALIDATING} successes with outside evidence"
        return f"{evidence}, and a person's word." if procedure.tier == "validated" else f"It has {evidence}."
    evidence = f"It has {standing.outside} successes with outside evidence, and its mean is {mean:.2f}"
    return f"{evidence}; agents reach {base:.2f} without it."


def rank(memory: ProceduralMemory, procedure: Procedure, task: str) -> Ranking:
    """Rank a procedure for a task as a recall here would, read off that recall's own explanation."""
    recall = memory.explain(task)
    mine = recall.explanation.considered.get(procedure.id)
    base = None if recall.explanation.base is None else Beta(*recall.explanation.base)
    rate = None if base is None else base.mean
    floor = recall.floor if math.isfinite(recall.floor) else None
    # A strategy that weighs no outcomes gives places alone.
    if mine is None or (mine.worth is None and mine.place is None):
        sentence = _not_weighed(memory.options, recall.floor, procedure, mine)
        return Ranking(task, mine and mine.relevance, floor, None, rate, None, None, 0, False, sentence)
    worth = None if mine.worth is None else Beta(*mine.worth)
    places = {one.place: i for i, one in recall.explanation.considered.items() if one.place is not None}
    if mine.withheld and worth is not None and base is not None:
        limit = trust.EVEN if recall.explanation.known else trust.DOUBT
        sentence = f"Withheld: it is worse than nothing here with probability {base.above(worth):.2f} (over {limit})."
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
        mine.withheld,
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


def beside(store: RunsStore, options: Options, procedure: Procedure) -> list[Uplift]:
    """Compare success, steps and tokens of the runs that used a procedure with runs near its tasks that did not.

    The run it was built from is left out: that it succeeded is why the procedure is there.
    """
    used = store.uses(procedure.id)
    tasks = list(store.trajectory_tasks([*procedure.trajectories, *(use.trajectory for use in used)]).values())
    near = {
        hit.owner
        for vector in store.known_vectors([task[:MAX_KEY] for task in tasks]).values()
        for hit in store.nearest("run", vector, (procedure.scope, *options.scopes), MOST_NEAR)
        if hit.similarity is not None and hit.similarity >= trust.NEAR
    }
    without = near - {use.trajectory for use in used} - set(procedure.trajectories[:1])
    ours = [Outcome(held=False, success=u.success, steps=u.steps, tokens=u.tokens) for u in used]
    theirs = [_as_outcome(store.trajectory(run), options) for run in sorted(without)]
    tokens = [[float(o.tokens) for o in arm if o.tokens is not None] for arm in (ours, theirs)]
    return [
        compared("success", [float(o.success) for o in ours], [float(o.success) for o in theirs]),
        compared("steps", [float(o.steps) for o in ours], [float(o.steps) for o in theirs]),
        compared("tokens", *tokens),
    ]


def _as_outcome(run: Trajectory, options: Options) -> Outcome:
    success = run.succeeded(options.success_reward)
    return Outcome(held=True, success=success, steps=len(run.steps), tokens=run.tokens)


def _contexts(standing: Standing) -> list[str]:
    return list(dict.fromkeys(use.context for use in (*standing.uses, *standing.sources)))


def _beta(belief: Beta) -> dict[str, float]:
    """A posterior: its mean and 90 % interval."""
    return {
        "mean": round(belief.mean, 3), "low": round(belief.quantile(0.05), 3), "high": round(belief.quantile(0.95), 3),
    }  # fmt: skip


def _source(run_id: int, run: Trajectory) -> dict[str, Any]:
    return {
        "id": f"t{run_id}",
        "task": run.task,
        "evidence": run.evidence.kind,
        "provenance": run.provenance.model_dump(exclude_none=True),
        "recorded": run.created_at.isoformat(),
    }


def _outcome(use: Used, run: Trajectory) -> dict[str, Any]:
    return {
        "run": f"t{use.trajectory}",
        "revision": use.revision,
        "success": use.success,
        "evidence": run.evidence.kind,
        "detail": run.evidence.detail,
        "weight": use.weight,
        "context": use.context,
        "steps": use.steps,
        "tokens": use.tokens,
        "at": use.at,
    }


# Views


def _view(document: dict[str, Any], pitfalls: Sequence[str]) -> RenderableType:
    facts = [
        ("tier", f"{document['tier']}{' (archived)' if document['status'] == 'archived' else ''}"),
        ("why", document["why_tier"]),
        ("written by", document["builder"]),
        ("brought by", document["origin"]),
        ("without it", f"{document['base_rate']:.2f} of runs succeed"),
    ]
    worth = table("worth", "mean", "90 %")
    posterior = document["posterior"]
    rows: list[tuple[str, dict[str, float]]] = [
        ("overall", posterior["overall"]),
        *(posterior["revisions"].items() if len(posterior["revisions"]) > 1 else []),
    ]
    rows += [(f"in {name.strip('/') or 'no named place'}", beta) for name, beta in posterior["contexts"].items()]
    for name, beta in rows:
        worth.add_row(line(name), f"{beta['mean']:.2f}", f"{beta['low']:.2f} to {beta['high']:.2f}")
    parts: list[RenderableType] = [
        line(f"{document['id']}  {document['goal']}", "bold"), pairs((n, v) for n, v in facts if v), worth,
        *listing("From", [_source_line(source) for source in document["sources"][:MOST_OUTCOMES]]),
        *listing("As files said, which counts for nothing here", import_lines(document["imported"])),
        *([_outcomes(document["outcomes"])] if document["outcomes"] else [line("It was not used yet.")]),
        *listing("Pitfalls", pitfalls, "red"),
        *listing("Changes", [_change_line(change) for change in document["log"][:MOST_OUTCOMES]]),
    ]  # fmt: skip
    return Group(*parts)


def _source_line(source: dict[str, Any]) -> str:
    who = ", ".join(str(value) for value in source["provenance"].values())
    return f"{source['id']}  {source['task'][:200]}  ({source['evidence']}{f'; {who}' if who else ''})"


def _change_line(change: dict[str, Any]) -> str:
    revision = f" r{change['revision']}" if "revision" in change else ""
    detail = f": {change['detail']}" if change["detail"] else ""
    return f"{change['at'][:16].replace('T', ' ')}  {change['actor']}: {change['action']}{revision}{detail}"


def _outcomes(outcomes: Sequence[dict[str, Any]]) -> RenderableType:
    made = table("run", "rev", "worked", "evidence", "weight", "steps", "tokens")
    for outcome in outcomes[:MOST_OUTCOMES]:
        made.add_row(
            outcome["run"], str(outcome["revision"]), "yes" if outcome["success"] else "no", outcome["evidence"],
            f"{outcome['weight']:.1f}", str(outcome["steps"]), "-" if outcome["tokens"] is None else f"{outcome['tokens']:,}",
        )  # fmt: skip
    if len(outcomes) > MOST_OUTCOMES:
        made.add_row("...", f"and {len(outcomes) - MOST_OUTCOMES:,} more")
    return made


def ranking_document(ranking: Ranking) -> dict[str, Any]:
    """A ranking, as --json shows it."""
    numbers = {name: None if value is None else round(value, 3)
               for name, value in (("relevance", ranking.relevance), ("floor", ranking.floor), ("base_rate", ranking.base),
                                   ("score", ranking.score))}  # fmt: skip
    posterior = None if ranking.posterior is None else _beta(ranking.posterior)
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


def beside_view(uplifts: Sequence[Uplift]) -> RenderableType:
    """The comparison of runs with and without a procedure, as a person is shown it."""
    return Group(
        difference(uplifts, "with it", "without it"),
        line("No draw decided which runs used it: a difference may have other causes.", "dim"),
    )
