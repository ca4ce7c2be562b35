"""Cleaning and redaction: a text as it reads, without secrets and home folders, before anything is embedded, sent or stored.

`memp.text.secrets` finds them: by their form (keys of services, private keys, web tokens, hashes of passwords), by the name
before them (`DB_PASS=`, "the password is", also in other languages), by the command that takes them (`redis-cli -a`), and by
their place (the login of a URL, a header, a cookie, a file of passwords). Colours, invisible and control characters within a
secret or its name do not hide it.

Names of secrets stay, since without them nobody can tell which one is meant: identifiers (`--secret-id prod/ci`), files, paths
and references (`file://key.json`, `arn:aws:...`). What is not caught: docs/security.md.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from memp.errors import InputError
from memp.text.homes import without_homes
from memp.text.invisible import HIDDEN
from memp.text.patterns import Pattern
from memp.text.secrets.commands import by_command, by_purpose
from memp.text.secrets.entered import by_entry
from memp.text.secrets.fields import by_field, held, in_words
from memp.text.secrets.formats import by_form
from memp.text.secrets.marks import ALIKE, Marks
from memp.text.secrets.names import by_name
from memp.text.secrets.places import headers, logins, parts
from memp.text.secrets.printed import by_print
from memp.text.secrets.shapes import by_shape
from memp.text.secrets.tables import by_column
from memp.text.secrets.values import is_harmless, lowered

MAX_NAMED = 1_000
"""Characters of a value that the name of its field may tell to be a secret; a longer one is a text."""

MAX_DEPTH = 50
"""Levels of a nest that `redact_all` goes into; what is nested deeper is refused."""

# Hidden: zero-width and format characters but for the joiners U+200C and U+200D, which scripts and emoji are spelt with,
# and control characters but for those that break a line or that begin or end a terminal's sequence.
_HIDDEN = Pattern(
    "[\x00-\x06\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x8f\x91-\x97\x99\x9a"
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]+"
)
# CSI (colours, cursor), then strings up to their end (OSC: titles, links), then character sets and keypad modes.
_TERMINAL = Pattern(
    "(?:(?<!\x1b)\x1b++\\[|\x9b)[0-?]*+[ -/]*+[@-~]"
    "|(?:(?<!\x1b)\x1b++[]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9b-\x9f\n]*+(?:\x07|\x1b\\\\|\x9c)"
    "|(?<!\x1b)\x1b++(?:[()*+#%][0-~]|[78=>])"
)
_BREAK = Pattern("\r\n?|[\x0b\x0c\x85]")
_REST = Pattern("[\x07\x1b\x90\x98\x9b-\x9f]+")
_SURROGATE = Pattern("[\ud800-\udfff]")
_UNREADABLE = Pattern(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)

_JOINERS = Pattern(f"[{HIDDEN}\ufffd]+")
"""Invisible, yet part of words, emoji and what was unreadable: they stay where they hide no secret."""

_COOKIE = Pattern(
    r"(?P<before>\bcookie\\{0,3}[\"']?\]?\s{0,3}[:=]\s{0,3}\\{0,3}[\"']?)"
    r"(?P<secret>[\w.$!#%&*+^|~-]{1,100}=(?:\"[^\"\n]{0,4000}\"|[^\s;\"'\\]*+)"
    r"(?:;\s{0,3}[\w.$!#%&*+^|~-]{1,100}(?:=(?:\"[^\"\n]{0,4000}\"|[^\s;\"'\\]*+))?)*+)",
    re.IGNORECASE,
)
# A value in a cookie, but for what says how long and where the cookie holds.
_COOKIE_VALUE = Pattern(r"(?<![^;\s])(?!(?:max-age|path|expires|domain|samesite)=)[^=;\s]{1,100}=([^;\s]{6,})", re.I)


def clean(text: str) -> str:
    """`text` as it reads, without the space around it: no terminal sequences, no zero-width and no control characters.

    A lone surrogate becomes U+FFFD, a line break of any kind a newline. Tabs stay, and so do the joiners that scripts and
    emoji are spelt with.
    """
    return _readable(text).strip()


def redact(text: str, marks: Marks = ALIKE) -> tuple[str, int]:
    """`text` as it reads, with `~` for home folders and each recognised secret replaced by "[redacted: kind]"; how many secrets
    were replaced. `marks` tells those of a run apart."""
    safe, count = _without_secrets(_readable(text), marks)
    return without_homes(safe), count


def sanitise(text: str) -> tuple[str, int]:
    """`text` as it is taken in: cleaned (`clean`), without secrets and homes (`redact`), and how many secrets were replaced."""
    safe, count = _without_secrets(clean(text), ALIKE)
    return without_homes(safe), count


def _readable(text: str) -> str:
    """`text` without terminal sequences, zero-width and control characters; a lone surrogate is U+FFFD.

    Line breaks of any kind become newlines, tabs stay, and so do the joiners that scripts and emoji are spelt with.
    """
    if not _UNREADABLE.search(text):
        return text
    # In this order: a terminal acts on a sequence also where a control character stands within it.
    text = _REST.sub("", _TERMINAL.sub("", _HIDDEN.sub("", text)))
    return _SURROGATE.sub("\ufffd", _BREAK.sub("\n", text))


def _without_secrets(text: str, marks: Marks) -> tuple[str, int]:
    """`text` without secrets, also where a joiner stands within one or within its name."""
    safe, count = marks.redacted.get(text) or _redact(text, marks)
    if text.isascii() or not _JOINERS.search(text):
        return safe, count
    bare, more = _redact(_JOINERS.sub("", text), marks)
    stripped = _JOINERS.sub("", safe)
    if stripped == bare:
        return safe, count
    if more >= count:
        return bare, more
    # A joiner ended a word before a secret: without it, that secret is not seen.
    bare, more = _redact(stripped, marks)
    return (bare, count + more) if more else (safe, count)


def mark_secrets(text: str, marks: Marks) -> None:
    """Number the secrets of a text, and note those that only what stands beside them gives away: the value of a name, an
    argument, a password in a URL. Elsewhere nothing tells these from other words."""
    readable = clean(text)
    marks.redacted[readable] = _redact(readable, marks)
    if not readable.isascii():
        _redact(_JOINERS.sub("", readable), marks)


_FINDERS: tuple[tuple[str, Callable[[str, str], Iterator[tuple[int, int]]]], ...] = (
    ("credentials", logins),
    ("secret", by_command),
    ("secret", by_name),
    ("secret", by_field),
    ("secret", by_entry),
    ("secret", by_column),
    ("secret", by_purpose),
    ("secret", by_print),
    ("api key", by_shape),
    ("secret", parts),
    ("credentials", headers),
)
"""Kinds of secrets that what stands beside them tells, each with what finds them in a text and the same in lower case."""


def _redact(text: str, marks: Marks) -> tuple[str, int]:
    """`text` without secrets, and how many there were: by their form, then by what stands beside them."""
    count = 0
    for kind, pattern in by_form(text):
        spans = [match.span() for match in pattern.finditer(text) if "xxxxxx" not in match[0]]
        text, more = replaced(text, spans, kind, marks, named=False)
        count += more
    lower = lowered(text)
    if "cookie" in lower:
        text, more = _COOKIE.subn(lambda match: _without_cookie(match, marks), text)
        count, lower = count + text.count("[redacted: cookie") - lower.count("[redacted: cookie"), lowered(text)
    for kind, find in _FINDERS:
        text, more = replaced(text, sorted(set(find(text, lower))), kind, marks)
        if more:
            count, lower = count + more, lowered(text)
    return text, count


def replaced(
    text: str, spans: Sequence[tuple[int, int]], kind: str, marks: Marks, *, named: bool = True
) -> tuple[str, int]:
    """`text` with a mark in each span, and how many; of two that overlap the first."""
    made: list[str] = []
    at = count = 0
    for start, end in spans:
        if start < at or "[redacted: " in text[max(0, start - 1) : end]:
            continue
        secret = text[start:end]
        known = secret.partition(":")[2] if kind == "credentials" and ":" in secret else secret
        made += [text[at:start], marks.of(kind, known, named=named)]
        at, count = end, count + 1
    return "".join([*made, text[at:]]), count


def _without_cookie(match: re.Match[str], marks: Marks) -> str:
    values = _COOKIE_VALUE.findall(match["secret"])
    if all(is_harmless(value) for value in values):
        return match[0]
    marks.named += values
    return f"{match['before']}{marks.of('cookie', ' '.join(values))}"


def redact_all(value: Any, dump: Callable[[object], object] | None = None) -> tuple[Any, int]:
    """`redact` on every text in a nest of mappings and sequences; how many secrets were replaced in all.

    `dump` makes plain data of what is neither of these nor a text, where it can.

    Raises:
        InputError: it is nested deeper than `MAX_DEPTH`.
    """
    return _redact_all(value, MAX_DEPTH, dump)


def _redact_all(value: Any, depth: int, dump: Callable[[object], object] | None) -> tuple[Any, int]:
    if isinstance(value, str):
        return redact(value)
    if dump is not None and not isinstance(value, Mapping | Sequence):
        value = dump(value)
    if not isinstance(value, Mapping | Sequence) or isinstance(value, bytes | bytearray):
        return value, 0
    if depth == 0:
        raise InputError(f"What was passed is nested deeper than {MAX_DEPTH} levels: pass plain steps and fields.")
    if isinstance(value, Mapping):
        fields, named = without_named(cast(Mapping[Any, Any], value), ALIKE)
        # A key may hold a secret as well as its value may.
        pairs = [
            (_redact_key(key) if isinstance(key, str) else (key, 0), _redact_all(item, depth - 1, dump))
            for key, item in fields.items()
        ]
        return {key: item for (key, _), (item, _) in pairs}, named + sum(
            more + count for (_, more), (_, count) in pairs
        )
    items = [_redact_all(item, depth - 1, dump) for item in cast(Sequence[Any], value)]
    return [item for item, _ in items], sum(count for _, count in items)


def without_named(fields: Mapping[Any, Any], marks: Marks) -> tuple[Mapping[Any, Any], int]:
    """An object without the secrets that its own fields name, each text of which says nothing by itself: {"password": "..."},
    {"name": "DB_PASSWORD", "value": "..."}; how many there were. In a sentence only what looks like a secret is one."""
    texts = {
        key: value
        for key, value in fields.items()
        if isinstance(key, str) and isinstance(value, str) and len(value) <= MAX_NAMED
    }
    count = 0
    changed = dict(fields)
    for key in held(texts):
        value = texts[key]
        spans = in_words(value) if " " in value.strip() else [(0, len(value))]
        changed[key], more = replaced(value, spans, "secret", marks)
        count += more
    return (changed, count) if count else (fields, 0)


@lru_cache(maxsize=512)
def _redact_key(key: str) -> tuple[str, int]:
    """`redact` a name: the fields of all steps and records have the same few."""
    return redact(key)
