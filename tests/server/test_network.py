"""No network: a stdio session opens no socket but the one of its own user, and asks no name server."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import pytest
from http_server import environment
from raw_http import INITIALIZE

AUDIT = dedent(
    """
    import os, sys

    def note(event, arguments):
        if event.startswith("socket.") and event not in ("socket.__new__", "socket.gethostname"):
            family = getattr(arguments[0], "family", None) if arguments else None
            with open(os.environ["AUDITED"], "a") as file:
                file.write(f"{event} {getattr(family, 'name', family)} {arguments[1:]!r}\\n")

    sys.addaudithook(note)
    open(os.environ["AUDITED"], "a").close()
    """
)
CALLS = [
    ("tools/list", {}),
    ("tools/call", {"name": "record_trajectory", "arguments": {
        "task": "clean the mug", "steps": ["wash the mug -> clean", "dry it -> dry"], "outcome": "success"}}),
    ("tools/call", {"name": "recall_procedure", "arguments": {"task": "clean the mug"}}),
    ("tools/call", {"name": "reflect_on_failure", "arguments": {
        "task": "clean the mug", "steps": ["drop it"], "error": "it broke", "used": ["p1"]}}),
    ("resources/list", {}),
]  # fmt: skip


def session(command: list[str], env: dict[str, str]) -> None:
    """A whole session: handshake, each tool, and the end of stdin."""
    messages = [INITIALIZE, {"jsonrpc": "2.0", "method": "notifications/initialized"}]
    process = subprocess.Popen(
        command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdin is not None and process.stdout is not None
    for message in messages:
        process.stdin.write(json.dumps(message) + "\n")
    for number, (method, params) in enumerate(CALLS, 2):
        process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}) + "\n")
        process.stdin.flush()
        while (answer := json.loads(process.stdout.readline())).get("id") != number:
            pass
        assert not answer["result"].get("isError"), answer
    process.communicate(timeout=300)
    assert process.returncode == 0


@pytest.fixture(params=[pytest.param("hashing", marks=pytest.mark.slow), ""], ids=["hashing", "the default model"])
def env(request: pytest.FixtureRequest, tmp_path: Path, model_cache: Path) -> dict[str, str]:
    """The environment of a server whose settings are the defaults, but for where its files are."""
    if not request.param:
        request.getfixturevalue("compiled")
    return {**environment(tmp_path), "MEMP_MODEL": request.param, "MEMP_CACHE": str(model_cache)}


def test_a_session_touches_no_socket_of_the_network(tmp_path: Path, env: dict[str, str]):
    (tmp_path / "sitecustomize.py").write_text(AUDIT, encoding="utf-8")
    audited = tmp_path / "audited"
    session(
        [sys.executable, "-m", "memp_server"], {**env, "PYTHONPATH": str(tmp_path), "AUDITED": str(audited)}
    )  # fmt: skip
    events = audited.read_text(encoding="utf-8").splitlines()
    assert [event for event in events if " AF_UNIX " not in event] == []
    # What hooks of the same user ask is bound in its own folder; that it is seen shows that the rest would be.
    assert any(event.startswith("socket.bind AF_UNIX") for event in events)


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
def test_nor_does_the_code_below_python(tmp_path: Path, env: dict[str, str]):
    seen = tmp_path / "strace"
    trace = ["strace", "-f", "-qq", "-e", "trace=%network", "-o", str(seen)]
    if subprocess.run([*trace, "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace may not trace here")
    session([*trace, sys.executable, "-m", "memp_server"], env)
    calls = seen.read_text(encoding="utf-8", errors="replace").splitlines()
    assert any("AF_UNIX" in call for call in calls)
    assert [call for call in calls if "AF_INET" in call or "AF_NETLINK" in call or "AF_PACKET" in call] == []


@pytest.mark.skipif(os.name != "posix", reason="of POSIX")
def test_a_server_over_http_binds_only_where_it_was_told_to(tmp_path: Path):
    from http_server import HTTPServer

    with HTTPServer(tmp_path) as server:
        inodes = set[str]()
        for link in Path(f"/proc/{server.process.pid}/fd").iterdir() if Path("/proc/net/tcp").exists() else ():
            with suppress(FileNotFoundError):  # Closed meanwhile.
                inodes.add(str(link.readlink()).removeprefix("socket:[").removesuffix("]"))
        listening = [
            line.split()[1]
            for name in ("tcp", "tcp6")
            if (table := Path("/proc/net", name)).exists()
            for line in table.read_text().splitlines()
            if line.split()[3] == "0A" and line.split()[9] in inodes
        ]
        port = int(server.host.split(":")[1])
        assert listening in ([f"0100007F:{port:04X}"], [])
