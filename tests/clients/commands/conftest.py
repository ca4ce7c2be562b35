"""Fixtures of the tests of commands."""

from pathlib import Path
from typing import Any

import pytest

from memp.config import open_memory, read_settings


@pytest.fixture
def memory(home: Path) -> Any:
    """The memory that the commands see."""
    opened = open_memory(read_settings())
    yield opened
    opened.close()
