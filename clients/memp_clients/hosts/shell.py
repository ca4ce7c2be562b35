"""Settings of the shell (MEMP_*) and those in a host's entry: which go into it, and where the two name different memories.

A host starts the server in an environment of its own: Codex clears it, and an app that was not started from a terminal has
none of a shell's. So what the terminal heeds and the entry does not say, the server does not know.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr

from memp.config import Settings
from memp.light.settings import default_db
from memp_clients.json_values import JsonObject, items, mapping, text

_PATHS = ("MEMP_DB", "MEMP_CACHE")
_USER = re.compile(r"//[^/@\s]*@")


class ShellSettings(NamedTuple):
    """The settings that a shell has: those that may stand in a host's file, and the names of those that hold a secret."""

    values: Mapping[str, str]
    secret: tuple[str, ...] = ()


def shell_settings(environment: Mapping[str, str], given: Mapping[str, object]) -> ShellSettings:
    """Read the settings of a shell; those that were `given` as options, by name, go before them.

    An empty variable counts as not set, as everywhere, but an empty project that was given says that there is none.
    """
    known = {f"MEMP_{name.upper()}": name for name in Settings.model_fields}
    here = {name.upper(): value for name, value in environment.items() if value and name.upper() in known}
    here |= {f"MEMP_{name.upper()}": str(value) for name, value in given.items()}
    secret = tuple(sorted(name for name, value in here.items() if _is_secret(known[name]) or _USER.search(value)))
    values = {name: _absolute(name, value) for name, value in here.items() if name not in secret}
    return ShellSettings(dict(sorted(values.items())), secret)


def entry_settings(entry: JsonObject) -> Mapping[str, str]:
    """The settings that stand in a host's entry, under whichever key it keeps its environment."""
    nothing: JsonObject = {}
    kept = next((mapping(entry[key]) for key in ("env", "environment", "envs") if entry.get(key)), nothing)
    return {name.upper(): text(value) for name, value in kept.items() if name.upper().startswith("MEMP_")}


def entry_command(entry: JsonObject) -> str:
    """The program that a host's entry starts."""
    command = entry.get("command", entry.get("cmd"))
    return text(command) or text(next(iter(items(command)), ""))


def differences(entry: JsonObject, db: Path, project: str) -> list[str]:
    """How a host's server and this shell differ in the memory that they use; each is the end of a sentence.

    A `~` or a variable in an entry is the host's to expand, so a path with one is compared as a person's home has it.
    """
    own = entry_settings(entry)
    theirs = _place(own["MEMP_DB"]) if own.get("MEMP_DB") else Path(default_db())
    lines = [] if _same(theirs, db) else [f"uses {theirs}, not {db}"]
    other = own.get("MEMP_PROJECT", "")
    if other != project:
        lines.append(f"has {f'the project {other}' if other else 'no project'}, not {project or 'none'}")
    return lines


def _is_secret(name: str) -> bool:
    return Settings.model_fields[name].annotation == SecretStr | None


def _absolute(name: str, value: str) -> str:
    return str(_place(value)) if name in _PATHS else value


def _place(value: str) -> Path:
    try:
        return Path(value).expanduser().absolute()
    except RuntimeError:  # A `~name` of nobody here.
        return Path(value).absolute()


def _same(one: Path, other: Path) -> bool:
    return one == other or one.resolve() == other.resolve()
