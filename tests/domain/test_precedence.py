"""Precedence: what was checked goes before claims, and a whole run before one that was cut short, for the same chore."""

from itertools import permutations

import pytest

from memp.memory import ProceduralMemory

CHECKED = "check: published, exit 0"
ASKED = "Release version 2.0.0 of the library"


def release(version: str, steps: int = 5) -> tuple[str, list[str]]:
    return f"Release version {version} of the library", [
        "edit CHANGELOG.md -> saved", f"git commit -m 'release {version}' -> ok", f"git tag v{version} -> ok",
        f"git push origin v{version} -> ok", f"publish(version='{version}') -> live",
    ][:steps]  # fmt: skip


def claim(number: int) -> tuple[str, list[str]]:
    return f"Release version 9.9.{number} of the library", [f"release_all(version='9.9.{number}') -> ok"]


def lengths(memory: ProceduralMemory, task: str = ASKED) -> list[int]:
    return [len(match.procedure.script.steps) for match in memory.recall(task, limit=3).matches]


@pytest.mark.parametrize("claims", [1, 3, 8])
@pytest.mark.parametrize("first", [True, False], ids=["claims first", "check first"])
def test_a_checked_run_comes_before_any_number_of_short_claims(memory: ProceduralMemory, claims: int, first: bool):
    told = [(*claim(number), "claim: done") for number in range(claims)]
    checked = [(*release("1.2.3"), CHECKED)]
    for task, steps, evidence in [*told, *checked] if first else [*checked, *told]:
        memory.record(task, steps, "success", evidence=evidence)
    assert lengths(memory) == [5, 1]


@pytest.mark.parametrize("number", [1, 2, 5])
def test_of_claims_the_one_that_was_cut_short_stands_behind(memory: ProceduralMemory, number: int):
    for at in range(number):
        memory.record(*release(f"1.1.{at}", 1), "success")
    memory.record(*release("1.2.3"), "success")
    assert lengths(memory) == [5, 1]


def test_of_checked_ones_the_shorter_comes_first(memory: ProceduralMemory):
    memory.record(*release("1.2.3"), "success", evidence=CHECKED)
    memory.record(*claim(1), "success", evidence=CHECKED)
    assert lengths(memory) == [1, 5]


def test_what_was_checked_once_and_failed_since_does_not_come_first(memory: ProceduralMemory):
    memory.record(*release("1.2.3"), "success", evidence=CHECKED)
    for number in range(4):
        memory.record(*claim(number), "success")
    for number in range(4):
        task, steps = release(f"1.3.{number}")
        memory.record(task, [*steps[:4], f"publish(version='1.3.{number}') -> error: refused"], "failure", used=["p1"])
    assert lengths(memory)[0] == 1


@pytest.mark.parametrize(
    ("task", "steps"),
    [
        ("Withdraw version 3.0.0 of the library", ["yank(version='3.0.0') -> ok"]),
        ("Release version 3.0.0 of the handbook", ["print_book(version='3.0.0') -> ok"]),
    ],
)
def test_a_claim_for_another_chore_gives_way_to_none(memory: ProceduralMemory, task: str, steps: list[str]):
    memory.record(*release("1.2.3"), "success", evidence=CHECKED)
    memory.record(task, steps, "success")
    assert lengths(memory, task.replace("3.0.0", "4.0.0"))[0] == 1


@pytest.mark.parametrize("order", list(permutations((2, 3, 5))))
def test_runs_that_were_cut_short_end_in_the_whole_procedure_in_any_order(
    memory: ProceduralMemory, order: tuple[int, ...]
):
    for at, steps in enumerate(order):
        memory.record(*release(f"1.2.{at}", steps), "success", evidence=CHECKED if steps == 5 else None)
    (procedure,) = memory.store.procedures()
    assert [step.split(" ")[0] for step in procedure.script.steps] == [
        "edit", "git", "git", "git", "publish(version='{version}')",
    ]  # fmt: skip
