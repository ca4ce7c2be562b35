"""Members of a family: runs of like tasks, reduced to the steps that are aligned (memp.build.reading.reduction)."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, pairwise

from memp.build.reading import features
from memp.build.reading.action import Action
from memp.build.reading.counters import Loop
from memp.build.reading.features import Feature
from memp.build.reading.mentions import is_only_ordered, names, squashed, whole_pattern
from memp.build.reading.run import Run
from memp.text.atoms import is_content
from memp.text.holding import Texts
from memp.text.vocabulary import STOP

LEAST_CONSTANT = 3
"""Different steps with the same word for it to be their common argument."""

LEAST_SUBCOMMANDS = 2
"""Words that stand in one place for it to be that of a subcommand."""

MOST_SUBCOMMANDS = 3
"""Words of a command before its last subcommand."""

LEAST_PART = 3
"""Letters of a part of a name that says something of its own."""

_PARTS = re.compile(r"[^\w]+|_")
"""What stands between the parts of a name."""


@dataclass(frozen=True)
class Member:
    """A run of a family: its task, how it was read, its needed steps, and its loops that count up; `tries`: failed steps, each
    with the later one that did the same with something added, or after something else had mended it; `kept`: the positions of the
    steps that its success needed."""

    task: str
    run: Run
    actions: tuple[Action, ...]
    loops: tuple[Loop, ...] = ()
    tries: tuple[tuple[Action, Action], ...] = ()
    kept: tuple[int, ...] = ()

    @cached_property
    def checks(self) -> frozenset[str]:
        """Calls and commands that the run did again, word for word, to see how things stand: each time they showed something."""
        counts = Counter(action.text for action in self.actions if not action.plain and not action.times)
        silent = {action.text for action in self.actions if not action.observation.strip()}
        return frozenset(text for text, count in counts.items() if count > 1 and text not in silent)

    def times_of(self, operation: str) -> int:
        """How often the run did the same again, word for word, of the steps of an operation."""
        counts = Counter(action.text for action in self.actions if action.operation == operation)
        return max(counts.values(), default=0)

    @cached_property
    def looks(self) -> frozenset[str]:
        """The steps that only read something."""
        return frozenset(action.text for action in self.actions if action.kind == "look")

    def initial(self, checks: frozenset[str]) -> frozenset[str]:
        """The texts of actions that the run did only before the first one, checks aside, that may have changed something."""
        first = next(
            (
                i
                for i, action in enumerate(self.actions)
                if action.needed and action.kind in ("act", "effect") and action.text not in checks
            ),
            len(self.actions),
        )
        later = {action.text for action in self.actions[first:]}
        return frozenset(action.text for action in self.actions[:first]) - later

    def without_repeated(self, checks: frozenset[str]) -> "Member":
        """The run with each of these done once, the first time, and the one that it ends with: it shows that all is well."""
        done: set[str] = set()
        kept: list[Action] = []
        for action in self.actions:
            if action.text not in checks or action.text not in done or action is self.actions[-1]:
                kept.append(action)
            done.add(action.text)
        return replace(self, actions=tuple(kept)) if len(kept) < len(self.actions) else self

    @cached_property
    def mended(self) -> Mapping[int, int]:
        """The places of failed steps that were done again, word for word, after few other acts: each to the place before which
        these acts were, that of the next try."""
        places = {one.place: again.place for one, again in self.tries if one.text == again.text}
        return {i: min([j, *(k for k, end in places.items() if k > i and end == j)]) for i, j in places.items()}

    def mends(self, action: Action) -> bool:
        """Whether a step is one of those that mended a failed one, or that one done again, where that stands before it."""
        tried = {one.place for one in self.actions if one.failed}
        return any(i in tried and i < action.place <= end for i, end in self.mended.items())

    def with_tries(self, tries: Iterable[Action]) -> "Member":
        """The run with these of its failed steps, as far as it lacks them."""
        places = {action.place for action in self.actions}
        more = tuple(one for one in tries if one.place not in places)
        return replace(self, actions=tuple(sorted((*self.actions, *more), key=lambda a: a.place))) if more else self

    def words_in(self, text: str) -> Mapping[str, Feature]:
        """The features of a text of the run (memp.build.reading.features.words_in)."""
        if text not in self._features:
            self._features[text] = features.words_in(text, self._is_own)
        return self._features[text]

    def numbers_in(self, text: str) -> Mapping[str, float]:
        """The labelled numbers of a text of the run (memp.build.reading.features.numbers_in)."""
        return features.numbers_in(text, lambda word: word.endswith("}") or word.casefold() in self.run.counted)

    @cached_property
    def _features(self) -> dict[str, Mapping[str, Feature]]:
        return dict[str, Mapping[str, Feature]]()

    def _is_own(self, token: str) -> bool:
        """Whether a token belongs to this run: its task names it, or it is an instance's noun."""
        return token.casefold() in self.run.counted or self.says(token)

    @cached_property
    def task_text(self) -> str:
        """The task in the normal form of `squashed`."""
        return squashed(self.task)

    def is_argument(self, atom: str, operation: str) -> bool:
        """Whether most steps of an operation, and not only few, have an atom: then it is not what tells them apart."""
        steps = self._by_operation.get(operation, ())
        having = sum(atom in step for step in steps)
        return having >= LEAST_CONSTANT and 2 * having >= len(steps)

    @cached_property
    def _by_operation(self) -> Mapping[str, list[frozenset[str]]]:
        steps: dict[str, list[frozenset[str]]] = {}
        for action in {action.text: action for action in self.actions}.values():
            program = action.operation.split(" ")[0]
            steps.setdefault(program, []).append(frozenset(action.atoms))
        return steps

    def is_operation(self, action: Action, i: int) -> bool:
        """Whether a bare word of a step is part of what is done, by how the run uses it: where the words before it are the same
        others stand in its place as well, such words take arguments ("svc status web", "svc start web"), and it is no thing,
        which the task names or which other steps take too."""
        rows = self._places.get(action.before(i), {})
        word = action.atoms[i].casefold()
        if (
            action.follows_option(i)
            or word not in rows
            or len(rows) < LEAST_SUBCOMMANDS
            or len(self._befores.get(word, ())) > 1
        ):
            return False
        verbs = {other for other in rows if not self._is_thing(other)}
        if word not in verbs:
            return any(rows[word] & rows[other] for other in verbs)
        return self._take_arguments(action.before(i))

    def _take_arguments(self, before: tuple[str, ...]) -> bool:
        """Whether words in one place take arguments: two of them take the same, or, of what is surely a command line, one takes
        any. "Open red box" has no argument but a noun."""
        rows = [*self._places[before].values()]
        shared = any(one & other for i, one in enumerate(rows) for other in rows[:i])
        return shared or (
            any(rows) and any(not a.plain and a.before(len(a.atoms))[:1] == before[:1] for a in self.actions)
        )

    def _is_thing(self, word: str) -> bool:
        return len(self._befores.get(word, ())) > 1 or self.handles(word)

    @cached_property
    def _places(self) -> Mapping[tuple[str, ...], Mapping[str, set[str]]]:
        """The words before a bare word in a step, to the words that stand there in the run's steps, each with what follows it. A
        step with a word such as "to" is a sentence: its verb stands first."""
        places: dict[tuple[str, ...], dict[str, set[str]]] = {}
        texts = {action.text: action for action in self.actions}
        for action in (a for a in texts.values() if STOP.isdisjoint(map(str.casefold, a.atoms))):
            for i, atom in enumerate(action.atoms):
                before = (
                    action.before(i) if atom.isalpha() and not action.quoted[i] and not action.follows_option(i) else ()
                )
                if before and len(before) <= MOST_SUBCOMMANDS:
                    after = action.after(i)
                    is_argument = after and not after.startswith("-")
                    places.setdefault(before, {}).setdefault(atom.casefold(), set()).update(
                        [after] if is_argument else ()
                    )
        return places

    @cached_property
    def _befores(self) -> Mapping[str, set[tuple[str, ...]]]:
        """Bare words to what stands before them in the run's steps."""
        befores: dict[str, set[tuple[str, ...]]] = {}
        for before, rows in self._places.items():
            for word in rows:
                befores.setdefault(word, set()).add(before)
        return befores

    def operations_on(self, atoms: Iterable[str]) -> frozenset[str]:
        """The operations of the run's steps that take one of these atoms."""
        return frozenset[str]().union(
            *(self._operations.get(atom.casefold(), ()) for atom in atoms if is_content(atom))
        )

    @cached_property
    def _operations(self) -> Mapping[str, set[str]]:
        operations: dict[str, set[str]] = {}
        for action in self.actions:
            for atom in action.atoms if action.needed else ():
                operations.setdefault(atom.casefold(), set()).add(action.operation)
        return operations

    @cached_property
    def acts(self) -> frozenset[str]:
        """The operations of steps that may have changed something."""
        return frozenset(a.operation for a in self.actions if a.needed and a.kind in ("act", "effect"))

    @cached_property
    def _known(self) -> dict[str, bool]:
        return dict[str, bool]()

    def handles(self, word: str) -> bool:
        """Whether the task names a word as a thing, and not only as what is to be done: "drop" of "Drop the column"."""
        return self.says(word) and not is_only_ordered(self.task, word)

    def says(self, value: str) -> bool:
        """Whether the task names a value: as whole words, letter case, spaces and a plural ending aside."""
        if value not in self._known:
            self._known[value] = bool(value) and names(self.task_text, value)
        return self._known[value]

    def says_part(self, text: str) -> bool:
        """Whether the task names a part of a text between signs, as `orders` of `orders_tmp`, or has it as a part of a name, as
        `shop` in `shop.example.com`: then it is nobody's invention."""
        parts = {part for part in _PARTS.split(text) if len(part) >= LEAST_PART and part.casefold() not in STOP}
        return any(self.says(part) for part in parts) or any(map(self.has_part, (*parts, text)))

    def has_part(self, text: str) -> bool:
        """Whether the task has a text as a part of a name: "thesis" of `thesis.tex`."""
        return text.casefold() in self._parts_of_names

    @cached_property
    def _parts_of_names(self) -> frozenset[str]:
        """The parts of what the task names by several."""
        names = (word for word in self.task_text.split() if _PARTS.search(word))
        return frozenset(part for name in names for part in _PARTS.split(name) if len(part) >= LEAST_PART)

    def spelling(self, value: str) -> str:
        """A value as the task writes it: "soap bar" for "soapbar"."""
        if value.casefold() in self.task.casefold():
            return value
        words = self.task_text.split()
        return next((f"{a} {b}" for a, b in pairwise(words) if a + b == value.casefold()), value)

    def shown_before(self, value: str, place: int) -> int:
        """The step before `place` that showed a value first, as whole words, or a path, an identifier or a text whole; -1 where
        none did."""
        lowered = value.casefold().strip()
        if not lowered:
            return -1
        if lowered not in self._shown:
            holding = self._seen.holding(lowered)
            first = next(holding, None)
            whole = (
                whole_pattern(lowered) if first is not None else None
            )  # To compile one takes longer than all else here.
            places = chain([] if first is None else [first], holding)
            self._shown[lowered] = next((i for i in places if whole and whole.search(self._observations[i])), -1)
        first = self._shown[lowered]
        return first if first < place else -1

    def may_show(self, value: str, place: int) -> bool:
        """Whether a step before `place` may have shown a text, letter case aside: sure only of plain ASCII, which is compared
        without a pattern."""
        if not value.isascii() or self._first_beyond_ascii < place:
            return True
        return next(self._seen.holding(value.casefold()), place) < place

    @cached_property
    def _first_beyond_ascii(self) -> int:
        """The first observation that is no plain ASCII; how many there are where all are."""
        texts = self._observations
        return next((i for i, text in enumerate(texts) if not text.isascii()), len(texts))

    @cached_property
    def _seen(self) -> Texts:
        return Texts(self._observations)

    @cached_property
    def last_act(self) -> Action | None:
        """The last step that may have changed something."""
        return next((a for a in reversed(self.actions) if a.needed and a.kind in ("act", "effect")), None)

    @cached_property
    def having(self) -> Mapping[str, int]:
        """How many of the steps have an atom."""
        return Counter(atom for action in self.actions for atom in set(action.atoms))

    def texts_with(self, part: str) -> Iterator[str]:
        """The texts of the steps that hold a part, letter case aside."""
        return (self.actions[i].text for i in self._texts.holding(part.casefold()))

    @cached_property
    def _texts(self) -> Texts:
        return Texts([action.text.casefold() for action in self.actions])

    @cached_property
    def _shown(self) -> dict[str, int]:
        return dict[str, int]()

    @cached_property
    def _observations(self) -> Sequence[str]:
        """The observation of each step of the run, as it is compared."""
        return [act.step.observation.casefold() for act in self.run.acts]
