"""A store of every engine."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from stored import ENGINES

from memp.store import Store

Opener = Callable[[], Store]


@pytest.fixture(params=ENGINES)
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens stores on one memory; they are closed after the test."""
    with ExitStack() as stack:

        def opener() -> Store:
            store = ENGINES[request.param](tmp_path)
            stack.callback(store.close)
            return store

        yield opener


@pytest.fixture
def store(open_store: Opener) -> Store:
    return open_store()
