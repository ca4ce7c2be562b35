"""Belonging: give runs and procedures to another project, let two projects be one, and name them. A person's act."""

from collections.abc import Sequence

from memp.inputs.reason import safe_project, safe_title
from memp.store import Projects


def move(store: Projects, runs: Sequence[int], procedures: Sequence[int], project: str, *, dry: bool) -> str:
    """Give runs and procedures to a project, which may be new, or to none; its name as it is stored."""
    target = safe_project(project)
    if not dry:
        store.move_to_project(runs, procedures, target, f"moved to {target or 'no project'}")
    return target


def merge(store: Projects, old: str, new: str, *, dry: bool) -> str:
    """Let what a project has, and what is recorded there later, belong to another, which may be new; the name of that."""
    target = safe_project(new)
    if not dry:
        store.merge_projects(old, target)
    return target


def rename(store: Projects, project: str, title: str, *, dry: bool) -> str:
    """Give a project the name that people and agents see, or with an empty one its own; the name as it is stored."""
    shown = safe_title(title)
    if not dry:
        store.name_project(project, shown)
    return shown
