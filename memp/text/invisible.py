"""Characters that nobody sees, shown as escapes where a text is shown: a model reads what is hidden in them, a person does not.

They are those that Unicode calls default-ignorable (DerivedCoreProperties.txt), as far as `memp.text.redact.clean` leaves them:
tags, variation selectors, joiners, fillers. Where a script or an emoji is spelt with one it stays: a selector after what it
varies, a joiner after a letter or sign that joins, the tags of the three flags that have some. Two in a row spell nothing.
What is stored stays as it came; a reader sees `[U+E0069 U+E0067]` in its place.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, cast

from memp.text.patterns import Pattern

MOST_NAMED = 8
"""Characters of a run that are named; of the others it is said how many there are."""

HIDDEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Characters that nobody sees, as in the brackets of a regular expression."""
_IGNORABLE = Pattern(f"[{HIDDEN}]+")
_JOINERS = "\u200c\u200d"
_EMOJI_STYLE = "\ufe0e\ufe0f"
_FLAGS = tuple(
    "".join(chr(0xE0000 + ord(letter)) for letter in name) + "\U000e007f" for name in ("gbeng", "gbsct", "gbwls")
)
"""England, Scotland and Wales, whose flags are a black one with tags."""

_BESIDE = (
    ("\u115f\u1160", "\u1100-\u11ff"),
    ("\u180b\u180c\u180d\u180f", "\u1800-\u18af"),
    ("\U0001bca0\U0001bca1\U0001bca2\U0001bca3", "\U0001bc00-\U0001bc9f"),
    ("".join(map(chr, range(0x1D173, 0x1D17B))), "\U0001d100-\U0001d1ff"),
)
"""Marks of one script each, with the block whose letters they stand behind."""


def shown(text: str) -> str:
    """`text` with what nobody sees as escapes; the same text where nothing is hidden."""
    if text.isascii() or not _IGNORABLE.search(text):
        return text
    return _IGNORABLE.sub(lambda run: _spelt(run.string[run.start() - 1 : run.start()], run[0]), text)


def without_hidden(text: str) -> str:
    """`text` without what nobody sees, which must not part a word that is looked for."""
    return text if text.isascii() else _IGNORABLE.sub("", text)


def all_shown(value: Any) -> Any:
    """`shown` on every text in a nest of mappings and sequences, names of fields too."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, Mapping):
        return {all_shown(key): all_shown(part) for key, part in cast(Mapping[Any, Any], value).items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [all_shown(part) for part in cast(Sequence[Any], value)]
    return value


def _spelt(before: str, run: str) -> str:
    """A run of such characters: what belongs to the letter before it as it is, the rest as escapes."""
    kept = _belonging(before, run)
    hidden = run[kept:]
    if not hidden:
        return run
    names = " ".join(f"U+{ord(character):04X}" for character in hidden[:MOST_NAMED])
    more = f" and {len(hidden) - MOST_NAMED:,} more" if len(hidden) > MOST_NAMED else ""
    return f"{run[:kept]}[{names}{more}]"


def _belonging(before: str, run: str) -> int:
    """How many characters of a run the letter before it is spelt with."""
    if not before:
        return 0
    if before == "\U0001f3f4":
        return next((len(flag) for flag in _FLAGS if run.startswith(flag)), _after(before, run))
    return _after(before, run)


def _after(before: str, run: str) -> int:
    kind, first = unicodedata.category(before), run[0]
    if first in _EMOJI_STYLE and (kind in ("So", "Sm", "Sk") or before in "#*0123456789©®‼⁉ℹ〰〽"):
        return 2 if run[1:2] == "\u200d" else 1
    if first in _JOINERS:
        return int(kind in ("Lo", "Lm", "Mn", "Mc", "So", "Sk"))
    if first == "\u034f":
        return int(kind == "Mn")
    if "\ufe00" <= first <= "\ufe02":
        return int(kind == "Sm" or _is_ideograph(before))
    if "\U000e0100" <= first <= "\U000e01ef":
        return int(_is_ideograph(before))
    return int(any(first in marks and block[0] <= before <= block[2] for marks, block in _BESIDE))


def _is_ideograph(letter: str) -> bool:
    return "\u3400" <= letter <= "\u9fff" or "\uf900" <= letter <= "\ufaff" or "\U00020000" <= letter <= "\U0003ffff"
