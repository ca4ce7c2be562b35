"""Judge a task's outcome by rules, from what the transcript shows; the one place where that is decided.

From the strongest to the weakest:

1. the user's word: a complaint, or a next message that reports the same thing broken, is a failure by "user: ...", before
   any check (who looks at the result knows more than the tests do);
2. the last test after the last edit: its exit status, or where a pipe hides that, what it printed; a build that fails after
   it goes before it. A check whose end is unknown decides nothing, and no older one does in its place;
3. praise, or a request to keep what was done: a success by "user: ...";
4. the user stopped the agent at the end: a failure;
5. the exit status of version control, where a short request asks to commit, push or tag;
6. the last tool call that was to change something failed, and nothing was done after it: a failure;
7. a build, lint or type check that passed, where the task was about that; a build also where the user went on to another
   thing without a word against it. Alone it says only that the work is well formed, not that it does what was asked.

Where the transcript shows none of these there is no outcome, nor is there a success where the user's last words may be for or
against the work. That an agent says it is done counts for nothing: in a study of its
runs agents said so in about half of the failed ones.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from memp_clients.sessions.tasks import phrases
from memp_clients.sessions.tasks.acts import last_call, versioned
from memp_clients.sessions.tasks.checks.baseline import before_work, is_old
from memp_clients.sessions.tasks.checks.commands import CheckKind, check_in, compares_state
from memp_clients.sessions.tasks.checks.printed import fails_as_test
from memp_clients.sessions.tasks.checks.results import (
    ABOUT_TESTS,
    TESTS,
    Done,
    Result,
    after_edits,
    results_of,
    short,
    tells,
)
from memp_clients.sessions.tasks.checks.withdrawn import nothing_left, put_aside, red_left
from memp_clients.sessions.tasks.events import Verdict
from memp_clients.sessions.tasks.requested import (
    asks_for_red,
    asks_to_show,
    asks_to_undo,
    asks_to_weaken,
)


@dataclass(frozen=True)
class Said:
    """What was said of a task: the user's words, empty where there were none.

    `unclear`: the last words may be for or against the work. `moved_on`: the next message asked for another thing. `kept`: it
    asked to keep what was done, as in a commit. `refuted`: checks that had passed before a complaint. `admits`: the agent's last
    words say that something is not done. `stopped`: the user interrupted the agent, and nothing was done after it.
    """

    complaint: str = ""
    praise: str = ""
    unclear: bool = False
    stopped: bool = False
    moved_on: bool = False
    kept: bool = False
    admits: bool = False
    refuted: frozenset[str] = field(default_factory=frozenset[str])


def judge(steps: Sequence[Done], said: Said = Said(), task: str = "") -> Verdict | None:
    """The outcome of a task, or None where the transcript shows none; `task` is what was asked."""
    if said.complaint and phrases.WHY.match(said.complaint):
        return None  # Who asks why finds fault with the way, and may be content with the result.
    if said.complaint:
        return Verdict("failure", f"user: {short(said.complaint)}")
    verdict = _shown(_seen(steps, said, task))
    doubted = said.unclear and not said.praise and verdict is not None and verdict.outcome == "success"
    return None if doubted else verdict


class _Seen(NamedTuple):
    """A task as it is judged: its steps, what was said, what was asked, all results of checks, the newest first, and those that
    came after the last change. `baseline`: those without the work."""

    steps: Sequence[Done]
    said: Said
    task: str
    every: Sequence[Result]
    results: Sequence[Result]
    baseline: Sequence[Result]

    def is_undone(self) -> bool:
        """Whether all changes were thrown away, and nobody asked for that."""
        return nothing_left(self.steps, self.every[0].at if self.every else -1) and not asks_to_undo(self.task)

    def is_old(self, red: Result) -> bool:
        """Whether a check failed in the same way without the work."""
        return is_old(red, self.baseline, self.steps, self.task)

    def is_evaded(self, kind: CheckKind) -> bool:
        """Whether checks of a kind pass since the work or the tests were taken away, or since less is checked than was red."""
        allowed = asks_to_weaken(self.task)
        return self.is_undone() or red_left(self.steps, self.every[::-1], kind, allowed=allowed)


def _seen(steps: Sequence[Done], said: Said, task: str) -> _Seen:
    shown = results_of(steps)
    aside = frozenset[tuple[int, str]]() if nothing_left(steps) else put_aside(steps)
    every = [result for result in shown if (result.at, result.check.command) not in aside]
    return _Seen(steps, said, task, every, after_edits(every, steps), before_work(shown, steps, aside))


def _shown(seen: _Seen) -> Verdict | None:
    """The outcome by tests, praise, an interrupt, or what is weaker; the first that there is."""
    said, steps = seen.said, seen.steps
    strong = _decided(seen)
    if strong is not None and strong.outcome == "failure" and (said.kept or said.praise):
        return None  # A test and a person who keeps or praises the work contradict each other.
    if strong is not None:
        return strong
    if said.praise:
        return Verdict("success", f"user: {short(said.praise)}")
    if said.stopped:
        waited = bool(steps) and (steps[-1].running or _SERVES.search(steps[-1].command) is not None)
        return None if waited and not steps[-1].refused else Verdict("failure", "user: stopped the agent")
    return versioned(steps, seen.task) or last_call(steps, seen.task, admits=said.admits) or _weak(seen)


def doubt(steps: Sequence[Done], said: Said = Said(), task: str = "") -> str:
    """The reason why `judge` gives no outcome."""
    seen = _seen(steps, said, task)
    results = seen.results
    if results and results[0].passed is False and (said.kept or said.praise):
        return f'"{short(results[0].check.command)}" failed, and the user keeps or praises the work'
    if said.unclear:
        return "the user's last words may be for or against the work"
    if not results:
        late = any(step.edits for step in steps) and any(step.command and check_in(step.command) for step in steps)
        return "no check after the last change" if late else "no check, and no word of the user's"
    newest = results[0]
    command = f'"{short(newest.check.command)}"'
    if newest.passed is None:
        return f"the end of the last check, {command}, is not known"
    if asks_for_red(task) or asks_to_show(task):
        return f"the task asks to show that something fails, and {command} does not tell"
    if newest.passed is False and seen.is_old(newest):
        return f"{command} failed in the same way before the first change"
    if seen.is_undone():
        return f"the changes were thrown away before {command} passed"
    if seen.is_evaded(newest.check.kind):
        return f"a check failed before that {command} does not cover, or whose tests were taken away"
    if newest.check.kind != "test":
        return f"only {command}, which says little of this task"
    if said.admits:
        return "the agent says itself that something is not done"
    if _is_refuted(newest, seen):
        return f"{command} had passed before, when the user found the work broken"
    return f"{command} tests something else, or nothing was changed but tests"


def _decided(seen: _Seen) -> Verdict | None:
    """The verdict of the tests, and of a build that failed."""
    results, task = seen.results, seen.task
    if not results or results[0].passed is None:
        return None
    telling = [result for result in results if result.check.kind != "lint"]
    if not telling or telling[0].passed is None:
        return None
    if asks_for_red(task):
        return _red_as_asked(telling[0], seen)
    if asks_to_show(task):
        return None
    test = next((result for result in telling if result.check.kind == "test"), None)
    red = telling[0] if not telling[0].passed else test
    if red is not None and red.passed is False:
        return None if seen.is_old(red) else Verdict("failure", red.evidence)
    if test is None or test.passed is None:
        return None
    if _is_refuted(test, seen) or seen.is_evaded("test") or not tells(test, seen.steps, task):
        return None
    if seen.said.admits:
        return None  # The agent says itself that something is not done.
    return Verdict("success", test.evidence)


def _red_as_asked(newest: Result, seen: _Seen) -> Verdict | None:
    """The verdict of a test that was to fail: a success where it ran and failed; why it failed nobody knows where it did not."""
    wrote = any(step.edits and TESTS.search(step.action) for step in seen.steps)
    ran = fails_as_test(seen.steps[newest.at].observation)
    if newest.passed or newest.check.kind != "test" or not wrote or not ran or seen.said.admits:
        return None
    return Verdict("success", f"{newest.evidence}, as asked")


def _is_refuted(test: Result, seen: _Seen) -> bool:
    """Whether a test had passed while the user found the work broken, and no test was changed since."""
    changed = any(step.edits and TESTS.search(step.action) for step in seen.steps)
    return test.check.command in seen.said.refuted and not changed


def _weak(seen: _Seen) -> Verdict | None:
    """The verdict of checks that say only that the work is well formed."""
    results, steps, said, task = seen.results, seen.steps, seen.said, seen.task
    newest = results[0] if results else None
    if newest is None or newest.passed is None or (newest.passed and newest.check.command in said.refuted):
        return None
    asks = task.rstrip().endswith(("?", "？"))  # A question is answered, not built.
    about = not asks and _is_about(newest, steps, task)
    if asks_for_red(task) or asks_to_show(task):
        return None
    if not newest.passed:
        return Verdict("failure", newest.evidence) if about and not seen.is_old(newest) else None
    if seen.is_evaded(newest.check.kind):
        return None
    if any(result.passed is False and result.check.kind == "test" for result in results):
        return None
    built = newest.check.kind == "build" and said.moved_on
    return Verdict("success", newest.evidence) if about or built else None


def _is_about(result: Result, steps: Sequence[Done], task: str) -> bool:
    """Whether a task is about what a check checks: it names it, asks for the state that it compares with, or the run began with
    the same check, which failed."""
    if compares_state(result.check) and _ABOUT_STATE.search(task):
        return True
    words = _ABOUT[result.check.kind]
    tool = result.check.command.split()
    if words.search(task) or any(re.search(rf"\b{re.escape(word)}\b", task) for word in tool[:3] if len(word) > 3):
        return True
    for step in steps:
        check = check_in(step.command) if step.command else None
        if check is not None and check.command == result.check.command and (step.status or step.failed):
            return True
        if step.edits:
            return False
    return False


_SERVES = re.compile(
    r"\b(?:(?:npm|pnpm|yarn|bun)\s+(?:run\s+)?(?:dev|start|serve|watch)|runserver|uvicorn|gunicorn|flask\s+run"
    r"|rails\s+s(?:erver)?"
    r"|next\s+dev|vite|nodemon|tail\s+-f|docker\s+compose\s+up|http\.server|serve|--watch)\b"
)
"""Commands that run until somebody stops them."""

_ABOUT_STATE = re.compile(
    r"\b(?:deploy|roll(?:s|ed)? ?out|release|scale|restart|upload|copy|copies|sync|mirror|transfer|back(?:s|ed)? ?up"
    r"|archive|move|download|verify"
    r"|ausroll|skalier|hochlad|kopier|sicher|spiegel|übertrag|déploy|copie|sauvegard|envoie|transfèr|despleg|despliega"
    r"|copia|sube|respalda"
    r"|carica|distribuisc|envia|implanta|разверн|скопир|загруз|выкат)|部署|发布|上传|复制|备份|同步|扩容|重启|デプロイ|アップロード|バックアップ|コピー|배포"
    r"|업로드|백업|복사",
    re.IGNORECASE,
)
"""Tasks that ask for the state that a tool compares: files that are equal, a service that is up."""

_ABOUT = {
    "test": ABOUT_TESTS,
    "build": re.compile(
        r"\bbuild|compil|\bbundl|\bkompil|baut\b|\bbauen|сборк|собира|компил|编译|編譯|构建|打包|ビルド|コンパイル|빌드|컴파일",
        re.IGNORECASE,
    ),
    "lint": re.compile(
        r"\blint|\btyp(?:e|ing|es|en)\b|type.?check|warning|warnung|formatt?|\btsc\b|mypy|pyright|ruff|eslint|flake8|\btyp"
        r"|линт|типиз|类型|類型|警告|格式|型エラー|リント|타입|린트",
        re.IGNORECASE,
    ),
}
