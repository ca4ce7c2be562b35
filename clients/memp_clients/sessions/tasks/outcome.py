"""Judge a task's outcome by rules, from what the transcript shows; the one place where that is decided.

From the strongest to the weakest:

1. the user's word: a complaint, or a next message that reports the same thing broken, is a failure by "user: ...", before
   any check (who looks at the result knows more than the tests do);
2. the last test after the last edit: its exit status, or where a pipe hides that, what it printed; a build that fails after
   it goes before it. A check whose end is unknown decides nothing, and no older one does in its place;
3. praise, or a request to keep what was done: a success by "user: ...";
4. the user stopped the agent at the end: a failure;
5. the exit status of version control, where a short request asks to commit, push or tag;
6. the last tool call failed, where it was to change something: a failure;
7. a build, lint or type check that passed, where the task was about that, or where the user went on to another thing
   without a word against it. Alone it says only that the work is well formed, not that it does what was asked.

Where the transcript shows none of these there is no outcome. That an agent says it is done counts for nothing: in a study of its
runs agents said so in about half of the failed ones.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from memp.text.actions.kinds import kind_of
from memp.text.actions.shell import commands_in
from memp_clients.sessions.tasks import phrases
from memp_clients.sessions.tasks.checks import Check, check_in, did_not_run, printed_end, status_of, was_cut
from memp_clients.sessions.tasks.sequel import rare_words

MAX_DETAIL = 160
"""Characters of a command or a message in the evidence."""


class Verdict(NamedTuple):
    """An outcome, with the evidence for it as "kind: detail"."""

    outcome: Literal["success", "failure"]
    evidence: str


@dataclass
class Done:
    """A step as the judge sees it: `command` is what a shell ran; `status` its exit status, where that is known; `running`
    while it goes on in the background and nothing has told its end."""

    action: str
    command: str = ""
    edits: bool = False
    failed: bool = False
    status: int | None = None
    observation: str = ""
    running: bool = False
    refused: bool = False
    """The user did not let it run."""


@dataclass(frozen=True)
class Said:
    """What was said of a task: the user's words, empty where there were none.

    `moved_on`: the next message asked for another thing. `kept`: it asked to keep what was done, as in a commit. `refuted`:
    checks that had passed before a complaint. `admits`: the agent's last words say that something is not done. `stopped`: the
    user interrupted the agent, and nothing was done after it.
    """

    complaint: str = ""
    praise: str = ""
    stopped: bool = False
    moved_on: bool = False
    kept: bool = False
    admits: bool = False
    refuted: frozenset[str] = field(default_factory=frozenset[str])


class Result(NamedTuple):
    """A check that ran after the last edit. `passed` is None where its end is unknown."""

    check: Check
    passed: bool | None
    evidence: str
    at: int


def judge(steps: Sequence[Done], said: Said = Said(), task: str = "") -> Verdict | None:
    """The outcome of a task, or None where the transcript shows none; `task` is what was asked."""
    if said.complaint and phrases.WHY.match(said.complaint):
        return None  # Who asks why finds fault with the way, and may be content with the result.
    if said.complaint:
        return Verdict("failure", f"user: {_short(said.complaint)}")
    results = list(_results(steps))
    strong = _decided(results, steps, said, task)
    if strong is not None and strong.outcome == "failure" and said.kept:
        return None  # A test and a person who keeps the work contradict each other.
    if strong is not None:
        return strong
    if said.praise:
        return Verdict("success", f"user: {_short(said.praise)}")
    if said.stopped:
        waited = bool(steps) and (steps[-1].running or _SERVES.search(steps[-1].command) is not None)
        return None if waited and not steps[-1].refused else Verdict("failure", "user: stopped the agent")
    return _versioned(steps, task) or _last_call(steps) or _weak(results, steps, said, task)


def doubt(steps: Sequence[Done], said: Said = Said()) -> str:
    """The reason why `judge` gives no outcome."""
    results = list(_results(steps))
    if results and results[0].passed is False and said.kept:
        return f'"{_short(results[0].check.command)}" failed, and the user keeps the work'
    if not results:
        late = any(step.edits for step in steps) and any(step.command and check_in(step.command) for step in steps)
        return "no check after the last change" if late else "no check, and no word of the user's"
    newest = results[0]
    command = f'"{_short(newest.check.command)}"'
    if newest.passed is None:
        return f"the end of the last check, {command}, is not known"
    if newest.check.kind != "test":
        return f"only {command}, which says little of this task"
    if said.admits:
        return "the agent says itself that something is not done"
    if _is_refuted(newest, steps, said):
        return f"{command} had passed before, when the user found the work broken"
    if _narrowed(newest, results):
        return f"a wider or another test failed before {command} passed"
    return f"{command} tests something else, or nothing was changed but tests"


def _results(steps: Sequence[Done]) -> Iterator[Result]:
    """The checks after the last edit, the newest first; those that checked nothing are left out."""
    for at in range(len(steps) - 1, -1, -1):
        step = steps[at]
        check = check_in(step.command) if step.command else None
        if check is not None:
            result = _read(step, check, at)
            if result is not None:
                yield result
        if step.edits and not _DOCUMENTS.fullmatch(step.action):
            return


def _read(step: Done, check: Check, at: int) -> Result | None:
    command = _short(check.command)
    if step.running or step.refused:
        return Result(check, None, "", at) if step.running else None
    status = status_of(check, step.status, step.observation)
    if did_not_run(check, status, step.observation):
        return None
    if was_cut(check, status):
        return Result(check, None, "", at)
    if status is not None:
        return Result(check, status == 0, f"check: {command}, exit {status}", at)
    if check.decides and step.failed:
        return Result(check, False, f"check: {command}, failed", at)
    end = printed_end(step.observation)
    if end is None:
        return Result(check, None, "", at)
    return Result(check, end[0], f"check: {command}, printed {end[1]}", at)


def _decided(results: Sequence[Result], steps: Sequence[Done], said: Said, task: str) -> Verdict | None:
    """The verdict of the tests, and of a build that failed."""
    if not results or results[0].passed is None:
        return None
    telling = [result for result in results if result.check.kind != "lint"]
    if not telling or telling[0].passed is None:
        return None
    if not telling[0].passed:
        return Verdict("failure", telling[0].evidence)
    test = next((result for result in telling if result.check.kind == "test"), None)
    if test is None or test.passed is None:
        return None
    if not test.passed:
        return Verdict("failure", test.evidence)
    if _is_refuted(test, steps, said) or _narrowed(test, telling) or not _tells(test, steps, task):
        return None
    if said.admits:
        return None  # The agent says itself that something is not done.
    return Verdict("success", test.evidence)


def _tells(test: Result, steps: Sequence[Done], task: str) -> bool:
    """Whether a test that passes says something of the task: something was changed, not only tests (unless they are the
    task), and the test names nothing else than what was worked on."""
    if _ABOUT["test"].search(task):
        return True
    edited = [step.action for step in steps if step.edits]
    changed = edited or any(kind_of(step.action) != "look" and test.check.command not in step.command for step in steps)
    if not changed or (edited and all(_TESTS.search(action) for action in edited)):
        return False
    named = rare_words(" ".join(word for word in test.check.command.split()[1:] if _PATH.fullmatch(word))) - _TEST_WORDS
    return not named or not edited or not named.isdisjoint(rare_words(task) | rare_words(" ".join(edited)))


def _narrowed(test: Result, results: Sequence[Result]) -> bool:
    """Whether a wider or another test failed before, after the same last edit, and was not run again: a part that passes
    says nothing of the rest."""
    return any(
        result.passed is False and result.check.kind == "test" and not _covers(test.check.command, result.check.command)
        for result in results
        if result.at < test.at
    )


def _covers(newer: str, older: str) -> bool:
    """Whether a command checks at least what an older one did: it names nothing that the older did not name."""
    return {word for word in newer.split() if not word.startswith("-")} <= set(older.split())


def _is_refuted(test: Result, steps: Sequence[Done], said: Said) -> bool:
    """Whether a test had passed while the user found the work broken, and no test was changed since."""
    return test.check.command in said.refuted and not any(step.edits and _TESTS.search(step.action) for step in steps)


def _versioned(steps: Sequence[Done], task: str) -> Verdict | None:
    """The verdict of version control, where a short request asks for nothing else: its exit status is the outcome itself."""
    if len(task) > MAX_DETAIL or not _VERSIONING.search(task):
        return None
    for step in reversed(steps):
        match = next((match for part in commands_in(step.command) if (match := _VERSIONS.match(part))), None)
        if match is not None and step.status is not None:
            done = "failure" if step.status else "success"
            return Verdict(done, f"check: {_short(match[0])}, exit {step.status}")
        if step.edits:
            return None
    return None


def _last_call(steps: Sequence[Done]) -> Verdict | None:
    if not steps:
        return None
    last = steps[-1]
    if (
        not (last.failed or last.status)
        or last.refused
        or kind_of(last.action) == "look"
        or last.status in _NOT_THE_TASKS
    ):
        return None
    if last.command and (check_in(last.command) is not None or _INCIDENTAL.match(commands_in(last.command)[-1])):
        return None  # It was read as a check, or tidies up and looks.
    if last.command and last.status is not None:
        return Verdict("failure", f"check: {_short(last.command)}, exit {last.status}")
    return Verdict("failure", f"environment: the last call failed: {_short(last.action)}")


def _weak(results: Sequence[Result], steps: Sequence[Done], said: Said, task: str) -> Verdict | None:
    """The verdict of checks that say only that the work is well formed."""
    newest = results[0] if results else None
    if newest is None or newest.passed is None:
        return None
    about = _is_about(newest, steps, task) and task.rstrip()[-1:] not in (
        "?",
        "？",
    )  # A question is answered, not built.
    if not newest.passed:
        return Verdict("failure", newest.evidence) if about else None
    if any(result.passed is False and result.check.kind == "test" for result in results):
        return None
    return Verdict("success", newest.evidence) if about or said.moved_on else None


def _is_about(result: Result, steps: Sequence[Done], task: str) -> bool:
    """Whether a task is about what a check checks: it names it, or the run began with the same check, which failed."""
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


def status_in(observation: str) -> int | None:
    """The exit status that a tool wrote into its output, at its beginning or end."""
    for part in (observation[:400], observation[-200:]):
        match = _STATUS.search(part)
        if match:
            return int(match[1])
    return None


def _short(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= MAX_DETAIL else f"{line[: MAX_DETAIL - 3]}..."


_NOT_THE_TASKS = frozenset({126, 127, 130, 137, 143})
"""Exit statuses of a tool that is missing or was killed."""

_STATUS = re.compile(
    r"(?:\bexit(?:ed)?(?:\s+with)?(?:[ _](?:code|status))?|\breturn ?code|<returncode)\s*[:=>]?\s*(\d{1,3})\b", re.I
)
_DOCUMENTS = re.compile(r"Edit: (?:[^,\n]+\.(?:md|rst|txt|adoc)(?:, )?)+", re.IGNORECASE)
_TESTS = re.compile(r"test|spec", re.IGNORECASE)
_VERSIONING = re.compile(
    r"\b(?:commit|push|rebase|cherry.?pick|tag|pull request|pr|mr)\b|коммит|запушь|提交|推送|コミット|プッシュ|커밋|푸시",
    re.IGNORECASE,
)
_VERSIONS = re.compile(
    r"git\s+(?:-\S+\s+)*(?:commit|push|rebase|cherry-pick|tag|merge)\b|gh\s+pr\s+(?:create|merge)\b|glab\s+mr\s+create\b"
)
_INCIDENTAL = re.compile(
    r"(?:sudo\s+)?(?:rm|kill|pkill|killall|curl|wget|ping|sleep|open|xdg-open|test|\[|docker\s+(?:rm|stop|kill)"
    r"|git\s+(?:diff|stash|branch)|lsof|ss|nc)\b"
    r"|\[|:",
)
"""Commands whose failure at the end says nothing of the task: they tidy up, or look."""

_PATH = re.compile(r"(?!-|\./|\S*(?:bin/|manage\.py|python|\.sh\Z))\S*[/._]\S*")
"""A word of a test command that names what it tests."""

_TEST_WORDS = rare_words("tests test_ spec specs unit integration e2e")
_SERVES = re.compile(
    r"\b(?:(?:npm|pnpm|yarn|bun)\s+(?:run\s+)?(?:dev|start|serve|watch)|runserver|uvicorn|gunicorn|flask\s+run"
    r"|rails\s+s(?:erver)?"
    r"|next\s+dev|vite|nodemon|tail\s+-f|docker\s+compose\s+up|http\.server|serve|--watch)\b"
)
"""Commands that run until somebody stops them."""

_ABOUT = {
    "test": re.compile(r"\btests?\b|\bspecs?\b|тест|测试|テスト|테스트", re.IGNORECASE),
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
