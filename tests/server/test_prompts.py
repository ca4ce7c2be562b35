"""The prompt by which a person has a host keep what was just done."""

from pathlib import Path

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from memp.config import read_settings
from memp_server.app import make_server
from memp_server.opening import LazyMemory

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_a_person_can_have_kept_what_was_just_done(tmp_path: Path) -> None:
    served = LazyMemory(lambda: read_settings(db=tmp_path / "memory.sqlite3", model="hashing"))
    async with Client(make_server(served)) as client:
        assert len((await client.list_tools()).tools) == 3
        [prompt] = (await client.list_prompts()).prompts
        assert (prompt.name, prompt.title) == ("keep", "Keep what we just did")
        assert [argument.required for argument in prompt.arguments or ()] == [False]
        for about in ({}, {"about": "the release of 2.4"}):
            text = str((await client.get_prompt("keep", about)).messages[0].content.text)  # type: ignore[union-attr]
            assert "record_trajectory" in text and len(text) / 4 < 250
            assert ("the release of 2.4" in text) is bool(about)
        with pytest.raises(MCPError, match="no such prompt"):
            await client.get_prompt("clean")
