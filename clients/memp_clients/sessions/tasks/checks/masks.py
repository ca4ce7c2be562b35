"""Masks of tests: marks by which a test is skipped, may fail or is silenced, and edits that put them in or take them out."""

import re
from collections.abc import Iterator
from typing import Literal

from memp_clients.json_values import JsonObject, items, mapping, text

Masking = Literal["", "skips", "silences", "unmasks"]
"""The effect of an edit on checks: it skips or removes tests, only silences a checker, or takes such marks out."""

MAX_READ = 200_000
"""Characters of an edit that are read."""


def masking_of(fields: JsonObject, patch: str, path: str) -> Masking:
    """The effect of an edit on checks, by the arguments of its call or its patch."""
    old, new = _sides_of_patch(patch) if patch else _sides(fields)
    old, new = old[:MAX_READ], new[:MAX_READ]
    skips = _count(_SKIPS, new) - _count(_SKIPS, old)
    if patch and any(map(is_test_file, _DELETED.findall(patch))):
        return "skips"
    if skips:
        return "skips" if skips > 0 else "unmasks"
    if is_test_file(path) and _count(_TESTS, old) > _count(_TESTS, new):
        return "skips"
    code = "\n".join(line for line in new.splitlines() if line.strip())
    return "silences" if _count(_SILENCES, code) > _count(_SILENCES, old) else ""


def masking_in(command: str) -> Masking:
    """The effect of a shell's line that edits files or writes what tests compare with."""
    command = _SEARCHES.sub(" ", command[:MAX_READ])
    cuts = (
        _EDITS_LINES.search(command) is not None
        and _CUTS.search(command) is not None
        and any(map(is_test_file, command.split()))
    )
    return "skips" if cuts or _SKIPS.search(command) else ""


def is_test_file(path: str) -> bool:
    """Whether a path is of a test: by its name or a folder's."""
    return _TEST_FILE.search(path) is not None


def _sides(fields: JsonObject) -> tuple[str, str]:
    """The text that an edit replaces, and that which it puts in."""
    pairs = [(_first(part, _OLD), _first(part, _NEW)) for part in _parts(fields)]
    return "\n".join(old for old, _ in pairs), "\n".join(new for _, new in pairs)


def _parts(fields: JsonObject) -> Iterator[JsonObject]:
    yield fields
    for part in items(fields.get("edits")):
        yield mapping(part)


def _first(fields: JsonObject, names: tuple[str, ...]) -> str:
    return next((value for name in names if (value := text(fields.get(name)))), "")


def _sides_of_patch(patch: str) -> tuple[str, str]:
    lines = patch[:MAX_READ].splitlines()
    removed = [line[1:] for line in lines if line.startswith("-") and not line.startswith("---")]
    added = [line[1:] for line in lines if line.startswith("+") and not line.startswith("+++")]
    return "\n".join(removed), "\n".join(added)


def _count(pattern: re.Pattern[str], words: str) -> int:
    return sum(1 for _ in pattern.finditer(words))


_OLD = ("old_string", "oldString", "old_str", "oldText", "old_text", "search")
_NEW = (
    *("new_string", "newString", "new_str", "newText", "new_text", "replace", "content", "file_text", "insert_text"),
    *("new_source", "code_edit", "contents", "text"),
)
_TEST_FILE = re.compile(
    r"(?:^|[/\\_.-])(?:tests?|specs?|__tests__)(?=[/\\_.-]|$)|(?-i:[a-z](?:Tests?|Spec)\.\w+$)", re.IGNORECASE
)
_SKIPS = re.compile(
    r"\bmark\.(?:skip|xfail)|\b(?:pytest|unittest)\.(?:skip|xfail)|\bskipTest\(|\bimportorskip\("
    r"|\b(?:it|test|describe|context|specify|suite|t)\.(?:skip|todo|only|failing|fixme)\b|\bx(?:it|describe|test"
    r"|specify|context)\b\s*[('\"]"
    r"|(?<![.\w])f(?:it|describe)\s*\(\s*[\"'`]"  # `model.fit(x)` is none.
    r"|@(?:Disabled|Ignore)\b|\[Ignore\b|\[(?:Fact|Theory)\(Skip|\bAssert\.(?:Ignore|Inconclusive)\b"
    r"|(?:\b|\\[tn])t\.Skip(?:f|Now)?\(|\bb\.Skip|#\[ignore|\bXCTSkip|@tag\s+:(?:skip|pending)|\bmarkTestSkipped\(|\bskip_on_ci\b"
    r"|(?<![.\w])skip\(\"|^[ \t]*pending\b\s*(?:[\"'(]|do\b|$)|\bGTEST_SKIP\b|\bDISABLED_\w"
    r"|\bassert True\b|\bexpect\(true\)\.to(?:Be|Equal)\(true|\bassert(?:True|_true|!)?\((?i:true)\)"
    r"|--(?:ignore(?:-glob)?|deselect|exclude|skip|(?:skip|exclude)-(?:tests?|tags?|task))(?![\w-])|\bcollect_ignore|\btestPathIgnorePatterns|\bpassWithNoTests|\bskipTests\b"
    r"|(?<!\S)--no-verify\b",
    re.MULTILINE,
)
"""Marks of the usual runners by which a test does not run, may fail, or asserts nothing."""

_SILENCES = re.compile(
    r"#\s*(?:type|pyright|mypy|ty)\s*:\s*ignore|#\s*noqa|#\s*pylint\s*:\s*disable|@ts-(?:ignore|expect-error|nocheck)"
    r"|eslint-disable|biome-ignore|//\s*nolint|#\[allow\(|@SuppressWarnings|rubocop:disable|shellcheck disable|phpstan-ignore"
    r"|stylelint-disable|NOLINT|\bas any\b|#\s*nosec|yamllint disable|hadolint ignore"
)
"""Marks that silence a checker."""

_TESTS = re.compile(
    r"^[ \t]*(?:async )?def test_|^[ \t]*(?:it|test|specify|scenario)\s*\(|\bfunc Test\w|@(?:Parameterized)?Test\b"
    r"|#\[(?:tokio::)?test\]"
    r"|^[ \t]*(?:it|test|specify|scenario) [\"']|\[(?:Fact|Theory|Test|TestMethod)\]|^[ \t]*(?:public )?function test\w"
    r"|\bTEST(?:_F|_P)?\(",
    re.MULTILINE,
)
"""Heads of tests."""

_SEARCHES = re.compile(r"\b(?:grep|rg|ag)\s[^|;&\n)]*")
"""Searches, whose options leave out files and no tests."""

_EDITS_LINES = re.compile(r"\b(?:sed|perl)\s")
_CUTS = re.compile(r"(?:/|\d|\$)\s?d(?=['\";\s]|\Z)")
"""Lines that an editor of streams deletes."""

_DELETED = re.compile(r"^\*\*\* Delete File: (.+)$", re.MULTILINE)
