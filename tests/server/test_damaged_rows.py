"""A row that is not as it was written is answered with a sentence that says so."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mcp.client import Client
from sealed import beside

from memp.config import Settings
from memp_server.app import make_server
from memp_server.opening import LazyMemory

RECORD = {"task": "clean the mug", "steps": ["wash the mug -> clean"], "outcome": "success"}


def said(path: Path, tool: str, **given: Any) -> str:
    async def talk() -> str:
        settings = Settings(db=path, model="hashing")
        async with Client(make_server(LazyMemory(lambda: settings))) as client:
            return str((await client.call_tool(tool, given)).content)

    return asyncio.run(talk())


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE revisions SET script = '{'",
        "UPDATE revisions SET script = x'ff00'",
        "UPDATE procedures SET created_at = 'then'",
        "UPDATE procedures SET tier = 'golden'",
        "UPDATE trajectories SET steps = '[{]'",
        "UPDATE trajectories SET steps = '7'",
        "UPDATE trajectories SET evidence = 'null'",
        "UPDATE trajectories SET provenance = x'00'",
    ],
)
def test_a_recall_says_that_the_file_is_damaged(tmp_path: Path, damage: str, run: Callable[..., Any]):
    path = tmp_path / "memory.sqlite3"
    said(path, "record_trajectory", **RECORD)
    database = beside(path)
    database.execute(damage)
    database.close()
    assert "The memory file is damaged" in said(path, "recall_procedure", task="clean the mug")


def test_a_fault_of_our_own_is_a_sentence_without_the_words_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("words that somebody recorded")

    monkeypatch.setattr("memp.memory.ProceduralMemory.recall", broken)
    answer = said(tmp_path / "memory.sqlite3", "recall_procedure", task="clean the mug")
    assert "recall_procedure failed by a fault of memp's own" in answer
    assert "somebody" not in answer and "Error executing" not in answer
