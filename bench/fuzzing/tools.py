"""Random calls of the three tools, through the server as a client calls it, and as lines over its stdin."""

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mcp.client import Client

from fuzzing.texts import key, text, value
from memp.config import Settings
from memp_server.app import make_server
from memp_server.opening import LazyMemory

TOOLS = ("recall_procedure", "record_trajectory", "reflect_on_failure")
CALLS_A_MEMORY = 250
"""Calls after which a memory begins anew: in a full one each takes longer, and what it holds decides what happens."""

MOST_SECONDS = 5.0
"""CPU that a call of texts this short may take."""

WRONG = (
    "Error executing tool",
    "fault of memp's own",
    "Traceback (most recent call last):\n  File",
    "call last):\\n  File",
)
"""Words of an answer that is none."""


def arguments(rng: random.Random, tool: str) -> dict[str, Any]:
    """Arguments of a call: mostly of the right type, so that they get far."""

    def some(*choices: object) -> object:
        return value(rng) if rng.random() < 0.02 else rng.choice(choices)

    steps = [step(rng) for _ in range(rng.choice((1, 1, 2, 3, 5, 12)))]
    given: dict[str, Any] = {"task": some(text(rng))}
    given["steps"] = some(steps, steps, steps, text(rng), json.dumps(steps))
    used = some([f"p{rng.randint(1, 9)}" for _ in range(rng.randint(0, 2))], text(rng), [], [text(rng)])
    if tool == "recall_procedure":
        del given["steps"]
        more = {"context": text(rng), "facts": [text(rng)], "error": text(rng), "limit": rng.choice((0, 1, 2, 3, 3, 4)),
                "detail": rng.choice(("script", "trajectory", "proceduralization"))}  # fmt: skip
    elif tool == "record_trajectory":
        outcome = rng.choice(("success", "success", "success", "failure", "unknown", 0.5, 1, text(rng)))
        more = {"outcome": outcome, "evidence": f"check: {text(rng)}", "used": used, "script": script(rng), "facts": text(rng),
                "tokens": rng.randint(-1, 10**6)}  # fmt: skip
    else:
        given["error"] = some(text(rng))
        more = {"used": used, "lesson": text(rng), "revision": script(rng), "trajectory": f"t{rng.randint(1, 9)}"}
    given |= {name: some(argument) for name, argument in more.items() if rng.random() < 0.4}
    return {name if rng.random() < 0.995 else key(rng): part for name, part in given.items()}


def step(rng: random.Random) -> object:
    match rng.randrange(60):
        case 0:
            return value(rng, 1)
        case number if number < 25:
            return {"action": text(rng) or "wait", "observation": text(rng)} | (
                {"thought": text(rng)} if rng.random() < 0.3 else {}
            )
        case _:
            return f"{text(rng)} -> {text(rng)}"


def script(rng: random.Random) -> object:
    if rng.random() < 0.3:
        return text(rng)
    fields: dict[str, object] = {"steps": [text(rng) for _ in range(rng.randint(1, 4))], "goal": text(rng)}
    if rng.random() < 0.3:
        fields["pitfalls"] = [{"trigger": text(rng), "instead": text(rng)}]
    if rng.random() < 0.3:
        fields["parameters"] = [{"name": text(rng, 8), "description": text(rng)}]
    return fields


@asynccontextmanager
async def client(folder: str) -> AsyncIterator[Client]:
    settings = Settings(db=Path(folder, "memory.sqlite3"), model="hashing")
    async with Client(make_server(LazyMemory(lambda: settings))) as opened:
        yield opened


def called(rng: random.Random, count: int) -> Iterator[tuple[str, str]]:
    """Call tools; each call, as text, and the answer where it is none."""
    while count > 0:
        yield from asyncio.run(_calls(rng, min(count, CALLS_A_MEMORY)))
        count -= CALLS_A_MEMORY


async def _calls(rng: random.Random, count: int) -> list[tuple[str, str]]:
    done: list[tuple[str, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        async with client(folder) as opened:
            for _ in range(count):
                tool = rng.choice(TOOLS)
                given = arguments(rng, tool)
                began = time.process_time()
                result = await opened.call_tool(tool, given)
                seconds, said = time.process_time() - began, str(result.content)
                fault = said if result.is_error and any(word in said for word in WRONG) else ""
                slow = f"{seconds:.0f} s of CPU" if seconds > MOST_SECONDS else ""
                done.append((f"{tool} {given!r}", fault or slow))
    return done


def written(rng: random.Random, count: int) -> Iterator[tuple[str, str]]:
    """Write requests to the stdin of a server of its own, some of them broken: each with an id must be answered."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "MEMP_MODEL": "hashing", "MEMP_DB": str(Path(folder, "memory.sqlite3"))}
        first = {"jsonrpc": "2.0", "id": "first", "method": "initialize", "params": {
            "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "fuzz", "version": "1"}}}  # fmt: skip
        lines, asked = [json.dumps(first)], {"first": ""}
        for number in range(count):
            tool = rng.choice(TOOLS)
            name = rng.choice((number, str(number)))
            request = {"jsonrpc": "2.0", "id": name, "method": "tools/call",
                       "params": {"name": tool, "arguments": arguments(rng, tool)}}  # fmt: skip
            line = json.dumps(request)
            if rng.random() < 0.1:
                lines.append(line[: rng.randrange(len(line))] or "x")
            else:
                asked[str(name)] = line
                lines.append(line)
        done = subprocess.run(
            [sys.executable, "-m", "memp_server"], input="\n".join(lines) + "\n", text=True, capture_output=True,
            env=environment, timeout=60 + count, check=False,
        )  # fmt: skip
    answers = {str(answer.get("id")): line for line in done.stdout.split("\n") if line and (answer := json.loads(line))}
    for name, line in asked.items():
        said = answers.get(name, "no answer")
        yield line, said if said == "no answer" or ('isError":true' in said and any(w in said for w in WRONG)) else ""
    yield "stderr", done.stderr if "Traceback" in done.stderr else ""
