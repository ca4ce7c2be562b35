"""Work out how to connect and disconnect a host: the server in its configuration, the paragraph in its instructions, hooks.

Everything is worked out first, as changes of files (edits.Change); then all are made, or shown.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import platformdirs

from memp.errors import HostError
from memp_clients.hosts import edits, hook_files, instructions
from memp_clients.hosts.catalog import HOSTS, SERVER
from memp_clients.hosts.configs import FaultError, entry_in, with_entry, without_entry
from memp_clients.hosts.configs.fault import sound
from memp_clients.hosts.edits import Change
from memp_clients.hosts.host import Host, Launch, Place, Remote, Scope, System, choose
from memp_clients.hosts.origin import requirement
from memp_clients.hosts.shell import shell_settings
from memp_clients.json_values import JsonObject

State = Literal["connected", "not connected", "unreadable", "none"]

IN_USE = ("connected", "unreadable")
"""In these states a host may need the paragraph of instructions."""

SYSTEMS: dict[str, System] = {"darwin": "macos", "win32": "windows"}

_EPHEMERAL = re.compile(r"(?:archive|environments|builds)-v\d+")
"""Folders of uv's cache: what `uvx` runs from there is gone one day."""


@dataclass(frozen=True)
class Connection:
    """Whether one host is connected in one scope. `entry` is what stands in its file then, `reason` says why a file cannot
    be read, `hooked` whether our hooks are in it."""

    host: Host
    scope: Scope
    state: State
    path: Path | None = None
    reason: str = ""
    hooked: bool = False
    entry: JsonObject | None = None


def here() -> Place:
    """This machine, with its home and the current folder.

    Raises:
        HostError: the home folder or the current one is not known.
    """
    try:
        home, project = Path.home(), Path.cwd()
    except (RuntimeError, OSError):
        raise HostError(
            "The home folder or the current folder does not exist: set HOME, or change the folder."
        ) from None
    data = Path(platformdirs.user_data_dir("memp", appauthor=False))
    return Place(SYSTEMS.get(sys.platform, "linux"), home, project, data, os.environ)


def launch(place: Place, given: Mapping[str, object], program: str = "", prefix: str = "") -> Launch:
    """The command that starts the memp that runs now: its full path, as a host's PATH is not that of a terminal; or by uvx.

    `given` are the options that hold for every command (db, project, model). They and the settings of the shell become
    settings of the server, which is not started from that shell; secrets stay out of files.
    `program` and `prefix` are, where not given, this process's.
    """
    environment = shell_settings(place.environment, given).values
    if any(_EPHEMERAL.fullmatch(part) for part in Path(prefix or sys.prefix).parts):
        return Launch(shutil.which("uvx") or "uvx", ("--from", requirement(), "memp", "serve"), environment)
    ending = ".exe" if place.system == "windows" else ""
    called = Path(program or sys.argv[0]).absolute()
    python = Path(sys.executable)
    candidates = [
        *([called.with_name(f"memp{ending}")] if called.stem == "memp" else []),
        python.with_name(f"memp{ending}"),
    ]
    for candidate in candidates:
        if candidate.is_file():
            return Launch(str(candidate), ("serve",), environment)
    return Launch(str(python), ("-m", "memp_clients.cli", "serve"), environment)


def connecting(
    host: Host,
    scope: Scope,
    place: Place,
    start: Launch,
    *,
    instruct: bool,
    hook: bool = False,
    remote: Remote | None = None,
) -> list[Change]:
    """The changes that connect a host; with `instruct` also the paragraph of instructions, with `hook` the hooks, and with
    `remote` to a server that runs already.

    Raises:
        HostError: the host has no configuration in that scope, or it cannot be read or changed.
    """
    paths = _configs(host, scope, place)
    path = next((path for path in paths if _entry(host, path) is not None), choose(paths))
    before = edits.read(path)
    known = _entry(host, path) is not None
    entry = host.remote(remote) if remote and host.remote else host.entry(start)
    after = sound(path, lambda: with_entry(before, host.form, (host.servers, SERVER), entry))
    secret, own = remote.token if remote else "", scope == "user"
    changes = [Change(path, before, after, "update" if known else "connect", secret, own)]
    files = host.instructions(scope, place) if instruct else []
    if files:
        path = choose(files)
        before = edits.read(path)
        text = before
        after = sound(path, lambda: instructions.placed(text, host.head))
        changes.append(Change(path, before, after, "update" if instructions.is_placed(before) else "connect", own=own))
    if hook:
        changes.append(hook_files.hooking(host, scope, place, start))
    return changes


def disconnecting(host: Host, scope: Scope, place: Place, *, instruct: bool) -> list[Change]:
    """The changes that take out what `connecting` put in. A file that nobody touched since becomes what it was.

    With `instruct` the paragraph goes too, unless another connected host reads the same file.

    Raises:
        HostError: the host has no configuration in that scope, or it cannot be read or changed.
    """
    changes = [
        change for path in _configs(host, scope, place) if (change := _without_entry(host, path, place)) is not None
    ]
    if instruct:
        others = (other for other in HOSTS if other is not host and look(other, scope, place).state in IN_USE)
        needed = {path for other in others for path in other.instructions(scope, place)}
        files = [path for path in dict.fromkeys(host.instructions(scope, place)) if path not in needed]
        changes += [change for path in files if (change := _without_paragraph(host, path, place)) is not None]
    hooks = hook_files.unhooking(host, scope, place, backups(place))
    return [*changes, *([hooks] if hooks is not None else [])]


def look(host: Host, scope: Scope, place: Place) -> Connection:
    """Whether a host is connected in a scope; a file that cannot be read is no error here."""
    paths = host.configs(scope, place)
    if not paths:
        return Connection(host, scope, "none")
    try:
        hooked = hook_files.is_hooked(host, scope, place)
        for path in paths:
            if (entry := _entry(host, path)) is not None:
                return Connection(host, scope, "connected", path, hooked=hooked, entry=entry)
    except HostError as error:
        return Connection(host, scope, "unreadable", choose(paths), str(error))
    return Connection(host, scope, "not connected", choose(paths), hooked=hooked)


def backups(place: Place) -> Path:
    """The folder with the copies of what was changed."""
    return place.data / "backups"


def _configs(host: Host, scope: Scope, place: Place) -> list[Path]:
    paths = host.configs(scope, place)
    if not paths:
        raise HostError(f"{host.title} reads no servers from a project: use --scope user.")
    return paths


def _entry(host: Host, path: Path) -> JsonObject | None:
    source = edits.read(path)
    return sound(path, lambda: entry_in(source, host.form, (host.servers, SERVER)))


def _without_entry(host: Host, path: Path, place: Place) -> Change | None:
    before, entry, keys = edits.read(path), _entry(host, path), (host.servers, SERVER)
    if before is None or entry is None:
        return None
    first = edits.original(path, backups(place))

    def again() -> bytes | None:
        known = entry_in(first, host.form, keys) is not None
        return None if known else with_entry(first, host.form, keys, entry)

    after = first if _is(before, again) else sound(path, lambda: without_entry(before, host.form, keys))
    return Change(path, before, after, "disconnect")


def _without_paragraph(host: Host, path: Path, place: Place) -> Change | None:
    before = edits.read(path)
    if before is None or not instructions.is_placed(before):
        return None
    first = edits.original(path, backups(place))

    def again() -> bytes | None:
        return None if instructions.is_placed(first) else instructions.placed(first, host.head)

    after = first if _is(before, again) else sound(path, lambda: instructions.removed(before, host.head))
    return Change(path, before, after, "disconnect")


def _is(before: bytes, again: Callable[[], bytes | None]) -> bool:
    """Whether connecting what was there at first gives what is there now: then nothing else has changed since."""
    try:
        return again() == before
    except FaultError:
        return False
