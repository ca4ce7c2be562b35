"""The server's tools through smolagents' MCP client: python smolagents_tools.py COMMAND [ARGUMENT ...]

Run by bench/frameworks.py in an environment of its own, since that client needs mcp<2, with its extra `ws`.
"""

import json
import os
import sys
from importlib.metadata import version

from mcp import StdioServerParameters
from smolagents import ToolCollection
from smolagents.tools import validate_tool_arguments

TASK = "Add a required column region to the orders table"
STEPS = ["CREATE TABLE rebuilt (id, region NOT NULL) -> ok", "ALTER TABLE rebuilt RENAME TO orders -> ok"]

print(f"smolagents {version('smolagents')}, mcpadapt {version('mcpadapt')}, mcp {version('mcp')}")
server = StdioServerParameters(command=sys.argv[1], args=sys.argv[2:], env=dict(os.environ))
with ToolCollection.from_mcp(server, trust_remote_code=True, structured_output=False) as memory:
    tools = {tool.name: tool for tool in memory.tools}
    assert sorted(tools) == ["recall_procedure", "record_trajectory", "reflect_on_failure"]
    try:
        validate_tool_arguments(tools["recall_procedure"], {"task": TASK})
        print("smolagents no longer demands every argument: docs/programs.md may say so")
    except ValueError as error:
        print(f"as it is, an agent's call is refused by smolagents: {error}")
    # It takes every argument of an MCP tool for required. The server itself says what is missing.
    for tool in memory.tools:
        for name, schema in tool.inputs.items():
            schema["nullable"] = name != "task"

    def call(tool: str, **arguments: object) -> dict[str, object]:
        validate_tool_arguments(tools[tool], arguments)
        return json.loads(tools[tool](**arguments))

    assert call("recall_procedure", task=TASK)["matches"] == []
    assert call("record_trajectory", task=TASK, steps=STEPS, outcome="success")["created"] == "p1"
    failed = call("reflect_on_failure", task=TASK, steps=STEPS[:1], error="database is locked", used=["p1"])
    assert failed["credited"] == ["p1: 0 of 1 uses succeeded"], failed
    (match,) = call("recall_procedure", task=TASK)["matches"]
    assert "database is locked" in match["pitfalls"][0], match
    print("listed, recalled, recorded, reflected, recalled the pitfall")
