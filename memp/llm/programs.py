"""Headless command lines (claude -p, codex exec, gemini -p) as language models: a person's own program, on their subscription.

The child gets the prompt on stdin and no tools; it works in an empty folder of its own, and its hooks of ours are off. What it is
given is data. Each program's options are those of its `--help`: Claude Code 2.1.197, Codex 0.171.0, Gemini CLI 0.61.0.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from memp.errors import ConfigError, LLMError, UnansweredError, UnreachableError
from memp.llm import Answer, T
from memp.llm.parse import UnusableError, parse, question, repair
from memp.llm.transcript import Said, claude_said, codex_said, gemini_said
from memp.text.redact import clean

MAX_QUOTED = 300
"""Characters of what a program says that an error repeats."""

DENY_ALL = '[[rule]]\ntoolName = "*"\ndecision = "deny"\npriority = 999\n'
"""A policy of Gemini CLI: the model is offered no tool."""

_CODEX_OFF = (
    "shell_tool unified_exec code_mode_host apps plugins hooks browser_use computer_use image_generation view_image multi_agent "
    "goals sleep_tool tool_suggest skill_search"
).split()
"""Features of Codex that are tools, or load what has them; a name that a version lacks is only named in a warning."""


class Call(NamedTuple):
    """The arguments of a program, and what it is to read on stdin."""

    arguments: Sequence[str]
    stdin: str


@dataclass(frozen=True)
class Program:
    """A headless command line: its command and title, how it is called, how its output is read, how one logs in to it.

    `call` takes the system prompt, the prompt, the model's name or "", and a folder for a file that the call needs.
    """

    command: str
    title: str
    call: Callable[[str, str, str, Path], Call]
    read: Callable[[str, str], Said]
    log_in: str


def _claude(system: str, prompt: str, model: str, folder: Path) -> Call:
    arguments = (
        "-p", "--output-format", "json", "--tools", "", "--strict-mcp-config", "--safe-mode", "--disable-slash-commands",
        "--no-session-persistence", "--permission-mode", "dontAsk", "--system-prompt", system,
    )  # fmt: skip
    return Call((*arguments, *(("--model", model) if model else ())), prompt)


def _codex(system: str, prompt: str, model: str, folder: Path) -> Call:
    off = [word for name in _CODEX_OFF for word in ("-c", f"features.{name}=false")]
    arguments = (
        "exec", "--json", "--sandbox", "read-only", "--ephemeral", "--skip-git-repo-check", "--ignore-user-config",
        "--ignore-rules", "--color", "never", "-c", 'web_search="disabled"', "-c", "skills.bundled.enabled=false",
        "-c", "project_doc_max_bytes=0", *off,
    )  # fmt: skip
    return Call((*arguments, *(("-m", model) if model else ()), "-"), f"{system}\n\n{prompt}")


def _gemini(system: str, prompt: str, model: str, folder: Path) -> Call:
    policy = folder / "deny.toml"
    policy.write_text(DENY_ALL, encoding="utf-8")
    arguments = (
        "-p", "Answer what stands above.", "-o", "json", "--approval-mode", "default", "--skip-trust", "-e", "none",
        "--allowed-mcp-server-names", "none", "--admin-policy", str(policy),
    )  # fmt: skip
    return Call((*arguments, *(("-m", model) if model else ())), f"{system}\n\n{prompt}")


PROGRAMS: Mapping[str, Program] = {
    "claude": Program("claude", "Claude Code", _claude, claude_said, "run `claude` and then /login"),
    "codex": Program("codex", "Codex", _codex, codex_said, "run `codex login`"),
    "gemini": Program("gemini", "Gemini CLI", _gemini, gemini_said, "run `gemini` and choose how to log in"),
}
"""By the name of the command, the one that is tried first first."""


def installed() -> list[str]:
    """The programs that are on PATH."""
    return [name for name, program in PROGRAMS.items() if shutil.which(program.command)]


class Headless:
    """Asks a program of `PROGRAMS`, one process for each question. `timeout` is for one answer, in seconds.

    Raises:
        ConfigError: the program is not installed.
    """

    def __init__(self, name: str, model: str = "", timeout: float = 300.0) -> None:
        self._program = PROGRAMS[name]
        self._model = model
        self._timeout = timeout
        executable = shutil.which(self._program.command)
        if executable is None:
            raise ConfigError(
                f"There is no `{self._program.command}` on PATH: install {self._program.title}, or choose another with --by."
            )
        self._executable = executable

    @property
    def name(self) -> str:
        return f"{self._program.command} {self._model}".strip()

    def ask(self, system: str, prompt: str, answer: type[T]) -> Answer[T]:
        """The program's answer to `prompt`. One that cannot be used is asked for once more, saying what was wrong.

        Raises:
            UnreachableError: the program cannot be run, or nobody is logged in.
            UnansweredError: no answer in time, or two that cannot be used.
            LLMError: the program failed.
        """
        asked = question(prompt, answer)
        first = self._say(clean(system), asked)
        try:
            return self._answer(parse(first.text, answer), first)
        except UnusableError as error:
            again = f"{asked}\n\nYour answer was:\n{clean(first.text)[:20_000]}\n\n{repair(error)}"
        second = self._say(clean(system), again)
        try:
            return self._answer(parse(second.text, answer), first, second)
        except UnusableError as error:
            raise UnansweredError(
                f"{self._program.title} was asked twice and gave no usable answer: {_line(str(error))}; try again, or name "
                "another model with --llm."
            ) from None

    def _answer(self, value: T, *said: Said) -> Answer[T]:
        return Answer(
            value,
            model=said[-1].model or self.name,
            input_tokens=sum(one.input_tokens for one in said),
            output_tokens=sum(one.output_tokens for one in said),
            repaired=len(said) > 1,
        )

    def _say(self, system: str, prompt: str) -> Said:
        with tempfile.TemporaryDirectory(prefix="memp-", ignore_cleanup_errors=True) as folder:
            room, extra = Path(folder, "empty"), Path(folder, "call")
            room.mkdir()
            extra.mkdir()
            call = self._program.call(system, prompt, self._model, extra)
            status, out, err = self._run(call, room)
        said = self._program.read(out, err)
        if said.unauthorised:
            raise UnreachableError(
                f"{self._program.title} is not logged in ({_line(said.error)}): {self._program.log_in}, then try again."
            )
        if said.error or status or not said.text:
            what = _line(said.error or _last_line(err) or "it said nothing")
            raise LLMError(f"{self._program.title} gave no answer (exit status {status}: {what}).")
        return said

    def _run(self, call: Call, room: Path) -> tuple[int, str, str]:
        """Run the program to its end: its exit status and outputs. No process of it is left, whatever happens."""
        try:
            child = subprocess.Popen(
                [self._executable, *call.arguments], cwd=room, env=_environment(), text=True, encoding="utf-8",
                errors="replace", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise UnreachableError(
                f"{self._program.title} cannot be run ({error.strerror}): install it again."
            ) from None
        try:
            out, err = child.communicate(call.stdin, timeout=self._timeout)
        except subprocess.TimeoutExpired:
            raise UnansweredError(
                f"{self._program.title} did not answer within {self._timeout:g} s and was ended: try again, or allow more "
                "with --timeout."
            ) from None
        finally:
            _end(child)
        return child.returncode, out, err


def _environment() -> dict[str, str]:
    """The environment of a child: without our key, with our hooks off, and not as a child of a session that is going on."""
    left_out = ("MEMP_API_KEY", "CLAUDECODE")
    return {**{name: value for name, value in os.environ.items() if name not in left_out}, "MEMP_HOOKS": "off"}


def _end(child: "subprocess.Popen[str]") -> None:
    """End a program that still runs, with all that it started, and close its pipes."""
    if child.poll() is None:
        if sys.platform == "win32":
            child.kill()
        else:
            # Its own group, since it began a session; its number is not given away as long as it is not waited for.
            os.killpg(child.pid, signal.SIGKILL)
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe is not None:
            pipe.close()
    child.wait()


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")


def _line(text: str) -> str:
    return " ".join(clean(text).split())[:MAX_QUOTED].rstrip(".")
