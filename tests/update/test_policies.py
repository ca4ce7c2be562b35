"""The rules of Update, by themselves."""

from collections.abc import Callable

from runs import CLEAN_CUP, CLEAN_MUG, NOT_HELD

from memp.memory import ProceduralMemory
from memp.update.policies import POLICIES

Opener = Callable[..., ProceduralMemory]


def test_each_policy_does_with_a_success_and_a_failure_what_the_paper_says():
    table = {name: (policy(True), policy(False)) for name, policy in POLICIES.items()}
    assert all(success.add and not failure.add for success, failure in table.values())
    assert not table["vanilla"][0].merge and table["validation"][0].merge
    assert not table["validation"][1].pitfall and table["adjustment"][1].revise


def test_a_failure_never_becomes_steps_under_any_policy(open_memory: Opener):
    for policy in ("vanilla", "validation", "adjustment"):
        memory = open_memory(path=f"{policy}.sqlite3", update=policy)
        done = memory.record("put a clean mug in cabinet.", NOT_HELD, "failure")
        assert done.built is None and memory.store.stats().procedures == 0


def test_vanilla_appends_every_success_and_validation_merges_equal_ones(open_memory: Opener):
    counts = {}
    for policy in ("vanilla", "validation"):
        memory = open_memory(path=f"{policy}.sqlite3", update=policy)
        memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
        memory.record("put a clean cup in cabinet.", CLEAN_CUP, "success")
        memory.record("put a clean fork in cabinet.", NOT_HELD, "failure")
        counts[policy] = (memory.store.stats().procedures, memory.store.stats().pitfalls)
    assert counts == {"vanilla": (2, 1), "validation": (1, 0)}
