"""Retrieve: what is found for a task, by meaning, by words alone, in which scope, and with which pitfalls."""

from collections.abc import Callable

import pytest
from runs import CLEAN_MUG, MIGRATE, shown, teach

from memp.embed.background import Loading
from memp.embed.hashing import HashingEmbedder
from memp.errors import (
    EmbedderError,
    InputError,
)
from memp.memory import ProceduralMemory

Opener = Callable[..., ProceduralMemory]


def test_an_unrelated_task_gets_nothing_and_learns_how_near_the_nearest_was(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    found = memory.recall("negotiate the yearly insurance premium by telephone")
    assert found.matches == [] and found.closest is not None and found.closest < found.floor


def test_a_pitfall_of_a_task_without_a_procedure_is_shown_for_such_a_task(memory: ProceduralMemory):
    memory.reflect("deploy the shop to staging", ["kubectl apply -> forbidden"], "forbidden", lesson="log in first")
    found = memory.recall("deploy the shop to staging again")
    assert found.matches == [] and [p.pitfall.instead for p in found.pitfalls] == ["log in first"]


def test_projects_keep_their_procedures_apart_and_share_those_of_no_project(open_memory: Opener):
    shop, blog, none = (open_memory(project=name) for name in ("shop", "blog", ""))
    shop.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    assert blog.recall("put a clean mug in cabinet.").matches == []
    none.record("add a status column to the orders table", MIGRATE, "success")
    assert len(blog.recall("add a status column to the orders table").matches) == 1
    assert len(shop.recall("put a clean mug in cabinet.").matches) == 1


class Late(Loading):
    """An embedder that is there only after `arrive`."""

    def __init__(self) -> None:
        super().__init__(HashingEmbedder)

    def arrive(self, memory: ProceduralMemory) -> None:
        self.start(then=lambda: memory.embed_pending() and None)
        self.wait()


def test_without_an_embedder_keywords_decide_and_vectors_follow_later(open_memory: Opener):
    late = Late()
    memory = open_memory(embedder=late)
    done = memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    found = memory.recall("put the clean mug in cabinet")
    assert "loading" in done.notes[0] and "keywords only" in found.notes[0]
    assert len(found.matches) == 1 and found.matches[0].similarity is None
    late.arrive(memory)
    assert memory.store.stats().pending == 0
    found = memory.recall("put the clean mug in cabinet")
    assert not found.notes and found.matches[0].similarity is not None


def test_an_embedder_that_fails_to_load_is_said_and_keywords_go_on(open_memory: Opener):
    def fail() -> HashingEmbedder:
        raise EmbedderError("No model is at hand: set MEMP_MODEL.")

    broken = Loading(fail)
    memory = open_memory(embedder=broken)
    broken.start(then=lambda: None)
    broken.wait()
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    found = memory.recall("put a clean mug in cabinet.")
    assert "set MEMP_MODEL" in found.notes[0] and len(found.matches) == 1


def test_facts_and_random_retrieval_are_chosen_by_setting(open_memory: Opener):
    memory = open_memory(retrieve="facts")
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success", facts=["clean", "mug", "cabinet"])
    assert len(memory.recall("whatever", facts=["mug", "clean", "cabinet"]).matches) == 1
    assert memory.recall("whatever", facts=["insurance", "premium", "telephone"]).matches == []
    control = open_memory(retrieve="random")
    assert len(control.recall("negotiate an insurance premium").matches) == 1


def test_the_floor_of_a_setting_goes_before_the_models(open_memory: Opener):
    open_memory().record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    task = "put a clean cup on shelf."
    assert open_memory(floor=1.9).recall(task).matches == []
    strict = open_memory(floor=1.9).recall(task)
    assert strict.closest is not None and strict.closest < strict.floor
    assert len(open_memory(floor=-1.0).recall("negotiate an insurance premium").matches) == 1


def test_facts_are_read_off_the_task_where_none_are_passed(open_memory: Opener):
    memory = open_memory(retrieve="facts")
    teach(memory, "Renew the TLS certificate of nginx", ["order it", "install it"], facts=["TLS certificate", "nginx"])
    assert shown(memory.recall("Renew the TLS certificate of nginx")) == [1]
    assert shown(memory.recall("do it", facts=["negotiate", "premium"])) == []


@pytest.mark.parametrize("limit", [0, 4, -1])
def test_a_limit_out_of_bounds_is_refused(memory: ProceduralMemory, limit: int):
    with pytest.raises(InputError, match="'limit' must be 1 to 3"):
        memory.recall("put a clean mug in cabinet.", limit=limit)


def test_a_program_may_ask_for_more_than_a_tool(open_memory: Opener):
    memory = open_memory(most=5)
    for step in ("stop it", "drain the queue", "ask Ada", "kill -9", "wait"):
        teach(memory, "restart the billing worker", [step])
    assert len(memory.recall("restart the billing worker", limit=5).matches) == 5


def test_context_breaks_ties_and_finds_nothing_by_itself(memory: ProceduralMemory):
    task = "restart the worker"
    for where, step in (("staging", "stop it"), ("production", "drain it and look at it")):
        script = {"goal": task, "when_to_use": f"in {where}", "steps": [step]}
        memory.record(task, [f"{step} -> ok"], "success", script=script)
    for where, procedure in (("production", 2), ("staging", 1)):
        assert shown(memory.recall(task, context=f"the {where} cluster")) == [procedure]
    assert memory.recall("bake bread", context="the production worker").matches == []


def test_an_empty_task_is_refused(memory: ProceduralMemory):
    with pytest.raises(InputError, match="task"):
        memory.recall("  ")


def test_pitfalls_of_another_procedure_that_fits_warn_of_the_same_operation(memory: ProceduralMemory):
    task = "publish the package to the registry"
    teach(memory, task, ["npm test", "npm publish --tag next"])
    warning = {"trigger": "npm publish: npm ERR! code E402", "instead": "npm publish --access restricted"}
    script = {"goal": "publish a restricted package", "steps": ["npm publish"], "pitfalls": [warning]}
    memory.record("publish the package to our registry, restricted", ["npm publish -> ok"], "success", script=script)
    found = memory.recall(task)
    assert shown(found) == [1]
    assert [p.pitfall.instead for p in found.pitfalls] == ["npm publish --access restricted"]
    teach(memory, "restart the worker of the registry", ["systemctl restart worker"])
    assert memory.recall("restart the worker of the registry").pitfalls == [], "another operation"


def test_a_preview_finds_what_a_recall_does_and_is_not_logged(open_memory: Opener):
    memory = open_memory(holdout=0.9)
    for step in ("stop it", "drain the queue", "ask Ada", "kill -9", "wait"):
        teach(memory, "restart the billing worker", [step])
    previews = [memory.preview("restart the billing worker") for _ in range(20)]
    assert all(len(preview.matches) == 5 and not preview.held for preview in previews)
    assert len(memory.preview("restart the billing worker", 2).matches) == 2
    assert memory.store.stats().recalls == 0
