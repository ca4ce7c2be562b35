"""The terminal's `export`: what is told it, and what it shows."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memp.procedure import Tier

if TYPE_CHECKING:
    from rich.console import RenderableType

    from memp_clients.skill_folders import Act

export = typer.Typer(help="Take what was learned elsewhere.")

TOLD = {
    "write": "written",
    "update": "updated",
    "remove": "removed",
    "keep": "unchanged",
    "edited": "left alone: a person changed it",
    "deleted": "left out: a person deleted its folder",
    "foreign": "left alone: that folder is not memp's",
}


@export.command("skills")
def skills(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the skills go, like ~/.claude/skills.")],
    everything: Annotated[bool, typer.Option("--all", help="Candidates too, which nothing has confirmed.")] = False,
    tier: Annotated[Tier, typer.Option(help="The least that a procedure must be.")] = "validated",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
) -> None:
    """Write procedures as Agent Skills, a folder with a SKILL.md each; run again, it brings them up to date."""
    from memp.config import open_memory
    from memp.skills import fit_for_skills, skill_of
    from memp_clients import models, skill_folders

    folder = folder.expanduser()
    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    manifest = skill_folders.read_manifest(folder)
    memory = open_memory(settings, embedder=models.NotNeeded())
    try:
        scopes = memory.options.scopes if settings.project else None
        chosen = fit_for_skills(memory.store, scopes, "candidate" if everything else tier)
        with terminal.progress() as bar:
            wanted = [(p, skill_of(memory.store, p, counts=True)) for p in bar.track(chosen, description="Reading")]
            acts = skill_folders.plan(folder, memory.store, manifest, wanted, scopes)
            if not dry_run:
                task = bar.add_task("Writing", total=len(acts))
                acts = skill_folders.apply(folder, manifest, acts, lambda: bar.advance(task))
    finally:
        memory.close()
    terminal.show(_document(folder, acts, dry_run=dry_run), lambda: _view(folder, acts, dry_run=dry_run))


def _document(folder: Path, acts: "Sequence[Act]", *, dry_run: bool) -> dict[str, Any]:
    return {
        "folder": str(folder),
        "dry_run": dry_run,
        "skills": [{"name": a.name, "procedure": f"p{a.entry.procedure}", "does": a.does} for a in acts],
    }


def _view(folder: Path, acts: "Sequence[Act]", *, dry_run: bool) -> "RenderableType":
    from rich.console import Group

    from memp_clients.views import line, table

    shown = table("", "")
    for act in acts:
        if act.does != "keep":
            gone = "; its procedure is not exported any more" if act.does == "edited" and act.skill is None else ""
            shown.add_row(line(act.name), line(f"{TOLD[act.does]}{gone}"))
    counts = Counter(TOLD[act.does].partition(":")[0] for act in acts)
    said = (
        ", ".join(f"{count} {told}" for told, count in counts.items()) or "no procedure of that tier, nothing to write"
    )
    ending = line(f"{folder}{', were this no dry run' if dry_run else ''}: {said}.")
    return Group(shown, ending) if shown.row_count else ending
