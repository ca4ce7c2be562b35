"""`memp recall`, `memp record` and `memp reflect`: the three tools at the terminal."""

import os
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from memp_clients.commands.options import opened

if TYPE_CHECKING:
    from memp.domain.origin import Origin
    from memp.domain.results import Recall
    from memp.memory import ProceduralMemory
    from memp.reply import RecallReply
    from memp_clients.sessions.entry import Entry

StepOption = Annotated[list[str] | None, typer.Option("--step", help='One step, "action -> result"; repeat it.')]
UsedOption = Annotated[
    list[str] | None, typer.Option("--used", help="A procedure that was followed, like p12; repeat it.")
]
FactOption = Annotated[list[str] | None, typer.Option("--fact", help="A key fact of the task; repeat it.")]


def recall(
    ctx: typer.Context,
    task: Annotated[str, typer.Argument(help="The task, in a sentence.")],
    error: Annotated[str | None, typer.Option(help="The error you are stuck at: what fits it comes first.")] = None,
    context: Annotated[str | None, typer.Option(help="Surroundings: tools, place, versions.")] = None,
    fact: FactOption = None,
    limit: Annotated[int | None, typer.Option(min=1, max=3, help="1 to 3 procedures.")] = None,
    detail: Annotated[
        Literal["script", "trajectory", "proceduralization"] | None,
        typer.Option(help="Steps, the closest past run, or both."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Why: every candidate, weighed. Nothing is logged.")
    ] = False,
) -> None:
    """How a task like this was done before; or that nothing applies."""
    from dataclasses import replace

    from memp.light.project import working_folder
    from memp.reply import TERMINAL, Telling, recall_reply
    from memp_clients.commands import embedding, server
    from memp_clients.screen import views

    settings, terminal, place = ctx.obj.settings(), ctx.obj.terminal(), ctx.obj.place()
    asked: dict[str, Any] = {
        "task": task, "context": context, "facts": fact or [], "error": error, "limit": limit or settings.limit,
        "form": detail or settings.detail,
    }  # fmt: skip
    if explain:
        from memp_clients.commands.inspection import trying

        with opened(settings, terminal, place=place) as memory:
            asked |= {"context": context or "", "error": error or "", "budget": settings.budget}
            page = trying.page(trying.tried(memory, **asked))
        terminal.show(page.document, page.view)
        return
    reply = server.recalled(settings, place, working_folder(), asked)
    if reply is None:
        with opened(settings, terminal, place=place) as memory:
            notes = embedding.embed_first(memory, terminal)

            def made(recalled: "Recall") -> "RecallReply":
                recalled = replace(recalled, notes=[*notes, *recalled.notes])
                doubts = memory.doubts(recalled, working_folder())
                return recall_reply(recalled, budget=settings.budget, doubts=doubts, wording=TERMINAL)

            told = Telling("terminal", made)
            memory.recall(**asked, tell=told)
        reply = told.reply
    terminal.show(reply.lean(), lambda: views.recalled(reply))


def record(
    ctx: typer.Context,
    file: Annotated[str | None, typer.Argument(help="One trajectory as JSON; - is stdin.")] = None,
    task: Annotated[str | None, typer.Option(help="The task, in a sentence.")] = None,
    step: StepOption = None,
    outcome: Annotated[
        str | None, typer.Option(help="success, failure, or a reward from 0 to 1; else it is assessed.")
    ] = None,
    evidence: Annotated[str | None, typer.Option(help='How you know: "check: pytest, exit 0".')] = None,
    used: UsedOption = None,
    script: Annotated[str | None, typer.Option(help="Your own how-to: JSON, or one step a line; @FILE.")] = None,
    fact: FactOption = None,
    tokens: Annotated[int | None, typer.Option(min=0, help="Tokens the run cost.")] = None,
) -> None:
    """Keep a finished run; a success becomes a procedure."""
    from dataclasses import replace

    from memp.domain.results import UNKNOWN
    from memp.reply import TERMINAL, record_reply
    from memp_clients.screen import views
    from memp_clients.sessions import importer

    entry = _entry(file, task=task, steps=step, outcome=outcome, evidence=evidence, used=used,
                   script=_text_of(script), facts=fact, tokens=tokens)  # fmt: skip
    if entry.outcome is None:
        entry = replace(entry, outcome=UNKNOWN)
    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with opened(settings, terminal, create=True, place=ctx.obj.place()) as memory:
        origin = _origin(memory, "memp record")
        reply = record_reply(importer.record(memory, entry, client="memp record", origin=origin), wording=TERMINAL)
    terminal.show(reply.lean(), lambda: views.recorded(reply))


def reflect(
    ctx: typer.Context,
    file: Annotated[str | None, typer.Argument(help="One failed trajectory as JSON; - is stdin.")] = None,
    task: Annotated[str | None, typer.Option(help="The task, in a sentence.")] = None,
    step: StepOption = None,
    error: Annotated[str | None, typer.Option(help="What went wrong, with the error text.")] = None,
    used: UsedOption = None,
    lesson: Annotated[str | None, typer.Option(help="What to do instead, in a sentence.")] = None,
    revision: Annotated[str | None, typer.Option(help="The one procedure in --used, mended: JSON; @FILE.")] = None,
) -> None:
    """Keep a failed run and its pitfall, and mend the procedure that led to it."""
    from memp.reply import TERMINAL, reflect_reply
    from memp_clients.screen import views

    entry = _entry(file, task=task, steps=step, error=error, used=used, lesson=lesson, revision=_text_of(revision))
    settings, terminal = ctx.obj.settings(), ctx.obj.terminal()
    with opened(settings, terminal, create=True, place=ctx.obj.place()) as memory:
        reflection = memory.reflect(
            cast(str, entry.task), entry.steps, entry.error, used=entry.used, lesson=entry.lesson, revision=entry.revision,
            tokens=entry.tokens, provenance=entry.provenance.model_copy(
                update={"client": "memp reflect", "project": entry.provenance.project or memory.options.provenance.project}
            ),
            origin=_origin(memory, "memp reflect"),
        )  # fmt: skip
    reply = reflect_reply(reflection, wording=TERMINAL)
    terminal.show(reply.lean(), lambda: views.reflected(reply))


def _origin(memory: "ProceduralMemory", client: str) -> "Origin":
    """Who types: a person at a terminal, else a program, such as an agent's shell. That one's word is a claim, unless a person
    vouches for the machine; what it says on a day is one witness's."""
    import sys
    from datetime import UTC, datetime

    from memp.domain.origin import Origin

    if sys.stdin.isatty():
        return Origin(channel="person", client=client)
    channel = "trusted" if memory.options.trusted else "tool"
    return Origin(channel=channel, client=client, name=f"{datetime.now(UTC):%Y-%m-%d}")


def _entry(file: str | None, **options: Any) -> "Entry":
    """The trajectory of a file, with the options that were given in place of its fields; or of the options alone."""
    from dataclasses import replace

    from memp.errors import MAX_QUOTED, InputError
    from memp_clients.sessions.entry import Entry
    from memp_clients.sessions.reader import read_one

    given = {name: value for name, value in options.items() if value is not None}
    if file is None and not {"task", "steps"} <= set(given):
        raise typer.BadParameter("pass a FILE (- is stdin), or --task and at least one --step.")
    if file and " " in file and not os.path.exists(file):  # noqa: PTH110  # Path's raises where a name is too long for one.
        raise InputError(
            f"There is no file {file[:MAX_QUOTED]}: a task in words goes with --task, its steps with --step."
        )
    return replace(Entry(task=None, steps=None) if file is None else _known(read_one(file)), **given)


def _known(entry: "Entry") -> "Entry":
    """The trajectory of a file that a person wrote for memp: a field that memp does not have is a slip.

    Raises:
        InputError: there is such a field.
    """
    from memp.errors import MAX_QUOTED, InputError
    from memp.text.redact import redact
    from memp_clients.sessions.transcripts.own import FIELDS

    if entry.unknown:
        name = redact(entry.unknown[0])[0][:MAX_QUOTED]
        raise InputError(f"A run has no field '{name}': use {', '.join(FIELDS[:-1])} and {FIELDS[-1]}.")
    return entry


def _text_of(option: str | None) -> str | None:
    """The text of an option: itself, or that of the file that it names as @FILE."""
    from memp.errors import InputError
    from memp.inputs.size import MAX_SCRIPT
    from memp_clients.sessions.regular import open_regular

    if option is None or not option.startswith("@"):
        return option
    try:
        with open_regular(option[1:]) as file:
            return file.read(4 * MAX_SCRIPT + 1).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{option[1:]} is not UTF-8: save it in that encoding.") from None
    except OSError as error:
        raise InputError(f"{option[1:]} cannot be read: {error.strerror}.") from None
