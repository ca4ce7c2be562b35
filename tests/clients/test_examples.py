"""The examples run as a person runs them, against a scripted model behind a real HTTP server.

Those whose frameworks are not installed for the tests are run by `python bench/frameworks.py`.
"""

import asyncio
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fastmcp.client.transports import StdioTransport
from messages_api import MessagesAPI, text
from paths import ROOT
from pydantic_ai import Agent
from pydantic_ai.exceptions import UnexpectedModelBehavior
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import ModelMessage, ToolReturnPart
from pydantic_ai.models.test import TestModel
from pydantic_ai.tools import ToolDefinition
from remembered import outcomes, runs
from scripted_agent import as_claude

EXAMPLES = ROOT / "clients" / "examples"
COMMAND = [sys.executable, "-m", "memp_server"]
SERVER = shlex.join(COMMAND) if os.name == "posix" else " ".join(COMMAND)
ORDERS = "Add a required column region to the orders table; old rows get 'unknown'"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "memory.sqlite3"


@pytest.fixture
def environment(database: Path) -> dict[str, str]:
    """Without a key, and with a memory file of the test's own."""
    return {
        **{name: value for name, value in os.environ.items() if name != "MODEL"},
        "MEMP_DB": str(database), "MEMP_MODEL": "hashing", "MEMP_SERVER": SERVER,
    }  # fmt: skip


@pytest.fixture
def claude(environment: dict[str, str]) -> Iterator[MessagesAPI]:
    with MessagesAPI() as api:
        api.respond = as_claude
        environment |= {"ANTHROPIC_BASE_URL": api.url, "ANTHROPIC_API_KEY": "none"}
        yield api


def run(name: str, environment: dict[str, str]) -> list[str]:
    """Run an example; its output."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_plain_python_fails_learns_and_is_credited(environment: dict[str, str], database: Path):
    printed = run("plain_python.py", environment)
    assert printed[0] == "1. the old rows are [(1, None), (2, None)]"
    assert "instead: rebuild the table" in printed[1]
    assert "2. orders: 4 statements, check: ok; built p1" in printed
    assert printed[-1] == "4. payments: 4 statements, check: ok; credited p1"
    assert runs(database) == [
        ("region", 1, 0.0, "claim"), ("region", 4, 1.0, "check"), ("currency", 4, 1.0, "check")
    ]  # fmt: skip
    assert outcomes(database, 1) == [True]


def test_an_anthropic_agent_takes_half_the_statements_the_second_time(
    environment: dict[str, str], database: Path, claude: MessagesAPI
):
    assert run("anthropic_loop.py", environment) == [
        "orders: 8 statements, check: ok; recalled [], created p1",
        "payments: 4 statements, check: ok; recalled ['p1'], merged p1",
    ]
    assert runs(database) == [("region", 8, 1.0, "check"), ("currency", 4, 1.0, "check")]
    assert outcomes(database, 1) == [True]
    assert "No applicable procedure" in claude.requests[0].body["system"]
    assert "RENAME TO" in claude.requests[-1].body["system"]


def test_what_an_anthropic_agent_failed_at_is_before_it_the_next_time(
    environment: dict[str, str], database: Path, claude: MessagesAPI
):
    claude.respond = partial(as_claude, gives_up=True)
    printed = run("anthropic_loop.py", environment)
    assert printed[0] == (
        "orders: 4 statements, check: a row without region was accepted; recalled [], kept 1 pitfall(s)"
    )
    assert runs(database) == [("region", 4, 0.0, "claim"), ("currency", 4, 0.0, "claim")]
    assert "a row without region was accepted" not in claude.requests[0].body["system"]
    assert "a row without region was accepted" in claude.requests[-1].body["system"]


def test_a_model_that_does_nothing_leaves_nothing(environment: dict[str, str], database: Path, claude: MessagesAPI):
    claude.respond = lambda request: text("No.")
    assert all("nothing to record" in line for line in run("anthropic_loop.py", environment))
    assert runs(database) == []


def test_a_pydantic_ai_agent_uses_the_tools_of_the_server_by_itself(
    environment: dict[str, str], database: Path, claude: MessagesAPI
):
    assert run("pydantic_ai_agent.py", environment) == [
        "orders: 8 statements, check: ok",
        "payments: 4 statements, check: ok",
    ]
    # What the model itself types is a claim, whatever it says.
    assert runs(database) == [("region", 8, 1.0, "claim"), ("currency", 4, 1.0, "claim")]
    assert outcomes(database, 1) == [True]
    assert "Procedural memory: how tasks were done before" in str(claude.requests[0].body["system"])


def test_without_a_key_an_example_says_how_to_run_it(environment: dict[str, str]):
    command = [sys.executable, str(EXAMPLES / "anthropic_loop.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Set ANTHROPIC_API_KEY.")
    assert "ANTHROPIC_BASE_URL=http://localhost" in done.stderr
    assert "Traceback" not in done.stderr


class Driven(TestModel):
    """pydantic-ai's TestModel, which calls one tool; these arguments stand beside what it makes of the schema."""

    def __init__(self, tool: str, **arguments: Any) -> None:
        super().__init__(call_tools=[tool])
        self.arguments = arguments

    def gen_tool_args(self, tool_def: ToolDefinition) -> Any:
        return super().gen_tool_args(tool_def) | self.arguments


def returned(messages: list[ModelMessage]) -> dict[str, Any]:
    """The tool's answer."""
    (answer,) = [part.content for m in messages for part in m.parts if isinstance(part, ToolReturnPart)]
    assert isinstance(answer, dict)
    return answer


def test_pydantic_ais_test_model_drives_recall_record_and_reflect(environment: dict[str, str], database: Path):
    async def drive() -> list[dict[str, Any]]:
        server = StdioTransport(COMMAND[0], COMMAND[1:], env=environment)
        async with MCPToolset(server, init_timeout=240) as memory:
            agent = Agent(toolsets=[memory])
            steps = ["CREATE TABLE rebuilt (id, region) -> ok", "ALTER TABLE rebuilt RENAME TO orders -> ok"]
            models = [
                Driven("recall_procedure", task=ORDERS),
                Driven("record_trajectory", task=ORDERS, steps=steps, outcome="success"),
                Driven("recall_procedure", task=ORDERS),
                Driven("reflect_on_failure", task=ORDERS, error="database is locked", steps=steps[:1], used=["p1"]),
                Driven("recall_procedure", task=ORDERS, error="database is locked"),
            ]
            return [returned((await agent.run("go", model=model)).all_messages()) for model in models]

    empty, recorded, found, reflected, warned = asyncio.run(drive())
    assert empty["matches"] == []
    assert recorded["created"] == "p1"
    assert found["matches"][0]["id"] == "p1"
    assert (reflected["pitfalls"], reflected["credited"]) == (1, ["p1: 0 of 1 uses succeeded"])
    assert "database is locked" in warned["matches"][0]["pitfalls"][0]
    assert runs(database) == [("region", 2, 1.0, "claim"), ("region", 1, 0.0, "claim")]
    assert outcomes(database, 1) == [False]


def test_what_the_test_model_makes_of_the_schemas_alone_is_taken_or_answered_with_a_sentence(
    environment: dict[str, str], database: Path
):
    async def drive() -> dict[str, Any]:
        server = StdioTransport(COMMAND[0], COMMAND[1:], env=environment)
        async with MCPToolset(server, init_timeout=240) as memory:
            agent = Agent(toolsets=[memory])
            taken = await agent.run("go", model=TestModel(call_tools=["record_trajectory"]))
            with pytest.raises(UnexpectedModelBehavior) as refused:
                await agent.run("go", model=TestModel(call_tools=["reflect_on_failure"]))
            assert "'steps' is missing" in str(refused.value.__cause__)
            return returned(taken.all_messages())

    assert asyncio.run(drive())["trajectory"] == "t1"
