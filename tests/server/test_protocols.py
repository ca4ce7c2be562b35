"""The server over each transport, in both eras of the protocol: in memory, stdio and HTTP; handshake and sessionless."""

import http.client
import itertools
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from http_server import HTTPServer, environment
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, CallToolResult

from memp.config import read_settings
from memp.store.sqlite.store import SQLiteStore
from memp_server.app import make_server
from memp_server.opening import LazyMemory

pytestmark = pytest.mark.anyio

TRANSPORTS = ["in memory", "stdio", "http"]
ERAS = {"auto": "2026-07-28", "legacy": "2025-11-25"}
STDIO = [sys.executable, "-m", "memp_server"]
RECORD = {
    "task": "clean the mug", "steps": ["go to the sink -> there", "wash the mug -> clean"], "outcome": "success",
    "evidence": "check: the mug shines",
}  # fmt: skip
SURROGATE = {"task": "clean \ud800 the mug", "steps": ["wash \udfff it -> \U0001f600", "dry it -> dry"], "outcome": 1}
IDS = itertools.count(1)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=ERAS)
def mode(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def http_server(transport: str, tmp_path: Path) -> Iterator[HTTPServer | None]:
    if transport != "http":
        yield None
        return
    with HTTPServer(tmp_path) as server:
        yield server


@asynccontextmanager
async def client(folder: Path, server: HTTPServer | None, transport: str, mode: str) -> AsyncIterator[Client]:
    async with create_mcp_http_client(server.authorization if server else None) as http_client:
        if server is not None:
            target: Any = streamable_http_client(server.url, http_client=http_client)
        elif transport == "stdio":
            target = stdio_client(StdioServerParameters(command=STDIO[0], args=STDIO[1:], env=environment(folder)))
        else:
            target = make_server(LazyMemory(lambda: read_settings(db=folder / "memory.sqlite3", model="hashing")))
        async with Client(target, mode=mode) as opened:
            assert opened.protocol_version == ERAS[mode]
            yield opened


def told(result: CallToolResult) -> dict[str, Any]:
    """The structured answer, which is that of the text too."""
    assert not result.is_error, result.content
    assert result.structured_content == json.loads(result.content[0].text)  # type: ignore[union-attr]
    return result.structured_content


def refused(result: CallToolResult) -> str:
    assert result.is_error
    (content,) = result.content
    assert "\n" not in content.text  # type: ignore[union-attr]
    return content.text  # type: ignore[union-attr]


async def test_an_agent_recalls_records_reflects_and_is_told_what_it_did_wrong(
    tmp_path: Path, http_server: HTTPServer | None, transport: str, mode: str
):
    async with client(tmp_path, http_server, transport, mode) as agent:
        listed = (await agent.list_tools()).tools
        assert [tool.name for tool in listed] == ["recall_procedure", "record_trajectory", "reflect_on_failure"]
        assert told(await agent.call_tool("recall_procedure", {"task": "clean the mug"}))["matches"] == []
        assert told(await agent.call_tool("record_trajectory", RECORD))["created"] == "p1"
        (match,) = told(await agent.call_tool("recall_procedure", {"task": "clean the mug"}))["matches"]
        assert (match["id"], match["steps"][0]) == ("p1", "go to the sink")
        failed = {"task": "clean the mug", "steps": ["drop the mug -> broken"], "error": "it broke", "used": ["p1"]}
        reflected = told(await agent.call_tool("reflect_on_failure", {**failed, "lesson": "hold it with both hands"}))
        assert reflected["material"]["procedure"]["id"] == "p1"
        again = told(await agent.call_tool("recall_procedure", {"task": "clean the mug", "error": "it broke"}))
        assert again["matches"][0]["pitfalls"] == ["it broke | instead: hold it with both hands"]

        assert "needs 'task'" in refused(await agent.call_tool("recall_procedure", {}))
        assert "'limit'" in refused(await agent.call_tool("recall_procedure", {"task": "x", "limit": 9}))
        assert "reward" in refused(await agent.call_tool("record_trajectory", {**RECORD, "outcome": 7}))
        assert "no procedure p9" in refused(await agent.call_tool("record_trajectory", {**RECORD, "used": ["p9"]}))
        of_hosts = {"task_progress": "- [x] look", "wait_for_previous": True, "toolCallId": "7", "_auth_type": "admin"}
        assert told(await agent.call_tool("recall_procedure", {"task": "clean the mug", **of_hosts}))["matches"]
        with pytest.raises(MCPError) as none:
            await agent.get_prompt("clean")
        assert none.value.code == INVALID_PARAMS
        misspelt = refused(await agent.call_tool("record_trajectory", {**RECORD, "outcomes": "failure"}))
        assert "no argument 'outcomes'" in misspelt and "outcome, evidence, used" in misspelt
    store = SQLiteStore(tmp_path / "memory.sqlite3")
    assert (store.stats().trajectories, store.trajectory(1).provenance.client) == (2, "mcp 0.1.0")
    store.close()


async def test_a_lone_surrogate_is_answered_and_what_is_around_it_kept(
    tmp_path: Path, http_server: HTTPServer | None, transport: str, mode: str
):
    if transport == "in memory":
        async with client(tmp_path, None, transport, mode) as agent:
            result = (await agent.call_tool("record_trajectory", SURROGATE)).model_dump(by_alias=True)
    elif http_server is None:
        result = over_stdio(tmp_path, mode)
    else:
        result = over_http(http_server, mode)
    assert not result["isError"], result
    store = SQLiteStore(tmp_path / "memory.sqlite3")
    kept = store.trajectory(1)
    store.close()
    assert (kept.task, kept.steps[0].action, kept.steps[0].observation) == (
        "clean \ufffd the mug", "wash \ufffd it", "\U0001f600",
    )  # fmt: skip


# What the SDK's client does not send: it refuses lone surrogates itself.


def over_stdio(folder: Path, mode: str) -> dict[str, Any]:
    lines = [*handshake(mode), call(mode)]
    done = subprocess.run(
        STDIO, input="".join(line + "\n" for line in lines), env=environment(folder), capture_output=True, text=True,
        timeout=60, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])["result"]


def over_http(server: HTTPServer, mode: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection(server.host, timeout=60)
    headers = {
        "content-type": "application/json", "accept": "application/json, text/event-stream",
        "mcp-protocol-version": ERAS[mode], **server.authorization,
    }  # fmt: skip
    if mode == "auto":
        headers |= {"mcp-method": "tools/call", "mcp-name": "record_trajectory"}
    for line in [*handshake(mode), call(mode)]:
        connection.request("POST", "/mcp", line.encode(), headers)
        response = connection.getresponse()
        body = response.read().decode()
        assert response.status in (200, 202), body
        if session := response.headers["mcp-session-id"]:
            headers["mcp-session-id"] = session
    connection.close()
    (message,) = [line.removeprefix("data: ") for line in body.splitlines() if '"jsonrpc"' in line]
    return json.loads(message)["result"]


def handshake(mode: str) -> list[str]:
    if mode == "auto":
        return []
    params = {"protocolVersion": ERAS[mode], "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    return [message("initialize", params), json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"})]


def call(mode: str) -> str:
    prefix = "io.modelcontextprotocol"
    meta = {
        f"{prefix}/protocolVersion": ERAS[mode], f"{prefix}/clientInfo": {"name": "test", "version": "1"},
        f"{prefix}/clientCapabilities": {},
    }  # fmt: skip
    params = {"name": "record_trajectory", "arguments": SURROGATE}
    return message("tools/call", {**params, "_meta": meta} if mode == "auto" else params)


def message(method: str, params: dict[str, Any]) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": next(IDS), "method": method, "params": params})
