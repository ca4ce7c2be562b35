"""`memp demo`: play an agent's session with the real server, driven over stdio by the MCP client library.

The server is a process of its own with a memory of its own, which is thrown away; the runs are in demo.json. Nothing
else is staged: what is shown is what was sent and what came back.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import anyio
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError
from mcp.types import Implementation
from rich.console import Group, RenderableType
from rich.padding import Padding

from memp.config import Settings
from memp.embed.load import HASHING, compiled_if_ready
from memp.errors import EmbedderError, MempError
from memp.light.version import version
from memp.reply import CHARACTERS_PER_TOKEN, RecallReply, RecordReply, ReflectReply
from memp_clients.screen import views
from memp_clients.screen.models import compile_with_stages
from memp_clients.screen.terminal import Terminal
from memp_clients.screen.views import line

PATIENCE = 60.0
"""Seconds to wait for the server's embedding model; after that the demo goes on by keywords, and says so."""


class DemoError(MempError):
    """The server could not be started, or refused a call."""


@dataclass(frozen=True)
class ToolCall:
    """A tool call of the session, why it was made, and the reply."""

    why: str
    tool: str
    arguments: Mapping[str, Any]
    reply: dict[str, Any]
    ms: float

    @property
    def tokens(self) -> int:
        """The estimated tokens of the reply, as an agent pays for it."""
        return len(json.dumps(self.reply, ensure_ascii=False, separators=(",", ":"))) // CHARACTERS_PER_TOKEN

    def document(self) -> dict[str, Any]:
        """The call as --json shows it."""
        return {
            "why": self.why, "tool": self.tool, "arguments": dict(self.arguments), "reply": self.reply,
            "tokens": self.tokens, "ms": round(self.ms, 1),
        }  # fmt: skip


class Agent:
    """The client's side of the session: it calls tools, and shows each call as it is answered."""

    def __init__(self, client: Client, terminal: Terminal) -> None:
        self._client = client
        self._terminal = terminal
        self.calls: list[ToolCall] = []

    async def call(self, why: str, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool, show the call, and return its reply."""
        call = await self._ask(why, tool, arguments)
        self.calls.append(call)
        if not self._terminal.as_json:
            before = self.calls[-2] if len(self.calls) > 1 else None
            self._terminal.out.print(_view(len(self.calls), call, before))
        return call.reply

    async def wait_for_model(self) -> None:
        """Wait while the server says that its embedding model is still loading, PATIENCE seconds at most."""
        with anyio.move_on_after(PATIENCE):
            while any("still loading" in note for note in await self._notes()):
                await anyio.sleep(0.1)

    async def _notes(self) -> list[str]:
        return (await self._ask("", "recall_procedure", {"task": "Is the model there?"})).reply.get("notes", [])

    async def _ask(self, why: str, tool: str, arguments: Mapping[str, Any]) -> ToolCall:
        began = time.perf_counter()
        result = await self._client.call_tool(tool, dict(arguments))
        ms = (time.perf_counter() - began) * 1000
        if result.is_error or result.structured_content is None:
            raise DemoError(f"{tool} was refused: {getattr(result.content[0], 'text', '')}")
        return ToolCall(why, tool, arguments, cast(dict[str, Any], result.structured_content), ms)


def run_demo(settings: Settings, terminal: Terminal) -> None:
    """Compile the embedding model if need be, then play the session.

    Raises:
        DemoError: the server could not be started, or refused a call.
    """
    try:
        if settings.model != HASHING and compiled_if_ready(settings.model, settings.cache) is None:
            compile_with_stages(settings, terminal)
    except EmbedderError as error:
        terminal.hint(f"Going on without the compiled model: {error.brief}")
    with tempfile.TemporaryDirectory(prefix="memp-demo-", ignore_cleanup_errors=True) as folder:
        try:
            anyio.run(_play, settings, terminal, Path(folder))
        except* MempError as group:
            raise _first_of(group) from None
        except* (MCPError, OSError) as group:
            # The client's task group wraps what goes wrong; one sentence is what a person can use.
            raise DemoError(f"The server went away ({_first_of(group)}): run `memp doctor`.") from None


def _first_of(group: BaseExceptionGroup[Exception]) -> Exception:
    first = group.exceptions[0]
    return _first_of(first) if isinstance(first, BaseExceptionGroup) else first


async def _play(settings: Settings, terminal: Terminal, folder: Path) -> None:
    script = json.loads((files("memp_clients") / "demo.json").read_text(encoding="utf-8"))
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "memp_server"], env=_environment(settings, folder)
    )
    async with Client(command, client_info=Implementation(name="memp demo", version=version())) as client:
        agent = Agent(client, terminal)
        if not terminal.as_json:
            terminal.out.print(line("The server runs, with an empty memory of its own. An agent connects.", "dim"))
        with terminal.stages("Waiting for the embedding model"):
            await agent.wait_for_model()
        gained = await _learn(agent, script)
    document = {"calls": [call.document() for call in agent.calls], "gained": gained}
    terminal.show(document, lambda: line(gained, "bold green"))


def _environment(settings: Settings, folder: Path) -> dict[str, str]:
    """The server's environment: the user's model, but nothing else of their memp, and no language model that costs."""
    inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith("MEMP_")}
    return {
        **inherited,
        "MEMP_DB": str(folder / "memory.sqlite3"),
        "MEMP_MODEL": settings.model,
        "MEMP_CACHE": str(settings.cache),
        "MEMP_BUILDER": "extractive",
    }


async def _learn(agent: Agent, script: Mapping[str, Any]) -> str:
    """The session: four runs, a new task, a failure, what is learned from it. What was gained, in one line."""
    whys = [
        "The agent finishes a task and keeps how. It adds a how-to of its own.",
        "Three more are kept just as they went.",
    ]
    for number, run in enumerate(script["runs"]):
        await agent.call(whys[number] if number < 2 else "", "record_trajectory", **run)
    task, failed = script["task"], script["failed"]
    first = await agent.call("A new task, like the first one: how was that done?", "recall_procedure", task=task)
    name = _first(first)["id"]
    used = {"task": task, **failed, "used": [name]}
    await agent.call("It follows the steps, and fails.", "reflect_on_failure", **used)
    await agent.call(
        "From what came back it writes better steps and passes them on.",
        "reflect_on_failure", **used, revision=script["revision"],
    )  # fmt: skip
    again = await agent.call(
        "The next agent gets the pitfall first. It asks for the steps alone.",
        "recall_procedure", task=task, detail="script",
    )  # fmt: skip
    await agent.call("A task of another kind: nothing applies, and it says so.", "recall_procedure",
                       task=script["unrelated"])  # fmt: skip
    before, after, size = len(_first(first)["steps"]), len(_first(again)["steps"]), agent.calls[-2].tokens
    return (
        f"What was gained: {len(script['runs'])} runs are kept; {name} went from {before} to {after} steps and warns of "
        f"what went wrong, in {size} tokens; an unrelated task costs {agent.calls[-1].tokens}."
    )


def _first(reply: Mapping[str, Any]) -> Mapping[str, Any]:
    if not reply.get("matches"):
        raise DemoError(f"The recall brought nothing: {reply.get('next', '')}")
    return reply["matches"][0]


def _view(number: int, call: ToolCall, before: ToolCall | None) -> RenderableType:
    """A call and its answer; arguments that the call before had too are only named."""
    same = [name for name, value in call.arguments.items() if before and before.arguments.get(name) == value]
    rows = [(name, _short(name, value)) for name, value in call.arguments.items() if name not in same]
    if len(same) > 1:
        rows.insert(0, (", ".join(same), "as before"))
    else:
        rows = [(name, _short(name, value)) for name, value in call.arguments.items()]
    return Group(
        "",
        *([line(call.why, "italic")] if call.why else []),
        line(f"{number}  {call.tool}", "bold magenta"),
        Padding(views.pairs(rows), (0, 0, 0, 3)),
        line(f"   -> {call.tokens} tokens, {call.ms:.0f} ms", "dim"),
        Padding(REPLIES[call.tool](call.reply), (0, 0, 0, 3)),
    )


REPLIES: Mapping[str, Callable[[object], RenderableType]] = {
    "recall_procedure": lambda reply: views.recalled(RecallReply.model_validate(reply)),
    "record_trajectory": lambda reply: views.recorded(RecordReply.model_validate(reply)),
    "reflect_on_failure": lambda reply: views.reflected(ReflectReply.model_validate(reply)),
}
"""The view of each tool's reply."""


def _short(name: str, value: object) -> str:
    """An argument on one line."""
    if isinstance(value, Mapping):
        steps = cast(Mapping[str, Any], value).get("steps", ())
        return f"{{goal, {len(steps)} steps, ...}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        values = cast(Sequence[object], value)
        return f"{len(values)} steps" if name == "steps" else ", ".join(map(str, values))
    return str(value)
