"""Names of parameters: from the argument that a value is passed as, the word beside it in the task, or its shape.

A name says what a value is where the runs say so ("reservation_id", "branch", "file"), and otherwise only where it comes
from: "item" is named by the task, "found" turns up on the way, "text" is the run's own.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from memp.build.induction.values import noun_words
from memp.build.reading.members import Member, is_only_ordered
from memp.text.entities import shape_of
from memp.text.keywords import plain, terms
from memp.text.vocabulary import GENERIC_VERBS, NUMBER_WORDS, STOP

_KEY = re.compile(r"([A-Za-z_][\w-]{0,40})[\"']?\s*[:=]\s*[\"']?\Z")
_OPTION = re.compile(r"--([a-z][\w-]{0,40})[ =][\"']?\Z")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_NAME = re.compile(r"[^a-z0-9_]+")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_TOKEN = re.compile(r"[\w-]+|[^\w\s]")
_FILLERS = frozenset(("#", '"', "'", "`", "=", ":", "named", "called", "number", "no", "is", "("))
_WORD = re.compile(r"[^\W\d_][\w-]*")
_PLAIN_KEYS = frozenset(
    ("id", "name", "value", "text", "input", "query", "key", "arg", "args", "data", "type", "title")
)
_SHAPES = ("url", "email", "file", "path", "version", "host", "date")
_FORMS = {
    "host": re.compile(
        r"(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|app|edu|gov|info|cloud|internal|intranet|local|lan|home|example|test)",
        re.IGNORECASE,
    ),
    "date": re.compile(r"\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{4}"),
}
MOST_LINES = 4
"""Lines of one observation, and places in one line, that are read for what a value is called."""

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
    operations = list(operations)
    beside = _agreed(_beside(member.task, value) for member, value in values) if origin == "task" else ""
    spoken = beside or _spoken_of(values, operations)
    if spoken:
        return spoken
    shape = _agreed(_shape(value) for _, value in values)
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


def _shape(value: str) -> str:
    """What the form of a value says: a host, a date, or the shape of a token."""
    return next((name for name, pattern in _FORMS.items() if pattern.fullmatch(value)), shape_of(value) or "")


def _agreed(names: Iterable[str]) -> str:
    """The name that most agree on; empty where there is none."""
    counts = Counter(names)
    name, count = counts.most_common(1)[0] if counts else ("", 0)
    return name if 2 * count > counts.total() else ""


def _spoken_of(values: Sequence[tuple[Member, str]], operations: Iterable[str]) -> str:
    """The noun beside the values in most runs, in their tasks, steps or observations; empty with one run, or where there is
    none."""
    if len(values) < 2:
        return ""
    verbs = set(re.findall(r"[a-z]+", " ".join(operations)))
    counts: Counter[str] = Counter()
    keys: set[str] = set()
    for member, value in values:
        names = [name for text in _texts_with(member, value) for name in _names_beside(text, value)]
        counts.update({noun for noun, _ in names})
        keys.update(noun for noun, is_key in names if is_key)
    usual = [
        noun for noun, count in sorted(counts.items()) if 2 * count > len(values) and noun not in verbs and count > 1
    ]
    if not usual:
        return ""
    known = frozenset[str]().union(*(noun_words(text) for member, _ in values for text in _prose(member)))
    return max((noun for noun in usual if noun in keys or noun in known), key=lambda noun: counts[noun], default="")


def _prose(member: Member) -> Iterator[str]:
    """What a run says in sentences: its task, its steps in plain words, and its thoughts."""
    yield member.task
    for action in member.actions:
        yield from (action.text if action.plain else "", action.thought)


def _texts_with(member: Member, value: str) -> Iterator[str]:
    """The task, and the steps and lines of observations of a run that have a value."""
    value = value.casefold()
    yield member.task
    for action in member.actions:
        if value in action.text.casefold():
            yield action.text
    for action in member.actions:
        lines = [line for line in action.observation.splitlines() if value in line.casefold()]
        yield from lines[:MOST_LINES]


def _names_beside(text: str, value: str) -> Iterator[tuple[str, bool]]:
    """The names that a text calls a value by, and whether it is a key: the one it stands under, or its kind in
    "deployment/checkout"; else the word before it, and after a plain word or a number the one after it."""
    for match in [*re.finditer(rf"(?<![\w-]){re.escape(value)}(?![\w-])", text, re.IGNORECASE)][:MOST_LINES]:
        before, after = text[: match.start()], text[match.end() :]
        if key := _argument(before):
            if key not in _PLAIN_KEYS:
                yield key, True
            continue
        words = [word for word in _TOKEN.findall(before) if word.lower() not in _FILLERS]
        if kind := _KIND.search(before):
            yield identifier(kind[1]), True
            continue
        following = _UNIT.match(after) if value.replace(" ", "").isalpha() or value.isdigit() else None
        for noun in ("".join(words[-1:]), following[1] if following else ""):
            if _is_noun(noun) and not is_only_ordered(text, noun):
                yield identifier(noun), False


_KIND = re.compile(r"(?:^|\s)([A-Za-z]{2,20})/\Z")
"""The kind before a name, as in "deployment/checkout"."""

_UNIT = re.compile(r"\s([A-Za-z][a-z]{1,20})(?![\w/.-])")


def _is_noun(word: str) -> bool:
    lower = word.lower()
    return (
        lower.isalpha() and len(lower) > 1 and lower not in STOP | GENERIC_VERBS | NUMBER_WORDS and bool(terms(lower))
    )


def _argument(before: str) -> str:
    """The name of the argument or option that a text is passed as: "id" after `get(id=`, "target" after `--target `."""
    match = _OPTION.search(before) or _KEY.search(before)
    return identifier(match[1]) if match else ""


def identifier(text: str) -> str:
    """A text as a parameter's name: "reservation_id" of "reservationId"; empty where it cannot be one."""
    name = _NO_NAME.sub("_", plain(_CAMEL.sub("_", text))).strip("_")
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
    for word in after[:1] if all(word.isalpha() for word in value.split()) else before[-1:]:
        if _is_noun(word) and len(word) > 2 and not is_only_ordered(task, word):
            return word.lower()
    return ""


def numbered(name: str, taken: Collection[str]) -> str:
    """The name, with a number where it is taken: {item}, {item_2}."""
    number, result = 1, name
    while result in taken:
        number += 1
        result = f"{name}_{number}"
    return result
