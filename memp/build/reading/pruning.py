"""Pruning: which steps of a trajectory its success needed, by a backward slice.

Memp's script keeps the procedure and drops the search for it (section 3.2). Here, by rule: failed attempts go, and what
was repeated or undone; then, from the last step backwards, a step that only looks, opens or goes somewhere stays when
something that a later kept step acts on was shown by it, or is where that step happens. What may have changed
something always stays.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from memp.build.reading.run import NOTHING, Act, Run, read_run
from memp.domain.trajectory import Step
from memp.text.actions.command import command_of
from memp.text.actions.kinds import is_relative_move
from memp.text.actions.operations import exact_operation_of, operation_of
from memp.text.actions.shell import commands_in
from memp.text.entities import key_of, shape_of
from memp.text.vocabulary import words_of

NEAR = 5
"""Steps within which another action on the same thing counts as what made a failed step good."""

_BACK_TO_PAGE = re.compile(r"\bback\b|\bprev(?:ious)?\b", re.IGNORECASE)
_TAKES = words_of("take pick grab get lift")
_PUTS = words_of("put place drop return move")
_ANSWERS = words_of("answer submit respond guess")
_ACKNOWLEDGES = re.compile(r"[^.:;,\n]{1,80}[.!]?")
"""One short sentence, which lists nothing: "The cupboard is now open."."""
_CHANNELS = ("cd", "pushd", "open", "go")
_BACK = {"north": "south", "south": "north", "east": "west", "west": "east", "up": "down", "down": "up",
         "n": "s", "s": "n", "e": "w", "w": "e", "left": "right", "right": "left"}  # fmt: skip


def recoveries(run: Run) -> dict[int, int]:
    """For each failed step that was made good, the later step that did what it was meant to do.

    That is the same action, else the first later one with the same operation on one of the same things, or with the same verb,
    else one close by that does something with one of them. An answer that was refused is made good by the next one.
    """
    repaired: dict[int, int] = {}
    same: dict[str, int] = {}
    alike: dict[tuple[str, ...], int] = {}
    for i in range(len(run.acts) - 1, -1, -1):
        act = run.acts[i]
        answers = [(act.verb,)] if act.verb in _ANSWERS else []
        operation = exact_operation_of(act.step.action)
        exactly = [("operation", operation, name) for name in (*act.names, *_arguments(act, operation))]
        pairs = [(act.verb, name) for name in act.names]
        if act.failure is None:
            same.update(dict.fromkeys([act.step.action, *_commands(act)], i))
            alike.update(dict.fromkeys([*answers, *exactly, *pairs], i))
            if act.kind not in ("look", "move"):
                alike.update(dict.fromkeys((("", name) for name in act.names), i))
            continue
        by_operation = [j for key in (*answers, *exactly) if (j := alike.get(key)) is not None]
        later = [same.get(act.step.action), *(by_operation or (alike.get(pair) for pair in pairs))]
        # What may have changed something is made good only by doing the same again.
        near = [
            j
            for name in act.names
            if act.kind != "effect" and (j := alike.get(("", name))) is not None and j - i <= NEAR
        ]
        options = [j for j in later if j is not None] or near
        if options:
            repaired[i] = later[0] if later[0] is not None else min(options)
    return repaired


def _commands(act: Act) -> Sequence[str]:
    """The commands of a line of several, as in `export KEY=x && make`: what failed may be one of them."""
    return () if act.plain else _several(act.step.action)


@lru_cache(maxsize=512)
def _several(action: str) -> Sequence[str]:
    commands = commands_in(action)
    return tuple(commands) if len(commands) > 1 else ()


def _arguments(act: Act, operation: str) -> list[str]:
    """The bare words that a command takes: in "deploy billing --realm north" nothing but its place says what is a thing."""
    words = [] if act.plain else command_of(act.step.action).casefold().split()
    return [word for word in words[len(operation.split()) :] if word.isalpha()]


def needed_steps(task: str, steps: Sequence[Step]) -> tuple[int, ...]:
    """The positions of the steps that the success needed, in order. The last step is always one of them."""
    return needed_of(read_run(task, steps))


def needed_of(run: Run) -> tuple[int, ...]:
    """`needed_steps` of a run that is read already."""
    if not run.acts:
        return ()
    last = len(run.acts) - 1
    replaced = recoveries(run)
    alive = [i for i in range(len(run.acts)) if i == last or not _failed(run, i, i in replaced)]
    alive = _without_loops(run, alive)
    alive = _without_returns(run, _without_pages_left(run, alive))
    return tuple(_without_detours(run, _slice(run, alive)))


def _failed(run: Run, i: int, replaced: bool) -> bool:
    """Whether a step goes because it failed: in doubt only where nothing changed, or where it was done again. What goes on by
    the same operation with other words, as `git rebase --continue` does, had begun."""
    act = run.acts[i]
    if act.failure is None or (act.kind == "effect" and not replaced and _goes_on(run, i)):
        return False
    return act.failure.certain or replaced or act.kind in ("look", "move", "open")


def _goes_on(run: Run, i: int) -> bool:
    operation = operation_of(run.acts[i].step.action)
    return " " in operation and any(
        act.failure is None and operation_of(act.step.action) == operation for act in run.acts[i + 1 :]
    )


def _without_loops(run: Run, alive: list[int]) -> list[int]:
    """Cut what lies between two equal states, unless something that surely has an effect lies there.

    A caller's `state` may be coarse (a directory, a page), so such a step is never cut.
    """
    kept: list[int] = []
    where: dict[str, int] = {}
    for i in alive:
        act = run.acts[i]
        if act.kind == "effect":
            where.clear()
        kept.append(i)
        state = act.step.state
        if not state:
            continue
        at = where.get(state)
        if at is None:
            where[state] = len(kept)
        elif i == alive[-1]:
            kept = [*kept[:at], i]
        else:
            _cut_back(kept, at, where, lambda gone: run.acts[gone].step.state)
    return kept


def _cut_back(kept: list[int], at: int, where: dict[str, int], state_of: Callable[[int], str | None]) -> None:
    """Drop the steps from `at` on, and forget the states that only they led to."""
    for gone in kept[at:]:
        state = state_of(gone)
        if state and where.get(state, 0) > at:
            del where[state]
    del kept[at:]


def _without_pages_left(run: Run, alive: list[int]) -> list[int]:
    """Cut a page that was opened and left by going back, where the page before it then looks as it did."""
    kept: list[int] = []
    pages: dict[str, int] = {}
    for i in alive:
        act = run.acts[i]
        if (act.kind == "effect" and act.verb not in ("click", "press")) or act.kind == "act":
            pages.clear()
        seen = act.step.observation
        at = pages.get(seen) if seen else None
        if at is not None and i != alive[-1] and _BACK_TO_PAGE.search(act.step.action[:80]):
            _cut_back(kept, at, pages, lambda gone: run.acts[gone].step.observation)
            continue
        kept.append(i)
        pages[seen] = len(kept)
    return kept


def _without_returns(run: Run, alive: list[int]) -> list[int]:
    """Drop an act done twice with one result, and a thing taken and put back, or opened and closed, where nothing was done in
    between."""
    gone: set[int] = set()
    stack: list[int] = []
    acted = _acted_on(run)
    for i in alive:
        act = run.acts[i]
        if act.kind not in ("act", "effect") and not (act.kind == "open" and act.plain):
            continue
        before = run.acts[stack[-1]] if stack else None
        if before is None or i == alive[-1]:
            stack.append(i)
        elif act.kind == "act" and act.step.observation and before.step == act.step:
            gone.add(i)
        elif act.plain and _undoes(before, act) and not (before.shows - set(before.names)) & acted:
            gone.update((i, stack.pop()))
        else:
            stack.append(i)
    return [i for i in alive if i not in gone]


def _acted_on(run: Run) -> set[str]:
    """The things that the run did something with, besides opening and closing them."""
    return {name for act in run.acts if act.kind in ("act", "effect") and act.verb != "close" for name in act.names}


def _undoes(before: Act, act: Act) -> bool:
    """Whether an act undoes the one before it: the same thing is put back, or closed."""
    if act.verb == "close":
        return before.verb == "open" and before.names[:1] == act.names[:1]
    return before.verb in _TAKES and act.verb in _PUTS and bool(act.names) and act.names == before.names


def _channel(act: Act) -> str:
    """The kind of place that a move changes: the directory (cd, pushd), the open file or page, or the place (go)."""
    return act.verb if act.verb in ("cd", "pushd", "open") else "go"


def _slice(run: Run, alive: list[int]) -> list[int]:
    """The backward slice: the steps that later ones need, from the last one back."""
    later = _Later(run)
    return [i for i in reversed(alive) if later.needs(i, last=i == alive[-1])][::-1]


class _Later:
    """The state of the backward slice: the things that the kept steps after a point need from those before it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._acted_on: set[str] = set()  # to be shown, or read, before
        self._looked_at: set[str] = set()  # under a name that something must have shown before
        self._touched: set[str] = set()  # what may have to be opened before
        self._entered: set[str] = set()  # where a door may have to be opened before
        self._acted_since: dict[str, bool] = {}  # by channel, since the last move of it
        self._handled = _acted_on(run)
        self._blind = not any(act.step.observation for act in run.acts)

    def needs(self, place: int, *, last: bool) -> bool:
        """Whether a step stays; if so, what it needs is needed from here on."""
        act = self._run.acts[place]
        done = act.kind in ("act", "effect") or last or _is_asked_for(self._run, act)
        shows = {name for name in act.shows & (self._acted_on | self._looked_at) if name not in self._run.known}
        shows.difference_update(name for name in act.names if _is_opaque(name))
        stays = done or bool(shows) or self._prepares(act)
        if act.kind == "move":
            self._acted_since[_channel(act)] = False
        if act.verb == "close":
            self._touched.difference_update(act.names)
        if stays:
            self._add(act, shows, done=done)
        return stays

    def _prepares(self, act: Act) -> bool:
        """Whether a step leads to where a later one happens, or reads what a later one acts on."""
        if act.kind == "move":
            return self._acted_since.get(_channel(act), False) or is_relative_move(act.step.action)
        if act.kind == "open":
            # It was opened for what is done with it or to go there, or it did something to what the run handles.
            return (
                not self._touched.isdisjoint(act.names[:1])
                or not self._entered.isdisjoint(act.names)
                or not self._handled.isdisjoint(act.shows - set(act.names))
                or _only_opened(act.step.observation.strip())
            )
        return any(name in self._acted_on and _is_opaque(name) for name in act.names) or self._blind

    def _add(self, act: Act, shows: set[str], *, done: bool) -> None:
        self._acted_on -= shows
        self._looked_at -= shows
        opaque = {name for name in act.names if _is_opaque(name)}
        self._acted_on -= opaque
        if done:
            self._acted_on.update(act.names)
        else:
            self._looked_at.update(opaque)
        if act.kind != "move":
            self._touched.update(act.names)
            self._acted_since = dict.fromkeys(_CHANNELS, True)
        if act.kind == "open":
            self._touched.difference_update(act.names[:1])
            self._entered.difference_update(act.names)
        if act.kind == "move" and act.plain:
            self._entered.update(act.names)


def _only_opened(answer: str) -> bool:
    """Whether an answer says that something is open, and not what is in it: it was not opened to see that."""
    return _ACKNOWLEDGES.fullmatch(answer) is not None and not NOTHING.search(answer)


def _is_opaque(name: str) -> bool:
    """Whether a name cannot be guessed: a file, a number, an identifier, not a word nor "drawer 1"."""
    return " " not in name and shape_of(name) not in ("word", None)


def _is_asked_for(run: Run, act: Act) -> bool:
    """Whether the task itself asks for this looking or closing: its verb and its thing are both in the task; or, of commands, for
    something to be found out."""
    if run.asks and not act.plain and act.kind == "look":
        return act.failure is None
    if not act.plain or act.verb not in run.named_verbs or act.kind == "move":
        return False
    return any(key_of(name.split(" ")[0]) in run.known for name in act.names)


def _without_detours(run: Run, kept: list[int]) -> list[int]:
    """Drop moves between which nothing needed was done: there and back again, or on to a place named in full."""
    result: list[int] = []
    for i in kept:
        act = run.acts[i]
        while result and act.kind == "move" and run.acts[result[-1]].kind == "move":
            before = run.acts[result[-1]]
            if _channel(before) != _channel(act) or (before.shows - run.known) & set(act.names):
                break
            back = _is_way_back(before, act)
            if back and i != kept[-1]:
                result.pop()
                act = None
                break
            if is_relative_move(act.step.action):
                break
            result.pop()
        if act is not None:
            result.append(i)
    return result


def _is_way_back(there: Act, here: Act) -> bool:
    """Whether one relative move undoes another."""
    first, second = command_of(there.step.action).split(), command_of(here.step.action).split()
    if here.verb == "cd" and second[1:] == ["-"]:
        return there.verb == "cd"
    if here.verb == "cd" and second[1:] in ([".."], ["../"]):
        one_down = len(first) == 2 and "/" not in first[1].strip("/") and first[1].strip("/") != ".."
        return one_down and is_relative_move(there.step.action)
    return bool(first and second) and _BACK.get(first[-1].lower()) == second[-1].lower() and len(first) == len(second)
