"""Language identification by script and function words: can an embedding model read this text?

It names a language only where the text shows it; a command line or a list of names has none and passes as English.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from memp.text.vocabulary import words_of

ENGLISH = "en"
OTHER = "other"
"""A script that no language here is told by."""

LEAST_FOREIGN = 0.3
"""The share of a text's letters in another script from which the text is in that script's language: a quoted word is not."""

_WORDS = {
    "en": words_of("the a an of to and in for with on is are it that this be not my our from at by into all as we you"),
    "de": words_of(
        """der die das den dem des ein eine einen einem einer und oder nicht ist sind mit von für auf aus bei nach zu zur zum
        wird werden ich wir sie im vom als auch alle über unter wegen bitte kein keine soll unser unsere mehr ohne durch"""
    ),
    "es": words_of(
        """el la los las un una de del y o en por para con que es son no se su al como más este esta desde sin según
        nuestro nuestra todos hay lo mi"""
    ),
    "fr": words_of(
        """le la les un une des du de et ou en pour avec que qui est sont ne pas se sur dans au aux ce cette nos notre
        sans plus mon ma mes il"""
    ),
    "it": words_of(
        "il lo la gli un una di del della dei delle e o in per con che è sono non si su al alla dal nel nella questo"
    ),
    "pt": words_of(
        "o os as um uma de do da dos das e ou em no na nos nas por para com que é são não se ao mais este esta seu sem"
    ),
    "nl": words_of(
        "de het een van en of niet is zijn met op uit bij naar voor door aan te wij ik onze ons deze dit alle geen"
    ),
}  # fmt: skip
FUNCTION_WORDS = frozenset[str]().union(*_WORDS.values())
"""The function words of all of these languages."""

_SCRIPTS = {"CJK": "zh", "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "CYRILLIC": "ru", "GREEK": "el",
            "ARABIC": "ar", "HEBREW": "he", "DEVANAGARI": "hi", "THAI": "th"}  # fmt: skip
_TOKEN = re.compile(r"[^\W\d_]+")

NAMES = {
    "de": "German", "es": "Spanish", "fr": "French", "it": "Italian", "pt": "Portuguese", "nl": "Dutch", "zh": "Chinese",
    "ja": "Japanese", "ko": "Korean", "ru": "Russian", "el": "Greek", "ar": "Arabic", "he": "Hebrew", "hi": "Hindi",
    "th": "Thai", OTHER: "its language",
}  # fmt: skip


def function_words_of(text: str) -> frozenset[str]:
    """The function words of a text's language; none where it is one that no list here is of."""
    return _WORDS.get(language_of(text), frozenset())


class _Count(NamedTuple):
    hits: int
    language: str


@lru_cache(maxsize=4_096)
def language_of(text: str) -> str:
    """The language of a text, as its ISO 639-1 code; "en" where nothing shows another."""
    script = None if text.isascii() else _by_script(text)
    return script or _by_words(text)


def _by_script(text: str) -> str | None:
    letters = [c for c in text if c.isalpha()]
    foreign = [c for c in letters if not c.isascii() and not unicodedata.name(c, "LATIN").startswith("LATIN")]
    if len(foreign) < LEAST_FOREIGN * len(letters) or not foreign:
        return None
    names = [unicodedata.name(c, "").split()[0] for c in foreign]
    if any(name in ("HIRAGANA", "KATAKANA") for name in names):
        return "ja"
    return _SCRIPTS.get(max(set(names), key=names.count), OTHER)


def _by_words(text: str) -> str:
    words = _TOKEN.findall(text.lower())
    if not words:
        return ENGLISH
    counts = [_Count(sum(word in own for word in words), language) for language, own in _WORDS.items()]
    english, best = counts[0], max(counts[1:])
    clear = best.hits >= 2 and best.hits > english.hits
    # A short command has one function word or none; then letters that English lacks speak.
    accented = best.hits >= 1 and english.hits == 0 and not text.isascii()
    return best.language if clear or accented else ENGLISH
