"""Mentions: whether a text names a value, as whole words in whatever spelling."""

import re
from collections.abc import Iterable
from itertools import pairwise

from memp.text.vocabulary import DETERMINERS, QUANTIFIERS, words_of

LEAST_JOINED = 6
"""Letters of a word that may be two words of the task written as one: "soapbar"."""


def whole_pattern(text: str) -> re.Pattern[str]:
    """A pattern for a text that is no part of a longer word, path, number or identifier: "in" is not in "string", nor "src" in
    "src/app", but "app" is in "/src/app." and "8080" in ":8080"."""
    before = r"(?<![\w])(?<!\w[./-])" if text[0].isalnum() else ""
    after = r"(?:e?s)?(?![\w])(?![./-]\w)" if text[-1].isalnum() else ""
    return re.compile(before + re.escape(text) + after)


def in_all(collections: Iterable[Iterable[str]]) -> set[str]:
    """The texts that stand in every collection; none where there is no collection."""
    sets = [set(texts) for texts in collections]
    return {text for text in sets[0] if all(text in other for other in sets[1:])} if sets else set()


def squashed(text: str) -> str:
    """A text's words in lower case, each between single spaces; what joins the parts of a value stays."""
    return f" {' '.join(word.strip('.,:;!?()[]{}<>') for word in _unquoted(text).casefold().split())} "


def _unquoted(text: str) -> str:
    return text.translate(str.maketrans("\"'`=,", "     "))


def names(task: str, value: str) -> bool:
    """Whether a squashed task has a value as whole words, a plural ending and spaces inside it aside."""
    value = squashed(value).strip()
    if not value:
        return False
    if f" {value} " in task or f" {value}s " in task or f" {value}es " in task:
        return True
    if len(value) > 1 and _UNSPACED.search(task):
        spaced = spaced_in(task)
        return re.search(rf"(?<!{spaced}){re.escape(value)}(?!{spaced})", task) is not None
    return value.isalpha() and len(value) >= LEAST_JOINED and value in {a + b for a, b in pairwise(task.split())}


_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
"""A sign of a script that has no spaces between words: Chinese and Japanese."""


def spaced_in(text: str) -> str:
    """A pattern, for use on a text, of a letter or digit of any other script: a value ends where none follows. It names the
    signs of the text alone, as `re` goes through all 27,000 each time that it compiles a range of them."""
    return rf"(?-i:[^\W{''.join(sorted(set(_UNSPACED.findall(text))))}])"


_SENTENCE = re.compile(r"[.!?:;\n](?:\s+|\Z)")

_ENDS_PART = re.compile(r"[,)\]}\"'`]\Z")

_JOINS = words_of("and then please now also just")

_AFTER_VERB = DETERMINERS | QUANTIFIERS | words_of("it them him")


def is_only_ordered(task: str, word: str) -> bool:
    """Whether a word stands in a task only where an order begins: first in a sentence, or after "and" before a thing. A word that
    is all that follows a colon is what the order before it is about: "publish a post: Spring"."""
    word = word.casefold()
    for sentence, introduced in _sentences(task):
        words = [part.strip(".,:;!?()[]{}<>\"'`").casefold() for part in sentence.split()]
        for i, other in enumerate(words):
            if other not in (word, f"{word}s", f"{word}es"):
                continue
            after_join = i > 0 and words[i - 1] in _JOINS
            if i == 0 and (_ENDS_PART.search(sentence.split()[0]) or (introduced and len(words) == 1)):
                return False
            if i > 0 and not (after_join and words[i + 1 : i + 2] and words[i + 1] in _AFTER_VERB):
                return False
    return True


def _sentences(task: str) -> Iterable[tuple[str, bool]]:
    """The sentences of a task, and whether a colon introduces each."""
    start, introduced = 0, False
    for match in _SENTENCE.finditer(task):
        yield task[start : match.start()], introduced
        start, introduced = match.end(), match[0][0] == ":"
    yield task[start:], introduced
