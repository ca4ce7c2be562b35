"""A task of a session while it is read: its steps, the messages that belong to it, and what the user said of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from memp.text.homes import from_folder
from memp.text.redact import redact
from memp_clients.json_values import mapping, text
from memp_clients.sessions.entry import Recording
from memp_clients.sessions.tasks import endings, phrases
from memp_clients.sessions.tasks.actions import action_of, is_ours, is_recording
from memp_clients.sessions.tasks.checks.commands import checks_in
from memp_clients.sessions.tasks.checks.results import Done, status_in, with_status
from memp_clients.sessions.tasks.events import About, Answered, Called, Ended, Said, Spent, Stopped, Verdict
from memp_clients.sessions.tasks.outcome import Said as Heard
from memp_clients.sessions.tasks.outcome import doubt, judge
from memp_clients.sessions.tasks.polls import (
    REFUSED,
    Notice,
    State,
    ends,
    handle_in,
    printed_in,
    state_of,
    typed_into,
    without_handle,
    without_ours,
)
from memp_clients.sessions.tasks.sequel import Before, Closing, Sequel

MAX_TASK = 2_000
MAX_ACTION = 500
MAX_THOUGHT = 400
MAX_OBSERVATION = 2_000
"""Characters kept of each; the middle of a longer text is left out."""

MAX_SEEN = 200_000
"""Characters of a text that are looked at; what stands behind is passed over."""

MAX_STEPS = 400
"""Steps of one task; a longer one is no procedure, and is not held in memory."""


_STORED = re.compile(r'"trajectory\\?"\s*:\s*\\?"(t\d{1,18})')
"""The id of a stored run in a tool's answer, which a log may hold as JSON within JSON."""


def shortened(text: str, most: int) -> str:
    """`text`, or its two ends where it is longer; secrets go out before the cut, which could halve one."""
    if len(text) <= most:
        return text
    text = redact(text[:MAX_SEEN])[0]
    if len(text) <= most:
        return text
    head, tail = most * 2 // 3, most // 3
    return f"{text[:head]} [...] {text[-tail:]}"


@dataclass(frozen=True, slots=True)
class Mark:
    """A message of the user's that belongs to the task, and the state of the task before it, to which it goes back where
    the message is taken back."""

    place: str
    steps: int
    count: int
    last_seen: str
    stopped: bool
    complaint: str
    praise: str
    refuted: frozenset[str]


@dataclass
class Task:
    """A task that is being read. `root` is the request of the task that it goes on with, where it does."""

    text: str
    place: str
    about: About
    root: str = ""
    refuted: set[str] = field(default_factory=set[str])
    """Checks that had passed before the user found the work broken."""
    steps: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    done: list[Done] = field(default_factory=list[Done])
    count: int = 0
    tokens: int = 0
    thoughts: list[str] = field(default_factory=list[str])
    open: dict[str, int | None] = field(default_factory=dict[str, int | None])
    """The steps that wait for their result, by the call's id; None for a call that is no step."""
    running: dict[str, int] = field(default_factory=dict[str, int])
    """The steps that go on in the background, by their handle, and by their call's id."""
    typed: dict[str, str] = field(default_factory=dict[str, str])
    last: int | None = None
    stopped: bool = False
    praise: str = ""
    complaint: str = ""
    next_praise: str = ""
    next_broken: str = ""
    remark: str = ""
    unclear: bool = False
    closing: Closing = ""
    moved_on: bool = False
    kept: bool = False
    marks: list[Mark] = field(default_factory=list[Mark])
    verdict: Verdict | None = None
    undecided: str = ""
    """The reason why the record itself leaves the outcome open."""
    at: datetime | None = None
    """Time of the last event."""
    recordings: dict[str, str] = field(default_factory=dict[str, str])
    """The calls by which the agent recorded its run itself, but for those that failed, each with the task that it passed; that of
    a tool which is not known to be ours is empty."""
    recorded: list[Recording] = field(default_factory=list[Recording])
    """The runs that they stored."""

    @property
    def request(self) -> str:
        """What was asked first."""
        return self.root or self.text

    def before(self) -> Before:
        """The task as a next message sees it."""
        actions = " ".join(step["action"] for step in self.steps[-40:])
        last_words = self.thoughts[-1] if self.thoughts else ""
        asks = last_words.rstrip()[-1:] in ("?", "？")
        return Before(
            self.text,
            f"{actions[-6_000:]}\n{last_words[:1_000]}",
            self.count > 0,
            asks,
            bool(self.done) and self.done[-1].refused,
            endings.OFFERS.search(last_words[-300:]) is not None,
        )

    def mark(self, place: str) -> None:
        """Note that a message of the user's stands here."""
        seen = self.steps[-1].get("observation", "") if self.steps else ""
        said = (self.stopped, self.complaint, self.praise, frozenset(self.refuted))
        self.marks.append(Mark(place, len(self.steps), self.count, seen, *said))

    def comment(self, kind: str, words: str) -> None:
        """Take a message of the user's that belongs to the task."""
        if kind == "praise":
            self.praise = words
        elif kind == "remark" and self.count:
            self.refute()
            self.remark, self.praise = words, ""
        elif kind in ("complaint", "again") and self.count:
            self.refute()
            self.complaint, self.praise = words, ""
            if self.steps:
                step = self.steps[-1]
                step["observation"] = f"{step.get('observation', '')}\nUser: {shortened(words, MAX_THOUGHT)}".strip()

    def refute(self) -> None:
        """Note the checks that passed, although the user finds the work broken."""
        passed = (done.command for done in self.done if done.command and not done.failed and not done.status)
        self.refuted |= {check.command for command in passed for check in checks_in(command)}

    def followed(self, *, broken: str = "") -> None:
        """Note that the next task began with a message that reports this one broken, or that nothing is known of it."""
        self.next_praise, self.next_broken, self.moved_on, self.kept = "", broken, False, False
        self.unclear, self.closing = False, ""

    def followed_by(self, sequel: Sequel, words: str) -> None:
        """Note what the message that began the next task says of this one."""
        self.followed(broken=words if sequel.undoes else "")
        self.next_praise = words if sequel.praises else ""
        self.moved_on, self.kept = sequel.moves_on, sequel.keeps
        self.unclear, self.closing = sequel.unclear, sequel.closing

    def closed_by(self, words: str) -> None:
        """Note that nothing was done after the message that began the next task."""
        if self.closing == "praise":
            self.next_praise = words
        elif self.closing == "broken":
            self.next_broken = words
        self.unclear = self.unclear or self.closing == "unclear"

    def back_to(self, mark: Mark) -> None:
        """Take back what came from a message on."""
        del self.marks[self.marks.index(mark) :]
        del self.steps[mark.steps :]
        del self.done[mark.steps :]
        self.count, self.stopped, self.complaint, self.praise = mark.count, mark.stopped, mark.complaint, mark.praise
        self.refuted = set(mark.refuted)
        self.open, self.last, self.thoughts, self.typed = {}, None, [], {}
        self.running = {handle: at for handle, at in self.running.items() if at < mark.steps}
        if self.steps:
            self.steps[-1]["observation"] = mark.last_seen

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
            self.verdict, self.undecided = event.verdict, event.doubt
        else:
            self.stopped = True

    def poll_answered(self, at: int, event: Answered, *, reads: bool, kills: bool) -> None:
        """Take the answer of a poll as the rest of the step that it belongs to."""
        state = None if reads else state_of(event.text)
        if state is None and not reads and event.status is not None and not event.running:
            state = State(True, event.failed or event.status != 0, event.status)
        self._ended(at, state if not kills else None, printed_in(without_ours(event.text)))

    def noticed(self, at: int, notice: Notice) -> None:
        """Take a notice of the host's as the rest of the step that it belongs to."""
        state = State(True, notice.failed, notice.status) if notice.ended else None
        self._ended(at, state, printed_in(notice.text))

    def _ended(self, at: int, state: State | None, printed: str) -> None:
        step, done = self.steps[at], self.done[at]
        if state is not None and state.ended:
            known = state.status is not None or state.failed
            done.running, done.failed, done.status = not known, state.failed, state.status
        done.observation = ends(f"{done.observation}\n{printed}")
        if printed:
            seen = "\n".join(filter(None, [step.get("observation"), printed]))
            step["observation"] = shortened(self._shown(seen[:MAX_SEEN]), MAX_OBSERVATION)

    def _call(self, event: Called) -> None:
        action = action_of(event.name or "tool", event.arguments, self.about.folder or "")
        thought, self.thoughts = "\n".join(self.thoughts), []
        self.last = None
        if is_recording(event.name):
            self.recordings[event.id] = text(mapping(event.arguments).get("task")) if is_ours(event.name) else ""
        if action is not None:
            self.count += 1
            self.stopped, self.complaint, self.praise, self.remark = False, "", "", ""
            if self.count <= MAX_STEPS:
                self.last = len(self.steps)
                step = {"action": shortened(self._shown(action.text), MAX_ACTION)}
                if thought:
                    step["thought"] = shortened(self._shown(thought), MAX_THOUGHT)
                self.steps.append(step)
                self.done.append(Done(step["action"], action.command, action.edits, masks=action.masks))
        if event.id:
            self.open[event.id] = self.last
            if handle := typed_into(event.name, event.arguments):
                self.typed[event.id] = handle

    def _answer(self, event: Answered) -> None:
        if event.failed:
            self.recordings.pop(event.id, None)
        elif (task := self.recordings.get(event.id)) and (stored := _STORED.search(event.text)):
            self.recorded.append(Recording(stored[1], task))
        at = self.open.pop(event.id, None) if event.id else self.last
        if at is None:
            return
        step, done, output = self.steps[at], self.done[at], without_ours(event.text)
        done.failed, done.status = event.failed, event.status
        done.refused = event.refused or REFUSED.match(output[:300]) is not None
        handle = event.running or handle_in(output)
        if handle:
            output = without_handle(output)
            done.running, done.status = True, None
            self.running[handle] = at
            if event.id:
                self.running[event.id] = at
        elif done.command and done.status is None:
            done.status = status_in(output)
        if (of := self.running.get(self.typed.pop(event.id, ""))) is not None:
            self._ended(of, None if event.status is None else State(True, event.failed, event.status), "")
        done.observation = ends(output)
        seen = shortened(self._shown(output.strip()[:MAX_SEEN]), MAX_OBSERVATION)
        if event.failed and not seen.lower().startswith(("error", "exit code")):
            seen = f"Error: {seen}"
        if seen:
            step["observation"] = "\n".join(filter(None, [step.get("observation"), seen]))

    def _shown(self, words: str) -> str:
        """Words with paths from the working folder on, and no home."""
        return from_folder(words, self.about.folder or "")

    def outcome(self) -> Verdict | None:
        """What the transcript shows of how the task ended."""
        if self.undecided:
            return None
        return self.verdict or judge(self.done, self._heard(), self.text)

    def doubt(self) -> str:
        """The reason why there is no outcome."""
        return self.undecided or doubt(self.done, self._heard(), self.text)

    def _heard(self) -> Heard:
        return Heard(
            complaint=self.complaint or self.next_broken,
            praise=self.praise or self.next_praise,
            stopped=self.stopped,
            unclear=bool(self.remark) or self.unclear,
            moved_on=self.moved_on,
            kept=self.kept,
            admits=bool(self.thoughts) and phrases.ADMITS.search(self.thoughts[-1][-1_000:]) is not None,
            refuted=frozenset(self.refuted),
        )

    def shown_steps(self) -> list[Mapping[str, str]]:
        """The steps with their exit status, where that says something else than the words."""
        return [with_status(step, done) for step, done in zip(self.steps, self.done, strict=True)]
