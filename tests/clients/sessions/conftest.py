"""Fixtures of the tests of sessions."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Write = Callable[[str, bytes | str], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(name: str, content: bytes | str) -> str:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return written


Document = Callable[..., dict[str, Any]]


@pytest.fixture
def document(run: Callable[..., tuple[int, str, str]]) -> Document:
    """Runs a command with --json, whatever its exit status: its document."""
    return lambda *arguments: json.loads(run(*arguments, "--json")[1])
