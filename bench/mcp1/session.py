"""A plain ClientSession of mcp<2 against the server: python session.py COMMAND [ARGUMENT ...]

Run by bench/frameworks.py in an environment of its own. It prints what it saw and fails on the first thing that is not so.
"""

import asyncio
import json
import os
import sys
from importlib.metadata import version

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

TOOLS = ["recall_procedure", "record_trajectory", "reflect_on_failure"]
TASK = "Add a required column region to the orders table"
STEPS = ["CREATE TABLE rebuilt (id, region NOT NULL) -> ok", "ALTER TABLE rebuilt RENAME TO orders -> ok"]


async def main() -> None:
    server = StdioServerParameters(command=sys.argv[1], args=sys.argv[2:], env=dict(os.environ))
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        began = await session.initialize()
        print(f"mcp {version('mcp')}, protocol {began.protocolVersion}, {began.serverInfo.name}")
        assert began.instructions and "recall_procedure" in began.instructions
        assert [tool.name for tool in (await session.list_tools()).tools] == TOOLS

        async def call(tool: str, **arguments: object) -> dict[str, object]:
            result = await session.call_tool(tool, arguments)
            assert not result.isError, result.content
            # The same answer twice: as structure, and as JSON in the text.
            assert json.loads(result.content[0].text) == result.structuredContent
            return result.structuredContent

        assert (await call("recall_procedure", task=TASK))["matches"] == []
        done = await call("record_trajectory", task=TASK, steps=STEPS, outcome="success", evidence="check: ok")
        assert done["created"] == "p1", done
        (match,) = (await call("recall_procedure", task=TASK))["matches"]
        assert match["id"] == "p1", match
        failed = await call("reflect_on_failure", task=TASK, steps=STEPS[:1], error="database is locked", used=["p1"])
        assert failed["pitfalls"] == 1 and failed["credited"] == ["p1: 0 of 1 uses succeeded"], failed
        (match,) = (await call("recall_procedure", task=TASK, error="database is locked"))["matches"]
        assert "database is locked" in match["pitfalls"][0], match
        refused = await session.call_tool("record_trajectory", {"task": TASK})
        assert refused.isError and "needs 'steps'" in refused.content[0].text, refused
        print("listed, recalled, recorded, recalled, reflected, recalled the pitfall, read a refusal")


asyncio.run(main())
