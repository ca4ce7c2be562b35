"""An agent on the OpenAI Agents SDK that uses the memory's MCP server by itself.

    pip install memp openai-agents
    OPENAI_API_KEY=... python clients/examples/openai_agents.py

OPENAI_BASE_URL may name any other server of the chat completions API. The memory's server is `memp serve`, or the command
in MEMP_SERVER.
"""

import asyncio
import os

from agents import Agent, Runner, function_tool, set_default_openai_api, set_tracing_disabled
from agents.mcp import MCPServerStdio

from shop import MEMORY_RULES, MEMP, SERVER_ENVIRONMENT, need, shops

MODEL = os.environ.get("MODEL", "gpt-5-mini")
MOST_TURNS = 30


async def main() -> None:
    """Let the agent try each task, with the memory as an MCP server."""
    need("OPENAI_API_KEY")
    # Traces would go to OpenAI, whatever the base URL; and few other servers speak the Responses API.
    set_tracing_disabled(True)
    set_default_openai_api("chat_completions")
    command = {"command": MEMP[0], "args": MEMP[1:], "env": SERVER_ENVIRONMENT}
    async with MCPServerStdio(params=command, name="memp", cache_tools_list=True) as memory:
        for shop in shops():
            tools = [function_tool(shop.sql), function_tool(shop.check)]
            agent = Agent("shopkeeper", instructions=MEMORY_RULES, tools=tools, mcp_servers=[memory], model=MODEL)
            await Runner.run(agent, shop.task, max_turns=MOST_TURNS)
            print(shop.report())


if __name__ == "__main__":
    asyncio.run(main())
