"""Do agent frameworks, as PyPI has them today, work with the memory?

    python bench/frameworks.py [--venvs FOLDER] [NAME ...]

For each framework it makes a virtual environment (in FOLDER, where it is found again, or in a temporary one), installs the
framework's newest release, and runs its example of clients/examples against a scripted model on this machine: twice over
two tasks, once with a model that gets there, once with one that gives up. What is printed, and what stands in the memory
file, must be as expected. The rows `mcp<2` are clients on the older protocol library: they list and call the three tools.

Nothing but pip reaches out of the machine. The exit status is 1 if anything is not so.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tests")]

from completions_api import CompletionsAPI  # noqa: E402 - the scripted model is that of the tests
from remembered import outcomes, runs  # noqa: E402
from scripted_agent import as_completion  # noqa: E402

SECONDS = 300
SERVER = [sys.executable, "-m", "memp_server"]


@dataclass(frozen=True)
class Framework:
    """A framework: its packages and the script to run with it; `shown` are the packages whose versions are reported.

    With `within`, memp runs in the same process: it and what it needs then come from the environment of this program,
    after the framework's own packages, so that torch is not installed once more for each.
    """

    requirements: Sequence[str]
    script: str
    shown: Sequence[str]
    within: bool = False
    environment: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def is_example(self) -> bool:
        return self.script.startswith("clients/")


FRAMEWORKS = {
    "pydantic-ai": Framework(
        ["pydantic-ai-slim[openai,mcp]"],
        "clients/examples/pydantic_ai_agent.py",
        ["pydantic-ai-slim", "mcp"],
        environment={"MODEL": "openai-chat:scripted"},
    ),
    "openai-agents": Framework(["openai-agents"], "clients/examples/openai_agents.py", ["openai-agents", "mcp"]),
    "langgraph": Framework(
        ["langgraph", "langchain-openai"],
        "clients/examples/langgraph_agent.py",
        ["langgraph", "langchain-core"],
        within=True,
    ),
    "smolagents": Framework(
        ["smolagents[openai]"], "clients/examples/smolagents_agent.py", ["smolagents", "openai"], within=True
    ),
    "mcp<2": Framework(["mcp<2"], "bench/mcp1/session.py", ["mcp"]),
    "mcp<2, langchain": Framework(
        ["langchain-mcp-adapters"], "bench/mcp1/langchain_tools.py", ["langchain-mcp-adapters", "mcp"]
    ),
    "mcp<2, smolagents": Framework(
        ["smolagents", "mcpadapt", "mcp[ws]<2"], "bench/mcp1/smolagents_tools.py", ["smolagents", "mcpadapt", "mcp"]
    ),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {'; '.join(FRAMEWORKS)}. All without")
    parser.add_argument("--venvs", type=Path, help="where to make the environments, or where they are")
    options = parser.parse_args()
    names = options.names or list(FRAMEWORKS)
    if unknown := [name for name in names if name not in FRAMEWORKS]:
        parser.error(f"no such framework: {unknown[0]}")
    with tempfile.TemporaryDirectory(prefix="memp-frameworks-", ignore_cleanup_errors=True) as temporary:
        venvs = options.venvs or Path(temporary, "venvs")
        rows = [(name, *check(name, venvs, Path(temporary))) for name in names]
    print("\n| client | versions | works |\n|---|---|---|")
    for name, versions, wrong in rows:
        print(f"| {name} | {versions} | {'no: ' + '; '.join(wrong) if wrong else 'yes'} |")
    return int(any(wrong for _, _, wrong in rows))


def check(name: str, venvs: Path, scratch: Path) -> tuple[str, list[str]]:
    """The versions that were installed, and what is not as it should be."""
    framework = FRAMEWORKS[name]
    print(f"\n==== {name}")
    python = installed(framework, venvs / "".join(c if c.isalnum() else "-" for c in name))
    if python is None:
        return "-", ["it cannot be installed"]
    versions = ", ".join(f"{package} {version_of(python, package)}" for package in framework.shown)
    print(versions)
    database = partial(Path, scratch, "".join(filter(str.isalnum, name)))
    if not framework.is_example:
        return versions, client_of_mcp1(framework, python, database("memory.sqlite3"))
    return versions, [
        *example(framework, python, database("works.sqlite3"), gives_up=False),
        *example(framework, python, database("gives-up.sqlite3"), gives_up=True),
    ]


def installed(framework: Framework, folder: Path) -> Path | None:
    """The Python of a framework's environment, made where there is none; one half made is made anew."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done, wanted = folder / "installed.txt", "\n".join(framework.requirements)
    if not done.is_file() or done.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        print(f"$ pip install {' '.join(framework.requirements)}", flush=True)
        venv.create(folder, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *framework.requirements]
        if subprocess.run(pip, stderr=subprocess.DEVNULL, env=without_path(), check=False).returncode:
            return None
        done.write_text(wanted, encoding="utf-8")
    here = Path(run([str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], without_path())[1])
    path_file = Path(here, "zz_memp.pth")
    path_file.unlink(missing_ok=True)
    if framework.within:
        path_file.write_text(f"{ROOT}\n{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    return python


def version_of(python: Path, package: str) -> str:
    return run(
        [str(python), "-c", f"from importlib.metadata import version; print(version('{package}'))"], without_path()
    )[1]


def example(framework: Framework, python: Path, database: Path, *, gives_up: bool) -> list[str]:
    """Run an example against the scripted model; what is not as it should be."""
    with CompletionsAPI() as api:
        api.respond = partial(as_completion, gives_up=gives_up)
        environment = {**settings(framework, database), "OPENAI_API_KEY": "none", "OPENAI_BASE_URL": f"{api.url}/v1"}
        code, printed = run([str(python), str(ROOT / framework.script)], environment)
    print(f"$ python {framework.script}{' # the model gives up' if gives_up else ''}\n{printed}")
    if code:
        return [f"exit status {code}"]
    statements = [4, 4] if gives_up else [8, 4]
    kept = [("region", statements[0]), ("currency", statements[1])]
    end = (0.0, "claim") if gives_up else (1.0, "check")
    wrong: list[str] = []
    if [line.split(";")[0].split(",")[0] for line in printed.splitlines()] != [
        f"orders: {statements[0]} statements", f"payments: {statements[1]} statements"
    ]:  # fmt: skip
        wrong.append("it did not take the statements that it should")
    if not database.is_file() or runs(database) != [(*run_of, *end) for run_of in kept]:
        wrong.append("the memory does not hold the two runs")
    elif not gives_up and outcomes(database, 1) != [True]:
        wrong.append("the procedure was not credited")
    return wrong


def client_of_mcp1(framework: Framework, python: Path, database: Path) -> list[str]:
    code, printed = run([str(python), str(ROOT / framework.script), *SERVER], settings(framework, database))
    print(f"$ python {framework.script}\n{printed}")
    return [f"exit status {code}"] if code else []


def settings(framework: Framework, database: Path) -> dict[str, str]:
    database.parent.mkdir(parents=True, exist_ok=True)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("MEMP_", "MODEL", "OPENAI_", "ANTHROPIC_"))}
    server = shlex.join(SERVER) if os.name == "posix" else " ".join(SERVER)
    return {**kept, "MEMP_DB": str(database), "MEMP_MODEL": "hashing", "MEMP_SERVER": server, **framework.environment}


def without_path() -> dict[str, str]:
    """The environment of this program, without what it adds to Python's path."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def run(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """The exit status of a command, and what it prints, or where it failed its errors."""
    try:
        done = subprocess.run(
            command, env=dict(environment), capture_output=True, text=True, encoding="utf-8", errors="replace",
            timeout=SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return 124, f"no end after {SECONDS} s"
    return done.returncode, (done.stdout if done.returncode == 0 else done.stdout + done.stderr[-3000:]).strip()


if __name__ == "__main__":
    sys.exit(main())
