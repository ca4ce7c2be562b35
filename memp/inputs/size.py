"""Size limits of what a caller passes, before anything else reads it: 64 MB in one text cost no more than 60 kB.

Of a longer text its two ends are kept, with a mark between them. A secret may stand where it was cut, and half of one is
recognised by nothing; so once the ends are redacted, `closed` drops what lies next to the mark.
"""

import re
from collections.abc import Sequence
from typing import Any

from memp.domain.trajectory import MAX_TEXT, dumped
from memp.errors import InputError
from memp.text.recurring import each_text

MAX_TRAJECTORY = 4_000_000
"""Characters of one trajectory after its long texts were cut to `MAX_TEXT`; a larger one is refused."""

EDGE = 17_000
"""Characters next to a cut that are dropped after redaction: more than the longest secret that is recognised has."""

END = MAX_TEXT // 2 + EDGE + 3_000
"""Characters of each end of a long text that are read; the rest is for what redaction makes shorter."""

MAX_SCRIPT = 500_000
"""Characters of a script that comes as one text: more than its fields may have, with all of them escaped."""

_MARK = re.compile("\n?\ue000(\\d{1,15})\ue000\n?")
"""Letters of private use, which mean nothing to anybody else."""


def bounded(value: Any) -> Any:
    """A text, or a nest of texts, with each text that is too long cut to its two ends.

    Raises:
        InputError: there is more than a trajectory may have.
    """
    size = 0

    def ends(text: str) -> str:
        nonlocal size
        size += min(len(text), MAX_TEXT)
        if size > MAX_TRAJECTORY:
            raise too_large(size)
        if len(text) <= 2 * END:
            return text
        return f"{text[:END]}\n\ue000{len(text) - 2 * END}\ue000\n{text[-END:]}"

    return each_text(value, dumped, ends)


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


def ends_of(text: str) -> Sequence[str]:
    """A redacted text without what lies next to a cut: its two ends, or all of it where it was not cut."""
    *before, after = _MARK.split(text)[::2]
    if not before:
        return [text]
    return [before[0][:-EDGE], after[EDGE:]]


def closed(text: str) -> str:
    """A redacted text in one, a cut in it marked for a reader."""
    first, *rest = ends_of(text)
    if not rest:
        return text
    return f"{first}\n[... {length(text) - len(first) - len(rest[0]):,} characters cut ...]\n{rest[0]}"
