"""ProceduralMemory through its three calls, on a real store: what is stored, credited, refused and finished later."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import CLEAN_CUP, CLEAN_MUG, MIGRATE, NOT_HELD, SCRIPT

from memp.domain.trajectory import Provenance
from memp.embed.background import Ready
from memp.embed.hashing import HashingEmbedder
from memp.errors import (
    NOTHING_STORED,
    NotFoundError,
    StoreBusyError,
    StoreError,
)
from memp.memory import ProceduralMemory
from memp.store.sqlite.store import SQLiteStore

Opener = Callable[..., ProceduralMemory]


def test_an_empty_memory_says_that_nothing_applies(memory: ProceduralMemory):
    found = memory.recall("put a clean mug in cabinet")
    assert found.matches == [] and found.closest is None


def test_a_recorded_success_is_recalled_for_a_similar_task(memory: ProceduralMemory):
    done = memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    (match,) = memory.recall("put a clean cup in cabinet.").matches
    assert done.how == "created" and match.procedure.id == done.built
    assert match.bindings == {"item": "cup", "item_2": "cabinet"}
    assert list(match.procedure.script.steps) == [
        "go to {place} 1", "take {item} 2 from {place} 1", "go to sinkbasin 1", "clean {item} 2 with sinkbasin 1",
        "go to {item_2} 3", "move {item} 2 to {item_2} 3",
    ]  # fmt: skip


def test_recording_a_run_twice_changes_nothing(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    before = memory.store.stats()
    again = memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    after = memory.store.stats()
    assert not again.new and again.how is None and again.built == 1
    assert before.model_dump(exclude={"bytes"}) == after.model_dump(exclude={"bytes"})


def test_exactly_the_procedures_in_used_are_credited_once_for_each_run(memory: ProceduralMemory):
    one = memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success").built
    two = memory.record("add the status column", MIGRATE, "success", script=SCRIPT).built
    for _ in range(3):
        memory.record("put a clean cup in cabinet.", CLEAN_CUP, "success", used=[f"p{one}", f"p{one}"])
    assert one is not None and two is not None
    assert (memory.procedure(one).uses, memory.procedure(one).successes) == (1, 1)
    assert memory.procedure(two).uses == 0


def test_an_unknown_id_in_used_stores_nothing(memory: ProceduralMemory):
    with pytest.raises(NotFoundError, match="p9"):
        memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success", used=["p9"])
    assert memory.store.stats().trajectories == 0


def test_a_reward_between_0_and_1_counts_against_the_threshold(open_memory: Opener):
    assert open_memory(path="a").record("do it", ["act -> ok"], 0.6).success
    assert not open_memory(path="b", success_reward=0.9).record("do it", ["act -> ok"], 0.6).success


def test_a_project_cannot_credit_or_revise_what_is_anothers(open_memory: Opener):
    alpha, beta = open_memory(project="alpha"), open_memory(project="beta")
    alpha.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    with pytest.raises(NotFoundError, match="p1"):
        beta.record("put a clean cup in cabinet.", CLEAN_CUP, "success", used=["p1"])
    with pytest.raises(NotFoundError, match="p1"):
        beta.reflect("put a clean cup in cabinet.", NOT_HELD, "x", used=["p1"], revision={"steps": ["evil"]})
    assert alpha.procedure(1).uses == 0 and alpha.procedure(1).revision == 1


@pytest.mark.parametrize("used", [5, "p1"])
def test_a_single_id_in_used_is_taken_as_a_list_of_one(memory: ProceduralMemory, used: object):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    if used == 5:
        with pytest.raises(NotFoundError, match="p5"):
            memory.record("put a clean cup in cabinet.", CLEAN_CUP, "success", used=used)  # type: ignore[arg-type]
    else:
        memory.record("put a clean cup in cabinet.", CLEAN_CUP, "success", used=used)  # type: ignore[arg-type]
        assert memory.procedure(1).uses == 1


def test_a_memory_file_deleted_while_it_is_open_takes_no_more_runs(memory: ProceduralMemory, tmp_path: Path):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    (tmp_path / "memory.sqlite3").unlink()
    with pytest.raises(StoreError, match="replaced or deleted"):
        memory.record("put a clean cup in cabinet.", CLEAN_CUP, "success")


class FailsOnce(SQLiteStore):
    """A store whose next write of one kind finds the file busy."""

    fails = ""

    def add_pitfall(self, *args: Any, **kwargs: Any) -> int:
        self._trip("add_pitfall")
        return super().add_pitfall(*args, **kwargs)

    def put(self, *args: Any, **kwargs: Any) -> Any:
        self._trip("put")
        return super().put(*args, **kwargs)

    def _trip(self, name: str) -> None:
        if self.fails == name:
            self.fails = ""
            raise StoreBusyError("Another process writes", NOTHING_STORED, "try again")


@pytest.mark.parametrize(
    ("fails", "steps", "outcome"), [("add_pitfall", NOT_HELD, "failure"), ("put", CLEAN_MUG, "success")]
)
def test_a_record_cut_short_is_finished_by_the_same_call_again(
    tmp_path: Path, fails: str, steps: list[str], outcome: str
):
    store = FailsOnce(tmp_path / "memory.sqlite3")
    memory = ProceduralMemory(store, Ready(HashingEmbedder()))
    store.fails = fails
    with pytest.raises(StoreBusyError) as refused:
        memory.record("put a clean mug in cabinet.", steps, outcome)
    kept = "The run itself is kept as t1: the same call again does the rest."
    assert str(refused.value) == f"Another process writes: nothing more was stored; try again. {kept}"
    assert (refused.value.problem, refused.value.remedy, refused.value.stored) == (
        "Another process writes", "try again", kept,
    )  # fmt: skip
    again = memory.record("put a clean mug in cabinet.", steps, outcome)
    assert again.how == ("created" if outcome == "success" else None)
    assert (store.stats().trajectories, store.stats().pitfalls) == (1, int(outcome == "failure"))
    memory.close()


def test_provenance_evidence_and_tokens_are_kept_with_the_run(memory: ProceduralMemory):
    provenance = Provenance(client="tests 1", model="m", source="file:3")
    done = memory.record("do it", ["act -> ok"], 1, evidence="check: pytest, exit 0", tokens=12, provenance=provenance)
    kept = memory.store.trajectory(done.trajectory)
    assert (kept.evidence.kind, kept.evidence.detail) == ("check", "pytest, exit 0")
    assert (kept.provenance, kept.tokens) == (provenance, 12)


def test_a_second_open_finds_everything_again(open_memory: Opener):
    open_memory().record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    assert len(open_memory().recall("put a clean cup in cabinet.").matches) == 1


def test_personal_data_is_not_stored_where_the_settings_say_so(open_memory: Callable[..., ProceduralMemory]):
    task, steps = "Mail jane.doe@corp.io the invoice", ["call +49 30 901820 -> pays by 5105 1051 0510 5100"]
    hidden = open_memory(personal="hide", path="hidden.sqlite3")
    made = hidden.record(task, steps, "success", evidence="user: jane.doe@corp.io thanks")
    reflected = hidden.reflect(task, steps, "jane.doe@corp.io bounced", lesson="ask (415) 867-5309")
    kept = open_memory(path="kept.sqlite3").record(task, steps, "success")
    stored = [hidden.store.trajectory(number) for number in (made.trajectory, reflected.trajectory)]
    assert [run.task for run in stored] == ["Mail [e-mail] the invoice"] * 2
    assert stored[0].steps[0].action == "call [phone number]"
    assert stored[0].steps[0].observation == "pays by [card number]"
    assert "[e-mail]" in stored[0].evidence.detail + stored[1].evidence.detail
    assert kept.success and hidden.recall(task).matches, "the same task finds what was stored without the data"
