"""Size limits of what a caller passes, before anything else reads it: 64 MB cost no more than 800 kB.

Of a longer text its two ends are kept, with a mark between them; many such texts share what one run may keep of them. A secret
may stand where a text was cut, and half of one is recognised by nothing; so more of each end is read than is kept, and once
the ends are redacted, `closed` drops what lies next to the mark.
"""

import re
from collections.abc import Sequence
from typing import Any

from memp.domain.trajectory import MAX_TEXT, dumped
from memp.errors import InputError
from memp.text.recurring import each_text
from memp.text.redact import clean
from memp.text.secrets.commands import NAMES

MAX_TRAJECTORY = 4_000_000
"""Characters of one trajectory after its long texts were cut to `MAX_TEXT`; a larger one is refused."""

MAX_LONG = 300_000
"""Characters that are kept of all texts that are longer than `MAX_TEXT`, in equal shares: fifteen have all that one may keep."""

NEAR = 2_000
"""Characters next to a cut that are dropped after redaction, where a secret that stands across the cut ends within them."""

FAR = 17_000
"""... where it may not: more than the longest secret that is recognised has."""

MAX_SCRIPT = 500_000
"""Characters of a script that comes as one text: more than its fields may have, with all of them escaped."""

_MARK = re.compile("\n?<\ue000(\\d{1,15}),(\\d{1,5}),(\\d{1,5}),(\\d{1,5})\ue000>\n?")
"""Characters left out, those to drop before and behind it, and to keep of each end; between letters of private use, which mean
nothing to anybody else, and signs that no secret has: "password:" before it must not take it for the password."""

_LINE_END = re.compile(r"(?<![\\;])[\r\n]")
_WORD_END = re.compile(r"(?<!;)[ \t\r\n]")
"""Where every secret has ended but a private key; on a line with one of `_LINES`, only its end is."""

_LINES = re.compile("|".join(["cookie", "kind", *map(re.escape, NAMES)]), re.IGNORECASE)
"""What makes a secret of words that stand further on: commands, cookies, a Kubernetes secret (memp.text.redact)."""


def bounded(value: Any) -> Any:
    """A text, or a nest of texts, with each text that is too long cut to its two ends.

    Raises:
        InputError: there is more than a trajectory may have.
    """
    size = long = 0

    def measured(text: str) -> str:
        nonlocal size, long
        size += min(len(text), MAX_TEXT)
        long += len(text) > MAX_TEXT
        if size > MAX_TRAJECTORY:
            raise too_large(size)
        return text

    value = each_text(value, dumped, measured)
    if not long:
        return value
    half = min(MAX_TEXT, MAX_LONG // long) // 2
    return each_text(value, dumped, lambda text: _two_ends(text, half) if len(text) > MAX_TEXT else text)


def _two_ends(text: str, half: int) -> str:
    """The ends of a text of which `half` are kept each, with what is read beyond; all of it where that is no less."""
    kept = half * 13 // 10  # Redaction makes some texts shorter.
    before, after = _edge_before(text, kept), _edge_after(text, len(text) - kept)
    left_out = len(text) - 2 * kept - before - after
    if left_out <= 0:
        return text
    return f"{text[: kept + before]}\n<\ue000{left_out},{before},{after},{half}\ue000>\n{text[-kept - after :]}"


def _edge_before(text: str, at: int) -> int:
    """The characters to read behind `at`, and to drop again, so that of no secret only the beginning is kept."""
    is_near = _WORD_END.search(clean(text[at : at + NEAR])) and not _has_key(text, at)
    return NEAR if is_near else FAR


def _edge_after(text: str, at: int) -> int:
    """The characters to read before `at`, and to drop again, so that of no secret only the rest is kept."""
    within = clean(text[at - NEAR : at])
    is_near = _LINE_END.search(within) or (
        _WORD_END.search(within) and not _LINES.search(clean(text[max(0, at - FAR) : at]))
    )
    return NEAR if is_near and not _has_key(text, at) else FAR


def _has_key(text: str, at: int) -> bool:
    """Whether a private key, which has many lines, may lie across a place."""
    return "PRIVATE KEY" in clean(text[max(0, at - FAR) : at + FAR])


def bounded_steps(value: Any) -> Any:
    """`bounded` steps. Those that come as one text may be JSON, of which the ends would be none: it is refused where it is too
    long.

    Raises:
        InputError: it is.
    """
    if isinstance(value, str) and len(value) > MAX_TRAJECTORY:
        raise too_large(len(value))
    return value if isinstance(value, str) else bounded(value)


def bounded_script(value: Any) -> Any:
    """`bounded` fields of a script, or its text, which is refused where it is too long.

    Raises:
        InputError: it is.
    """
    if isinstance(value, str) and len(value) > MAX_SCRIPT:
        raise InputError(f"The script has {len(value):,} characters; the limit is {MAX_SCRIPT:,}: abstract it further.")
    return value if isinstance(value, str) else bounded(value)


def too_large(size: int, most: int = MAX_TRAJECTORY) -> InputError:
    """The error that says that a trajectory has too many characters."""
    return InputError(
        f"The trajectory has {size:,} characters; the limit is {most:,}: shorten the observations "
        "or leave out steps that did not matter."
    )


def length(text: str) -> int:
    """The characters that a text had before it was cut to its ends."""
    return len(text) + sum(int(match[1]) - len(match[0]) for match in _MARK.finditer(text))


def half_kept(text: str) -> int:
    """The characters that are kept of each end of a text that was cut, or will be."""
    return min((int(match[4]) for match in _MARK.finditer(text)), default=MAX_TEXT // 2)


def ends_of(text: str) -> Sequence[str]:
    """A redacted text without what lies next to a cut: its two ends, or all of it where it was not cut."""
    marks = list(_MARK.finditer(text))
    if not marks:
        return [text]
    first, last = marks[0], marks[-1]
    return [text[: max(0, first.start() - int(first[2]))], text[last.end() + int(last[3]) :]]


def closed(text: str) -> str:
    """A redacted text in one, a cut in it marked for a reader."""
    first, *rest = ends_of(text)
    if not rest:
        return text
    return f"{first}\n[... {length(text) - len(first) - len(rest[0]):,} characters cut ...]\n{rest[0]}"
