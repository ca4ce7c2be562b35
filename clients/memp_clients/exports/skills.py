"""`memp export skills`: write procedures into a folder of skills, and show what was done."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType

from memp.config import Settings, open_memory, require_memory
from memp.domain.effects import why_held_back
from memp.domain.procedure import Tier
from memp.exchange.skills import fit_for_skills, left_out, not_foreign, skill_of
from memp.light.project import Place, named, place_of
from memp.text.homes import without_homes
from memp_clients.exports.persons import without_persons
from memp_clients.exports.skill_folders import Act, Does, apply, plan, read_manifest
from memp_clients.screen.models import NotNeeded
from memp_clients.screen.terminal import Terminal
from memp_clients.screen.views import line, table

MOST_LINES = 10
"""Procedures that are left out and named to a person; --json has all."""

SAID: dict[Does, str] = {
    "write": "written",
    "update": "updated",
    "remove": "removed",
    "keep": "unchanged",
    "edited": "left alone: a person changed it",
    "deleted": "left out: a person deleted its folder",
    "foreign": "left alone: that folder is not memp's",
}


def run_export(
    settings: Settings, terminal: Terminal, folder: Path, least: Tier, *, dry_run: bool, personal: bool = False
) -> None:  # fmt: skip
    """Bring a folder of skills in step with the memory, and say what was done.

    Raises:
        InputError: the folder cannot be used; nothing was changed in it, or the next run goes on where this one ended.
        StoreError: the memory cannot be read.
    """
    manifest = read_manifest(folder)
    shown = without_homes if personal else without_persons()
    require_memory(settings)
    memory = open_memory(settings, embedder=NotNeeded())
    try:
        scopes = memory.options.scopes if settings.project else None
        at = memory.project_of(named(settings.project) if settings.project else _place(folder))
        chosen = not_foreign(memory.store, fit_for_skills(memory.store, scopes, least), at)
        held = {
            f"p{one.id}": why_held_back(one)
            for one in not_foreign(memory.store, left_out(memory.store, scopes, least), at)
        }
        with terminal.progress() as bar:
            read = bar.track(chosen, description="Reading")
            wanted = [(p, skill_of(memory.store, p, at, counts=True).shown_as(shown)) for p in read]
            acts = plan(folder, memory.store, manifest, wanted, scopes)
            if acts and not dry_run:
                task = bar.add_task("Writing", total=len(acts))
                acts = apply(folder, manifest, acts, lambda: bar.advance(task))
    finally:
        memory.close()
    document = {**_document(folder, acts, dry_run=dry_run), "held_back": held}
    terminal.show(document, lambda: Group(_view(folder, acts, dry_run=dry_run, least=least), *_left_out(held)))


def _place(folder: Path) -> Place:
    """The project that a folder of skills lies in, which may not be there yet."""
    there = next((one for one in (folder.absolute(), *folder.absolute().parents) if one.exists()), folder.absolute())
    return place_of(str(there))


def _document(folder: Path, acts: Sequence[Act], *, dry_run: bool) -> dict[str, Any]:
    return {
        "folder": str(folder),
        "dry_run": dry_run,
        "skills": [{"name": act.name, "procedure": f"p{act.entry.procedure}", "does": act.does} for act in acts],
    }


def _left_out(held: Mapping[str, str]) -> list[RenderableType]:
    """What was asked for and is no skill, and what a person can do about it."""
    lines = [f"{name} is left out: it {why}." for name, why in [*held.items()][:MOST_LINES]]
    lines += [f"... and {len(held) - MOST_LINES:,} more: --json lists all."] if len(held) > MOST_LINES else []
    first = next(iter(held), "")
    lines += [f"`memp review {first}` shows it; with --approve it is exported next time."] if held else []
    return [line(text) for text in lines]


def _view(folder: Path, acts: Sequence[Act], *, dry_run: bool, least: Tier) -> RenderableType:
    shown = table("", "")
    for act in acts:
        if act.does != "keep":
            gone = "; its procedure is not exported any more" if act.does == "edited" and act.skill is None else ""
            shown.add_row(line(act.name), line(f"{SAID[act.does]}{gone}"))
    counts = Counter(SAID[act.does].partition(":")[0] for act in acts)
    sentence = (
        ", ".join(f"{count} {what}" for what, count in counts.items()) or "no procedure of that tier, nothing to write"
    )
    if not acts and least != "candidate":
        sentence += "; --all takes candidates too"
    ending = line(f"{folder}{', were this no dry run' if dry_run else ''}: {sentence}.")
    return Group(shown, ending) if shown.row_count else ending
