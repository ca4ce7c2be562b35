"""Checks in a shell's line: test, build and lint commands, and what their exit status says."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from memp.text.actions.shell import shell_parts
from memp.text.actions.wrappers import WRAPPER, bare_command, line_within, without_wrapper
from memp_clients.sessions.tasks.checks.printed import ran_nothing

MAX_COMMAND = 20_000
"""Characters of a shell's line that are looked at."""

CheckKind = Literal["test", "build", "lint"]
"""A test says whether the work does what it should; a build or lint only that it is well formed. As much as a build says that
a service came up, or that copied files are equal."""


@dataclass(frozen=True, slots=True)
class Check:
    """A test, build or lint command within a shell's line.

    `decides` says whether the line's exit status is its own. `echo` is the text before which the line prints that status
    itself (`pytest; echo "exit=$?"`); None where it does not. `folder` is where the line goes before it (`cd web && npm test`).
    `loops`: the line runs it more than once. `branches`: the texts that the line prints where it passed, and where it failed
    (`pytest && echo GOOD || echo BAD`).
    """

    command: str
    decides: bool
    kind: CheckKind
    echo: str | None = None
    folder: str = ""
    loops: bool = False
    branches: tuple[str, str] = ("", "")


def check_in(line: str) -> Check | None:
    """The last check of a shell's line; of several, a test goes before the others."""
    checks = _checks(line)
    return next((check for check in checks if check.kind == "test"), checks[0] if checks else None)


def checks_in(line: str) -> list[Check]:
    """The checks of a shell's line that count, in order: its tests, or where it has none, the others."""
    checks = _checks(line)[::-1]
    return [check for check in checks if check.kind == "test"] or checks


def _checks(line: str, depth: int = 0) -> "list[Check]":
    """The checks of a line, the last first."""
    if len(line) > MAX_COMMAND:
        line = f"{line[: MAX_COMMAND // 2]}\n{line[-MAX_COMMAND // 2 :]}"
    parts = shell_parts(line.strip())
    checks: list[Check] = []
    harmless = {"&&"} if "pipefail" not in line else {"&&", "|", "|&"}
    separators: set[str] = set()
    is_last = True
    for at in range(len(parts) - 1, -1, -2):
        command = bare_command(parts[at])
        separators.update(separator.strip() or "\n" for separator in parts[at + 1 : at + 2])
        after = separators - harmless - ({"\n", ";"} if is_last else set[str]())
        is_last = is_last and not parts[at].strip()
        inner = line_within(command) if depth < 2 else None
        decides = not after and not _may_be_left_out(parts[:at])
        if inner is not None:
            checks += [
                replace(check, decides=check.decides and decides, folder=check.folder or _folder(parts[:at]))
                for check in _checks(inner, depth + 1)
            ]
            continue
        match = _CHECK.match(command)
        if match is not None and not runs_nothing(parts[at]):
            echo = _echo(parts[at + 1 :], "pipefail" in line) if after else None
            folder = _folder(parts[:at])
            # Without its tests a build that passes says nothing of them.
            decides = decides and not _NO_TESTS.search(parts[at])
            shown = Check(command, decides, _kind(match), echo, folder)
            checks.append(replace(shown, loops=_loops(parts, at), branches=_branches(parts[at + 1 :])))
    return checks


def _may_be_left_out(before: list[str]) -> bool:
    """Whether a line may end with status 0 without the command that follows these parts: what stands after `||` runs only where
    what is before it failed (POSIX, 2.9.3: both operators bind alike, from the left, so only the last one counts), what stands
    after an exit with 0 not at all, and a name may have been given another meaning."""
    if before and before[-1].strip().startswith("||"):
        return True
    return any(map(_ENDS_WELL.match, (bare_command(part) for part in before[::2])))


def runs_nothing(command: str) -> bool:
    """Whether a check is called so that it runs nothing: it shows, lists, plans or compiles, or nobody waits for it."""
    return _NO_CHECK.search(command) is not None or any(
        tool.search(command) and option.search(command) for tool, option in _NO_CHECK_OF
    )


def _loops(parts: list[str], at: int) -> bool:
    """Whether a command stands in a loop."""
    before = [part.strip() for part in parts[:at:2]]
    return any(map(_LOOPS.match, before)) and any(part.strip().startswith("done") for part in parts[at + 2 :: 2])


def _branches(rest: list[str]) -> tuple[str, str]:
    """The texts that a line prints right after a command passed, and after it failed."""
    texts = {"&&": "", "||": ""}
    for at in range(0, len(rest) - 1, 2):
        match, sign = _BRANCH.fullmatch(rest[at + 1].strip().rstrip(")} ")), rest[at].strip()
        if match is None or texts.get(sign) != "":
            break
        texts[sign] = match["text"].strip("\"' ")
    return texts["&&"], texts["||"]


def _folder(parts: list[str]) -> str:
    """The folder that the commands of a line go to; empty where they stay."""
    goes = [match["folder"] for part in parts[::2] if (match := _GOES.match(part.strip().lstrip("({ ")))]
    return goes[-1].strip("\"'").removeprefix("./").rstrip("/") if goes else ""


def is_check(command: str) -> bool:
    """Whether a command without its wrapper is one of those that are known as checks."""
    return _CHECK.match(command) is not None


def head_of(command: str) -> str:
    """The program and subcommand of a check without its wrapper; the first word of a command that is no known check."""
    match = _CHECK.match(command)
    return match[0] if match is not None else command.split(" ", 1)[0]


def _echo(rest: list[str], pipefail: bool) -> str | None:
    """The text before which what follows a check prints its exit status."""
    for at in range(0, len(rest) - 1, 2):
        match = _ECHO.match(rest[at + 1].strip())
        if match is not None:
            return match["before"] if match["pipe"] or pipefail or "|" not in rest[: at + 1] else None
        if rest[at].strip() in (";", "", "||") and rest[at + 1].strip():
            return None
    return None


def _kind(check: re.Match[str]) -> CheckKind:
    """The kind of a check, by its program and what that is told to do; its files, images and filters say nothing of it."""
    tool = check["tool"] or check["script"]
    if _LINT.search(tool):
        return "lint"
    return "build" if _BUILD.search(tool) or _STATE.match(tool) else "test"


def compares_state(check: Check) -> bool:
    """Whether a check compares a state with the wanted one, rather than trying what was made."""
    return _STATE.match(without_wrapper(check.command)) is not None


def status_of(check: Check, status: int | None, printed: str) -> int | None:
    """The exit status of a check itself, from its line's and from what the line printed; None where neither shows it."""
    if check.decides:
        return status
    if check.echo is not None:
        shown = re.findall(rf"(?:^|\W){re.escape(check.echo)}\s{{0,3}}(\d{{1,3}})\s*$", printed, re.MULTILINE)
        return int(shown[-1]) if shown else None
    return None


def did_not_run(check: Check, status: int | None, printed: str) -> bool:
    """Whether nothing was checked: the tool is missing, was called wrongly, or had nothing to check."""
    if status in (126, 127) or _MISSING.search(printed[:2_000]) or _MISSING.search(printed[-1_000:]):
        return True
    if check.kind == "test" and ran_nothing(printed[-2_000:]):
        return True
    if status is None or status == 0:
        return False
    return any(status in statuses and tool.search(check.command) for tool, statuses in _USAGE)


def was_cut(check: Check, status: int | None) -> bool:
    """Whether a check came to no end of its own: it was killed, ran out of time, or was interrupted."""
    if status is None:
        return False
    return status in (124, 130, 137, 143) or status < 0 or (status == 2 and _PYTEST.search(check.command) is not None)


_LOOPS = re.compile(r"(?:for|while|until)\s")
_BRANCH = re.compile(r"(?:echo|printf)\s+(?:-\w+\s+)*(?P<text>\"[^\"$`%\\]+\"|'[^'%\\]+'|[^\"'$`%>|]+)(?:\s*>&2)?")
_ECHO = re.compile(
    r"(?:echo|printf)\s+(?:-\w+\s+)*[\"']?(?P<before>[^$\"'\n]{0,40}?)[\"']?\$(?:\?|\{?(?P<pipe>PIPESTATUS|pipestatus)|\{\?\})"
)
_GOES = re.compile(r"(?:cd|pushd)\s+(?P<folder>[^\s;&|]+|\"[^\"]+\"|'[^']+')")
_CHECK = re.compile(
    WRAPPER + r"(?:\S*/)?(?P<tool>"
    r"pytest|py\.test|(?:tox|nox)(?:\s+(?:run\s+)?(?:-[es]|--(?:env|session)s?)[\s=]\S+)?|unittest|ruff\s+check|ruff\s+format\s+--check|black\s+--check|flake8|mypy|pyright|pylint"
    r"|tsc|vue-tsc|eslint|biome\s+(?:check|lint|ci)|prettier\s+--check|jest|vitest|mocha|ava|cypress\s+run|rspec|phpunit|pest"
    r"|phpstan|rubocop|shellcheck|golangci-lint\s+run|ctest"
    r"|playwright\s+test|manage\.py\s+(?:test|check)|cargo\s+(?:\+\S+\s+)?(?:test|nextest|build|check|clippy)"
    r"|cargo\s+fmt\s.*--check"
    r"|go\s+(?:test|build|vet)|(?:npm|pnpm|yarn|bun)\s+(?:-\S+\s+)*(?:run\s+|run-script\s+)?(?:-\S+\s+)*"
    r"(?:tests?|build|lint|check|typecheck|type-check|types|tsc|e2e|unit|ci|verify|validate)(?::[\w:-]+)?"
    r"|make(?:\s+(?:-\S+|\w+=\S*))*(?:\s*$|\s+(?:all|tests?|check|build|lint))|just\s+(?:tests?|check|build|lint)"
    r"|(?:gradle|gradlew|mvn|mvnw)\s+(?:-\S+\s+)*(?:clean\s+)?(?::?\S*:)?(?:test|build|check|verify|package|compile"
    r"|install|assemble)\w*"
    r"|(?:dotnet|swift|bazel|zig|deno|mix|sbt|rake|meson|flutter|dart|stack|cabal|lein|composer|rails)\s+"
    r"(?:test|build|check|lint|compile|analyze)|artisan\s+test|xcodebuild\s.*\btest|terraform\s+validate|helm\s+lint"
    r"|pre-commit\s+run|cmake\s+--build|ninja"
    r"|(?:bash\s+|sh\s+)?\S*(?:run_?tests?|test)\.sh"
    # Of other trades: infrastructure, data, firmware, documents.
    r"|(?:molecule|helm|kitchen|opa|conftest|forge|hardhat|gleam|nimble|dune|crystal|maestro|pio|platformio|promtool|elm-app)\s+"
    r"(?:test|spec|verify|runtest)|dbt\s+(?:test|build)|bats|robot|behave|cucumber|prove|busted|newman\s+run|inspec\s+exec"
    r"|goss\s+validate|R\s+CMD\s+check|kubectl\s+(?:-\S+(?:\s+|=)\S+\s+)*(?:rollout\s+status|wait)|rclone\s+check"
    r"|sha\d+sum\s+(?:-c|--check)"
    r"|latexmk|(?:pdf|xe|lua)latex|tectonic|typst\s+compile|(?:pio|platformio)\s+run|arduino-cli\s+compile|idf\.py\s+build"
    r"|west\s+build|(?:docker|podman)\s+(?:image\s+|buildx\s+)?build|mkdocs\s+build|sphinx-build|jekyll\s+build"
    r"|quarto\s+render|packer\s+build|nix\s+build"
    r"|yamllint|hadolint|sqlfluff\s+lint|chktex|vale|tflint|ansible-lint|kubeconform|buf\s+lint|nginx\s+-t"
    r"|apachectl\s+configtest|promtool\s+check|xmllint|markdownlint\S*|stylelint|oxlint|ktlint|swiftlint|detekt|luacheck"
    r"|codespell|actionlint|packer\s+validate"
    r")(?![\w.-])"
    # python test_a.py, python manage.py test
    r"|"
    + WRAPPER
    + r"\S*(?:python|php|ruby|node)[\d.]*\s+(?P<script>--test\b|(?:\S*/)?(?:test_\w+\.py|\w+_test\.(?:py|rb)"
    r"|runtests\.py|manage\.py\s+(?:test|check)|artisan\s+test))"
)
_ENDS_WELL = re.compile(
    r"(?:exit|return)(?:\s+0)?\s*$|alias\s|trap\s.*\bexit\b|(?:function\s+)?[\w-]+\s*\(\)|function\s"
)
_NO_CHECK = re.compile(
    r"(?:^|[\s=\"'])(?:-{1,2}(?:version|help)|-[hV]|--(?:co|collect-only|setup-plan|markers|fixtures(?:-per-test)?|list(?:-\w+|Tests|Tasks|envs)*"
    r"|no-?run(?:-\w+)*|nobuild|dry(?:-?run)?|just-print|recon|if-present)(?:=\S*)?)(?=[\s\"']|$)"
)
"""Options of any tool by which it shows, lists, plans or compiles."""

_NO_TESTS = re.compile(
    r"(?:^|\s)(?:-D(?:maven\.test\.skip|skip(?:Tests|ITs))(?!=false)\S*|(?:-x|--exclude-task)[\s=]\S*[tT]est\S*|--skip-tests?)(?:\s|$)"
)
"""Options by which a build leaves its tests out."""

_NO_CHECK_OF: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(rf"(?:^|[\s/])(?:{tool})\b"), re.compile(rf"(?:^|\s)(?:{option})(?:\s|$)"))
    for tool, option in (
        (r"g?make|ninja|rake|just|prove", r"-\w*n\w*"),  # Only prints what it would run.
        (r"g?make", r"-\w*[tq]\w*|--touch|--question"),
        (r"tox", r"-l|-a|--listenvs(?:-all)?"),
        (r"ctest", r"-N|--show-only(?:=\S*)?"),
        (r"go test", r"-c"),
        (r"bats", r"-c|--count"),
        (r"swift test", r"list"),
        (r"xcodebuild", r"build-for-testing|-list|-showBuildSettings"),
        (r"sbt", r"[tT]est[:/]compile"),
        (r"(?:docker|podman)(?:[ -]compose)?(?:\s+-f\s+\S+)*\s+(?:run|exec)", r"-[it]*d[it]*|--detach"),
    )
)
"""The same of single tools, by their own documentation; in the last one nobody waits for the end."""

_LINT = re.compile(
    r"\b(?:ruff|black|flake8|mypy|pyright|pylint|eslint|biome|prettier|phpstan|rubocop|shellcheck|golangci-lint|clippy|vet"
    r"|lint|typecheck|type-check|types|analyze|pre-commit|(?<!goss )validate|\w*lint\w*|chktex|vale|kubeconform|detekt"
    r"|luacheck|codespell|configtest)\b|\bnginx\s+-t|\bpromtool\s+check\b|\btsc\b|\bcargo\s+(?:\+\S+\s+)?(?:check|fmt)\b"
    r"|\b(?:npm|pnpm|yarn|bun|just)\s+(?:run\s+)?check\b|manage\.py\s+check\b"
)
_BUILD = re.compile(
    r"\b(?:npm|pnpm|yarn|bun|just|go|cargo|dotnet|swift|bazel|zig|flutter|stack|cabal|docker)\s+(?:\+\S+\s+)?(?:run\s+"
    r"|-\S+\s+)*build\b"
    r"|\bmake(?:\s+(?:-\S+|\w+=\S*))*(?:\s+(?:all|build)\b|\s*$)|\bcmake\b|\bninja\b|\bcompile\w*\b|\bassemble\w*\b"
    r"|\bmeson\s+compile\b|\blatexmk\b|\b(?:pdf|xe|lua)latex\b|\btectonic\b|\b(?:pio|platformio)\s+run\b|\bsphinx-build\b"
    r"|\b(?:podman|buildx|west|mkdocs|jekyll|packer|nix|idf\.py)\s+build\b|\bquarto\s+render\b"
)
_STATE = re.compile(r"kubectl|rclone|sha\d+sum")
"""Tools that compare a state with the wanted one: files are equal, a service is up. What it does nobody tried."""

_PYTEST = re.compile(r"\b(?:pytest|py\.test)\b")
_USAGE: tuple[tuple[re.Pattern[str], frozenset[int]], ...] = (
    (_PYTEST, frozenset({3, 4, 5})),
    (re.compile(r"\bunittest\b"), frozenset({5})),
    (re.compile(r"\b(?:mypy|ruff|eslint|black|prettier|shellcheck)\b"), frozenset({2})),
    (re.compile(r"\bpyright\b"), frozenset({2, 3, 4})),
)
"""Exit statuses by which a tool says that it was called wrongly or had nothing to do (their own documentation)."""

_MISSING = re.compile(
    r"command not found|: not found\s*$|is not recognized as an|No module named '?(?:pytest|tox|nox|unittest|ruff|mypy"
    r"|flake8|black)\b"
    r"|Missing script:|Unknown command: \"?(?:test|run)|no such command"
    r"|collected 0 items\s*$|error: unrecognized arguments|No rule to make target|Could not find (?:task|goal|gradle)"
    r"|No such file or directory: '?(?:pytest|tox)|executable file not found|could not determine executable to run"
    r"|Cannot find module '(?:jest|vitest|mocha|eslint|typescript)",
    re.IGNORECASE | re.MULTILINE,
)
