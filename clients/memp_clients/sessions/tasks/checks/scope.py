"""Scope of a test command: whether a later one checks at least what an older one did.

A command is a program with its subcommand (`npm run test:unit`), options that leave something out (`-k "not slow"`), and the
targets that it names; other options, wrappers (`uv run`, `python -m`) and redirections change nothing of what is checked.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from memp.text.actions.wrappers import TALKS, shell_words, without_redirections, without_wrapper
from memp_clients.sessions.tasks.checks.commands import Check, head_of, is_check


class Scope(NamedTuple):
    """The part of a project that a test command checks; without targets all of it."""

    head: str
    targets: frozenset[str] = frozenset()
    restrictions: frozenset[str] = frozenset()
    folder: str = ""


@lru_cache(maxsize=1024)
def scope_of(check: Check) -> Scope:
    """The scope of a check's command."""
    line = without_redirections(check.command)
    command = without_wrapper(line)
    head = head_of(command)
    targets, restrictions = set[str](), set[str](_SETS.findall(line[: len(line) - len(command)]))
    words = iter(shell_words(command[len(head) :]))
    name, known = _head(head), is_check(command)
    for word in words:
        if word.startswith("-"):
            option = word.partition("=")[0]
            if not known:
                restrictions.update(() if TALKS.fullmatch(option) else (word,))
            elif _restricts(option, name):
                takes = "=" not in word and option not in _FLAGS
                restrictions.add(f"{word} {next(words, '')}" if takes else word)
            elif option in _VALUED and "=" not in word:
                next(words, "")
        elif not word.isdecimal() and (word := word.removeprefix("./").rstrip("/")) not in _WHOLE:
            targets.add(word)
    return Scope(name, frozenset(targets), frozenset(restrictions), check.folder)


def _restricts(option: str, name: str) -> bool:
    """Whether a program checks less by an option; two letters mean one thing here and another there."""
    if option == "-p" and "pytest" in name:
        return False
    return _RESTRICTS.fullmatch(option) is not None or (option == "-x" and "gradle" in name)


def covers(newer: Check, older: Check) -> bool:
    """Whether a command checks at least what an older one did."""
    new, old = scope_of(newer), scope_of(older)
    return (
        _same_program(new.head, old.head)
        and new.restrictions <= old.restrictions
        and _within_folder(new, old)
        and (not new.targets or (bool(old.targets) and all(_is_in(target, new.targets) for target in old.targets)))
    )


def covers_failed(newer: Check, older: Check, printed: str) -> bool:
    """Whether a command checks all that an older one named as failed in what it printed."""
    failed = _failed_parts(printed)
    new, old = scope_of(newer), scope_of(older)
    return (
        bool(failed)
        and _same_program(new.head, old.head)
        and new.restrictions <= old.restrictions
        and new.folder == old.folder
        and all(_is_in(part, new.targets) for part in failed)
    )


def _failed_parts(printed: str) -> frozenset[str]:
    """The tests that a runner names as failed; none where it counts more of them than it names."""
    named = _NAMES.findall(printed)
    counts = [int(number) for number in _COUNTS.findall(printed)]
    return frozenset(named) if named and counts and max(counts) <= len(named) else frozenset()


def _same_program(new: str, old: str) -> bool:
    """Whether two commands are of one program, the newer with the same script or one that the older is a part of."""
    return new == old or old.startswith(f"{new}:")


def _within_folder(new: Scope, old: Scope) -> bool:
    """Whether what ran in one folder was run in another. Where the newer one names none, it may be the same."""
    if not new.folder or new.folder == old.folder:
        return True
    return old.folder.startswith(f"{new.folder}/") and _WALKS.search(new.head) is not None


def _is_in(target: str, targets: frozenset[str]) -> bool:
    """Whether a target is one of these, or a part of one: a file of a folder, a test of a file."""
    return any(
        target == other or target.startswith((f"{other}/", f"{other}::", f"{other}:")) for other in targets
    )  # fmt: skip


def _head(head: str) -> str:
    """A program and its subcommand, whatever path or package manager's long form it is called by."""
    words = [word for word in head.split() if not word.startswith("-") and word not in ("run", "run-script")]
    return " ".join([words[0].rpartition("/")[2], *words[1:]]) if words else ""


_RESTRICTS = re.compile(
    r"(?-i:-[kmtgpeRLE]|-LE|-pl)|--?run|--(?:deselect|ignore(?:-glob)?|exclude(?:-\w+)?|skip|filter|f?grep|invert|tests?|package|lib|bins?"
    r"|doc|examples?|unit|suite|testsuite|group|shard|project|scope|since|changed\w*|only-?(?!failures)\w*|tags?|specs?|label\w*"
    r"|select|match|pattern|include|fast|quick|testNamePattern|test-name-pattern|testPathPatterns?|testPathIgnorePatterns"
    r"|passWithNoTests)"
    r"|-short|-D(?:test|skip|maven\.test)\S*",
    re.IGNORECASE,
)
"""Options by which a runner checks less: a name, a mark, a part."""

_FLAGS = frozenset(
    "--lib --bins --doc --examples --unit -short --changed --onlyChanged --fast --quick --invert --passWithNoTests".split()
)
"""Those of them without a value."""

_VALUED = frozenset(
    "-p -n -o -c -j -W -r --tb --timeout --maxfail --color --reporter --reporters --jobs --workers --config --count --rootdir"
    " --seed --format --require --logger --verbosity --test-threads --profile --target --manifest-path --prefix -C".split()
)
_SETS = re.compile(r"\b(?!NO_COLOU?R=)\w*(?:SKIP|ONLY|FAST|QUICK|SHORT|EXCLUDE|IGNORE|FILTER|NO_|TESTS?\b)\w*=\S+")
"""Variables by which a runner checks less."""

_WHOLE = frozenset(("", ".", "...", "//...", "test", "tests", "spec", "t", "--", "discover", "all"))
"""Targets that are all there is."""

_WALKS = re.compile(r"^(?:pytest|py\.test|jest|vitest|go|rspec|ava|mocha|unittest)\b")
"""Runners that look for tests in all folders below theirs."""

_NAMES = re.compile(r"^(?:FAILED|ERROR|FAIL)\s+([\w./-]+\.\w{1,4}\S*)", re.MULTILINE)
_COUNTS = re.compile(r"^(?:Test Suites:\s+|=*\s*)?(\d{1,6}) failed\b", re.MULTILINE)
