"""Keywords: a text's words as the full-text index has them, and their inverse document frequency (BM25).

It imports next to nothing: a hook looks words up in a few milliseconds.
"""

import math
import re
import unicodedata

from memp.text.patterns import Pattern

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


UNSPACED = (
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""A letter of a script that has no spaces between words: Han, Kana, Thai, Lao, Khmer, Burmese, Tibetan and their kin."""

_UNSPACED = Pattern(f"{UNSPACED}+")


def plain(text: str) -> str:
    """A text without case, accents, ligatures and other forms of the same letters."""
    if text.isascii():
        return text.lower()
    # Vowel signs are no letters of their own: a word of Hindi or Thai ends at none of them.
    letters = (c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c)[0] != "M")
    # What is no letter or digit ends a word; SQLite, whose tables are older, takes newer signs for letters.
    return "".join(c if c.isalnum() else " " for c in letters).casefold()


def indexed(text: str) -> str:
    """A text as the word index holds it: `plain`, and where a script has no spaces between words each two neighbouring letters
    as one (overlapping bigrams, as Lucene's CJK analyser has them): it needs no dictionary, and holds for any such script."""
    bare = plain(text)
    return bare if bare.isascii() else _UNSPACED.sub(_pairs, bare)


def _pairs(match: re.Match[str]) -> str:
    letters = match[0]
    pairs = [letters[at : at + 2] for at in range(len(letters) - 1)] or [letters]
    return f" {' '.join(pairs)} "


def terms(text: str) -> list[str]:
    """The words of a text as the keyword index sees them (`indexed`): lower case, without accents and stop words, each once."""
    return [word for word in dict.fromkeys(_WORD.findall(indexed(text))) if word not in _STOP]


def idf(count: int, total: int) -> float:
    """BM25's inverse document frequency, ln(1 + (N - df + 0.5) / (df + 0.5)), of a word in `count` of `total` keys."""
    total = max(total, LEAST_TASKS)
    count = min(count, total)
    return math.log(1 + (total - count + 0.5) / (count + 0.5))


_WORDS = Pattern(r"\w+")


def hash_words(text: str) -> bytes:
    """Four bytes for each different word of a text, sorted: enough to tell like tasks, and not what they say."""
    import hashlib  # It loads OpenSSL, for which a hook has no time.

    words = {hashlib.blake2b(word.encode(), digest_size=4).digest() for word in _WORDS.findall(indexed(text))}
    return b"".join(sorted(words))
