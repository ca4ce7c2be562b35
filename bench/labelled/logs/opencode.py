"""Exports of opencode: one document of messages in parts."""

from collections.abc import Mapping
from typing import Any

from labelled.logs.log import FOLDER, Log, Record, calls, tool_call
from labelled.scenario import Line, Scenario


def records(scenario: Scenario) -> Record:
    """The log, one document."""
    log = _OpenCode(scenario)
    log.write()
    if log.bash:
        log.called("bash", {"command": log.bash}, "bash tool terminated command after exceeding timeout 120000 ms")
    return {"info": log.info, "messages": log.records}


class _OpenCode(Log):
    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        self.session = self.clock.id("ses_")
        times = {"created": 1, "updated": 2}
        self.info: Record = {"id": self.session, "projectID": "p1", "directory": FOLDER, "title": "x", "time": times}
        self.users: list[int] = []
        self.bash = ""
        """The background command that has not ended: it has none, so that the call waits."""

    def add(self, role: str, parts: list[Record], **fields: Any) -> None:
        """A message."""
        at = 1_770_000_000_000 + self.clock.next() * 1000
        name = f"msg_{len(self.records):06}{self.clock.seed}"
        info = {"id": name, "sessionID": self.session, "role": role, "time": {"created": at}, **fields}
        self.records.append({"info": info, "parts": parts})

    def part(self, kind: str, **fields: Any) -> Record:
        """A part of a message."""
        return {"id": self.clock.id("prt_"), "type": kind, **fields}

    def called(
        self, tool: str, arguments: Record, output: str, status: str = "completed", metadata: Mapping[str, object] = {}
    ) -> None:  # fmt: skip
        """A call with its result."""
        state: Record = {"status": status, "input": arguments, "metadata": dict(metadata), "title": tool}
        state["error" if status == "error" else "output"] = output
        call_id = self.clock.id("call_")
        tokens = {"input": 5, "output": 5, "reasoning": 0, "cache": {"read": 0, "write": 0}}
        self.add(
            "assistant", [self.part("tool", tool=tool, callID=call_id, state=state)], modelID="claude-sonnet-4-5",
            path={"cwd": FOLDER, "root": FOLDER}, tokens=tokens,
        )  # fmt: skip

    def user(self, line: Line) -> None:
        self.users.append(len(self.records))
        self.add("user", [self.part("text", text=line.text)])

    queued = user

    def say(self, line: Line) -> None:
        self.add("assistant", [self.part("text", text=line.text)], modelID="claude-sonnet-4-5")

    def read(self, line: Line) -> None:
        for one in calls(line):
            seen = "00001| x = 1" if one.word == "read" else ""
            added = {} if one.word == "read" else {"oldString": "a", "newString": one.text or "b"}
            self.called(one.word, {"filePath": f"{FOLDER}/{one.subject}", **added}, seen)

    edit = parallel = read

    def run(self, line: Line) -> None:
        metadata = {} if line.status == "?" else {"exit": int(line.status)}
        self.called("bash", {"command": line.subject, "description": "x"}, line.text, metadata=metadata)

    def bg(self, line: Line) -> None:
        self.bash = line.subject

    def end(self, line: Line) -> None:
        arguments = {"command": self.bash, "description": "x"}
        self.called("bash", arguments, line.text, metadata={"exit": int(line.subject)})
        self.bash = ""

    notice = end

    def call(self, line: Line) -> None:
        name, arguments = tool_call(line)
        self.called(name.replace(".", "_"), arguments, line.text, "error" if line.status == "fail" else "completed")

    def agent(self, line: Line) -> None:
        arguments = {"description": line.subject, "prompt": line.text, "subagent_type": "explore"}
        self.called("task", arguments, "Nothing of note.")

    def denied(self, line: Line) -> None:
        text = "The user rejected permission to use this specific tool call."
        self.called("bash", {"command": line.subject}, text, "error")
        self.records[-1]["info"]["error"] = {"name": "MessageAbortedError"}

    def stop(self, line: Line) -> None:
        self.add("assistant", [], error={"name": "MessageAbortedError", "data": {}})

    def rewind(self, line: Line) -> None:
        at = self.users[-int(line.subject)]
        if line is self.scenario.lines[-1]:
            self.info["revert"] = {"messageID": self.records[at]["info"]["id"]}
        else:
            del self.records[at:], self.users[-int(line.subject) :]  # The next prompt deletes them.

    def twice(self, line: Line) -> None:
        """It writes nothing twice."""
