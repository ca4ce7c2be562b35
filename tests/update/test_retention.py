"""Retention: what is stale, or more than there is room for, is archived without a failure."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from runs import CHECKED, shown, teach

from memp.domain.procedure import Ref
from memp.domain.trajectory import Provenance
from memp.memory import ProceduralMemory
from memp.update import review
from memp.update.retention import ARCHIVE_EVERY, archive_stale

Opener = Callable[..., ProceduralMemory]
RESTART = "restart the billing worker after a deploy"


def in_days(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


def test_what_is_stale_or_too_much_is_archived_and_never_what_is_pinned(open_memory: Opener):
    memory = open_memory(capacity=2, tools=("Bash",))
    for number, action in enumerate(["Bash: ls -> a", "Gone: x -> ok", "Bash: make -> ok", "Bash: rm x -> ok"]):
        memory.record(f"job {number} of its own kind {'abcd'[number] * 5}", [action], "success")
    memory.store.set_tier(4, "pinned", "person", "")
    reasons = archive_stale(memory.store, memory.options)
    assert "needs Gone" in reasons[2] and len(reasons) == 2 and 4 not in reasons
    assert [p.id for p in memory.store.procedures()][-1] == 4


def test_without_limits_nothing_is_archived(memory: ProceduralMemory):
    teach(memory, RESTART, ["stop it", "start it"])
    assert archive_stale(memory.store, memory.options, in_days(10_000)) == {}


def test_a_candidate_that_nobody_used_for_so_many_days_is_stale(open_memory: Opener):
    memory = open_memory(stale_days=30)
    teach(memory, RESTART, ["stop it", "start it"])
    trusted = teach(memory, "boil an egg", ["put it in water"])
    review.approve(memory.store, Ref(procedure_id=trusted), "")
    assert archive_stale(memory.store, memory.options, in_days(29)) == {}
    reasons = archive_stale(memory.store, memory.options, in_days(31))
    assert list(reasons) == [1] and "not used for 30 days" in reasons[1]
    assert memory.procedure(1).status == "archived" and shown(memory.recall("boil an egg")) == [trusted]


def test_a_run_that_takes_its_steps_keeps_a_candidate_from_getting_stale(open_memory: Opener):
    memory = open_memory(stale_days=30)
    day = datetime.now(UTC) - timedelta(days=40)
    teach(memory, RESTART, ["stop it", "start it"], at=day)
    teach(memory, "boil an egg", ["put it in water"], at=day)
    assert teach(memory, "boil an egg for Ada", ["put it in water"], "boil an egg", at=day + timedelta(days=20)) == 2
    assert list(archive_stale(memory.store, memory.options)) == [1]


def test_a_use_keeps_a_candidate_from_getting_stale(open_memory: Opener):
    memory = open_memory(stale_days=30)
    teach(memory, "boil an egg", ["put it in water"], at=datetime.now(UTC) - timedelta(days=40))
    memory.record(
        "boil an egg", ["put it in cold water -> ok"], "success", used=["p1"], script={"steps": ["put it in"]}
    )
    assert archive_stale(memory.store, memory.options) == {}


def test_said_only_nothing_is_archived_and_the_same_is_said_again(open_memory: Opener):
    memory = open_memory(stale_days=1)
    teach(memory, RESTART, ["stop it", "start it"])
    first = archive_stale(memory.store, memory.options, in_days(2), dry=True)
    assert list(first) == [1] and memory.procedure(1).status == "active"
    assert archive_stale(memory.store, memory.options, in_days(2), dry=True) == first
    assert memory.store.changes(1)[0].action == "created"


def test_a_run_with_an_action_that_is_no_call_does_not_say_which_tools_it_needs(open_memory: Opener):
    memory = open_memory(tools=("Bash",))
    memory.record(RESTART, ["Gone(worker) -> ok", "look at the log -> fine"], "success")
    assert archive_stale(memory.store, memory.options) == {}
    memory.record("boil an egg", ["Gone(egg) -> ok", "Bash[ls] -> fine", "Lost: x -> ok"], "success")
    assert archive_stale(memory.store, memory.options) == {2: "stale: it needs Gone, Lost, which is gone"}


def test_what_only_fails_since_the_environment_changed_is_stale(open_memory: Opener):
    memory = open_memory(environment="image-2", erase="off")
    teach(memory, RESTART, ["stop it", "start it"])
    before, now = (Provenance(environment=f"image-{number}") for number in (1, 2))

    def outcome(number: int, success: bool, where: Provenance) -> None:
        run = [f"stop it -> try {number}"]
        script = {"goal": RESTART, "steps": ["stop it", "start it"]} if success else None
        memory.record(
            RESTART, run, "success" if success else "failure", evidence=CHECKED if success else None, script=script,
            used=["p1"], provenance=where,
        )  # fmt: skip

    outcome(1, True, before)
    outcome(2, False, now)
    assert archive_stale(memory.store, memory.options, dry=True) == {}, "one failure may be anything"
    outcome(3, False, now)
    reasons = archive_stale(memory.store, memory.options, dry=True)
    assert reasons == {1: "stale: its last success was before the environment was image-2"}
    outcome(4, True, now)
    assert archive_stale(memory.store, memory.options, dry=True) == {}


def test_what_never_worked_anywhere_is_not_stale_for_a_new_environment(open_memory: Opener):
    memory = open_memory(environment="image-2", erase="off")
    teach(memory, RESTART, ["stop it", "start it"])
    for number in range(3):
        memory.record(RESTART, [f"stop it -> try {number}"], "failure", used=["p1"])
    assert archive_stale(memory.store, memory.options) == {}


def test_of_too_many_the_worst_go_first_and_validated_ones_last(open_memory: Opener):
    memory = open_memory(capacity=2, erase="off")
    failing = teach(memory, RESTART, ["stop it", "start it"])
    trusted = teach(memory, "boil an egg", ["put it in water"])
    fresh = teach(memory, "renew the certificate", ["order it", "install it"])
    for number in range(2):
        memory.record(RESTART, [f"stop it -> try {number}"], "failure", evidence="environment: 0", used=[f"p{failing}"])
    review.approve(memory.store, Ref(procedure_id=trusted), "")
    assert archive_stale(memory.store, memory.options) == {failing: "capacity: there is room for 2"}
    teach(memory, "translate the handbook", ["read it", "write it"])
    assert list(archive_stale(memory.store, memory.options)) == [fresh], "of equals the one used longest ago"
    assert archive_stale(memory.store, memory.options) == {}


def test_another_projects_procedures_are_left_alone(open_memory: Opener):
    teach(open_memory(project="shop"), RESTART, ["stop it", "start it"])
    blog = open_memory(project="blog", stale_days=1, capacity=1)
    assert archive_stale(blog.store, blog.options, in_days(9)) == {}


@pytest.mark.parametrize("runs", [ARCHIVE_EVERY - 1, ARCHIVE_EVERY])
def test_a_memory_looks_for_what_is_too_much_every_so_many_runs(open_memory: Opener, runs: int):
    memory = open_memory(capacity=1, update="validation")
    teach(memory, RESTART, ["stop it", "start it"])
    teach(memory, "boil an egg", ["put it in water"])
    for number in range(3, runs + 1):
        memory.record("something else", [f"act {number} -> no"], "failure")
    active = len(memory.store.procedures())
    assert active == (1 if runs == ARCHIVE_EVERY else 2)
