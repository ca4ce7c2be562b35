"""Dependencies of a procedure: files, tools and versions that all of its runs had, and which of them are gone or changed here.

They are read off the runs that a procedure came from. Only whether a file or a tool is there is looked at, in the project that
the runs were in; nothing of a memory is ever executed, so versions are told and not compared.
"""

import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import NamedTuple, Protocol

from memp.domain.procedure import Procedure
from memp.domain.trajectory import Step, Trajectory
from memp.store import Trajectories
from memp.text.actions.shell import commands_in
from memp.text.vocabulary import words_of

MOST_RUNS = 5
"""Source runs that are looked at, the newest."""

MOST_TOLD = 3
"""Doubts of one procedure that a reply has."""

DEPTH, MOST_FOLDERS = 2, 300
"""Levels and number of the folders in which a file is looked for that is not where it was."""

_FILE_STEP = re.compile(r"(?P<verb>Read|Edit): (?P<path>[^\s,{}*?<>|\"']{1,200})\Z")
_SHELL_STEP = re.compile(r"(?:Bash|bash|shell|\$)[:\s]\s*(?P<command>.+)", re.DOTALL)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=\S*\s+")
_PROGRAM = re.compile(r"(?:[\w.-]+/|\./)*[A-Za-z][\w.+-]{0,40}\Z")
_SCRIPT = re.compile(r"(?:\./)?(?:[\w.-]+/)+[\w-]+(?:\.\w{1,5})?\Z|[\w-]+\.(?:sh|py|js|ts|rb|pl|ps1)\Z")
_ASKS_VERSION = re.compile(r"--version\b|\s-[vV]\b|\bversion\b")
_VERSION = re.compile(r"\bv?\d{1,4}\.\d{1,4}(?:\.\d{1,6})?\b")
_BUILT_IN = words_of(
    """cd pushd popd echo export set unset source alias test true false exit return if then else fi for do done while read
    eval exec trap wait umask type command sudo env time nohup nice xargs function local printf pwd kill"""
)
"""Words of a shell, which no file on the PATH has to have."""


class Dependencies(NamedTuple):
    """Dependencies that all runs of a procedure had: files that they read or changed first thing, programs, versions seen."""

    files: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    last: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    projects: frozenset[str] = frozenset()


class DependencyStore(Trajectories, Protocol):
    """The part of a store that is used here."""


def dependencies_of(store: DependencyStore, procedure: Procedure) -> Dependencies:
    """The dependencies of a procedure.

    Raises:
        StoreError: the store cannot be read.
    """
    runs = [store.trajectory(run) for run in sorted(procedure.trajectories)[-MOST_RUNS:]]
    if not runs:
        return Dependencies()
    files, tools, versions = (_common(read, runs) for read in (_files, _tools, _versions))
    projects = frozenset(run.provenance.project for run in runs if run.provenance.project)
    return Dependencies(files, tools, versions, max(run.created_at for run in runs), projects)


def doubts(
    needs: Dependencies, folder: Path, project: str, which: Callable[[str], str | None] = shutil.which
) -> list[str]:  # fmt: skip
    """Why a procedure may not work in a folder of a project any more, as ends of a sentence; none where it is of another."""
    if project not in needs.projects:
        return []
    places = {name: _places(folder, name) for name in needs.files}
    gone = [name for name, paths in places.items() if not paths]
    changed = [name for name, paths in places.items() if paths and all(_changed(path, needs.last) for path in paths)]
    missing = [tool for tool in needs.tools if "/" not in tool and which(tool) is None]
    return [
        *(f"{name} is gone" for name in gone),
        *(f"{tool} is not on the PATH that memp has" for tool in missing),
        *(f"{name} has changed since its last success" for name in changed),
    ][:MOST_TOLD]


def _common(read: Callable[[Trajectory], Sequence[str]], runs: Sequence[Trajectory]) -> tuple[str, ...]:
    """The texts that are read off every run, in the order of the first."""
    first, *others = (read(run) for run in runs)
    shared = reduce(lambda kept, more: kept & set(more), others, set(first))
    return tuple(name for name in dict.fromkeys(first) if name in shared)


def _files(run: Trajectory) -> list[str]:
    """Relative files that a run found: what it read, or ran as a script, before it may have written it."""
    names: list[str] = []
    written: set[str] = set()
    for step in run.steps:
        match = _FILE_STEP.match(step.action)
        if match is None:
            names += [name for name in _scripts(step) if name not in written]
            continue
        path = match["path"].replace("\\", "/")
        if match["verb"] == "Edit" or path in written or path.startswith(("/", "~", "..")) or ":" in path:
            written.add(path)
        else:
            names.append(path)
    return names


def _commands(step: Step) -> Iterable[list[str]]:
    """The commands of a step of a shell, as words."""
    match = _SHELL_STEP.match(step.action)
    if match is None or "<<" in match["command"]:
        return
    for command in commands_in(match["command"]):
        while assigned := _ASSIGNMENT.match(command):
            command = command[assigned.end() :]
        if command:
            yield command.split()


def _tools(run: Trajectory) -> list[str]:
    return [
        words[0]
        for step in run.steps
        for words in _commands(step)
        if _PROGRAM.match(words[0]) and words[0] not in _BUILT_IN and not _failed(step)
    ]


def _scripts(step: Step) -> list[str]:
    """Scripts of the project that a command runs: ./scripts/release.sh, python tools/x.py."""
    return [
        word.removeprefix("./")
        for words in _commands(step)
        for word in words[:2]
        if _SCRIPT.match(word) and not word.startswith(("-", "..")) and not _failed(step)
    ]


def _failed(step: Step) -> bool:
    return "not found" in step.observation[:400].lower() or "no such file" in step.observation[:400].lower()


def _versions(run: Trajectory) -> list[str]:
    """Versions that a run asked for and saw: "python 3.11.7"."""
    return [
        f"{words[0]} {version[0]}"
        for step in run.steps
        for words in _commands(step)
        if _ASKS_VERSION.search(" ".join(words)) and (version := _VERSION.search(step.observation[:400]))
    ]


def _places(folder: Path, name: str) -> list[Path]:
    """Where a file of a run is, which may have worked in another folder of the project: in this one, in those above it up to the
    root of the repository, or in those within it."""
    above = _upwards(folder)
    known = [path for at in above if _there(path := at / name)]
    return known or [path for at in _within(above[-1]) if _there(path := at / name)]


def _upwards(folder: Path) -> list[Path]:
    """A folder and those above it up to the root of its repository; itself where it is in none."""
    folders = [folder, *folder.parents]
    root = next((at for at, one in enumerate(folders) if _there(one / ".git")), 0)
    return folders[: root + 1]


def _within(root: Path) -> list[Path]:
    """The folders within one, `DEPTH` deep and at most `MOST_FOLDERS`, but for hidden ones."""
    folders, level = list[Path](), [root]
    for _ in range(DEPTH):
        level = [folder for above in level for folder in _folders(above)][: MOST_FOLDERS - len(folders)]
        folders += level
    return folders


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(
            one for one in folder.iterdir() if one.name[:1] != "." and one.name != "node_modules" and one.is_dir()
        )
    except OSError:  # Nobody may look there.
        return []


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # Nobody may look there: that says nothing.
        return True


def _changed(path: Path, since: datetime) -> bool:
    try:
        return path.is_file() and datetime.fromtimestamp(path.stat().st_mtime, UTC) > since
    except OSError:
        return False
