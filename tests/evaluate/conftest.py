"""Fixtures of evaluate's tests: memories of the tests' kitchen."""

import pytest
from tiny_kitchen import run_with_mug_at

from memp.memory import ProceduralMemory


@pytest.fixture
def taught(memory: ProceduralMemory) -> ProceduralMemory:
    """A memory in which mugs were mostly on countertops."""
    for place in ("shelf 1", "countertop 1", "countertop 2", "countertop 3"):
        memory.record("put a mug in cabinet.", run_with_mug_at(place), "success")
    return memory


@pytest.fixture
def taught_two_types(memory: ProceduralMemory) -> ProceduralMemory:
    """A memory of the kitchen's task, and of one of another type."""
    for place in ("shelf 1", "countertop 1"):
        steps = [step.replace("put mug 1 in/on", "move mug 1 to") for step in run_with_mug_at(place)]
        memory.record("put a mug in cabinet.", steps, "success")
    memory.record(
        "find the lost key and turn it", ["look -> a key", "grab key -> ok", "turn key -> it clicks"], "success"
    )
    return memory
