"""Which steps of a trajectory its success needed.

Memp's script keeps the procedure and drops the search for it (section 3.2). Here, by rule: failed attempts go, and what
was repeated or undone; then, from the last step backwards, a step that only looks, opens or goes somewhere stays when
something that a later kept step acts on was shown by it, or is where that step happens. What may have changed
something always stays.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from memp.domain.trajectory import Step
from memp.text.actions import Kind, command_of, is_plain, is_relative_move, kind_of, verb_of
from memp.text.entities import counted_nouns, key_of, keys_in_action, keys_in_observation, shape_of, task_terms
from memp.text.failures import SHORT_OBSERVATION, Failure, failure_of
from memp.text.vocabulary import words_of

# --- Steps, read


@dataclass(frozen=True, slots=True)
class Act:
    """A step as the rules see it."""

    step: Step
    kind: Kind
    verb: str
    plain: bool
    names: tuple[str, ...]
    """The things its action names."""
    shows: frozenset[str]
    """The things of any action that its observation shows."""
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class Run:
    """A trajectory as the rules see it."""

    acts: tuple[Act, ...]
    counted: frozenset[str]
    known: frozenset[str]
    """What the task names: it needs no finding."""
    named_verbs: frozenset[str]


def read_run(task: str, steps: Sequence[Step]) -> Run:
    """Reads every step once: what it is by its verb, what it names and shows, and whether it failed."""
    counted = counted_nouns((s.action for s in steps), [task, *(s.observation for s in steps)])
    names = [keys_in_action(step.action, counted) for step in steps]
    vocabulary: dict[str, list[str]] = {}
    for key in dict.fromkeys(key for keys in names for key in keys):
        vocabulary.setdefault(key, []).append(key)
        if "/" in key:
            base = vocabulary.setdefault(key.rsplit("/", 1)[-1], [])
            if len(base) < 20:  # a listing that shows "__init__.py" says little about which of hundreds
                base.append(key)
    fruitless = _fruitless_verbs(steps)
    acts: list[Act] = []
    for step, keys in zip(steps, names, strict=True):
        verb, kind = verb_of(step.action), kind_of(step.action)
        if kind == "act" and verb in fruitless:
            kind = "look"
        shows = keys_in_observation(step.observation, vocabulary, counted) if step.observation else set[str]()
        failure = failure_of(step.observation, looks=kind in ("look", "move", "open"))
        acts.append(Act(step, kind, verb, is_plain(step.action), keys, frozenset(shows), failure))
    terms = task_terms(task)
    return Run(tuple(acts), counted, frozenset(terms), frozenset(term for term in terms if term.isalpha()))


_NOTHING = re.compile(r"\b(?:nothing|no results|no match(?:es)?|none found|empty|not here)\b", re.IGNORECASE)


def _fruitless_verbs(steps: Sequence[Step]) -> set[str]:
    """Unknown verbs used on three or more things and twice without finding any: they search."""
    used: dict[str, set[str]] = {}
    misses: dict[str, int] = {}
    for step in steps:
        if kind_of(step.action) == "act":
            verb = verb_of(step.action)
            used.setdefault(verb, set()).add(step.action)
            misses[verb] = misses.get(verb, 0) + (
                len(step.observation) < SHORT_OBSERVATION and bool(_NOTHING.search(step.observation))
            )
    return {verb for verb, actions in used.items() if len(actions) >= 3 and misses[verb] >= 2}


# --- What goes


def recoveries(run: Run) -> dict[int, int]:
    """For each failed step, the later step that did what it was meant to do."""
    found: dict[int, int] = {}
    same: dict[str, int] = {}
    alike: dict[tuple[str, str], int] = {}
    for i in range(len(run.acts) - 1, -1, -1):
        act = run.acts[i]
        pairs = [(act.verb, name) for name in act.names]
        if act.failure is None:
            same[act.step.action] = i
            alike.update(dict.fromkeys(pairs, i))
            if act.kind not in ("look", "move"):
                alike.update(dict.fromkeys((("", name) for name in act.names), i))
            continue
        later = [same.get(act.step.action), *(alike.get(pair) for pair in pairs)]
        near = [j for name in act.names if (j := alike.get(("", name))) is not None and j - i <= 5]
        options = [j for j in later if j is not None] or near
        if options:
            found[i] = later[0] if later[0] is not None else min(options)
    return found


def needed_steps(task: str, steps: Sequence[Step]) -> tuple[int, ...]:
    """The positions of the steps that the success needed, in order. The last step is always one of them."""
    return needed_of(read_run(task, steps))


def needed_of(run: Run) -> tuple[int, ...]:
    """As `needed_steps`, of a run already read."""
    if not run.acts:
        return ()
    last = len(run.acts) - 1
    replaced = recoveries(run)
    alive = [i for i, act in enumerate(run.acts) if i == last or not _failed(act, i in replaced)]
    alive = _without_loops(run, alive)
    alive = _without_returns(run, _without_pages_left(run, alive))
    return tuple(_without_detours(run, _slice(run, alive)))


def _failed(act: Act, replaced: bool) -> bool:
    """Whether a step goes because it failed: in doubt only where nothing changed, or where it was done again."""
    return act.failure is not None and (act.failure.certain or replaced or act.kind in ("look", "move", "open"))


def _without_loops(run: Run, alive: list[int]) -> list[int]:
    """Cuts what lies between two equal states, unless something that surely has an effect lies there.

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
            for gone in kept[at:]:
                gone_state = run.acts[gone].step.state
                if gone_state and where.get(gone_state, 0) > at:
                    del where[gone_state]
            del kept[at:]
    return kept


_BACK_TO_PAGE = re.compile(r"\bback\b|\bprev(?:ious)?\b", re.IGNORECASE)


def _without_pages_left(run: Run, alive: list[int]) -> list[int]:
    """Cuts a page that was opened and left by going back, where the page before it then looks as it did."""
    kept: list[int] = []
    pages: dict[str, int] = {}
    for i in alive:
        act = run.acts[i]
        if (act.kind == "effect" and act.verb not in ("click", "press")) or act.kind == "act":
            pages.clear()
        seen = act.step.observation
        at = pages.get(seen) if seen else None
        if at is not None and i != alive[-1] and _BACK_TO_PAGE.search(act.step.action[:80]):
            for gone in kept[at:]:
                if pages.get(run.acts[gone].step.observation, 0) > at:
                    del pages[run.acts[gone].step.observation]
            del kept[at:]
            continue
        kept.append(i)
        pages[seen] = len(kept)
    return kept


_TAKES = words_of("take pick grab get lift")
_PUTS = words_of("put place drop return move")


def _without_returns(run: Run, alive: list[int]) -> list[int]:
    """Drops an act done twice with one result, and a thing taken and put back, where nothing was done in between."""
    gone: set[int] = set()
    stack: list[int] = []
    for i in alive:
        act = run.acts[i]
        if act.kind not in ("act", "effect"):
            continue
        before = run.acts[stack[-1]] if stack else None
        if before is None or i == alive[-1]:
            stack.append(i)
        elif act.kind == "act" and act.step.observation and before.step == act.step:
            gone.add(i)
        elif act.plain and before.verb in _TAKES and act.verb in _PUTS and act.names == before.names and act.names:
            gone.update((i, stack.pop()))
        else:
            stack.append(i)
    return [i for i in alive if i not in gone]


# --- What stays


def _channel(act: Act) -> str:
    """What a move changes: the directory, the open file or page, or the place."""
    return act.verb if act.verb in ("cd", "pushd", "open") else "go"


def _slice(run: Run, alive: list[int]) -> list[int]:
    """The backward slice: see the module's text."""
    kept: list[int] = []
    needed: set[str] = set()  # acted on later: to be shown, or read, before
    unfound: set[str] = set()  # looked at later, under a name that something must have shown before
    touched: set[str] = set()
    acted_since: dict[str, bool] = {}
    blind = not any(act.step.observation for act in run.acts)
    for i in reversed(alive):
        act = run.acts[i]
        done = act.kind in ("act", "effect") or i == alive[-1] or _is_asked_for(run, act)
        shows = {name for name in act.shows if (name in needed or name in unfound) and name not in run.known}
        shows.difference_update(name for name in act.names if _is_opaque(name))
        if act.kind == "move":
            stays = done or acted_since.get(_channel(act), False) or is_relative_move(act.step.action) or bool(shows)
            acted_since[_channel(act)] = False
        elif act.kind == "open":
            stays = done or bool(shows) or not touched.isdisjoint(act.names[:1])
        else:
            stays = done or bool(shows) or any(name in needed and _is_opaque(name) for name in act.names) or blind
        if act.verb == "close":
            touched.difference_update(act.names)
        if not stays:
            continue
        kept.append(i)
        needed -= shows
        unfound -= shows
        needed.difference_update(name for name in act.names if _is_opaque(name))
        (needed if done else unfound).update(name for name in act.names if done or _is_opaque(name))
        if act.kind != "move":
            touched.update(act.names)
            acted_since = dict.fromkeys(("cd", "pushd", "open", "go"), True)
        if act.kind == "open":
            touched.difference_update(act.names[:1])
    return kept[::-1]


def _is_opaque(name: str) -> bool:
    """Whether a name cannot be guessed: a file, a number, an identifier, not a word nor "drawer 1"."""
    return " " not in name and shape_of(name) not in ("word", None)


def _is_asked_for(run: Run, act: Act) -> bool:
    """Whether the task itself asks for this looking or closing: its verb and its thing are both in the task."""
    if not act.plain or act.verb not in run.named_verbs or act.kind == "move":
        return False
    return any(key_of(name.split(" ")[0]) in run.known for name in act.names)


def _without_detours(run: Run, kept: list[int]) -> list[int]:
    """Drops moves between which nothing needed was done: there and back again, or on to a place named in full."""
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


_BACK = {"north": "south", "south": "north", "east": "west", "west": "east", "up": "down", "down": "up",
         "n": "s", "s": "n", "e": "w", "w": "e", "left": "right", "right": "left"}  # fmt: skip


def _is_way_back(there: Act, here: Act) -> bool:
    """Whether one relative move undoes another."""
    first, second = command_of(there.step.action).split(), command_of(here.step.action).split()
    if here.verb == "cd" and second[1:] == ["-"]:
        return there.verb == "cd"
    if here.verb == "cd" and second[1:] in ([".."], ["../"]):
        one_down = len(first) == 2 and "/" not in first[1].strip("/") and first[1].strip("/") != ".."
        return one_down and is_relative_move(there.step.action)
    return bool(first and second) and _BACK.get(first[-1].lower()) == second[-1].lower() and len(first) == len(second)
