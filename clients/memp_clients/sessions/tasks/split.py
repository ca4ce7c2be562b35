"""Split a session's events into tasks, as Entries.

A request of the user's that starts work begins a task; its steps are the tool calls and their results. Messages that only go on
("yes", "again", "still broken") belong to the task before; praise ends it. A message that reports in its own words that the
same thing does not work ends it as a failure, and begins a task that goes on with the same request. What the user took back is
no history. What is no task worth keeping is a Fault with the reason.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime

from memp.domain.trajectory import Provenance
from memp.text.homes import from_folder
from memp_clients.sessions.entry import Entry
from memp_clients.sessions.files import Fault
from memp_clients.sessions.tasks.events import About, Answered, Asked, Called, Event, TakenBack, When, merged
from memp_clients.sessions.tasks.goal import headed
from memp_clients.sessions.tasks.polls import Poll, notices_in, poll_of
from memp_clients.sessions.tasks.sequel import Sequel, reports_again, sequel_of
from memp_clients.sessions.tasks.task import MAX_SEEN, MAX_STEPS, MAX_TASK, Task, shortened
from memp_clients.sessions.tasks.user import own_words

__all__ = ["MAX_HELD", "MAX_STEPS", "NO_CALL", "TOO_LONG", "TOO_SHORT", "shortened", "split"]

MAX_HELD = 32
"""Tasks that are held, as the user may go back to before them: a rewind over more of them takes back only these."""

MAX_ROOT = 1_000
"""Characters of a request that a task which goes on with it carries."""

NO_CALL = "no tool call: a talk, not a task"
TOO_SHORT = "fewer than 2 steps: nothing to learn a procedure from"
TOO_LONG = f"over {MAX_STEPS} steps: too long to be one procedure"


def split(events: Iterable[Event | Fault]) -> Iterator[Entry | Fault]:
    """The tasks of a session, in order; a Fault for what was skipped. Faults among the events go through."""
    about, held, at = About(), _Held(), None
    for event in events:
        if isinstance(event, Fault):
            yield event
        elif isinstance(event, When):
            at = event.at or at
        elif isinstance(event, About):
            if event.session not in (None, about.session) and about.session is not None:
                yield from held.released(0)
                held, at = _Held(), None
            about = merged(about, event)
            if held.open is not None:
                held.open.about = merged(held.open.about, event)
        elif isinstance(event, Asked):
            held.ask(event, about)
            yield from held.released(MAX_HELD)
        elif isinstance(event, TakenBack):
            held.take_back(event)
        else:
            held.take(event, at)
    yield from held.released(0)


class _Held:
    """The newest tasks of a session, the last of which is open: later events may still say something of the others."""

    def __init__(self) -> None:
        self._tasks = deque[Task]()
        self._polls: dict[str, tuple[Task, int, Poll] | None] = {}
        """The polls that wait for their answer, by the call's id, with the step that each belongs to."""

    @property
    def open(self) -> Task | None:
        return self._tasks[-1] if self._tasks else None

    def released(self, most: int) -> Iterator[Entry | Fault]:
        """The tasks that are held no longer, the oldest first."""
        while len(self._tasks) > most:
            task = self._tasks.popleft()
            if self._tasks and not self._tasks[0].count and not self._tasks[0].root:
                task.closed_by(self._tasks[0].text)
            yield from _closed(task)

    def ask(self, event: Asked, about: About) -> None:
        """Take a message under the user's name."""
        if not event.whole:
            for notice in notices_in(event.text):
                place = self._running(notice.handle) or self._running(notice.call)
                if place is not None:
                    place[0].noticed(place[1], notice)
        task = self.open
        words = event.text.strip() if event.whole else own_words(event.text)
        sequel = sequel_of(words, None if task is None else task.before())
        if event.whole and words:
            sequel = Sequel("request")
        elif sequel.relation == "request" and not sequel.moves_on:
            older = (one for one in reversed(self._tasks) if one is not task and reports_again(words, one.before()))
            reported = next(older, None)
            if reported is not None and task is not None:
                task.followed()
                self._go_on(reported, words, event.place, about)
                return
        if sequel.relation == "request" or (sequel.relation == "broken" and task is None):
            if task is not None:
                task.followed_by(sequel, words)
            self._begin(Task(words, event.place, about))
        elif sequel.relation == "broken" and task is not None:
            self._go_on(task, words, event.place, about)
        elif task is not None and sequel.relation != "nothing" and not (words == task.text and not task.count):
            task.mark(event.place)
            task.comment(sequel.relation, words)

    def _go_on(self, task: Task, words: str, place: str, about: About) -> None:
        """Begin a task that goes on with one that the user found broken."""
        task.followed(broken=words)
        task.refute()
        root = task.request
        text = f"{shortened(root, MAX_ROOT)}\n\nReported after it: {words}"
        self._begin(Task(text, place, about, root=root, refuted=set(task.refuted)))

    def _begin(self, task: Task) -> None:
        task.mark(task.place)
        self._tasks.append(task)

    def take_back(self, event: TakenBack) -> None:
        """Drop what the user took back: tasks, and the end of one."""
        marks = [(task, mark) for task in self._tasks for mark in task.marks]
        if event.turns:
            marks = marks[-event.turns :]
        else:
            first = next((at for at, (_, mark) in enumerate(marks) if mark.place == event.place), len(marks))
            marks = marks[first:]
        if not marks:
            return
        task, mark = marks[0]
        while self._tasks and self._tasks[-1] is not task:
            self._tasks.pop()
        if mark.place == task.place:
            self._tasks.pop()
        else:
            task.back_to(mark)
        if self._tasks:
            self._tasks[-1].followed()
        self._polls = {}

    def take(self, event: Event, at: datetime | None) -> None:
        """Take what the agent did, and what came of it."""
        task = self.open
        if task is None or isinstance(event, About | Asked | When | TakenBack):
            return
        task.at = at
        if isinstance(event, Called) and (poll := poll_of(event.name, event.arguments)) is not None:
            place = self._running(poll.handle)
            if place is not None or not poll.reads:
                self._polls[event.id] = None if place is None else (*place, poll)
                return
        if isinstance(event, Answered) and event.id in self._polls:
            asked = self._polls.pop(event.id)
            if asked is not None:
                step_of, step, poll = asked
                step_of.poll_answered(step, event, reads=poll.reads, kills=poll.kills)
            return
        task.take(event)

    def _running(self, handle: str) -> tuple[Task, int] | None:
        """The task and the step that goes on under a handle; the newest where a handle was given twice."""
        for task in reversed(self._tasks):
            if handle and handle in task.running:
                return task, task.running[handle]
        return None


def _closed(task: Task) -> Iterator[Entry | Fault]:
    """The task as an Entry, or a Fault where it is not worth keeping."""
    if task.root and not task.count:
        return  # A last word, which the task before has as its evidence.
    reason = NO_CALL if not task.count else TOO_SHORT if task.count < 2 else TOO_LONG if task.count > MAX_STEPS else ""
    if reason:
        yield Fault(task.place, reason)
        return
    verdict, about = task.outcome(), task.about
    yield Entry(
        task=shortened(from_folder(headed(task.text)[:MAX_SEEN], about.folder or ""), MAX_TASK),
        steps=task.shown_steps(),
        place=task.place,
        outcome=verdict.outcome if verdict else None,
        evidence=verdict.evidence if verdict else "",
        tokens=task.tokens or None,
        provenance=Provenance(client=about.client, model=about.model),
        folder=about.folder or "",
        session=(about.session or "")[:200],
        at=task.at,
        seen=verdict is not None,
        recorded=bool(task.recordings),
        recordings=tuple(task.recorded),
        doubt="" if verdict else task.doubt(),
    )
