"""Hook settings: the few that a hook reads before it imports anything heavy. config.Settings reads the same variables by
these rules."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import platformdirs

from memp.errors import ConfigError

EVENTS = ("start", "prompt", "tool", "end")
"""Events of a client that a hook is called for: a session begins, a person asks, a tool was used, a session ends."""


class HookSettings(NamedTuple):
    """Settings of a hook: the memory file, the project, the events that it reacts to, and the options that were `given`."""

    db: Path
    project: str
    events: frozenset[str]
    given: Mapping[str, str]


def default_db() -> Path:
    """The memory file where MEMP_DB names none."""
    return Path(platformdirs.user_data_dir("memp", appauthor=False)) / "memory.sqlite3"


def read_hook_settings(environment: Mapping[str, str] = os.environ, /, **given: str) -> HookSettings:
    """Read MEMP_DB, MEMP_PROJECT and MEMP_HOOKS; settings that are `given`, by name, go before the environment.

    Raises:
        ConfigError: MEMP_HOOKS is not usable, or MEMP_DB names a home that does not exist.
    """
    path = given.get("db") or environment.get("MEMP_DB")
    try:
        db = Path(path).expanduser().absolute() if path else default_db()
    except RuntimeError as error:
        raise ConfigError(f"MEMP_DB is not usable: {error}") from error
    try:
        events = parse_events(environment.get("MEMP_HOOKS") or "on")
    except ValueError as error:
        raise ConfigError(f"MEMP_HOOKS is not usable: {error}.") from error
    return HookSettings(db, given.get("project", environment.get("MEMP_PROJECT", "")), events, given)


def parse_events(value: str) -> frozenset[str]:
    """The events that a value of MEMP_HOOKS stands for: all ("on"), none ("off"), or those named, between commas.

    Raises:
        ValueError: it names another one.
    """
    words = {word for part in value.lower().split(",") if (word := part.strip())}
    if words <= {"on"} or words == {"off"}:
        return frozenset(EVENTS if words != {"off"} else ())
    if not words <= set(EVENTS):
        raise ValueError(f"it is on, off, or some of {', '.join(EVENTS)}")
    return frozenset(words)
