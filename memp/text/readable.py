"""Texts as they read: what a terminal, an editor or a hidden character put into them is taken out."""

import re

# Hidden: zero-width and format characters but for the joiners U+200C and U+200D, which scripts and emoji are spelt with,
# and control characters but for those that break a line or that begin or end a terminal's sequence.
_HIDDEN = re.compile(
    "[\x00-\x06\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x8f\x91-\x97\x99\x9a"
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]+"
)
# CSI (colours, cursor), then strings up to their end (OSC: titles, links), then character sets and keypad modes.
_TERMINAL = re.compile(
    "(?:(?<!\x1b)\x1b++\\[|\x9b)[0-?]*+[ -/]*+[@-~]"
    "|(?:(?<!\x1b)\x1b++[]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9b-\x9f\n]*+(?:\x07|\x1b\\\\|\x9c)"
    "|(?<!\x1b)\x1b++(?:[()*+#%][0-~]|[78=>])"
)
_BREAK = re.compile("\r\n?|[\x0b\x0c\x85]")
_REST = re.compile("[\x07\x1b\x90\x98\x9b-\x9f]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNREADABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


def readable(text: str) -> str:
    """`text` as it reads: without terminal sequences, zero-width and control characters; a lone surrogate is U+FFFD.

    Line breaks of any kind become newlines, tabs stay, and so do the joiners that scripts and emoji are spelt with.
    """
    if not _UNREADABLE.search(text):
        return text
    # In this order: a terminal acts on a sequence also where a control character stands within it.
    text = _REST.sub("", _TERMINAL.sub("", _HIDDEN.sub("", text)))
    return _SURROGATE.sub("\ufffd", _BREAK.sub("\n", text))
