"""`memp projects`: which projects a memory knows, and moving, merging and naming them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Protocol

import typer

from memp.domain.projects import KnownProject
from memp.errors import InputError
from memp.inputs.references import parse_id
from memp.light.project import place_of, settled, titles
from memp.store import Procedures, Projects, Trajectories
from memp.store.find import find_procedure
from memp.text.quoting import quoted
from memp.update import belonging
from memp_clients.commands.options import opened

if TYPE_CHECKING:
    from rich.console import RenderableType

NONE = "none"
"""The word for no project; "none:shop" is what belongs to none and was recorded in a folder of that name."""

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]

projects = typer.Typer(
    add_completion=False, invoke_without_command=True, help="Which projects there are, and what belongs to them."
)


class Moved(NamedTuple):
    """The runs and procedures that go to another project, by their ids."""

    runs: Sequence[int]
    procedures: Sequence[int]


class SelectingStore(Procedures, Trajectories, Projects, Protocol):
    """The parts of a store that are used here."""


@projects.callback()
def list_projects(ctx: typer.Context) -> None:
    """All projects of the memory, with how much was learned in each."""
    if ctx.invoked_subcommand is not None:
        return
    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with opened(settings, terminal, embedder=False) as memory:
        known = memory.store.known_projects()
        here = memory.project_of(ctx.obj.place())
    document = {"here": here or None, "projects": [project_row(one) for one in known]}
    terminal.show(document, lambda: _listed(known, here))


@projects.command()
def move(
    ctx: typer.Context,
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="WHAT... PROJECT", help="Procedures (p3), runs (t12), a project or none; then where to."
        ),
    ],
    dry_run: DryRun = False,
) -> None:
    """Give runs and procedures to a project; a procedure takes the runs along that it was made from."""
    *what, into = names
    if not what:
        raise typer.BadParameter("pass what to move, and the project that it goes to, last.")
    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with opened(settings, terminal, embedder=False) as memory:
        target = _target(memory.store, into)
        moved = _selected(memory.store, what)
        target = belonging.move(memory.store, moved.runs, moved.procedures, target, dry=dry_run)
    document = {
        "to": target or None, "runs": [f"t{i}" for i in moved.runs], "procedures": [f"p{i}" for i in moved.procedures],
        "dry_run": dry_run,
    }  # fmt: skip
    terminal.show(document, lambda: _sentence("moved to", moved, target, dry_run=dry_run))


@projects.command()
def merge(
    ctx: typer.Context,
    old: Annotated[str, typer.Argument(help="The project that ends.")],
    into: Annotated[str, typer.Argument(help="The project that takes it in.")],
    dry_run: DryRun = False,
) -> None:
    """Let two projects be one: what the first has, and what is recorded there later, belongs to the second."""
    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with opened(settings, terminal, embedder=False) as memory:
        first, second = _known(memory.store, old), _target(memory.store, into)
        if not second or first == second:
            raise InputError(f"{first} cannot be merged into {quoted(into)}: pass another project.")
        moved = Moved(memory.store.runs_in(first), memory.store.procedures_in(first))
        second = belonging.merge(memory.store, first, second, dry=dry_run)
    document = {
        "project": first,
        "into": second,
        "runs": len(moved.runs),
        "procedures": len(moved.procedures),
        "dry_run": dry_run,
    }
    terminal.show(document, lambda: _sentence(f"of {first} merged into", moved, second, dry_run=dry_run))


@projects.command()
def rename(
    ctx: typer.Context,
    project: Annotated[str, typer.Argument(help="The project.")],
    name: Annotated[str, typer.Argument(help="How replies and lists name it; empty: as it was.")],
    dry_run: DryRun = False,
) -> None:
    """Give a project the name that people and agents see. It stays the same project."""
    from memp_clients.screen.views import line

    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with opened(settings, terminal, embedder=False) as memory:
        identity = _known(memory.store, project)
        title = belonging.rename(memory.store, identity, name, dry=dry_run)
    text = f"{identity} {'would be' if dry_run else 'is'} shown as {title or 'before'}."
    terminal.show({"project": identity, "name": title, "dry_run": dry_run}, lambda: line(text))


def _known(store: Projects, name: str) -> str:
    """The identity of a project that the memory knows, by identity, short name or folder.

    Raises:
        InputError: there is none, or several have this name.
    """
    fit = _named(store, name)
    if not fit:
        raise InputError(f"There is no project {quoted(name)}: `memp projects` lists those there are.")
    return _only(fit, name)


def _target(store: Projects, name: str) -> str:
    """The identity of a project to move to, which may be new; empty for none.

    Raises:
        InputError: several projects have this name, or a folder belongs to none.
    """
    if name == NONE:
        return ""
    if fit := _named(store, name):
        return _only(fit, name)
    if name.startswith((".", "/", "~")):
        place = place_of(_absolute(name))
        if not place.identity:
            raise InputError(f"{quoted(name)} belongs to no project: it is a home folder, or has no mark of one.")
        return place.identity
    return name


def _named(store: Projects, name: str) -> Sequence[str]:
    """The identities of the known projects that an identity, a short name or a folder may mean."""
    given, merged = store.project_titles(), store.merged_projects()
    if name in given:
        return [name]
    if name in merged:
        return [merged[name]]
    short = titles(given, given)
    fit = [one for one, title in short.items() if name in (title, one.rpartition("/")[2])]
    folder = settled(place_of(_absolute(name)), merged)
    return fit or ([folder] if folder in given else [])


def _only(fit: Sequence[str], name: str) -> str:
    """The one project of a name.

    Raises:
        InputError: several have it.
    """
    if len(fit) > 1:
        raise InputError(f"{quoted(name)} is the name of several projects: pass {' or '.join(sorted(fit))}.")
    return fit[0]


def _absolute(name: str) -> str:
    return str(Path(name).expanduser().absolute()) if name.startswith((".", "/", "~")) else ""


def _selected(store: SelectingStore, names: Sequence[str]) -> Moved:
    """The runs and procedures that are named, by themselves or by their project.

    Raises:
        InputError, NotFoundError: one names nothing.
    """
    runs: dict[int, None] = {}
    procedures: dict[int, None] = {}
    for name in names:
        parsed = parse_id(name)
        if parsed is not None and parsed.revision is None and parsed.kind == "t":
            store.trajectory(parsed.number)
            runs[parsed.number] = None
            if (made := store.built_from(parsed.number)) is not None:
                procedures.update(_wholly(store, made, {parsed.number}))
        elif parsed is not None and parsed.revision is None:
            procedures[parsed.number] = None
            runs.update(dict.fromkeys(find_procedure(store, parsed.number).trajectories))
        else:
            project, _, label = name.partition(":") if name.split(":")[0] == NONE else (name, "", "")
            identity = "" if project == NONE else _known(store, name)
            in_it = store.runs_in(identity, label)
            runs.update(dict.fromkeys(in_it))
            made_in = store.procedures_in(identity)
            procedures.update(
                dict.fromkeys(i for i in made_in if not label or _wholly(store, i, set(in_it)))
            )  # fmt: skip
    return Moved(list(runs), list(procedures))


def _wholly(store: Procedures, procedure_id: int, runs: set[int]) -> dict[int, None]:
    """The procedure, if it was made from these runs alone."""
    sources = {i for p in store.procedures([procedure_id], active=False) for i in p.trajectories}
    return {procedure_id: None} if sources and sources <= runs else {}


def project_row(one: KnownProject) -> dict[str, Any]:
    """A project, as --json and the page show it."""
    fields = {**one._asdict(), "labels": dict(one.labels)}
    return {name: value for name, value in fields.items() if value or name in ("identity", "runs", "procedures")}


def _listed(known: Sequence[KnownProject], here: str) -> "RenderableType":
    from rich.console import Group

    from memp_clients.screen.views import line, table

    known = [one for one in known if not one.same_as]
    short = titles((one.identity for one in known if one.identity), {one.identity: one.title for one in known})
    rows = table("project", "runs", "procedures", "last", "")
    for one in known:
        if not (one.identity or one.runs or one.procedures):
            continue
        name = short.get(one.identity, "none")
        remarks = ["here"] if one.identity and one.identity == here else []
        remarks += [one.identity] if one.identity and name != one.identity else []
        remarks += [f"{label}: {count}" for label, count in list(one.labels.items())[:5]]
        rows.add_row(line(name), f"{one.runs:,}", f"{one.procedures:,}", one.last[:10], line(", ".join(remarks)))
    labels = [label for one in known if not one.identity for label in one.labels]
    hint = f"`memp projects move none:{labels[0]} PROJECT` gives such runs to a project." if labels else ""
    return Group(rows, line(hint, "dim")) if hint else rows


def _sentence(done: str, moved: Moved, target: str, *, dry_run: bool) -> "RenderableType":
    from memp_clients.screen.views import line, many

    what = f"{many(len(moved.runs), 'run')} and {many(len(moved.procedures), 'procedure')}"
    return line(f"{what} {'would be ' if dry_run else ''}{done} {target or 'no project'}.")
