"""The commands of `memp`: each parses its options, asks the core, and shows what came of it.

Typer reads the signatures and docstrings; what is heavy is imported inside, so that `memp --help` answers at once.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast, get_args

import typer

from memp_clients.commands import connect, export

if TYPE_CHECKING:
    from memp.config import Settings
    from memp.embed.background import Source
    from memp.memory import ProceduralMemory
    from memp_clients.screen.terminal import Terminal
    from memp_clients.sessions.formats import Entry

EPILOG = "For every command: --json, --db PATH, --project NAME, --model NAME (see memp --help)."

app = typer.Typer(add_completion=False, help="Procedural memory for agents: how tasks were done before.", epilog="")

Steps = Annotated[list[str] | None, typer.Option("--step", help='One step, "action -> result"; repeat it.')]
Used = Annotated[list[str] | None, typer.Option("--used", help="A procedure that was followed, like p12; repeat it.")]
Facts = Annotated[list[str] | None, typer.Option("--fact", help="A key fact of the task; repeat it.")]
Outcome = Literal["success", "failure"]


@dataclass(frozen=True)
class Common:
    """What holds for every command."""

    given: Mapping[str, object] = field(default_factory=dict[str, object])
    as_json: bool = False

    def settings(self, **more: object) -> "Settings":
        from memp.config import read_settings

        return read_settings(**{**self.given, **more})

    def terminal(self) -> "Terminal":
        from memp_clients.screen.terminal import Terminal

        return Terminal(as_json=self.as_json)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"memp {version('memp')}")
        raise typer.Exit


@app.callback()
def common(
    ctx: typer.Context,
    db: Annotated[Path | None, typer.Option(help="The memory file (MEMP_DB).")] = None,
    project: Annotated[str | None, typer.Option(help="Keeps what is learned apart (MEMP_PROJECT).")] = None,
    model: Annotated[str | None, typer.Option(help="The embedding model (MEMP_MODEL).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    given = {"db": db and db.expanduser(), "project": project, "model": model}
    ctx.obj = Common({name: value for name, value in given.items() if value is not None}, as_json)


@app.command(epilog=EPILOG)
def recall(
    ctx: typer.Context,
    task: Annotated[str, typer.Argument(help="The task, in a sentence.")],
    error: Annotated[str | None, typer.Option(help="The error you are stuck at: what fits it comes first.")] = None,
    context: Annotated[str | None, typer.Option(help="Surroundings: tools, place, versions.")] = None,
    fact: Facts = None,
    limit: Annotated[int | None, typer.Option(min=1, max=3, help="1 to 3 procedures.")] = None,
    detail: Annotated[
        Literal["script", "trajectory", "proceduralization"] | None,
        typer.Option(help="Steps, the closest past run, or both."),
    ] = None,
) -> None:
    """How a task like this was done before; or that nothing applies."""
    from memp.reply import recall_reply
    from memp_clients.screen import views

    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    form = detail or settings.detail
    with _memory(settings, terminal) as memory:
        recalled = memory.recall(
            task, context=context, facts=fact or (), error=error, limit=limit or settings.limit, form=form
        )
    reply = recall_reply(recalled, budget=settings.budget)
    terminal.show(reply.lean(), lambda: views.recalled(reply))


@app.command(epilog=EPILOG)
def record(
    ctx: typer.Context,
    file: Annotated[str | None, typer.Argument(help="One trajectory as JSON; - is stdin.")] = None,
    task: Annotated[str | None, typer.Option(help="The task, in a sentence.")] = None,
    step: Steps = None,
    outcome: Annotated[str | None, typer.Option(help="success, failure, or a reward from 0 to 1.")] = None,
    evidence: Annotated[str | None, typer.Option(help='How you know: "check: pytest, exit 0".')] = None,
    used: Used = None,
    script: Annotated[str | None, typer.Option(help="Your own how-to: JSON, or one step a line; @FILE.")] = None,
    fact: Facts = None,
    tokens: Annotated[int | None, typer.Option(min=0, help="Tokens the run cost.")] = None,
) -> None:
    """Keep a finished run; a success becomes a procedure."""
    from memp.errors import InputError
    from memp.reply import record_reply
    from memp_clients.screen import views
    from memp_clients.sessions import importer

    entry = _entry(file, task=task, steps=step, outcome=outcome, evidence=evidence, used=used, script=_at(script),
                   facts=fact, tokens=tokens)  # fmt: skip
    if entry.outcome is None:
        raise InputError("The run has no outcome: pass --outcome success, failure, or a reward from 0 to 1.")
    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with _memory(settings, terminal, create=True) as memory:
        reply = record_reply(importer.record(memory, entry, client="memp record"))
    terminal.show(reply.lean(), lambda: views.recorded(reply))


@app.command(epilog=EPILOG)
def reflect(
    ctx: typer.Context,
    file: Annotated[str | None, typer.Argument(help="One failed trajectory as JSON; - is stdin.")] = None,
    task: Annotated[str | None, typer.Option(help="The task, in a sentence.")] = None,
    step: Steps = None,
    error: Annotated[str | None, typer.Option(help="What went wrong, with the error text.")] = None,
    used: Used = None,
    lesson: Annotated[str | None, typer.Option(help="What to do instead, in a sentence.")] = None,
    revision: Annotated[str | None, typer.Option(help="The one procedure in --used, mended: JSON; @FILE.")] = None,
) -> None:
    """Keep a failed run and its pitfall, and mend the procedure that led to it."""
    from memp.reply import reflect_reply
    from memp_clients.screen import views

    entry = _entry(file, task=task, steps=step, error=error, used=used, lesson=lesson, revision=_at(revision))
    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with _memory(settings, terminal, create=True) as memory:
        reflection = memory.reflect(
            cast(str, entry.task), entry.steps, entry.error, used=entry.used, lesson=entry.lesson, revision=entry.revision,
            tokens=entry.tokens, provenance=entry.provenance.model_copy(update={"client": "memp reflect"}),
        )  # fmt: skip
    reply = reflect_reply(reflection)
    terminal.show(reply.lean(), lambda: views.reflected(reply))


@app.command("import", epilog=EPILOG)
def import_(
    ctx: typer.Context,
    files: Annotated[
        list[str] | None, typer.Argument(help="JSON or JSONL, also .gz and .xz, or exported memories; - is stdin.")
    ] = None,
    discover: Annotated[
        bool, typer.Option("--discover", help="Find the sessions of the clients installed here.")
    ] = False,
    since: Annotated[str | None, typer.Option(help="With --discover: from a day on (2026-01-31), or 30d, 2w.")] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="With --discover: import them, not only say what there is.")
    ] = False,
    outcome: Annotated[Outcome | None, typer.Option(help="For records that show none.")] = None,
    builder: Annotated[
        Literal["extractive", "claude"], typer.Option(help="Who writes the scripts; claude costs.")
    ] = "extractive",
) -> None:
    """Take in trajectories, sessions of agents, and memories that were exported; run again, it adds only what is new."""
    from memp_clients.exports import memory_files
    from memp_clients.sessions.discover import run_discover
    from memp_clients.sessions.files import check
    from memp_clients.sessions.importer import run_import

    if discover is bool(files):
        raise typer.BadParameter("pass FILES (- is stdin), or --discover to find sessions by itself.")
    if (since or yes) and not discover:
        raise typer.BadParameter("--since and --yes go with --discover.")
    settings, terminal = ctx.obj.settings(builder=builder), ctx.obj.terminal()
    if files and files[0] == "memory" and len(files) > 1 and not Path("memory").exists():
        files = files[1:]  # As in `memp export memory FILE`.
    check(files or ())
    exported = [name for name in files or () if memory_files.is_memory(name)]
    if exported and (len(exported) < len(files or ()) or outcome is not None):
        raise typer.BadParameter(f"{exported[0]} is an exported memory: import it by itself, without --outcome.")
    if exported:
        raise typer.Exit(memory_files.run_import(settings, terminal, exported))
    if files:
        raise typer.Exit(run_import(settings, terminal, files, outcome))
    raise typer.Exit(run_discover(settings, terminal, outcome, since=since, yes=yes))


@app.command("list", epilog=EPILOG)
def list_(
    ctx: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Archived procedures too.")] = False,
) -> None:
    """All procedures."""
    from memp_clients.screen import views

    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with _memory(settings, terminal, embedder=False) as memory:
        scopes = memory.options.scopes if settings.project else None
        procedures = memory.store.procedures(scopes=scopes, active=not everything)
    document = {"procedures": [views.summary(procedure) for procedure in procedures]}
    terminal.show(document, lambda: views.listed(procedures, settings.db))


@app.command(epilog=EPILOG)
def show(ctx: typer.Context, name: Annotated[str, typer.Argument(help="A procedure or a run: p12, t34.")]) -> None:
    """One procedure or one run, with its history."""
    from memp_clients.commands import show as found

    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with _memory(settings, terminal, embedder=False) as memory:
        document, view = found.look_up(memory, name)
    terminal.show(document, view)


@app.command(epilog=EPILOG)
def why(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="A procedure: p12.")],
    task: Annotated[str | None, typer.Option(help="How it would rank for this task.")] = None,
    runs: Annotated[bool, typer.Option("--runs", help="Runs with it, and runs on tasks like its own without.")] = False,
) -> None:
    """Where a procedure came from, what became of it, and why it ranks as it does."""
    from memp_clients.commands.why import tell_why

    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with _memory(settings, terminal, embedder=task is not None) as memory:
        tell_why(memory, terminal, name, task, runs=runs)


@app.command(epilog=EPILOG)
def review(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="A procedure or a revision of it: p12, p12r3.")] = None,
    approve: Annotated[bool, typer.Option("--approve", help="Validate it; make the revision the current one.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="Archive it; drop the revision.")] = False,
    pin: Annotated[bool, typer.Option("--pin", help="Keep it whatever outcomes say.")] = False,
    unpin: Annotated[bool, typer.Option("--unpin", help="Back to what the evidence says.")] = False,
    rollback: Annotated[int | None, typer.Option(min=1, help="Make this revision the current one.")] = None,
    restore: Annotated[bool, typer.Option("--restore", help="Bring it back from the archive.")] = False,
    reason: Annotated[str, typer.Option(help="Why, for the log.")] = "",
) -> None:
    """What waits for a person's word: candidates, revisions on trial, proposals; and that word."""
    from memp_clients.commands import review as reviews

    deeds = {"approve": approve, "reject": reject, "pin": pin, "unpin": unpin, "rollback": rollback, "restore": restore}
    chosen = [deed for deed, wanted in deeds.items() if wanted]
    if len(chosen) > 1 or (name is None and chosen):
        raise typer.BadParameter("pass one procedure or revision, and one thing to do with it.")
    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with _memory(settings, terminal, embedder=False) as memory:
        store, scopes = memory.store, memory.options.scopes
        if name is None:
            reviews.review(store, scopes if settings.project else None, terminal)
        elif not chosen:
            reviews.look(store, name, terminal)
        else:
            reviews.decide(store, scopes, name, cast("reviews.Deed", chosen[0]), rollback, reason, terminal)


@app.command(epilog=EPILOG)
def forget(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Procedures and runs: p12, t34.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    keep_runs: Annotated[bool, typer.Option("--keep-runs", help="Only the procedures, not their runs.")] = False,
    scrub: Annotated[bool, typer.Option("--scrub", help="Clear the file of traces of what was deleted.")] = False,
) -> None:
    """Delete for good, every word: from the file, its indexes and its journal."""
    from memp_clients.commands import review as reviews

    if not names and not scrub:
        raise typer.BadParameter("pass what to forget, like p12 or t34, or --scrub.")
    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with _memory(settings, terminal, embedder=False) as memory:
        if names:
            reviews.forget(memory.store, names, terminal, yes=yes, keep_runs=keep_runs)
        else:
            reviews.scrub(memory.store, terminal)


@app.command(epilog=EPILOG)
def tidy(
    ctx: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be archived.")] = False,
) -> None:
    """Archive what is stale or more than there is room for, as MEMP_STALE_DAYS, _CAPACITY, _TOOLS and _ENVIRONMENT say."""
    from memp.update.retention import tidy as tidied
    from memp_clients.commands import review as reviews

    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with _memory(settings, terminal, embedder=False) as memory:
        found = tidied(memory.store, memory.options, dry=dry_run)
        goals = {p.id: p.script.goal for p in memory.store.procedures(list(found), active=False)}
    document = {"archived": {f"p{i}": reason for i, reason in found.items()}, "dry_run": dry_run}
    terminal.show(document, lambda: reviews.tidied(found, goals, dry=dry_run))


@app.command(epilog=EPILOG)
def stats(ctx: typer.Context) -> None:
    """What the memory holds, and, where recalls were held out, whether it helps."""
    from memp.domain.procedure import Tier
    from memp.retrieve.uplift import uplift
    from memp_clients.screen import views

    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with _memory(settings, terminal, embedder=False) as memory:
        counted, procedures = memory.store.stats(), memory.store.procedures()
        found = uplift(memory.store.outcomes(memory.options.scopes if settings.project else None))
    tiers = {tier: sum(p.tier == tier for p in procedures) for tier in get_args(Tier)}
    trials = sum(p.trial is not None for p in procedures)
    document = {
        "db": str(settings.db), **counted.model_dump(mode="json"), "tiers": tiers, "trials": trials,
        "uplift": [{**u._asdict(), "difference": u.difference and u.difference._asdict()} for u in found],
    }  # fmt: skip
    terminal.show(document, lambda: views.counted(counted, settings.db, tiers, trials, found))


@app.command(epilog=EPILOG)
def serve(
    ctx: typer.Context,
    http: Annotated[
        str | None,
        typer.Option(metavar="[HOST:]PORT", help="Serve over HTTP instead, to clients on this machine; 0 is any port."),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="A name by which clients reach this machine; repeat it. No password is asked."
        ),
    ] = None,
) -> None:
    """Serve agents over MCP on stdin and stdout, or over HTTP."""
    # Without options of its own, cli.main goes there without Typer.
    from memp_clients.serving import serve as run_server

    if allow_host and http is None:
        raise typer.BadParameter("--allow-host goes with --http.")
    run_server(ctx.obj.given, http, allow_host or ())


app.command(epilog=EPILOG)(connect.connect)
app.command(epilog=EPILOG)(connect.disconnect)
app.add_typer(export.export, name="export")


@app.command(epilog=EPILOG)
def demo(ctx: typer.Context) -> None:
    """See an agent learn: the real server, with a memory of its own that is thrown away."""
    from memp_clients.commands.demo import run_demo

    run_demo(ctx.obj.settings(), ctx.obj.terminal())


@app.command(
    "eval", context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
)
def evaluate(ctx: typer.Context) -> None:
    """Measure what the memory is worth: memp eval alfworld --data FOLDER --out FILE (--help has the rest)."""
    from memp.evaluate.__main__ import main

    raise typer.Exit(main(ctx.args))


@app.command(epilog=EPILOG)
def doctor(
    ctx: typer.Context,
    repair: Annotated[bool, typer.Option("--repair", help="Build the indexes of the memory file anew.")] = False,
    online: Annotated[bool, typer.Option("--online", help="Ask the language model a short question too.")] = False,
) -> None:
    """Check that everything memp needs is there, and say what to do where it is not."""
    from memp_clients.commands.doctor import run_doctor

    raise typer.Exit(run_doctor(ctx.obj.settings, ctx.obj.terminal(), repair=repair, online=online))


@app.command(epilog=EPILOG)
def hook(
    ctx: typer.Context,
    host: Annotated[str, typer.Argument(metavar="HOST", help="claude-code, codex, cursor or opencode.")],
    event: Annotated[str, typer.Argument(metavar="EVENT", help="start, prompt, tool or end.")],
) -> None:
    """Answer a hook of a client (docs/hooks.md): its JSON comes on stdin. Clients call this."""
    from memp_clients.hooks.run import main

    raise typer.Exit(main([host, event], {name: str(value) for name, value in ctx.obj.given.items()}))


@app.command(epilog=EPILOG)
def setup(ctx: typer.Context) -> None:
    """Compile the embedding model once, so that every later start is quick."""
    from memp_clients.screen.models import run_setup

    run_setup(ctx.obj.settings(), ctx.obj.terminal())


@app.command(epilog=EPILOG)
def reembed(
    ctx: typer.Context,
    force: Annotated[bool, typer.Option("--force", help="Even if all vectors are of this model already.")] = False,
) -> None:
    """Make the memory's vectors anew, after another embedding model was chosen."""
    from memp_clients.screen.models import run_reembed

    run_reembed(ctx.obj.settings(), ctx.obj.terminal(), force=force)


@contextmanager
def _memory(
    settings: "Settings", terminal: "Terminal", *, embedder: bool = True, create: bool = False
) -> Generator["ProceduralMemory"]:  # fmt: skip
    """The memory, closed afterwards; with its embedder loaded where it is needed, and made where it may be."""
    from memp.config import open_memory, require_memory
    from memp_clients.screen import models

    if not create:
        require_memory(settings)
    source: Source = models.loaded(settings, terminal) if embedder else models.NotNeeded()
    memory = open_memory(settings, embedder=source)
    try:
        yield memory
    finally:
        memory.close()


def _entry(file: str | None, **options: Any) -> "Entry":
    """The trajectory of a file, with the options that were given in place of what it says; or of the options alone."""
    from dataclasses import replace

    from memp_clients.sessions.formats import Entry, read_one

    given = {name: value for name, value in options.items() if value is not None}
    if file is None and not {"task", "steps"} <= set(given):
        raise typer.BadParameter("pass a FILE (- is stdin), or --task and at least one --step.")
    return replace(Entry(task=None, steps=None) if file is None else read_one(file), **given)


def _at(text: str | None) -> str | None:
    """The text itself, or what stands in the file that it names as @FILE."""
    from memp.errors import InputError

    if text is None or not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{text[1:]} is not UTF-8: save it in that encoding.") from None
    except OSError as error:
        raise InputError(f"{text[1:]} cannot be read: {error.strerror}.") from None
