"""Alignment: which steps of several runs of a family correspond, by sequence alignment (Needleman and Wunsch, 1970).

Steps correspond where they do the same operation to things that the two runs' tasks or observations explain. The runs are
aligned one after the other with a profile of those before (progressive alignment, as of biological sequences).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from memp.build.reading.members import Action, Member
from memp.text.atoms import is_content, noun_and_number
from memp.text.vocabulary import STOP

Column = Mapping[int, Action]
"""Corresponding steps: the position of a member to its step. A member without such a step is not in it."""

REPRESENTATIVES = 3
"""Steps of a column that a new one is held against."""

LEAST_KEYWORD = 3
"""Letters of a keyword: shorter ones in capitals are mostly names."""

SAME_OPERATION = 0.4
"""What two steps of one operation have in common before their arguments are looked at, from 0 to 1."""

SAME_ROLE = 0.5
"""How far two values are alike that both tasks name, or neither, and that the same operations take: what one run was told and
another found, or where one took something and another only looked, are not one thing."""


def align(members: Sequence[Member]) -> list[Column]:
    """The columns of an alignment, in an order that agrees with that of every member."""
    columns: list[Column] = [{0: action} for action in members[0].actions] if members else []
    for number in range(1, len(members)):
        columns = align_more(columns, members[: number + 1])
    return columns


def align_more(columns: Sequence[Column], members: Sequence[Member]) -> list[Column]:
    """The alignment of all but the last member, with that one as well."""
    number = len(members) - 1
    known: dict[tuple[str, ...], dict[int, float]] = {}

    def likeness(other: int, a: Action, b: Action) -> float:
        if a.operation != b.operation:
            return 0.0
        # Which words are explained depends on the run, so only equal atoms of one run are alike in the same way.
        memo = known.setdefault((*a.atoms, "\0", *b.atoms, "\0", str(b.place)), {})
        if other not in memo:
            memo[other] = similarity(members[other], a, members[number], b)
        return memo[other]

    return _merged(columns, number, members[number].actions, likeness)


_Likeness = Callable[[int, Action, Action], float]


def _merged(
    columns: Sequence[Column], number: int, actions: Sequence[Action], likeness: _Likeness
) -> list[Column]:  # fmt: skip
    """The columns with the steps of one more member: where they correspond, and between the columns where not."""
    gains = [[_gain(column, action, likeness) for action in actions] for column in columns]
    result: list[Column] = []
    for i, j in _best_path(gains, len(columns), len(actions)):
        if i is None:
            assert j is not None
            result.append({number: actions[j]})
        elif j is None:
            result.append(columns[i])
        else:
            result.append({**columns[i], number: actions[j]})
    return result


def _gain(column: Column, action: Action, likeness: _Likeness) -> float:
    """The mean likeness of a step to the steps of a column; 0 where it does not correspond to one of them."""
    total = 0.0
    for other in [*column][:REPRESENTATIVES]:
        score = likeness(other, column[other], action)
        if score <= 0:
            return 0.0
        total += score
    return total / min(len(column), REPRESENTATIVES)


def _best_path(
    gains: Sequence[Sequence[float]], rows: int, width: int
) -> list[tuple[int | None, int | None]]:  # fmt: skip
    """The alignment with the largest sum of gains; gaps cost nothing."""
    best = [[0.0] * (width + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(width - 1, -1, -1):
            both = best[i + 1][j + 1] + gains[i][j] if gains[i][j] > 0 else -1.0
            best[i][j] = max(both, best[i + 1][j], best[i][j + 1])
    path: list[tuple[int | None, int | None]] = []
    i = j = 0
    while i < rows and j < width:
        if gains[i][j] > 0 and best[i][j] == best[i + 1][j + 1] + gains[i][j]:
            path.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            path.append((i, None))
            i += 1
        else:
            path.append((None, j))
            j += 1
    path += [(k, None) for k in range(i, rows)]
    return [*path, *((None, k) for k in range(j, width))]


def similarity(one: Member, a: Action, other: Member, b: Action) -> float:
    """How much two steps correspond, from 0 to 1; 0 where they do different things.

    Of one operation, `SAME_OPERATION` plus the share of equal atoms; two values in one role count `SAME_ROLE`. A plain word in
    which they differ must be explained,
    by the task or by an observation before: else it is part of what is done, as in "login" and "lock".
    """
    if a.operation != b.operation or not a.operation:
        return 0.0
    if a.atoms == b.atoms:
        return 1.0
    total = equal = 0.0
    for left, right, same in stretches(a.keys, b.keys):
        content = max(sum(map(is_content, a.atoms[left])), sum(map(is_content, b.atoms[right])))
        total += content
        if same:
            equal += content
        elif not (_explained(one, a, left) and _explained(other, b, right)):
            return 0.0
        elif _is_of_task(one, a, left) == _is_of_task(other, b, right):
            equal += SAME_ROLE * content * _common_uses(one, a, left, other, b, right)
    return SAME_OPERATION + (1 - SAME_OPERATION) * (equal / total if total else 1.0)


def stretches(a: Sequence[str], b: Sequence[str]) -> Iterator[tuple[slice, slice, bool]]:
    """Two sequences of keys as corresponding stretches, and whether they are equal. Equally long ones are compared place by
    place, as most steps of one operation are."""
    if len(a) != len(b):
        for tag, i, to_i, j, to_j in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
            yield slice(i, to_i), slice(j, to_j), tag == "equal"
        return
    start = 0
    for i in range(1, len(a) + 1):
        if i == len(a) or (a[i] == b[i]) != (a[start] == b[start]):
            yield slice(start, i), slice(start, i), a[start] == b[start]
            start = i


def _is_of_task(member: Member, action: Action, stretch: slice) -> bool:
    """Whether the task names what stands in a stretch of a step."""
    return any(is_content(atom) and member.says(noun_and_number(atom)[0]) for atom in action.atoms[stretch])


def _common_uses(one: Member, a: Action, left: slice, other: Member, b: Action, right: slice) -> float:
    """The share of the other operations that take two values which take both (Jaccard index); 1 where none takes either."""
    ours = one.operations_on(a.atoms[left]) - {a.operation}
    theirs = other.operations_on(b.atoms[right]) - {b.operation}
    return len(ours & theirs) / len(ours | theirs) if ours or theirs else 1.0


def _explained(member: Member, action: Action, stretch: slice) -> bool:
    """Whether what differs may be a value: quoted, or no bare word nor option, or after an option, or named by the task or
    shown before, or an argument of most such steps."""
    program = action.operation.split(" ")[0]
    for i in range(len(action.atoms))[stretch]:
        atom = action.atoms[i]
        # A word all in capitals is a language's own, in quotes as well: "DROP" is no case of "CREATE".
        free = action.quoted[i] and not (atom.isupper() and len(atom) >= LEAST_KEYWORD)
        if free or not (atom.isalpha() or atom.startswith("-")) or (atom.isalpha() and _is_passed(action, i)):
            continue
        if atom.casefold() in STOP:  # Other words than "to" stand for a value.
            return False
        known = member.handles(atom) or member.shown_before(atom, action.place) >= 0
        if not known and not member.is_argument(atom, program):
            return False
    return True


def _is_passed(action: Action, i: int) -> bool:
    """Whether a bare word is the value of the option before it: "-n shop"."""
    before = [atom for atom in action.atoms[:i] if is_content(atom)][-1:]
    return not action.plain and len(before) == 1 and before[0].startswith("-") and atom_is_late(action, i)


def atom_is_late(action: Action, i: int) -> bool:
    """Whether an atom stands after the words of its operation: before them it may be one of these."""
    words = action.operation.replace("&&", " ").split()
    before = {atom.casefold() for atom in action.atoms[:i]}
    return all(word in before for word in words)
