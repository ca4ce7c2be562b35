"""Checks of hosts for `memp doctor`: which start this server, on which memory, and which a person vouches for."""

from collections.abc import Sequence
from pathlib import Path

from memp.config import Settings
from memp.errors import HostError
from memp.light.settings import is_on
from memp_clients.commands.checkup.check import Check
from memp_clients.hosts import connect
from memp_clients.hosts.catalog import HOSTS
from memp_clients.hosts.host import Scope
from memp_clients.hosts.shell import differences, entry_command, entry_settings

SCOPES: tuple[Scope, ...] = ("user", "project")


def check_hosts(settings: Settings) -> list[Check]:
    """Which hosts start this server, and for which of them a person vouches; the files of all are read once."""
    try:
        place = connect.here()
    except HostError as error:
        return [Check("hosts", "warn", str(error), "Set HOME, or go to a folder that exists.")]
    connections = [connect.look(host, scope, place) for host in HOSTS for scope in SCOPES]
    return [_connected(connections, settings), _trusted(connections, settings)]


def _connected(connections: Sequence[connect.Connection], settings: Settings) -> Check:
    """Which hosts start this server, for all projects or for the current folder, and whether they use this memory."""
    name = "hosts"
    connected = [one for one in connections if one.entry is not None]
    unreadable = [one.reason for one in connections if one.state == "unreadable"]
    if unreadable:
        return Check(name, "warn", " ".join(unreadable), "Mend the file; its host cannot read it either.")
    if apart := [fault for one in connected if (fault := _apart(one, settings))]:
        todo = "Run `memp connect` for it again, here; or set here what its entry says."
        return Check(name, "warn", "; ".join(apart), todo)
    names = ", ".join(map(_named, connected))
    return Check(name, "ok", f"connected: {names}" if connected else "none: see `memp connect --list`")


def _apart(one: connect.Connection, settings: Settings) -> str:
    """How the server that a host starts differs from this shell; empty where it does not."""
    entry = one.entry or {}
    command = entry_command(entry)
    if not command:
        return ""  # It reaches a server that was started elsewhere.
    faults = differences(entry, settings.db, settings.project)
    if Path(command).is_absolute() and not Path(command).exists():
        faults.append(f"starts {command}, which is not there")
    return f"{_named(one)} {' and '.join(faults)}" if faults else ""


def _named(one: connect.Connection) -> str:
    return f"{one.host.title}{' (here)' if one.scope == 'project' else ''}"


def _trusted(connections: Sequence[connect.Connection], settings: Settings) -> Check:
    """For which clients a person vouches: what these say of an outcome counts as it says."""
    vouched = [_named(one) for one in connections if is_on(entry_settings(one.entry or {}).get("MEMP_TRUSTED", ""))]
    here = ["whatever runs in this shell (MEMP_TRUSTED)"] if settings.trusted else []
    if not vouched and not here:
        return Check("trusted", "ok", "no client: what agents tell is a claim until it was seen (docs/trust.md)")
    return Check("trusted", "ok", f"you vouch for {', '.join([*vouched, *here])}: their word counts as seen")
