"""Sessions of Claude Code: records in a tree, calls and results in messages."""

from typing import Any

from labelled.logs.log import FOLDER, Log, Record, calls, tool_call
from labelled.scenario import Line, Scenario


def records(scenario: Scenario) -> list[Record]:
    """The records of the log."""
    log = _ClaudeCode(scenario)
    log.write()
    return log.records


class _ClaudeCode(Log):
    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        self.session = self.clock.id("11111111-aaaa-4aaa-8aaa-")
        message = self.clock.id("m")
        self.records += [
            {"type": "permission-mode", "permissionMode": "default", "sessionId": self.session},
            {"type": "file-history-snapshot", "messageId": message, "snapshot": {}, "isSnapshotUpdate": False},
        ]
        self.parent: str | None = None
        self.parents: list[str | None] = []
        self.background = ""

    def add(self, kind: str, at: str | None = None, **fields: Any) -> str:
        """A record below the last one, or below the one `at`; its id."""
        name = self.clock.id("u-")
        base = {
            "parentUuid": self.parent if at is None else at, "isSidechain": False, "userType": "external", "cwd": FOLDER,
            "sessionId": self.session, "version": "2.1.60", "gitBranch": "main", "type": kind, "uuid": name,
            "timestamp": self.clock.time(),
        }  # fmt: skip
        self.records.append({**base, **fields})
        self.parent = name
        return name

    def assistant(self, block: Record, message: str = "") -> str:
        """A message of the agent's with one block; the record's id."""
        made = {
            "role": "assistant", "id": message or self.clock.id("msg_"), "model": "claude-sonnet-4-5", "content": [block],
            "usage": {"input_tokens": 10, "output_tokens": 5},
        }  # fmt: skip
        return self.add("assistant", message=made)

    def called(self, name: str, arguments: Record, message: str = "") -> tuple[str, str]:
        """A call: its id, and the record's."""
        call_id = self.clock.id("toolu_")
        block = {"type": "tool_use", "id": call_id, "name": name, "input": arguments}
        return call_id, self.assistant(block, message)

    def result(
        self, call_id: str, output: str, failed: bool = False, extra: object = None, at: str | None = None
    ) -> None:  # fmt: skip
        """The result of a call."""
        block = {"type": "tool_result", "tool_use_id": call_id, "content": output, "is_error": failed}
        message = {"role": "user", "content": [block]}
        self.add("user", at, message=message, toolUseResult={} if extra is None else extra)

    def says(self, text: str) -> None:
        """A block of text under the user's name."""
        self.add("user", message={"role": "user", "content": [{"type": "text", "text": text}]})

    def user(self, line: Line) -> None:
        self.begin = len(self.records)
        self.parents.append(self.parent)
        self.add("user", message={"role": "user", "content": line.text})

    def queued(self, line: Line) -> None:
        self.begin = len(self.records)
        origin = {"kind": "human"}
        attachment = {"type": "queued_command", "prompt": line.text, "commandMode": "prompt", "origin": origin}
        self.add("attachment", attachment=attachment)

    def say(self, line: Line) -> None:
        self.assistant({"type": "text", "text": line.text})

    def read(self, line: Line) -> None:
        message, made = self.clock.id("msg_"), list[tuple[Line, str, str]]()
        for one in calls(line):
            arguments = {"file_path": f"{FOLDER}/{one.subject}"}
            if one.word != "read":
                arguments |= {"old_string": "a", "new_string": one.text or "b"}
            made.append((one, *self.called(one.word.title(), arguments, message)))
        for one, call_id, name in made:
            # A result hangs at its own call, also where other calls of the message follow that.
            text = "     1\tx = 1" if one.word == "read" else f"The file {FOLDER}/{one.subject} has been updated."
            self.result(call_id, text, at=name)

    edit = parallel = read

    def run(self, line: Line) -> None:
        call_id, _ = self.called("Bash", {"command": line.subject, "description": "x"})
        if line.status in ("0", "?"):
            seen = {"stdout": line.text, "stderr": "", "interrupted": False}
            self.result(call_id, line.text, extra=seen if line.status == "0" else {})
        else:
            text = f"Exit code {line.status}\n{line.text}"
            self.result(call_id, text, True, f"Error: {text}")

    def bg(self, line: Line) -> None:
        self.background = self.clock.id("b")[:8]
        call_id, _ = self.called("Bash", {"command": line.subject, "run_in_background": True})
        path = f"/tmp/claude/tasks/{self.background}.output"
        text = f"Command running in background with ID: {self.background}. Output is being written to: {path}"
        extra = {"stdout": "", "stderr": "", "interrupted": False, "backgroundTaskId": self.background}
        self.result(call_id, text, extra=extra)

    def poll(self, line: Line) -> None:
        ended = line.word == "end"
        call_id, _ = self.called("TaskOutput", {"task_id": self.background, "block": ended, "timeout": 30000})
        state = ("failed" if line.subject != "0" else "completed") if ended else "running"
        code = f"<exit_code>{line.subject}</exit_code>\n\n" if ended else ""
        text = (
            f"<retrieval_status>{'success' if ended else 'timeout'}</retrieval_status>\n\n"
            f"<task_id>{self.background}</task_id>\n\n<task_type>local_bash</task_type>\n\n<status>{state}</status>\n\n"
            f"{code}<output>\n{line.text}\n</output>"
        )
        self.result(call_id, text)

    end = poll

    def notice(self, line: Line) -> None:
        state = "completed" if line.subject == "0" else "failed"
        how = "completed (exit code 0)" if line.subject == "0" else f"failed with exit code {line.subject}"
        text = (
            f"<task-notification>\n<task-id>{self.background}</task-id>\n"
            f"<output-file>/tmp/claude/tasks/{self.background}.output</output-file>\n"
            f'<status>{state}</status>\n<summary>Background command "x" {how}</summary>\n</task-notification>'
        )
        self.add("user", message={"role": "user", "content": text})

    def call(self, line: Line) -> None:
        name, arguments = tool_call(line)
        call_id, _ = self.called(f"mcp__tools__{name.replace('.', '_')}", arguments)
        self.result(call_id, line.text, line.status == "fail")

    def agent(self, line: Line) -> None:
        arguments = {"description": line.subject, "prompt": line.text, "subagent_type": "Explore"}
        call_id, name = self.called("Task", arguments)
        side: str | None = None
        for role in ("user", "assistant"):
            made_id = self.clock.id("u-")
            content = line.text if role == "user" else [{"type": "text", "text": "Nothing of note."}]
            self.records.append({
                "parentUuid": side, "isSidechain": True, "cwd": FOLDER, "sessionId": self.session, "type": role,
                "uuid": made_id, "timestamp": self.clock.time(), "message": {"role": role, "content": content},
            })  # fmt: skip
            side = made_id
        self.parent = name
        self.result(call_id, "Nothing of note.\nagentId: a1b2c3d (for resuming)")

    def denied(self, line: Line) -> None:
        call_id, _ = self.called("Bash", {"command": line.subject})
        self.result(call_id, "The user doesn't want to proceed with this tool use. The tool use was rejected.", True)
        self.says("[Request interrupted by user for tool use]")

    def stop(self, line: Line) -> None:
        self.says("[Request interrupted by user]")

    def rewind(self, line: Line) -> None:
        # The next prompt hangs where the one taken back did; of a session that ends here the log shows nothing else.
        self.parent = self.parents[-int(line.subject)]
        del self.parents[-int(line.subject) :]
        if line is self.scenario.lines[-1]:
            self.add("user", message={"role": "user", "content": "ok"})
