"""Fakes of `claude`, `codex` and `gemini`: executables that keep how they were called, and answer as the test says.

Their outputs have the form of the real ones' (Claude Code 2.1.197, Codex 0.171.0, Gemini CLI 0.61.0).
"""

import json
import os
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FAKE = """#!{python}
import json, os, pathlib, subprocess, sys, time
home = pathlib.Path({home!r})
calls = home / "calls.jsonl"
before = len(calls.read_text().splitlines()) if calls.exists() else 0
call = {{"arguments": sys.argv[1:], "stdin": sys.stdin.read(), "folder": os.listdir("."), "pid": os.getpid(),
        "environment": {{name: os.environ[name] for name in ("MEMP_HOOKS", "MEMP_API_KEY", "CLAUDECODE") if name in os.environ}}}}
policy = sys.argv[sys.argv.index("--admin-policy") + 1] if "--admin-policy" in sys.argv else ""
call["policy"] = pathlib.Path(policy).read_text() if policy else ""
with calls.open("a") as lines:
    lines.write(json.dumps(call) + chr(10))
answers = json.loads((home / "answers.json").read_text())
answer = answers[min(before, len(answers) - 1)]
if answer.get("hangs"):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    time.sleep(600)
sys.stdout.write(answer["out"])
sys.stderr.write(answer["err"])
sys.exit(answer["status"])
"""


@dataclass(frozen=True)
class Answer:
    """What a fake prints, and its exit status; or it hangs, with a child of its own."""

    out: str = ""
    err: str = ""
    status: int = 0
    hangs: bool = False


HANGS = Answer(hangs=True)


class Fake:
    """One program on PATH."""

    def __init__(self, folder: Path, name: str) -> None:
        self.home = folder / f"home-of-{name}"
        self.home.mkdir(parents=True)
        program = folder / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(_FAKE.format(python=sys.executable, home=str(self.home)), encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    def answers(self, *answers: Answer) -> None:
        """What it answers, call by call; the last one again and again."""
        (self.home / "answers.json").write_text(json.dumps([answer.__dict__ for answer in answers]), encoding="utf-8")

    @property
    def calls(self) -> list[dict[str, Any]]:
        """How it was called."""
        path = self.home / "calls.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def only(folder: Path) -> str:
    """A PATH with nothing on it but the fakes of a folder."""
    return os.fspath(folder / "bin")


def said(name: str, text: str | Mapping[str, Any]) -> Answer:
    """What a program prints where its model says this: 100 tokens in, 10 out."""
    words = text if isinstance(text, str) else json.dumps(text)
    return Answer(out=_FORMS[name](words))


def refused(name: str) -> Answer:
    """What a program prints where nobody is logged in."""
    return _REFUSALS[name]


def _claude(words: str) -> str:
    usage = {"input_tokens": 60, "cache_creation_input_tokens": 30, "cache_read_input_tokens": 10, "output_tokens": 10}
    fields = {"type": "result", "subtype": "success", "is_error": False, "result": words, "usage": usage}
    return json.dumps({**fields, "modelUsage": {"claude-of-the-test": {}}})


def _codex(words: str) -> str:
    events = [
        {"type": "thread.started", "thread_id": "1"},
        {"type": "item.completed", "item": {"id": "item_0", "type": "error", "message": "a setting is ignored"}},
        {"type": "turn.started"},
        {"type": "item.completed", "item": {"id": "item_1", "type": "agent_message", "text": words}},
        {"type": "turn.completed", "usage": {"input_tokens": 100, "cached_input_tokens": 40, "output_tokens": 10}},
    ]
    return "".join(json.dumps(event) + "\n" for event in events)


def _gemini(words: str) -> str:
    tokens = {"prompt": 100, "candidates": 8, "thoughts": 2, "total": 110}
    return json.dumps(
        {"session_id": "1", "response": words, "stats": {"models": {"gemini-of-the-test": {"tokens": tokens}}}}
    )


_FORMS = {"claude": _claude, "codex": _codex, "gemini": _gemini}
_REFUSALS = {
    "claude": Answer(
        json.dumps({"type": "result", "is_error": True, "result": "Not logged in · Please run /login", "usage": {}}),
        status=1,
    ),
    "codex": Answer(
        '{"type":"turn.started"}\n{"type":"turn.failed","error":{"message":"unexpected status 401 Unauthorized"}}\n',
        status=1,
    ),
    "gemini": Answer(
        err='a notice\n{"session_id": "1", "error": {"type": "Error", "message": "Please set an Auth method", "code": 41}}',
        status=41,
    ),
}
