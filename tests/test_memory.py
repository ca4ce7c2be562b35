"""The orchestrator through its three calls, on a real store."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import CLEAN_CUP, CLEAN_MUG, MIGRATE, NOT_HELD, SCRIPT

from memp.domain.trajectory import Provenance
from memp.embed.background import Loading, Ready
from memp.embed.hashing import HashingEmbedder
from memp.errors import (
    NOTHING_STORED,
    EmbedderError,
    InputError,
    LLMError,
    NotFoundError,
    RevisedMeanwhileError,
    StoreBusyError,
    StoreError,
)
from memp.llm.scripted import Scripted
from memp.memory import ProceduralMemory
from memp.reply import reflect_reply
from memp.store.sqlite.store import SQLiteStore

Opener = Callable[..., ProceduralMemory]


def test_an_empty_memory_says_that_nothing_applies(memory: ProceduralMemory):
    found = memory.recall("put a clean mug in cabinet")
    assert found.matches == [] and found.closest is None


def test_a_recorded_success_is_recalled_for_a_similar_task(memory: ProceduralMemory):
    done = memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    (match,) = memory.recall("put a clean cup in cabinet.").matches
    assert done.how == "created" and match.procedure.id == done.built
    assert match.bindings == {"object": "cup", "place": "cabinet"}
    assert list(match.procedure.script.steps) == [
        "go to {source}", "take {object} from {source}", "go to sinkbasin", "clean {object} with sinkbasin",
        "go to {place}", "move {object} to {place}",
    ]  # fmt: skip


def test_an_unrelated_task_gets_nothing_and_learns_how_near_the_nearest_was(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    found = memory.recall("negotiate the yearly insurance premium by telephone")
    assert found.matches == [] and found.closest is not None and found.closest < found.floor


def test_runs_with_the_same_chain_of_steps_corroborate_one_procedure(memory: ProceduralMemory):
    first = memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    second = memory.record("put a clean cup in cabinet.", CLEAN_CUP, "success")
    assert (second.how, second.built) == ("merged", first.built)
    (match,) = memory.recall("put a clean cup in cabinet.").matches
    assert match.procedure.trajectories == (first.trajectory, second.trajectory)
    assert match.example is not None and match.example.task == "put a clean cup in cabinet."


def test_what_open_parameters_stood_for_is_counted_over_the_runs_that_agree(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    memory.record("put a clean cup in cabinet.", [s.replace("countertop 2", "shelf 2") for s in CLEAN_CUP], "success")
    (match,) = memory.recall("put a clean cup in cabinet.").matches
    assert match.seen == {"source": [("shelf", 1)]}


def test_where_a_thing_was_found_counts_over_all_procedures(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    for place in ("shelf 1", "shelf 2"):
        run = [s.replace("countertop 1", place) for s in CLEAN_MUG if "sinkbasin" not in s]
        memory.record("put a mug in cabinet.", run, "success")
    clean, plain = (memory.recall(f"put a {mug} in cabinet.").matches[0] for mug in ("clean mug", "mug"))
    assert clean.procedure.id != plain.procedure.id
    assert clean.seen == plain.seen == {"source": [("shelf", 2), ("countertop", 1)]}


def test_of_a_thing_that_no_run_found_the_procedures_own_counts_are_told(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    (match,) = memory.recall("put a clean plate in cabinet.").matches
    assert match.bindings["object"] == "plate" and match.seen == {"source": [("countertop", 1)]}


def test_a_procedure_found_without_a_template_is_bound_by_another_of_its_tasks(open_memory: Opener):
    memory = open_memory(retrieve="random")
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    (match,) = memory.recall("put a clean cup in shelf.").matches
    assert match.bindings == {"object": "cup", "place": "shelf"}
    (match,) = memory.recall("boil an egg").matches
    assert match.bindings == {}


def test_beside_a_script_the_example_has_no_detours(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    both, alone = (
        memory.recall("put a clean mug in cabinet.", form=form).matches[0]
        for form in ("proceduralization", "trajectory")
    )
    assert both.example is not None and alone.example is not None
    assert [step.action for step in both.example.steps] == [s.split(" -> ")[0] for s in CLEAN_MUG[1:]]
    assert len(alone.example.steps) == len(CLEAN_MUG)


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


def test_the_callers_script_is_kept_as_written_and_its_placeholders_declared(memory: ProceduralMemory):
    done = memory.record("add a status column to the orders table", MIGRATE, "success", script=SCRIPT)
    assert done.builder == "caller" and done.built is not None
    script = memory.procedure(done.built).script
    assert script.goal == SCRIPT["goal"] and list(script.steps) == SCRIPT["steps"]
    assert {p.name for p in script.parameters} == {"table", "column"}
    (match,) = memory.recall("add a column to the table customers without downtime").matches
    assert match.pitfalls[0].pitfall.instead == "set lock_timeout and retry"


def test_a_script_passed_later_for_the_same_run_becomes_a_revision(memory: ProceduralMemory):
    first = memory.record("add a status column to the orders table", MIGRATE, "success")
    later = memory.record("add a status column to the orders table", MIGRATE, "success", script=SCRIPT)
    assert later.built == first.built and later.how == "revised" and first.built is not None
    assert [r.builder for r in memory.store.history(first.built)] == ["extractive", "caller"]
    assert memory.procedure(first.built).revision == 2


def test_claude_writes_the_script_where_a_model_is_configured(open_memory: Opener):
    answer = {
        "goal": "Add a column to {table}",
        "steps": ["Set lock_timeout", "ALTER TABLE {table}"],
        "facts": ["postgres"],
    }
    llm = Scripted([answer])
    memory = open_memory(llm=llm)
    done = memory.record("add a status column to the orders table", MIGRATE, "success")
    assert done.builder == "claude" and done.built is not None
    assert memory.procedure(done.built).script.steps == ("Set lock_timeout", "ALTER TABLE {table}")
    assert '"reward": 1.0' in llm.asked[0].prompt and "lock_timeout" in llm.asked[0].prompt


def test_a_model_without_a_usable_answer_is_an_error_and_the_run_is_kept_for_a_retry(open_memory: Opener):
    memory = open_memory(llm=Scripted([LLMError("The model gave no answer."), {"goal": "g", "steps": ["s"]}]))
    with pytest.raises(LLMError, match="stored as t1"):
        memory.record("add a status column", MIGRATE, "success")
    assert (memory.store.stats().trajectories, memory.store.stats().procedures) == (1, 0)
    assert memory.record("add a status column", MIGRATE, "success").how == "created"


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


def test_adjustment_revises_what_a_failed_run_used(open_memory: Opener):
    revised = {"goal": "Put a clean {object} in {place}", "steps": ["take {object}", "clean it", "move it to {place}"]}
    memory = open_memory(llm=Scripted([revised, revised]), update="adjustment")
    built = memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success").built
    done = memory.record("put a clean mug in cabinet.", NOT_HELD, "failure", used=[built])
    assert built is not None and dict(done.revised) == {}, "the same words again are no revision"
    memory = open_memory(
        llm=Scripted([revised, {**revised, "steps": ["look for {object}", *revised["steps"]]}]), path="b"
    )
    built = memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success").built
    done = memory.record("put a clean mug in cabinet.", NOT_HELD, "failure", used=[built])
    assert built is not None and {i: made.number for i, made in done.revised.items()} == {built: 2}
    assert [r.number for r in memory.store.history(built)] == [1, 2]


def test_a_reward_between_0_and_1_counts_against_the_threshold(open_memory: Opener):
    assert open_memory(path="a").record("do it", ["act -> ok"], 0.6).success
    assert not open_memory(path="b", success_reward=0.9).record("do it", ["act -> ok"], 0.6).success


def test_reflecting_keeps_the_pitfall_and_returns_what_a_revision_needs(memory: ProceduralMemory):
    built = memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success").built
    done = memory.reflect(
        "put a clean cup in cabinet.", NOT_HELD, "Nothing happens", used=[built], lesson="take it first"
    )
    assert done.material is not None and built is not None
    assert done.material["procedure"]["id"] == f"p{built}"  # type: ignore[index]
    assert done.material["left_it_at"]["did"] == "move mug 2 to cabinet 1"  # type: ignore[index]
    assert done.material["closest_success"]["task"] == "put a clean mug in cabinet."  # type: ignore[index]
    assert (memory.procedure(built).uses, memory.procedure(built).successes) == (1, 0)
    (match,) = memory.recall("put a clean fork in cabinet.").matches
    assert match.pitfalls[0].pitfall.instead == "take it first"


def test_a_revision_passed_back_is_shown_from_then_on_and_the_failure_is_credited_once(memory: ProceduralMemory):
    built = memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success").built
    assert built is not None
    args = ("put a clean cup in cabinet.", NOT_HELD, "Nothing happens")
    memory.reflect(*args, used=[built])
    revision = {"goal": "Put a clean {object} in {place}.", "steps": ["take {object} before you move it", "go on"]}
    done = memory.reflect(*args, used=[built], revision=revision)
    assert dict(done.revised) == {built: (2, "trial")} and done.material is None
    (match,) = memory.recall("put a clean fork in cabinet.").matches
    assert match.procedure.script.steps[0] == "take {object} before you move it" and memory.procedure(built).uses == 1
    assert len(match.pitfalls) == 1


def test_with_error_the_pitfall_that_fits_comes_first(memory: ProceduralMemory):
    built = memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success").built
    memory.reflect(
        "put a clean cup in cabinet.", NOT_HELD, "Nothing happens when moving", used=[built], lesson="hold it"
    )
    memory.reflect(
        "put a clean cup in cabinet.", CLEAN_CUP[:2], "The cabinet is locked", used=[built], lesson="find the key"
    )
    for error, lesson in (("nothing happens when moving it", "hold it"), ("cabinet 3 is locked", "find the key")):
        (match,) = memory.recall("put a clean fork in cabinet.", error=error).matches
        assert match.pitfalls[0].pitfall.instead == lesson


def test_a_pitfall_of_a_task_without_a_procedure_is_shown_for_such_a_task(memory: ProceduralMemory):
    memory.reflect("deploy the shop to staging", ["kubectl apply -> forbidden"], "forbidden", lesson="log in first")
    found = memory.recall("deploy the shop to staging again")
    assert found.matches == [] and [p.pitfall.instead for p in found.pitfalls] == ["log in first"]


def test_a_revision_needs_exactly_one_procedure(memory: ProceduralMemory):
    with pytest.raises(InputError, match="exactly"):
        memory.reflect("a task", ["a step"], "an error", revision={"steps": ["x"]})
    assert memory.store.stats().trajectories == 0


def test_a_procedure_that_keeps_failing_is_archived_and_no_longer_recalled(memory: ProceduralMemory):
    built = memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success").built
    archived: list[int] = []
    for attempt in range(8):
        done = memory.record(f"put a clean mug in cabinet {attempt}.", NOT_HELD, "failure", used=[built])
        archived += done.decided.archived
    assert archived == [built]
    assert memory.recall("put a clean mug in cabinet.").matches == []
    assert built is not None and memory.procedure(built).status == "archived"


def test_projects_keep_their_procedures_apart_and_share_those_of_no_project(open_memory: Opener):
    shop, blog, none = (open_memory(project=name) for name in ("shop", "blog", ""))
    shop.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    assert blog.recall("put a clean mug in cabinet.").matches == []
    none.record("add a status column to the orders table", MIGRATE, "success")
    assert len(blog.recall("add a status column to the orders table").matches) == 1
    assert len(shop.recall("put a clean mug in cabinet.").matches) == 1


def test_pitfalls_of_a_later_script_and_of_a_revision_are_shown(memory: ProceduralMemory):
    task = "add a status column to the orders table"
    memory.record(task, MIGRATE, "success")
    memory.record(task, MIGRATE, "success", script=SCRIPT)
    shown = [p.pitfall.trigger for p in memory.recall(task).matches[0].pitfalls]
    assert "relation is locked" in shown
    revision = {**SCRIPT, "steps": ["look first"], "pitfalls": [{"trigger": "ImagePullBackOff", "instead": "log in"}]}
    memory.reflect(task, NOT_HELD, "boom", used=["p1"], revision=revision)
    assert memory.recall(task, error="ImagePullBackOff").matches[0].pitfalls[0].pitfall.instead == "log in"


def test_a_revision_made_from_an_older_one_is_refused_and_nobodys_work_is_undone(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    args = ("put a clean cup in cabinet.", NOT_HELD, "Nothing happens")
    told = memory.reflect(*args, used=["p1"]).material
    assert told is not None and told["procedure"]["revision"] == 1  # type: ignore[index]
    memory.reflect(*args, used=["p1"], revision={"revision": 1, "goal": "g", "steps": ["theirs"]})
    with pytest.raises(RevisedMeanwhileError, match="recall it again"):
        memory.reflect(*args, used=["p1"], revision={"revision": 1, "goal": "g", "steps": ["ours"]})
    (match,) = memory.recall("put a clean mug in cabinet.").matches
    assert match.procedure.script.steps == ("theirs",)


def test_claude_does_not_undo_what_was_revised_while_it_was_thinking(open_memory: Opener):
    other = open_memory(builder="extractive")

    class Slow(Scripted):
        def ask(self, system: str, prompt: str, answer: Any) -> Any:
            if "Change as little" in system:
                other.reflect("put a mug away", NOT_HELD, "x", used=["p1"], revision={"goal": "g", "steps": ["theirs"]})
            return super().ask(system, prompt, answer)

    script = {"goal": "Put {object} away", "steps": ["clean it"]}
    memory = open_memory(llm=Slow([script, {**script, "steps": ["ours"]}]))
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    done = memory.record("put a clean cup in cabinet.", NOT_HELD, "failure", used=["p1"])
    assert any("revised meanwhile" in note for note in done.notes) and dict(done.revised) == {}
    (match,) = memory.recall("put a clean mug in cabinet.").matches
    assert match.procedure.script.steps == ("theirs",)


def test_unrelated_tasks_done_in_like_words_stay_apart(memory: ProceduralMemory):
    terse = ["Read the code -> ok", "Edit it -> ok", "Run the tests -> 12 passed"]
    memory.record("Migrate billing to Postgres 16", terse, "success")
    assert memory.record("Translate the docs to French", terse, "success").how == "created"
    for goal in ("Fix a flaky {test}", "Add a page to a web shop"):
        script = {"goal": goal, "steps": ["Read", "Edit", "Run the tests"]}
        assert memory.record(goal, [f"{goal} -> done"], "success", script=script).how == "created"
    (match,) = memory.recall("Add a login page to the web shop").matches
    assert match.procedure.script.goal == "Add a page to a web shop"


def test_a_project_cannot_credit_or_revise_what_is_anothers(open_memory: Opener):
    alpha, beta = open_memory(project="alpha"), open_memory(project="beta")
    alpha.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    with pytest.raises(NotFoundError, match="p1"):
        beta.record("put a clean cup in cabinet.", CLEAN_CUP, "success", used=["p1"])
    with pytest.raises(NotFoundError, match="p1"):
        beta.reflect("put a clean cup in cabinet.", NOT_HELD, "x", used=["p1"], revision={"steps": ["evil"]})
    assert alpha.procedure(1).uses == 0 and alpha.procedure(1).revision == 1


def test_a_low_success_threshold_builds_from_what_it_counts_as_success(open_memory: Opener):
    memory = open_memory(success_reward=0.3)
    assert memory.record("put a clean mug in cabinet.", CLEAN_MUG, 0.4).how == "created"
    assert memory.store.stats().successes == 1


def test_a_failure_without_used_credits_nothing_and_asks_whether_one_was_followed(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    done = memory.reflect("put a clean cup in cabinet.", NOT_HELD, "Nothing happens")
    assert done.material is not None and "procedure" not in done.material and "closest_procedure" in done.material
    assert memory.procedure(1).uses == 0
    assert "Only if you followed p1" in reflect_reply(done).next


def test_a_revision_does_not_answer_for_the_failures_of_the_one_before(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    for attempt in range(4):
        memory.record(f"put a clean mug in cabinet {attempt}.", NOT_HELD, "failure", used=["p1"])
    memory.reflect(
        "put a clean pan in cabinet.", NOT_HELD, "x", used=["p1"], revision={"goal": "g", "steps": ["better"]}
    )
    memory.record("put a clean fork in cabinet.", NOT_HELD, "failure", used=["p1"])
    assert memory.procedure(1).status == "active"


def test_a_revision_brings_an_archived_procedure_back(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    for attempt in range(5):
        memory.record(f"put a clean mug in cabinet {attempt}.", NOT_HELD, "failure", used=["p1"])
    assert memory.recall("put a clean mug in cabinet.").matches == []
    memory.reflect(
        "put a clean pan in cabinet.", NOT_HELD, "x", used=["p1"], revision={"goal": "g", "steps": ["better"]}
    )
    (match,) = memory.recall("put a clean mug in cabinet.").matches
    assert match.procedure.script.steps == ("better",) and memory.store.check() == []  # type: ignore[attr-defined]


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
    with pytest.raises(StoreError, match="moved or deleted"):
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


def test_the_trajectory_form_brings_the_run_and_the_script_form_does_not(memory: ProceduralMemory):
    memory.record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    assert memory.recall("put a clean mug in cabinet.", form="script").matches[0].example is None
    example = memory.recall("put a clean mug in cabinet.", form="trajectory").matches[0].example
    assert example is not None and len(example.steps) == len(CLEAN_MUG)


def test_provenance_evidence_and_tokens_are_kept_with_the_run(memory: ProceduralMemory):
    provenance = Provenance(client="tests 1", model="m", source="file:3")
    done = memory.record("do it", ["act -> ok"], 1, evidence="check: pytest, exit 0", tokens=12, provenance=provenance)
    kept = memory.store.trajectory(done.trajectory)
    assert (kept.evidence.kind, kept.evidence.detail) == ("check", "pytest, exit 0")
    assert (kept.provenance, kept.tokens) == (provenance, 12)


def test_a_second_open_finds_everything_again(open_memory: Opener):
    open_memory().record("put a clean mug in cabinet.", CLEAN_MUG, "success")
    assert len(open_memory().recall("put a clean cup in cabinet.").matches) == 1
