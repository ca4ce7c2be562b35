"""Background commands: a call that goes on after its answer, and the later polls and notices that bring its end.

A host answers a command that takes long with a handle (a session, a task, a process), and the agent asks for it in later
calls, or the host tells the end under the user's name. All of that is one step, with the end that came last. Of any answer:
whether it is a refusal, and the part of it that a tool wrote.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from memp_clients import HOOK_TAG
from memp_clients.json_values import JsonObject, mapping, number, text
from memp_clients.sessions.tasks.actions import loaded

MAX_HEAD = 2_000
"""Characters of an answer in which a handle may stand: it is in the first or the last lines."""


class Notice(NamedTuple):
    """The state of a background command: its exit status and whether it failed, both unknown while it goes on."""

    handle: str
    text: str
    ended: bool
    failed: bool = False
    status: int | None = None
    call: str = ""
    """The id of the call that began it, where the notice names that."""


def handle_in(answer: str) -> str:
    """The handle under which a call goes on after this answer; empty where it does not."""
    for part in (answer[:MAX_HEAD], answer[-500:]):
        match = _RUNNING.search(part)
        if match is not None:
            return next(group for group in match.groups() if group)
    return ""


def without_handle(answer: str) -> str:
    """An answer without the lines that name the handle, which is another one in the next run."""
    return "\n".join(line for line in answer.splitlines() if not _RUNNING.search(line[:MAX_HEAD]))


class Poll(NamedTuple):
    """A call that only waits for a running command, reads what it printed, or ends it. `reads`: its own status says nothing
    of that command; `kills`: that command has no end of its own."""

    handle: str
    reads: bool = False
    kills: bool = False


def poll_of(name: str, arguments: object) -> Poll | None:
    """A call as a poll; None for any other call."""
    fields = mapping(loaded(arguments))
    tool = _tool(name)
    if _TYPES_IN.fullmatch(tool) and (text(fields.get("chars")) or text(fields.get("input"))).strip("\x03"):
        return None
    if _POLLS.fullmatch(tool) or _TYPES_IN.fullmatch(tool):
        handle = _handle_of(fields)
        return Poll(handle, kills=_KILLS.search(tool) is not None) if handle or tool != "wait" else None
    path = next((text(fields[key]) for key in ("file_path", "path", "command", "cmd") if text(fields.get(key))), "")
    match = _OUTPUT_FILE.search(path) if len(path) <= MAX_HEAD else None
    return Poll(match[1], reads=True) if match else None


def typed_into(name: str, arguments: object) -> str:
    """The handle of a running command that a call types something into; it is a step, and that command's end may follow."""
    return _handle_of(mapping(loaded(arguments))) if _TYPES_IN.fullmatch(_tool(name)) else ""


class State(NamedTuple):
    """The state of a running command as a poll shows it; `status` is None where it has ended and nobody knows how."""

    ended: bool
    failed: bool
    status: int | None


def state_of(answer: str) -> State | None:
    """The state that a poll's answer shows; None where it shows none."""
    head = answer[:MAX_HEAD]
    code, word = _CODE.search(head), _STATE.search(head)
    state = word[1].lower() if word else ""
    if code is not None and not state.startswith(("run", "pend")):
        return State(True, int(code[1]) != 0, int(code[1]))
    return State(state in _ENDED, state in _FAILED, None) if state else None


def printed_in(answer: str) -> str:
    """What the command printed, of a poll's answer: without the host's own lines around it."""
    return _ENVELOPE.sub("", answer).strip()


def notices_in(message: str) -> Iterator[Notice]:
    """The notices of background commands in a message under the user's name."""
    at = 0
    while (start := message.find(_NOTICE, at)) >= 0:
        end = message.find(_NOTICE_END, start)
        body = message[start:end] if end >= 0 else message[start : start + 20_000]
        at = end if end >= 0 else len(message)
        handle, call = _tag(body, "task-id"), _tag(body, "tool-use-id")
        word, summary = _tag(body, "status").lower(), _tag(body, "summary")
        code = _SUMMARY_CODE.search(summary)
        output = "\n".join(filter(None, [summary, _tag(body, "result")]))
        status = int(code[1]) if code else None
        failed = bool(status) or word in _FAILED
        yield Notice(handle, output, word in _ENDED or code is not None, failed, status, call)


def _tag(body: str, name: str) -> str:
    start = body.find(f"<{name}>")
    end = body.find(f"</{name}>", start) if start >= 0 else -1
    return body[start + len(name) + 2 : end].strip() if end >= 0 else ""


def _tool(name: str) -> str:
    return name.rsplit("__", 1)[-1].rsplit(".", 1)[-1]


def _handle_of(fields: JsonObject) -> str:
    return next((handle for key in _HANDLES if (handle := _handle(fields.get(key)))), "")


def _handle(value: object) -> str:
    known = number(value)
    return text(value).strip() or ("" if known is None else str(known))


_NOTICE, _NOTICE_END = "<task-notification>", "</task-notification>"


def ends(output: str) -> str:
    """The beginning and the end of an output, where a check says how it went."""
    return f"{output[:2_000]}\n{output[-4_000:]}" if len(output) > 6_000 else output


def without_ours(output: str) -> str:
    """A tool's output without what a hook of ours appended: a memory that learns from itself would only echo."""
    start = output.rfind(f"<{HOOK_TAG}>") if output.rstrip().endswith(f"</{HOOK_TAG}>") else -1
    return output if start < 0 else output[:start].rstrip()


_RUNNING = re.compile(
    r"\bbackground(?:ed)?\b[^\n]{0,60}? (?:ID|id): ?([\w-]+)"
    r"|^Process running with session ID (\w+)"
    r"|^Script running with cell ID (\w+)"
    r"|moved to (?:the )?background \(PID: (\d+)\)"
    r"|^Background PIDs: (\d+)"
    r"|\bshell ?I[Dd]:? ([\w-]+)> ?(?:is )?(?:still running|started)"
    r"|\blaunched\b[^\n]{0,200}\n(?:[^\n]{0,200}\n){0,2}?agentId: ([\w-]+)",
    re.MULTILINE,
)
_POLLS = re.compile(
    r"BashOutput|TaskOutput|AgentOutput(?:Tool)?|Kill(?:Shell|Bash)|TaskStop|read_background_output|list_background_processes"
    r"|kill_background_process|wait|wait_agent|read_bash|stop_bash|read_shell|background_output|background_cancel"
    r"|get_terminal_output|command_status",
    re.IGNORECASE,
)
_TYPES_IN = re.compile(r"write_stdin|write_bash|write_shell", re.IGNORECASE)
_KILLS = re.compile(r"kill|stop|cancel", re.IGNORECASE)
_HANDLES = (
    "bash_id",
    "shell_id",
    "task_id",
    "session_id",
    "cell_id",
    "pid",
    "shellId",
    "sessionId",
    "id",
    "CommandId",
    "agentId",
)
_OUTPUT_FILE = re.compile(r"/tasks/([\w-]{4,60})\.output\b")
_CODE = re.compile(
    r"(?:<exit_code>\s*|\b(?:Process|Command|Script) exited with (?:exit )?(?:code|status) |^[<(]?(?:Exit"
    r"|exit)[ _][Cc]ode:? )(-?\d{1,6})",
    re.MULTILINE,
)
_STATE = re.compile(r"(?:<status>\s*|^Status: )(\w+)", re.MULTILINE)
_ENVELOPE = re.compile(
    r"<(?:retrieval_status|task_id|task_type|status|exit_code|timestamp)>[^<\n]{0,200}</\w+>\s*|</?(?:stdout|stderr|output)>\n?"
)
_ENDED = frozenset({"completed", "failed", "killed", "stopped", "cancelled", "canceled", "error", "exited", "done"})
_FAILED = frozenset({"failed", "error"})
_SUMMARY_CODE = re.compile(r"exit code (-?\d{1,6})")

REFUSED = re.compile(
    r"(?:exec_command failed: )?(?:rejected by user|The user (?:rejected|doesn't want)|\[Operation Cancelled\]"
    r"|User (?:rejected|denied))",
    re.IGNORECASE,
)
"""Answers of hosts to a call that the user did not allow."""
