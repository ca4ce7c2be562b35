"""`memp why`: explain a procedure: its sources, outcomes and worth, and why a task would show it or not."""

from collections.abc import Sequence
from typing import Any, Protocol

from rich.console import Group, RenderableType

from memp.domain import trust
from memp.domain.effects import why_held_back
from memp.domain.procedure import Procedure
from memp.domain.results import Options
from memp.domain.trajectory import Trajectory
from memp.domain.trust import Standing
from memp.inputs.references import reference
from memp.inputs.trajectory import safe_text
from memp.memory import ProceduralMemory
from memp.reply import pitfall_lines
from memp.retrieve.elsewhere import Elsewhere
from memp.retrieve.pitfalls import pitfalls_of
from memp.store import Decisions, Evidence, Portability, Procedures, Projects, Trajectories
from memp.store.find import find_procedure
from memp.store.records import Used
from memp.update import review
from memp_clients.commands.inspection.comparison import compare_runs, comparison_view
from memp_clients.commands.inspection.ranking import posterior_document, rank, ranking_document, ranking_view
from memp_clients.commands.inspection.show import Page, import_lines, imported
from memp_clients.screen.terminal import Terminal
from memp_clients.screen.views import line, listing, pairs, table

MOST_OUTCOMES = 20
"""Outcomes that a person is shown; --json has all."""


class WorthStore(Procedures, Trajectories, Evidence, Decisions, Portability, Projects, Protocol):
    """The parts of a store that a procedure's worth is explained from."""


def tell_why(
    memory: ProceduralMemory, terminal: Terminal, name: str, task: str | None, *, runs: bool
) -> None:  # fmt: skip
    """`memp why`.

    Raises:
        InputError, NotFoundError: there is no such procedure.
        StoreError: the embedder is not the one of the memory.
    """
    store, options = memory.store, memory.options
    procedure = find_procedure(store, reference(name).procedure_id, options.seen)
    page = explain(store, options, procedure)
    document = page.document
    more: list[RenderableType] = []
    if task is not None:
        ranking = rank(memory, procedure, safe_text(task, "task"))
        document["ranking"] = ranking_document(ranking)
        more.append(ranking_view(ranking))
    if runs:
        uplifts = compare_runs(store, options, procedure)
        document["runs"] = [{**u._asdict(), "difference": u.difference and u.difference._asdict()} for u in uplifts]
        more.append(comparison_view(uplifts))
    terminal.show(document, lambda: Group(page.view(), *more))


def explain(
    store: WorthStore, options: Options, procedure: Procedure, standing: Standing | None = None, most: int | None = None
) -> Page:  # fmt: skip
    """The evidence on a procedure's worth, by its standing; of its sources, uses and changes the newest `most`, or (None) all."""
    standing = standing or store.standings([procedure.id])[procedure.id]
    scopes = (procedure.scope, *options.scopes)
    base = review.base_rate(store, standing, scopes)
    uses = _seen(store, options, store.uses(procedure.id, -1 if most is None else most))
    runs = {use.trajectory: store.trajectory(use.trajectory) for use in uses}
    taught = procedure.trajectories if most is None else procedure.trajectories[-most:]
    sources = {run: store.trajectory(run) for run in taught}
    pitfalls = Elsewhere(store, options.project).met_here(pitfalls_of(store, procedure))
    changes = store.changes(procedure.id, limit=10_000 if most is None else most)
    document: dict[str, Any] = {
        "id": f"p{procedure.id}",
        "goal": procedure.script.goal,
        "tier": procedure.tier,
        "status": procedure.status,
        "why_tier": why_tier(procedure, standing, base),
        "held_back": why_held_back(procedure),
        "origin": procedure.origin,
        "builder": procedure.builder,
        "sources": [_source(run, made) for run, made in sources.items()],
        "imported": imported(store, procedure.id),
        "outcomes": [_outcome(use, runs[use.trajectory]) for use in uses],
        "outside": standing.outside,
        "base_rate": round(base, 3),
        "posterior": {
            "overall": posterior_document(trust.belief(standing, base)),
            "contexts": {c: posterior_document(trust.belief(standing, base, c)) for c in _contexts(standing)},
            "revisions": {
                f"r{number}": posterior_document(trust.belief(standing, base, revision=number))
                for number in (standing.revision, standing.trial)
                if number is not None
            },
        },
        "pitfalls": [{"seen": p.seen, **p.pitfall.model_dump(exclude_defaults=True)} for p in pitfalls],
        "log": [change.model_dump(mode="json", exclude_none=True) for change in changes],
    }
    return Page(document, lambda: _view(document, pitfall_lines(pitfalls)))


def _seen(store: Trajectories, options: Options, uses: Sequence[Used]) -> Sequence[Used]:
    """Uses without those in projects that are not shown."""
    if options.seen is None:
        return uses
    seen = store.runs_within([use.trajectory for use in uses], options.seen)
    return [use for use in uses if use.trajectory in seen]


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


def _contexts(standing: Standing) -> list[str]:
    return list(dict.fromkeys(use.context for use in (*standing.uses, *standing.sources)))


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
        ("held back", f"It {held}. `memp review {document['id']}` decides." if (held := document["held_back"]) else ""),
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
        *listing("Changes", [change_line(change) for change in document["log"][:MOST_OUTCOMES]]),
    ]  # fmt: skip
    return Group(*parts)


def _source_line(source: dict[str, Any]) -> str:
    who = ", ".join(str(value) for value in source["provenance"].values())
    return f"{source['id']}  {source['task'][:200]}  ({source['evidence']}{f'; {who}' if who else ''})"


def change_line(change: dict[str, Any]) -> str:
    """A line of the audit log for a person, of the line as --json shows it."""
    revision = f" r{change['revision']}" if "revision" in change else ""
    detail = f": {change['detail']}" if change["detail"] else ""
    return f"{change['at'][:16].replace('T', ' ')}  {change['actor']}: {change['action']}{revision}{detail}"


def _outcomes(outcomes: Sequence[dict[str, Any]]) -> RenderableType:
    made = table("run", "rev", "success", "evidence", "weight", "steps", "tokens")
    for outcome in outcomes[:MOST_OUTCOMES]:
        made.add_row(
            outcome["run"], str(outcome["revision"]), "yes" if outcome["success"] else "no", outcome["evidence"],
            f"{outcome['weight']:.1f}", str(outcome["steps"]), "-" if outcome["tokens"] is None else f"{outcome['tokens']:,}",
        )  # fmt: skip
    if len(outcomes) > MOST_OUTCOMES:
        made.add_row("...", f"and {len(outcomes) - MOST_OUTCOMES:,} more")
    return made
