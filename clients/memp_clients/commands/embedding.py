"""`memp setup` and `memp reembed`: compile the embedding model, and embed a memory with another one."""

import time
from typing import Any

from memp.config import Settings, open_memory, require_memory
from memp.embed.background import Ready
from memp.embed.load import HASHING, compiled_if_ready, open_embedder
from memp_clients.screen.models import compile_with_stages
from memp_clients.screen.terminal import Terminal
from memp_clients.screen.views import line


def run_setup(settings: Settings, terminal: Terminal) -> None:
    """`memp setup`.

    Raises:
        EmbedderError: the model cannot be found or compiled.
    """
    began = time.monotonic()
    if settings.model == HASHING:
        document: dict[str, Any] = {"model": HASHING, "compiled": False}
        terminal.show(document, lambda: line("The hashing embedder needs no set-up."))
        return
    known = compiled_if_ready(settings.model, settings.cache)
    embedder = known or compile_with_stages(settings, terminal)
    identity, seconds = embedder.identity, time.monotonic() - began
    document = {
        "model": identity.name, "compiled": True, "new": known is None, "dimension": identity.dimension,
        "digest": identity.digest, "floor": identity.floor, "cache": str(settings.cache), "seconds": round(seconds, 1),
    }  # fmt: skip
    done = "was compiled already" if known else f"is compiled ({seconds:.0f} s)"
    terminal.show(document, lambda: line(f"{identity.name} {done}: it now starts in under a second."))


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
        total = memory.store.stats().pending
        with terminal.progress() as progress, memory.embedding_later():
            bar = progress.add_task("Embedding", total=total)
            count = memory.embed_pending(lambda done: progress.advance(bar, done))
    finally:
        memory.close()
    document = {"embedded": count, "model": embedder.identity.name, "before": before.name if before else None}
    text = f"{count} texts embedded with {embedder.identity.name}."
    terminal.show(document, lambda: line(text if count else f"All vectors are of {embedder.identity.name} already."))
