"""Templates: texts with {placeholders}, and how a task is bound to one.

A placeholder is a name in braces: an ASCII letter or underscore, then up to 40 letters, digits and underscores. Whoever
writes a script may use any such name. The rules write names in lower case only, and fill only those. A name that a script
does not declare is no placeholder of it: `${tag}` and `{{chart}}` of a command stay as they are.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence

from memp.text.secrets.names import means_secret
from memp.text.vocabulary import ARTICLES, NUMBER_WORDS, STATE_WORDS, STOP, words_of

_NAME = r"[A-Za-z_][A-Za-z0-9_]{0,40}"
_LOWER_NAME = r"[a-z][a-z0-9_]{0,40}"

PLACEHOLDER = rf"\{{{_NAME}\}}"
"""The pattern of a placeholder, without a group: for patterns of tokens that keep it whole."""

_PLACEHOLDER = re.compile(rf"\{{({_NAME})\}}")
_FOREIGN = re.compile(rf"\$\{{{_NAME}\}}|\{{\{{{_NAME}\}}\}}|@\{{(?:u|upstream|push)\}}")
_LOWER_NAME_ALONE = re.compile(_LOWER_NAME)
_SLOT = re.compile(rf"\{{({_LOWER_NAME})\}}")
_SPREAD = re.compile(rf"\{{ ({_LOWER_NAME}) \}}")
_CUT_SLOT = re.compile(rf"\{{(?:{_LOWER_NAME})?\Z")
_BRACES = re.compile(r"\{[^{}]*\}")
_INSTANCE = re.compile(r"(\{\w+\}) \d+\b")
_NUMBER = re.compile(r"_\d+\Z")
_WORD = re.compile(rf"{PLACEHOLDER}|[^\W_]+")
_PIECE = re.compile(rf"{PLACEHOLDER}|[^\W_]+|_|\s+|[^\w\s]")

FREE_TEXT = frozenset(
    "text message title query description answer content body comment question note subject url path command".split()
)
"""Placeholders that may stand for any text; every other stands for one thing in a few words."""

_DEGREES = words_of("too very")
_TELLING = STATE_WORDS | NUMBER_WORDS
"""Words beside a value that make another task of it."""

_ARTICLE = re.compile(rf"\b(?:{'|'.join(sorted(ARTICLES))})\b\s+", re.IGNORECASE)


def names(text: str) -> list[str]:
    """The names of the placeholders of `text`, in order, as often as they stand there."""
    return _PLACEHOLDER.findall(text)


def name_of(text: str) -> str | None:
    """The name of the placeholder that `text` is; None where it is anything else."""
    match = _PLACEHOLDER.fullmatch(text)
    return match[1] if match else None


def is_name(text: str) -> bool:
    """Whether a text is a name as the rules write them: lower case, digits and underscores."""
    return _LOWER_NAME_ALONE.fullmatch(text) is not None


def kind_of_name(name: str) -> str:
    """A name without the number that tells it from others of its kind: "found" of "found_2"."""
    return _NUMBER.sub("", name)


def substitute(text: str, value: Callable[[str], str]) -> str:
    """`text` with `value(name)` in the place of each placeholder."""
    return _PLACEHOLDER.sub(lambda match: value(match[1]), text)


def unnumbered(text: str) -> str:
    """`text` with the placeholders of one kind alike, {found} for {found_2}, and without the numbers of their instances."""
    return _INSTANCE.sub(r"\1", substitute(text, lambda name: f"{{{kind_of_name(name)}}}"))


def without_braces(text: str) -> str:
    """`text` without all that stands in braces: its placeholders, and what was meant as one, such as {the file}."""
    return _BRACES.sub(" ", text)


def spread(text: str) -> str:
    """A task, before its values are slots, with what would read as one spread to { name }: a template declares none, and `bind`
    takes it for what the task has."""
    return _SLOT.sub(r"{ \1 }", text)


def meant(text: str) -> list[str]:
    """The names of the placeholders of a text that declares none: without what another language has in braces, as in
    "${tag}", "{{ image }}" or git's "@{push}"."""
    return _PLACEHOLDER.findall(_FOREIGN.sub(" ", text))


def numbered(name: str, taken: Collection[str]) -> str:
    """The name, with a number where it is taken: {item}, {item_2}."""
    number, result = 1, name
    while result in taken:
        number += 1
        result = f"{name}_{number}"
    return result


def without_cut(text: str) -> str:
    """The beginning of a longer text, without the placeholder that the cut went through."""
    return _CUT_SLOT.sub("", text)


def words(text: str) -> list[str]:
    """The words of `text`, as they are written; a placeholder is one."""
    return _WORD.findall(text)


def pieces(text: str) -> list[str]:
    """Words, placeholders and all that stands between them, so that joined they are `text` again."""
    return _PIECE.findall(text)


ANY = "..."
"""What stands in a template for a few words, whatever they are."""

_ANY = re.compile(r"(?<!\S)\.\.\.(?!\S)")
_UNNAMED = "any_words_"


def bind(template: str, task: str) -> dict[str, str] | None:
    """Bind a template to a task: placeholder to the text that stands for it; None where the task does not fit.

    Case, articles, spaces, final punctuation and instance numbers do not matter. "put a clean mug in drawer" does not
    fit "put a {object} in {place}": what must be clean is another task. `ANY` stands for a few words, whatever they are.
    """
    bound = _bound(_opened(template), task)
    return None if bound is None else {name: value for name, value in bound.items() if not name.startswith(_UNNAMED)}


def secrets_in(template: str, task: str) -> list[str]:
    """What a task has for the parameters of a template that are secrets by their name, each as an assignment: nothing in
    "log in as ann with hunter22" says that it holds one, "log in as {user} with {password}" does."""
    bound = bind(template, task) or {}
    return [f'{name}="{value}"' for name, value in bound.items() if means_secret(name)]


def _opened(template: str) -> str:
    """A template with a placeholder for each `ANY`."""
    return _ANY.sub(lambda match: f"{{{_UNNAMED}{match.start()}}}", _normal(template))


def _bound(template: str, task: str) -> dict[str, str] | None:
    """The values of all placeholders of a template that is opened."""
    parts = _SLOT.split(template)
    literals, slots = [_SPREAD.sub(r"{\1}", part.lower()) for part in parts[::2]], parts[1::2]
    text = _normal(task)
    lower = text.lower()
    if len(lower) != len(text):  # a letter whose lower case is longer would shift every position
        text = lower
    if not slots:
        return {} if lower == literals[0] else None
    if not lower.startswith(literals[0]) or not lower.endswith(literals[-1]) or any(not x for x in literals[1:-1]):
        return None
    return _fill(slots, literals, text, lower)


def _fill(slots: list[str], literals: list[str], text: str, lower: str) -> dict[str, str] | None:
    """The values of the slots, each the text up to the first place where the next literal stands."""
    end = len(lower) - len(literals[-1])
    position, bindings = len(literals[0]), dict[str, str]()
    for number, name in enumerate(slots, 1):
        stop = end if number == len(slots) else lower.find(literals[number], position + 1, end)
        # What stands after a colon up to the end is said or quoted, in whatever words.
        is_said = number == len(slots) and not literals[-1] and literals[number - 1].rstrip().endswith(":")
        value = _value(name, text[position:stop], free=is_said) if stop > position else None
        if value is None or bindings.setdefault(name, value).lower() != value.lower():
            return None
        position = stop + len(literals[number])
    return bindings


def _normal(text: str) -> str:
    return _ARTICLE.sub("", " ".join(text.split())).rstrip(" .!?;")


def _value(name: str, text: str, *, free: bool = False) -> str | None:
    """`text` as the value of a placeholder, or None when it is more than one thing; a `free` one may be any text."""
    value = text.strip()
    parts = value.lower().split()
    if not parts or len(value) > 200:
        return None
    if free or kind_of_name(name) in FREE_TEXT:
        return value
    # Of "locker 14" for a {locker} only the number says which.
    if len(parts) > 1 and parts[-1].isdigit() and " ".join(parts[:-1]) != kind_of_name(name).replace("_", " "):
        value, parts = " ".join(value.split()[:-1]), parts[:-1]
    if len(parts) > 4 or any(word.strip(",") in STOP for word in _without_degrees(parts)):
        return None
    return None if len(parts) > 1 and (parts[0] in STATE_WORDS | NUMBER_WORDS or parts[0].isdigit()) else value


def _without_degrees(parts: Sequence[str]) -> Iterable[str]:
    """The words of a value but for those that say to which degree the next one holds: "too small"."""
    return (word for at, word in enumerate(parts) if word not in _DEGREES or at + 1 == len(parts))


def looser(templates: Iterable[str], task: str) -> set[str]:
    """Of the templates that a task fits those that another one fits more closely: what one slot takes whole, "clean mug", the
    other takes apart into a word of its own and a slot, "clean {item}"."""
    values = {template: _slot_values(template, task) for template in templates}
    return {
        one for one, wide in values.items()
        if any(a.endswith(f" {b}") for other, narrow in values.items() if other != one for a in wide for b in narrow)
    }  # fmt: skip


def _slot_values(template: str, task: str) -> frozenset[str]:
    return frozenset(value.casefold() for value in (bind(template, task) or {}).values())


def fixed_share(template: str, task: str) -> float:
    """The share of a task's words that a template has of its own, from 0 to 1; 0 where the task does not fit it."""
    opened = _opened(template)
    bindings = _bound(opened, task) if opened else None
    if bindings is None:
        return 0.0
    count = len(_compared(task))
    filled = sum(len(_compared(bindings[name])) for name in _SLOT.findall(opened))
    return max(0.0, 1 - filled / count) if count else 0.0


def misses_by_one(template: str, task: str) -> bool:
    """Whether a task would fit a template if one word of the template's own were another, missing or added.

    An edit distance (Levenshtein) of exactly one word, in which a placeholder equals any word. A word beside a placeholder
    belongs to its value, and says nothing of the task, but for a state and a number: "put a hot mug in drawer".
    """
    ours, theirs = _compared(template), _compared(task)
    if abs(len(ours) - len(theirs)) > 1 or not any(word.startswith("{") for word in ours):
        return False
    row = list(range(len(theirs) + 1))
    for at, word in enumerate(ours, 1):
        before, row = row, [at]
        for to, other in enumerate(theirs, 1):
            same = word == other or word.startswith("{")
            row.append(min(before[to] + 1, row[-1] + _added(word, theirs[:to]), before[to - 1] + (not same)))
    return row[-1] == 1


def _added(word: str, theirs: Sequence[str]) -> int:
    """The cost of the last of a task's words after a word of a template: none where it is more of a placeholder's value."""
    if not word.startswith("{") or len(theirs) < 2:
        return 1
    return int(not _TELLING.isdisjoint(theirs[-2:]) or theirs[-2].isdigit())


def _compared(text: str) -> list[str]:
    """The words of a task or a template, articles aside, as `bind` sees them."""
    return [word for word in words(text.casefold()) if word not in ARTICLES]
