"""Evidence for names: how the texts of a run call a value, each name with a weight that says how sure the syntax is.

A key, a column's heading and a noun in apposition ("the branch fix/login", "the users table") name a value for sure; a word
that only stands beside it may do so by chance, and counts where most runs have it.
"""

import re
from collections.abc import Iterator, Sequence

from memp.build.induction.naming.phrases import (
    LEAST_KEY,
    MOST_QUALIFIERS,
    SLOT,
    follows_preposition,
    has_article,
    identifier,
    is_apposed,
    is_noun,
    is_phrase,
    is_plain,
    is_qualified,
    noun_after,
    singular,
    whole_of,
    words_before,
)
from memp.build.reading.mentions import is_only_ordered
from memp.text.vocabulary import DETERMINERS, words_of

WHOLE = 0.1
"""How much more the noun counts to which another belongs, as in "the console of the load balancer"."""

KEY = 2.0
"""The weight of a key or a heading that a reading shows a value under."""

APPOSITION = 2.0
"""The weight of a noun that the syntax puts to a value."""

OBJECT = 1.5
"""The weight of what the task calls the object of a step's verb, and of a fixed word beside the value in steps."""

BESIDE = 1.0
"""The weight of a word beside a value."""

MOST_LINES = 4
"""Lines of one observation, and places in one line, that are read for what a value is called."""

Names = Iterator[tuple[str, float]]
_KEY = re.compile(r"([A-Za-z_][\w-]{0,40})[\"']?\s*[:=]\s*[\"']?\Z")
_SPOKEN_KEY = re.compile(r"([^\W\d_][\w-]{0,40})[\"']?(?:\s*[:=]|\s+is)\s*[\"'`]?\Z")
_OPTION = re.compile(r"--([a-z][\w-]{0,40})[ =][\"']?\Z")
_REDIRECTED = re.compile(r"(?:\A|[^<>=-])(?<!\d)>>?\s*\Z")
_FOLDER = re.compile(r"(?:\A|&&|;)\s*cd\s+\Z")
_QUALIFIED = re.compile(r"[\"'`][\w.]+\.\Z")
"""The quoted name that a value is the last part of, as in "public.orders"."""

_DEFINITE = DETERMINERS - {"a", "an", "some", "each", "every", "another"}
_KIND = re.compile(r"(?:^|\s)([A-Za-z]{2,20})/\Z")
_CELLS = re.compile(r"\s{2,}")
COMMAND = 3
"""Words of a command that has a noun: the program, the noun, and what is done."""

GENERAL_KEYS = words_of("id name value text input query key arg args data type title error warning note info")
"""Keys that say of anything that it is passed or shown."""


def argument(before: str) -> str:
    """The name of the argument or option that a text is passed as: "id" after `get(id=`, "target" after `--target `; a file to
    which a command writes is its output, and where it goes is a directory."""
    if match := _OPTION.search(before) or _KEY.search(before):
        return identifier(match[1])
    return "output" if _REDIRECTED.search(before) else "directory" if _FOLDER.search(before) else ""


def in_task(task: str, value: str) -> Names:
    """How a task, or another text in sentences, calls a value."""
    for before, after in _places(task, value):
        key = _SPOKEN_KEY.search(before)
        if key and is_noun(key[1]) and identifier(key[1]) not in GENERAL_KEYS:
            yield identifier(key[1]), APPOSITION
            continue
        words = words_before(before)
        noun = words[-1] if words else ""
        if is_apposed(before, words, value, after) and not is_only_ordered(task, noun):
            begun = is_phrase(words) or (follows_preposition(words) and not is_plain(value))
            sure = before.endswith("(") or (begun and not (is_plain(value) and has_article(words[:-1])))
            weight = APPOSITION if sure else BESIDE
            yield singular(noun), weight
            if whole := whole_of(words):
                yield singular(whole), weight + WHOLE
        if following := noun_after(value, after):
            yield following, APPOSITION if has_article(words) else BESIDE


def called_in_task(task: str, value: str) -> Iterator[str]:
    """The nouns by which a task introduces a bare word: "deployment" of "the deployment checkout", "namespace" of "in namespace
    shop", "table" of "the users table". After an indefinite article it is the word itself that says what is meant, as in
    "a systemd timer"."""
    for before, after in _places(task, value):
        words = words_before(before)
        definite = len(words) > 1 and words[-2].lower() in _DEFINITE
        if (definite or follows_preposition(words)) and is_apposed(before, words, value, after):
            yield singular(words[-1])
        if words and words[-1].lower() in _DEFINITE and (noun := noun_after(value, after)):
            yield noun


def in_observation(observation: str, value: str) -> Names:
    """How an observation calls a value: by a key, the heading of its column, or a word beside it."""
    lowered = value.casefold()
    if lowered not in observation.casefold():
        return
    lines = observation.splitlines()
    having = [i for i, line in enumerate(lines) if lowered in line.casefold()]
    for i in having[:MOST_LINES]:
        if heading := _heading(lines, i, value):
            yield heading, KEY
        for before, after in _places(lines[i], value):
            if key := _key(before):
                yield from [(key, KEY)] if key not in GENERAL_KEYS else []
                continue
            before = _QUALIFIED.sub('"', before)
            words = words_before(before)
            if is_apposed(before, words, value, after) and not (is_plain(value) and before.endswith(f"{words[-1]} ")):
                yield singular(words[-1]), BESIDE
            if noun := noun_after(value, after):
                yield noun, BESIDE


def _key(before: str) -> str:
    """The key before a value; a word and a colon are one where the word may be a noun."""
    if match := _SPOKEN_KEY.search(before):
        spoken = before[match.end(1) :].lstrip("\"'")[:1] != "=" and not before[match.end(1) :].startswith(('"', "'"))
        if spoken and not (is_noun(match[1]) and len(match[1]) > LEAST_KEY):
            return ""
    match = _KEY.search(before) or match
    return identifier(match[1]) if match else ""


def in_command(command: str, value: str) -> Names:
    """The kind that a command names before a value: "deployment" of "deployment/checkout"."""
    for before, _ in _places(command, value):
        if kind := _KIND.search(before):
            yield identifier(kind[1]), BESIDE


def around(before: str, after: str, value: str, *, plain: bool) -> Names:
    """The fixed words beside a value in a step; the first word of one in plain words is its verb, and in others only an article
    shows a noun."""
    words = words_before(before)
    if not plain:
        if words and is_noun(words[-1]) and is_phrase(words) and has_article(words[:-1]):
            yield singular(words[-1]), OBJECT
        return
    if len(words) > 1 and words[-2] != SLOT and is_noun(words[-1]) and not is_qualified(value, after):
        yield singular(words[-1]), OBJECT
    if noun := noun_after(value, after):
        yield noun, OBJECT


def group_of(befores: Sequence[str]) -> str:
    """The noun of commands that do different things to one value: "run" of "gh run view" and "gh run watch"; empty where they
    have none."""
    commands = [re.split(r"&&|\|\|?|;", before)[-1].split() for before in befores]
    commands = [words for words in commands if len(words) == COMMAND or words[COMMAND:] in (["-n"], ["--name"])]
    nouns, verbs = ({words[i] for words in commands} for i in (1, 2))
    same = len({words[0] for words in commands}) == len(nouns) == 1 < len(verbs)
    return identifier(nouns.pop()) if same and all(word.isalpha() for word in nouns) else ""


def object_of(task: str, before: str) -> str:
    """The object of a step's verb as a task calls it: "substance" before "focus on " where it says "focus on the substance"."""
    verb = " ".join(before.split())
    if not 0 < len(verb.split()) <= MOST_QUALIFIERS + 1 or not verb.replace(" ", "").isalpha():
        return ""
    match = re.search(rf"\b{re.escape(verb)}\s+(?:an?|the|some|this|that)\s+([^.,;:!?\n]+)", task, re.IGNORECASE)
    words: list[str] = []
    for word in match[1].split() if match else ():
        if not is_noun(word):
            break
        words.append(word)
    return identifier(words[-1]) if 0 < len(words) <= MOST_QUALIFIERS + 1 else ""


def _places(text: str, value: str) -> Iterator[tuple[str, str]]:
    """The texts before and after each place where a value stands as a whole."""
    if value.casefold() not in text.casefold():
        return
    pattern = re.compile(rf"(?<![\w-]){re.escape(value)}(?![\w-]|[./]\w)", re.IGNORECASE)
    for number, match in enumerate(pattern.finditer(text)):
        if number == MOST_LINES:
            return
        yield text[: match.start()], text[match.end() :]


def _heading(lines: Sequence[str], i: int, value: str) -> str:
    """The heading of the column in which a value stands in a table; empty where there is none."""
    cells = _cells(lines[i])
    at = next((k for k, cell in enumerate(cells) if _begins_with(cell, value)), -1)
    if at < 0 or len(cells) < 2:
        return ""
    heads = next((h for h in map(_cells, lines[:i]) if len(h) == len(cells)), list[str]())
    if not heads or any(c.isdigit() for head in heads for c in head) or not all(heads):
        return ""
    name = singular(heads[at])
    return name if name not in GENERAL_KEYS else ""


def _cells(line: str) -> list[str]:
    """The cells of a row of a table."""
    sign = next((sign for sign in "|\t" if sign in line), "")
    return [cell.strip() for cell in (line.split(sign) if sign else _CELLS.split(line.strip()))]


def _begins_with(cell: str, value: str) -> bool:
    cell, value = cell.casefold(), value.casefold()
    return cell.startswith(value) and not (cell[len(value) : len(value) + 1] or " ").isalnum()
