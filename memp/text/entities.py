"""Entities: the things that a task, an action or an observation names, and the key facts of a task.

Memp, section 3.2, retrieves by key facts of the task (AveFact), and its scripts speak of tasks in general. Both need to
know what a text is about ("mug 1", "src/dates.py", "v2.1.0"). Here that is found by rule: by the shape of a token, and
by short lists of general English and shell words (memp.text.vocabulary).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from memp.text.actions.command import MAX_HEAD, head_of, is_plain
from memp.text.vocabulary import COUNTED, EXTENSIONS, GENERIC_VERBS, STOP

Shape = Literal["url", "email", "file", "path", "version", "number", "id", "name", "text", "word"]
"""The form of a token."""

ADDRESSES: frozenset[Shape] = frozenset(("url", "email", "path", "file"))
"""Forms of what says where something is."""

IDENTIFYING = ADDRESSES | {"id", "number", "version"}
"""Forms of what names one thing and no other."""

MAX_TASK = 4_000
"""Characters of a task that are read for its key facts."""

MOST_FACTS = 6
"""Key facts that are taken from a task, and words of one."""

MAX_KEY_FACT = 80
"""Characters of a key fact."""

# Every repetition is over one character class and what may follow it is outside that class: no backtracking.
TOKEN = re.compile(
    r"https?://[^\s\"'<>)\]}]+"
    r'|(?<!\w)"[^"\n]{1,120}"'
    r"|(?<!\w)'[^'\n]{1,120}'(?!\w)"
    r"|(?<!\w)`[^`\n]{1,120}`"
    r"|[\w~./#@-][\w./@#+~-]*"
)
"""Tokens: addresses, quotations, and words with what belongs to a path, version or name."""

NUMBERED = re.compile(r"(?<![\w./-])([A-Za-z][A-Za-z_-]{1,40})[ ](\d{1,4})(?![\w/-]|\.\w)")
"""A noun and a number: "mug 1"."""

_ARTICLE_NUMBERED = re.compile(r"\b(?:an?|the|some)\s([a-z][a-z_-]{1,40})\s\d{1,4}\b")
_VERSION = re.compile(r"v?\d+(?:\.\d+)+(?:[-+.]?[a-z]+\d*)?", re.IGNORECASE)

_IDENTIFIER = re.compile(
    r"(?<![\w./@-])(?:"
    r"#\d+"
    r"|(?!(?i:utf|sha|aes|rsa|iso|rfc)-)[A-Za-z]+[-_]\d{2,}"  # web-24, OPS-981
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,40}"  # a hash
    r"|\d+(?:[-.:/]\d+){2,}"  # a date, an address, a version
    r"|\d{5,}"
    r")(?![\w/@-]|\.\w)"
)
"""Names that only say which one is meant."""

_LEAST_WORDS = 3


@lru_cache(maxsize=4_096)
def shape_of(token: str) -> Shape | None:
    """The shape of a token; None for flags, punctuation and single digits."""
    if token[:1] in "\"'`" and len(token) > 2:
        inner = token[1:-1].strip()
        return ("text" if " " in inner else shape_of(inner)) if inner else None
    if token.startswith(("http://", "https://")):
        return "url"
    if token.startswith("-") or not any(c.isalnum() for c in token):
        return None
    if token.isdigit():
        return "number" if len(token) > 1 else None
    if _VERSION.fullmatch(token):
        return "version"
    return _named_shape(token)


def _named_shape(token: str) -> Shape | None:
    """The shape of a token with letters: an address, a file, a path, an identifier, a name or a plain word."""
    if "@" in token[1:] and "." in token.rsplit("@", 1)[1]:
        return "email"
    base = token.rsplit("/", 1)[-1]
    if "." in base and base.rsplit(".", 1)[1].lower() in EXTENSIONS and base[0] != "#":
        return "file"
    letters, digits = any(c.isalpha() for c in token), any(c.isdigit() for c in token)
    if not letters:
        return "number"  # a date, a fraction
    if "/" in token:
        parts = [part for part in token.lower().split("/") if part]
        return None if len(parts) > 1 and all(part in STOP for part in parts) else "path"
    if digits and (letters or token.startswith("#")) and len(token) > 2:
        return "name" if "_" in token or "." in token else "id"
    if "_" in token or "." in token or (token[1:] != token[1:].lower() and not token.isupper()):
        return "name"
    return "word"


def without_identifiers(text: str) -> str:
    """`text` without the names that only say which one is meant: "restart the queue on web-24 for OPS-981" becomes
    "restart the queue on for". Left as it is where fewer than `_LEAST_WORDS` words would remain.
    """
    words = _IDENTIFIER.sub(" ", text).split()
    return " ".join(words) if len(words) >= _LEAST_WORDS else text


def key_of(token: str) -> str:
    """The normal form of a token, equal for two mentions of one thing: no quotes, no ./, lower case."""
    if token[:1] in "\"'`" and len(token) > 2:
        token = token[1:-1]
    return token.strip().removeprefix("./").rstrip("./").lower()


def tokens_of(text: str) -> list[str]:
    """The tokens of `text` as they stand, without the punctuation that ends a sentence."""
    return [token if token[0] in "\"'`" else token.rstrip(".") for token in TOKEN.findall(text) if token.strip("./-~")]


def counted_nouns(actions: Iterable[str], texts: Iterable[str]) -> frozenset[str]:
    """The nouns that name instances by number here, as in "mug 1".

    "line 42" or "volume 30" are not such names: the noun must be numbered in plain actions, and be seen with an
    article ("a mug 1") or numbered in two actions.
    """
    seen: dict[str, set[str]] = {}
    for action in actions:
        for match in NUMBERED.finditer(action[:MAX_HEAD]):
            noun = match[1].lower()
            if match.start() > 0 and noun not in COUNTED and is_plain(action):
                seen.setdefault(noun, set()).add(action)
    if not seen:
        return frozenset()
    with_article: set[str] = set()
    for text in texts:
        with_article.update(_ARTICLE_NUMBERED.findall(text.lower()))
    counted = {noun for noun, where in seen.items() if noun in with_article or len(where) > 1}
    beside = {action for noun in counted for action in seen[noun]}  # "put mug 1 in drawer 2": one of them says it all
    return frozenset(noun for noun, where in seen.items() if noun in counted or not where.isdisjoint(beside))


def _with_proper_names(tokens: Sequence[str]) -> list[str]:
    """The tokens, with two capitalised words in a row joined: "New York". The first word of a text is no name."""
    joined: list[str] = []
    open_ended = False
    for position, token in enumerate(tokens):
        capital = position > 0 and token.isalpha() and token[0].isupper()
        if capital and open_ended:
            joined[-1] = f"{joined[-1]} {token}"
            open_ended = False
        else:
            joined.append(token)
            open_ended = capital
    return joined


def facts_of(task: str) -> tuple[str, ...]:
    """The key facts of a task (Memp's AveFact, by rule): at most six words or names, in the order of the task.

    Names by shape (files, versions, identifiers, quotations) come before plain words where there are too many.
    """
    facts: dict[str, tuple[bool, int]] = {}
    for position, token in enumerate(_with_proper_names(tokens_of(task[:MAX_TASK]))):
        shape, key = shape_of(token), key_of(token)
        if shape is None or not key or len(key) > MAX_KEY_FACT or len(key.split()) > MOST_FACTS:
            continue
        if shape == "word" and (len(key) < 2 or key in STOP or key in GENERIC_VERBS):
            continue
        facts.setdefault(key, (shape == "word", position))
    best = sorted(facts, key=lambda key: facts[key])[:MOST_FACTS]
    return tuple(sorted(best, key=lambda key: facts[key][1]))


def task_terms(task: str) -> dict[str, str]:
    """The things a task names, from key to how it is written: its shaped tokens, its content words, and two words joined.

    "soap bar" is also known as "soapbar", because environments write their nouns as one word.
    """
    terms: dict[str, str] = {}
    tokens = tokens_of(task)
    for token in tokens:
        shape = shape_of(token)
        if shape is not None and (shape != "word" or token.lower() not in STOP):
            terms.setdefault(key_of(token), token.strip("\"'`") if token[0] in "\"'`" else token)
    for left, right in pairwise(tokens):
        if left.isalpha() and right.isalpha() and left.lower() not in STOP and right.lower() not in STOP:
            terms.setdefault((left + right).lower(), f"{left} {right}")
    return terms


REFERENCE = re.compile(r"\[(\d{1,6})\]")
"""The number of an element of a web page: "click [1582]"."""

_SEEN = re.compile(r"https?://[^\s\"'<>)\]}]+|[\w~./#@-][\w./@#+~-]*")


def keys_in_action(action: str, counted: frozenset[str]) -> tuple[str, ...]:
    """The keys of the things an action names, in order: instances, references, tokens by shape, and words where it is in
    plain words. Only its head is read.
    """
    head, plain = head_of(action), is_plain(action)
    instances = [match for match in NUMBERED.finditer(head) if match[1].lower() in counted]
    keys = [f"[{number}]" for number in REFERENCE.findall(head)]
    keys += [f"{match[1].lower()} {match[2]}" for match in instances]
    for match in reversed(instances):  # its noun and number are no names of their own
        head = f"{head[: match.start()]}_ _{head[match.end() :]}"
    for position, token in enumerate(tokens_of(head)):
        shape, key = shape_of(token), key_of(token)
        if position and shape is not None:
            if shape == "word" and (not plain or key in STOP or key in GENERIC_VERBS):
                continue
            keys.append(key)
    return tuple(dict.fromkeys(key for key in keys if key))


def keys_in_observation(text: str, vocabulary: Mapping[str, Sequence[str]], counted: frozenset[str]) -> set[str]:
    """The keys of the things that an observation shows, of those that actions name.

    `vocabulary` leads from a form ("dates.py") to the keys it may stand for ("src/dates.py").
    """
    shown = {key for token in set(_SEEN.findall(text)) for key in vocabulary.get(key_of(token), ())}
    if counted:
        for match in NUMBERED.finditer(text):
            shown.update(vocabulary.get(f"{match[1].lower()} {match[2]}", ()))
    if "[" in text:
        for number in REFERENCE.findall(text):
            shown.update(vocabulary.get(f"[{number}]", ()))
    return shown
