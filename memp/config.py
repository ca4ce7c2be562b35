"""Settings from the environment, read here alone, and `open_memory`, the composition root: it puts the parts together."""

import logging
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from memp.build.builder import asks_model
from memp.domain.procedure import Form
from memp.domain.results import (
    KEPT_ANSWERS,
    MOST_MATCHES,
    BuilderChoice,
    Erasure,
    Options,
    Personal,
    Policy,
    Strategy,
    Write,
)
from memp.domain.trajectory import SUCCESS_REWARD
from memp.embed import Embedder
from memp.embed.background import Loading, Ready, Source
from memp.embed.load import HASHING, at_once, compiled_if_ready, open_embedder
from memp.embed.weights import DEFAULT_MODEL
from memp.errors import MAX_QUOTED, ConfigError, StoreError
from memp.light import private
from memp.light.project import NOWHERE, Place, settled
from memp.light.settings import default_db, parse_events, unusable
from memp.llm import LLM
from memp.llm.claude import DEFAULT_MODEL as DEFAULT_LLM
from memp.llm.claude import Claude
from memp.llm.connection import INSTALL
from memp.llm.programs import PROGRAMS, Headless, installed
from memp.memory import ProceduralMemory
from memp.reply import DEFAULT_BUDGET, LEAST_BUDGET
from memp.store import Store
from memp.store.sqlite.copies import gone
from memp.store.sqlite.store import SQLiteStore
from memp.text.redact import redact

log = logging.getLogger("memp")


def _location(path: Path) -> Path:
    """Make a path absolute, with `~` expanded."""
    # Hosts pass what stands in their JSON: no shell has expanded a `~` there.
    try:
        return path.expanduser().absolute()
    except RuntimeError as error:
        raise ValueError(str(error)) from error


Location = Annotated[Path, AfterValidator(_location)]
"""A path that is absolute at once, with `~` expanded; a relative one is one from the working directory."""


def _followed(path: Path) -> Path:
    """The memory file itself, where a link leads to it: what belongs to it lies beside the file and is replaced there."""
    return Path(private.followed(path))


def _stored_name(name: str) -> str:
    if redact(name)[1]:
        raise ValueError("it holds what looks like a secret, and is stored with each run: choose another name")
    return name


def _names(value: object) -> object:
    return tuple(name for part in value.split(",") if (name := part.strip())) if isinstance(value, str) else value


def _events(value: str) -> str:
    parse_events(value)
    return value


class Settings(BaseSettings):
    """Settings, by environment variables MEMP_<NAME>; each is described in docs/settings.md."""

    model_config = SettingsConfigDict(
        env_prefix="MEMP_", env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

    db: Annotated[Location, AfterValidator(_followed)] = Field(
        default_factory=lambda: _followed(Path(default_db())),
        description="the memory file",
    )
    read_only: bool = Field(False, description="open the memory without the right to change it")
    busy_timeout: float = Field(5.0, gt=0, le=600, description="seconds to wait for another process that writes")
    backups: int = Field(
        7, ge=0, le=1000, description="automatic backups that are kept beside the memory, one a day; 0: none are made"
    )
    project: Annotated[str, AfterValidator(_stored_name)] = Field(
        "",
        max_length=200,
        description="keeps what is learned apart; its procedures and those of no project are recalled",
    )
    cache: Location = Field(
        default_factory=lambda: Path(platformdirs.user_cache_dir("memp", appauthor=False)),
        description="where the compiled embedding model is kept",
    )
    model: str = Field(DEFAULT_MODEL, min_length=1, description="a sentence-transformers model, by name or folder")
    retrieve: Strategy = Field("hybrid", description="hybrid, query, facts or random")
    floor: float | None = Field(
        None, ge=0, le=1, description="the least probability that a procedure applies; by default .35"
    )
    limit: int = Field(1, ge=1, le=3, description="procedures in a recall reply, where the caller does not say")
    detail: Form = Field("proceduralization", description="script, trajectory or proceduralization")
    budget: int = Field(DEFAULT_BUDGET, ge=LEAST_BUDGET, le=20_000, description="tokens of a recall reply")
    update: Policy = Field("adjustment", description="vanilla, validation or adjustment")
    erase: Erasure = Field("posterior", description="posterior, reference or off")
    builder: BuilderChoice = Field("auto", description="auto, caller, claude or extractive")
    success_reward: float = Field(SUCCESS_REWARD, gt=0, le=1, description="the least reward that counts as success")
    seed: int = Field(0, description="seeds the random strategy")
    holdout: float = Field(
        0.0, ge=0, le=0.9, description="the share of recalls that bring nothing, to measure what the memory is worth"
    )
    keep_answers: int = Field(
        KEPT_ANSWERS, ge=0, le=100_000, description="recalls, the newest, whose words are kept; 0: of none"
    )
    stale_days: int = Field(0, ge=0, description="days after which a candidate that nobody used is archived; 0: never")
    capacity: int = Field(0, ge=0, description="procedures to keep in recall, the worst are archived; 0: no limit")
    environment: str = Field(
        "",
        max_length=200,
        description="a fingerprint of where agents work (versions, image): outcomes are kept apart by it",
    )
    tools: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)] = Field(
        (), description="the tools that agents have, separated by commas: what needs others is archived"
    )
    agent: str = Field("", max_length=200, description="the model that agents run on: outcomes are kept apart by it")
    write: Write = Field(
        "auto",
        description="what becomes of runs: auto stores them, ask lets them wait for memp review, off refuses them",
    )
    personal: Personal = Field(
        "keep",
        description="personal data in what comes in: keep, or hide e-mail addresses, numbers of cards, accounts, telephones",
    )
    trusted: bool = Field(
        False,
        description="you vouch for the client of this server: its evidence counts as what it says (docs/trust.md)",
    )
    card: bool = Field(False, description="show the review card in hosts that show MCP Apps (docs/page.md)")
    api_key: Annotated[
        SecretStr | None, Field(validation_alias=AliasChoices("MEMP_API_KEY", "ANTHROPIC_API_KEY"))
    ] = None  # fmt: skip
    base_url: Annotated[
        str | None, Field(validation_alias=AliasChoices("MEMP_BASE_URL", "ANTHROPIC_BASE_URL"))
    ] = None  # fmt: skip
    llm: str = Field(DEFAULT_LLM, description="the model that writes scripts and revisions")
    llm_timeout: float = Field(30.0, gt=0, le=3600, description="seconds to wait for it")
    hooks: Annotated[str, AfterValidator(_events)] = Field(
        "on", description="what hooks in clients do: on, off, or some of start, prompt, tool, end"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("WARNING", description="what is logged to stderr")

    def options(self) -> Options:
        """The settings that change how a memory behaves."""
        names = ["project", "retrieve", "update", "erase", "builder", "floor", "success_reward", "seed",
                 "holdout", "stale_days", "capacity", "environment", "tools", "agent", "write", "personal",
                 "trusted", "keep_answers"]  # fmt: skip
        return Options(**{name: getattr(self, name) for name in names})


def read_settings(**given: object) -> Settings:
    """Read the settings from the environment; what is given by name goes before it.

    Raises:
        ConfigError: a value is not usable, the sentence names the variable; or there is no such setting.
    """
    unknown = given.keys() - Settings.model_fields.keys()
    if unknown:
        raise ConfigError(f"There is no setting '{min(unknown)}'. There are {', '.join(Settings.model_fields)}.")
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # pyright: ignore[reportArgumentType]
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "?"
        variable = name if name.isupper() else f"MEMP_{name.upper()}"
        if remedy := _remedy(name, first):
            raise unusable(variable, first["input"], remedy, given=given.get(name) is not None) from None
        why = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{variable} is not usable: {why[0].lower()}{why[1:].rstrip('.')}.") from None


def _remedy(name: str, fault: ErrorDetails) -> str:
    """Values that a setting takes; empty where that cannot be said, as of a path or a secret."""
    if name not in Settings.model_fields or (fault["type"] == "value_error" and name == "project"):
        return ""  # What is said of a project by its own rule does not repeat it.
    schema = Settings.model_json_schema(by_alias=False)["properties"][name]
    schema = next((part for part in schema.get("anyOf", ()) if part.get("type") != "null"), schema)
    kind = schema.get("type")
    if "enum" in schema:
        return f"set {_either(schema['enum'])}"
    if kind == "boolean":
        return "set true or false"
    if kind in ("number", "integer"):
        return f"set a {'whole ' if kind == 'integer' else ''}number{_range(schema)}"
    if fault["type"] == "value_error" and name == "hooks":
        return str(fault.get("ctx", {}).get("error"))
    if "maxLength" in schema:
        return f"set at most {schema['maxLength']} characters"
    return ""


def _either(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _range(schema: Mapping[str, Any]) -> str:
    """The bounds of a number in words; empty where it has none."""
    least, over, most = schema.get("minimum"), schema.get("exclusiveMinimum"), schema.get("maximum")
    start = f" from {least:g}" if least is not None else f" above {over:g}" if over is not None else ""
    if most is None:
        return f"{start} on" if least is not None else start
    return f"{start} to {most:g}" if least is not None else f"{start}, at most {most:g}"


ELSEWHERE = ("MEMP_SERVER", "MEMP_TEST_")
"""Variables, or how they begin, that examples and tests read."""


def unknown_settings(environment: Mapping[str, str] = os.environ) -> list[str]:
    """A sentence for each variable MEMP_* that is no setting, with the nearest name that is one."""
    known = [f"MEMP_{name.upper()}" for name in Settings.model_fields]
    # On Windows names come in capitals; elsewhere a setting counts in any letters.
    names = sorted(name for name in environment if name.upper().startswith("MEMP_"))
    strange = [name for name in names if name.upper() not in known and not name.startswith(ELSEWHERE)]
    return [f"There is no setting {name[:MAX_QUOTED]}{_nearest(name, known)}" for name in strange]


def _nearest(name: str, known: Sequence[str]) -> str:
    # Without the beginning that all of them share.
    close = get_close_matches(name[5:].upper(), [one[5:] for one in known], n=1)
    return f": is MEMP_{close[0]} meant?" if close else ": it changes nothing (docs/settings.md has those there are)."


def open_memory(
    settings: Settings | None = None,
    *,
    llm: LLM | None = None,
    embedder: Source | None = None,
    most: int = MOST_MATCHES,
    place: Place = NOWHERE,
    **given: object,
) -> ProceduralMemory:
    """Open a memory as the settings say. Its embedder is loaded at once; a server passes `background_embedder`.

    Without `settings` they are those of the environment, and `given`, by name as `read_settings` takes them, goes before
    it: `open_memory(db="memory.sqlite3")`. `llm` and `embedder` are models themselves, not settings. `most` is the most
    procedures that a recall may be asked for; measurements ask for more than a person should. `place` is the project at hand,
    as `memp.light.project` reads it off a folder; none is looked for here.

    Raises:
        ConfigError: a setting is not usable.
        StoreError: the memory file cannot be used.
        EmbedderError: the embedding model cannot be found or loaded.
    """
    if settings is not None and given:
        raise ConfigError(f"Pass '{min(given)}' to read_settings: the settings that were passed go before it.")
    settings = settings or read_settings(**given)
    store = open_store(settings)
    source = embedder or Ready(open_embedder(settings.model, settings.cache))
    at = settled(place, store.merged_projects()) if place.identity else ""
    options = replace(settings.options(), most=most, at=at)
    return ProceduralMemory(store, source, llm or language_model(settings), options)


def open_store(settings: Settings) -> Store:
    """Open the store of a memory alone; a file that does not exist is made.

    Raises:
        StoreError: the memory file cannot be used.
    """
    return SQLiteStore(settings.db, busy_timeout=settings.busy_timeout, read_only=settings.read_only)


def require_memory(settings: Settings) -> None:
    """Refuse to go on without a memory file: for commands that only read, to which a mistyped path would be an empty memory.

    Raises:
        StoreError: there is no memory file, or its path cannot be looked at.
    """
    try:
        there = settings.db.exists()
    except OSError as error:
        raise StoreError(f"The memory {settings.db} cannot be opened ({error.strerror}): set MEMP_DB.") from error
    if not there:
        if lost := gone(settings.db):
            raise StoreError(lost)
        raise StoreError(
            f"There is no memory at {settings.db}: check --db or MEMP_DB. The first run that an agent or memp record "
            "records, or that memp import reads, makes one."
        )


def language_model(settings: Settings) -> LLM | None:
    """The configured language model: Claude, where there is a key or a base URL and the builder setting may want it.

    Raises:
        ConfigError: the builder setting names it, and the package that asks it is not installed.
    """
    if not asks_model(settings.builder) or not (settings.api_key or settings.base_url):
        return None
    if settings.builder == "claude" and find_spec("anthropic") is None:
        raise ConfigError(f"Claude is asked through the package anthropic, which is not installed: {INSTALL}.")
    key = settings.api_key.get_secret_value() if settings.api_key else None
    return Claude(
        settings.llm,
        api_key=key,
        base_url=settings.base_url,
        timeout=settings.llm_timeout,
        max_retries=1,
        max_tokens=8192,
    )


API = "api"
"""The writer that is reached through the Messages API, beside those of memp.llm.programs."""


def writing_model(settings: Settings, by: str | None = None, model: str = "", timeout: float = 300.0) -> LLM:
    """The language model that writes the scripts of runs afterwards: the Messages API, or a person's own program.

    Without `by` it is the API where there is a key or a base URL, else the first program that is installed.

    Raises:
        ConfigError: there is none, or not the one that `by` names.
    """
    keyed = bool(settings.api_key or settings.base_url)
    name = by or (API if keyed else next(iter(installed()), ""))
    if not name:
        raise ConfigError(
            "There is no language model to write with: set MEMP_API_KEY, or install and log in to "
            f"{', '.join(p.title for p in PROGRAMS.values())}."
        )
    if name in PROGRAMS:
        return Headless(name, model, timeout)
    if name != API:
        raise ConfigError(f"There is no writer '{name[:MAX_QUOTED]}': choose {API}, {', '.join(PROGRAMS)}.")
    if not keyed:
        raise ConfigError(
            "The Messages API needs a key: set MEMP_API_KEY or MEMP_BASE_URL, or choose another with --by."
        )
    changed = {"builder": "claude", "llm": model or settings.llm, "llm_timeout": timeout}
    llm = language_model(settings.model_copy(update=changed))
    assert llm is not None, "a key or a base URL is set"
    return llm


MODEL_PATIENCE = 3.0
"""Seconds from its start in which a call waits for the model: a compiled one takes about one. Who asks at the beginning of a
task would else be told by words alone that nothing fits."""


def background_embedder(settings: Settings) -> Loading:
    """An embedder that loads in the background, for a long-lived server.

    It serves the compiled model. Where that is missing and is not compiled at once, a process of its own does it first, so
    that the server itself never imports torch; only what cannot be compiled is served through torch.
    """

    def load() -> Embedder:
        quick = settings.model == HASHING or at_once(settings.model)
        if not quick and compiled_if_ready(settings.model, settings.cache) is None:
            _compile_apart(settings)
        return open_embedder(settings.model, settings.cache)

    return Loading(load, MODEL_PATIENCE)


def _compile_apart(settings: Settings) -> None:
    """Compile in a process that outlives this one, with nothing on this one's stdin and stdout."""
    command = [sys.executable, "-m", "memp.embed", settings.model, str(settings.cache), "--quiet"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            start_new_session=True, check=False,
        )  # fmt: skip
    except OSError as error:
        log.warning("The embedding model was not compiled, since no process could be started: %s", error)
        return
    if done.returncode:
        log.warning("The embedding model was not compiled: %s", done.stderr.decode(errors="replace").strip()[-500:])
