"""Names of parameters: from the argument that a value is passed as, the word beside it in the task, or its shape.

A name says what a value is where the runs say so ("reservation_id", "branch", "file"), and otherwise only where it comes
from: "item" is named by the task, "found" turns up on the way, "text" is the run's own.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from memp.build.members import Member, is_only_ordered
from memp.text.entities import shape_of
from memp.text.vocabulary import GENERIC_VERBS, NUMBER_WORDS, STOP

_KEY = re.compile(r"([A-Za-z_][\w-]{0,40})[\"']?\s*[:=]\s*[\"']?\Z")
_OPTION = re.compile(r"--([a-z][\w-]{0,40})[ =][\"']?\Z")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_NAME = re.compile(r"[^a-z0-9_]+")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_TOKEN = re.compile(r"[\w-]+|[^\w\s]")
_FILLERS = frozenset(("#", '"', "'", "`", "=", ":", "named", "called", "number", "no"))
_WORD = re.compile(r"[^\W\d_][\w-]*")
_PLAIN_KEYS = frozenset(
    ("id", "name", "value", "text", "input", "query", "key", "arg", "args", "data", "type", "title")
)
_SHAPES = ("url", "email", "file", "path", "version")
_ORIGINS = {"task": "item", "shown": "found", "own": "text"}


def name_of(
    values: Sequence[tuple[Member, str]], before: Iterable[str], operations: Iterable[str], origin: str
) -> str:  # fmt: skip
    """The name of a parameter with these values.

    `before` are the texts that stand before it in the steps, `operations` those of the steps, and `origin` says where its
    values come from ("task", "shown", "own").
    """
    key = _agreed(_argument(text) for text in before)
    if key and key not in _PLAIN_KEYS:
        return key
    beside = _agreed(_beside(member.task, value) for member, value in values) if origin == "task" else ""
    if beside:
        return beside
    shape = _agreed(shape_of(value) or "" for _, value in values)
    if shape in _SHAPES:
        return shape
    if key:
        noun = _agreed(re.split(r"[_.\s-]", operation)[-1] for operation in operations)
        return f"{noun.rstrip('s')}_{key}" if key in ("id", "name", "key") and _NAME.fullmatch(noun) else key
    if shape in ("id", "number"):
        return shape
    if origin == "task" and len({value.casefold() for _, value in values}) == 1:
        return own_word(values[0][1]) or "item"
    return _ORIGINS[origin]


def _agreed(names: Iterable[str]) -> str:
    """The name that most agree on; empty where there is none."""
    counts = Counter(names)
    name, count = counts.most_common(1)[0] if counts else ("", 0)
    return name if 2 * count > counts.total() else ""


def _argument(before: str) -> str:
    """The name of the argument or option that a text is passed as: "id" after `get(id=`, "target" after `--target `."""
    match = _OPTION.search(before) or _KEY.search(before)
    return identifier(match[1]) if match else ""


def identifier(text: str) -> str:
    """A text as a parameter's name: "reservation_id" of "reservationId"; empty where it cannot be one."""
    name = _NO_NAME.sub("_", _CAMEL.sub("_", text).lower()).strip("_")
    return name if _NAME.fullmatch(name) else ""


def own_word(value: str) -> str:
    """The last word of a phrase, which in English names the thing: "mug" of "red mug"."""
    words = _WORD.findall(value.lower())
    return identifier(words[-1]) if words and words[-1] not in STOP else ""


def _beside(task: str, value: str) -> str:
    """The noun beside a value in a task: before an identifier ("branch" of "the branch fix/login"), after a plain word
    ("table" of "the users table"); empty where there is none. Before a plain word stands what qualifies it."""
    start = task.casefold().find(value.casefold())
    if start < 0:
        return ""
    before = [word for word in _TOKEN.findall(task[:start]) if word.lower() not in _FILLERS]
    after = _TOKEN.findall(task[start + len(value) :])
    plain = all(word.isalpha() for word in value.split())
    for word in after[:1] if plain else before[-1:]:
        noun = word.lower()
        common = noun.isalpha() and len(noun) > 2 and noun not in STOP | GENERIC_VERBS | NUMBER_WORDS
        if common and not is_only_ordered(task, noun):
            return noun
    return ""


def numbered(name: str, taken: Collection[str]) -> str:
    """The name, with a number where it is taken: {item}, {item_2}."""
    number, result = 1, name
    while result in taken:
        number += 1
        result = f"{name}_{number}"
    return result
