"""Steps that came as one text: a list in JSON, an enumeration, lines.

Several hosts send a list as JSON in a string (anthropics/claude-code#22394, punkpeye/mcp-remote#319, github/copilot-cli#4301),
and models write steps as they would for a person. A run that reads as steps is kept as these, since few agents call again.
"""

import ast
import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import cast

from memp.errors import InputError


def listed(text: str) -> Sequence[object]:
    """The steps of a text: those of a list in JSON, else one for each item or line. What is indented, and what a here-document
    or a backslash goes on with, belongs to the step before it.

    Raises:
        InputError: it looks like a list in JSON, and cannot be read as one.
    """
    text = _FENCE.sub(r"\g<inner>", text.strip())
    if _JSON.match(text):
        return _loaded(text)
    lines = [line.rstrip() for line in textwrap.dedent(text).splitlines() if line.strip()]
    if any(_FIELD.match(line) for line in lines[:1]):
        return _by_field(lines)
    marked = [at for at, line in enumerate(lines) if _MARK.match(line)]
    if marked and (marked[0] == 0 or len(marked) > 1):
        before = [line for line in lines[: marked[0]] if not line.endswith((":", "："))]  # "I did this:"
        return [*_joined(before), *_items(lines[marked[0] :])]
    return _joined(lines)


def note_of(steps: object, count: int) -> list[str]:
    """A note that tells how a text was read; none for a list, nor for one in JSON, which is a host's doing."""
    if not isinstance(steps, str) or _JSON.match(_FENCE.sub(r"\g<inner>", steps.strip())):
        return []
    many = "one step" if count == 1 else f"{count} steps"
    return [f"'steps' came as one text and was read as {many}: pass a list, one \"action -> result\" for each step"]


def _loaded(text: str) -> Sequence[object]:
    """The steps of a text in JSON, or as Python writes a list."""
    value: object
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            raise InputError(
                f"'steps' is text that looks like a list in JSON and is none ({error}): pass a list."
            ) from None
    if isinstance(value, Mapping):
        fields = cast(Mapping[str, object], value)
        value = fields["steps"] if isinstance(fields.get("steps"), list) else [fields]
    return cast(Sequence[object], value)


def _items(lines: Sequence[str]) -> list[str]:
    """The items of an enumeration, without their marks; lines without one belong to the item before."""
    items: list[str] = []
    for line in lines:
        match = _MARK.match(line)
        if match is not None:
            items.append(line[match.end() :])
        else:
            items[-1] += f"\n{line.strip()}"
    return items


def _joined(lines: Sequence[str]) -> list[str]:
    """The lines, with those that go on with a command at its end."""
    steps, tag = list[str](), ""
    for line in lines:
        if steps and (tag or line[0].isspace() or steps[-1].endswith("\\")):
            steps[-1] += f"\n{line}"
        else:
            steps.append(line)
        tag = "" if tag and line.strip() == tag else tag or (here[1] if (here := _HERE.search(line)) else "")
    return steps


def _by_field(lines: Sequence[str]) -> list[dict[str, str]]:
    """Steps that are written as fields: "Thought: ...", "Action: ...", "Observation: ..."."""
    steps: list[dict[str, str]] = []
    name = ""
    for line in lines:
        match = _FIELD.match(line)
        if match is None:
            steps[-1][name] += f"\n{line}"
            continue
        name = _NAMES.get(match["name"].lower(), match["name"].lower())
        if not steps or name in steps[-1] or (name == "thought" and "action" in steps[-1]):
            steps.append({})
        steps[-1][name] = line[match.end() :].strip()
    return steps


_FENCE = re.compile(r"\A```\w*\n(?P<inner>(?:[^`]|`(?!``))*)\n?```\Z")
_JSON = re.compile(r"\[(?!\[?[ \t]+(?:-\w|[\"']?\$[\w{(]))\s*[\[{\"']|\{\s*[\"']|\[\s*\]\Z")
"""How a list in JSON begins, and no test of a shell: `[ "$a" = b ]`, `[[ -f a ]]`."""

_MARK = re.compile(
    r"(?:\(?\d{1,3}[.):、]|[-*•‣]|(?:step|schritt|étape|paso|passo|stap|krok|шаг|крок|adım|步骤|ステップ|手順|단계)\s?\d{1,3}\s?[.:)：-]?)"
    r"\s+(?=\S)|(?:第\d{1,3}步|\d{1,3}단계)[:：、.]?\s*(?=\S)",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"(?:\*\*)?(?P<name>thought|action|observation|result|state)(?:\*\*)?\s?:(?:\*\*)?(?:\s|\Z)", re.IGNORECASE
)
_NAMES = {"result": "observation"}
_HERE = re.compile(r"<<-?\s{0,3}[\"']?(\w+)")
