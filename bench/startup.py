"""Start-up time: how soon the server answers the handshake, against a bare server with three empty tools on the same SDK.

    python bench/startup.py [--runs 5]

Each run starts a fresh process, sends `initialize`, and stops the clock at the answer; the two take turns, so that the
ratio holds on a busy machine. CPU seconds are those of the whole process up to its end.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

BARE = """
from mcp.server import MCPServer
server = MCPServer("bare")
for name in ("one", "two", "three"):
    server.add_tool(lambda: None, name=name, description="")
server.run("stdio")
"""
INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}},
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "MEMP_DB": f"{folder}/memory.sqlite3"}
        commands = {"memp serve": ["-m", "memp_clients.cli", "serve"], "bare SDK server": ["-c", BARE]}
        seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for name in [*commands] * (runs + 1):
            seconds[name].append(handshake([sys.executable, *commands[name]], environment))
    print(f"{'':18}{'answer, s':>12}{'CPU, s':>10}   (median of {runs}, after one warm-up)")
    medians = {
        name: [statistics.median(column) for column in zip(*pairs[1:], strict=True)] for name, pairs in seconds.items()
    }
    for name, (answer, cpu) in medians.items():
        print(f"{name:18}{answer:12.2f}{cpu:10.2f}")
    ours, bare = medians.values()
    print(f"{'ratio':18}{ours[0] / bare[0]:12.2f}{ours[1] / bare[1]:10.2f}")


def handshake(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Seconds until a new server answers, and the CPU seconds of its process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps(INITIALIZE).encode() + b"\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        seconds = time.perf_counter() - begin
        assert answer["result"]["serverInfo"], answer
        process.stdin.close()
        process.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


if __name__ == "__main__":
    main()
