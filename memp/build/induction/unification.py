"""Anti-unification: the pattern of which corresponding steps are cases, with slots for that in which they differ
(Plotkin, 1970).

An instance's number is part of the pattern where all steps have the same; where they differ and no task names it, the
noun alone is. A number after a word that names no instances, as in "scale search 3", is a value like any other.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from memp.build.induction.alignment import stretches
from memp.build.reading.action import Action
from memp.build.reading.members import Member
from memp.build.reading.mentions import in_all
from memp.text.atoms import is_content, noun_and_number

LEAST_QUOTED = 0.5
"""The share of a quotation's words that must be the same in all steps; below it the whole quotation is one slot."""


LEAST_SHARING = 2
"""Runs that share a word for it to be a choice, and not one run's text."""


@dataclass(frozen=True)
class Slot:
    """A place of a pattern: the text that each member has there."""

    values: Mapping[int, str]

    @property
    def key(self) -> tuple[tuple[int, str], ...]:
        """The values, letter case aside."""
        return tuple((member, value.casefold()) for member, value in sorted(self.values.items()))


Pattern = Sequence[str | Slot]
"""Fixed texts and slots in turn."""


def unify(steps: Mapping[int, Action], members: Sequence[Member]) -> Pattern:
    """The pattern of corresponding steps."""
    counted = frozenset[str]().union(*(members[m].run.counted for m in steps))
    steps = {m: _apart(action, members[m], counted) for m, action in steps.items()}
    base = min(steps, key=lambda member: (len(steps[member].atoms), member))
    atoms = steps[base].atoms
    positions = {member: _positions(steps[base].keys, action.keys) for member, action in steps.items()}
    fixed = [all(place[i] >= 0 for place in positions.values()) for i in range(len(atoms))]
    _widen(fixed, steps[base], members[base])
    return list(_parts(steps, members, base, fixed, positions))


def _apart(action: Action, member: Member, counted: Set[str]) -> Action:
    """A step in which only a noun that is counted, or that the task or an observation has with its number, has that in one
    atom."""
    if not action.instances:
        return action
    atoms: list[str] = []
    for atom in action.atoms:
        noun, number = noun_and_number(atom)
        whole = not number or noun.casefold() in counted or member.says(atom)
        whole = whole or member.shown_before(atom, len(member.run.acts)) >= 0
        atoms += [atom] if whole else [noun, " ", number]
    return action if len(atoms) == len(action.atoms) else replace(action, atoms=tuple(atoms))


def by_variant(steps: Mapping[int, Action], members: Sequence[Member]) -> list[Mapping[int, Action]]:
    """Corresponding steps apart by a choice in which they differ: words that are no run's own, as all tasks name them ("above
    40 the silver crate, else the brown one"), or neither its task nor an observation has them, but that several runs share.
    Other steps stay together."""
    chosen = {m: _named_by_all(action, members) | _choices(action, members[m]) for m, action in steps.items()}
    differing = set[str]().union(*chosen.values()) - in_all(chosen.values())
    counts = Counter(word for words in chosen.values() for word in words if word in differing)
    if not counts or max(counts.values()) < LEAST_SHARING or not all(words & differing for words in chosen.values()):
        return [steps]
    variants: dict[frozenset[str], dict[int, Action]] = {}
    for m, words in chosen.items():
        variants.setdefault(frozenset(words & differing), {})[m] = steps[m]
    return list(variants.values())


def _named_by_all(action: Action, members: Sequence[Member]) -> set[str]:
    """The words of a step that every task names."""
    words = {atom.casefold() for atom in action.atoms if atom.isalpha()}
    return {word for word in words if all(member.says(word) for member in members)}


def _choices(action: Action, member: Member) -> set[str]:
    """The words that stand alone in quotes and are neither named by the task nor shown before."""
    words = [
        atom
        for i, atom in enumerate(action.atoms)
        if action.quoted[i] and atom.isalpha() and not any(action.quoted[i - 1 : i] + action.quoted[i + 1 : i + 2])
    ]
    return {word.casefold() for word in words if not member.says(word) and member.shown_before(word, action.place) < 0}


def _positions(base: Sequence[str], other: Sequence[str]) -> list[int]:
    """For each key of the base, the place of the corresponding one of the other sequence; -1 where there is none."""
    positions = [-1] * len(base)
    for left, right, same in stretches(base, other):
        if same:
            positions[left] = range(right.start, right.stop)
    return positions


def _widen(fixed: list[bool], action: Action, member: Member) -> None:
    """Make one slot of a quotation of which most words differ, or words that are nobody's value."""
    i = 0
    while i < len(fixed):
        end = i
        while end < len(fixed) and action.quoted[end]:
            end += 1
        content = [j for j in range(i, end) if is_content(action.atoms[j])]
        free = [action.atoms[j] for j in content if not fixed[j] and action.atoms[j].islower()]
        text = any(
            not member.says(word) and member.shown_before(word, action.place) < 0 and not member.says_part(word)
            for word in free
        )
        few = sum(fixed[j] for j in content) < LEAST_QUOTED * len(content)
        if content and not all(fixed[i:end]) and (few or text):
            fixed[i:end] = [False] * (end - i)
        i = max(end, i + 1)


def _parts(
    steps: Mapping[int, Action], members: Sequence[Member], base: int, fixed: Sequence[bool],
    positions: Mapping[int, Sequence[int]],
) -> Iterator[str | Slot]:  # fmt: skip
    """The fixed texts and the slots between them, in order."""
    before = dict.fromkeys(steps, -1)
    atoms = steps[base].atoms
    for i in [*(i for i in range(len(atoms)) if fixed[i]), len(atoms)]:
        here = {m: positions[m][i] if i < len(atoms) else len(steps[m].atoms) for m in steps}
        values = {m: _text(steps[m].atoms[before[m] + 1 : here[m]], members[m]) for m in steps}
        if any(values.values()):
            yield from _with_margins(values)
        if i < len(atoms):
            yield _common({m: steps[m].atoms[here[m]] for m in steps}, members)
        before = here


def _text(atoms: Sequence[str], member: Member) -> str:
    """The text of a slot; an instance without its number where the task does not say it."""
    return "".join(_named(atom, member) for atom in atoms)


def _named(atom: str, member: Member) -> str:
    noun, number = noun_and_number(atom)
    return atom if not number or member.says(atom) else noun


def _common(atoms: Mapping[int, str], members: Sequence[Member]) -> str | Slot:
    """The text of a fixed atom; a slot where it is an instance whose number differs and a task says it."""
    texts = set(atoms.values())
    first = next(iter(atoms.values()))
    if len({text.casefold() for text in texts}) == 1:
        return first
    if any(members[m].says(atom) for m, atom in atoms.items()):
        return Slot(atoms)
    return noun_and_number(first)[0]


def _with_margins(values: Mapping[int, str]) -> Iterator[str | Slot]:
    """A slot without the white space around it that all values have."""
    texts = list(values.values())
    lead = " " if all(text.startswith(" ") for text in texts) else ""
    trail = " " if all(len(text) > len(lead) and text.endswith(" ") for text in texts) else ""
    if lead:
        yield lead
    yield Slot({m: text[len(lead) : len(text) - len(trail)] for m, text in values.items()})
    if trail:
        yield trail
