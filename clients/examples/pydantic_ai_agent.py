"""A pydantic-ai agent that uses the memory's MCP server by itself.

    pip install memp "pydantic-ai-slim[anthropic,mcp]"
    ANTHROPIC_API_KEY=... python clients/examples/pydantic_ai_agent.py
    OPENAI_API_KEY=... MODEL=openai-chat:gpt-5-mini python clients/examples/pydantic_ai_agent.py  # with [openai,mcp]

MODEL is any model of pydantic-ai. The server is `memp serve`, or the command in MEMP_SERVER.
"""

import asyncio
import os

from fastmcp.client.transports import StdioTransport
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset

from shop import MEMORY_RULES, MEMP, SERVER_ENVIRONMENT, need, shops

MODEL = os.environ.get("MODEL", "anthropic:claude-sonnet-5-5")
PROVIDER = MODEL.partition(":")[0]
KEYS = {"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY", "openai-chat": "OPENAI_API_KEY"}


async def main() -> None:
    """Let the agent try each task, with the memory as an MCP server."""
    if PROVIDER in KEYS:
        need(KEYS[PROVIDER], model=f"{PROVIDER}:<its model>")
    server = StdioTransport(MEMP[0], MEMP[1:], env=SERVER_ENVIRONMENT)
    # The server's own instructions say when to call which tool.
    # The 5 seconds that pydantic-ai waits for a server by default are short on a busy machine.
    memory = MCPToolset(server, include_instructions=True, init_timeout=60)
    async with memory:
        for shop in shops():
            agent = Agent(MODEL, instructions=MEMORY_RULES, tools=[shop.sql, shop.check], toolsets=[memory])
            await agent.run(shop.task, model_settings={"max_tokens": 4000})
            print(shop.report())


if __name__ == "__main__":
    asyncio.run(main())
