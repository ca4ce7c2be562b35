"""Recognise the effects of a text: a step, a lesson, a whole procedure in words."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from memp.text.effects.forms import FORMS, Effect

MAX_READ = 8_000
"""Characters of one text that are looked at, its two ends where it is longer."""

_HIDDEN = re.compile(r"[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]")
"""Characters that nobody sees: they must not part a word."""


def effects_in(texts: Iterable[str]) -> tuple[Effect, ...]:
    """The effects of texts, each once, in the order of the forms."""
    found = _effects("\n".join(texts))
    return tuple(dict.fromkeys(form.effect for form in FORMS if form.effect in found))


@lru_cache(maxsize=512)  # A key is a whole script.
def _effects(text: str) -> frozenset[Effect]:
    if len(text) > MAX_READ:
        text = f"{text[: MAX_READ // 2]}\n{text[-MAX_READ // 2 :]}"
    plain = _HIDDEN.sub("", unicodedata.normalize("NFKC", text)).lower()
    return frozenset(form.effect for form in FORMS if form.pattern.search(plain))
