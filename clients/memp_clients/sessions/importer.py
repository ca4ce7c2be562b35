"""Import trajectories from files into a memory (`memp import`), resumable and in bulk.

A run that is known already is skipped without building anything, so a second import adds nothing, and one that was
interrupted goes on by being run again. Vectors are made at the end, in batches.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from itertools import accumulate
from typing import cast

from rich.progress import TextColumn

from memp.config import Settings, language_model, open_memory
from memp.domain.origin import PROGRAM, Channel, Origin
from memp.domain.results import Record
from memp.domain.trajectory import Provenance
from memp.embed import Embedder
from memp.embed.background import Loading
from memp.errors import ConfigError, EmbedderError, InputError, LLMError, NotFoundError, StoreError
from memp.light.project import named, place_of_log
from memp.memory import ProceduralMemory
from memp.text.homes import below_home
from memp_clients.screen.models import NotNeeded, loading
from memp_clients.screen.terminal import Terminal
from memp_clients.screen.views import many
from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import STDIN, Fault, check, path_of
from memp_clients.sessions.formats import Given
from memp_clients.sessions.reader import read
from memp_clients.sessions.summary import Summary, summary_view, task_unused

NO_OUTCOME = "no outcome: pass --outcome success or --outcome failure for such records"
RECORDED = "the agent recorded it itself"
MOST_LLM_FAILURES = 3
"""Failures of the language model, one after the other, after which an import stops asking."""


class Deferred:
    """An embedder that is not given out until `open`, so that nothing is embedded while trajectories are recorded."""

    def __init__(self, source: Loading) -> None:
        self._source = source
        self._opened = False

    def open(self) -> None:
        self._opened = True

    def wait(self) -> None:
        self._source.wait()

    def get(self) -> Embedder | None:
        return self._source.get() if self._opened else None

    @property
    def why_not(self) -> str:
        return self._source.why_not if self._opened else ""


def import_files(
    memory: ProceduralMemory,
    sources: Sequence[str],
    summary: Summary,
    outcome: str | None = None,
    moved: Callable[[int, int], None] | None = None,
    finished: Callable[[int], None] | None = None,
    task: str = "",
    named: str = "",
) -> None:
    """Record all trajectories of the files, counting into `summary`. `named` is what their origin is called, where that is not
    the path of the file.

    What cannot be recorded is skipped with its reason. `moved` is called with the number of the file and how many of
    its bytes are read, `finished` with the number of a file that is done.

    Raises:
        StoreError: the memory cannot be written; what was recorded before is kept.
        LLMError: the language model failed several times in a row.
    """
    batch = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"
    for number, source in enumerate(sources):
        given = Given(task)
        try:
            for entry in read(source, outcome, None if moved is None else partial(moved, number), given):
                summary.read += 1
                if isinstance(entry, Fault):
                    summary.skip(source, entry)
                else:
                    _record(memory, source, entry, summary, _origin(memory, source, entry, batch, named))
        except InputError as error:
            # It was there when the import began: clients clear their old sessions.
            summary.skip(source, Fault("", str(error).rstrip(".")))
        summary.without_task += [source] if task and not given.used else []
        if finished is not None:
            finished(number)


def _record(memory: ProceduralMemory, source: str, entry: Entry, summary: Summary, origin: Origin) -> None:
    if entry.recorded:
        summary.skip(source, Fault(entry.place, RECORDED))
        return
    if entry.outcome is None:
        summary.skip(source, Fault(entry.place, NO_OUTCOME))
        return
    try:
        summary.count(record(memory, entry, origin=origin))
        summary.overruled += entry.overruled
        summary.llm_failures = 0
    except (InputError, NotFoundError) as error:
        summary.skip(source, Fault(entry.place, str(error).rstrip(".")))
    except LLMError as error:
        summary.llm_failures += 1
        if summary.llm_failures >= MOST_LLM_FAILURES:
            raise
        summary.skip(source, Fault(entry.place, str(error).rstrip(".")))


def _origin(memory: ProceduralMemory, source: str, entry: Entry, batch: str, named: str) -> Origin:
    """The origin of a trajectory of an import: its session, else its file. All of an import are one witness."""
    channel: Channel = "log" if entry.seen else "trusted" if memory.options.trusted else "file"
    file = named or (source if source == STDIN else below_home(str(path_of(source).absolute())))
    return Origin(channel=channel, client=entry.provenance.origin, name=entry.session or file, batch=batch)


def record(
    memory: ProceduralMemory, entry: Entry, client: str = "memp import", origin: Origin = PROGRAM
) -> Record:  # fmt: skip
    """Record one trajectory of a file; `client` stands for one that it does not name."""
    return memory.record(
        cast(str, entry.task),
        entry.steps,
        entry.outcome,
        evidence=entry.evidence,
        used=entry.used,
        script=entry.script,
        facts=entry.facts,
        tokens=entry.tokens,
        at=entry.at,
        provenance=provenance_of(memory, entry, client),
        origin=origin,
    )


def provenance_of(memory: ProceduralMemory, entry: Entry, client: str) -> Provenance:
    """Where a trajectory comes from, with the project of its folder in this memory."""
    own, options = entry.provenance, memory.options
    place = named(options.project) if options.project else place_of_log(entry.folder)
    project = memory.settle(place) or own.project or options.at or None
    return own.model_copy(update={"client": own.client or client, "project": project})


def run_import(
    settings: Settings, terminal: Terminal, files: Sequence[str], outcome: str | None, task: str = ""
) -> int:
    """`memp import FILES`; its exit status: 1 where no run was stored or known.

    Raises:
        InputError: a file cannot be opened; nothing was stored.
        ConfigError: Claude was asked for and is not configured.
        StoreError, LLMError: as `import_files`.
    """
    check(files)
    sizes = [None if name == STDIN else path_of(name).stat().st_size for name in files]
    summary = import_all(settings, terminal, files, sizes, outcome, task=task)
    terminal.show(summary.document(), lambda: summary_view(summary))
    return 0 if summary.stored or summary.known else 1


def import_all(
    settings: Settings,
    terminal: Terminal,
    sources: Sequence[str],
    sizes: Sequence[int | None],
    outcome: str | None,
    finished: Callable[[int, Summary], None] = lambda number, summary: None,
    embed: bool = True,
    task: str = "",
) -> Summary:
    """Record the sources into the memory of the settings, with a progress bar, and embed what is new.

    Args:
        sizes: bytes of each source; None where nobody knows.
        task: what was asked, of runs whose log does not hold it.
        finished: called with the number of a source that is done, and the summary so far.

    Raises:
        ConfigError: Claude was asked for and is not configured.
        StoreError, LLMError: as `import_files`.
    """
    if settings.builder == "claude" and language_model(settings) is None:
        raise ConfigError("--builder claude needs a key: set MEMP_API_KEY or MEMP_BASE_URL, or leave the option out.")
    began = time.monotonic()
    summary = Summary()
    source = Deferred(loading(settings)) if embed else None
    memory = open_memory(settings, embedder=source or NotNeeded())
    try:
        with nullcontext() if source is None else memory.embedding_later():
            _record_all(memory, sources, sizes, outcome, summary, terminal, finished, task)
            if source is not None:
                source.open()
                embed_new(memory, source, summary, terminal)
    except KeyboardInterrupt:
        pending = memory.store.stats().pending
        lacking = (
            f" {many(pending, 'text')} of the memory {'has' if pending == 1 else 'have'} no vector yet."
            if pending
            else ""
        )
        terminal.hint(f"Stopped after {summary.read:,} records; run the same command again to go on.{lacking}")
        raise
    finally:
        memory.close()
    if settings.builder == "claude" and summary.by_rule:
        summary.notes.append(
            f"{summary.by_rule:,} were written by rule: the model's scripts said what the runs do not."
        )
    if summary.without_task:
        summary.notes.append(task_unused(summary.without_task))
    summary.seconds = time.monotonic() - began
    return summary


def _record_all(
    memory: ProceduralMemory,
    sources: Sequence[str],
    sizes: Sequence[int | None],
    outcome: str | None,
    summary: Summary,
    terminal: Terminal,
    finished: Callable[[int, Summary], None],
    task: str,
) -> None:
    ends = list(accumulate(size or 0 for size in sizes))
    with terminal.progress(TextColumn("{task.fields[read]:,} read", markup=False)) as progress:
        bar = progress.add_task("Recording", total=None if None in sizes else sum(filter(None, sizes)), read=0)

        def moved(number: int, at: int) -> None:
            progress.update(bar, completed=ends[number] - (sizes[number] or 0) + at, read=summary.read)

        def done(number: int) -> None:
            progress.update(bar, completed=ends[number], read=summary.read)
            finished(number, summary)

        import_files(memory, sources, summary, outcome, moved, done, task)


def embed_new(memory: ProceduralMemory, source: Deferred, summary: Summary, terminal: Terminal) -> None:
    """Make the vectors of what is new. Where that fails the runs are kept, and a later start makes them."""
    with terminal.stages("Loading the embedding model"):
        source.wait()
    later = "the next `memp serve` embeds it, or `memp reembed`"
    if source.why_not:
        summary.notes.append(f"Stored, not embedded yet ({later}): {source.why_not}.")
        return
    try:
        with terminal.progress() as progress:
            bar = progress.add_task("Embedding", total=memory.store.stats().pending)
            summary.embedded = memory.embed_pending(lambda done: progress.advance(bar, done))
    except (EmbedderError, StoreError) as error:
        summary.notes.append(f"Stored, not embedded yet ({later}): {error}")
