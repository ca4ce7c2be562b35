"""Look at procedures, runs and recalls, and decide what becomes of them: `memp list`, `show`, `review` and others."""

from typing import TYPE_CHECKING, Annotated, Literal, cast, get_args

import typer

from memp_clients.commands.options import opened

if TYPE_CHECKING:
    from memp.update.deciding import Act


def list_(
    ctx: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Archived procedures too.")] = False,
    tier: Annotated[Literal["candidate", "validated", "pinned"] | None, typer.Option(help="Of this trust.")] = None,
    outcome: Annotated[
        Literal["worked", "failed", "unused"] | None, typer.Option(help="Always worked, failed at least once, not used yet.")
    ] = None,
    client: Annotated[str, typer.Option(metavar="NAME", help="Brought by this client.")] = "",
    waiting: Annotated[bool, typer.Option("--waiting", help="Only what waits for a person's word.")] = False,
    search: Annotated[str, typer.Option(metavar="TASK", help="What a recall would weigh for a task, best first.")] = "",
    families: Annotated[
        bool, typer.Option("--families", help="In families: duplicates, and variants of one task.")
    ] = False,
    sort: Annotated[
        Literal["oldest", "changed", "used", "success"] | None,
        typer.Option(help="The order (oldest); success: what worked best first."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100_000,
) -> None:  # fmt: skip
    """The procedures, all or some."""
    from memp.store.records import ProceduresWanted
    from memp_clients.commands.inspection import families as like
    from memp_clients.commands.inspection.listing import found as searched
    from memp_clients.screen import views

    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    wanted = ProceduresWanted(
        tier=tier or "",
        status="" if everything else "active",
        client=client,
        outcome=outcome or "",
        waits=waiting,
        sort=sort or "oldest",
    )
    with opened(settings, terminal, embedder=bool(search), place=ctx.obj.place() if search else None) as memory:
        store = memory.store
        if search:
            ids = searched(memory, search, wanted, best_first=sort is None)[:limit]
        else:
            ids = store.browse_procedures(wanted, memory.options.seen, limit=limit)
        if families:
            found = like.families(store, ids)
            terminal.show(like.document(found), lambda: like.view(found))
            return
        procedures = store.procedures(ids, active=False)
    chosen = bool(search or tier or outcome or client or waiting)
    document = {"procedures": [views.summary(procedure) for procedure in procedures]}
    terminal.show(document, lambda: views.listed(procedures, settings.db, chosen=chosen))


def runs(
    ctx: typer.Context,
    outcome: Annotated[Literal["worked", "failed", "revoked"] | None, typer.Option(help="How they ended.")] = None,
    origin: Annotated[str, typer.Option(metavar="o3", help="Of this origin (memp origins).")] = "",
    since: Annotated[str, typer.Option(metavar="DAY", help="Ended on this day or later: 2026-12-01.")] = "",
    until: Annotated[str, typer.Option(metavar="DAY", help="Ended before this day.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the last first.")] = 50,
) -> None:
    """The runs, those that ended last first."""
    from memp_clients.commands.inspection.runs import list_runs

    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with opened(settings, terminal, embedder=False) as memory:
        list_runs(memory, terminal, outcome, origin, since, until, limit)


def show(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="A procedure or a run: p12, t34.")],
    runs: Annotated[
        bool, typer.Option("--runs", help="Of a procedure: its steps, and what its newest runs did for each.")
    ] = False,
    diff: Annotated[
        str | None, typer.Option(metavar="N..M", help="Two revisions of the procedure side by side: 1..3.")
    ] = None,
) -> None:
    """One procedure or one run, with its history."""
    from memp_clients.commands.curation.review import compare
    from memp_clients.commands.inspection.show import look_up

    if runs and diff is not None:
        raise typer.BadParameter("pass --runs or --diff.")
    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with opened(settings, terminal, embedder=False) as memory:
        if diff is not None:
            compare(memory.store, memory.options.seen, name, diff, terminal)
            return
        page = look_up(memory, name, runs=runs)
    terminal.show(page.document, page.view)


def why(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="A procedure: p12.")],
    task: Annotated[str | None, typer.Option(help="How it would rank for this task.")] = None,
    runs: Annotated[bool, typer.Option("--runs", help="Runs with it, and runs on tasks like its own without.")] = False,
) -> None:
    """Where a procedure came from, what became of it, and why it ranks as it does."""
    from memp_clients.commands.inspection.why import tell_why

    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with opened(settings, terminal, embedder=task is not None, place=ctx.obj.place()) as memory:
        tell_why(memory, terminal, name, task, runs=runs)


def recalls(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[RECALL]", help="One of them, by its number.")] = None,
    wrong: Annotated[
        bool, typer.Option("--wrong", help="Its answer was wrong; recall itself goes on as before.")
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take that back.")] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Delete its words for good; --yes does not ask.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    reason: Annotated[str, typer.Option(help="Why, for the log.")] = "",
) -> None:
    """What recalls showed to whom, and what came of it; with a number, one as it was answered."""
    from memp.inputs.references import recall_id
    from memp_clients.commands.inspection import recalls as log

    acts = wrong + undo + forget
    if acts > 1 or (acts and name is None) or (reason and not wrong) or (yes and not forget):
        raise typer.BadParameter("pass one recall, and --wrong (with --reason), --undo or --forget (with --yes).")
    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with opened(settings, terminal, embedder=False) as memory:
        if name is None:
            page = log.listed(memory)
        elif wrong:
            page = log.judged(memory, recall_id(name), reason)
        elif forget:
            page = log.forgotten(memory, recall_id(name), yes=yes)
        else:
            page = (log.taken_back if undo else log.looked_at)(memory, recall_id(name))
    terminal.show(page.document, page.view)


def review(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Procedures, revisions of them, or a run that waits: p12, p12r3, w1f2e3d4c."),
    ] = None,
    approve: Annotated[bool, typer.Option("--approve", help="Validate it; make the revision the current one.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="Archive it; drop the revision.")] = False,
    pin: Annotated[bool, typer.Option("--pin", help="Keep it whatever outcomes say.")] = False,
    unpin: Annotated[bool, typer.Option("--unpin", help="Back to what the evidence says.")] = False,
    rollback: Annotated[int | None, typer.Option(min=1, help="Make this revision the current one.")] = None,
    restore: Annotated[bool, typer.Option("--restore", help="Bring it back from the archive.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last decision back, of each or of all.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    reason: Annotated[str, typer.Option(help="Why, for the log.")] = "",
) -> None:
    """What waits for a person's word: runs (MEMP_WRITE=ask), candidates, revisions on trial, proposals; and that word."""
    from memp.update.waiting import is_waiting_id
    from memp_clients.commands.curation import review as reviews

    wanted = {
        "approve": approve, "reject": reject, "pin": pin, "unpin": unpin, "rollback": rollback, "restore": restore,
    }  # fmt: skip
    chosen = [decision for decision, given in wanted.items() if given]
    names = names or []
    if len(chosen) + undo > 1 or (not names and chosen) or (dry_run and not chosen):
        raise typer.BadParameter("pass procedures or revisions, and one thing to do with them.")
    if len(names) > 1 and (rollback or not (chosen or undo) or any(map(is_waiting_id, names))):
        raise typer.BadParameter(
            "several procedures can be approved, rejected, pinned, unpinned, restored, or their last decisions taken back."
        )
    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    if len(names) == 1 and is_waiting_id(names[0]):
        if dry_run:
            raise typer.BadParameter("a run that waits is shown without --approve and --reject.")
        reviews.decide_waiting(settings, names[0], chosen, terminal)
        return
    with opened(settings, terminal, embedder=False) as memory:
        store, options = memory.store, memory.options
        whole = True
        if undo:
            whole = reviews.undo(store, options.seen, names, terminal)
        elif not names:
            reviews.review(store, options.seen, terminal, memory.waiting_runs.all())
        elif not chosen:
            reviews.look(store, options.seen, names[0], terminal)
        else:
            act = cast("Act", chosen[0])
            whole = reviews.decide(store, options, names, act, rollback, reason, terminal, rehearse=dry_run)
    if not whole:
        raise typer.Exit(1)


def edit(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="A procedure: p12.")],
    file: Annotated[
        str | None, typer.Option("--from", metavar="FILE", help="Take the text from a file; - is stdin.")
    ] = None,
    show: Annotated[bool, typer.Option("--print", help="Only print the text.")] = False,
    reason: Annotated[str, typer.Option(help="Why, for the log.")] = "",
) -> None:
    """Rewrite a procedure in your editor ($VISUAL, $EDITOR): it becomes a new revision, and the one before stays."""
    from memp_clients.commands.curation.editing import run_edit

    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with opened(settings, terminal, embedder=not show) as memory:
        run_edit(memory, name, terminal, file, reason, show=show)


def forget(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Procedures and runs: p12, t34.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    keep_runs: Annotated[bool, typer.Option("--keep-runs", help="Only the procedures, not their runs.")] = False,
    scrub: Annotated[bool, typer.Option("--scrub", help="Clear the file of traces of what was deleted.")] = False,
) -> None:
    """Delete for good, every word: from the file, its indexes and its journal."""
    from memp_clients.commands.curation import forgetting

    if not names and not scrub:
        raise typer.BadParameter("pass what to forget, like p12 or t34, or --scrub.")
    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with opened(settings, terminal, embedder=False) as memory:
        if names:
            forgetting.forget(memory.store, names, terminal, memory.options.seen, yes=yes, keep_runs=keep_runs)
        else:
            forgetting.scrub(memory.store, terminal)


def revoke(
    ctx: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run: t12; or an origin, with all its runs: o3.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would follow.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    reason: Annotated[str, typer.Option(help="Why, for the log.")] = "",
) -> None:
    """Withdraw a run that was no such success or failure, or all of an origin: what came from it is derived again, demoted or
    archived."""
    from memp_clients.commands.curation.revoking import run_revoke

    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with opened(settings, terminal, embedder=False) as memory:
        run_revoke(memory, run, terminal, yes=yes, dry_run=dry_run, reason=reason)


def tidy(
    ctx: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
) -> None:
    """Build runs that were stored and no more when memp was stopped, and archive what is stale or more than there is room for.

    What that is MEMP_STALE_DAYS, _CAPACITY, _TOOLS and _ENVIRONMENT say.
    """
    from memp.update.retention import archive_stale
    from memp_clients.commands.curation.forgetting import tidied

    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with opened(settings, terminal, embedder=False) as memory:
        unfinished = memory.store.stats().unfinished if dry_run else memory.build_unfinished()
        archived = archive_stale(memory.store, memory.options, dry=dry_run)
        goals = {p.id: p.script.goal for p in memory.store.procedures(list(archived), active=False)}
    reasons = {f"p{i}": reason for i, reason in archived.items()}
    document = {"archived": reasons, "unfinished": unfinished, "dry_run": dry_run}
    terminal.show(document, lambda: tidied(archived, goals, unfinished, dry=dry_run))


def stats(ctx: typer.Context) -> None:
    """What the memory holds, and, where recalls were held out, whether it helps."""
    from memp.domain.procedure import Tier
    from memp.retrieve.uplift import uplift
    from memp_clients.screen import views

    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with opened(settings, terminal, embedder=False) as memory:
        counts, procedures = memory.store.stats(), memory.store.procedures()
        uplifts = uplift(memory.store.outcomes(memory.options.seen))
        unwritten = len(memory.unwritten())
    tiers = {tier: sum(p.tier == tier for p in procedures) for tier in get_args(Tier)}
    trials = sum(p.trial is not None for p in procedures)
    document = {
        "db": str(settings.db), **counts.model_dump(mode="json"), "tiers": tiers, "trials": trials, "unwritten": unwritten,
        "uplift": [{**u._asdict(), "difference": u.difference and u.difference._asdict()} for u in uplifts],
    }  # fmt: skip
    terminal.show(document, lambda: views.counted(counts, settings.db, tiers, trials, unwritten, uplifts))
