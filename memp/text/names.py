"""Names in a command that tell one place of work from another: hosts, paths, applications, addresses.

A name is recognised by its form alone, as commands of any field have it: something with a dot, slash, hyphen, underscore, digit,
colon or at sign within, or what stands behind an option.
"""

import re

_PIECE = re.compile(r"[^\s\"'`=,;|&<>()\[\]]+")
_WITHIN = re.compile(r"[^\W\d].*[./@:_\-\d]|[./@:_\-\d].*[^\W\d]", re.DOTALL)
OPTION = re.compile(r"--?[A-Za-z][\w-]*")
"""An option of a command: "-n", "--dry-run"."""

_LEAST = 3
"""Letters of a name: shorter ones are in every text."""


def names_in(text: str) -> list[str]:
    """The names in a text, each once, in order. What has a {placeholder} is none."""
    names: list[str] = []
    behind_option = False
    for match in _PIECE.finditer(text):
        piece = match[0].rstrip(".:!?").lstrip(":")
        if OPTION.fullmatch(piece):
            behind_option = True
            continue
        if "{" not in piece and len(piece) >= _LEAST and (_WITHIN.search(piece) or (behind_option and piece.isalpha())):
            names.append(piece)
        behind_option = False
    return list(dict.fromkeys(names))
