"""Results of tests by what a runner printed: its summary, or a tally of any program's."""

import re
from typing import NamedTuple


class End(NamedTuple):
    """The end of one run of tests by what it printed, and the words that say so; `passed` is None where nothing ran."""

    passed: bool | None
    words: str


def ends_in(printed: str) -> list[End]:
    """The ends of the runs that printed an output, in order: a line each, by which a runner sums up."""
    ends, since = list[End](), 0
    lines = lines_of(printed[-MAX_READ:])
    for at, line in enumerate(lines):
        if (end := _end_of(line)) is None:
            continue
        part = "\n".join(lines[since : at + 1])
        if ends and _GOES_ON_FAILING.match(line) and _IS_PASSING.match(lines[since - 1]):
            ends[-1] = end  # Mocha writes what failed on a line of its own.
        else:
            ends.append(End(None, end.words) if ran_nothing(part) else end)
        since = at + 1
    return ends


def _end_of(line: str) -> End | None:
    """The end that a line says; None where it sums up nothing."""
    if _PART.match(line):
        return None
    if (package := _PACKAGE.match(line)) is not None:
        return End(package["end"] == "ok", package[0].strip())
    match = _SUMMARY.search(line) or _NOTHING_LINE.search(line)
    if match is not None:
        failed = _COUNT_FAILED.search(line)
        return End(failed is None, (failed or match)[0].strip())
    said = sentence_in(line) or _beside([line])
    return None if said is None else End(*said)


def lines_of(printed: str) -> list[str]:
    """The lines of an output, without the label that a host puts before the first."""
    return [_LABEL.sub("", line) for line in printed.splitlines()]


def worst_of(ends: list[End]) -> End | None:
    """The end that counts of runs which cannot be told apart: one that failed; None where nothing ran."""
    told = [end for end in ends if end.passed is not None]
    return next((end for end in told if not end.passed), told[-1] if told else None)


def ran_nothing(printed: str) -> bool:
    """Whether a runner says that it ran no test, and none says that it ran one."""
    return _RAN_NOTHING.search(printed) is not None and _RAN_SOME.search(printed) is None


def printed_end(printed: str) -> tuple[bool, str] | None:
    """Whether a check passed by what it printed, and the words that say so; its summary goes before its other lines."""
    summaries = list(_SUMMARY.finditer(printed))
    if summaries:
        last = summaries[-1]
        line = printed[printed.rfind("\n", 0, last.start()) + 1 : (printed.find("\n", last.end()) + 1 or None)]
        failed = _COUNT_FAILED.search(line) or _ONE_FAILED.search(printed)
        return (False, failed[0].strip()) if failed else (True, last[0].strip())
    tally = tally_in(printed)
    if tally is not None:
        return tally
    failed = _SAYS_FAILED.search(printed)
    match = failed or _SAYS_PASSED.search(printed)
    return None if match is None else (failed is None, match[0].strip())


def fails_as_test(printed: str) -> bool:
    """Whether a test ran and failed, and did not only fail to load."""
    return _RAN_AND_FAILED.search(printed) is not None and _NOT_LOADED.search(printed) is None


def tally_in(printed: str) -> tuple[bool, str] | None:
    """Whether tests passed by the last tally in an output, and its words: a number that passed beside one that failed, in
    lines that follow each other, or a line that says of all of them how they ended, and nothing else."""
    lines = printed[-MAX_READ:].splitlines()
    for end in range(len(lines), 0, -1):
        said = sentence_in(lines[end - 1]) or _beside(lines[max(0, end - TALLY_LINES) : end])
        if said is not None:
            return said
    return None


def sentence_in(line: str) -> tuple[bool, str] | None:
    """Whether tests passed by a line that is such a sentence: "All 12 tests passed". A word more may turn it round."""
    match = _SENTENCE.fullmatch(line)
    if match is None:
        return None
    if match["all"] is not None:
        return True, match["all"]
    if match["share"] is not None:
        count, every = int(match["count"]), int(match["every"])
        failed = count if match["end"].lower() == "failed" else every - count
        return (failed == 0, match["share"]) if 0 < every >= count else None
    return False, match["some"]


def _beside(lines: list[str]) -> tuple[bool, str] | None:
    """Whether tests passed by numbers that stand beside each other. Errors count on one line with what passed: elsewhere
    their number may be a status."""
    near = "\n".join(lines)
    for passing, failing, erring in _TALLIES:
        passed, failed = list(passing.finditer(near)), list(failing.finditer(near))
        if erring is not None and passing.search(lines[-1]):
            failed += erring.finditer(lines[-1])
        if passed and failed:
            worst = max(failed, key=lambda match: int(match[1]))
            best = max(passed, key=lambda match: int(match[1]))
            if int(worst[1]) or int(best[1]):
                return int(worst[1]) == 0, f"{best[0].strip()}, {worst[0].strip()}"
    return None


MAX_READ = 4_000
"""Characters at the end of an output in which a tally is looked for."""

TALLY_LINES = 4
"""Lines that follow each other in which a tally stands."""

_PASSED, _FAILED, _ERRORS = r"pass(?:ed|es|ing)?", r"fail(?:ed|ures?|ing|s)?", r"(?<!HTTP )errors?"


def _counted(form: str, word: str) -> re.Pattern[str]:
    return re.compile(form.replace("WORD", word), re.IGNORECASE)


_TALLIES = tuple(
    (_counted(form, _PASSED), _counted(form, _FAILED), _counted(form, _ERRORS) if with_errors else None)
    for form, with_errors in (
        (r"\bWORD[ \t]*[:=][ \t]*(\d{1,7})\b", True),
        (r"(?<![\d./])(\d{1,7})%?[ \t]+(?:(?:tests?|cases?|checks?|steps?|scenarios?)[ \t]+)?WORD\b", True),
        (r"\bWORD(?:[ \t]+(?:tests?|cases?|checks?))?[ \t]+(\d{1,7})\b", False),  # "error 404"
    )
)
"""Numbers of what passed, failed and erred, as runners write them: "passed: 3", "3 passed", "PASS 3"."""

_THINGS = r"(?:tests?|checks?|specs?|cases?|scenarios?)"
_SENTENCE = re.compile(
    rf"[\W_]*(?:(?:ok|pass(?:ed)?|fail(?:ed)?|success|result|info|done)\b[\W_]+)?(?:"
    rf"(?P<all>all (?!0 )(?:\d+ )?{_THINGS}(?: have| were)? (?:pass(?:ed)?|successful|succeeded))"
    rf"|(?P<share>(?P<count>\d{{1,7}})/(?P<every>\d{{1,7}}) (?:{_THINGS} )?(?P<end>passed|failed))"
    rf"|(?P<some>some {_THINGS} failed)"
    r")(?:[\W_]+(?:in )?[\d.]+ ?(?:ms|s|sec|seconds|min))?[^\w?]*",
    re.IGNORECASE,
)
"""A line that is a sentence on all tests, in what decorates it: signs, a word for the result, a time."""

_RAN_AND_FAILED = re.compile(
    r"\b[1-9]\d*\s+(?:(?:tests?|specs?|examples?|scenarios?|assertions?)\s+)?(?:failed|failing|failures?)\b|\bAssert\w*(?:Error|ion)|^FAIL(?:ED)?\b"
    r"|--- FAIL\b|\bFailures?: [1-9]|\bFAILED\b|\bfail(?:ed|ures?)?[ \t]*[:=]?[ \t]+[1-9]|^not ok\b|\bpanicked at\b",
    re.MULTILINE,
)
_NOT_LOADED = re.compile(
    r"\b(?:ImportError|ModuleNotFoundError|SyntaxError|IndentationError|NameError)\b|error during collection|Cannot find module"
    r"|\berror(?:\[E\d+\]| TS\d+)|could not compile|build failed|COMPILATION ERROR|cannot find (?:symbol|package)|undefined: \w"
    r"|Test suite failed to run|CompileError",
    re.IGNORECASE,
)
_COUNT_FAILED = re.compile(
    r"\b[1-9]\d* (?:failed|failing|failures?|errors?|broken)\b|\b(?:failures?|errors?|failed)[:=]\s?[1-9]\d*"
    r"|(?-i:\bFAILED\b|\bFAILURE\b)",
    re.IGNORECASE,
)
_ONE_FAILED = re.compile(r"\btest result: FAILED")
"""Of runners that print a summary for each part: one that failed is enough."""

_SUMMARY = re.compile(
    r"\b\d+ (?:passed|passing|failed|failing)\b"
    r"|\b\d+ (?:tests?|specs?|examples?|assertions?), (?:with )?\d+ (?:failures?|errors?|failed)\b"
    r"|^(?:OK|FAILED) ?\([^)\n]{0,80}\)|^OK$|\btest result: (?:ok|FAILED)|\bTests run: \d+, Failures: \d+"
    r"|\b(?:BUILD|TEST) (?:SUCCESS(?:FUL)?|SUCCEEDED|FAILED|FAILURE)\b",
    re.MULTILINE,
)
_SAYS_FAILED = re.compile(
    r"\b[1-9]\d* (?:failed|failing|failures?|errors?)\b|^FAIL(?:ED)?\b.{0,60}|\berror(?:\[E\d+\]| TS\d+)?: .{0,60}"
    r"|\bmake(?:\[\d+\])?: \*\*\* .{0,60}|^Traceback \(most recent call last\)",
    re.MULTILINE,
)
_SAYS_PASSED = re.compile(
    r"^ok\s+\S+|\bAll checks passed\b|\b0 errors\b|^Success: no issues found\b|\b[Cc]ompiled successfully\b",
    re.MULTILINE,
)

_NUMBER = r"\b[1-9]\d{0,6}"
_RUNS = r"(?:tests?|test cases|cases|specs?|examples?|scenarios?|checks|assertions?|steps?|items?)"
_RAN_NOTHING = re.compile(
    rf"{_NUMBER} (?:skipped|pending|deselected|todo|filtered out)\b|(?<![\d.])0 {_RUNS}\b(?! (?:failed|skipped|pending))"
    r"|(?<![\d.])0 (?:pass(?:ed|ing)?|total|ran|executed)\b|\b0/0\b|^1\.\.0\b"
    r"|\b(?:tests? run|tests?|passed|pass|total(?: tests)?|ran|count|executed)\s{0,3}[:=]\s{0,8}0\b|\bpassed 0\b"
    r"|\[no test files\]"
    r"|\bno tests? (?:to run|ran|were (?:found|run|executed)|files? found|found|is available|executed|selected|matched)\b"
    r"|\bNO-SOURCE\b"
    r"|\bno (?:test cases|specs|examples|scenarios) (?:found|ran|matched|executed|were found)\b"
    r"|\bnothing to (?:test|do|be done)\b|\btests are skipped\b",
    re.IGNORECASE | re.MULTILINE,
)
_RAN_SOME = re.compile(
    rf"{_NUMBER}%? (?:{_RUNS} )?(?:pass(?:ed|ing)?|fail(?:ed|ing|ures?)?|errors?|xfailed|xpassed)\b|{_NUMBER} {_RUNS}\b"
    r"|^ok\s+\S+\s+(?:[\d.]+m?s|\(cached\))(?!.*\[no tests to run\])|^(?:not )?ok \d|\.\. ?ok\b"
    r"|\b(?:tests? run|tests?|passed|pass|passing|failed|failures?|fail|total(?: tests)?|ran|count"
    r"|executed)\s{0,3}[:=]\s{0,8}[1-9]"
    r"|\b(?:pass|fail)(?:ed|ing)?(?: tests?)? [1-9]|\b[1-9]\d*/[1-9]\d*\b (?:tests )?pass",
    re.IGNORECASE | re.MULTILINE,
)
_LABEL = re.compile(r"(?:Output|Stdout|Stderr): ?", re.IGNORECASE)
_PACKAGE = re.compile(r"(?P<end>ok|FAIL)\s+\S+\s+(?:[\d.]+m?s|\(cached\)|\[build failed\])")
"""Go sums up each package on a line."""

_PART = re.compile(r"\s*(?:Test Suites|Test Files|Suites|Snapshots|Files)\b\s*:?\s", re.IGNORECASE)
"""Lines beside the one of the tests, which count their files."""

_NOTHING_LINE = re.compile(
    r"\bno tests? (?:ran|found|to run|were (?:found|run|executed)|files? found)\b|\bcollected 0 items\b|^\D{0,20}\d+ (?:skipped"
    r"|deselected)\b.{0,60} in [\d.]+",
    re.IGNORECASE,
)
_IS_PASSING = re.compile(r"\s*\d+ passing\b")
_GOES_ON_FAILING = re.compile(r"\s*\d+ failing\b")
