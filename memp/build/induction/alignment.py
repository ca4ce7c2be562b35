"""Alignment: which steps of several runs of a family correspond, by sequence alignment (Needleman and Wunsch, 1970).

Steps correspond where they do the same operation to things that the two runs' tasks or observations explain. The runs are
aligned one after the other with a profile of those before (progressive alignment, as of biological sequences).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from itertools import takewhile
from typing import NamedTuple

from memp.build.induction.matching import unequal_and_equal
from memp.build.reading.action import Action
from memp.build.reading.members import Member
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

LEAST_MET = 3
"""Runs that all met an error, for what mended it to be done before it comes."""

SAME_ROLE = 0.5
"""How far two values are alike that both tasks name, or neither, and that the same operations take: what one run was told and
another found, or where one took something and another only looked, are not one thing."""

OTHER_ROLE = 0.5
"""How far a step corresponds to one whose value is acted on in quite another way: where one run read a record to charge it,
another to close it. At most a half, so that two such steps never outweigh one that has its own counterpart."""


ROUNDING = 1e-6
"""By how much a sum may be off for its rounding."""


def align(members: Sequence[Member]) -> list[Column]:
    """The columns of an alignment, in an order that agrees with that of every member."""
    columns: list[Column] = [{0: action} for action in members[0].actions] if members else []
    for number in range(1, len(members)):
        columns = align_more(columns, members[: number + 1])
    return columns


def as_aligned(members: Sequence[Member], checks: frozenset[str]) -> list[Member]:
    """The runs as they are aligned: checks that all did again and again are done once, and what failed in one run and was done
    again with something added is a step where another did it with success: its error is what the addition waits for."""
    folded = [member.without_repeated(checks) for member in members]
    few = len(members) < LEAST_MET
    return [
        member.with_tries(
            one
            for one, again in member.tries
            if (few and one.place in member.mended) or any(_is_tried(member, one, again, other) for other in folded)
        )
        for member in folded
    ]


def _is_tried(member: Member, one: Action, again: Action, other: Member) -> bool:
    """Whether another run did with success what failed in this one, more than what this one then did; or the same, and had
    nothing to mend: what all runs had to mend is done before."""
    if one.place in member.mended:
        mended = [theirs for theirs, _ in other.tries if theirs.place in other.mended]
        alike = [a for a in (*mended, *other.actions) if a.needed and similarity(member, one, other, a) > 0]
        return bool(alike) and alike[0] not in mended
    return any(
        (likeness := similarity(member, one, other, action)) > 0 and likeness > similarity(member, again, other, action)
        for action in other.actions
        if action.needed and not action.failed and action.operation == one.operation
    )


def align_more(columns: Sequence[Column], members: Sequence[Member]) -> list[Column]:
    """The alignment of all but the last member, with that one as well."""
    number = len(members) - 1
    having: dict[tuple[int, tuple[str, ...]], list[Column]] = {}
    for column in columns:
        for other in [*column][:REPRESENTATIVES]:
            having.setdefault((other, column[other].atoms), []).append(column)
    known: dict[tuple[int, tuple[str, ...], int], float] = {}
    readings: dict[tuple[int, int, int, int], Stretch] = {}

    def read(member: Member, action: Action, stretch: slice) -> Stretch:
        key = (id(member), action.place, stretch.start, stretch.stop)  # The members live as long as this.
        if key not in readings:
            readings[key] = read_stretch(member, action, stretch)
        return readings[key]

    def likeness(other: int, a: Action, b: Action) -> float:
        if a.operation != b.operation:
            return 0.0
        # Which words are explained depends on the run; what it does again, word for word, is as alike as the first time.
        key = (other, a.atoms, b.place)
        if key not in known:
            known[key] = similarity(members[other], first(other, a, b), members[number], b, read)
        return known[key]

    def first(other: int, a: Action, b: Action) -> Action:
        """The same step where the run did it first, of the columns whose steps before its own correspond."""
        for column in having[other, a.atoms]:
            before = takewhile(lambda m: m != other, column)
            if all(likeness(m, column[m], b) > 0 for m in before):
                return column[other]
        return a

    return _merged(columns, number, members[number].actions, likeness)


_Likeness = Callable[[int, Action, Action], float]
_Gains = Sequence[Sequence[float]]
"""The gain of each column, a row, with each step of one more run."""


def _merged(
    columns: Sequence[Column], number: int, actions: Sequence[Action], likeness: _Likeness
) -> list[Column]:  # fmt: skip
    """The columns with the steps of one more member: where they correspond, and between the columns where not."""
    result: list[Column] = []
    gains = _gains(columns, actions, likeness)
    for i, j in _best_path(gains, _sums(gains, len(columns), len(actions))):
        if i is None:
            assert j is not None
            result.append({number: actions[j]})
        elif j is None:
            result.append(columns[i])
        else:
            result.append({**columns[i], number: actions[j]})
    return result


def _gains(columns: Sequence[Column], actions: Sequence[Action], likeness: _Likeness) -> _Gains:
    """The gains of the pairs that may be on the best path, and 0 for others (branch and bound).

    A bound of each gain is cheap. The path that is the best by the bounds has a sum that the best one has at least: a pair is
    on none that good where even the bounds before it, of it and after it come to less. Of two long runs most are.
    """
    rows, width = len(columns), len(actions)
    bounds = _bounds(columns, actions)
    after = _sums(bounds, rows, width)
    before = _sums([row[::-1] for row in reversed(bounds)], rows, width)
    path = _best_path(bounds, after)
    least = sum(_gain(columns[i], actions[j], likeness) for i, j in path if i is not None and j is not None)
    return [
        [
            _gain(columns[i], actions[j], likeness)
            if bound and before[rows - i][width - j] + bound + after[i + 1][j + 1] >= least - ROUNDING
            else 0.0
            for j, bound in enumerate(row)
        ]
        for i, row in enumerate(bounds)
    ]


def _gain(column: Column, action: Action, likeness: _Likeness) -> float:
    """The mean likeness of a step to the steps of a column; 0 where it does not correspond to one of them."""
    total = 0.0
    for other in [*column][:REPRESENTATIVES]:
        score = likeness(other, column[other], action)
        if score <= 0:
            return 0.0
        total += score
    return total / min(len(column), REPRESENTATIVES)


def _bounds(columns: Sequence[Column], actions: Sequence[Action]) -> list[list[float]]:
    """What each gain is at most; steps of one operation alone have one."""
    places: dict[str, list[int]] = {}
    for j, action in enumerate(actions):
        places.setdefault(action.operation, []).append(j)
    bounds = [[0.0] * len(actions) for _ in columns]
    for row, column in zip(bounds, columns, strict=True):
        steps = [*column.values()][:REPRESENTATIVES]
        alike = places.get(steps[0].operation, ())
        most = [most_similar(step, [actions[j] for j in alike]) for step in steps]
        for j, each in zip(alike, zip(*most, strict=True), strict=True):
            row[j] = sum(each) / len(each)
    return bounds


def _sums(gains: _Gains, rows: int, width: int) -> _Gains:
    """The largest sum of gains of an alignment of what is left from each row and place on; gaps cost nothing."""
    sums = [[0.0] * (width + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        row, below, own, best = sums[i], sums[i + 1], gains[i], 0.0
        for j in range(width - 1, -1, -1):
            if below[j] > best:
                best = below[j]
            if own[j] > 0 and below[j + 1] + own[j] > best:
                best = below[j + 1] + own[j]
            row[j] = best
    return sums


def _best_path(gains: _Gains, best: _Gains) -> list[tuple[int | None, int | None]]:
    """The alignment with the largest sum of gains; `best` are the sums of what is left."""
    rows, width = len(best) - 1, len(best[0]) - 1
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


class Stretch(NamedTuple):
    """A stretch of a step: how many of its atoms say something, whether it may be a value, whether the task names it, and the
    other operations of the run that take it; `acts`: those of them that may change something."""

    content: int
    is_value: bool
    of_task: bool
    uses: frozenset[str]
    acts: frozenset[str]


def read_stretch(member: Member, action: Action, stretch: slice) -> Stretch:
    """What a stretch of a step of a run is."""
    content = sum(map(is_content, action.atoms[stretch]))
    uses = member.operations_on(action.atoms[stretch]) - {action.operation}
    named = _is_of_task(member, action, stretch)
    return Stretch(content, _explained(member, action, stretch), named, uses, uses & member.acts)


def similarity(
    one: Member, a: Action, other: Member, b: Action,
    read: Callable[[Member, Action, slice], Stretch] = read_stretch,
) -> float:  # fmt: skip
    """How much two steps correspond, from 0 to 1; 0 where they do different things.

    Of one operation, `SAME_OPERATION` plus the share of equal atoms; two values in one role count `SAME_ROLE`. A plain word in
    which they differ must be explained, by the task or by an observation before: else it is part of what is done, as in "login"
    and "lock".
    """
    if a.operation != b.operation or not a.operation:
        return 0.0
    if a.atoms == b.atoms:
        return 1.0
    total = equal = 0.0
    role = 1.0
    for left, right, same in stretches(a.keys, b.keys):
        ours, theirs = read(one, a, left), read(other, b, right)
        content = max(ours.content, theirs.content)
        total += content
        if same:
            equal += content
        elif not (ours.is_value and theirs.is_value):
            return 0.0
        elif ours.of_task == theirs.of_task:
            equal += SAME_ROLE * content * _jaccard(ours.uses, theirs.uses)
        if not same and ours.acts and theirs.acts and ours.acts.isdisjoint(theirs.acts):
            role = OTHER_ROLE
    return role * (SAME_OPERATION + (1 - SAME_OPERATION) * (equal / total if total else 1.0))


def most_similar(a: Action, others: Sequence[Action]) -> list[float]:
    """The similarity of a step with each of others of its operation at most, whatever their runs are: by the words that both
    have anywhere."""
    own = a.content
    alike = (len(own & b.content) / max(len(own), len(b.content)) if own or b.content else 1.0 for b in others)
    return [SAME_OPERATION + (1 - SAME_OPERATION) * (same + SAME_ROLE * (1 - same)) for same in alike]


def stretches(a: Sequence[str], b: Sequence[str]) -> Iterator[tuple[slice, slice, bool]]:
    """Two sequences of keys as corresponding stretches, and whether they are equal. Equally long ones are compared place by
    place, as most steps of one operation are."""
    if len(a) != len(b):
        yield from _unequal(a, b)
        return
    start = 0
    for i in range(1, len(a) + 1):
        if i == len(a) or (a[i] == b[i]) != (a[start] == b[start]):
            yield slice(start, i), slice(start, i), a[start] == b[start]
            start = i


def _unequal(a: Sequence[str], b: Sequence[str], at: int = 0, other: int = 0) -> Iterator[tuple[slice, slice, bool]]:
    """`stretches` of sequences of which one has more: that stands after the value in which they differ, not in it, where the same
    goes on behind both, as the quote in `"stage": "Won"}` and `"stage": "Lost", "reason": "price"}`."""
    for one, two, same in unequal_and_equal(a[at:], b[other:]):
        left, right = slice(at + one.start, at + one.stop), slice(other + two.start, other + two.stop)
        sizes = one.stop - one.start, two.stop - two.start
        size = min(sizes)
        if not same and 0 < size < max(sizes) and _goes_on(a, b, left.start + size, right.start + size):
            middle = slice(left.start, left.start + size), slice(right.start, right.start + size)
            yield (*middle, False)
            yield slice(middle[0].stop, middle[0].stop + 1), slice(middle[1].stop, middle[1].stop + 1), True
            yield from _unequal(a, b, middle[0].stop + 1, middle[1].stop + 1)
            return
        yield left, right, same


def _goes_on(a: Sequence[str], b: Sequence[str], i: int, j: int) -> bool:
    """Whether the same sign stands at these places of two sequences."""
    return i < len(a) and j < len(b) and a[i] == b[j] and not any(map(str.isalnum, a[i])) and not a[i].isspace()


def _is_of_task(member: Member, action: Action, stretch: slice) -> bool:
    """Whether the task names what stands in a stretch of a step."""
    return any(is_content(atom) and member.says(noun_and_number(atom)[0]) for atom in action.atoms[stretch])


def _jaccard(ours: Set[str], theirs: Set[str]) -> float:
    """The share of two sets that both have (Jaccard index); 1 where both are empty."""
    return len(ours & theirs) / len(ours | theirs) if ours or theirs else 1.0


def _explained(member: Member, action: Action, stretch: slice) -> bool:
    """Whether what differs may be a value: quoted, or no bare word nor option, or after an option, or named by the task or
    shown before, or an argument of most such steps; what is done itself is none, whoever says it."""
    program = action.operation.split(" ")[0]
    for i in range(len(action.atoms))[stretch]:
        atom = action.atoms[i]
        # A word all in capitals is a language's own, in quotes as well: "DROP" is no case of "CREATE".
        free = action.quoted[i] and not (atom.isupper() and len(atom) >= LEAST_KEYWORD)
        if free or not (atom.isalpha() or atom.startswith("-")) or (atom.isalpha() and _is_passed(action, i)):
            continue
        if atom.casefold() in STOP:  # Other words than "to" stand for a value.
            return False
        if atom.isalpha() and member.is_operation(action, i):
            return False
        known = member.handles(atom) or member.shown_before(atom, action.place) >= 0 or member.has_part(atom)
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
