"""Procedures that are like others, by their steps."""

from memp.memory import ProceduralMemory
from memp.update.likeness import families, like

STEPS = ["vault rotate {s}/api", "make deploy service={s}", "curl -fs https://status.example/{s}"]


def add(memory: ProceduralMemory, goal: str, steps: list[str]) -> int:
    runs = [f"{step.replace('{s}', goal[-4:])} -> done {goal}" for step in steps]
    built = memory.record(goal, runs, "success", script={"goal": goal, "steps": steps}).built
    assert built is not None
    return built


def test_a_procedure_with_most_steps_in_common_is_like_it_and_another_on_the_same_thing_is_not(
    memory: ProceduralMemory,
):
    first = add(memory, "Rotate the API key of mail", STEPS)
    second = add(memory, "Rotate an API key for the shop", [*STEPS, "tell the team in the channel"])
    add(memory, "Rotate the logs of the API", ["logrotate -f {s}", "du -sh /var/log"])
    one, other = memory.procedure(first), memory.procedure(second)
    assert [(found.procedure.id, found.shared) for found in like(memory.store, one)] == [(second, 3)]
    assert [(found.procedure.id, found.shared) for found in like(memory.store, other)] == [(first, 3)]
    assert [[p.id for p in family] for family in families(memory.store, None)] == [[first, second]]
    memory.store.archive(second, "kept the first", "person")
    assert like(memory.store, one) == [] and families(memory.store, None) == []


def test_without_a_vector_they_are_found_by_words(memory: ProceduralMemory):
    first, second = (
        add(memory, "Rotate the API key of mail", STEPS),
        add(memory, "Rotate an API key, shop", [*STEPS, "wait"]),
    )
    memory.store.forget_vectors()
    assert [found.procedure.id for found in like(memory.store, memory.procedure(first))] == [second]


def test_those_of_other_scopes_are_not_told(memory: ProceduralMemory):
    first = add(memory, "Rotate the API key of mail", STEPS)
    add(memory, "Rotate an API key, shop", [*STEPS, "wait"])
    assert like(memory.store, memory.procedure(first), ["elsewhere"]) == []
