"""Error look-ups: what is known of an error, whatever task it was met in; and nothing of another error."""

from collections.abc import Callable

import pytest
from runs import CLEAN_CUP, CLEAN_MUG, NOT_HELD, TASK

from memp.domain.results import Precedent
from memp.memory import ProceduralMemory

Opener = Callable[..., ProceduralMemory]

DEPLOY = [
    "hvyctl lock billing -> ok",
    "hvyctl deploy billing -> E23 artefact rejected by realm policy",
    "hvyctl profiles --all -> plain, hardened",
    "hvyctl build billing --profile hardened -> ok",
    "hvyctl deploy billing -> live",
]
"""A run that overcame a terse error, of which only a code says that it is one."""


def known(memory: ProceduralMemory, error: str, task: str = "bake a loaf of bread") -> list[Precedent]:
    found = memory.recall(task, error=error).on_error
    assert found is not None
    return list(found.precedents)


@pytest.mark.parametrize(
    "error",
    [
        "E23 artefact rejected by realm policy",
        "E23",
        "hvyctl deploy orders failed with E23",
        "artefact rejected by realm policy",
        "error: E23\nthe artefact was rejected",
    ],
)
def test_a_short_code_is_matched_by_itself_and_by_the_words_beside_it(memory: ProceduralMemory, error: str):
    memory.record("bring billing live in the fleet realm", DEPLOY, "success")
    told = known(memory, error)
    assert any("hvyctl build billing --profile hardened" in one.pitfall.instead for one in told)


@pytest.mark.parametrize(
    "error",
    ["E24 artefact rejected by realm policy", "E23 disk quota exceeded", "the oven is cold", "E24", "rejected"],
)
def test_another_code_and_other_words_are_another_error(memory: ProceduralMemory, error: str):
    memory.record("bring billing live in the fleet realm", DEPLOY, "success")
    assert known(memory, error) == []


def test_pitfalls_of_all_procedures_and_of_none_are_searched_the_nearest_first(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    lock = "The cabinet is locked"
    memory.reflect(
        "put a clean cup in cabinet.", NOT_HELD, "Nothing happens when moving", used=["p1"], lesson="hold it"
    )
    memory.reflect("put a clean cup in cabinet.", CLEAN_CUP[:2], lock, used=["p1"], lesson="find the key")
    memory.reflect("deploy the shop", ["kubectl apply -> forbidden"], "forbidden by policy 7", lesson="log in first")
    for error, lesson, owner in (
        ("nothing happens when moving it", "hold it", 1),
        ("cabinet 3 is locked", "find the key", 1),
        ("kubectl: forbidden by policy 9", "log in first", None),
    ):
        first = known(memory, error)[0]
        assert (first.pitfall.instead, first.procedure) == (lesson, owner)


def test_at_most_three_pitfalls_are_told(memory: ProceduralMemory):
    for what in ("on pods", "in namespace shop", "for role reader", "without two keys", "at night"):
        memory.reflect(f"deploy the shop {what}", ["kubectl apply -> forbidden"], f"forbidden by policy {what}")
    assert sum(one.run is None for one in known(memory, "forbidden by policy")) == 3


def test_a_message_that_was_met_with_several_values_takes_one_place(memory: ProceduralMemory):
    for table in ("orders", "bills", "goods", "users", "carts"):
        message = f"the migration cannot add a column while the table {table} is locked"
        memory.reflect(f"add a column to {table}", ["migrate up -> locked"], message)
    memory.reflect(
        "add an index", ["migrate up -> no"], "no column of the migration is named like the index", lesson="name it"
    )
    told = [one.pitfall.trigger for one in known(memory, "migration: column") if one.run is None]
    assert len(told) == 2 and any("named like the index" in trigger for trigger in told)


def test_an_error_is_found_in_another_inflection(memory: ProceduralMemory):
    memory.reflect(
        "put the table of prices into the report", ["render -> no"], "Formula: no cell carries the formula ROUND"
    )
    assert known(memory, "cells: formulas") != []


def test_a_failed_step_that_its_run_did_not_overcome_is_told_as_that(memory: ProceduralMemory):
    memory.record("bring billing live", [*DEPLOY[:2], "hvyctl unlock billing -> ok"], "failure")
    case = next(one for one in known(memory, "E23") if one.run is not None)
    assert not case.overcome and case.pitfall.instead == "hvyctl unlock billing"


def test_what_overcame_an_error_ends_where_the_same_met_another_one(memory: ProceduralMemory):
    missing = "ModuleNotFoundError: No module named 'clockwork'"
    steps = [
        f"pytest -q -> {missing}",
        "pip install clockwork -> ok",
        "pytest -q -> FAILED test_expiry - assert 3600 == 1800",
        "grep -rn 3600 src -> src/session.py:14: TTL = 3600",
        "edit src/session.py: TTL = 1800 -> saved",
        "pytest -q -> 12 passed",
    ]
    memory.record("mend the login test", steps, "success")
    instead = [one.pitfall.instead for one in known(memory, missing)]
    assert instead and all("clockwork" in text and "1800" not in text for text in instead)


def test_of_two_runs_with_one_code_that_of_the_like_task_comes_first(memory: ProceduralMemory):
    other = ["relctl tag v2 -> E23", "relctl login -> ok", "relctl tag v2 -> done"]
    memory.record("bring billing live in the fleet realm", DEPLOY, "success")
    memory.record("tag a release", other, "success")
    for task, first in (("bring orders live in the fleet realm", "hvyctl"), ("tag the next release", "relctl")):
        cases = [one for one in known(memory, "E23", task) if one.run is not None]
        assert cases[0].pitfall.trigger.startswith(first) and len(cases) == 2


def test_what_runs_found_out_about_a_thing_that_an_error_names_is_told(memory: ProceduralMemory):
    memory.record(TASK, CLEAN_MUG, "success")
    found = memory.recall("wash the dishes", error="There is no mug here.").on_error
    assert found is not None and found.facts == {"where mug is": [("countertop", 1)]}


def test_without_an_embedder_words_and_codes_decide(open_memory: Opener):
    memory = open_memory()
    memory.reflect("deploy the shop", ["kubectl apply -> forbidden"], "forbidden by policy 7", lesson="log in first")
    memory.close()

    class Absent:
        why_not = "it is loading"

        def get(self) -> None:
            return None

    without = open_memory(embedder=Absent())
    assert [one.pitfall.instead for one in known(without, "forbidden by policy")][:1] == ["log in first"]
    assert known(without, "the oven is cold") == []


def test_projects_do_not_see_each_others_errors(open_memory: Opener):
    shop, blog = (open_memory(project=name) for name in ("shop", "blog"))
    shop.record("bring billing live in the fleet realm", DEPLOY, "success")
    assert known(shop, "E23") and known(blog, "E23") == []


def test_an_error_in_another_alphabet_is_found_whatever_its_case(memory: ProceduralMemory):
    memory.record(
        "Postfach anlegen",
        ["lege an -> FEHLER: ÜBERLAUF der GRÖßENTABELLE", "leere sie -> ok", "lege an -> ok"],
        "success",
    )
    assert memory.store.showing(["überlauf", "größentabelle"], ("",), 5) == [1]


class NotLoaded:
    """A source whose model is still loading: words alone are compared."""

    why_not = "the model is loading"

    def get(self) -> None:
        return None


FAILED = {
    "log in first": "error: you must be logged in to the server",
    "add a disk": "Insufficient free space: not enough extents",
    "set the list": "failed: recipient list is not set",
    "copy it": "could not open the file: it does not exist",
    "add a printer": "lp: The printer or class does not exist.",
    "tell the key": "Fehler: der Schlüssel wurde nicht gefunden",
    "wait for it": "la tabla no está disponible",
}
"""Failures of one memory, by what to do instead."""


@pytest.mark.parametrize(
    "error",
    [
        "the request failed: not allowed", "error: could not connect to the host", "command failed with an error",
        "it does not work", "failed: the file is not readable", "the oven is not hot", "not found", "is not set up yet",
        "Fehler: das Brot wurde nicht gebacken", "el horno no está caliente", "die Datei ist nicht lesbar",
    ],
)  # fmt: skip
def test_words_alone_take_no_failure_for_another_by_the_words_of_all(open_memory: Opener, error: str):
    memory = open_memory(embedder=NotLoaded())
    for lesson, message in FAILED.items():
        memory.reflect(f"do what ends in {lesson}", [f"do -> {message}"], message, lesson=lesson)
    assert known(memory, error) == []


@pytest.mark.parametrize(
    ("error", "lesson"),
    [
        ("you must be logged in", "log in first"), ("not enough extents", "add a disk"),
        ("the recipient list was not set", "set the list"), ("the printer does not exist", "add a printer"),
        ("der Schlüssel konnte nicht gefunden werden", "tell the key"), ("insufficient space, extents", "add a disk"),
        ("la tabla ya no está disponible", "wait for it"),
    ],
)  # fmt: skip
def test_words_alone_find_a_failure_by_what_tells_it_apart(open_memory: Opener, error: str, lesson: str):
    memory = open_memory(embedder=NotLoaded())
    for instead, message in FAILED.items():
        memory.reflect(f"do what ends in {instead}", [f"do -> {message}"], message, lesson=instead)
    assert known(memory, error)[0].pitfall.instead == lesson


def test_words_alone_find_one_of_many_failures_that_say_the_same(open_memory: Opener):
    memory = open_memory(embedder=NotLoaded())
    for what in ("on pods", "in namespace shop", "for role reader", "without two keys", "at night"):
        memory.reflect(f"deploy the shop {what}", ["kubectl apply -> forbidden"], f"forbidden by policy {what}")
    assert known(memory, "forbidden by policy for role writer")[0].pitfall.trigger.endswith("role reader")
    assert known(memory, "forbidden by policy")
