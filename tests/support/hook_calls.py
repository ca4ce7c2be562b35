"""Hooks called as hosts call them, on a home with a memory of two runs; and sessions in a host's form."""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from paths import HOOK_PAYLOADS, ROOT

from memp.config import open_memory, read_settings
from memp.light import local_socket
from memp_clients.cli import main
from memp_clients.hooks import recording
from memp_server.local_socket import LocalSocket

HOSTS = ("claude_code", "codex", "cursor", "opencode")

TASK = "fix the failing import of the parser"
ERROR = "ModuleNotFoundError: No module named 'nosuchmodule'"
LESSON = "install the project first: pip install -e ."


IMPATIENT = """
import sys
from memp_clients.hooks import recording
recording.PATIENCE = 0.05
sys.exit(recording.main(sys.argv[1:]))
"""


PATIENT = """
import sys
from memp.light import local_socket
local_socket.PATIENCE = local_socket.GREETING_PATIENCE = 60.0
from memp_clients.cli import main
sys.exit(main(sys.argv[1:]))
"""
"""The command, with time for a server on a busy machine."""


class Said(NamedTuple):
    """Output of a hook: stdout, stderr and exit status."""

    out: str
    err: str
    status: int

    @property
    def text(self) -> str:
        """The text that reaches the model, by the rules of the four hosts; empty where none does."""
        if not self.out:
            return ""
        document = json.loads(self.out)
        specific = document.get("hookSpecificOutput", {})
        return specific.get("additionalContext") or document.get("additional_context") or document["text"]


class Machine:
    """A home with a memory in it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.db = home / "memory.sqlite3"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("MEMP_", "XDG_"))},
            "HOME": str(home), "USERPROFILE": str(home), "MEMP_DB": str(self.db), "MEMP_MODEL": "hashing",
            "MEMP_CACHE": str(home / "cache"),
            "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("", "server", "clients")),
        }  # fmt: skip

    def run(self, *arguments: str, stdin: bytes = b"", **more: str) -> Said:
        done = subprocess.run(
            [sys.executable, *arguments],
            input=stdin,
            capture_output=True,
            env={**self.environment, **more},
            check=False,
        )
        return Said(done.stdout.decode("ascii"), done.stderr.decode("utf-8", errors="replace"), done.returncode)

    def hook(self, host: str, event: str, payload: object, **more: str) -> Said:
        """Call a hook in this process, which has loaded already what a process of its own would load for each."""
        stdin = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return self.called("hook", host, event, stdin=stdin, **more)

    def called(self, *arguments: str, stdin: bytes = b"", **more: str) -> Said:
        """A command of the terminal, in this process."""
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, {**self.environment, **more}),
            mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin))),
            mock.patch.object(local_socket, "PATIENCE", 60.0),
            mock.patch.object(local_socket, "GREETING_PATIENCE", 60.0),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            status = main(arguments)
        return Said(out.getvalue(), err.getvalue(), status)

    @contextmanager
    def serving(self) -> Generator[None]:
        """With a server's socket on this memory, in this process."""
        with ExitStack() as ending, mock.patch.dict(os.environ, self.environment):
            settings = read_settings()
            memory = ending.enter_context(open_memory(settings))
            offered = LocalSocket()
            ending.callback(offered.close)
            offered.open(memory, settings)
            until = time.monotonic() + 60
            while not local_socket.alive(self.db):
                assert time.monotonic() < until
                time.sleep(0.01)
            yield

    def end(self, session: str, transcript: Path, host: str = "claude-code", *, apart: bool = False) -> None:
        """Record a session as the process does that the hook begins; `apart`: in a process of its own, with little patience."""
        folder = self.home / "memory.sqlite3.hooks" / f"{host}-{session}"
        folder.mkdir(parents=True, exist_ok=True)
        asked = {
            "host": host,
            "session": session,
            "transcript": str(transcript),
            "folder": str(folder),
            "settings": {"db": str(self.db)},
        }
        if apart:
            self.run("-c", IMPATIENT, json.dumps(asked))
            return
        with mock.patch.dict(os.environ, self.environment):
            recording.main([json.dumps(asked)])

    @property
    def left(self) -> list[dict[str, Any]]:
        """The notes of sessions that are not recorded yet."""
        folder = self.home / "memory.sqlite3.hooks" / "later"
        return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]

    @property
    def log(self) -> str:
        path = self.home / "memory.sqlite3.hooks" / "log.txt"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def memory(self):
        return open_memory(read_settings(db=self.db, model="hashing", cache=self.home / "cache"))

    def filled(self) -> "Machine":
        """With one procedure, p1, and one pitfall."""
        memory = self.memory()
        steps = ["Bash: pytest -> ModuleNotFoundError", "Bash: pip install -e . -> ok", "Bash: pytest -> 3 passed"]
        memory.record(TASK, steps, "success", evidence="check: pytest, exit 0")
        memory.reflect("run the importer", ["run it -> error"], ERROR, lesson=LESSON)
        memory.close()
        return self

    def runs(self) -> list[tuple[str, float, str]]:
        """The task, reward and evidence of every stored run."""
        memory = self.memory()
        try:
            count = memory.store.stats().trajectories
            found = [memory.store.trajectory(number) for number in range(1, count + 1)]
        finally:
            memory.close()
        return [(run.task, run.reward, f"{run.evidence.kind}: {run.evidence.detail}") for run in found]


def payloads(host: str) -> Mapping[str, Any]:
    return json.loads((HOOK_PAYLOADS / f"{host}.json").read_text(encoding="utf-8"))


def session(path: Path, *turns: str | tuple[str, str, int] | tuple[str, Mapping[str, object]], said: str = "",
            answer: str = "kept") -> Path:  # fmt: skip
    """A session in Claude Code's form: a text is the person's, (command, output, status) a shell command, and
    (name, arguments) a call of another tool, which gives `answer`. `said` is what the agent says before each call."""
    lines: list[dict[str, Any]] = []
    base = {"isSidechain": False, "cwd": "/home/me/parser", "sessionId": "s1", "parentUuid": None}

    def add(role: str, content: object, **more: object) -> None:
        lines.append({**base, "type": role, "message": {"role": role, "content": content}, **more})

    for number, turn in enumerate(turns):
        if isinstance(turn, str):
            add("user", [{"type": "text", "text": turn}])
            continue
        name, given = ("Bash", {"command": turn[0]}) if len(turn) == 3 else turn
        call = {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": given}
        add("assistant", [*([{"type": "text", "text": said}] if said else []), call])
        output, status = (turn[1], turn[2]) if len(turn) == 3 else (answer, 0)
        told = f"Exit code {status}\n{output}" if status else output
        result = {"type": "tool_result", "tool_use_id": f"toolu_{number}", "content": told, "is_error": bool(status)}
        add("user", [result], toolUseResult="Error" if status else {"stdout": output, "interrupted": False})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path
