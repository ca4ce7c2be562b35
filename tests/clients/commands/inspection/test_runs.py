"""`memp runs` and the filters of `memp list`."""

from collections.abc import Callable
from typing import Any

import pytest

from memp.memory import ProceduralMemory

Document = Callable[..., dict[str, Any]]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def known(memory: ProceduralMemory) -> None:
    memory.record("Bake bread", ["mix -> dough", "bake -> bread"], "success")
    memory.record("Bake bread again", ["mix -> dough", "burn it -> smoke"], "failure", used=["p1"])


def test_runs_are_listed_the_last_first_and_filtered(document: Document, run: Run):
    found = document("runs")
    assert [one["id"] for one in found["runs"]] == ["t2", "t1"] and found["of"] == 2
    assert [one["id"] for one in document("runs", "--outcome", "failed")["runs"]] == ["t2"]
    assert [one["id"] for one in document("runs", "--limit", "1")["runs"]] == ["t2"]
    assert document("runs", "--until", "2000-01-01")["runs"] == [] and document("runs", "--origin", "o9")["runs"] == []
    assert len(document("runs", "--since", "2000-01-01", "--origin", "o1")["runs"]) == 2
    status, out, _ = run("runs")
    assert status == 0 and "Bake bread again" in out and "failed" in out
    assert document("revoke", "t1", "--yes") and document("runs", "--outcome", "revoked")["runs"][0]["revoked"]


@pytest.mark.parametrize("options", [("--since", "yesterday"), ("--until", "2026-99-99"), ("--origin", "x")])
def test_what_is_no_day_or_origin_is_said(run: Run, options: tuple[str, str]):
    status, _, err = run("runs", *options)
    assert status == 1 and ("no day" in err or "no origin" in err)


def test_the_list_of_procedures_is_filtered(document: Document):
    def listed(*options: str) -> list[str]:
        return [one["id"] for one in document("list", *options)["procedures"]]

    assert listed() == listed("--outcome", "failed") == listed("--tier", "candidate") == listed("--waiting") == ["p1"]
    assert listed("--outcome", "unused") == listed("--tier", "pinned") == listed("--client", "nobody") == []
    document("review", "p1", "--reject")
    assert listed() == [] and listed("--all", "--sort", "used", "--limit", "1") == ["p1"]
