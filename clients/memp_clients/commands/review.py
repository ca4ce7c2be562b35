"""`memp review`, `memp forget` and `memp tidy`: a person's view of what waits for a word, and what goes."""

import sys
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, Literal

import typer
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from memp.domain.procedure import Ref, Revision, Script
from memp.errors import InputError
from memp.inputs.references import reference
from memp.store import Store
from memp.store.records import find_procedure
from memp.update import review as curation
from memp.update.review import Loss, RevisionUses, Waiting
from memp_clients.screen.terminal import Terminal
from memp_clients.screen.views import line, listing, numbered, pairs, table

MOST_SOURCES = 5
"""Source runs that a person is shown; --json has all."""

Deed = Literal["approve", "reject", "pin", "unpin", "rollback", "restore"]

ASKED = "[a]pprove, [r]eject, [p]in, [s]kip, [q]uit? "


def review(store: Store, scopes: Sequence[str] | None, terminal: Terminal) -> None:
    """All that waits: one by one on a terminal, else as a list."""
    found = curation.waiting(store, scopes)
    if found and not terminal.as_json and terminal.out.is_terminal and sys.stdin.isatty():
        walk(store, found, terminal, input)
        return
    document = {"waiting": [summary(item) for item in found]}
    terminal.show(document, lambda: listed(found))


def walk(store: Store, found: Sequence[Waiting], terminal: Terminal, ask: Callable[[str], str]) -> None:
    """Show one after the other, and do as `ask` answers: a, r, p, s or q; the end of the input is q."""
    deeds: Mapping[str, Callable[[Ref], str]] = {
        "a": lambda ref: curation.approve(store, ref, ""),
        "r": lambda ref: curation.reject(store, ref, ""),
        "p": lambda ref: curation.pin(store, ref.procedure_id, ""),
        "s": lambda ref: "",
    }
    for number, item in enumerate(found, 1):
        terminal.out.print(line(f"{number} of {len(found)}", "dim"), compared(item))
        answer = ""
        while answer not in (*deeds, "q"):
            try:
                answer = ask(ASKED).strip().lower()[:1]
            except EOFError:
                answer = "q"
        if answer == "q":
            return
        try:
            terminal.out.print(line(deeds[answer](reference(item.label)), "green"))
        except InputError as error:
            # What was said a moment ago may have settled this one too.
            terminal.hint(str(error))


def look(store: Store, name: str, terminal: Terminal) -> None:
    """One procedure, or one revision beside the current one."""
    item = curation.look(store, reference(name))
    terminal.show(document(item), lambda: compared(item))


def decide(
    store: Store, scopes: Sequence[str], name: str, deed: Deed, number: int | None, reason: str, terminal: Terminal
) -> None:  # fmt: skip
    """Do one thing with a procedure or a revision, and say what was done."""
    ref = reference(name)
    whole = ref.procedure_id
    deeds: Mapping[Deed, Callable[[], str]] = {
        "approve": lambda: curation.approve(store, ref, reason),
        "reject": lambda: curation.reject(store, ref, reason),
        "pin": lambda: curation.pin(store, whole, reason),
        "unpin": lambda: curation.unpin(store, whole, scopes, reason),
        "rollback": lambda: curation.roll_back(store, whole, number or 1, reason),
        "restore": lambda: curation.restore(store, whole, reason),
    }
    said = deeds[deed]()
    now = find_procedure(store, whole)
    done = {"id": name, "done": said, "tier": now.tier, "status": now.status, "revision": now.revision}
    terminal.show(done, lambda: line(said, "green"))


def summary(item: Waiting) -> dict[str, Any]:
    """What waits, as --json shows it."""
    shown = item.proposal or item.current
    return {
        "id": item.label,
        "kind": item.kind,
        "goal": shown.script.goal,
        "evidence": _evidence(item.uses, item.outside),
        "from": [{"id": f"t{run}", "task": task} for run, task in item.sources.items()],
        "by": shown.builder,
        "reason": shown.reason,
        "tier": item.procedure.tier,
    }


def document(item: Waiting) -> dict[str, Any]:
    """One that waits beside the current revision, as --json shows it."""
    if item.proposal is None:
        return {**summary(item), "script": item.current.script.model_dump(mode="json", exclude_defaults=True)}
    return {
        **summary(item),
        "current": {
            "revision": item.current.number,
            "steps": list(item.current.script.steps),
            "evidence": _evidence(item.current_uses, item.outside),
        },
        "steps": list(item.proposal.script.steps),
        "changes": changes(item.current.script, item.proposal.script),
    }


def _evidence(tally: RevisionUses, outside: int) -> dict[str, Any]:
    return {**tally._asdict(), "weight": round(tally.weight, 2), "outside": outside}


def listed(found: Sequence[Waiting]) -> RenderableType:
    if not found:
        return line("Nothing waits for a word: no candidates, trials or proposed revisions.")
    made = table("id", "what", "goal", "worked", "outside", "from")
    for item in found:
        shown = item.proposal or item.current
        made.add_row(item.label, item.kind, line(shown.script.goal), told(item.uses), str(item.outside), _origin(item))
    return Group(made, line("`memp review ID` shows one; --approve, --reject, --pin and others decide.", "dim"))


def compared(item: Waiting) -> RenderableType:
    """One that waits, beside the current revision where it is one."""
    shown = item.proposal or item.current
    rows = [
        ("goal", shown.script.goal), ("worked", f"{told(item.uses)}, {item.outside} outside successes of p{item.procedure.id}"),
        ("from", _origin(item)), ("by", shown.builder), ("why", shown.reason),
    ]  # fmt: skip
    parts: list[RenderableType] = [pairs((name, value) for name, value in rows if value)]
    if item.proposal is None:
        parts += [line("Steps", "bold"), numbered(item.current.script.steps)]
    else:
        parts.append(_side_by_side(item, item.proposal))
    parts += listing("From", [f"t{run} {task[:200]}" for run, task in [*item.sources.items()][:MOST_SOURCES]])
    kind = "candidate" if item.proposal is None and item.procedure.tier == "candidate" else item.kind
    title = f"{item.label}  {item.procedure.tier if item.proposal is None else kind}"
    return Panel(Group(*parts), title=line(title), title_align="left", border_style="cyan")


def _side_by_side(item: Waiting, new: Revision) -> RenderableType:
    now = item.current
    made = table("", f"now: revision {now.number}, worked {told(item.current_uses)}",
                 f"revision {new.number}, worked {told(item.uses)}")  # fmt: skip
    for mark, one, other in aligned(now.script, new.script):
        left, right = _words(one, other)
        made.add_row(mark, left, right)
    return made


def aligned(now: Script, new: Script) -> list[tuple[str, str, str]]:
    """The goals and steps of two scripts beside each other, marked "", "~" (changed), "-" (gone) or "+" (new)."""
    rows = [("" if now.goal == new.goal else "~", now.goal, new.goal)]
    matcher = SequenceMatcher(a=now.steps, b=new.steps, autojunk=False)
    for _, a, b, c, d in matcher.get_opcodes():
        ours, theirs = now.steps[a:b], new.steps[c:d]
        for place in range(max(len(ours), len(theirs))):
            one, other = (steps[place] if place < len(steps) else "" for steps in (ours, theirs))
            rows.append(("" if one == other else "+" if not one else "-" if not other else "~", one, other))
    return rows


def changes(now: Script, new: Script) -> list[str]:
    """The steps that differ, as in a diff: "- was", "+ is"."""
    found: list[str] = []
    for mark, one, other in aligned(now, new):
        found += [f"- {one}"] if mark in ("-", "~") else []
        found += [f"+ {other}"] if mark in ("+", "~") else []
    return found


def _words(one: str, other: str) -> tuple[Text, Text]:
    """Two lines with the words in which they differ made plain."""
    ours, theirs = one.split(), other.split()
    if not ours or not theirs:
        return line(one, "red"), line(other, "green")
    left, right = Text(), Text()
    for tag, a, b, c, d in SequenceMatcher(a=ours, b=theirs, autojunk=False).get_opcodes():
        left.append(line(" ".join(ours[a:b]) + " " * (b > a), "" if tag == "equal" else "red strike"))
        right.append(line(" ".join(theirs[c:d]) + " " * (d > c), "" if tag == "equal" else "green bold"))
    return left, right


def told(tally: RevisionUses) -> str:
    return f"{tally.successes}/{tally.uses}" if tally.uses else "-"


def _origin(item: Waiting) -> str:
    return _many(len(item.sources), "run") + (f", {item.procedure.origin}" if item.procedure.origin else "")


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' if count != 1 else ''}"


# Forgetting


def forget(store: Store, names: Sequence[str], terminal: Terminal, *, yes: bool, keep_runs: bool) -> None:
    """Delete for good, after asking.

    Raises:
        InputError: there is nobody to ask.
    """
    lost = curation.loss(store, curation.names_of(names), keep_runs=keep_runs)
    if not yes:
        terminal.err.print(losing_view(lost, "To be deleted for good:"))
        if not sys.stdin.isatty():
            raise InputError("Nothing was forgotten: pass --yes to delete this for good.")
        typer.confirm("Forget all of this?", abort=True, err=True)
    curation.forget(store, lost)
    terminal.show({"forgotten": losing(lost)}, lambda: losing_view(lost, "Deleted for good:"))


def scrub(store: Store, terminal: Terminal) -> None:
    """Clear the file of traces of what was deleted."""
    store.scrub()
    terminal.show({"scrubbed": True}, lambda: line("No trace is left of what was deleted.", "green"))


def losing(lost: Loss) -> dict[str, Any]:
    """What would be forgotten, as --json shows it."""
    return {
        "procedures": [
            {"id": f"p{p.id}", "goal": p.script.goal, "asked": p.id not in lost.implied} for p in lost.procedures
        ],
        "runs": [{"id": f"t{run}", "task": task} for run, task in lost.runs.items()],
        "pitfalls": lost.pitfalls,
        "runs_that_stay": lost.staying,
        "still_in": [f"p{procedure_id}" for procedure_id in lost.marked],
    }


def losing_view(lost: Loss, heading: str) -> RenderableType:
    procedures = [
        f"p{p.id}  {p.script.goal}{' (it came from these runs alone)' if p.id in lost.implied else ''}"
        for p in lost.procedures
    ]
    runs = [f"t{run}  {task[:200]}" for run, task in lost.runs.items()]
    parts: list[RenderableType] = [line(heading, "bold")]
    parts += listing(f"{_many(len(procedures), 'procedure')}, {_many(lost.pitfalls, 'pitfall')}", procedures)
    parts += listing(
        _many(len(runs), "run"), [*runs[:20], *([f"and {len(runs) - 20:,} more"] if len(runs) > 20 else [])]
    )
    if lost.staying:
        parts.append(
            line(
                f"{_many(lost.staying, 'run')} it came from stay: other procedures need them, or --keep-runs.", "yellow"
            )
        )
    if lost.marked:
        names = ", ".join(f"p{procedure_id}" for procedure_id in lost.marked)
        parts.append(line(f"{names} came from these runs too and stays, with what it says.", "yellow"))
    return Group(*parts)


def tidied(found: Mapping[int, str], goals: Mapping[int, str], *, dry: bool) -> RenderableType:
    """What tidying archives, and why."""
    if not found:
        return line("Nothing is stale, and there is room for all.")
    made = table("id", "goal", "why")
    for procedure_id, reason in found.items():
        made.add_row(f"p{procedure_id}", line(goals.get(procedure_id, "")), line(reason))
    ending = "Nothing was changed." if dry else "Archived: `memp review ID --restore` brings one back."
    return Group(made, line(ending, "dim"))
