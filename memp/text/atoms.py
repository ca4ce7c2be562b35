"""Tokenise an action into atoms: words, whole values (paths, identifiers, numbers, instances), and what separates them.

The atoms joined are the action again. The mark of a secret is one atom: its words are no values.
"mug 1" is one atom in plain words: an instance, a noun with its number.
"""

import re
from functools import lru_cache

from memp.text.secrets.marks import MARK
from memp.text.templates import PLACEHOLDER
from memp.text.vocabulary import COUNTED

MOST_ATOMS = 200
"""Atoms of one action; what comes after them is one more."""

_SEPARATORS = r"\s\"'`()\[\]{}<>,;=|&"
_ATOM = re.compile(
    rf"{PLACEHOLDER}|{MARK}|\s+"
    rf"|(?:[^{_SEPARATORS}:.!?]|(?<=\w)'(?=\w)|(?<!\")[:.!?](?=[^{_SEPARATORS}.!?])|(?<![^\s])\.\.?(?=/)|(?<=/)\.\.(?=/|\s|\Z))+"
    r"|.",
    re.DOTALL,
)
_INSTANCE = re.compile(r"(?<=\s)([A-Za-z][A-Za-z_-]*) (\d{1,3})(?![\w/.:-])")


def atoms_of(text: str, *, plain: bool) -> tuple[str, ...]:
    """The atoms of an action; `plain`: it is in words, so that a noun and a number are one atom."""
    if not plain:
        return _capped(_ATOM.findall(text))
    atoms: list[str] = []
    end = 0
    for match in _INSTANCE.finditer(text):
        if match[1].lower() in COUNTED:
            continue
        atoms += [*_ATOM.findall(text[end : match.start()]), match[0]]
        end = match.end()
    return _capped([*atoms, *_ATOM.findall(text[end:])])


def _capped(atoms: list[str]) -> tuple[str, ...]:
    return tuple(atoms) if len(atoms) <= MOST_ATOMS else (*atoms[:MOST_ATOMS], "".join(atoms[MOST_ATOMS:]))


@lru_cache(1 << 14)
def is_content(atom: str) -> bool:
    """Whether an atom says something: it has a letter or a digit."""
    return any(c.isalnum() for c in atom)


def noun_and_number(atom: str) -> tuple[str, str]:
    """("mug", "1") of the instance "mug 1"; any other atom with no number."""
    noun, space, number = atom.rpartition(" ")
    return (noun, number) if space and number.isdigit() and noun else (atom, "")
