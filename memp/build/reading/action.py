"""Actions: the steps of a run as they are aligned, each with its operation and its atoms."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from memp.text.actions.operations import WRAPPERS
from memp.text.atoms import is_content, noun_and_number
from memp.text.vocabulary import QUOTES


@dataclass(frozen=True)
class Action:
    """A step of a run: its position there, its operation and atoms, and what it showed. `needed`: the success needed it; the
    others only read something, which may decide what is done next. `failed`: the first try of a step that was done again."""

    place: int
    text: str
    operation: str
    atoms: tuple[str, ...]
    observation: str
    kind: str
    plain: bool = False
    needed: bool = True
    thought: str = ""
    times: int = 0
    until: str = ""
    failed: bool = False

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The atoms as they are compared: letter case and the numbers of instances aside."""
        return tuple(noun_and_number(atom)[0].casefold() for atom in self.atoms)

    @cached_property
    def instances(self) -> tuple[str, ...]:
        """The atoms that are a noun with its number: "mug 1"."""
        return tuple(atom for atom in self.atoms if noun_and_number(atom)[1])

    @cached_property
    def content(self) -> frozenset[tuple[str, int]]:
        """The keys of the atoms that say something, each with how often it stood before."""
        counts = Counter[str]()
        content: list[tuple[str, int]] = []
        for atom, key in zip(self.atoms, self.keys, strict=True):
            if is_content(atom):
                content.append((key, counts[key]))
                counts[key] += 1
        return frozenset(content)

    def before(self, i: int) -> tuple[str, ...]:
        """The words of a command before one of its atoms, options with what may be their values aside: in `cloud --region eu db
        start` what makes "start" a subcommand."""
        words: list[str] = []
        option = False
        for atom in self.atoms[:i]:
            if is_content(atom):
                if not option and not atom.startswith("-"):
                    words.append(atom.casefold())
                option = atom.startswith("-") and not option
        return tuple(word for word in words if word not in WRAPPERS)

    def follows_option(self, i: int) -> bool:
        """Whether the content atom before one of the atoms is an option."""
        return next((atom.startswith("-") for atom in reversed(self.atoms[:i]) if is_content(atom)), False)

    def after(self, i: int) -> str:
        """The content atom after one of the atoms; empty where there is none."""
        return next((atom.casefold() for atom in self.atoms[i + 1 :] if is_content(atom)), "")

    @cached_property
    def quoted(self) -> tuple[bool, ...]:
        """For each atom, whether it stands in quotes."""
        inside, flags = "", list[bool]()
        for atom in self.atoms:
            flags.append(bool(inside) and atom != inside)
            if atom == inside:
                inside = ""
            elif not inside and atom in QUOTES:
                inside = atom
        return tuple(flags)
