"""Rollouts of Codex: response items and events."""

import json

from labelled.logs.log import FOLDER, Log, Record, calls, tool_call
from labelled.scenario import Line, Scenario


def records(scenario: Scenario) -> list[Record]:
    """The records of the log."""
    log = _Codex(scenario)
    log.write()
    return log.records


class _Codex(Log):
    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        self.running = 0
        source = {"originator": "codex_cli_rs", "cli_version": "0.150.0", "source": "cli"}
        self.add("session_meta", {"id": self.clock.id("019d-"), "cwd": FOLDER, **source})
        context = {"type": "input_text", "text": f"<environment_context>\n<cwd>{FOLDER}</cwd>\n</environment_context>"}
        self.item(type="message", role="user", content=[context])
        self.add("turn_context", {"cwd": FOLDER, "model": "gpt-5.2-codex"})

    def add(self, kind: str, payload: Record) -> None:
        """A record."""
        self.records.append({"timestamp": self.clock.time(), "type": kind, "payload": payload})

    def item(self, **payload: object) -> None:
        """A response item."""
        self.add("response_item", payload)

    def event(self, **payload: object) -> None:
        """An event."""
        self.add("event_msg", payload)

    def called(self, name: str, arguments: Record, output: str) -> None:
        """A call with its output."""
        call_id = self.clock.id("call_")
        self.item(type="function_call", name=name, arguments=json.dumps(arguments), call_id=call_id)
        self.item(type="function_call_output", call_id=call_id, output=output)

    def ended(self, status: str, output: str) -> str:
        """The output of a command that ended, or that goes on."""
        how = f"Process exited with code {status}"
        if status == "?":
            how = f"Process running with session ID {self.running}"
        return f"Chunk ID: a1\nWall time: 0.2 seconds\n{how}\nOriginal token count: 9\nOutput:\n{output}"

    def user(self, line: Line) -> None:
        self.begin = len(self.records)
        self.item(type="message", role="user", content=[{"type": "input_text", "text": line.text}])
        self.event(type="user_message", message=line.text)

    queued = user

    def say(self, line: Line) -> None:
        self.event(type="agent_message", message=line.text)
        self.item(type="message", role="assistant", content=[{"type": "output_text", "text": line.text}])

    def read(self, line: Line) -> None:
        for one in calls(line):
            if one.word == "read":
                self.called("exec_command", {"cmd": f"sed -n '1,200p' {one.subject}"}, self.ended("0", "x = 1"))
            else:
                self.patched(one)

    edit = parallel = read

    def patched(self, line: Line) -> None:
        """A patch of a file."""
        added = "\n".join(f"+{text}" for text in (line.text or "b").split("\n"))
        patch = f"*** Begin Patch\n*** Update File: {line.subject}\n@@\n-a\n{added}\n*** End Patch"
        call_id = self.clock.id("call_")
        self.item(type="custom_tool_call", name="apply_patch", input=patch, call_id=call_id, status="completed")
        output = {"output": "Success. Updated the following files:\nM x", "metadata": {"exit_code": 0}}
        self.item(type="custom_tool_call_output", call_id=call_id, output=json.dumps(output))

    def run(self, line: Line) -> None:
        self.running += line.status == "?"
        self.called("exec_command", {"cmd": line.subject}, self.ended(line.status, line.text))

    def bg(self, line: Line) -> None:
        self.running += 1
        self.called("exec_command", {"cmd": line.subject, "yield_time_ms": 1000}, self.ended("?", ""))

    def poll(self, line: Line) -> None:
        status = line.subject if line.word != "poll" else "?"
        arguments = {"session_id": self.running, "chars": "", "yield_time_ms": 5000}
        self.called("write_stdin", arguments, self.ended(status, line.text))

    end = notice = poll

    def call(self, line: Line) -> None:
        name, arguments = tool_call(line)
        self.called(f"tools__{name.replace('.', '__')}", arguments, line.text)
        if line.status == "fail":
            self.records[-1]["payload"]["output"] = {"content": line.text, "success": False}

    def agent(self, line: Line) -> None:
        arguments = {"agent_type": line.subject, "message": line.text}
        self.called("spawn_agent", arguments, '{"agent_id": "019d-9", "nickname": "x"}')
        done = '{"status": {"019d-9": {"completed": "Nothing of note."}}}'
        self.called("wait_agent", {"targets": ["019d-9"]}, done)

    def denied(self, line: Line) -> None:
        self.called("exec_command", {"cmd": line.subject}, "exec_command failed: rejected by user")
        self.stop(line)

    def stop(self, line: Line) -> None:
        self.event(type="turn_aborted", reason="interrupted")

    def rewind(self, line: Line) -> None:
        self.event(type="thread_rolled_back", num_turns=int(line.subject))
