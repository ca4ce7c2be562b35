"""`memp import`: many trajectories into a memory, fast, and again from where it stopped.

A run that is known already is passed over without building anything, so a second import adds nothing, and one that was
interrupted goes on by being run again. Vectors are made at the end, many at a time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from memp.embed import Embedder
from memp.embed.background import Source
from memp.errors import InputError, LLMError, NotFoundError
from memp.memory import ProceduralMemory
from memp.results import Record
from memp_clients.files import Fault
from memp_clients.trajectories import Entry, read

NO_OUTCOME = "no outcome: pass --outcome success or --outcome failure for such records"
MOST_SKIPPED = 100
"""Skipped records that a summary names one by one; all are counted."""

MOST_LLM_FAILURES = 3
"""Failures of the language model, one after the other, after which an import stops asking."""


class Later:
    """An embedder's source that is closed until `open`, so that nothing is embedded while trajectories are recorded."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._opened = False

    def open(self) -> None:
        self._opened = True

    def get(self) -> Embedder | None:
        return self._source.get() if self._opened else None

    @property
    def why_not(self) -> str:
        return self._source.why_not if self._opened else ""


@dataclass
class Summary:
    """What became of the records: each is in exactly one of added, merged, failures, known, other and skipped."""

    read: int = 0
    added: int = 0
    """Runs that became a procedure of their own."""
    merged: int = 0
    """Runs that an equal procedure took in."""
    failures: int = 0
    """Failed runs: kept, with their pitfall where the update policy has one."""
    known: int = 0
    other: int = 0
    """Runs that were kept, but of which nothing was built."""
    skipped: int = 0
    reasons: dict[str, int] = field(default_factory=dict[str, int])
    named: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    embedded: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list[str])

    def skip(self, source: str, fault: Fault) -> None:
        self.skipped += 1
        reason = fault.reason if fault.reason in self.reasons or len(self.reasons) < MOST_SKIPPED else "other reasons"
        self.reasons[reason] = self.reasons.get(reason, 0) + 1
        if len(self.named) < MOST_SKIPPED:
            self.named.append({"file": source, "place": fault.place, "reason": fault.reason})

    def count(self, record: Record) -> None:
        if record.how == "created":
            self.added += 1
        elif record.how == "merged":
            self.merged += 1
        elif not record.new:
            self.known += 1
        elif not record.success:
            self.failures += 1
        else:
            self.other += 1

    @property
    def stored(self) -> int:
        return self.added + self.merged + self.failures + self.other

    def document(self) -> Mapping[str, Any]:
        counts = ("read", "added", "merged", "failures", "known", "other", "skipped", "embedded")
        return {
            **{name: getattr(self, name) for name in counts},
            "reasons": self.reasons,
            "records_skipped": self.named,
            "seconds": round(self.seconds, 2),
            "notes": self.notes,
        }


def import_files(
    memory: ProceduralMemory,
    sources: Sequence[str],
    summary: Summary,
    outcome: str | None = None,
    moved: Callable[[int, int], None] | None = None,
) -> None:
    """Record all trajectories of the files, counting into `summary`.

    What cannot be recorded is skipped with its reason. `moved` is called with the number of the file and how many of
    its bytes are read.

    Raises:
        StoreError: the memory cannot be written; what was recorded before is kept.
        LLMError: the language model failed several times in a row.
    """
    failed = 0
    for number, source in enumerate(sources):
        position = None if moved is None else (lambda at, number=number: moved(number, at))
        for entry in read(source, outcome, position):
            summary.read += 1
            if isinstance(entry, Fault):
                summary.skip(source, entry)
                continue
            try:
                if entry.outcome is None:
                    summary.skip(source, Fault(entry.place, NO_OUTCOME))
                    continue
                summary.count(record(memory, entry))
                failed = 0
            except (InputError, NotFoundError) as error:
                summary.skip(source, Fault(entry.place, str(error).rstrip(".")))
            except LLMError as error:
                failed += 1
                if failed >= MOST_LLM_FAILURES:
                    raise
                summary.skip(source, Fault(entry.place, str(error).rstrip(".")))


def record(memory: ProceduralMemory, entry: Entry) -> Record:
    """Record one trajectory of a file."""
    return memory.record(
        cast(str, entry.task),
        entry.steps,
        entry.outcome,
        evidence=entry.evidence,
        used=entry.used,
        script=entry.script,
        facts=entry.facts,
        tokens=entry.tokens,
        provenance=entry.provenance.model_copy(
            update={
                "client": entry.provenance.client or "memp import",
                "project": memory.options.project or entry.provenance.project,
            }
        ),
    )
