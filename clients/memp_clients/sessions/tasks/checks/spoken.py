"""Text that a shell's line prints itself, as by `echo`, and not a tool that it runs: it says nothing of how a check ended."""

import re

from memp.text.actions.shell import commands_in
from memp_clients.sessions.tasks.checks.printed import ends_in, lines_of, printed_end

MAX_COMMAND = 20_000
"""Characters of a shell's line that are looked at."""

SHORTEST = 2
"""Letters of a line that may be the text of a command."""


def without_spoken(line: str, printed: str) -> str:
    """An output without the lines that say how tests ended in the words of the command line itself."""
    line = line[:MAX_COMMAND]
    texts = [
        text
        for command in commands_in(line)
        if (speaks := _SPEAKS.match(command))
        for text in _texts(command[speaks.end() :])
    ]
    return "\n".join(
        row for row in lines_of(printed) if not (_is_in(row.strip(), line) or _is_one_of(row.strip(), texts))
    )


def _is_in(row: str, line: str) -> bool:
    """Whether a row of an output that says an end stands in the command line, as a text of its own."""
    if len(row) < SHORTEST or row not in line or not _says_an_end(row):
        return False
    return re.search(rf"(?<!\w){re.escape(row)}(?!\w)", line) is not None


def _is_one_of(row: str, texts: list[list[str]]) -> bool:
    return bool(row) and any(_fits(row, pieces) for pieces in texts)


def _fits(row: str, pieces: list[str]) -> bool:
    """Whether a row is these pieces in order, with anything between them."""
    at = len(pieces[0])
    if not row.startswith(pieces[0]) or not row.endswith(pieces[-1]):
        return False
    for piece in pieces[1:-1]:
        if (place := row.find(piece, at)) < 0:
            return False
        at = place + len(piece)
    return len(row) - len(pieces[-1]) >= at


def _says_an_end(row: str) -> bool:
    return bool(ends_in(row)) or printed_end(row) is not None


def _texts(words: str) -> list[list[str]]:
    """The lines that echo or printf prints with what the shell puts in, where their own words speak of an end."""
    words = _REDIRECTED.sub("", words)
    lines = [_QUOTES.sub("", line).strip() for line in words.replace("\\n", "\n").splitlines()]
    return [_PUT_IN.split(line) for line in lines if _PUT_IN.search(line) and _ENDS.search(_PUT_IN.sub(" ", line))]


_SPEAKS = re.compile(r"(?:\w+=\S*\s+)*(?:echo|printf|print|Write-(?:Output|Host))\s+(?:-\w+\s+)*")
_REDIRECTED = re.compile(r"\s*\d?>&?\s*\S+\s*\Z")
_QUOTES = re.compile(r"(?<!\\)[\"']")
_PUT_IN = re.compile(r"\$\([^()]*\)|`[^`]*`|\$\{[^}]*\}|\$[\w?#@*]+|%[-\d.]*[sdif]")
_ENDS = re.compile(r"\b(?:pass(?:ed|es|ing)?|fail(?:ed|ures?|ing|s)?|ok|success\w*|green|red|done)\b", re.IGNORECASE)
