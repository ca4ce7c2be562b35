"""Split a session's events into tasks, as Entries.

A request of the user's that starts work begins a task; its steps are the tool calls and their results. "yes" and "go on"
belong to the task before; so does a complaint, for then the task is not done; praise ends it. What is no task worth
keeping is a Fault with the reason.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from memp.domain.trajectory import Provenance
from memp.text.homes import from_folder
from memp.text.redact import redact
from memp_clients import HOOK_TAG
from memp_clients.json_values import folder_name
from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import Fault
from memp_clients.sessions.tasks.actions import action_of, is_recording
from memp_clients.sessions.tasks.events import About, Answered, Asked, Called, Ended, Event, Said, Spent, Stopped, When
from memp_clients.sessions.tasks.outcome import Done, Verdict, judge, status_in
from memp_clients.sessions.tasks.user import is_praise, kind_of, own_words

MAX_TASK = 2_000
MAX_ACTION = 500
MAX_THOUGHT = 400
MAX_OBSERVATION = 2_000
"""Characters kept of each; the middle of a longer text is left out."""

MAX_SEEN = 200_000
"""Characters of a text that are looked at; what stands behind is passed over."""

MAX_STEPS = 400
"""Steps of one task; a longer one is no procedure, and is not held in memory."""

NO_CALL = "no tool call: a talk, not a task"
TOO_SHORT = "fewer than 2 steps: nothing to learn a procedure from"
TOO_LONG = f"over {MAX_STEPS} steps: too long to be one procedure"


def split(events: Iterable[Event | Fault]) -> Iterator[Entry | Fault]:
    """The tasks of a session, in order; a Fault for what was skipped. Faults among the events go through."""
    about, task, at = About(), None, None
    for event in events:
        if isinstance(event, Fault):
            yield event
        elif isinstance(event, When):
            at = event.at or at
        elif isinstance(event, About):
            if event.session not in (None, about.session) and about.session is not None:
                if task is not None:
                    yield from _closed(task)
                task, at = None, None
            about = _merged(about, event)
            if task is not None:
                task.about = _merged(task.about, event)
        elif isinstance(event, Asked):
            words = event.text.strip() if event.whole else own_words(event.text)
            kind = "request" if event.whole and words else kind_of(words)
            if kind == "request":
                if task is not None:
                    task.praise = task.praise or (words if is_praise(words) else "")
                    yield from _closed(task)
                task = _Task(words, event.place, about)
            elif task is not None and kind != "nothing":
                task.comment(kind, words)
        elif task is not None:
            task.take(event)
            task.at = at
    if task is not None:
        yield from _closed(task)


def shortened(text: str, most: int) -> str:
    """`text`, or its two ends where it is longer; secrets go out before the cut, which could halve one."""
    if len(text) <= most:
        return text
    text = redact(text[:MAX_SEEN])[0]
    if len(text) <= most:
        return text
    head, tail = most * 2 // 3, most // 3
    return f"{text[:head]} [...] {text[-tail:]}"


def _without_ours(output: str) -> str:
    """A tool's output without what a hook of ours appended: a memory that learns from itself would only echo."""
    start = output.rfind(f"<{HOOK_TAG}>") if output.rstrip().endswith(f"</{HOOK_TAG}>") else -1
    return output if start < 0 else output[:start].rstrip()


@dataclass
class _Task:
    """A task that is being read."""

    text: str
    place: str
    about: About
    steps: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    done: list[Done] = field(default_factory=list[Done])
    count: int = 0
    tokens: int = 0
    thoughts: list[str] = field(default_factory=list[str])
    open: dict[str, int | None] = field(default_factory=dict[str, int | None])
    """The steps that wait for their result, by the call's id; None for a call that is no step."""
    last: int | None = None
    stopped: bool = False
    praise: str = ""
    complaint: str = ""
    verdict: Verdict | None = None
    at: datetime | None = None
    """Time of the last event."""
    recordings: set[str] = field(default_factory=set[str])
    """The calls by which the agent recorded its run itself, but for those that failed."""

    def comment(self, kind: str, words: str) -> None:
        """Take a message of the user's that belongs to the task."""
        if kind == "praise":
            self.praise = words
        elif kind == "complaint":
            self.complaint, self.praise = words, ""
            if self.steps:
                step = self.steps[-1]
                step["observation"] = f"{step.get('observation', '')}\nUser: {shortened(words, MAX_THOUGHT)}".strip()

    def take(self, event: Said | Called | Answered | Stopped | Spent | Ended) -> None:
        """Take what the agent did, and what came of it."""
        if isinstance(event, Called):
            self._call(event)
        elif isinstance(event, Answered):
            self._answer(event)
        elif isinstance(event, Said):
            if event.text.strip():
                self.thoughts = [*self.thoughts[-1:], event.text.strip()]
        elif isinstance(event, Spent):
            self.tokens += event.tokens
        elif isinstance(event, Ended):
            self.verdict = event.verdict
        else:
            self.stopped = True

    def _call(self, event: Called) -> None:
        action = action_of(event.name or "tool", event.arguments, self.about.folder or "")
        thought, self.thoughts = "\n".join(self.thoughts), []
        self.last = None
        if is_recording(event.name):
            self.recordings.add(event.id)
        if action is not None:
            self.count += 1
            self.stopped, self.complaint, self.praise = False, "", ""
            if self.count <= MAX_STEPS:
                self.last = len(self.steps)
                step = {"action": shortened(self._shown(action.text), MAX_ACTION)}
                if thought:
                    step["thought"] = shortened(self._shown(thought), MAX_THOUGHT)
                self.steps.append(step)
                self.done.append(Done(step["action"], action.command, action.edits))
        if event.id:
            self.open[event.id] = self.last

    def _shown(self, words: str) -> str:
        """Words with paths from the working folder on, and no home."""
        return from_folder(words, self.about.folder or "")

    def _answer(self, event: Answered) -> None:
        if event.failed:
            self.recordings.discard(event.id)
        at = self.open.pop(event.id, None) if event.id else self.last
        if at is None:
            return
        step, done, output = self.steps[at], self.done[at], _without_ours(event.text)
        done.failed, done.status = event.failed, event.status
        if done.command and done.status is None:
            done.status = status_in(output)
        done.observation = f"{output[:2_000]}\n{output[-4_000:]}" if len(output) > 6_000 else output
        seen = shortened(self._shown(output.strip()[:MAX_SEEN]), MAX_OBSERVATION)
        if event.failed and not seen.lower().startswith(("error", "exit code")):
            seen = f"Error: {seen}"
        if seen:
            step["observation"] = "\n".join(filter(None, [step.get("observation"), seen]))


def _closed(task: _Task) -> Iterator[Entry | Fault]:
    """The task as an Entry, or a Fault where it is not worth keeping."""
    reason = NO_CALL if not task.count else TOO_SHORT if task.count < 2 else TOO_LONG if task.count > MAX_STEPS else ""
    if reason:
        yield Fault(task.place, reason)
        return
    verdict = task.verdict or judge(task.done, stopped=task.stopped, praise=task.praise, complaint=task.complaint)
    about = task.about
    yield Entry(
        task=shortened(from_folder(task.text[:MAX_SEEN], about.folder or ""), MAX_TASK),
        steps=task.steps,
        place=task.place,
        outcome=verdict.outcome if verdict else None,
        evidence=verdict.evidence if verdict else "",
        tokens=task.tokens or None,
        provenance=Provenance(client=about.client, model=about.model, project=folder_name(about.folder)),
        session=(about.session or "")[:200],
        at=task.at,
        recorded=bool(task.recordings),
    )


def _merged(before: About, now: About) -> About:
    names = ("session", "client", "model", "folder")
    return replace(before, **{name: value for name in names if (value := getattr(now, name)) is not None})
