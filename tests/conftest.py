"""Fixtures that several test files share."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from paths import ALFWORLD
from platformdirs import user_cache_path
from runs import BETTER, CHECKED, CLEAN_MUG, NOT_HELD, TASK

from memp.domain.results import Options
from memp.embed.background import Ready, Source
from memp.embed.compiled import CompiledEmbedder
from memp.embed.hashing import HashingEmbedder
from memp.embed.load import compile_model
from memp.embed.weights import DEFAULT_MODEL
from memp.light.project import FOLDERS
from memp.llm import LLM
from memp.memory import ProceduralMemory
from memp.store.sqlite.store import SQLiteStore
from memp_clients.cli import main

# On a busy machine an example may take seconds: how long it takes decides nothing.
hypothesis.settings.register_profile("memp", deadline=None)
hypothesis.settings.load_profile("memp")


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """Folder of compiled models, kept between test runs: MEMP_TEST_CACHE, or the user's own cache."""
    return Path(os.environ.get("MEMP_TEST_CACHE") or user_cache_path("memp"))


@pytest.fixture(scope="session")
def compiled(model_cache: Path) -> CompiledEmbedder:
    """The default model, compiled the first time; of several test processes one compiles and the others wait."""
    return compile_model(DEFAULT_MODEL, model_cache)


@pytest.fixture(autouse=True)
def no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the settings, or the API key, of whoever runs it."""
    for name in [*os.environ]:
        if name.startswith(("MEMP_", "ANTHROPIC_")) and name != "MEMP_TEST_CACHE" and not name.startswith("MEMP_TEST_"):
            monkeypatch.delenv(name)
    for name in FOLDERS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def open_memory(tmp_path: Path) -> Iterator[Callable[..., ProceduralMemory]]:
    """Opens memories on one file of the test's own; hashed vectors, and options as given."""
    opened: list[ProceduralMemory] = []

    def opener(*, llm: LLM | None = None, embedder: Source | None = None, path: str = "memory.sqlite3", **options: Any):
        store = SQLiteStore(tmp_path / path, busy_timeout=options.pop("busy_timeout", 5.0))
        source = embedder or Ready(HashingEmbedder())
        memory = ProceduralMemory(store, source, llm, Options(**options))
        opened.append(memory)
        return memory

    yield opener
    for memory in opened:
        memory.close()


@pytest.fixture
def memory(open_memory: Callable[..., ProceduralMemory]) -> ProceduralMemory:
    """A memory with the default options and hashed vectors."""
    return open_memory()


@pytest.fixture
def on_trial(memory: ProceduralMemory) -> ProceduralMemory:
    """A memory of one procedure, p1, that failed once, with a revision, p1r2, on trial."""
    memory.record(TASK, CLEAN_MUG, "success", evidence=CHECKED)
    memory.reflect(TASK, NOT_HELD, "Nothing happens", used=["p1"], revision=BETTER)
    return memory


@pytest.fixture(scope="session")
def games() -> Path:
    """The folder with ALFWorld's games, from MEMP_TEST_ALFWORLD or beside the repository; skips where there is none."""
    if not (ALFWORLD / "games.jsonl.xz").is_file():
        pytest.skip(f"needs ALFWorld's games in {ALFWORLD}: set MEMP_TEST_ALFWORLD")
    return ALFWORLD


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a memory of the test's own, for commands; an embedder without a model."""
    monkeypatch.setenv("MEMP_DB", str(tmp_path / "memory.sqlite3"))
    monkeypatch.setenv("MEMP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MEMP_MODEL", "hashing")
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs a command: its exit status, stdout and stderr."""

    def ran(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        out, err = capsys.readouterr()
        return status, out, err

    return ran


@pytest.fixture
def document(run: Callable[..., tuple[int, str, str]]) -> Callable[..., dict[str, Any]]:
    """Runs a command that works, with --json: its one document."""

    def ran(*arguments: str) -> dict[str, Any]:
        status, out, err = run(*arguments, "--json")
        assert (status, err) == (0, "")
        return json.loads(out, parse_constant=_refused)

    return ran


def _refused(name: str) -> None:
    """Python writes and reads NaN and Infinity; no other program has to."""
    pytest.fail(f"{name} is not JSON")
