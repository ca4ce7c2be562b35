"""Sessions of Gemini CLI: messages whose calls hold their results."""

from typing import Any

from labelled.logs.log import FOLDER, Log, Record, calls, tool_call
from labelled.scenario import Line, Scenario


def records(scenario: Scenario) -> list[Record]:
    """The records of the log."""
    log = _GeminiCli(scenario)
    log.write()
    return log.records


class _GeminiCli(Log):
    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        self.users: list[str] = []
        self.pid = 4000
        session, start, last = self.clock.id("s-"), self.clock.time(), self.clock.time()
        times = {"startTime": start, "lastUpdated": last, "kind": "main"}
        self.records.append({"sessionId": session, "projectHash": "ab" * 20, **times})

    def add(self, kind: str, content: object, **fields: Any) -> str:
        """A message; its id."""
        name = self.clock.id("m-")
        self.records.append({"id": name, "timestamp": self.clock.time(), "type": kind, "content": content, **fields})
        return name

    def called(self, name: str, arguments: Record, output: str, status: str = "success") -> None:
        """A call with its result."""
        call_id = self.clock.id(f"{name}-")
        response = {"error": output} if status == "error" else {"output": output}
        result = [{"functionResponse": {"id": call_id, "name": name, "response": response}}]
        made = {
            "id": call_id, "name": name, "args": arguments, "result": result, "status": status,
            "timestamp": self.clock.time(),
        }  # fmt: skip
        tokens = {"total": 20, "cached": 5}
        self.add("gemini", "", toolCalls=[made], thoughts=[], tokens=tokens, model="gemini-2.5-pro")

    def user(self, line: Line) -> None:
        self.begin = len(self.records)
        self.users.append(self.add("user", [{"text": line.text}]))

    queued = user

    def say(self, line: Line) -> None:
        self.add("gemini", line.text, thoughts=[], tokens={"total": 10, "cached": 0}, model="gemini-2.5-pro")

    def read(self, line: Line) -> None:
        for one in calls(line):
            arguments = {"file_path": f"{FOLDER}/{one.subject}"}
            if one.word == "read":
                self.called("read_file", arguments, "x = 1")
            else:
                arguments |= {"old_string": "a", "new_string": one.text or "b"}
                self.called("replace", arguments, f"Successfully modified file: {one.subject}")

    edit = parallel = read

    def run(self, line: Line) -> None:
        if line.status == "?":
            self.bg(line)
            return
        code = f"\nExit Code: {line.status}" if line.status != "0" else ""
        self.called("run_shell_command", {"command": line.subject}, f"Output: {line.text or '(empty)'}{code}")

    def bg(self, line: Line) -> None:
        self.pid += 1
        text = f"Command moved to background (PID: {self.pid}). Output hidden. Press Ctrl+B to view."
        self.called("run_shell_command", {"command": line.subject, "is_background": True}, text)

    def poll(self, line: Line) -> None:
        code = f"\nExit Code: {line.subject}" if line.word != "poll" else ""
        self.called("read_background_output", {"pid": self.pid}, f"Full Log Output:\n{line.text}{code}")

    end = notice = poll

    def call(self, line: Line) -> None:
        name, arguments = tool_call(line)
        self.called(name.replace(".", "_"), arguments, line.text, "error" if line.status == "fail" else "success")

    def agent(self, line: Line) -> None:
        self.called("codebase_investigator", {"objective": line.text}, "Nothing of note.")

    def denied(self, line: Line) -> None:
        text = "[Operation Cancelled] Reason: User did not allow tool call"
        self.called("run_shell_command", {"command": line.subject}, text, "cancelled")

    def stop(self, line: Line) -> None:
        self.add("info", "Request cancelled.")

    def rewind(self, line: Line) -> None:
        back = int(line.subject)
        self.records.append({"$rewindTo": self.users[-back]})
        del self.users[-back:]
