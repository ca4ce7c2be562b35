"""The vectors of a memory's keys: made where they are missing, each text once, and never of two embedders."""

from collections.abc import Callable, Sequence

import pytest
from runs import CLEAN_MUG, TASK, shown, teach

from memp.embed import Identity, Vectors
from memp.embed.background import Ready
from memp.embed.hashing import HashingEmbedder
from memp.errors import EmbedderError, StoreError
from memp.memory import ProceduralMemory

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
    done = memory.record("boil an egg", ["put it in cold water -> ok"], "failure", used=["p1"])
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
