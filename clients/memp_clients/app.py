"""The Typer app: the table of `memp`'s commands. A new one is a function in a module of memp_clients.commands, and a line here.

Typer reads the functions' signatures and docstrings; what is heavy they import inside, so that `memp --help` answers at once.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import typer

from memp_clients.commands import backups, connect, procedures, projects, running, tools, transfer, trust
from memp_clients.commands.options import EPILOG, common
from memp_clients.page import opening


class Command(NamedTuple):
    """A command by its name; `context` are Typer's settings for its words."""

    name: str
    run: Callable[..., None]
    epilog: str | None = EPILOG
    context: dict[str, Any] | None = None


PARSED_ELSEWHERE = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": list[str]()}

COMMANDS = (
    Command("recall", tools.recall),
    Command("record", tools.record),
    Command("reflect", tools.reflect),
    Command("import", transfer.import_),
    Command("distill", running.distill),
    Command("open", opening.open_),
    Command("list", procedures.list_),
    Command("runs", procedures.runs),
    Command("show", procedures.show),
    Command("why", procedures.why),
    Command("recalls", procedures.recalls),
    Command("review", procedures.review),
    Command("edit", procedures.edit),
    Command("revoke", procedures.revoke),
    Command("origins", trust.origins),
    Command("check", trust.check),
    Command("forget", procedures.forget),
    Command("tidy", procedures.tidy),
    Command("stats", procedures.stats),
    Command("serve", opening.serve),
    Command("connect", connect.connect),
    Command("disconnect", connect.disconnect),
    Command("demo", running.demo),
    Command("eval", running.evaluate, epilog=None, context=PARSED_ELSEWHERE),
    Command("doctor", running.doctor),
    Command("backup", backups.backup),
    Command("restore", backups.restore),
    Command("hook", running.hook),
    Command("setup", running.setup),
    Command("reembed", running.reembed),
)
"""In the order of `memp --help`."""

app = typer.Typer(add_completion=False, help="Procedural memory for agents: how tasks were done before.", epilog="")
app.callback()(common)
for command in COMMANDS:
    app.command(command.name, epilog=command.epilog, context_settings=command.context)(command.run)
app.add_typer(transfer.export, name="export")
app.add_typer(projects.projects, name="projects", epilog=EPILOG)
