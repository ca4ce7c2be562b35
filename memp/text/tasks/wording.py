"""Tokenise a text in words into words, values and signs, and tell which have the form of a name, a number or a quotation."""

import re
from typing import NamedTuple

from memp.text.keywords import UNSPACED
from memp.text.tasks.language import language_of
from memp.text.templates import PLACEHOLDER
from memp.text.vocabulary import QUOTES

NOUNS_HAVE_CAPITALS = frozenset(("de",))
"""Languages that write all nouns like names."""

_TOKEN = re.compile(
    rf"{PLACEHOLDER}|\s+|[\"“„][^\"“”]*[\"”]|「[^「」]*」|『[^『』]*』|《[^《》]*》|{UNSPACED}"
    rf"|[^\W_](?:(?!{UNSPACED})[\w./@:'-])*(?<![./:'-])|.",
    re.DOTALL,
)
_OPENING = f"{QUOTES}“„「『《"


class Token(NamedTuple):
    """A word, value or sign of a text; `is_named`: it has the form of a name within a sentence, a number or a quotation."""

    text: str
    first: bool = False
    is_named: bool = False

    @property
    def key(self) -> str:
        """By what tokens are compared."""
        return self.text.casefold()

    @property
    def says(self) -> bool:
        """Whether it is more than a sign or a space."""
        return any(map(str.isalnum, self.text))


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text: joined they are the text again. Letters of scripts without spaces are one each."""
    tokens: list[Token] = []
    first = True
    capitals = language_of(text) not in NOUNS_HAVE_CAPITALS
    for match in _TOKEN.finditer(text):
        token = Token(match[0], first, _is_named(match[0], first=first, capitals=capitals))
        tokens.append(token)
        first = (first and not token.says) or token.text in (".", "!", "?", ":")
    return tokens


def _is_named(word: str, *, first: bool, capitals: bool) -> bool:
    """Whether a word has the form of a value. In a language whose nouns have capitals these are no sign of one."""
    if re.fullmatch(PLACEHOLDER, word):
        return False
    inside = word[1:] if first or not capitals else word
    is_quoted = word[0] in _OPENING and len(word) > 1
    return is_quoted or any(c.isdigit() or c in "_/@" for c in word) or any(map(str.isupper, inside))
