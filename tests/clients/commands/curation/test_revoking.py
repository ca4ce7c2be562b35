"""`memp revoke`: what a person is shown of it and asked. What it does is in tests/update."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memp.config import open_memory
from memp.domain.origin import Origin

Run = Callable[..., tuple[int, str, str]]
SESSION = Origin(channel="tool", client="an agent", name="one session")


@pytest.fixture
def brought(home: Path) -> int:
    """The number of runs that o1 brought; each made a procedure of its own."""
    with open_memory(db=home / "memory.sqlite3", model="hashing") as memory:
        for word in "alder birch cedar elm fir gum hazel ivy juniper larch maple oak".split():
            memory.record(f"{word}ing", [f"{word} it -> ok", f"see {word}s -> {word}"], "success", origin=SESSION)
        return memory.store.stats().procedures


def test_an_origin_is_summed_up_and_listed_with_json(brought: int, run: Run, document: Callable[..., dict[str, Any]]):
    planned = document("revoke", "o1", "--dry-run")
    assert len(planned["archived"]) == brought == 12
    shown = run("revoke", "o1", "--dry-run")[1]
    assert "12 runs of o1 are withdrawn." in shown and "12 procedures archived" in shown
    assert "and 2 more: --json lists all" in shown and "p12 " not in shown
    assert "12 procedures archived" in run("revoke", "o1")[2]
    done = document("revoke", "o1", "--yes")
    assert {**done, "done": [], "would": done["done"]} == planned
    assert "12 runs of o1 were withdrawn before." in run("revoke", "o1", "--yes")[1]


@pytest.mark.parametrize("name", ["x9", "p1", "o", "t1r2"])
def test_what_is_neither_a_run_nor_an_origin_is_said_in_words_of_the_terminal(brought: int, run: Run, name: str):
    status, _, err = run("revoke", name, "--yes")
    assert status == 1 and f'"{name}" is no run and no origin: pass the id of one, like t12 or o3' in err
    assert "record_trajectory" not in err
