"""Do real hosts see the server after `memp connect`, and no longer after `memp disconnect`?

    python bench/hosts.py [--install FOLDER] [--hooks] [HOST ...]

It installs Claude Code, Codex, Gemini CLI, opencode and Cline with npm (1.5 GB, into a temporary folder or into FOLDER,
where they are found again) and asks each in a home of its own, without an account, twice:

- its own list of servers, where it has a command for that; it is printed as it is;
- a prompt, with its model at an address of this program, which answers with an error: the request that it sends must name
  the three tools and hold the paragraph of instructions.

With --hooks it also lets Claude Code, Codex and opencode work on a task with our hooks, and Claude Code with the plugin, which
`claude plugin validate` has to pass: bench/hosts_hooks.py.

Nothing leaves the machine after the installation; no process is left behind. The exit status is 1 if anything is not so.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TOOLS = ("recall_procedure", "record_trajectory", "reflect_on_failure")
PARAGRAPH = "Procedural memory (memp)"
SECONDS = 120
REFUSAL = {
    "error": {"code": 400, "message": "no model here", "status": "INVALID_ARGUMENT", "type": "invalid_request_error"}
}
APP_SERVER = [
    {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"clientInfo": {"name": "bench", "version": "1"}}},
    {"jsonrpc": "2.0", "method": "initialized"},
    {"jsonrpc": "2.0", "id": 2, "method": "mcpServerStatus/list", "params": {}},
]


@dataclass(frozen=True)
class Real:
    """A host: its package, how its servers are listed, and a prompt to a model at `{url}`.

    `seed` are the files that its home has before; `listed` is what its list says of a server that is connected.
    """

    package: str
    binary: str
    status: Sequence[str]
    listed: str
    prompt: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    seed: Mapping[str, str] = field(default_factory=dict[str, str])


REAL = {
    "claude-code": Real(
        "@anthropic-ai/claude-code",
        "claude",
        ["mcp", "list"],
        "Connected",
        ["-p", "hi"],
        {"ANTHROPIC_API_KEY": "none", "ANTHROPIC_BASE_URL": "{url}", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"},
        {".claude.json": '{\n  "numStartups": 3,\n  "mcpServers": {}\n}\n'},
    ),
    "codex": Real(
        "@openai/codex",
        "codex",
        ["app-server"],
        TOOLS[0],
        [
            *("exec", "--skip-git-repo-check", "-m", "none", "-c", "model_provider=here"),
            *("-c", 'model_providers.here={{name="here",base_url="{url}/v1",wire_api="responses"}}', "hi"),
        ],
        seed={".codex/config.toml": '# mine\nmodel_verbosity = "low" # short\n\n[tui]\nnotifications = false\n'},
    ),
    "gemini": Real(
        "@google/gemini-cli",
        "gemini",
        ["mcp", "list"],
        "Connected",
        ["-p", "hi"],
        {"GEMINI_API_KEY": "none", "GOOGLE_GEMINI_BASE_URL": "{url}"},
        {
            ".gemini/settings.json": '{\n  // mine\n  "security": {"auth": {"selectedType": "gemini-api-key"}}\n}\n',
            ".gemini/trustedFolders.json": '{"{project}": "TRUST_FOLDER"}',
        },
    ),
    "opencode": Real(
        "opencode-ai",
        "opencode",
        ["mcp", "list"],
        "connected",
        ["run", "-m", "here/none", "hi"],
        {
            "OPENCODE_CONFIG_CONTENT": '{{"provider": {{"here": {{"npm": "@ai-sdk/openai-compatible", "options": '
            '{{"baseURL": "{url}/v1", "apiKey": "none"}}, "models": {{"none": {{"name": "none"}}}}}}}}}}'
        },
        {".config/opencode/opencode.json": '{\n  // mine\n  "share": "disabled",\n}\n'},
    ),
    # It has no command that lists its servers.
    "cline": Real(
        "cline",
        "cline",
        [],
        "",
        ["--json", "--retries", "1", "say hi"],
        {"CLINE_SESSION_BACKEND_MODE": "local"},
        {
            ".cline/data/settings/providers.json": '{"version": 1, "lastUsedProvider": "openai-compatible", "modes": {}, '
            '"providers": {"openai-compatible": {"settings": {"provider": "openai-compatible", "apiKey": "none", '
            '"model": "none", "baseUrl": "{url}/v1"}, "updatedAt": "2026-01-01T00:00:00.000Z", "tokenSource": "manual"}}}',
        },
    ),
}


class Model(BaseHTTPRequestHandler):
    """Keeps what it is sent, and refuses it."""

    requests: list[str] = []  # noqa: RUF012 - of the one server of this program

    def do_POST(self) -> None:
        size = int(self.headers.get("content-length", 0))
        self.requests.append(self.rfile.read(size).decode("utf-8", errors="replace"))
        self.send_response(400)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(REFUSAL).encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hosts", nargs="*", metavar="HOST", help=f"of {', '.join(REAL)}; all without")
    parser.add_argument("--install", type=Path, help="where to install the hosts, or where they are")
    parser.add_argument("--hooks", action="store_true", help="also ask those with hooks whether these are called")
    options = parser.parse_args()
    names = options.hosts or list(REAL)
    with tempfile.TemporaryDirectory() as temporary, model() as url:
        binaries = install(options.install or Path(temporary, "npm"), [REAL[name].package for name in names])
        wrong = [fault for name in names for fault in check(name, binaries, Path(temporary, name), url)]
        if options.hooks:
            wrong += hooked(names, binaries, Path(temporary, "hooks"))
    print("\n".join(wrong) if wrong else f"\nAll as they should be: {', '.join(names)}.")
    return int(bool(wrong))


def hooked(names: Sequence[str], binaries: Path, home: Path) -> list[str]:
    """The hooks of these hosts, and the plugin of Claude Code; what is not as it should be."""
    from hosts_hooks import PROMPTS, check_hooks, check_plugin

    wrong = [fault for name in names if name in PROMPTS for fault in check_hooks(name, binaries, home / name)]
    if "claude-code" in names:
        wrong += check_plugin(binaries, home / "validate")
        wrong += check_hooks("claude-code", binaries, home / "plugin", plugin=True)
    return wrong


def install(folder: Path, packages: Sequence[str]) -> Path:
    """The folder of the hosts' commands."""
    missing = [package for package in packages if not (folder / "node_modules" / package).is_dir()]
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), *missing], check=True)
    return folder / "node_modules" / ".bin"


@contextmanager
def model() -> Generator[str]:
    """The address at which the hosts shall look for their model."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


def check(name: str, binaries: Path, home: Path, url: str) -> list[str]:
    """Connect a host, ask it, disconnect it, ask it again; what is not as it should be."""
    host, project = REAL[name], home / "project"
    project.mkdir(parents=True)
    for path, text in host.seed.items():
        file = home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("{project}", str(project)).replace("{url}", url), encoding="utf-8")
    kept = {"PATH", "LANG", "PYTHONPATH", "SYSTEMROOT", "TERM"}
    environment = {variable: value for variable, value in os.environ.items() if variable in kept} | {
        "HOME": str(home), "USERPROFILE": str(home), "MEMP_MODEL": "hashing", "NO_COLOR": "1",
        **{variable: value.format(url=url) for variable, value in host.environment.items()},
    }  # fmt: skip
    binary = str(binaries / host.binary)
    print(f"\n==== {name}: {run([binary, '--version'], project, environment).splitlines()[-1]}")
    wrong: list[str] = []
    for act, wanted in (("connect", True), ("disconnect", False)):
        print(f"\n$ memp {act} {name}")
        print(run([sys.executable, "-m", "memp_clients.cli", act, name], project, environment))
        if host.status:
            status = listing([binary, *host.status], project, environment)
            print(f"$ {host.binary} {' '.join(host.status)}\n{shortened(status)}")
            if ("memp" in status and host.listed in status) != wanted:
                wrong.append(f"{name}: after {act}, its list is not as it should be")
        Model.requests.clear()
        run([binary, *(word.format(url=url) for word in host.prompt)], project, environment)
        sent = max(Model.requests, key=len, default="")
        present = [text for text in (*TOOLS, PARAGRAPH) if text in sent]
        print(f"In its request to the model ({len(sent):,} characters): {', '.join(present) or 'nothing of memp'}")
        if not sent or len(present) != (4 if wanted else 0):
            wrong.append(f"{name}: after {act}, its request to the model is not as it should be")
    return wrong


def listing(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> str:
    """The output of a host's list of servers."""
    if command[-1] != "app-server":
        return run(command, folder, environment)
    lines = "".join(json.dumps(message) + "\n" for message in APP_SERVER)
    with process(command, folder, environment, stderr=subprocess.DEVNULL) as running:
        assert running.stdin is not None and running.stdout is not None
        running.stdin.write(lines)
        running.stdin.flush()
        for line in running.stdout:
            answer = json.loads(line)
            if answer.get("id") == APP_SERVER[-1]["id"]:
                servers = answer.get("result", {}).get("data", [])
                return json.dumps([{"name": server["name"], "tools": [*server["tools"]]} for server in servers])
    return "no answer"


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> str:
    """The output of a command, stdout and stderr together."""
    with process(command, folder, environment, stderr=subprocess.STDOUT) as running:
        return running.communicate()[0]


@contextmanager
def process(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], stderr: int
) -> Generator["subprocess.Popen[str]"]:
    """A process that ends, with all that it started, at the latest after SECONDS."""
    pipe = subprocess.PIPE
    running = subprocess.Popen(
        command, cwd=folder, env=dict(environment), stdin=pipe, stdout=pipe, stderr=stderr,
        text=True, encoding="utf-8", errors="replace", start_new_session=True,
    )  # fmt: skip

    def end() -> None:
        try:
            os.killpg(running.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    timer = threading.Timer(SECONDS, end)
    timer.start()
    try:
        yield running
    finally:
        timer.cancel()
        end()
        running.wait()


def shortened(text: str) -> str:
    """Without the blank lines."""
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


if __name__ == "__main__":
    sys.exit(main())
