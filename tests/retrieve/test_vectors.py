"""The vectors of a memory's keys: made where they are missing, each text once, and never of two embedders."""

from collections.abc import Callable, Sequence
from contextlib import closing

import pytest
from runs import CLEAN_MUG, TASK, shown, teach

from memp.domain.results import Options
from memp.embed import Identity, Vectors
from memp.embed.background import Ready
from memp.embed.hashing import HashingEmbedder
from memp.errors import EmbedderError, StoreBusyError, StoreError
from memp.memory import ProceduralMemory
from memp.store.sqlite.store import SQLiteStore

Opener = Callable[..., ProceduralMemory]


class Watched(HashingEmbedder):
    """Keeps the texts that it was asked for; fails while `broken`."""

    broken = False

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        if self.broken:
            raise EmbedderError("The embedding model failed: out of memory.")
        self.asked += texts
        return super().encode(texts)


class Other(HashingEmbedder):
    identity = Identity(name="another", dimension=384, digest="0" * 64, floor=0.25)


def test_vectors_of_another_embedder_are_refused_by_every_call(open_memory: Opener):
    open_memory().record(TASK, CLEAN_MUG, "success")
    memory = open_memory(embedder=Ready(Other()))
    with pytest.raises(StoreError, match="another"):
        memory.recall(TASK)
    with pytest.raises(StoreError, match="another"):
        memory.record("put a clean cup in cabinet.", [*CLEAN_MUG, "look -> done"], "success")


def test_a_task_that_is_recalled_and_then_recorded_is_encoded_once(open_memory: Opener):
    watched = Watched()
    memory = open_memory(embedder=Ready(watched))
    task = "restart the billing worker after a deploy"
    memory.recall(task)
    teach(memory, task, ["stop it", "start it"])
    memory.recall(task)
    assert watched.asked.count(task) == 1


def test_names_that_only_say_which_one_is_meant_do_not_tell_tasks_apart(open_memory: Opener):
    watched = Watched()
    memory = open_memory(embedder=Ready(watched))
    teach(memory, "restart the queue on web-24 for OPS-981", ["stop it", "start it"])
    assert "restart the queue on for" in watched.asked and not any("web-24" in text for text in watched.asked[:1])
    (match,) = memory.recall("restart the queue on db-07 for OPS-33").matches
    assert match.similarity == pytest.approx(1.0)


def test_a_model_that_fails_while_recording_loses_nothing(open_memory: Opener):
    watched = Watched()
    memory = open_memory(embedder=Ready(watched), retrieve="query")
    teach(memory, "boil an egg", ["put it in water"])
    watched.broken = True
    with pytest.raises(EmbedderError, match="out of memory"):
        memory.recall(TASK)
    done = memory.record("boil an egg", ["put it in cold water -> Error: it cracked"], "failure", used=["p1"])
    assert any(note.startswith("Stored, but not embedded yet") for note in done.notes)
    assert memory.store.stats().pending > 0
    watched.broken = False
    assert memory.embed_pending() > 0 and memory.store.stats().pending == 0


def test_pending_keys_are_embedded_once_and_progress_is_told(open_memory: Opener):
    from memp.embed.background import Loading

    waiting = open_memory(embedder=Loading(HashingEmbedder))
    teach(waiting, "restart the billing worker", ["stop it", "start it"])
    assert waiting.embed_pending() == 0, "nothing is at hand yet"
    pending = waiting.store.stats().pending
    memory = open_memory()
    told: list[int] = []
    assert memory.embed_pending(told.append) == sum(told) == pending > 0
    assert memory.embed_pending() == 0
    assert shown(memory.recall("restart the billing worker")) == [1]


def test_key_facts_get_vectors_when_the_strategy_that_asks_for_them_is_on(open_memory: Opener):
    watched = Watched()
    memory = open_memory(embedder=Ready(watched))
    teach(memory, "export the customer list from ledgerdb", ["open it", "export it"])
    assert "ledgerdb" not in watched.asked and memory.store.stats().pending == 0
    assert memory.store.fact_vectors([1]) == {}
    by_facts = open_memory(embedder=Ready(watched), retrieve="facts")
    assert shown(by_facts.recall("import the customer list into ledgerdb")) == [1]
    assert "ledgerdb" in watched.asked and len(memory.store.fact_vectors([1])[1]) > 0


def test_a_memory_that_is_read_only_says_that_its_key_facts_have_no_vectors(open_memory: Opener):
    memory = open_memory()
    teach(memory, "export the customer list from ledgerdb", ["open it", "export it"])
    task = "import the customer list into ledgerdb"
    with closing(SQLiteStore(memory.store.path, read_only=True)) as store:
        by_facts = ProceduralMemory(store, Ready(HashingEmbedder()), options=Options(retrieve="facts"))
        assert "recall once with write access" in by_facts.recall(task).notes[0]
        assert not ProceduralMemory(store, Ready(HashingEmbedder())).recall(task).notes


def test_a_recall_by_facts_answers_while_another_process_writes(open_memory: Opener):
    memory, by_facts = open_memory(), open_memory(retrieve="facts", busy_timeout=0.05)
    teach(memory, "export the customer list from ledgerdb", ["open it", "export it"])
    with memory.store.transaction():
        assert by_facts.recall("import the customer list into ledgerdb").floor > 0
    assert shown(by_facts.recall("import the customer list into ledgerdb")) == [1]


def test_a_record_embeds_its_own_keys_and_leaves_those_of_others(open_memory: Opener):
    from memp.embed.background import Loading

    watched = Watched()
    other = open_memory(embedder=Loading(HashingEmbedder))
    teach(other, "water the plants", ["fill the can", "water them"])
    memory = open_memory(embedder=Ready(watched))
    teach(memory, "boil an egg", ["put it in water", "wait"])
    assert "water the plants" not in watched.asked and memory.store.stats().pending > 0
    assert memory.embed_left() > 0 and memory.store.stats().pending == 0


def test_what_a_running_process_has_taken_on_is_left_to_it(open_memory: Opener):
    from memp.embed.background import Loading

    teach(open_memory(embedder=Loading(HashingEmbedder)), "water the plants", ["fill the can", "water them"])
    memory = open_memory()
    assert memory.store.claim_pending() and memory.embed_left() == 0
    memory.store.release_pending()
    assert memory.embed_left() > 0


def test_who_could_not_give_back_what_was_taken_on_in_a_busy_file_goes_on_with_it(
    open_memory: Opener, monkeypatch: pytest.MonkeyPatch
):
    from memp.embed.background import Loading

    def busy() -> None:
        raise StoreBusyError("The memory is being written", "nothing was stored")

    waiting, memory = open_memory(embedder=Loading(HashingEmbedder)), open_memory()
    teach(waiting, "water the plants", ["fill the can", "water them"])
    with monkeypatch.context() as held:
        held.setattr(memory.store, "release_pending", busy)
        with pytest.raises(StoreBusyError):
            memory.embed_left()
    teach(waiting, "boil an egg", ["put it in water", "wait"])
    assert memory.embed_left() > 0 and memory.store.stats().pending == 0
    assert memory.store.claim_pending(), "another process may take on what comes later"


def test_what_was_left_is_embedded_by_a_later_record(open_memory: Opener, monkeypatch: pytest.MonkeyPatch):
    from memp.embed.background import Loading

    monkeypatch.setattr("memp.retrieve.vectors.LEFT_AFTER", 0.0)
    teach(open_memory(embedder=Loading(HashingEmbedder)), "water the plants", ["fill the can", "water them"])
    memory = open_memory()
    teach(memory, "boil an egg", ["put it in water", "wait"])
    assert memory.store.stats().pending > 0, "another process may be at it"
    teach(memory, "boil rice", ["put it in hot water", "stir"])
    assert memory.store.stats().pending == 0


def test_a_record_makes_a_few_vectors_of_others_and_later_ones_the_rest(
    open_memory: Opener, monkeypatch: pytest.MonkeyPatch
):
    from memp.embed.background import Loading

    monkeypatch.setattr("memp.retrieve.vectors.LEFT_AFTER", 0.0)
    monkeypatch.setattr("memp.retrieve.vectors.AT_ONCE", 3)
    waiting = open_memory(embedder=Loading(HashingEmbedder))
    for plant in ("fern", "cactus", "palm"):
        teach(waiting, f"water the {plant}", [f"fill the can for the {plant}", "water it"])
    memory = open_memory()
    left = [waiting.store.stats().pending]
    for number in range(5):
        teach(memory, f"boil egg {number}", ["put it in water", f"wait {number} minutes"])
        left.append(memory.store.stats().pending)
    assert left == [10, 10, 7, 4, 1, 0], "at the first one another process may be at it"


def test_what_is_recorded_to_be_embedded_at_the_end_is_left_alone_meanwhile(
    open_memory: Opener, monkeypatch: pytest.MonkeyPatch
):
    from memp.embed.background import Loading

    monkeypatch.setattr("memp.retrieve.vectors.LEFT_AFTER", 0.0)
    importing, memory = open_memory(embedder=Loading(HashingEmbedder)), open_memory()
    with importing.embedding_later():
        teach(importing, "water the plants", ["fill the can", "water them"])
        before = memory.store.stats().pending
        for number in range(3):
            teach(memory, f"boil egg {number}", ["put it in water", f"wait {number} minutes"])
        assert memory.store.stats().pending == before > 0
    teach(memory, "boil rice", ["put it in hot water", "stir"])
    assert memory.store.stats().pending == 0


def test_nobody_waits_for_an_embedder(open_memory: Opener):
    held: list[Sequence[str]] = []

    class Writing(HashingEmbedder):
        """Writes to the memory, by another connection, whenever it embeds: it cannot while the lock is held."""

        def encode(self, texts: Sequence[str]) -> Vectors:
            try:
                with closing(SQLiteStore(memory.store.path, busy_timeout=0.0)) as other:
                    other.release_pending()
            except StoreBusyError:
                held.append(texts)
            return super().encode(texts)

    memory = open_memory(embedder=Ready(Writing()))
    for number in range(3):
        teach(memory, f"boil egg {number}", ["put it in water", f"wait {number} minutes"])
    memory.reflect("boil egg 7", ["put it in oil -> burnt"], "burnt", used=["p1"], lesson="use water")
    assert held == []
