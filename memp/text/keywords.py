"""Keywords: a text's words as the full-text index has them, and their inverse document frequency (BM25).

It imports next to nothing: a hook looks words up in a few milliseconds.
"""

import hashlib
import math
import re
import unicodedata

KEYWORD_FLOOR = 1.0
"""The least word score where there are no vectors to go by: about one word that no other task has, or two rare ones."""

LEAST_TASKS = 50
"""Word counts are read as if the memory had at least so many keys: in a small one every word would seem common."""

POOL = 40
"""Keys that one look-up of an index brings, before they are ranked."""

MOST_TERMS = 24
"""Words of a query that are looked up; the rarest are kept."""

_WORD = re.compile(r"[^\W_]+")
_STOP = frozenset(
    (
        "a about after all also am an and any are as at be been but by can could did do does for from had has have how i "
        "if in into is it its just let me my need of on or our please should so some than that the their them then there "
        "this to up us want was we were what when where which while who will with would you your"
    ).split()
)


def plain(text: str) -> str:
    """A text as the word index holds it: lower case, without accents, ligatures and other forms of the same letters."""
    if text.isascii():
        return text.lower()
    letters = (c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    # What is no letter or digit ends a word; SQLite, whose tables are older, takes newer signs for letters.
    return "".join(c if c.isalnum() else " " for c in letters).casefold()


def terms(text: str) -> list[str]:
    """The words of a text as the keyword index sees them: lower case, without accents and stop words, each once."""
    return [word for word in dict.fromkeys(_WORD.findall(plain(text))) if word not in _STOP]


def idf(count: int, total: int) -> float:
    """BM25's inverse document frequency, ln(1 + (N - df + 0.5) / (df + 0.5)), of a word in `count` of `total` keys."""
    total = max(total, LEAST_TASKS)
    count = min(count, total)
    return math.log(1 + (total - count + 0.5) / (count + 0.5))


_WORDS = re.compile(r"\w+")


def hash_words(text: str) -> bytes:
    """Four bytes for each different word of a text, sorted: enough to tell like tasks, and not what they say."""
    words = {hashlib.blake2b(word.encode(), digest_size=4).digest() for word in _WORDS.findall(plain(text))}
    return b"".join(sorted(words))
