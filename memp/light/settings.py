"""Hook settings: the few that a hook reads before it imports anything heavy. config.Settings reads the same variables by
these rules."""

import os
import sys
from collections.abc import Mapping
from typing import NamedTuple

from memp.errors import MAX_QUOTED, ConfigError
from memp.light.private import followed
from memp.text.patterns import Pattern

EVENTS = ("start", "prompt", "tool", "end")
"""Events of a client that a hook is called for: a session begins, a person asks, a tool was used, a session ends."""


class HookSettings(NamedTuple):
    """Settings of a hook: the memory file, the project, the events that it reacts to, and the options that were `given`."""

    db: str
    project: str
    events: frozenset[str]
    given: Mapping[str, str]


def default_db() -> str:
    """The memory file where MEMP_DB names none."""
    if sys.platform == "linux" and not os.environ.get("XDG_DATA_HOME") and "ANDROID_DATA" not in os.environ:
        # What platformdirs says here, without its import, which takes a hook as long as the look-up.
        return os.path.expanduser("~/.local/share/memp/memory.sqlite3")
    import platformdirs

    return os.path.join(platformdirs.user_data_dir("memp", appauthor=False), "memory.sqlite3")


def _absolute(path: str) -> str:
    """A path that a person set, from the root.

    Raises:
        RuntimeError: it begins with a home that does not exist.
    """
    if path.startswith("/"):
        return path  # Most are: pathlib would take a hook longer than all settings.
    from pathlib import Path

    return str(Path(path).expanduser().absolute())


def read_hook_settings(environment: Mapping[str, str] = os.environ, /, **given: str) -> HookSettings:
    """Read MEMP_DB, MEMP_PROJECT and MEMP_HOOKS; settings that are `given`, by name, go before the environment.

    Raises:
        ConfigError: MEMP_HOOKS is not usable, or MEMP_DB names a home that does not exist.
    """
    path = given.get("db") or environment.get("MEMP_DB")
    try:
        db = followed(_absolute(path) if path else default_db())
    except RuntimeError as error:
        raise ConfigError(f"MEMP_DB is not usable: {error}") from error
    try:
        events = parse_events(environment.get("MEMP_HOOKS") or "on")
    except ValueError as error:
        raise unusable("MEMP_HOOKS", environment.get("MEMP_HOOKS"), str(error)) from error
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
        raise ValueError(f"set on, off, or some of {', '.join(EVENTS)}")
    return frozenset(words)


def is_on(value: object) -> bool:
    """Whether a setting that is true or false is set to true, by the words that config.Settings takes."""
    return str(value).strip().lower() in ("1", "true", "t", "yes", "y", "on")


def unusable(variable: str, value: object, remedy: str, *, given: bool = False) -> ConfigError:
    """The error of a setting's value that cannot be used: what it is, and what would do. One that was `given`, on the command
    line say, cannot be unset."""
    text = _CONTROLS.sub(" ", str(value))
    shown = text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}..."
    return ConfigError(f'{variable} is "{shown}": {remedy}{"" if given else ", or unset it"}.')


_CONTROLS = Pattern(r"[\x00-\x1f\x7f-\x9f]+")
