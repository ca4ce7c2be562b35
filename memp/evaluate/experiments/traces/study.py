"""The measurement on labelled runs, family by family.

It takes seconds and depends on the code of Build alone, so results of an earlier version are never gone on with.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import Field

from memp.config import open_memory, read_settings
from memp.embed.background import Ready
from memp.embed.load import open_embedder
from memp.embed.remembering import Remembering
from memp.evaluate.experiments.results import Episode, Line, LineT, Results, Setting
from memp.evaluate.experiments.traces.joining import Open, joined_others, siblings_joined, would_take
from memp.evaluate.experiments.traces.labels import LabelledFamily, Traces
from memp.evaluate.experiments.traces.measures import Count, scored
from memp.memory import ProceduralMemory

RESULTS, REPLAY = "traces.jsonl", "replay.jsonl"


class TraceLine(Line):
    """The counts of one family by the name of the measure, (so many, of so many), and what was lost in words."""

    set: str
    family: str
    counts: Mapping[str, Count] = Field(default_factory=dict[str, Count])
    remarks: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.set, self.family


def opener(model: str | None = None) -> Open:
    """Opens memories as they are installed, with scripts made by rule; the embedding model is loaded once.

    Raises:
        EmbedderError: the model cannot be loaded.
    """
    settings = read_settings(builder="extractive", model=model)
    embedder = Ready(Remembering(open_embedder(settings.model, settings.cache)))

    def opened(path: Path, **more: object) -> ProceduralMemory:
        fixed = {"builder": "extractive", "project": "", "floor": None, **more}
        return open_memory(read_settings(**fixed, db=path, model=settings.model), embedder=embedder)

    return opened


def measured(traces: Traces, opened: Open, progress: Callable[[], None] = lambda: None) -> list[TraceLine]:
    """A line for each family; `progress` is called after each."""
    together, alone = joined_others(traces.families, opened), would_take(traces.families)
    lines: list[TraceLine] = []
    for family in traces.families:
        lines.append(_line(family, {"foreign": together[family.family], "taken": alone[family.family]}, opened))
        progress()
    return lines


def _line(family: LabelledFamily, more: Mapping[str, Count], opened: Open) -> TraceLine:
    score = scored(family)
    joined = {"joined": siblings_joined(family, opened)} if family.same_procedure else {}
    counts = {**score.counts, **joined, **more}
    return TraceLine(
        set=family.set, family=family.family, counts=counts, remarks=(*score.remarks, *_joining_remarks(counts))
    )


def _joining_remarks(counts: Mapping[str, Count]) -> Iterator[str]:
    many, of = counts.get("joined", (0, 0))
    if many < of:
        yield f"siblings stay apart: over all orders {many} of {of} joined"
    for name, what in (
        ("foreign", "of its runs joined a procedure not theirs"),
        ("taken", "runs of others would join"),
    ):
        if counts[name][0]:
            yield f"{counts[name][0]} {what}"


def write(lines: Sequence[TraceLine], episodes: Sequence[Episode], folder: Path, setting: Setting) -> None:
    """The lines and the replayed runs as results files, in the place of earlier ones."""
    _write(folder / RESULTS, lines, TraceLine, setting)
    _write(folder / REPLAY, episodes, Episode, setting)


def _write(path: Path, lines: Sequence[LineT], kind: type[LineT], setting: Setting) -> None:
    path.unlink(missing_ok=True)
    with Results(path, {"world": "traces", **setting}, kind) as results:
        for line in lines:
            results.add(line)
