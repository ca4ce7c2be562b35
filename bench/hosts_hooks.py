"""Do the real hosts call our hooks, and does what they say reach the model? A part of bench/hosts.py (--hooks).

Each of Claude Code, Codex and opencode runs a prompt in a home of its own, with a model at an address of this program that
calls the shell twice with a command that fails, and then ends. The requests that the host sends must hold the procedure that fits
the prompt and, after the failure, the pitfall of the error; after it ended, the memory must hold the session as a failed run.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from hosts import REAL, run

ROOT = Path(__file__).resolve().parent.parent
PLUGIN = ROOT / "clients" / "claude-code-plugin"
MEMP = [sys.executable, "-m", "memp_clients.cli"]
TASK = "fix the failing import of the parser"
STEPS = ["Bash: pytest -> ModuleNotFoundError", "Bash: pip install -e . -> ok", "Bash: pytest -> 3 passed"]
ERROR = "ModuleNotFoundError: No module named 'nosuchmodule'"
LESSON = "install the project first"
FAILING = f'{sys.executable} -c "import nosuchmodule"'
PATIENCE = 30
CALLS = 2
"""A task of one step is not recorded."""

PROMPTS = {
    "claude-code": ["-p", TASK, "--allowedTools", "Bash"],
    "codex": [
        # A home that nobody uses has no hooks that a person has looked at.
        *("exec", "--skip-git-repo-check", "--dangerously-bypass-hook-trust", "-s", "danger-full-access", "-m", "none"),
        *("-c", "model_provider=here"),
        *("-c", 'model_providers.here={{name="here",base_url="{url}/v1",wire_api="responses"}}', TASK),
    ],
    "opencode": ["run", "-m", "here/none", TASK],
}


class Scripted(BaseHTTPRequestHandler):
    """A model that calls the shell CALLS times and then is done, in the three protocols that the hosts speak."""

    protocol_version = "HTTP/1.1"
    requests_seen: list[str] = []  # noqa: RUF012 - of the one server of this program

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers.get("content-length", 0))).decode("utf-8", errors="replace")
        self.requests_seen.append(text)
        path, body = self.path.partition("?")[0], json.loads(text or "{}")
        speak = {"/messages": messages, "/responses": responses, "/chat/completions": completions}
        events_of = next((events for ending, events in speak.items() if path.endswith(ending)), None)
        answer = events_of(body).encode() if events_of else b""
        self.send_response(200 if events_of else 404)
        self.send_header("content-type", "text/event-stream")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_GET(self) -> None:
        self.send_response(404)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def messages(body: Mapping[str, Any]) -> str:
    """Anthropic's Messages API."""
    parts = [part for m in body["messages"] if isinstance(m["content"], list) for part in m["content"]]
    results = sum(part.get("type") == "tool_result" for part in parts)
    shell = any(tool.get("name") == "Bash" for tool in body.get("tools", []))
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": "m", "type": "message", "role": "assistant", "model": body["model"], "content": [], "usage": usage}
    if shell and results < CALLS:
        block: dict[str, Any] = {"type": "tool_use", "id": f"toolu_{results}", "name": "Bash", "input": {}}
        given = json.dumps({"command": FAILING, "description": "import"})
        delta, reason = {"type": "input_json_delta", "partial_json": given}, "tool_use"
    else:
        block, delta, reason = {"type": "text", "text": ""}, {"type": "text_delta", "text": "done"}, "end_turn"
    return _events(
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage},
        {"type": "message_stop"},
    )


def responses(body: Mapping[str, Any]) -> str:
    """OpenAI's Responses API."""
    results = sum(item.get("type") == "function_call_output" for item in body["input"])
    if results >= CALLS:
        said = [{"type": "output_text", "text": "done"}]
        item: dict[str, Any] = {"type": "message", "id": "m", "role": "assistant", "content": said}
    else:
        given = json.dumps({"cmd": FAILING})
        item = {
            "type": "function_call",
            "id": f"f{results}",
            "call_id": f"c{results}",
            "name": "exec_command",
            "arguments": given,
        }
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    return _events(
        {"type": "response.created", "response": {"id": "r"}},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {"id": "r", "usage": usage}},
    )


def completions(body: Mapping[str, Any]) -> str:
    """OpenAI's Chat Completions API."""
    shell = any(tool["function"]["name"] == "bash" for tool in body.get("tools", []))
    results = sum(message["role"] == "tool" for message in body["messages"])
    if shell and results < CALLS:
        function = {"name": "bash", "arguments": json.dumps({"command": FAILING, "description": "import"})}
        call = {"index": 0, "id": f"c{results}", "type": "function", "function": function}
        delta, reason = {"role": "assistant", "tool_calls": [call]}, "tool_calls"
    else:
        delta, reason = {"role": "assistant", "content": "done"}, "stop"
    base = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}
    chunks = [{"index": 0, "delta": delta, "finish_reason": None}, {"index": 0, "delta": {}, "finish_reason": reason}]
    lines = [f"data: {json.dumps({**base, 'choices': [chunk]})}\n\n" for chunk in chunks]
    return "".join(lines) + "data: [DONE]\n\n"


def _events(*events: Mapping[str, Any]) -> str:
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)


@contextmanager
def scripted() -> Generator[str]:
    """The address of the scripted model."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


def check_hooks(name: str, binaries: Path, home: Path, *, plugin: bool = False) -> list[str]:
    """Let a host with our hooks, or with the plugin, work on a task; what is not as it should be."""
    host, project = REAL[name], home / "project"
    project.mkdir(parents=True)
    binary, label = str(binaries / host.binary), f"{name}, {'the plugin' if plugin else 'hooks'}"
    print(f"\n==== {label}")
    with scripted() as url:
        kept = {variable: os.environ[variable] for variable in ("LANG", "PYTHONPATH", "TERM") if variable in os.environ}
        environment = {
            **kept, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(home),
            "MEMP_MODEL": "hashing", "MEMP_BUILDER": "extractive", "NO_COLOR": "1",
            **{variable: value.format(url=url) for variable, value in host.environment.items()},
        }  # fmt: skip
        if name == "opencode":
            allowed = json.loads(environment["OPENCODE_CONFIG_CONTENT"]) | {"permission": "allow"}
            environment["OPENCODE_CONFIG_CONTENT"] = json.dumps(allowed)
        steps = [word for step in STEPS for word in ("--step", step)]
        run([*MEMP, "record", "--task", TASK, *steps, "--outcome", "success"], project, environment)
        failed = ["--task", "import it", "--step", "a -> b", "--error", ERROR, "--lesson", LESSON]
        run([*MEMP, "reflect", *failed], project, environment)
        if plugin:
            print(run([binary, "plugin", "marketplace", "add", str(ROOT)], project, environment).strip())
            print(run([binary, "plugin", "install", "memp@memp"], project, environment).strip())
        else:
            print(run([*MEMP, "connect", name, "--hooks"], project, environment).strip())
        Scripted.requests_seen.clear()
        run([binary, *(word.format(url=url) for word in PROMPTS[name])], project, environment)
    sent = "\n".join(Scripted.requests_seen)
    outcomes = {
        "the procedure on the prompt": "memp-memory" in sent and r"\"id\": \"p1\"" in _flat(sent),
        "the pitfall after the failure": LESSON in sent,
        "the session as a failed run": _recorded(project, environment),
    }
    for what, is_so in outcomes.items():
        print(f"{'yes' if is_so else 'NO':4}{what}")
    return [f"{label}: {what} is missing" for what, is_so in outcomes.items() if not is_so]


def _flat(sent: str) -> str:
    """With quotes escaped once, however deep the text stands in the request."""
    while "\\\\" in sent:
        sent = sent.replace("\\\\", "\\")
    return sent


def _recorded(project: Path, environment: Mapping[str, str]) -> bool:
    """Whether the third run is there, which a process of its own records."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        shown = run([*MEMP, "show", "t3", "--json"], project, environment)
        if '"reward": 0.0' in shown:
            return True
        time.sleep(1)
    print(run([*MEMP, "doctor"], project, environment))
    return False


def check_plugin(binaries: Path, home: Path) -> list[str]:
    """`claude plugin validate --strict` of the repository, the marketplace and the plugin."""
    home.mkdir(parents=True)
    wrong: list[str] = []
    for target in (ROOT, PLUGIN, PLUGIN / ".claude-plugin" / "plugin.json"):
        said = run(
            [str(binaries / "claude"), "plugin", "validate", "--strict", str(target)],
            home,
            {**os.environ, "HOME": str(home)},
        )
        print(f"\n$ claude plugin validate --strict {target.relative_to(ROOT)}\n{said.strip()}")
        if "Validation passed" not in said:
            wrong.append(f"claude plugin validate: {target.relative_to(ROOT)} is refused")
    return wrong
