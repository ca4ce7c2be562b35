"""Counters: a step, or a short cycle of steps, done again with a number that counts up (pagination, shards), folded into one.

"open page 1", "open page 2", ... is one step "open page {page}" with its count and its stop sign, as a wait is. Things that the
task or an answer lists, or that a later step comes back to, are no running numbers: what was done to each of them stays.
"""

import re
from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

from memp.build.reading.run import Run
from memp.build.reading.waits import LEAST_TIMES, LONGEST_CYCLE, Wait, stop_sign
from memp.text import templates
from memp.text.actions.operations import operation_of

LEAST_SWEEP = 6
"""Rounds of mere looking that nothing later needs and that are no search or glance: so many in a row were gone through."""

LEAST_ID = 3
"""Digits of a number that names a thing by itself."""

MAX_ACTION = 2000
"""Characters of an action that is read for numbers: what is longer is written into something."""

_NUMBER = re.compile(r"\d{1,12}")
_LABEL = re.compile(r"([^\W\d_]+)[^\w\n]{0,3}_?\Z")
"""The word that a number follows: "page" of "?page=3", "node" of "node1"."""

UNNAMED = "number"


class RunningNumber(NamedTuple):
    """A number that counts up: its name, and what it was in each round."""

    name: str
    numbers: tuple[str, ...]

    @property
    def description(self) -> str:
        return f"counts up: {self.numbers[0]}, {self.numbers[1]}, ..."

    @property
    def span(self) -> str:
        return f"{self.numbers[0]} to {self.numbers[-1]}"


class Loop(NamedTuple):
    """The rounds of a counter: where they stand (`wait`), the actions of one round with {placeholders}, and its counters."""

    wait: Wait
    texts: tuple[str, ...]
    counters: tuple[RunningNumber, ...]


def loops_of(run: Run, task: str, texts: Sequence[str], needed: frozenset[int]) -> list[Loop]:
    """The loops of a run that count up, in order; they do not overlap. `needed` are the steps that its success needed."""
    read = [_Read.of(text) for text in texts]
    braced = frozenset(name for text in (task, *(a.step.action for a in run.acts)) for name in templates.names(text))
    shown = _Mentions([task, *(act.step.observation for act in run.acts)])
    done = _Mentions([act.step.action for act in run.acts])
    loops: list[Loop] = []
    at = 0
    while at + LEAST_TIMES <= len(texts):
        sizes = range(1, LONGEST_CYCLE + 1)
        loop = next((x for size in sizes if (x := _loop(run, task, texts, read, at, size, braced))), None)
        if loop is None or not _is_gone_through(run, loop.wait, needed) or _is_of_things(run, task, loop, shown, done):
            at += 1 if loop is None else loop.wait.end - at
            continue
        loops.append(loop)
        at = loop.wait.end
    return loops


class _Read(NamedTuple):
    """An action apart: its operation, which a number in it makes another one, what stands between its numbers, and these."""

    operation: str
    frame: tuple[str, ...]
    numbers: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> "_Read":
        if len(text) > MAX_ACTION:
            return cls("", (text,), ())
        return cls(operation_of(text), tuple(_NUMBER.split(text)), tuple(map(int, _NUMBER.findall(text))))


def _loop(
    run: Run, task: str, texts: Sequence[str], read: Sequence[_Read], start: int, size: int, braced: Set[str]
) -> Loop | None:
    rounds = 1
    steps: list[list[int]] | None = None
    while start + (rounds + 1) * size <= len(read):
        before, after = (read[start + k * size : start + (k + 1) * size] for k in (rounds - 1, rounds))
        if any(a[:2] != b[:2] for a, b in zip(before, after, strict=True)):
            break
        gone = [[y - x for x, y in zip(a.numbers, b.numbers, strict=True)] for a, b in zip(before, after, strict=True)]
        if steps not in (None, gone) or min((n for row in gone for n in row), default=0) < 0 or not any(map(any, gone)):
            break
        steps = gone
        rounds += 1
    if rounds < LEAST_TIMES or steps is None:
        return None
    end = start + rounds * size
    places = [(k, i) for k, row in enumerate(steps) for i, step in enumerate(row) if step]
    patterns, counters = _named(texts[start:end], size, places, braced)
    acts = [act.step for act in run.acts]
    own = " ".join([task, *texts[:end]])
    sign = stop_sign(acts[start:end], size, own, " ".join(texts[end:]), counts=True)
    return Loop(Wait(start, end, size, rounds, sign), patterns, counters)


def _named(
    texts: Sequence[str], size: int, places: Sequence[tuple[int, int]], braced: Set[str]
) -> tuple[tuple[str, ...], tuple[RunningNumber, ...]]:
    """The actions of the first round with a {placeholder} for each number that counts, and the counters: numbers that are equal
    in every round are one. The names in `braced` are taken."""
    taken = set(braced)
    counters: dict[tuple[str, ...], RunningNumber] = {}
    patterns: list[str] = []
    for k in range(size):
        pieces, end = list[str](), 0
        for i, match in enumerate(_NUMBER.finditer(texts[k])):
            if (k, i) in places:
                numbers = tuple(_NUMBER.findall(text)[i] for text in texts[k::size])
                if numbers not in counters:
                    name = templates.numbered(_label(texts[k], match.start()), taken)
                    taken.add(name)
                    counters[numbers] = RunningNumber(name, numbers)
                pieces += [texts[k][end : match.start()], f"{{{counters[numbers].name}}}"]
                end = match.end()
        patterns.append("".join([*pieces, texts[k][end:]]))
    return tuple(patterns), tuple(counters.values())


def _label(text: str, at: int) -> str:
    """What a number is called: the word before it, unless that is what the step does."""
    match = _LABEL.search(text[:at])
    word = match[1].casefold() if match else ""
    fits = re.fullmatch(r"[a-z]{2,40}", word) and word not in re.findall(r"\w+", operation_of(text))
    return re.sub(r"(?<=[^s])s\Z", "", word) if fits else UNNAMED


def _is_gone_through(run: Run, wait: Wait, needed: frozenset[int]) -> bool:
    """Whether a loop is a part of the way: something needs it, or it is long and what comes next makes use of it; who goes on
    looking elsewhere only searched."""
    if not needed.isdisjoint(range(wait.start, wait.end)):
        return True
    goes_on = wait.end < len(run.acts) and run.acts[wait.end].kind not in ("act", "effect")
    return wait.times >= LEAST_SWEEP and not goes_on


class _Mentions:
    """The numbers that texts have beside a name, "drawer 3" or "node3", or that are long enough to be names by themselves."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._by_name: dict[str, Mapping[int, tuple[int, int]]] = {}

    def of(self, name: str) -> Mapping[int, tuple[int, int]]:
        """The numbers beside a name to the first and the last text that has them."""
        name = re.sub(r"_\d+\Z", "", name)
        if name not in self._by_name:
            self._by_name[name] = self._read(re.escape(name))
        return self._by_name[name]

    def _read(self, label: str) -> Mapping[int, tuple[int, int]]:
        naming = re.compile(
            rf"(?<![^\W_]){label}s?[^\w\n]{{0,3}}_?(\d{{1,12}})(?!\w)|(?<![\w.])(\d{{{LEAST_ID},12}})(?!\w)", re.I
        )
        places: dict[int, tuple[int, int]] = {}
        for i, text in enumerate(self._texts):
            for match in naming.finditer(text):
                number = int(match[1] or match[2])
                places[number] = (places.get(number, (i, i))[0], i)
        return places


def _is_of_things(run: Run, task: str, loop: Loop, shown: _Mentions, done: _Mentions) -> bool:
    """Whether the numbers are names of things that are there: the task names all, or all were listed before the loop, or each was
    shown before it was acted on, or a later step comes back to one. `shown` are the task and the observations, `done` the
    actions."""
    wait = loop.wait
    acts = any(act.kind in ("act", "effect") for act in run.acts[wait.start : wait.end])
    asked = set(map(int, _NUMBER.findall(task)))
    for counter in loop.counters:
        first, later = shown.of(counter.name), done.of(counter.name)
        numbers = list(map(int, counter.numbers))
        if asked.issuperset(numbers) or any(later.get(number, (0, 0))[1] >= wait.end for number in numbers):
            return True
        last = [wait.start + k * wait.cycle * acts for k in range(wait.times)]
        if all(number in first and first[number][0] <= end for number, end in zip(numbers, last, strict=True)):
            return True
    return False
