"""Parse JSON within the memory that a process may have: a line of `{}` takes 25 times its bytes as a value."""

import json
import re

MAX_LINE = 48 * 1024 * 1024
"""Bytes of one line, or of a document that is not in lines."""

MAX_VALUE = 200 * 1024 * 1024
"""Bytes that one may take in memory, with the text that it is parsed from."""

TOO_MANY = f"it would take more than {MAX_VALUE >> 20} MB of memory as a value: split it"

TOO_LONG = f"it is over {MAX_LINE >> 20} MB"

_PART = 64
"""Bytes of memory for each sign that a value stands behind: an empty object has 64, a short text 60, a pair in an object 180
for three signs."""

_WIDE = re.compile(b"[\xf0-\xf4]")
_WIDER = re.compile(b"[\xc4-\xef]")
"""Letters that take four bytes in UTF-8, and those that take more than one as Python keeps a text: one of them makes all do."""


def parsed(data: bytes | bytearray) -> object:
    """Parse a JSON value that is not text; a result that is text is the reason why there is none."""
    if _memory(data) > MAX_VALUE:
        return TOO_MANY
    try:
        value: object = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return "not UTF-8: save the file in that encoding"
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}" if error.lineno > 1 else f"column {error.colno}"
        return f"not JSON ({error.msg.lower()} at {where})"
    except (ValueError, RecursionError):
        return "not JSON that can be read (a number too long, or nested too deep)"
    return "text, not a trajectory" if isinstance(value, str) else value


def _memory(data: bytes | bytearray) -> int:
    """The memory that parsing takes at most: the bytes, the text, its texts again, and the values."""
    if len(data) < MAX_VALUE // (9 + _PART):
        return 0
    width = 1 if data.isascii() else 4 if _WIDE.search(data) else 2 if _WIDER.search(data) else 1
    signs = sum(data.count(sign) for sign in (b",", b":", b"{", b"["))
    return len(data) * (1 + 2 * width) + signs * _PART
