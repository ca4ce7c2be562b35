"""Project identity: which repository a folder belongs to, by a name that outlives the folder.

A project is a repository: its remote as host/owner/name where it has one, else the path of its root (below a home as
~/..., whoever's it is). Worktrees belong to their repository, a submodule is one of its own. Without a repository it is the
nearest folder with the mark of a project. None is a home folder, and a folder that holds no such mark: what is done in
~/Downloads or in a temporary folder belongs to no project, and each of these would be one that nobody comes back to.

Of a folder that does not exist, as in an imported log, its path is all that is known. It belongs to a project that the
memory knows further up.

Nothing is run and no network is asked; a folder that does not answer within `PATIENCE` is read by its path alone.
"""

import _thread
import os
import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from memp.light.repository import local_remote, normalised_remote, repository_at
from memp.text.homes import below_home
from memp.text.patterns import Pattern

PATIENCE = 1.0
"""Seconds that a folder has to answer: one of a network that is gone never does."""

MAX_IDENTITY = 200

MARKS = (
    ".hg", ".svn", ".jj", "pyproject.toml", "setup.py", "package.json", "Cargo.toml", "go.mod", "pom.xml", "build.gradle",
    "build.gradle.kts", "composer.json", "Gemfile", "mix.exs", "CMakeLists.txt", "deno.json", "pubspec.yaml",
    "Package.swift", "AGENTS.md", "CLAUDE.md", "GEMINI.md", ".cursor", ".vscode", ".idea",
)  # fmt: skip
"""Files and folders by which a folder is a project where it is no repository."""

FOLDERS = ("CLAUDE_PROJECT_DIR", "CURSOR_PROJECT_DIR", "GEMINI_PROJECT_DIR", "WORKSPACE_FOLDER_PATHS")
"""Variables with which hosts name the folder they are opened in, when they start a server elsewhere."""

_WORKTREE = Pattern(r"[/\\](?:\.claude[/\\]worktrees|\.worktrees)[/\\].*", re.DOTALL)
_DRIVE = Pattern(r"[A-Za-z]:[\\/]|\\\\")
_HOME = Pattern(
    r"(?:/home|/Users|/export/home|/var/home|[a-z]:/users|[a-z]:/documents and settings)/[^/]+|/root|/var/root"
)
_ABOVE = frozenset("/ /home /Users /export /export/home /var /var/home /net /mnt /media /nfs /afs".split())
"""Folders above homes and mounts, in which nothing is looked for: a look may ask a network."""


class Place(NamedTuple):
    """The project of a folder: its identity, empty where it is of none; identities that it had before, as the path of a
    repository that got a remote; and folders further up that it belongs to if one of them is known as a project."""

    identity: str = ""
    earlier: tuple[str, ...] = ()
    within: tuple[str, ...] = ()


NOWHERE = Place()


def settled(place: Place, same_as: Mapping[str, str]) -> str:
    """The identity by which a memory knows the project. `same_as` has its projects, each with the one that it was merged
    into, or nothing."""
    names = [name for name in (place.identity, *place.earlier) if name]
    known = next((name for name in names if name in same_as), None)
    if known is None:
        known = next((name for name in place.within if name in same_as and _holds_one(name, same_as)), place.identity)
    return _followed(known, same_as)


def _holds_one(folder: str, projects: Collection[str]) -> bool:
    """Whether no project lies in the folder of another: one with several in it only keeps them."""
    return not any(name.startswith(f"{folder}/") for name in projects)


def _followed(name: str, same_as: Mapping[str, str]) -> str:
    """The project that this one was merged into, however often."""
    seen = {name}
    while (after := same_as.get(name, "")) and after not in seen:
        seen.add(after)
        name = after
    return name


def named(name: str) -> Place:
    """The project that a person named (MEMP_PROJECT), perhaps by a path."""
    return Place(below_home(name.strip())[:MAX_IDENTITY])


def folder_of_process(environment: Mapping[str, str] = os.environ) -> str:
    """The folder that a host started this process for: one that it names and that is of a project, else the working folder."""
    return _folder_by_host(environment) or working_folder()


def place_by_host(environment: Mapping[str, str]) -> Place:
    """The project of the folder that a host names in the environment."""
    return place_of(_folder_by_host(environment))


def _folder_by_host(environment: Mapping[str, str]) -> str:
    """The first folder that a host names and that is of a project; empty where there is none."""
    named_ones = (folder for variable in FOLDERS for folder in _folders(environment.get(variable, "")))
    return next((folder for folder in named_ones if os.path.isdir(folder) and place_of(folder).identity), "")


def place_of_terminal() -> Place:
    """The project of the working folder."""
    return place_of(working_folder())


def working_folder() -> str:
    """The working folder of this process; empty where it was deleted meanwhile."""
    try:
        return os.getcwd()
    except OSError:
        return ""


def _folders(value: str) -> list[str]:
    """The folders of a variable: one, or several between commas."""
    value = value.strip().strip("[]")
    return [folder for part in value.split(",") if (folder := part.strip().strip('"'))]


def place_of(folder: str | None) -> Place:
    """The project of a folder, in at most `PATIENCE` seconds."""
    folder = local_remote(folder, "/") if folder and folder.startswith("file://") else folder
    if not folder or not _is_absolute(folder):
        return NOWHERE
    folder = os.path.expanduser(folder) if folder.startswith("~") else folder
    home = _home()
    answer: list[Place] = []
    # Not `threading`, whose import takes a hook a millisecond. A thread that waits for a dead file system is left behind.
    looked = _thread.allocate_lock()
    looked.acquire()

    def look() -> None:
        try:
            answer.append(_looked_up(folder, home))
        finally:
            looked.release()

    _thread.start_new_thread(look, ())
    looked.acquire(timeout=PATIENCE)
    return answer[0] if answer else _by_path(_clean(folder), home)


place_of_log = lru_cache(maxsize=1_000)(place_of)
"""`place_of`, asked once for each folder of the many records of logs."""


def _is_absolute(folder: str) -> bool:
    return folder.startswith(("/", "~")) or _DRIVE.match(folder) is not None


def _home() -> str:
    """The own home; empty where there is none."""
    home = os.path.expanduser("~")
    return "" if home == "~" else os.path.realpath(home)


def _looked_up(folder: str, home: str) -> Place:
    """The project of a folder by what lies in it and above it."""
    here = _WORKTREE.sub("", folder)
    try:
        if not os.path.isdir(here):
            return _by_path(_clean(here), home)
    except ValueError:
        return NOWHERE
    here = _WORKTREE.sub("", os.path.realpath(here))
    marked = ""
    for at in _upwards(here, home):
        repository = repository_at(at)
        if repository is not None:
            root = _WORKTREE.sub("", os.path.realpath(repository.root))
            return _by_remote(repository.remote, root, home)
        if not marked and any(os.path.lexists(os.path.join(at, mark)) for mark in MARKS):
            marked = at
    return Place(_identity(marked, home)) if marked else NOWHERE


def _upwards(folder: str, home: str) -> Iterable[str]:
    """A folder and those above it, up to a home, or to where git is told to stop."""
    ceilings = {
        os.path.normpath(path) for path in os.environ.get("GIT_CEILING_DIRECTORIES", "").split(os.pathsep) if path
    }
    while not _is_above(folder, home) and folder not in ceilings:
        yield folder
        folder = os.path.dirname(folder)


def _is_above(folder: str, home: str) -> bool:
    """Whether a folder is a home, or one above it: no project."""
    if folder == home or home.startswith(f"{folder.rstrip('/')}/"):
        return True
    if folder in _ABOVE or os.path.dirname(folder) in (folder, ""):
        return True
    return _HOME.fullmatch(_clean(folder)) is not None


def _by_remote(remote: str, root: str, home: str) -> Place:
    path = "" if _is_above(root, home) else _identity(root, home)
    local = local_remote(remote, root) if remote else ""
    shared = normalised_remote(remote) or (_identity(local, home) if local else "")
    if not shared or shared == path:
        return Place(path)
    return Place(shared[:MAX_IDENTITY], (path,) if path else ())


def _by_path(path: str, home: str) -> Place:
    """The project of a folder of which there is nothing but the path."""
    path = _WORKTREE.sub("", path)
    if _is_above(path, home) or _is_passing(path, home):
        return NOWHERE
    above: list[str] = []
    at = os.path.dirname(path)
    while not _is_above(at, home):
        above.append(_identity(at, home))
        at = os.path.dirname(at)
    return Place(_identity(path, home), within=tuple(above))


def _is_passing(path: str, home: str) -> bool:
    """Whether a folder that is gone was one to work in once: a temporary one, or one that a client made for itself."""
    own = os.environ.get("TMPDIR", "/tmp").rstrip("/")
    temporary = {own, os.path.realpath(own), "/tmp", "/var/tmp", "/private/tmp"} - {""}
    if home and path.startswith(f"{home}/"):
        return path.startswith(f"{home}/.")
    return any(path == one or path.startswith(f"{one}/") for one in temporary)


def _clean(path: str) -> str:
    """A path of any system with slashes between its names, and without "." and ".."; one of Windows in small letters."""
    if _DRIVE.match(path):
        path = path.replace("\\", "/").casefold()
    return os.path.normpath(path) if not path.startswith("//") else f"/{os.path.normpath(path)}"


def _identity(folder: str, home: str) -> str:
    """The identity of a project that has no remote: its path, below a home without whose that is.

    It is stored, and exported, and what a memory stores names no home: the identity is as `memp.text.homes` leaves a path.
    """
    path = _clean(folder)
    own = _clean(home) if home else ""
    path = f"~{path[len(own) :]}" if own and path.startswith(f"{own}/") else below_home(path)
    return path.encode("utf-8", errors="replace").decode("utf-8")[-MAX_IDENTITY:]


def titles(identities: Iterable[str], given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Short names of projects: those that are `given`, else the last name of each, with those before it where two share it."""
    given = given or {}
    names = {one: [part for part in one.split("/") if part] or [one] for one in dict.fromkeys(identities)}
    short: dict[str, str] = {}
    for one, parts in names.items():
        others = [theirs for other, theirs in names.items() if other != one]
        length = next(
            (n for n in range(1, len(parts)) if all(theirs[-n:] != parts[-n:] for theirs in others)), len(parts)
        )
        short[one] = given.get(one) or ("/".join(parts[-length:]) if length < len(parts) else one)
    return short
