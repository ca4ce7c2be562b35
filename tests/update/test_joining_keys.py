"""What a procedure is found by: tasks of runs that did its steps by themselves, or are known from outside to have succeeded."""

import pytest

from memp.memory import ProceduralMemory

CHECKED = "check: looked, exit 0"


def clean(thing: str, place: str) -> list[str]:
    return [
        f"go to countertop 1 -> you see a {thing} 2.", f"take {thing} 2 from countertop 1 -> You pick up the {thing} 2.",
        "go to sinkbasin 1 -> nothing.", f"clean {thing} 2 with sinkbasin 1 -> You clean the {thing} 2.",
        f"go to {place} 1 -> open.", f"move {thing} 2 to {place} 1 -> You move the {thing} 2.",
    ]  # fmt: skip


@pytest.fixture
def cleaning(memory: ProceduralMemory) -> ProceduralMemory:
    for thing, place in (("mug", "cabinet"), ("cup", "shelf")):
        memory.record(f"put a clean {thing} in {place}", clean(thing, place), "success", evidence=CHECKED)
    return memory


def templates(memory: ProceduralMemory) -> list[str]:
    return memory.store.templates(1)


TASKS = ["put a hot potato in fridge", "put a sliced potato in fridge", "bring me a potato", "examine the potato"]


@pytest.mark.parametrize("task", TASKS)
def test_a_claim_of_who_followed_a_procedure_makes_it_no_procedure_for_another_kind(
    cleaning: ProceduralMemory, task: str
):
    before = templates(cleaning)
    done = cleaning.record(task, clean("potato", "fridge"), "success", used=["p1"])
    assert done.built == 1 and templates(cleaning) == before
    for asked in (task.replace("potato", "egg"), task.replace("potato", "apple")):
        assert [match.procedure.id for match in cleaning.recall(asked).matches if match.procedure.id == 1] == []


@pytest.mark.parametrize("evidence", [CHECKED, "user: thanks", "environment: reward 1"])
def test_a_success_that_is_known_from_outside_makes_it_one(cleaning: ProceduralMemory, evidence: str):
    cleaning.record(
        "wash a potato for the fridge", clean("potato", "fridge"), "success", used=["p1"], evidence=evidence
    )
    assert any(template.startswith("wash") for template in templates(cleaning))


def test_a_task_that_reads_like_those_before_counts_with_a_claim_too(cleaning: ProceduralMemory):
    cleaning.record("put a clean potato in fridge", clean("potato", "fridge"), "success", used=["p1"])
    (template,) = templates(cleaning)
    assert cleaning.store.template_tasks([1]) == {(1, template): 3}


def test_who_did_the_same_unasked_shows_that_it_is_for_such_tasks(cleaning: ProceduralMemory):
    cleaning.record("wash a potato for the fridge", clean("potato", "fridge"), "success")
    assert any(template.startswith("wash") for template in templates(cleaning))
