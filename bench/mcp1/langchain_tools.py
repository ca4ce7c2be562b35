"""The server's tools through langchain-mcp-adapters: python langchain_tools.py COMMAND [ARGUMENT ...]

Run by bench/frameworks.py in an environment of its own, since the adapters need mcp<2.
"""

import asyncio
import json
import os
import sys
from importlib.metadata import version

from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.tools import load_mcp_tools

TASK = "Add a required column region to the orders table"
STEPS = ["CREATE TABLE rebuilt (id, region NOT NULL) -> ok", "ALTER TABLE rebuilt RENAME TO orders -> ok"]


async def main() -> None:
    print(f"langchain-mcp-adapters {version('langchain-mcp-adapters')}, mcp {version('mcp')}")
    connection = {"transport": "stdio", "command": sys.argv[1], "args": sys.argv[2:], "env": dict(os.environ)}
    client = MultiServerMCPClient({"memp": connection})
    # get_tools() would start a server for each call; one session keeps one.
    async with client.session("memp") as session:
        tools = {tool.name: tool for tool in await load_mcp_tools(session)}
        assert sorted(tools) == ["recall_procedure", "record_trajectory", "reflect_on_failure"]

        async def call(tool: str, **arguments: object) -> dict[str, object]:
            (block,) = await tools[tool].ainvoke(arguments)
            return json.loads(block["text"])

        assert (await call("recall_procedure", task=TASK))["matches"] == []
        assert (await call("record_trajectory", task=TASK, steps=STEPS, outcome="success"))["created"] == "p1"
        failed = await call("reflect_on_failure", task=TASK, steps=STEPS[:1], error="database is locked", used=["p1"])
        assert failed["credited"] == ["p1: 0 of 1 uses succeeded"], failed
        (match,) = (await call("recall_procedure", task=TASK))["matches"]
        assert "database is locked" in match["pitfalls"][0], match
        print("listed, recalled, recorded, reflected, recalled the pitfall")


asyncio.run(main())
