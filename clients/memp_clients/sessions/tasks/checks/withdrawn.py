"""Work and tests that were taken away: a check that passes then shows nothing of the work, nor that a red one was mended.

Who throws the changes away, deletes or skips the test that failed, writes anew what it compares with, or checks less than
before, makes everything green. So a red check counts until one that covers it passes with its tests in place.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from memp.text.actions.shell import commands_in
from memp.text.actions.wrappers import bare_command, without_wrapper
from memp.text.vocabulary import EXTENSIONS
from memp_clients.sessions.tasks.checks.commands import CheckKind, is_check
from memp_clients.sessions.tasks.checks.masks import is_test_file
from memp_clients.sessions.tasks.checks.results import Done, Result
from memp_clients.sessions.tasks.checks.scope import covers, covers_failed

MAX_READ = 2_000
"""Characters of a command that are read."""

MAX_SEEN = 20_000
"""Characters of a shell's line in which a command is looked for that writes anew what tests compare with."""


def red_left(steps: Sequence[Done], results: Sequence[Result], kind: CheckKind, *, allowed: bool) -> bool:
    """Whether a check of a kind was red and no later one made up for it.

    Args:
        results: all of the task, the oldest first.
        allowed: the task asks itself to skip or remove tests, or to write anew what they compare with.
    """
    masked = {} if allowed else dict(_masked(steps))
    reds: list[Result] = []
    for result in (result for result in results if result.check.kind == kind and result.passed is not None):
        if result.passed:
            reds = [red for red in reds if not _makes_up_for(result, red, steps, masked.get(result.at, frozenset()))]
        else:
            reds = [red for red in reds if not covers(result.check, red.check)] + [result]
    return bool(reds)


def _makes_up_for(green: Result, red: Result, steps: Sequence[Done], masked: frozenset[int]) -> bool:
    """Whether a check that passes makes up for one that failed: it covers it, and no test was taken away in between."""
    if green.check.kind == "test" and any(at > red.at for at in masked):
        return False
    if green.check.kind == "lint" and _only_silenced(steps[red.at + 1 : green.at]):
        return False
    return covers(green.check, red.check) or covers_failed(green.check, red.check, steps[red.at].observation)


def _only_silenced(steps: Sequence[Done]) -> bool:
    """Whether all edits only put in marks that silence a checker."""
    edits = [step for step in steps if step.edits]
    return bool(edits) and all(step.masks == "silences" for step in edits)


def _masked(steps: Sequence[Done]) -> Iterator[tuple[int, frozenset[int]]]:
    """Of each step the places of those before it, and its own, that took a test away which is not back."""
    away = dict[int, str]()
    for at, step in enumerate(steps):
        if step.masks == "skips" or _deletes_tests(step) or _WRITES_EXPECTED.search(step.command[:MAX_SEEN]):
            away[at] = step.action
        elif step.masks == "unmasks":
            away = {}
        else:
            for undo in undone_by(step):
                away = {place: action for place, action in away.items() if not undo.takes(action)}
        yield at, frozenset(away)


def _deletes_tests(step: Done) -> bool:
    """Whether a command removes files of tests, or moves them out of the way."""
    return _went_well(step) and any(
        _DELETES.search(command) is not None and not _renames(command) and _names_tests(_PATH_WORD.findall(command)[1:])
        for command in (command[:MAX_READ] for command in commands_in(step.command))
    )


def _renames(command: str) -> bool:
    """Whether a test only gets another name, by which it still runs."""
    return _RENAMES.match(command) is not None


def _names_tests(words: Sequence[str]) -> bool:
    """Whether words of a command that deletes or moves name tests, and not only what runs of them leave behind."""
    return any(is_test_file(word) and not _LEFT_BEHIND.search(word) for word in words)


Effect = Literal["drop", "stash", "pop", "commit", "all", "switch", "merge"]


class Undone(NamedTuple):
    """Changes that a command throws away, puts aside, keeps for good or brings back; `paths` are all where it names none."""

    effect: Effect
    paths: tuple[str, ...] = ()

    def takes(self, action: str) -> bool:
        """Whether it throws away or puts aside what an action changed."""
        if self.effect == "switch":
            return self.names(action)  # git checkout a.py
        return self.effect in ("drop", "stash", "all") and (not self.paths or self.names(action))

    def names(self, action: str) -> bool:
        """Whether it names what an action changed, or a folder that holds it."""
        return any(re.search(rf"(?:\A|[\s/,'\"]){_globbed(path)}(?=\Z|[\s/,'\":])", action) for path in self.paths)


def _is_file(path: str) -> bool:
    """Whether a path has a file's ending: no branch is called so."""
    return path.rpartition(".")[2].lower() in EXTENSIONS


def _globbed(path: str) -> str:
    """A path as a pattern, in which "*" stands for any name: what is left of `build/*` is only `build`."""
    return re.escape(path).replace(r"\*", r"[^\s,'\"]*")


@dataclass
class _Work:
    """Changes of a run while its steps are read: those in the files, those put aside, those committed, and those committed to
    a branch that was left."""

    open: list[str] = field(default_factory=list[str])
    stashed: list[str] = field(default_factory=list[str])
    committed: list[str] = field(default_factory=list[str])
    left: list[str] = field(default_factory=list[str])

    def is_aside(self) -> bool:
        """Whether there is work, and all of it is put aside."""
        return bool(self.stashed or self.left) and not self.open and not self.committed

    def take(self, undone: Undone) -> None:
        if undone.effect == "switch" and (any(map(_is_file, undone.paths)) or any(map(undone.names, self.open))):
            undone = Undone("drop", undone.paths)  # git checkout a.py
        if undone.effect == "commit":
            self.committed, self.open = [*self.committed, *self.open], []
        elif undone.effect == "pop":
            self.open, self.stashed = [*self.open, *self.stashed], []
        elif undone.effect == "switch":
            self.committed, self.left = self.left, self.committed
        elif undone.effect == "merge":
            self.committed, self.left = [*self.committed, *self.left], []
        else:
            self._drop(undone)

    def _drop(self, undone: Undone) -> None:
        gone = [action for action in self.open if undone.takes(action)]
        self.open = [action for action in self.open if action not in gone]
        if undone.effect == "stash":
            self.stashed += gone
        if undone.effect == "all":
            self.committed = []


def nothing_left(steps: Sequence[Done], checked: int = -1) -> bool:
    """Whether something was changed and all of it was thrown away or put aside again. What was committed to a branch that was
    left is there still where it was seen by the check at `checked`: who opens a pull request goes back to the main branch."""
    work, changed, seen = _Work(), False, False
    for at, step in enumerate(steps):
        seen = bool(work.open or work.committed) if at == checked else seen
        undone = list(undone_by(step))
        for one in undone:
            work.take(one)
        if step.edits and not undone and not step.refused:
            work.open.append(step.action)
            changed = True
    return changed and not (work.open or work.committed or (seen and work.left))


def put_aside(steps: Sequence[Done]) -> frozenset[tuple[int, str]]:
    """The checks that ran while all of the work was stashed, or stood on a branch that was left: by their step and command."""
    work, aside = _Work(), set[tuple[int, str]]()
    for at, step in enumerate(steps):
        for command in _that_ran(step):
            if is_check(without_wrapper(bare_command(command))) and work.is_aside():
                aside.add((at, bare_command(command)))
            for undone in _undone_in(command, step.command):
                work.take(undone)
        if step.edits and not step.refused and not any(True for _ in undone_by(step)):
            work.open.append(step.action)
    return frozenset(aside)


def _that_ran(step: Done) -> list[str]:
    """The commands of a step that ran; where it failed, those up to its last check."""
    commands = [] if step.refused else commands_in(step.command)
    if _went_well(step):
        return commands
    checks = [at for at, command in enumerate(commands) if is_check(without_wrapper(bare_command(command)))]
    return commands[: checks[-1] + 1] if checks else []


def undone_by(step: Done) -> Iterator[Undone]:
    """The changes that a step's commands throw away, put aside, keep or bring back."""
    if not step.command or not _went_well(step):
        return
    for command in commands_in(step.command):
        yield from _undone_in(command, step.command)


def _undone_in(command: str, line: str) -> Iterator[Undone]:
    """The changes that a command of a shell's line throws away, puts aside, keeps or brings back."""
    command = bare_command(command[:MAX_READ])
    for effect, pattern in _UNDOES:
        match = pattern.match(command)
        if match is not None:
            yield Undone(effect, tuple(_paths(command[match.end() :])))
            break
    match = _COPIES.match(command)
    if match is not None and _is_copy(match["copy"], match["of"]) and not _is_written(match["copy"], line):
        yield Undone("drop", (match["of"].removeprefix("./"),))


def _is_copy(path: str, of: str) -> bool:
    """Whether a file is named like a copy of another: `a.py.bak`, `/tmp/a.py`."""
    name, original = path.rpartition("/")[2], of.rpartition("/")[2]
    if path == of or not original or _NEWER.search(name):
        return False
    return name == original or name.startswith((f"{original}.", f"{original}~"))


def _is_written(path: str, line: str) -> bool:
    """Whether a shell's line writes a file before it puts it in another's place: `jq . a > b && mv b a`."""
    return re.search(rf">{{1,2}}\s{{0,3}}{re.escape(path)}(?=\s|[;&|]|\Z)", line[:MAX_SEEN]) is not None


def _went_well(step: Done) -> bool:
    return not step.failed and not step.status and not step.refused


def _paths(words: str) -> list[str]:
    """The paths after a command; none where it names all."""
    named = [word.strip("\"'").removeprefix("./").rstrip("/") for word in words.split() if not word.startswith("-")]
    return [] if any(name in _EVERYTHING for name in named) else named


_EVERYTHING = frozenset(("", ".", ":", ":/", "HEAD", "*", "**"))
_NEWER = re.compile(r"\.(?:new|tmp|temp|out|fixed|patched|edited|formatted|sorted)\Z", re.IGNORECASE)
"""Names of what is made to take a file's place."""

_GIT = r"(?:sudo\s+)?git\s+(?:-[cC]\s+\S+\s+|--\S+\s+)*"
_UNDOES: tuple[tuple[Effect, re.Pattern[str]], ...] = (
    ("commit", re.compile(rf"{_GIT}commit\b.*|(?:hg|jj)\s+commit\b.*", re.DOTALL)),
    ("pop", re.compile(rf"{_GIT}stash\s+(?:pop|apply|branch)\b.*|(?:hg\s+unshelve|jj\s+undo)\b.*", re.DOTALL)),
    (
        "stash",
        re.compile(rf"{_GIT}stash\s+push\b(?:\s+(?:-m|--message)\s+(?:\"[^\"]*\"|'[^']*'|\S+)|\s+-\S+)*(?:\s+--)?"),
    ),
    ("stash", re.compile(rf"(?:{_GIT}stash(?:\s+(?:save\b|-).*)?|hg\s+shelve.*)\Z", re.DOTALL)),
    ("all", re.compile(rf"{_GIT}(?:reset\s+--hard\s+(?!HEAD\s*\Z)\S+|revert\s(?!--(?:abort|quit)).*)", re.DOTALL)),
    ("drop", re.compile(rf"{_GIT}reset\s+--hard(?:\s+HEAD)?\s*\Z")),
    (
        "drop",
        re.compile(rf"{_GIT}restore\b(?!.*--staged(?!.*--worktree))(?:\s+(?:-s|--source)[=\s]\S+)?(?=\s)", re.DOTALL),
    ),
    (
        "drop",
        re.compile(rf"{_GIT}checkout\s+(?:(?:-f|HEAD|\S+)\s+)?--(?=\s)|{_GIT}checkout\s+(?:-f\s+)?(?=\.(?:\s|\Z))"),
    ),
    ("drop", re.compile(rf"{_GIT}apply\s(?=.*(?:-R|--reverse)\b).*|patch\s(?=.*-\w*R).*", re.DOTALL)),
    ("merge", re.compile(rf"{_GIT}(?:merge|cherry-pick|rebase|pull)\b.*", re.DOTALL)),
    ("switch", re.compile(rf"{_GIT}(?:checkout|switch)\s+(?=[^\s-][^\s]*\s*\Z|-\s*\Z|--detach)")),
    (
        "drop",
        re.compile(rf"{_GIT}rm\s(?!.*--cached\b)|(?:hg|svn|jj)\s+(?:revert|restore)\b|jj\s+abandon\b.*", re.DOTALL),
    ),
    ("drop", re.compile(r"(?:sudo\s+)?(?:rm|unlink|del|Remove-Item)\s(?=\s*(?:-\S+\s+)*[^\s-])")),
)
_COPIES = re.compile(r"(?:sudo\s+)?(?:mv|cp)\s+(?:-\S+\s+)*(?P<copy>[^\s-]\S*)\s+(?P<of>\S+)\s*\Z")
_DELETES = re.compile(
    r"^(?:sudo\s+)?(?:git\s+rm|git\s+mv|rm|mv|unlink|del|Remove-Item|trash|truncate)\s|\bxargs\s+(?:-\S+\s+)*rm\b"
    r"|^find\s.*\s-(?:delete|exec\s+rm)\b|\bos\.(?:remove|unlink|rename)\(|\brmtree\(|\.unlink\(|\b(?:unlink|rm)Sync\(",
    re.DOTALL,
)
_RENAMES = re.compile(
    r"(?:sudo\s+)?(?:git\s+)?mv\s[^;&|]*\s(?![/~$]|\.\.)(?:[^\s/]+/)*"
    r"(?:test_[^\s/.]*|[^\s/]*(?:_test|[._-](?:test|spec)|Tests?|Spec))\.\w+\s*\Z"
)
"""Moves to a name within the project by which runners know a test."""

_LEFT_BEHIND = re.compile(
    r"(?:\A|/)(?:__pycache__|node_modules|\.\w+_cache|\.nyc_output|coverage"
    r"|tests?[-_.]?(?:results?|reports?|outputs?|logs?|tmp|temp|artifacts?))(?=[/.]|\Z)"
    r"|\.(?:pyc|log|db|sqlite3?|tmp)\Z",
    re.IGNORECASE,
)
"""Caches, reports and scratch databases."""

_PATH_WORD = re.compile(r"[^\s\"'(),;=]+")
_WRITES_EXPECTED = re.compile(
    r"\b(?:jest|vitest|ava|playwright\s+test|npm\s+test|yarn\s+test|pnpm\s+test)\b[^|;&\n]{0,200}\s(?:-u|--update\S*)(?=\s|$)"
    r"|--(?:snapshot-update|update-snapshots?|update-goldens?|bless|force-regen|inline-snapshot=\S+|accept)\b"
    r"|\bcargo\s+insta\s+(?:accept|test\s+--accept)|\b(?:INSTA_UPDATE|UPDATE_\w*(?:SNAPSHOTS?|GOLDENS?|EXPECT\w*)|UPDATE_EXPECT)="
    r"|\bgo\s+test\b[^|;&\n]{0,200}\s-update\b"
)
"""Commands that write anew what tests compare with."""
