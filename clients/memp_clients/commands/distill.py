"""`memp distill`: let a language model write the scripts that a rule wrote so far, within a budget."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Group, RenderableType

from memp.config import Settings
from memp.errors import ConfigError, LLMError, RevisedMeanwhileError, UngroundedError, UnreachableError
from memp.llm import LLM
from memp.memory import ProceduralMemory
from memp.update.distilling import Waiting
from memp_clients.commands.options import opened
from memp_clients.screen.terminal import Terminal
from memp_clients.screen.views import line, many, table

MOST_FAILURES = 3
"""Failures of the model, one after the other, after which it is not asked any more."""

_SHOWN = {"current": "is shown from now on", "trial": "is on trial beside it"}


@dataclass(frozen=True)
class Bounds:
    """The most runs that are sent, and the most tokens that are spent on all of it."""

    runs: int
    tokens: int


@dataclass
class Outcome:
    """Outcome of a run over the procedures that were due: written, or kept as they were and why."""

    by: str
    waiting: int
    written: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    kept: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    tokens: int = 0
    stopped: str = ""
    """Why it ended before all were tried; empty where it did not."""

    @property
    def status(self) -> int:
        """The exit status: 1 where something was tried and nothing was written."""
        return int(bool(self.kept) and not self.written)

    def document(self) -> dict[str, Any]:
        """The outcome as --json shows it."""
        return {
            "by": self.by, "waiting": self.waiting, "written": self.written, "kept": self.kept, "tokens": self.tokens,
            "stopped": self.stopped,
        }  # fmt: skip


def show_due(settings: Settings, terminal: Terminal, bounds: Bounds, *, again: bool) -> None:
    """Show which procedures would be written, of which runs, and about how many tokens that takes.

    Raises:
        StoreError: the memory cannot be read.
    """
    with opened(settings, terminal, embedder=False) as memory:
        queue = memory.unwritten(again=again)
        due = choose(memory, queue, bounds)
    rows = [{**_named(one), "goal": one.procedure.script.goal, "tokens": one.tokens} for one in due]
    total = sum(one.tokens for one in due)
    document = {"waiting": len(queue), "due": rows, "tokens": total}
    terminal.show(document, lambda: _due_view(rows, len(queue), total))


def choose(memory: ProceduralMemory, queue: Sequence[int], bounds: Bounds) -> list[Waiting]:
    """The procedures of a queue, in its order, that the bounds have room for."""
    due: list[Waiting] = []
    runs = tokens = 0
    for procedure_id in queue:
        one = memory.waiting(procedure_id)
        if runs + len(one.runs) > bounds.runs or tokens + one.tokens > bounds.tokens:
            break
        due.append(one)
        runs, tokens = runs + len(one.runs), tokens + one.tokens
    return due


def run_distill(settings: Settings, terminal: Terminal, llm: LLM, bounds: Bounds, *, again: bool) -> int:
    """`memp distill`; its exit status.

    Raises:
        ConfigError: the memory is opened without the right to change it.
        StoreError: the memory cannot be read or written; what was written before is kept.
    """
    if settings.read_only:
        raise ConfigError("MEMP_READ_ONLY is set, so nothing that a model writes could be kept: unset it.")
    with opened(settings, terminal) as memory:
        queue = memory.unwritten(again=again)
        outcome = Outcome(llm.name, len(queue))
        try:
            _write_all(memory, terminal, llm, queue, bounds, outcome)
        except KeyboardInterrupt:
            terminal.hint(
                f"Stopped; {many(len(outcome.written), 'procedure')} written and kept. Run it again to go on."
            )
            raise
    terminal.show(outcome.document(), lambda: _view(outcome))
    return outcome.status


def _write_all(
    memory: ProceduralMemory, terminal: Terminal, llm: LLM, queue: Sequence[int], bounds: Bounds, outcome: Outcome
) -> None:  # fmt: skip
    sent = failures = 0
    with terminal.progress() as progress:
        bar = progress.add_task(f"Writing by {llm.name}", total=len(queue))
        for procedure_id in queue:
            waiting = memory.waiting(procedure_id)
            outcome.stopped = _over(bounds, sent + len(waiting.runs), outcome.tokens + waiting.tokens)
            if outcome.stopped:
                return
            sent += len(waiting.runs)
            failed = _write(memory, llm, waiting, outcome)
            failures = failures + 1 if failed else 0
            if isinstance(failed, UnreachableError) or failures >= MOST_FAILURES:
                outcome.stopped = "the model gives no answers"
                return
            progress.advance(bar)


def _over(bounds: Bounds, runs: int, tokens: int) -> str:
    """Why the next request may not be sent; empty where it may."""
    if runs > bounds.runs:
        return f"--limit {bounds.runs} runs"
    return f"--budget {bounds.tokens} tokens" if tokens > bounds.tokens else ""


def _write(memory: ProceduralMemory, llm: LLM, waiting: Waiting, outcome: Outcome) -> LLMError | None:
    """Let one procedure be written, and count what became of it; the error of a model that gave no answer."""
    label = f"p{waiting.procedure.id}"
    try:
        done = memory.distil(waiting, llm)
    except RevisedMeanwhileError as error:
        outcome.kept.append({"id": label, "why": str(error)})
        return None
    except UngroundedError as error:
        outcome.tokens += error.tokens or waiting.tokens
        outcome.kept.append({"id": label, "why": str(error)})
        return None
    except LLMError as error:
        outcome.tokens += 0 if isinstance(error, UnreachableError) else waiting.tokens
        outcome.kept.append({"id": label, "why": str(error)})
        return error
    outcome.tokens += done.tokens or waiting.tokens
    script, revised = done.written.script, done.revised
    outcome.written.append(
        {**_named(waiting), "revision": revised.number, "state": revised.state, "goal": script.goal,
         "steps": len(script.steps), "repaired": done.written.repaired}
    )  # fmt: skip
    return None


def _named(waiting: Waiting) -> dict[str, Any]:
    """A procedure that waits, with the runs that are sent of it."""
    return {"id": f"p{waiting.procedure.id}", "runs": [f"t{i}" for i in waiting.runs]}


def _due_view(rows: Sequence[dict[str, Any]], waiting: int, tokens: int) -> RenderableType:
    if not rows:
        return line("Nothing waits to be written." if not waiting else "Nothing fits: raise --limit or --budget.")
    made = table("id", "goal", "runs", "about tokens")
    for row in rows:
        made.add_row(row["id"], line(row["goal"]), line(" ".join(row["runs"])), f"{row['tokens']:,}")
    sentence = f"{len(rows)} of {many(waiting, 'procedure')} that wait, about {tokens:,} tokens. Nothing was sent."
    return Group(made, line(f"{sentence} A program's own instructions come on top of that."))


def _view(outcome: Outcome) -> RenderableType:
    if not outcome.waiting:
        return line("Nothing waits to be written.")
    parts: list[RenderableType] = [
        line(f"{row['id']}r{row['revision']} {_SHOWN[row['state']]}: {row['goal']}", "green") for row in outcome.written
    ]
    parts += [line(f"{row['id']} stays as it is. {row['why']}", "yellow") for row in outcome.kept]
    left = outcome.waiting - len(outcome.written) - len(outcome.kept)
    sentence = f"{len(outcome.written)} written by {outcome.by}, {len(outcome.kept)} kept as they were, {left} left"
    why = f" ({outcome.stopped})" if outcome.stopped else ""
    return Group(*parts, line(f"{sentence}{why}; about {outcome.tokens:,} tokens.", "bold"))
