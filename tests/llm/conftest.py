"""Fixtures of the language models' tests: a server of the Messages API, and no proxies."""

from collections.abc import Iterator

import pytest
from messages_api import MessagesAPI


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def messages_api() -> Iterator[MessagesAPI]:
    with MessagesAPI() as api:
        yield api
