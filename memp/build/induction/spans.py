"""Spans: how far a value reaches in steps that differ. A phrase is one value; so is what several names have in common."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from memp.build.induction.alignment import Column
from memp.build.induction.unification import Pattern, Slot
from memp.build.induction.values import LEAST_VALUE
from memp.build.reading.members import Member

Cores = Collection[tuple[tuple[int, str], ...]]
"""Keys of slots that stand in several places, each time in another name: "shop" of "keys/shop.key" and "shop.csr"."""

MAX_NAME = 200
"""Characters of a text that may be a name of several parts."""

LEAST_NAMES = 2
"""Different names around a core, for it to be a value."""


def joined_phrases(pattern: Pattern, column: Column, members: Sequence[Member]) -> Pattern:
    """The pattern with two slots that only a space parts as one, where most runs have that as a phrase: "copper idol" of "take
    copper idol"."""
    parts = list(pattern)
    i = 0
    while i + 2 < len(parts):
        left, between, right = parts[i : i + 3]
        if isinstance(left, Slot) and between == " " and isinstance(right, Slot):
            whole = Slot({m: f"{left.values[m]} {right.values[m]}".strip() for m in left.values})
            if all(left.values.values()) and all(right.values.values()) and _is_phrase(whole.values, column, members):
                parts[i : i + 3] = [whole]
                continue
        i += 1
    return parts


def _is_phrase(values: Mapping[int, str], column: Column, members: Sequence[Member]) -> bool:
    """Whether most runs' task, or an observation before, has a text as it stands; in a command two words are two arguments."""
    known = 0
    for m, text in values.items():
        action = column[m]
        if not action.plain and not any(
            quoted and atom in text.split() for atom, quoted in zip(action.atoms, action.quoted, strict=True)
        ):
            return False
        known += members[m].says(text) or members[m].shown_before(text, action.place) >= 0
    return 2 * known > len(values)


def common_cores(patterns: Sequence[Pattern]) -> Cores:
    """The cores of slots that stand in different names."""
    around: defaultdict[tuple[tuple[int, str], ...], set[tuple[str, str]]] = defaultdict(set)
    for pattern in patterns:
        for part in pattern:
            if isinstance(part, Slot) and (core := _core(part)):
                around[core[0].key].add(core[1])
    return {key for key, names in around.items() if len(names) >= LEAST_NAMES}


def _core(slot: Slot) -> tuple[Slot, tuple[str, str]] | None:
    """The part of the names of a slot that differs, between signs, with what is the same before and after it."""
    texts = list(slot.values.values())
    if len({text.casefold() for text in texts}) < len(texts) or any(not 0 < len(text) <= MAX_NAME for text in texts):
        return None
    if any(len(text.split()) > 1 for text in texts):
        return None
    lead = common_beginning(texts)
    start = _last_sign(lead)
    tail = common_beginning([text[: start - len(text) - 1 : -1] for text in texts])
    end = _last_sign(tail)
    inner = Slot({m: text[start : len(text) - end] for m, text in slot.values.items()})
    first = texts[0]
    whole = all(len(text) >= LEAST_VALUE for text in inner.values.values())
    return (inner, (first[:start], first[len(first) - end :])) if whole else None


def _last_sign(text: str) -> int:
    return max((i + 1 for i, sign in enumerate(text) if not sign.isalnum()), default=0)


def common_beginning(texts: Sequence[str]) -> str:
    """The longest beginning that all texts have."""
    size = 0
    for letters in zip(*texts, strict=False):
        if len(set(letters)) > 1:
            break
        size += 1
    return texts[0][:size]


def boundaries(text: str) -> list[int]:
    """Lengths of a common beginning at which a part may start: none of it, all of it, after a sign, or where letters end and
    digits begin: "v1." of "v1.0.1" and "v1.5.1" may be the "v" of two versions."""
    after_signs = (i + 1 for i, sign in enumerate(text) if not sign.isalnum())
    numbers = (i + 1 for i, (a, b) in enumerate(pairwise(text)) if a.isdigit() != b.isdigit())
    return sorted({0, len(text), *after_signs, *numbers})
