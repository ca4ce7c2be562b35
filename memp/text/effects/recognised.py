"""Recognise the effects of a text: a step, a lesson, a whole procedure in words."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from memp.text.effects.fetched import runs_fetched_file
from memp.text.effects.form import Effect
from memp.text.effects.forms import FORMS
from memp.text.invisible import without_hidden

MAX_READ = 200_000
"""Characters that are read of all texts together, five times what 60 steps may have. Of more, each long text keeps its two ends,
in equal shares."""

_GOES_ON = re.compile(r"\\\n\s{0,20}|(?<=\|)\s{0,20}\n\s{0,20}")
"""Where a shell's line goes on in the next one."""


def effects_in(texts: Iterable[str]) -> tuple[Effect, ...]:
    """The effects of texts, each once, in the order of the forms. What one fetches another may run."""
    found = _effects("\n".join(_within_limit(list(texts))))
    return tuple(dict.fromkeys(form.effect for form in FORMS if form.effect in found))


def _within_limit(texts: Sequence[str]) -> Sequence[str]:
    if sum(map(len, texts)) <= MAX_READ:
        return texts
    half = MAX_READ // len(texts) // 2
    return [f"{text[:half]}\n{text[len(text) - half :]}" if len(text) > 2 * half else text for text in texts]


@lru_cache(maxsize=512)  # A key is a whole script.
def _effects(text: str) -> frozenset[Effect]:
    plain = _GOES_ON.sub(" ", without_hidden(unicodedata.normalize("NFKC", text))).lower()
    found: set[Effect] = {form.effect for form in FORMS if form.is_in(plain)}
    if "runs fetched code" not in found and runs_fetched_file(plain):
        found.add("runs fetched code")
    return frozenset(found)
