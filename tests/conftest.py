"""Fixtures that several test files share."""

import os
from pathlib import Path

import pytest
from platformdirs import user_cache_path

from memp.embed.compiled import CompiledEmbedder
from memp.embed.load import compile_model
from memp.embed.weights import DEFAULT_MODEL


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """Where compiled models are kept between test runs: MEMP_TEST_CACHE, or the user's own cache."""
    return Path(os.environ.get("MEMP_TEST_CACHE") or user_cache_path("memp"))


@pytest.fixture(scope="session")
def compiled(model_cache: Path) -> CompiledEmbedder:
    """The default model, compiled the first time; of several test processes one compiles and the others wait."""
    return compile_model(DEFAULT_MODEL, model_cache)
