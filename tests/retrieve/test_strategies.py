"""Which procedure fits, and when none does."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stored import EMBEDDER, vector

from memp.embed.background import Ready
from memp.embed.compiled import CompiledEmbedder
from memp.memory import ProceduralMemory
from memp.retrieve.candidates import Query
from memp.retrieve.strategies import FLOOR, STRATEGIES, Strategy, search
from memp.text.keywords import terms

Opener = Callable[..., ProceduralMemory]

TASKS = {
    "column": "Add a nullable column to a large Postgres table in production",
    "index": "Create an index on a large Postgres table without blocking writes",
    "certificate": "Renew the TLS certificate of the ingress before it expires",
    "egg": "put a cool egg in diningtable.",
    "hot": "put a hot egg in diningtable.",
    "oom": "Fix the nightly job that dies with exit code 137",
    "enospc": "Fix the nightly job that dies with ENOSPC",
}


@pytest.fixture
def real(open_memory: Opener, compiled: CompiledEmbedder) -> Callable[..., ProceduralMemory]:
    """A memory of TASKS with real embeddings; the reply's goal is the task itself."""

    def opener(**options: object) -> ProceduralMemory:
        memory = open_memory(embedder=Ready(compiled), **options)
        for name, task in TASKS.items():
            memory.record(task, [f"step of {name} -> ok"], "success", script={"goal": task, "steps": [f"do {name}"]})
        return memory

    return opener


def first(memory: ProceduralMemory, task: str, **arguments: object) -> str | None:
    matches = memory.recall(task, **arguments).matches  # type: ignore[arg-type]
    return matches[0].procedure.script.goal if matches else None


@pytest.mark.parametrize(("strategy", "floor"), [("hybrid", None), ("query", 0.3)])
def test_a_paraphrase_finds_its_procedure_by_meaning(real: Opener, strategy: str, floor: float | None):
    memory = real(retrieve=strategy, floor=floor)
    assert first(memory, "The ingress' TLS certificate runs out on Friday: get us a new one") == TASKS["certificate"]
    assert first(memory, "We need another optional field on the huge orders table in our Postgres") == TASKS["column"]


def test_a_light_verb_does_not_make_it_another_task(real: Opener):
    memory = real()
    memory.record(
        "Add a bucket called acme-logs to the staging stack", ["edit main.tf -> ok", "apply -> ok"], "success"
    )
    assert first(memory, "put a bucket named raw-events into the production stack") is not None


def test_an_exact_rare_word_decides_between_tasks_that_read_alike(real: Opener):
    memory = real()
    assert first(memory, "the nightly job dies again, ENOSPC this time") == TASKS["enospc"]
    assert first(memory, "the nightly job dies again, 137 this time") == TASKS["oom"]


@pytest.mark.parametrize("strategy", ["hybrid", "query"])
def test_an_unrelated_task_finds_nothing(real: Opener, strategy: str):
    memory = real(retrieve=strategy)
    for task in ("Write a sonnet about the sea", "What is the best opening against the Sicilian defence?"):
        assert first(memory, task) is None


def test_the_floor_can_be_lifted_and_lowered_by_setting(real: Opener):
    assert first(real(floor=1.0), TASKS["egg"]) is None
    assert first(real(floor=0), "Write a sonnet about the sea") is not None


def test_facts_find_a_procedure_by_its_key_facts(real: Opener):
    memory = real(retrieve="facts")
    assert first(memory, "do it", facts=["TLS certificate", "renew", "ingress"]) == TASKS["certificate"]


def test_limit_brings_more_and_each_procedure_once(real: Opener):
    matches = real().recall("put an egg in diningtable.", limit=3).matches
    assert {m.procedure.script.goal for m in matches[:2]} == {TASKS["egg"], TASKS["hot"]}
    assert len({m.procedure.id for m in matches}) == len(matches)


def test_random_is_a_control_that_a_seed_repeats(real: Opener):
    draws = [first(real(retrieve="random", seed=seed), "Write a sonnet") for seed in (1, 1, 2, 3, 4)]
    assert draws[0] == draws[1] and len(set(draws)) > 1


def test_context_breaks_a_tie_only(real: Opener):
    memory = real()
    assert (
        first(memory, TASKS["certificate"], context="a large Postgres table, writes, an index") == TASKS["certificate"]
    )


@given(st.text(max_size=200))
def test_words_are_lower_case_unique_and_without_accents(text: str):
    words = terms(text)
    assert len(set(words)) == len(words)
    assert all(word == word.casefold() and "_" not in word for word in words)


def test_words_of_a_sentence():
    assert terms("Réstart the Über-service, please: err_42 at /srv/app.py!") == [
        "restart", "uber", "service", "err", "42", "srv", "app", "py",
    ]  # fmt: skip


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_seed_changes_only_the_strategy_that_draws(open_memory: Opener, strategy: Strategy):
    memory = open_memory()
    for name, task in TASKS.items():
        memory.record(task, [f"step of {name} -> ok"], "success", script={"goal": task, "steps": [f"do {name}"]})
    firsts = {first(open_memory(retrieve=strategy, seed=seed), TASKS["column"]) for seed in range(8)}
    assert (len(firsts) > 1) == STRATEGIES[strategy].drawn


def test_of_a_procedures_keys_the_one_that_a_task_reads_like_decides(open_memory: Opener, compiled: CompiledEmbedder):
    memory = open_memory(embedder=Ready(compiled))
    for task in ("put a cellphone in bed.", "put some book on bed.", "put some pen on desk.", "put a pen in drawer."):
        thing, place = task.split(" ")[2], task.split(" ")[-1].rstrip(".")
        steps = [
            f"take {thing} -> You take the {thing}.",
            f"put {thing} on {place} -> You put the {thing} on the {place}.",
        ]
        memory.record(task, steps, "success")
    (match, *_) = memory.recall("put some cellphone on bed.").matches
    assert match.procedure.script.goal.startswith("Put ") and "two" not in match.procedure.script.goal


def test_of_texts_that_are_too_far_to_fit_few_are_read_and_the_answer_is_that_of_reading_all(memory: ProceduralMemory):
    for verb in ("paint", "restart", "book", "move", "check", "resize"):
        for thing in ("fence", "queue", "flight", "backup", "photo"):
            steps = [f"{step}{verb}{thing} it" for step in "abcd"]  # Alike in nothing, so that each makes a procedure.
            memory.record(f"{verb} the {thing} of customer {thing[:2]}", steps, "success")
    for task in ("restart the queue", "resize a photo of the garden", "explain how a fence is painted"):
        query = Query(task, vector=vector(task), embedder=EMBEDDER.identity, floor=FLOOR)
        likely = search(memory.store, "task", query)
        every = search(memory.store, "task", replace(query, exhaustive=True))
        assert likely.candidates == every.candidates and likely.nearest == every.nearest
        assert len(likely.below) < len(every.below) / 2
