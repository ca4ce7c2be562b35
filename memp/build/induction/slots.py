"""Slots of a pattern, refined: the part of a slot that is a value becomes a slot of its own, as in "release/{version}"."""

import re
from collections.abc import Iterable

from memp.build.induction.generalised import Generalised
from memp.build.induction.spans import MAX_NAME, Cores, boundaries, common_beginning
from memp.build.induction.unification import Pattern, Slot
from memp.text.secrets.marks import MARK

LEAST_PARTS = 5
"""Parts of a text, with the signs between them, from which on it is looked at part by part."""

_MARK = re.compile(MARK)
_SIGN = re.compile(r"([^\w\s]+)")

_SIGNS = ":@=/.-"
"""Signs between the parts of a name, as in "shop/checkout:2.8.1" and "shop.settings.staging"."""


def refined(pattern: Pattern, general: Generalised, cores: Cores) -> Iterable[str | Slot]:
    """The pattern with the part of a slot that is a value already, or that the tasks name, as a slot of its own:
    "release/{version}". The mark of a secret has no parts."""
    for part in pattern:
        if isinstance(part, str) or len(part.values) < 2 or any(map(_MARK.search, part.values.values())):
            yield part
        else:
            yield from _inner(part, general, cores)


def _inner(slot: Slot, general: Generalised, cores: Cores) -> Iterable[str | Slot]:
    """A slot, or the largest part of it between signs that is a value, with what is left of it before and after."""
    texts = list(slot.values.values())
    if _is_value(slot, general, cores) or not all(texts) or max(map(len, texts)) > MAX_NAME:
        return [slot]
    lead = common_beginning(texts)
    tail = common_beginning([text[: len(lead) - len(text) - 1 : -1] for text in texts])
    spans = [(start, end) for start in boundaries(lead) for end in boundaries(tail) if start or end]
    for start, end in sorted(spans, key=sum):
        inner = Slot({m: text[start : len(text) - end] for m, text in slot.values.items()})
        if all(text and text == text.strip() for text in inner.values.values()) and _is_value(inner, general, cores):
            first = texts[0]
            return [part for part in (first[:start], inner, first[len(first) - end :] if end else "") if part]
    return _split(slot, general, cores) or [slot]


def _split(slot: Slot, general: Generalised, cores: Cores) -> list[str | Slot]:
    """A slot as parts between the same signs, of which one at least is a value, as in "{image}:{version}"; empty where it is
    none."""
    if parts := _same_signs(slot, general, cores):
        return parts
    for sign in _SIGNS:
        cut = {m: text.rpartition(sign) for m, text in slot.values.items()}
        if not all(left and right for left, _, right in cut.values()):
            continue
        sides = [Slot({m: parts[k] for m, parts in cut.items()}) for k in (0, 2)]
        parts = [side if len(set(side.values.values())) > 1 else next(iter(side.values.values())) for side in sides]
        if any(isinstance(part, Slot) and _is_value(part, general, cores) for part in parts):
            left, right = ([part] if isinstance(part, str) else [*_inner(part, general, cores)] for part in parts)
            return [*left, sign, *right]
    return []


def _same_signs(slot: Slot, general: Generalised, cores: Cores) -> list[str | Slot]:
    """A slot as its parts where all texts have the same signs between as many, and each part in which they differ is a value, as
    in "s/{old}/{new}/g"; empty where that is not so."""
    cut = {m: _SIGN.split(text) for m, text in slot.values.items()}
    first = next(iter(cut.values()))
    if len(first) < LEAST_PARTS or any(len(c) != len(first) or c[1::2] != first[1::2] for c in cut.values()):
        return []
    sides = [Slot({m: c[k] for m, c in cut.items()}) for k in range(len(first))]
    parts = [side if len(set(side.values.values())) > 1 else first[k] for k, side in enumerate(sides)]
    if not all(isinstance(part, str) or _is_value(part, general, cores) for part in parts):
        return []
    return [part for part in parts if part]


def _is_value(slot: Slot, general: Generalised, cores: Cores) -> bool:
    """Whether the tasks name what stands in a slot, other places have just it in something else, or a parameter has just these
    values."""
    said = all(general.members[m].says(text) for m, text in slot.values.items())
    return (
        said
        or slot.key in cores
        or any(v.agrees(slot) and v.values.keys() >= slot.values.keys() for v in general.variables)
    )
