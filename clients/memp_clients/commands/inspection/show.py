"""`memp show`: a page on one procedure or one run."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from memp.domain.procedure import KnownPitfall, Procedure, Revision
from memp.domain.trajectory import Trajectory
from memp.errors import InputError
from memp.inputs.references import parse_id
from memp.memory import ProceduralMemory
from memp.reply import pitfall_lines
from memp.retrieve.dependencies import Dependencies, dependencies_of
from memp.retrieve.elsewhere import Elsewhere
from memp.retrieve.pitfalls import pitfalls_of
from memp.store import Portability
from memp.store.find import find_procedure, find_run
from memp.store.records import Testimony
from memp.text.quoting import quoted
from memp.update.revoking import withdrawn
from memp_clients.commands.inspection.beside import beside, beside_document, beside_view
from memp_clients.commands.inspection.families import Like, relatives
from memp_clients.commands.inspection.timeline import Moment, moments, pitfalls_of_run, witness_line
from memp_clients.screen.views import line, listing, many, numbered, pairs, summary, table


class Page(NamedTuple):
    """A result: as a document for --json, and as a view for a person."""

    document: dict[str, Any]
    view: Callable[[], RenderableType]


MOST_SOURCES = 20
"""Source runs that are shown to a person; --json has all."""


def look_up(memory: ProceduralMemory, name: str, *, runs: bool = False) -> Page:
    """The page on a procedure or a run, by its name: p12 or t34; with `runs` a procedure's runs beside its steps.

    Raises:
        InputError: it is no such name; a run has no runs.
        NotFoundError: there is none of that name.
    """
    parsed = parse_id(name)
    if parsed is None or parsed.revision is not None:
        raise InputError(f'"{quoted(name)}" names nothing: pass a procedure like p12, or a run like t34.')
    if parsed.kind == "t":
        if runs:
            raise InputError("--runs is of a procedure, like p12.")
        return _trajectory(memory, parsed.number)
    return _procedure_runs(memory, parsed.number) if runs else _procedure(memory, parsed.number)


def _procedure_runs(memory: ProceduralMemory, procedure_id: int) -> Page:
    procedure = find_procedure(memory.store, procedure_id, memory.options.seen)
    found = beside(memory.store, memory.options, procedure)
    title = line(f"{procedure.label}  {procedure.script.goal}", "bold")
    document = {"id": procedure.label, "steps": list(procedure.script.steps), **beside_document(found)}
    return Page(document, lambda: Group(title, beside_view(found)))


def _procedure(memory: ProceduralMemory, procedure_id: int) -> Page:
    store, options = memory.store, memory.options
    procedure = find_procedure(store, procedure_id, options.seen)
    history = store.history(procedure_id)
    pitfalls = Elsewhere(store, options.project).met_here(pitfalls_of(store, procedure))
    tasks = store.trajectory_tasks(procedure.trajectories)
    sources = [{"id": f"t{i}", "task": tasks.get(i, "")} for i in procedure.trajectories]
    imports = imported(store, procedure_id)
    needs = dependencies_of(store, procedure)
    alike = relatives(store, procedure)
    document = {
        **summary(procedure),
        "depends_on": {"files": needs.files, "tools": needs.tools, "versions": needs.versions},
        "script": procedure.script.model_dump(mode="json", exclude_defaults=True),
        "known_pitfalls": [
            {"seen": known.seen, **known.pitfall.model_dump(exclude_defaults=True)} for known in pitfalls
        ],
        "revisions": [
            {**revision.model_dump(mode="json", exclude={"script"}), "steps": list(revision.script.steps)}
            for revision in history
        ],
        "sources": sources,
        "imported": imports,
        "like": [
            {"id": one.procedure.label, "goal": one.procedure.script.goal, "near": round(one.near, 3)} for one in alike
        ],
        "values": {name: dict(counts) for name, counts in store.stood_for(procedure_id, {}).items()},
    }
    return Page(document, lambda: _procedure_view(procedure, history, pitfalls, sources, imports, needs, alike))


def _procedure_view(
    procedure: Procedure, history: list[Revision], pitfalls: list[KnownPitfall], sources: list[dict[str, str]],
    imports: list[dict[str, Any]], needs: Dependencies, alike: Sequence[Like],
) -> RenderableType:  # fmt: skip
    script = procedure.script
    facts: list[tuple[str, object]] = [
        ("when", script.when_to_use),
        ("not when", script.not_when),
        ("before", "; ".join(script.preconditions)),
        ("check", script.verification),
        ("depends on", ", ".join([*needs.files, *needs.tools, *needs.versions])),
    ]
    parts: list[RenderableType] = [line(script.goal, "bold"), numbered(script.steps)]
    parts.append(pairs((name, value) for name, value in facts if value))
    if script.parameters:
        parts += [line("Parameters", "bold"), pairs((f"{{{p.name}}}", p.description) for p in script.parameters)]
    parts += listing("Pitfalls", pitfall_lines(pitfalls), "red")
    status = "" if procedure.status == "active" else " · archived"
    title = f"{procedure.label}  {procedure.builder} · {procedure.tier}{status}"
    used = f"used {procedure.uses} times, {procedure.successes} succeeded" if procedure.uses else "not used yet"
    return Group(
        Panel(Group(*parts), title=line(title), title_align="left", border_style="cyan"),
        line(f"{used}; built from {many(len(sources), 'run')}"),
        *listing("Like it", [_like_line(one) for one in alike]),
        *listing("As files said, which counts for nothing here", import_lines(imports)),
        _sources_view(sources),
        _revisions_view(history, procedure.revision),
    )


def _like_line(one: Like) -> str:
    return f"{one.procedure.label}  {one.procedure.script.goal[:200]}  ({one.procedure.tier}, {one.near:.2f} near)"


def _sources_view(sources: list[dict[str, str]]) -> RenderableType:
    shown = table("run", "task")
    for source in sources[:MOST_SOURCES]:
        shown.add_row(source["id"], line(source["task"][:300]))
    if len(sources) > MOST_SOURCES:
        shown.add_row("...", f"and {len(sources) - MOST_SOURCES:,} more")
    return shown


def _revisions_view(history: list[Revision], current: int) -> RenderableType:
    shown = table("revision", "state", "when", "by", "steps", "why")
    for revision in history:
        number = f"{revision.number}{' *' if revision.number == current else ''}"
        # A revision that was current once keeps that state.
        state = "earlier" if revision.state == "current" and revision.number != current else revision.state
        when = revision.created_at.strftime("%Y-%m-%d %H:%M")
        shown.add_row(number, state, when, revision.builder, str(len(revision.script.steps)), line(revision.reason))
    return shown


def _trajectory(memory: ProceduralMemory, trajectory_id: int) -> Page:
    run = find_run(memory.store, trajectory_id, memory.options.seen)
    built = memory.store.built_from(trajectory_id)
    revoked = _revoked(memory, trajectory_id)
    told = memory.store.testimony(trajectory_id, memory.options.seen)
    went = moments(run)
    pitfalls = pitfalls_of_run(memory.store, trajectory_id, memory.options.project)
    document = {
        "id": f"t{trajectory_id}",
        **run.model_dump(mode="json", exclude_none=True),
        "failed": [{"step": one.number, "made_good_by": one.made_good_by or None} for one in went if one.failure],
        "met": [{"seen": known.seen, **known.pitfall.model_dump(exclude_defaults=True)} for known in pitfalls],
        "counts": {"weight": told.weight, "seen": told.seen, "same_witness": told.same},
        **({"origin": told.origin.label} if told.origin else {}),
        **({"built": f"p{built}"} if built is not None else {}),
        **({"revoked": revoked} if revoked else {}),
    }
    return Page(document, lambda: _trajectory_view(trajectory_id, run, built, revoked, went, told, pitfalls))


def _revoked(memory: ProceduralMemory, trajectory_id: int) -> str:
    """When a run was revoked, by which it counts for nothing; empty where it was not."""
    at = withdrawn(memory.store).get(trajectory_id)
    return at.isoformat() if at else ""


def _trajectory_view(
    trajectory_id: int, run: Trajectory, built: int | None, revoked: str, went: Sequence[Moment], told: Testimony,
    pitfalls: Sequence[KnownPitfall],
) -> RenderableType:  # fmt: skip
    origin = [run.provenance.client, run.provenance.model, run.provenance.project, run.provenance.source]
    rows: list[tuple[str, object]] = [
        ("reward", f"{run.reward:g}"),
        ("revoked", f"{revoked[:16].replace('T', ' ')}: it counts for nothing" if revoked else ""),
        ("evidence", ": ".join(filter(None, [run.evidence.kind, run.evidence.detail]))),
        ("counts", witness_line(told)),
        ("origin", told.origin.label if told.origin else ""),
        ("recorded", run.created_at.strftime("%Y-%m-%d %H:%M")),
        ("from", ", ".join(filter(None, origin))),
        ("tokens", "" if run.tokens is None else f"{run.tokens:,}"),
        ("built into", "" if built is None else f"p{built}"),
    ]
    steps = table("", "action", "observation")
    steps.show_header = True
    for one in went:
        step, number = one.step, one.number
        made_good = f" failed, made good by step {one.made_good_by}" if one.made_good_by else " failed"
        action = Text.assemble(
            *([line(f"{step.thought}\n", "dim")] if step.thought else []),
            line(step.action),
            line(made_good if one.failure else "", "red"),
        )
        steps.add_row(str(number), action, line(step.observation))
    return Group(
        line(f"t{trajectory_id}  {run.task}", "bold"),
        pairs((name, value) for name, value in rows if value),
        steps,
        *listing("Pitfalls that it met", pitfall_lines(list(pitfalls)), "red"),
    )


def imported(store: Portability, procedure_id: int) -> list[dict[str, Any]]:
    """Claims of imported files about a procedure, as --json shows them."""
    return [
        {"how": one.how, **claim.model_dump(mode="json")} for one in store.imports(procedure_id) for claim in one.claims
    ]


def import_lines(imports: Sequence[dict[str, Any]]) -> list[str]:
    """The same for a person, a line for each."""
    return [
        f"{one['imported_at'][:10]}  {one['id']} of {one['file'][:12]}"
        f"{' ' + one['project'] if one['project'] else ''}: {one['tier']}, {one['successes']} of {one['uses']} uses succeeded"
        f"{_from(one['sources'])} ({one['how']})"
        for one in imports
    ]


def _from(sources: Sequence[dict[str, Any]]) -> str:
    """The runs that a procedure came from elsewhere, and their authors, as the end of a sentence."""
    who = [", ".join(str(value) for value in source["provenance"].values() if value) for source in sources[:3]]
    runs = sum(source["runs"] for source in sources)
    return f"; {runs:,} runs" + (f" by {'; '.join(filter(None, who))}" if any(who) else "") if runs else ""
