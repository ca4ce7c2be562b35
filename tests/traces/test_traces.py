"""Labelled traces: every label points at a step that exists and names a text that stands there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("set_*/*.json"))
SETS = sorted(HERE.glob("set_*"))
FAMILY_KEYS = {"family", "field", "author", "runs", "same_procedure", "near_miss", "paraphrase"}
RUN_KEYS = set("id task steps effects dispensable values fixed run_only conditions failures waits verification".split())
# Addresses and hosts that nobody owns (RFC 2606), and .internal, which no public resolver knows; "\n@" is a decorator.
HOST = re.compile(r"(?:https?://|(?<!\\)\w@)((?:[\w-]+\.)+[a-z]{2,})")
RESERVED = ("example.com", "example.org", "example.net", ".internal", ".example", ".test")

Run = dict[str, Any]


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def runs_of(path: Path) -> list[Run]:
    return read(path)["runs"]


def actions(run: Run) -> list[str]:
    return [step["action"] for step in run["steps"]]


def observations(run: Run) -> list[str]:
    return [step["observation"] for step in run["steps"]]


def siblings(path: Path) -> Iterator[tuple[Run, list[Run]]]:
    runs = runs_of(path)
    for run in runs:
        yield run, [other for other in runs if other is not run]


def source(run: Run, origin: str) -> tuple[str, int]:
    """The text that a value comes from, and the first step that may use it."""
    if origin == "task":
        return run["task"], 0
    word, number = origin.split()
    assert word == "step"
    return run["steps"][int(number)]["observation"], int(number) + 1


each_family = pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")


@each_family
def test_a_family_has_every_field_and_three_runs(path: Path) -> None:
    family = read(path)
    assert set(family) == FAMILY_KEYS
    assert family["family"] == path.stem
    assert set(family["near_miss"]) == {"task", "why"}
    assert isinstance(family["same_procedure"], bool)
    assert len(family["runs"]) == 3
    tasks = [run["task"] for run in family["runs"]] + [family["paraphrase"], family["near_miss"]["task"]]
    assert len(set(tasks)) == 5
    for run in family["runs"]:
        assert set(run) == RUN_KEYS
        assert 4 <= len(run["steps"]) <= 25
        for step in run["steps"]:
            assert {"action", "observation"} <= set(step) <= {"thought", "action", "observation"}
            assert step["action"].strip()


@pytest.mark.parametrize("folder", SETS, ids=lambda folder: folder.name)
def test_ids_are_unique_in_a_set(folder: Path) -> None:
    ids = [run["id"] for path in sorted(folder.glob("*.json")) for run in runs_of(path)]
    assert len(ids) == len(set(ids))


@each_family
def test_labelled_steps_exist_and_none_is_needed_and_dispensable(path: Path) -> None:
    for run in runs_of(path):
        steps = set(range(len(run["steps"])))
        for label in ("effects", "dispensable"):
            assert run[label] == sorted(set(run[label]))
            assert set(run[label]) <= steps
        assert run["effects"], "a run without an effect is no chore"
        assert not set(run["effects"]) & set(run["dispensable"])
        for label in ("conditions", "failures"):
            assert {mark["step"] for mark in run[label]} <= steps


@each_family
def test_a_value_stands_where_it_comes_from_and_in_a_later_action(path: Path) -> None:
    for run in runs_of(path):
        for value in run["values"]:
            assert value["name"]
            text, first = source(run, value["from"])
            assert value["text"] in text, (run["id"], value)
            assert any(value["text"] in action for action in actions(run)[first:]), (run["id"], value)


@each_family
def test_fixed_texts_are_in_every_sibling_and_what_belongs_to_one_run_in_none(path: Path) -> None:
    for run, others in siblings(path):
        values = {value["text"] for value in run["values"]}
        for text in run["fixed"]:
            assert text not in values, (run["id"], text)
            for one in (run, *others):
                assert any(text in action for action in actions(one)), (one["id"], text)
        for text in run["run_only"]:
            assert any(text in action for action in actions(run)), (run["id"], text)
            assert not any(text in action for other in others for action in actions(other)), (run["id"], text)


@each_family
def test_a_condition_is_decided_by_what_was_seen_before(path: Path) -> None:
    for run in runs_of(path):
        for condition in run["conditions"]:
            seen = any(condition["if"] in text for text in observations(run)[: condition["step"]])
            assert seen is condition["present"], (run["id"], condition)


@each_family
def test_a_failure_shows_its_error_and_is_overcome_later(path: Path) -> None:
    for run in runs_of(path):
        for failure in run["failures"]:
            assert failure["error"] in observations(run)[failure["step"]], (run["id"], failure)
            assert failure["step"] not in run["effects"], (run["id"], failure)
            if failure["remedy"] is not None:
                assert failure["step"] < failure["remedy"] < len(run["steps"]), (run["id"], failure)


@each_family
def test_a_wait_ends_with_the_poll_that_shows_its_sign(path: Path) -> None:
    for run in runs_of(path):
        for wait in run["waits"]:
            *before, last = wait["steps"]
            assert wait["steps"] == sorted(wait["steps"])
            assert wait["until"] in observations(run)[last], (run["id"], wait)
            assert not any(wait["until"] in observations(run)[poll] for poll in before), (run["id"], wait)


@each_family
def test_the_completion_signal_ends_every_sibling(path: Path) -> None:
    runs = runs_of(path)
    assert len({run["verification"] for run in runs}) == 1
    for run in runs:
        assert run["verification"] in observations(run)[-1], run["id"]


@each_family
def test_hosts_and_addresses_are_reserved_ones(path: Path) -> None:
    for run in runs_of(path):
        for text in (run["task"], *actions(run), *observations(run)):
            for host in HOST.findall(text):
                assert host.endswith(RESERVED), (run["id"], host)
