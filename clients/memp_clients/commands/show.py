"""`memp show`: one procedure or one run, with all that is known of it."""

from collections.abc import Callable
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from memp.domain.procedure import KnownPitfall, Procedure, Revision
from memp.domain.trajectory import Trajectory
from memp.errors import MAX_QUOTED, InputError
from memp.inputs.references import parse_id
from memp.memory import ProceduralMemory
from memp.reply import pitfall_lines
from memp_clients.commands.why import imported, told_imports
from memp_clients.screen.views import line, listing, numbered, pairs, summary, table

Found = tuple[dict[str, Any], Callable[[], RenderableType]]

MOST_SOURCES = 20
"""Source runs that are shown to a person; --json has all."""


def look_up(memory: ProceduralMemory, name: str) -> Found:
    """What stands under a name like p12 or t34: as a document, and as a view of it.

    Raises:
        InputError: it is no such name.
        NotFoundError: there is none of that name.
    """
    parsed = parse_id(name)
    if parsed is None or parsed.revision is not None:
        raise InputError(f'"{name[:MAX_QUOTED]}" names nothing: pass a procedure like p12, or a run like t34.')
    look = _trajectory if parsed.kind == "t" else _procedure
    return look(memory, parsed.number)


def _procedure(memory: ProceduralMemory, procedure_id: int) -> Found:
    procedure = memory.procedure(procedure_id)
    history = memory.store.history(procedure_id)
    pitfalls = memory.store.pitfalls([procedure_id])
    tasks = memory.store.trajectory_tasks(procedure.trajectories)
    sources = [{"id": f"t{i}", "task": tasks.get(i, "")} for i in procedure.trajectories]
    told = imported(memory.store, procedure_id)
    document = {
        **summary(procedure),
        "script": procedure.script.model_dump(mode="json", exclude_defaults=True),
        "known_pitfalls": [
            {"seen": known.seen, **known.pitfall.model_dump(exclude_defaults=True)} for known in pitfalls
        ],
        "revisions": [
            {**revision.model_dump(mode="json", exclude={"script"}), "steps": list(revision.script.steps)}
            for revision in history
        ],
        "sources": sources,
        "imported": told,
        "values": {name: dict(counts) for name, counts in memory.store.stood_for(procedure_id, {}).items()},
    }
    return document, lambda: _procedure_view(procedure, history, pitfalls, sources, told)


def _procedure_view(
    procedure: Procedure, history: list[Revision], pitfalls: list[KnownPitfall], sources: list[dict[str, str]],
    imports: list[dict[str, Any]],
) -> RenderableType:  # fmt: skip
    script = procedure.script
    facts: list[tuple[str, object]] = [
        ("when", script.when_to_use),
        ("not when", script.not_when),
        ("before", "; ".join(script.preconditions)),
        ("check", script.verification),
    ]
    parts: list[RenderableType] = [line(script.goal, "bold"), numbered(script.steps)]
    parts.append(pairs((name, value) for name, value in facts if value))
    if script.parameters:
        parts += [line("Parameters", "bold"), pairs((f"{{{p.name}}}", p.description) for p in script.parameters)]
    parts += listing("Pitfalls", pitfall_lines(pitfalls), "red")
    status = "" if procedure.status == "active" else " · archived"
    title = f"{procedure.label}  {procedure.builder} · {procedure.tier}{status}"
    used = f"used {procedure.uses} times, {procedure.successes} worked" if procedure.uses else "not used yet"
    return Group(
        Panel(Group(*parts), title=line(title), title_align="left", border_style="cyan"),
        line(f"{used}; built from {len(sources)} runs"),
        *listing("As files said, which counts for nothing here", told_imports(imports)),
        _sources_view(sources),
        _revisions_view(history, procedure.revision),
    )


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


def _trajectory(memory: ProceduralMemory, trajectory_id: int) -> Found:
    run = memory.store.trajectory(trajectory_id)
    built = memory.store.built_from(trajectory_id)
    document = {
        "id": f"t{trajectory_id}",
        **run.model_dump(mode="json", exclude_none=True),
        **({"built": f"p{built}"} if built is not None else {}),
    }
    return document, lambda: _trajectory_view(trajectory_id, run, built)


def _trajectory_view(trajectory_id: int, run: Trajectory, built: int | None) -> RenderableType:
    origin = [run.provenance.client, run.provenance.model, run.provenance.project, run.provenance.source]
    rows: list[tuple[str, object]] = [
        ("reward", f"{run.reward:g}"),
        ("evidence", ": ".join(filter(None, [run.evidence.kind, run.evidence.detail]))),
        ("recorded", run.created_at.strftime("%Y-%m-%d %H:%M")),
        ("from", ", ".join(filter(None, origin))),
        ("tokens", "" if run.tokens is None else f"{run.tokens:,}"),
        ("built into", "" if built is None else f"p{built}"),
    ]
    steps = table("", "action", "observation")
    steps.show_header = True
    for number, step in enumerate(run.steps, 1):
        action = Text.assemble(*([line(f"{step.thought}\n", "dim")] if step.thought else []), line(step.action))
        steps.add_row(str(number), action, line(step.observation))
    return Group(
        line(f"t{trajectory_id}  {run.task}", "bold"), pairs((name, value) for name, value in rows if value), steps
    )
