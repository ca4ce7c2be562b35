"""`memp review`: show what waits for a person's decision, and carry that out."""

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, cast

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from memp.config import Settings, open_memory
from memp.domain.effects import effects_of, located_effects
from memp.domain.procedure import Ref, Revision, Script
from memp.domain.results import Options
from memp.errors import InputError, NotFoundError, RevisedMeanwhileError, StoreReadOnlyError
from memp.inputs.references import reference
from memp.store.find import find_procedure
from memp.store.records import RevisionUses
from memp.text.effects.recognised import effects_in
from memp.text.quoting import quoted
from memp.text.recurring import each_text
from memp.update import deciding
from memp.update import review as curation
from memp.update.deciding import Act, Each
from memp.update.review import EditingStore, ReviewStore, Waiting
from memp.update.undoing import keep, take_back, take_back_each
from memp.update.waiting import WaitingRun, WaitingRuns
from memp_clients.screen.models import NotNeeded
from memp_clients.screen.terminal import Terminal
from memp_clients.screen.views import line, listing, many, numbered, pairs, table

MOST_SOURCES = 5
"""Source runs that a person is shown; --json has all."""

_RANGE = re.compile(r"(\d{1,9})\.\.(\d{1,9})\Z", re.ASCII)
"""Two revisions, as they are compared."""

ASKED = "[a]pprove, [r]eject, [p]in, [s]kip, [u]ndo, [q]uit? "


def review(
    store: EditingStore, scopes: Sequence[str] | None, terminal: Terminal, runs: Sequence[WaitingRun] = ()
) -> None:  # fmt: skip
    """Show all that waits: procedures one by one on a terminal, else as a list; runs that are not stored yet first."""
    runs = [run for run in runs if scopes is None or run.project in scopes]
    if runs and not terminal.as_json:
        terminal.out.print(waiting_runs(runs))
    waiting = curation.waiting(store, scopes)
    if waiting and not terminal.as_json and terminal.out.is_terminal and sys.stdin.isatty():
        walk(store, waiting, terminal, input)
        return
    document = {"runs": [_run(run) for run in runs], "waiting": [summary(one) for one in waiting]}
    terminal.show(document, lambda: listed(waiting))


def waiting_runs(runs: Sequence[WaitingRun]) -> RenderableType:
    """Runs that wait to be stored, a line each."""
    rows = table("id", "task", "outcome", "steps", "since")
    for run in runs:
        shown = _run(run)
        rows.add_row(run.id, line(run.task), str(shown["outcome"]), str(shown["steps"]), f"{run.since:%Y-%m-%d %H:%M}")
    return Group(rows, line("Runs: `memp review ID` shows one; --approve stores it, --reject deletes it.", "dim"))


def decide_waiting(settings: Settings, name: str, chosen: Sequence[str], terminal: Terminal) -> None:
    """Show a run that waits, store it, or delete it.

    Raises:
        NotFoundError: there is none of this id.
        InputError: something else is asked, or what it was passed with cannot be used any more.
    """
    run = waiting_run(settings, name)
    if not chosen:
        terminal.show(waiting_document(run), lambda: _waiting_view(run))
        return
    if chosen[0] not in ("approve", "reject"):
        raise InputError(f"{name} is a run that waits: pass --approve or --reject.")
    sentence = settle_waiting(settings, name, approve=chosen[0] == "approve")
    terminal.show({"id": name, "done": sentence}, lambda: line(sentence, "green"))


def waiting_run(settings: Settings, name: str) -> WaitingRun:
    """A run that waits, of the project that is set.

    Raises:
        NotFoundError: there is none of this id.
    """
    run = WaitingRuns(settings.db).get(name)
    if settings.project and run.project not in (settings.project, ""):
        raise NotFoundError(f"There is no run {name} in this project.")
    return run


def settle_waiting(settings: Settings, name: str, *, approve: bool) -> str:
    """Store a run that waits in the project in which it was passed, or delete it; what was done, as a sentence.

    Raises:
        NotFoundError: there is none of this id.
        InputError: what it was passed with cannot be used any more.
        StoreReadOnlyError: the memory is read-only.
    """
    run = waiting_run(settings, name)
    if settings.read_only:
        raise StoreReadOnlyError(f"The memory {settings.db} is read-only: nothing was changed.")
    sentence = f"{name} is stored as t{_stored(settings, run)}." if approve else f"{name} is deleted."
    WaitingRuns(settings.db).done(name)
    return sentence


def _stored(settings: Settings, run: WaitingRun) -> int:
    """Store a run in the project in which it was passed; the id of the trajectory."""
    # A person has spoken: it waits no more.
    decided = {"project": run.project, "write": "auto" if settings.write == "ask" else settings.write}
    memory = open_memory(settings.model_copy(update=decided), embedder=NotNeeded())
    try:
        done = memory.record(**run.call()) if run.verb == "record" else memory.reflect(**run.call())
    finally:
        memory.close()
    return done.trajectory


def waiting_document(run: WaitingRun) -> dict[str, Any]:
    """A run that waits, as --json shows it: with its arguments, and what its steps or its script would do."""
    return {**_run(run), "effects": list(_effects_of(run)), "arguments": dict(run.arguments)}


def _waiting_view(run: WaitingRun) -> RenderableType:
    effects = [("effect", line(effect, "red")) for effect in _effects_of(run)]
    return Group(line(run.task, "bold"), *([pairs(effects)] if effects else []), numbered(steps_of(run)))


def steps_of(run: WaitingRun) -> list[str]:
    """The steps of a run that waits, as they were passed."""
    steps: object = run.arguments.get("steps") or ()
    if isinstance(steps, str):
        return steps.splitlines()
    return [_step(one) for one in cast(Sequence[object], steps)]


def _step(passed: object) -> str:
    if isinstance(passed, Mapping):
        step = cast(Mapping[str, object], passed)
        parts = [str(step[name]) for name in ("action", "observation") if step.get(name)]
        return " -> ".join(parts) or json.dumps(passed, ensure_ascii=False)
    return str(passed)


def _effects_of(run: WaitingRun) -> Sequence[str]:
    """What a person wants to know first of what a run that waits did, or says to do."""
    told: list[str] = []

    def note(text: str) -> str:
        told.append(text)
        return text

    each_text([run.arguments.get(name) for name in ("steps", "script", "revision", "lesson")], None, note)
    return effects_in(told)


def _run(run: WaitingRun) -> dict[str, Any]:
    outcome = "failure" if run.verb == "reflect" else run.arguments.get("outcome", "unknown")
    return {
        "id": run.id, "task": run.task, "outcome": outcome, "steps": len(steps_of(run)), "project": run.project,
        "since": run.since.isoformat(),
    }  # fmt: skip


def walk(store: EditingStore, waiting: Sequence[Waiting], terminal: Terminal, ask: Callable[[str], str]) -> None:
    """Show one after the other, and do as `ask` answers: a, r, p, s, u (take the last decision back) or q; the end of the input
    is q."""
    decisions: Mapping[str, Callable[[Ref], str]] = {
        "a": lambda ref: curation.approve(store, ref, ""),
        "r": lambda ref: curation.reject(store, ref, ""),
        "p": lambda ref: curation.pin(store, ref.procedure_id, ""),
    }
    made: list[tuple[int, int]] = []  # Each decision by its number, and the place of what it was on.
    place = 0
    while place < len(waiting):
        one = waiting[place]
        terminal.out.print(line(f"{place + 1} of {len(waiting)}", "dim"), compared(one))
        answer = ""
        while answer not in (*decisions, "s", "u", "q"):
            try:
                answer = ask(ASKED).strip().lower()[:1]
            except EOFError:
                answer = "q"
        if answer == "q":
            return
        try:
            if answer == "u":
                if not made:
                    raise InputError("There is nothing to take back.")
                number, place = made.pop()
                terminal.out.print(line(take_back(store, None, number=number), "green"))
                continue
            if answer != "s":
                ref = reference(one.label)
                done = keep(store, ref.procedure_id, lambda ref=ref, answer=answer: decisions[answer](ref))
                terminal.out.print(line(done.sentence, "green"))
                made += [(done.number, place)] if done.number is not None else []
        except (InputError, NotFoundError, RevisedMeanwhileError) as error:
            # The decision before may have settled this one too, or somebody else, meanwhile.
            terminal.hint(str(error))
            if answer == "u":
                continue
        place += 1


def look(store: ReviewStore, scopes: Sequence[str] | None, name: str, terminal: Terminal) -> None:
    """Show one procedure of these scopes, or one revision beside the current one."""
    one = curation.look(store, _seen(store, scopes, name))
    terminal.show(document(one), lambda: compared(one))


def decide(
    store: EditingStore, options: Options, names: Sequence[str], decision: Act, number: int | None, reason: str,
    terminal: Terminal, *, rehearse: bool = False,
) -> bool:  # fmt: skip
    """Carry out one decision on procedures or revisions, and say what was done; whether all of it was. Of several those on which
    it can be made are decided; of one that it cannot be is an error.

    Raises:
        InputError, NotFoundError: a name is none; one alone cannot be decided so.
    """
    refs = [reference(name) for name in names]
    if len(refs) == 1 and not rehearse:
        sentence = deciding.decide(store, options, refs[0], decision, reason, number).sentence
        now = find_procedure(store, refs[0].procedure_id)
        done = {"id": names[0], "done": sentence, "tier": now.tier, "status": now.status, "revision": now.revision}
        terminal.show(done, lambda: line(sentence, "green"))
        return True
    each = deciding.decide_each(store, options, refs, decision, reason, number=number, rehearse=rehearse)
    terminal.show(each_document(each, rehearse=rehearse), lambda: each_view(each, rehearse=rehearse))
    return all(one.number is not None for one in each)


def each_document(each: Sequence[Each], *, rehearse: bool) -> dict[str, Any]:
    """What one decision came to on several, as --json shows it."""
    did = "would" if rehearse else "done"
    return {
        did: [{"id": one.label, "then": one.said} for one in each if one.number is not None],
        "left_alone": [{"id": one.label, "why": one.said} for one in each if one.number is None],
    }


def each_view(each: Sequence[Each], *, rehearse: bool) -> RenderableType:
    """The same for a person: what is done, what is left alone and why, and how it is taken back."""
    done = [one for one in each if one.number is not None]
    left = [one.said for one in each if one.number is None]
    parts: list[RenderableType] = [line(one.said, "green") for one in done]
    parts += listing("Left alone", left, "yellow")
    if rehearse:
        parts.append(line("Nothing was changed.", "dim"))
    elif done:
        names = " ".join(dict.fromkeys(one.label.partition("r")[0] for one in done))
        parts.append(line(f"`memp review {names} --undo` takes it back.", "dim"))
    return Group(*parts)


def undo(store: EditingStore, scopes: Sequence[str] | None, names: Sequence[str], terminal: Terminal) -> bool:
    """Take back the newest decision on each of these procedures, or of all; whether all of that was done.

    Raises:
        InputError, NotFoundError: there is no such procedure in these scopes, or nothing that can be taken back.
        RevisedMeanwhileError: it alone was to be taken back, and was changed since.
    """
    ids = list(dict.fromkeys(_seen(store, scopes, name).procedure_id for name in names))
    if len(ids) < 2:
        sentence = take_back(store, scopes, procedure_id=ids[0] if ids else None)
        terminal.show({"done": sentence}, lambda: line(sentence, "green"))
        return True
    newest = {i: next((one.number for one in store.decisions(i, scopes)), None) for i in ids}
    done, left = take_back_each(store, scopes, [number for number in newest.values() if number is not None])
    left += [f"There is no decision on p{i} that can be taken back." for i, number in newest.items() if number is None]
    view = [*(line(sentence, "green") for sentence in done), *listing("Left alone", left, "yellow")]
    terminal.show({"done": done, "left_alone": left}, lambda: Group(*view))
    return not left


def _seen(store: ReviewStore, scopes: Sequence[str] | None, name: str) -> Ref:
    """The procedure or revision of this name.

    Raises:
        InputError, NotFoundError: there is none in these scopes.
    """
    ref = reference(name)
    find_procedure(store, ref.procedure_id, scopes)
    return ref


def summary(one: Waiting) -> dict[str, Any]:
    """One that waits, as the list of --json shows it."""
    shown = one.proposal or one.current
    return {
        "id": one.label,
        "kind": one.kind,
        "goal": shown.script.goal,
        "evidence": _evidence(one.uses, one.outside),
        "from": [{"id": f"t{run}", "task": task} for run, task in one.sources.items()],
        "by": shown.builder,
        "reason": shown.reason,
        "tier": one.procedure.tier,
        "effects": [
            {"effect": effect, "in": {place.name: place.text for place in places}}
            for effect, places in located_effects(shown.script)
        ],
    }


def document(one: Waiting) -> dict[str, Any]:
    """One that waits, beside the current revision where it is one, as --json shows it."""
    if one.proposal is None:
        return {**summary(one), "script": one.current.script.model_dump(mode="json", exclude_defaults=True)}
    return {
        **summary(one),
        "current": {
            "revision": one.current.number,
            "steps": list(one.current.script.steps),
            "evidence": _evidence(one.current_uses, one.outside),
        },
        "steps": list(one.proposal.script.steps),
        "changes": changes(one.current.script, one.proposal.script),
    }


def _evidence(uses: RevisionUses, outside: int) -> dict[str, Any]:
    return {**uses._asdict(), "weight": round(uses.weight, 2), "outside": outside}


def listed(waiting: Sequence[Waiting]) -> RenderableType:
    """All that waits, a line each."""
    if not waiting:
        return line("Nothing waits for a word: no candidates, trials or proposed revisions.")
    effects = [effects_of((one.proposal or one.current).script) for one in waiting]
    rows = table("id", "what", "goal", "success", "outside", "from", *(["effect"] if any(effects) else []))
    for one, effect in zip(waiting, effects, strict=True):
        shown = one.proposal or one.current
        cells = [line(shown.script.goal), _success(one.uses), str(one.outside), _origin(one)]
        rows.add_row(one.label, one.kind, *cells, *([line(", ".join(effect), "red")] if any(effects) else []))
    hints = [line("`memp review ID` shows one; --approve, --reject, --pin and others decide.", "dim")]
    if any(effects):
        hints.append(line("What has an effect is not validated before you approve it: read its steps first.", "dim"))
    return Group(rows, *hints)


def compared(one: Waiting) -> RenderableType:
    """One that waits, beside the current revision where it is one."""
    shown = one.proposal or one.current
    rows = [
        ("goal", shown.script.goal),
        ("success", f"{_success(one.uses)}, {one.outside} of p{one.procedure.id} with outside evidence"),
        ("from", _origin(one)), ("by", shown.builder), ("why", shown.reason),
        *(("effect", line(located, "red")) for located in located_effects(shown.script)),
    ]  # fmt: skip
    parts: list[RenderableType] = [pairs((name, value) for name, value in rows if value)]
    if one.proposal is None:
        parts += [line("Steps", "bold"), numbered(one.current.script.steps)]
    else:
        parts.append(_side_by_side(one, one.proposal))
    parts += listing("From", [f"t{run} {task[:200]}" for run, task in [*one.sources.items()][:MOST_SOURCES]])
    kind = "candidate" if one.proposal is None and one.procedure.tier == "candidate" else one.kind
    title = f"{one.label}  {one.procedure.tier if one.proposal is None else kind}"
    return Panel(Group(*parts), title=line(title), title_align="left", border_style="cyan")


def _side_by_side(one: Waiting, new: Revision) -> RenderableType:
    now = one.current
    heads = (
        f"now: revision {now.number}, success {_success(one.current_uses)}",
        f"revision {new.number}, success {_success(one.uses)}",
    )
    return _beside(now.script, new.script, heads)


def _beside(one: Script, other: Script, heads: tuple[str, str]) -> RenderableType:
    rows = table("", *heads)
    for mark, ours, theirs in aligned(one, other):
        left, right = _marked(ours, theirs)
        rows.add_row(mark, left, right)
    return rows


def aligned(now: Script, new: Script) -> list[tuple[str, str, str]]:
    """The goals and steps of two scripts beside each other, then what else differs, marked "", "~" (changed), "-" (gone) or "+"
    (new)."""
    rows = [(_mark(now.goal, new.goal), now.goal, new.goal)]
    matcher = SequenceMatcher(a=now.steps, b=new.steps, autojunk=False)
    for _, a, b, c, d in matcher.get_opcodes():
        ours, theirs = now.steps[a:b], new.steps[c:d]
        for place in range(max(len(ours), len(theirs))):
            one, other = (steps[place] if place < len(steps) else "" for steps in (ours, theirs))
            rows.append((_mark(one, other), one, other))
    before, after = _other_fields(now), _other_fields(new)
    rows += [
        (_mark(before[name], after[name]), before[name], after[name]) for name in before if before[name] != after[name]
    ]
    return rows


def _mark(one: str, other: str) -> str:
    return "" if one == other else "+" if not one else "-" if not other else "~"


def _other_fields(script: Script) -> dict[str, str]:
    """What a script says besides its goal and steps, each as one text that begins with what it is."""
    pitfalls = (f"{one.trigger} -> {one.instead}" if one.instead else one.trigger for one in script.pitfalls)
    parameters = (f"{{{one.name}}} {one.description}".strip() for one in script.parameters)
    fields = {
        "when": script.when_to_use, "not when": script.not_when, "before": "; ".join(script.preconditions),
        "parameters": "; ".join(parameters), "check": script.verification, "pitfalls": "; ".join(pitfalls),
    }  # fmt: skip
    return {name: f"{name}: {text}" if text else "" for name, text in fields.items()}


def compare(store: ReviewStore, scopes: Sequence[str] | None, name: str, chosen: str, terminal: Terminal) -> None:
    """Show two revisions of a procedure side by side.

    Raises:
        InputError, NotFoundError: there is no such procedure in these scopes, or no such revisions.
    """
    procedure_id = _seen(store, scopes, name).procedure_id
    known = {one.number: one for one in store.history(procedure_id)}
    match = _RANGE.match(chosen)
    one, other = (known.get(int(number)) for number in match.groups()) if match else (None, None)
    if one is None or other is None:
        raise InputError(
            f'"{quoted(chosen)}" names no two revisions of p{procedure_id}: pass two of {", ".join(map(str, sorted(known)))}, '
            f"like {min(known)}..{max(known)}."
        )
    heads = (f"revision {one.number}, by {one.builder}", f"revision {other.number}, by {other.builder}")
    document = {
        "id": f"p{procedure_id}", "old": one.number, "new": other.number, "changes": changes(one.script, other.script),
    }  # fmt: skip
    terminal.show(document, lambda: _beside(one.script, other.script, heads))


def changes(now: Script, new: Script) -> list[str]:
    """The steps and fields that differ, as in a diff: "- was", "+ is"."""
    lines: list[str] = []
    for mark, one, other in aligned(now, new):
        lines += [f"- {one}"] if mark in ("-", "~") else []
        lines += [f"+ {other}"] if mark in ("+", "~") else []
    return lines


def _marked(one: str, other: str) -> tuple[Text, Text]:
    """Two lines with the words in which they differ marked."""
    ours, theirs = one.split(), other.split()
    if not ours or not theirs:
        return line(one, "red"), line(other, "green")
    left, right = Text(), Text()
    for tag, a, b, c, d in SequenceMatcher(a=ours, b=theirs, autojunk=False).get_opcodes():
        left.append(line(" ".join(ours[a:b]) + " " * (b > a), "" if tag == "equal" else "red strike"))
        right.append(line(" ".join(theirs[c:d]) + " " * (d > c), "" if tag == "equal" else "green bold"))
    return left, right


def _success(uses: RevisionUses) -> str:
    """Successes of uses, as "3/4"."""
    return f"{uses.successes}/{uses.uses}" if uses.uses else "-"


def _origin(one: Waiting) -> str:
    return many(len(one.sources), "run") + (f", {one.procedure.origin}" if one.procedure.origin else "")
