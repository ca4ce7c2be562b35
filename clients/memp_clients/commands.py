"""The commands of `memp`: each parses its options, asks the core, and shows what came of it.

Typer reads the signatures and docstrings; what is heavy is imported inside, so that `memp --help` answers at once.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

if TYPE_CHECKING:
    from memp.config import Settings
    from memp.embed.background import Source
    from memp.memory import ProceduralMemory
    from memp_clients.terminal import Terminal
    from memp_clients.trajectories import Entry

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
        from memp_clients.terminal import Terminal

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
    from memp_clients import views

    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    form = detail or settings.detail
    with _memory(settings, terminal) as memory:
        recalled = memory.recall(
            task, context=context, facts=fact or (), error=error, limit=limit or settings.limit, form=form
        )
    reply = recall_reply(recalled, form, settings.budget)
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
    from memp_clients import importing, views

    entry = _entry(file, task=task, steps=step, outcome=outcome, evidence=evidence, used=used, script=_at(script),
                   facts=fact, tokens=tokens)  # fmt: skip
    if entry.outcome is None:
        raise InputError("The run has no outcome: pass --outcome success, failure, or a reward from 0 to 1.")
    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with _memory(settings, terminal) as memory:
        reply = record_reply(importing.record(memory, entry, client="memp record"))
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
    from memp_clients import views

    entry = _entry(file, task=task, steps=step, error=error, used=used, lesson=lesson, revision=_at(revision))
    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with _memory(settings, terminal) as memory:
        reflection = memory.reflect(
            cast(str, entry.task), entry.steps, entry.error, used=entry.used, lesson=entry.lesson, revision=entry.revision,
            tokens=entry.tokens, provenance=entry.provenance.model_copy(update={"client": "memp reflect"}),
        )  # fmt: skip
    reply = reflect_reply(reflection)
    terminal.show(reply.lean(), lambda: views.reflected(reply))


@app.command("import", epilog=EPILOG)
def import_(
    ctx: typer.Context,
    files: Annotated[list[str] | None, typer.Argument(help="JSON or JSONL, also .gz and .xz; - is stdin.")] = None,
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
    """Take in many trajectories and sessions of agents; run again, it adds only what is new."""
    from memp_clients.discover import run_discover
    from memp_clients.importing import run_import

    if discover is bool(files):
        raise typer.BadParameter("pass FILES (- is stdin), or --discover to find sessions by itself.")
    if (since or yes) and not discover:
        raise typer.BadParameter("--since and --yes go with --discover.")
    settings, terminal = ctx.obj.settings(builder=builder), ctx.obj.terminal()
    if files:
        raise typer.Exit(run_import(settings, terminal, files, outcome))
    raise typer.Exit(run_discover(settings, terminal, outcome, since=since, yes=yes))


@app.command("list", epilog=EPILOG)
def list_(
    ctx: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Archived procedures too.")] = False,
) -> None:
    """All procedures."""
    from memp_clients import views

    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with _memory(settings, terminal, embedder=False) as memory:
        scopes = memory.options.scopes if settings.project else None
        procedures = memory.store.procedures(scopes=scopes, active=not everything)
    document = {"procedures": [views.summary(procedure) for procedure in procedures]}
    terminal.show(document, lambda: views.listed(procedures, settings.db))


@app.command(epilog=EPILOG)
def show(ctx: typer.Context, name: Annotated[str, typer.Argument(help="A procedure or a run: p12, t34.")]) -> None:
    """One procedure or one run, with its history."""
    from memp_clients import show as found

    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with _memory(settings, terminal, embedder=False) as memory:
        document, view = found.look_up(memory, name)
    terminal.show(document, view)


@app.command(epilog=EPILOG)
def stats(ctx: typer.Context) -> None:
    """What the memory holds."""
    from memp_clients import views

    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with _memory(settings, terminal, embedder=False) as memory:
        counted = memory.store.stats()
    document = {"db": str(settings.db), **counted.model_dump(mode="json")}
    terminal.show(document, lambda: views.counted(counted, settings.db))


@app.command(epilog=EPILOG)
def serve(ctx: typer.Context) -> None:
    """Serve agents over MCP on stdin and stdout."""
    # For the help; cli.main goes there without coming by.
    from memp_clients import cli

    cli.serve({name: str(value) for name, value in ctx.obj.given.items()})


@app.command(epilog=EPILOG)
def demo(ctx: typer.Context) -> None:
    """See an agent learn: the real server, with a memory of its own that is thrown away."""
    from memp_clients.demo import run_demo

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
    from memp_clients.doctor import run_doctor

    raise typer.Exit(run_doctor(ctx.obj.settings, ctx.obj.terminal(), repair=repair, online=online))


@app.command(epilog=EPILOG)
def setup(ctx: typer.Context) -> None:
    """Compile the embedding model once, so that every later start is quick."""
    from memp_clients.models import run_setup

    run_setup(ctx.obj.settings(), ctx.obj.terminal())


@app.command(epilog=EPILOG)
def reembed(
    ctx: typer.Context,
    force: Annotated[bool, typer.Option("--force", help="Even if all vectors are of this model already.")] = False,
) -> None:
    """Make the memory's vectors anew, after another embedding model was chosen."""
    from memp_clients.models import run_reembed

    run_reembed(ctx.obj.settings(), ctx.obj.terminal(), force=force)


@contextmanager
def _memory(
    settings: "Settings", terminal: "Terminal", *, embedder: bool = True
) -> Generator["ProceduralMemory"]:  # fmt: skip
    """The memory, closed afterwards; with its embedder loaded where it is needed."""
    from memp.config import open_memory
    from memp_clients import models

    source: Source = models.loaded(settings, terminal) if embedder else models.NotNeeded()
    memory = open_memory(settings, embedder=source)
    try:
        yield memory
    finally:
        memory.close()


def _entry(file: str | None, **options: Any) -> "Entry":
    """The trajectory of a file, with the options that were given in place of what it says; or of the options alone."""
    from dataclasses import replace

    from memp_clients.trajectories import Entry, read_one

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
