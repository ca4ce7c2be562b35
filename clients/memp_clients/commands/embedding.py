"""`memp setup` and `memp reembed`: compile the embedding model, and embed a memory with another one; and what a recall embeds."""

import time
from contextlib import closing
from typing import Any

from memp.config import Settings, open_memory, require_memory
from memp.embed import Embedder
from memp.embed.background import Ready
from memp.embed.load import HASHING, compiled_if_ready, open_embedder
from memp.errors import ConfigError, EmbedderError, StoreError
from memp.memory import ProceduralMemory
from memp_clients.screen.models import compile_with_stages
from memp_clients.screen.terminal import Terminal
from memp_clients.screen.views import line, many

MOST_FIRST = 256
"""Texts that a recall embeds first: a second or two."""


def run_setup(settings: Settings, terminal: Terminal) -> None:
    """`memp setup`.

    Raises:
        EmbedderError: the model cannot be found or compiled, or fails on what is embedded.
    """
    began = time.monotonic()
    if settings.model == HASHING:
        document: dict[str, Any] = {"model": HASHING, "compiled": False}
        terminal.show(document, lambda: line("The hashing embedder needs no set-up."))
        return
    known = compiled_if_ready(settings.model, settings.cache)
    embedder = known or compile_with_stages(settings, terminal)
    seconds = time.monotonic() - began
    embedded = _embed_left(settings, terminal, embedder)
    identity = embedder.identity
    document = {
        "model": identity.name, "compiled": True, "new": known is None, "dimension": identity.dimension,
        "digest": identity.digest, "floor": identity.floor, "cache": str(settings.cache), "seconds": round(seconds, 1),
        "embedded": embedded,
    }  # fmt: skip
    done = "was compiled already" if known else f"is compiled ({seconds:.0f} s)"
    more = f" {many(embedded, 'text')} of the memory got their vectors." if embedded else ""
    terminal.show(document, lambda: line(f"{identity.name} {done}: it now starts in under a second.{more}"))


def _embed_left(settings: Settings, terminal: Terminal, embedder: Embedder) -> int:
    """Embed what was recorded before there was a model; how many texts. A memory that is not there is not made, and of one that
    cannot be used only a hint is given: the model is ready."""
    if settings.read_only or not settings.db.exists():
        return 0
    try:
        with closing(open_memory(settings, embedder=Ready(embedder))) as memory:
            return 0 if memory.store.read_only else _embed_all(memory, terminal)
    except (StoreError, ConfigError) as error:
        terminal.hint(f"The memory was left as it is: {error}")
        return 0


def _embed_all(memory: ProceduralMemory, terminal: Terminal) -> int:
    """Embed what has no vector, with a bar; how many texts."""
    with terminal.progress() as progress, memory.embedding_later():
        bar = progress.add_task("Embedding", total=memory.store.stats().pending)
        return memory.embed_pending(lambda done: progress.advance(bar, done))


def embed_first(memory: ProceduralMemory, terminal: Terminal) -> list[str]:
    """Embed, before a recall, what was recorded while there was no model; a note where some is left."""
    if memory.by_words_since or memory.store.read_only:
        return []
    try:
        with terminal.stages("Embedding what has no vector yet"):
            done = memory.embed_pending(most=MOST_FIRST)
        left = memory.store.stats().pending if done == MOST_FIRST else 0
    except (EmbedderError, StoreError) as error:
        return [f"What has no vector yet was not embedded: {error}"]
    return [f"{many(left, 'text')} cannot be found by meaning yet: run `memp reembed`."] if left else []


def run_reembed(settings: Settings, terminal: Terminal, *, force: bool) -> None:
    """`memp reembed`. Interrupted, it goes on when it is run again.

    Raises:
        EmbedderError: the model cannot be loaded; no vector is dropped then.
        StoreError: there is no memory file.
    """
    require_memory(settings)
    with terminal.stages("Loading the embedding model"):
        embedder = open_embedder(settings.model, settings.cache)
    memory = open_memory(settings, embedder=Ready(embedder))
    try:
        before = memory.store.identity()
        if force or (before is not None and before.digest != embedder.identity.digest):
            memory.store.forget_vectors()
        count = _embed_all(memory, terminal)
    finally:
        memory.close()
    document = {"embedded": count, "model": embedder.identity.name, "before": before.name if before else None}
    text = f"{count} texts embedded with {embedder.identity.name}."
    terminal.show(document, lambda: line(text if count else f"All vectors are of {embedder.identity.name} already."))
