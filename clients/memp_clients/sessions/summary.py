"""Summary of an import: counts of what became of the records, as a JSON document and as a view for a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Group, RenderableType

from memp.domain.results import Record
from memp_clients.screen.views import line, pairs
from memp_clients.sessions.files import Fault, called

MOST_SKIPPED = 100
"""Skipped records that a summary names one by one; all are counted."""

MOST_FILES = 3
"""Files that a sentence names."""


@dataclass
class Summary:
    """Counts of what became of the records: each is in one of added, merged, failures, known, other and skipped."""

    read: int = 0
    added: int = 0
    """Runs that became a procedure of their own."""
    merged: int = 0
    """Runs that were merged into an equal procedure."""
    failures: int = 0
    """Failed runs: kept, with their pitfall where the update policy has one."""
    known: int = 0
    """Runs that the memory had already."""
    other: int = 0
    """Runs that were kept, but of which nothing was built."""
    skipped: int = 0
    overruled: int = 0
    """Runs that count as --outcome says, although the file shows another outcome."""
    reasons: dict[str, int] = field(default_factory=dict[str, int])
    named: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    embedded: int = 0
    seconds: float = 0.0
    by_rule: int = 0
    """Runs whose script a rule wrote."""
    llm_failures: int = 0
    """Failures of the language model since it last answered."""
    notes: list[str] = field(default_factory=list[str])
    without_task: list[str] = field(default_factory=list[str])
    """Files for which a --task was given and not used."""

    def skip(self, source: str, fault: Fault) -> None:
        """Count a record that was not taken, with its reason."""
        self.skipped += 1
        reason = fault.reason if fault.reason in self.reasons or len(self.reasons) < MOST_SKIPPED else "other reasons"
        self.reasons[reason] = self.reasons.get(reason, 0) + 1
        if len(self.named) < MOST_SKIPPED:
            self.named.append({"file": source, "place": fault.place, "reason": fault.reason})

    def count(self, record: Record) -> None:
        """Count a run by what the memory made of it."""
        self.by_rule += record.builder == "extractive"
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
        """Runs that the memory did not have before."""
        return self.added + self.merged + self.failures + self.other

    def document(self) -> Mapping[str, Any]:
        """The summary as --json shows it."""
        counts = ("read", "added", "merged", "failures", "known", "other", "skipped", "overruled", "embedded")
        return {
            **{name: getattr(self, name) for name in counts},
            "reasons": self.reasons,
            "records_skipped": self.named,
            "seconds": round(self.seconds, 2),
            "notes": self.notes,
        }


def task_unused(sources: Sequence[str]) -> str:
    """A sentence that names the files for which --task was not used."""
    names = ", ".join(called(source) for source in sources[:MOST_FILES])
    more = f" and {len(sources) - MOST_FILES:,} more" if len(sources) > MOST_FILES else ""
    return f"--task was not used for {names}{more}: it is for runs whose log does not hold what was asked."


def summary_view(summary: Summary) -> Group:
    """The summary as a person is shown it: counts that are not 0, and why records were skipped."""
    rows: list[tuple[str, object]] = [
        ("read", f"{summary.read:,}"),
        ("added", f"{summary.added:,} as procedures of their own"),
        ("merged", f"{summary.merged:,} into procedures with the same steps"),
        ("failures", f"{summary.failures:,} kept for what went wrong"),
        ("kept", f"{summary.other:,} of which nothing was built"),
        ("known", f"{summary.known:,} already"),
        ("skipped", line(f"{summary.skipped:,}", "yellow")),
        ("overruled", f"{summary.overruled:,} outcomes that the files show, by --outcome"),
        ("embedded", f"{summary.embedded:,} texts"),
        ("seconds", f"{summary.seconds:.1f}"),
    ]
    always = {"read", "added", "merged", "seconds"}
    counts = {"failures": summary.failures, "kept": summary.other, "known": summary.known,
              "skipped": summary.skipped, "overruled": summary.overruled, "embedded": summary.embedded}  # fmt: skip
    parts: list[RenderableType] = [pairs(row for row in rows if row[0] in always or counts.get(row[0]))]
    for reason, count in sorted(summary.reasons.items(), key=lambda pair: -pair[1]):
        first = next((skipped for skipped in summary.named if skipped["reason"] == reason), None)
        place = "" if first is None else f" (first: {', '.join(filter(None, [first['file'], first['place']]))})"
        parts.append(line(f"Skipped {count:,}: {reason}{place}", "yellow"))
    return Group(*parts, *(line(f"Note: {note}", "yellow") for note in summary.notes))
