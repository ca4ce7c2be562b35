"""Logs of four clients, as their documentation and their own sources say that they write them, made from a scenario."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labelled.scenario import Line, Scenario

FOLDER = "/home/ada/work"
Record = dict[str, Any]


class _Clock:
    """Times and ids that ascend; the same for the same scenario."""

    def __init__(self, name: str) -> None:
        self._n = 0
        self.seed = sum(ord(letter) * 31**i for i, letter in enumerate(name[:12])) % 10_000

    def next(self) -> int:
        self._n += 1
        return self._n

    def time(self) -> str:
        self.next()
        return (
            f"2026-03-{1 + self.seed % 27:02}T{9 + self._n // 3600:02}:{self._n // 60 % 60:02}:{self._n % 60:02}.000Z"
        )

    def id(self, prefix: str) -> str:
        return f"{prefix}{self.seed:04}{self.next():06}abcdefghij"


def rendered(scenario: Scenario, client: str) -> str:
    """The log of a client as text."""
    records = CLIENTS[client](scenario)
    if client == "opencode":
        return json.dumps(records, ensure_ascii=False)
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def _calls(line: Line) -> list[Line]:
    """The calls of a line: several where they are of one message."""
    if line.word != "parallel":
        return [line]
    return [Line(*part.strip().split(" ", 1)) for part in line.subject.split("|")]


# Claude Code


def _claude(scenario: Scenario) -> list[Record]:
    clock = _Clock(scenario.name)
    session = clock.id("11111111-aaaa-4aaa-8aaa-")
    records: list[Record] = [
        {"type": "permission-mode", "permissionMode": "default", "sessionId": session},
        {"type": "file-history-snapshot", "messageId": clock.id("m"), "snapshot": {}, "isSnapshotUpdate": False},
    ]
    parent: str | None = None
    parents: list[str | None] = []
    background = ""

    def add(kind: str, at: str | None = None, **fields: Any) -> str:
        nonlocal parent
        name = clock.id("u-")
        base = {
            "parentUuid": parent if at is None else at,
            "isSidechain": False,
            "userType": "external",
            "cwd": FOLDER,
            "sessionId": session,
            "version": "2.1.60",
            "gitBranch": "main",
            "type": kind,
            "uuid": name,
            "timestamp": clock.time(),
        }
        records.append({**base, **fields})
        parent = name
        return name

    def assistant(block: Record, message: str = "") -> str:
        usage = {"input_tokens": 10, "output_tokens": 5}
        return add(
            "assistant",
            message={
                "role": "assistant",
                "id": message or clock.id("msg_"),
                "model": "claude-sonnet-4-5",
                "content": [block],
                "usage": usage,
            },
        )

    def call(name: str, arguments: Record, message: str = "") -> tuple[str, str]:
        call_id = clock.id("toolu_")
        return call_id, assistant({"type": "tool_use", "id": call_id, "name": name, "input": arguments}, message)

    def result(call_id: str, output: str, failed: bool = False, extra: object = None, at: str | None = None) -> None:
        block = {"type": "tool_result", "tool_use_id": call_id, "content": output, "is_error": failed}
        add("user", at, message={"role": "user", "content": [block]}, toolUseResult={} if extra is None else extra)

    def ran(status: str, output: str) -> tuple[str, bool, object]:
        if status in ("0", "?"):
            return output, False, {"stdout": output, "stderr": "", "interrupted": False} if status == "0" else {}
        return f"Exit code {status}\n{output}", True, f"Error: Exit code {status}\n{output}"

    begin = 0
    for line in scenario.lines:
        if line.word == "user":
            begin = len(records)
            parents.append(parent)
            add("user", message={"role": "user", "content": line.text})
        elif line.word == "queued":
            begin = len(records)
            add(
                "attachment",
                attachment={
                    "type": "queued_command",
                    "prompt": line.text,
                    "commandMode": "prompt",
                    "origin": {"kind": "human"},
                },
            )
        elif line.word == "say":
            assistant({"type": "text", "text": line.text})
        elif line.word in ("read", "edit", "parallel"):
            message, made = clock.id("msg_"), []
            for one in _calls(line):
                path = f"{FOLDER}/{one.subject}"
                arguments = (
                    {"file_path": path}
                    if one.word == "read"
                    else {"file_path": path, "old_string": "a", "new_string": "b"}
                )
                made.append((one, *call(one.word.title(), arguments, message)))
            for one, call_id, name in made:
                # A result hangs at its own call, also where other calls of the message follow that.
                text = "     1\tx = 1" if one.word == "read" else f"The file {FOLDER}/{one.subject} has been updated."
                result(call_id, text, at=name)
        elif line.word == "run":
            call_id, _ = call("Bash", {"command": line.subject, "description": "x"})
            result(call_id, *ran(line.status, line.text))
        elif line.word == "bg":
            background = clock.id("b")[:8]
            call_id, _ = call("Bash", {"command": line.subject, "run_in_background": True})
            path = f"/tmp/claude/tasks/{background}.output"
            text = f"Command running in background with ID: {background}. Output is being written to: {path}"
            result(
                call_id, text, extra={"stdout": "", "stderr": "", "interrupted": False, "backgroundTaskId": background}
            )
        elif line.word in ("poll", "end"):
            ended = line.word == "end"
            call_id, _ = call("TaskOutput", {"task_id": background, "block": ended, "timeout": 30000})
            state = ("failed" if line.subject != "0" else "completed") if ended else "running"
            code = f"<exit_code>{line.subject}</exit_code>\n\n" if ended else ""
            text = (
                f"<retrieval_status>{'success' if ended else 'timeout'}</retrieval_status>\n\n<task_id>{background}</task_id>\n\n"
                f"<task_type>local_bash</task_type>\n\n<status>{state}</status>\n\n{code}<output>\n{line.text}\n</output>"
            )
            result(call_id, text)
        elif line.word == "notice":
            state = "completed" if line.subject == "0" else "failed"
            how = "completed (exit code 0)" if line.subject == "0" else f"failed with exit code {line.subject}"
            text = (
                f"<task-notification>\n<task-id>{background}</task-id>\n<output-file>/tmp/claude/tasks/{background}.output</output-file>\n"
                f'<status>{state}</status>\n<summary>Background command "x" {how}</summary>\n</task-notification>'
            )
            add("user", message={"role": "user", "content": text})
        elif line.word == "call":
            name, _, arguments = line.subject.partition(" ")
            call_id, _ = call(f"mcp__tools__{name.replace('.', '_')}", json.loads(arguments))
            result(call_id, line.text, line.status == "fail")
        elif line.word == "agent":
            call_id, name = call("Task", {"description": line.subject, "prompt": line.text, "subagent_type": "Explore"})
            side: str | None = None
            for role in ("user", "assistant"):
                made_id = clock.id("u-")
                content = line.text if role == "user" else [{"type": "text", "text": "Nothing of note."}]
                records.append(
                    {
                        "parentUuid": side,
                        "isSidechain": True,
                        "cwd": FOLDER,
                        "sessionId": session,
                        "type": role,
                        "uuid": made_id,
                        "timestamp": clock.time(),
                        "message": {"role": role, "content": content},
                    }
                )
                side = made_id
            parent = name
            result(call_id, "Nothing of note.\nagentId: a1b2c3d (for resuming)")
        elif line.word == "denied":
            call_id, _ = call("Bash", {"command": line.subject})
            result(call_id, "The user doesn't want to proceed with this tool use. The tool use was rejected.", True)
            add(
                "user",
                message={
                    "role": "user",
                    "content": [{"type": "text", "text": "[Request interrupted by user for tool use]"}],
                },
            )
        elif line.word == "stop":
            add(
                "user", message={"role": "user", "content": [{"type": "text", "text": "[Request interrupted by user]"}]}
            )
        elif line.word == "rewind":
            # The next prompt hangs where the one taken back did; of a session that ends here the log shows nothing else.
            parent = parents[-int(line.subject)]
            del parents[-int(line.subject) :]
            if line is scenario.lines[-1]:
                add("user", message={"role": "user", "content": "ok"})
        elif line.word == "twice":
            records += records[begin:]
    return records


# Codex


def _codex(scenario: Scenario) -> list[Record]:
    clock = _Clock(scenario.name)
    records: list[Record] = []
    running = 0

    def add(kind: str, payload: Record) -> None:
        records.append({"timestamp": clock.time(), "type": kind, "payload": payload})

    def call(name: str, arguments: Record, output: str) -> None:
        call_id = clock.id("call_")
        add(
            "response_item",
            {"type": "function_call", "name": name, "arguments": json.dumps(arguments), "call_id": call_id},
        )
        add("response_item", {"type": "function_call_output", "call_id": call_id, "output": output})

    def ended(status: str, output: str) -> str:
        how = f"Process running with session ID {running}" if status == "?" else f"Process exited with code {status}"
        return f"Chunk ID: a1\nWall time: 0.2 seconds\n{how}\nOriginal token count: 9\nOutput:\n{output}"

    add(
        "session_meta",
        {
            "id": clock.id("019d-"),
            "cwd": FOLDER,
            "originator": "codex_cli_rs",
            "cli_version": "0.150.0",
            "source": "cli",
        },
    )
    context = {"type": "input_text", "text": f"<environment_context>\n<cwd>{FOLDER}</cwd>\n</environment_context>"}
    add("response_item", {"type": "message", "role": "user", "content": [context]})
    add("turn_context", {"cwd": FOLDER, "model": "gpt-5.2-codex"})
    begin = 0
    for line in scenario.lines:
        if line.word in ("user", "queued"):
            begin = len(records)
            add(
                "response_item",
                {"type": "message", "role": "user", "content": [{"type": "input_text", "text": line.text}]},
            )
            add("event_msg", {"type": "user_message", "message": line.text})
        elif line.word == "say":
            add("event_msg", {"type": "agent_message", "message": line.text})
            add(
                "response_item",
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": line.text}]},
            )
        elif line.word in ("read", "edit", "parallel"):
            for one in _calls(line):
                if one.word == "read":
                    call("exec_command", {"cmd": f"sed -n '1,200p' {one.subject}"}, ended("0", "x = 1"))
                else:
                    patch = f"*** Begin Patch\n*** Update File: {one.subject}\n@@\n-a\n+b\n*** End Patch"
                    call_id = clock.id("call_")
                    add(
                        "response_item",
                        {
                            "type": "custom_tool_call",
                            "name": "apply_patch",
                            "input": patch,
                            "call_id": call_id,
                            "status": "completed",
                        },
                    )
                    output = json.dumps(
                        {"output": "Success. Updated the following files:\nM x", "metadata": {"exit_code": 0}}
                    )
                    add("response_item", {"type": "custom_tool_call_output", "call_id": call_id, "output": output})
        elif line.word == "run":
            running += line.status == "?"
            call("exec_command", {"cmd": line.subject}, ended(line.status, line.text))
        elif line.word == "bg":
            running += 1
            call("exec_command", {"cmd": line.subject, "yield_time_ms": 1000}, ended("?", ""))
        elif line.word in ("poll", "end", "notice"):
            status = line.subject if line.word != "poll" else "?"
            call("write_stdin", {"session_id": running, "chars": "", "yield_time_ms": 5000}, ended(status, line.text))
        elif line.word == "call":
            name, _, arguments = line.subject.partition(" ")
            call(f"tools__{name.replace('.', '__')}", json.loads(arguments), line.text)
            if line.status == "fail":
                call_id = records[-1]["payload"]["call_id"]
                records[-1]["payload"] = {
                    "type": "function_call_output",
                    "call_id": call_id,
                    "output": {"content": line.text, "success": False},
                }
        elif line.word == "agent":
            call(
                "spawn_agent",
                {"agent_type": line.subject, "message": line.text},
                '{"agent_id": "019d-9", "nickname": "x"}',
            )
            call("wait_agent", {"targets": ["019d-9"]}, '{"status": {"019d-9": {"completed": "Nothing of note."}}}')
        elif line.word == "denied":
            call("exec_command", {"cmd": line.subject}, "exec_command failed: rejected by user")
            add("event_msg", {"type": "turn_aborted", "reason": "interrupted"})
        elif line.word == "stop":
            add("event_msg", {"type": "turn_aborted", "reason": "interrupted"})
        elif line.word == "rewind":
            add("event_msg", {"type": "thread_rolled_back", "num_turns": int(line.subject)})
        elif line.word == "twice":
            records += records[begin:]
    return records


# Gemini CLI


def _gemini(scenario: Scenario) -> list[Record]:
    clock = _Clock(scenario.name)
    head = {
        "sessionId": clock.id("s-"),
        "projectHash": "ab" * 20,
        "startTime": clock.time(),
        "lastUpdated": clock.time(),
        "kind": "main",
    }
    records: list[Record] = [head]
    users: list[str] = []
    pid = 4000

    def add(kind: str, content: object, **fields: Any) -> str:
        name = clock.id("m-")
        records.append({"id": name, "timestamp": clock.time(), "type": kind, "content": content, **fields})
        return name

    def call(name: str, arguments: Record, output: str, status: str = "success") -> None:
        call_id = clock.id(f"{name}-")
        response = {"error": output} if status == "error" else {"output": output}
        result = [{"functionResponse": {"id": call_id, "name": name, "response": response}}]
        made = {
            "id": call_id,
            "name": name,
            "args": arguments,
            "result": result,
            "status": status,
            "timestamp": clock.time(),
        }
        add("gemini", "", toolCalls=[made], thoughts=[], tokens={"total": 20, "cached": 5}, model="gemini-2.5-pro")

    def shell(command: str, status: str, output: str) -> None:
        text = f"Output: {output or '(empty)'}" + (f"\nExit Code: {status}" if status not in ("0", "?") else "")
        call("run_shell_command", {"command": command}, text)

    begin = 0
    for line in scenario.lines:
        if line.word in ("user", "queued"):
            begin = len(records)
            users.append(add("user", [{"text": line.text}]))
        elif line.word == "say":
            add("gemini", line.text, thoughts=[], tokens={"total": 10, "cached": 0}, model="gemini-2.5-pro")
        elif line.word in ("read", "edit", "parallel"):
            for one in _calls(line):
                name = "read_file" if one.word == "read" else "replace"
                call(
                    name,
                    {"file_path": f"{FOLDER}/{one.subject}"},
                    "x = 1" if one.word == "read" else f"Successfully modified file: {one.subject}",
                )
        elif line.word == "run":
            if line.status == "?":
                pid += 1
                call(
                    "run_shell_command",
                    {"command": line.subject, "is_background": True},
                    f"Command moved to background (PID: {pid}). Output hidden. Press Ctrl+B to view.",
                )
            else:
                shell(line.subject, line.status, line.text)
        elif line.word == "bg":
            pid += 1
            call(
                "run_shell_command",
                {"command": line.subject, "is_background": True},
                f"Command moved to background (PID: {pid}). Output hidden. Press Ctrl+B to view.",
            )
        elif line.word in ("poll", "end", "notice"):
            code = f"\nExit Code: {line.subject}" if line.word != "poll" else ""
            call("read_background_output", {"pid": pid}, f"Full Log Output:\n{line.text}{code}")
        elif line.word == "call":
            name, _, arguments = line.subject.partition(" ")
            call(
                name.replace(".", "_"),
                json.loads(arguments),
                line.text,
                "error" if line.status == "fail" else "success",
            )
        elif line.word == "agent":
            call("codebase_investigator", {"objective": line.text}, "Nothing of note.")
        elif line.word == "denied":
            call(
                "run_shell_command",
                {"command": line.subject},
                "[Operation Cancelled] Reason: User did not allow tool call",
                "cancelled",
            )
        elif line.word == "stop":
            add("info", "Request cancelled.")
        elif line.word == "rewind":
            back = int(line.subject)
            records.append({"$rewindTo": users[-back]})
            del users[-back:]
        elif line.word == "twice":
            records += records[begin:]
    return records


# opencode


def _opencode(scenario: Scenario) -> Record:
    clock = _Clock(scenario.name)
    session = clock.id("ses_")
    info: Record = {
        "id": session,
        "projectID": "p1",
        "directory": FOLDER,
        "title": "x",
        "time": {"created": 1, "updated": 2},
    }
    messages: list[Record] = []
    users: list[int] = []
    bash = ""

    def add(role: str, parts: list[Record], **fields: Any) -> None:
        at = 1_770_000_000_000 + clock.next() * 1000
        name = f"msg_{len(messages):06}{clock.seed}"
        messages.append(
            {
                "info": {"id": name, "sessionID": session, "role": role, "time": {"created": at}, **fields},
                "parts": parts,
            }
        )

    def part(kind: str, **fields: Any) -> Record:
        return {"id": clock.id("prt_"), "type": kind, **fields}

    def call(
        tool: str, arguments: Record, output: str, status: str = "completed", metadata: Mapping[str, object] = {}
    ) -> None:
        state: Record = {"status": status, "input": arguments, "metadata": dict(metadata), "title": tool}
        state["error" if status == "error" else "output"] = output
        add(
            "assistant",
            [part("tool", tool=tool, callID=clock.id("call_"), state=state)],
            modelID="claude-sonnet-4-5",
            path={"cwd": FOLDER, "root": FOLDER},
            tokens={"input": 5, "output": 5, "reasoning": 0, "cache": {"read": 0, "write": 0}},
        )

    for line in scenario.lines:
        if line.word in ("user", "queued"):
            users.append(len(messages))
            add("user", [part("text", text=line.text)])
        elif line.word == "say":
            add("assistant", [part("text", text=line.text)], modelID="claude-sonnet-4-5")
        elif line.word in ("read", "edit", "parallel"):
            for one in _calls(line):
                call(one.word, {"filePath": f"{FOLDER}/{one.subject}"}, "00001| x = 1" if one.word == "read" else "")
        elif line.word == "run":
            metadata = {} if line.status == "?" else {"exit": int(line.status)}
            call("bash", {"command": line.subject, "description": "x"}, line.text, metadata=metadata)
        elif line.word == "bg":
            bash = line.subject
        elif line.word in ("end", "notice"):
            # It has no background commands: the call waits.
            call("bash", {"command": bash, "description": "x"}, line.text, metadata={"exit": int(line.subject)})
            bash = ""
        elif line.word == "call":
            name, _, arguments = line.subject.partition(" ")
            call(
                name.replace(".", "_"),
                json.loads(arguments),
                line.text,
                "error" if line.status == "fail" else "completed",
            )
        elif line.word == "agent":
            call(
                "task",
                {"description": line.subject, "prompt": line.text, "subagent_type": "explore"},
                "Nothing of note.",
            )
        elif line.word == "denied":
            call(
                "bash",
                {"command": line.subject},
                "The user rejected permission to use this specific tool call.",
                "error",
            )
            messages[-1]["info"]["error"] = {"name": "MessageAbortedError"}
        elif line.word == "stop":
            add("assistant", [], error={"name": "MessageAbortedError", "data": {}})
        elif line.word == "rewind":
            at = users[-int(line.subject)]
            if line is scenario.lines[-1]:
                info["revert"] = {"messageID": messages[at]["info"]["id"]}
            else:
                del messages[at:], users[-int(line.subject) :]  # The next prompt deletes them.
    if bash:
        call("bash", {"command": bash}, "bash tool terminated command after exceeding timeout 120000 ms", metadata={})
    return {"info": info, "messages": messages}


CLIENTS: Mapping[str, Callable[[Scenario], Any]] = {
    "claude-code": _claude,
    "codex": _codex,
    "gemini-cli": _gemini,
    "opencode": _opencode,
}


def logs(scenarios: list[Scenario]) -> Iterator[tuple[Scenario, str]]:
    """Each scenario with the client that writes it: they take turns."""
    names = list(CLIENTS)
    for at, scenario in enumerate(scenarios):
        yield scenario, names[at % len(names)]


def plain(text: str) -> str:
    """A text for comparison: without marks and spaces."""
    return re.sub(r"\W+", "", text).casefold()
