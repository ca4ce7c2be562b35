"""The page over the sample memory, for a browser that was let in."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from page_browser import HOST, Browser
from sample_memory import make_memory
from starlette.testclient import TestClient

from memp.config import open_memory, read_settings
from memp_clients.page.access import Access
from memp_clients.page.app import make_page
from memp_server.opening import LazyMemory


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the sample memory, made once."""
    path = tmp_path_factory.mktemp("sample") / "memory.sqlite3"
    make_memory(path)
    return path


@pytest.fixture
def browse(sample: Path, tmp_path: Path) -> Iterator[Callable[..., Browser]]:
    """Opens the page over a copy of the sample memory, with settings as given."""
    path = tmp_path / "memory.sqlite3"
    shutil.copy(sample, path)
    opened: list[LazyMemory] = []
    memory = open_memory(read_settings(db=path, model="hashing"))

    def browser(**settings: object) -> Browser:
        lazy = LazyMemory(lambda: read_settings(**{"db": path, "model": "hashing", **settings}))
        opened.append(lazy)
        access = Access(8000)
        client = TestClient(make_page(lazy, access), base_url=HOST)
        assert client.get(access.new_link()).status_code == 200
        return Browser(client, memory)

    yield browser
    for lazy in opened:
        lazy.close()
    memory.close()
