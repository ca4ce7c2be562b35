"""Markdown escaping: untrusted text in a Markdown file that agents' hosts load stays text, whatever it holds.

Neutralised, with who would act on it:

- headings, lists, quotes, rules, fences, tables: Markdown, where a line begins with them
- HTML tags and comments, images: Markdown renderers; a comment hides words from a person and not from a model
- !`command`, ```! blocks: Claude Code, and others after it, run them when a skill is loaded, within code fences too
- $ARGUMENTS, $1, ${CLAUDE_...}: the same hosts put what a user typed in their place. One backslash before the dollar keeps
  `$1` (https://code.claude.com/docs/en/skills#available-string-substitutions) and is Markdown's own
- !{command}, @{path}, @path: Gemini CLI, Claude Code and opencode run or read them in commands of theirs
- invisible characters (memp.text.invisible): letters that a model reads and nobody sees

It does not make what the words say true, or safe to follow.
"""

import re

from memp.text.invisible import shown
from memp.text.redact import clean

_TAG = re.compile(r"<(?=[/A-Za-z][^<>]*>|[!?])")
_RUN = re.compile(r"!(?=[`{\[])|@(?=\{)|`(?=!)")
_SUBSTITUTED = re.compile(r"\\*\$(?=\d|ARGUMENTS)")
_VARIABLE = re.compile(r"\$(?=\{CLAUDE)")
_FILE = re.compile(r"(?<!\S)@(?=\S)")
# An HTML block begins with an open tag alone, without its end.
_LEAD = re.compile(r"(?=#{1,6}(?:\s|$)|>|[-+*](?:\s|$)|[-=_*|:\s]+$|```|~~~|\[[^\]]*\]:|<[/A-Za-z])")
_ORDERED = re.compile(r"(\d{1,9})(?=[.)](?:\s|$))")
_LINES = re.compile(r"[\n\u2028\u2029]")
_DASHES = re.compile(r"-{3,}")


def block(text: str, indent: str = "") -> str:
    """`text` as inert lines of Markdown; `indent` stands before all but the first, so that it stays within its list item."""
    lines = (_line(line.strip()) for line in _LINES.split(_inline(text)))
    return f"\n{indent}".join(line for line in lines if line)


def phrase(text: str) -> str:
    """`text` as one inert line."""
    return block(" ".join(_LINES.sub(" ", text).split()))


def value(text: str, most: int) -> str:
    """`text` as one line of at most `most` characters for a field of frontmatter, which is plain text and no Markdown.

    Angle brackets become other ones, as some hosts refuse them there, and --- becomes --, as others end the frontmatter
    at it.
    """
    line = " ".join(shown(clean(_LINES.sub(" ", text))).split())
    line = _RUN.sub(_apart, _DASHES.sub("--", line.replace("<", "‹").replace(">", "›")))
    return line if len(line) <= most else line[: most - 3].rstrip() + "..."


def _inline(text: str) -> str:
    """`text` without what acts anywhere in a line: tags, commands that run, substitutions, references to files."""
    text = _TAG.sub("&lt;", shown(clean(text)))
    text = _SUBSTITUTED.sub(r"\\$", _RUN.sub(_apart, text))
    return _FILE.sub(r"\\@", _VARIABLE.sub(r"$\\", text))


def _apart(match: re.Match[str]) -> str:
    return f"{match[0]} "


def _line(line: str) -> str:
    """`line` with its beginning escaped where that would begin a block."""
    if _ORDERED.match(line):
        return _ORDERED.sub(r"\1\\", line, count=1)
    return f"\\{line}" if _LEAD.match(line) else line
