"""A trajectory as the rules read it: the kind, verb, things and failure of every step."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from memp.domain.trajectory import Step
from memp.text.actions.command import command_of, head_of, is_call, is_plain, verb_of
from memp.text.actions.kinds import Kind, kind_of
from memp.text.actions.operations import exact_operation_of, operation_of
from memp.text.entities import counted_nouns, keys_in_action, keys_in_observation, task_terms
from memp.text.failures.detection import SHORT_OBSERVATION, Failure, failure_of
from memp.text.tasks.verbs import asks_to_learn
from memp.text.vocabulary import words_of

MOST_OF_ONE_NAME = 20
"""Paths that a bare file name may stand for: a listing that shows "__init__.py" says little about which of hundreds."""

NOTHING = re.compile(r"\b(?:nothing|no results|no match(?:es)?|none found|empty|not here)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Act:
    """A step: its verb, what it acts on, what it showed, and whether it failed.

    `head` is the part of its action that is read; `names` are the keys of the things in it (memp.text.entities), `shows`
    those of the things of any action that its observation shows.
    """

    step: Step
    kind: Kind
    verb: str
    plain: bool
    head: str
    names: tuple[str, ...]
    shows: frozenset[str]
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class Run:
    """The steps of a trajectory, and what its task names.

    `counted` are the nouns that number instances ("mug 1"); `known` are the keys of the task's things, which need no
    finding; `named_verbs` are the words among them. `asks`: the task asks for something to be found out.
    """

    acts: tuple[Act, ...]
    counted: frozenset[str]
    known: frozenset[str]
    named_verbs: frozenset[str]
    asks: bool = False


def read_run(task: str, steps: Sequence[Step]) -> Run:
    """Read every step once."""
    counted = counted_nouns((s.action for s in steps), [task, *(s.observation for s in steps)])
    names = [keys_in_action(step.action, counted) for step in steps]
    vocabulary, searching = _vocabulary(names), _searching_verbs(steps)
    acts: list[Act] = []
    for step, keys in zip(steps, names, strict=True):
        verb, kind = verb_of(step.action), kind_of(step.action)
        if kind == "act" and verb in searching and _is_fruitless(step):
            kind = "look"
        elif kind in ("look", "open") and _is_done(step):
            kind = "act"
        shows = keys_in_observation(step.observation, vocabulary, counted) if step.observation else set[str]()
        failure = failure_of(step.observation, looks=kind in ("look", "move", "open"))
        if failure is not None and kind == "look" and _is_shown(step, failure):
            failure = None
        plain, head = is_plain(step.action), head_of(step.action)
        acts.append(Act(step, kind, verb, plain, head, keys, frozenset(shows), failure))
    terms = task_terms(task)
    acts = _with_coded_failures(acts)
    words = frozenset(term for term in terms if term.isalpha())
    return Run(tuple(acts), counted, frozenset(terms), words, asks_to_learn(task))


def _with_coded_failures(acts: Sequence[Act]) -> list[Act]:
    """The acts, with the failures that no word tells: a short answer that begins with a code ("E31 fence missing"), where the
    same operation went on without one later."""
    read: list[Act] = []
    clean: set[str] = set()
    for act in reversed(acts):
        operation = exact_operation_of(act.step.action)
        seen = act.step.observation.strip()
        code = _CODE.match(seen)
        if code is None and act.failure is None and seen:
            clean.add(operation)
        if code and act.failure is None and act.kind in ("act", "effect") and len(seen) <= SHORT_OBSERVATION:
            failed = Failure(seen.splitlines()[0], certain=False) if operation in clean else None
            act = replace(act, failure=failed)
        read.append(act)
    return read[::-1]


_CODE = re.compile(r"\W{0,3}[A-Z]{1,8}[-_]?\d{1,6}\b(?![\w.-])")
"""A code at the beginning of an answer."""


def _vocabulary(names: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    """From the form in which an observation may show a thing to the keys it may be: a path also by its last part."""
    vocabulary: dict[str, list[str]] = {}
    for key in dict.fromkeys(key for keys in names for key in keys):
        vocabulary.setdefault(key, []).append(key)
        if "/" in key:
            base = vocabulary.setdefault(key.rsplit("/", 1)[-1], [])
            if len(base) < MOST_OF_ONE_NAME:
                base.append(key)
    return vocabulary


_RAISED = re.compile(r"(?:[\w$]+\.)*[A-Z]\w*(?:Error|Exception)\b")


def _is_shown(step: Step, failure: Failure) -> bool:
    """Whether an error is what a command was to show, as a line of a log: a program that looks raises no exception of its own,
    and one that shows a file or a log says of its own errors which file it is, or that it is the one to speak."""
    if is_call(command_of(step.action)):
        return False
    words = operation_of(step.action).split()
    reads = not _READERS.isdisjoint(words) and not any(word in failure.text.casefold() for word in words)
    return _RAISED.match(failure.text) is not None or (reads and not _NO_SUCH.search(failure.text))


_READERS = words_of("cat tail head less more grep egrep rg journalctl dmesg logs log")
_NO_SUCH = re.compile(r"no such|permission denied|not found|cannot open", re.IGNORECASE)


def _is_done(step: Step) -> bool:
    """Whether an answer says that something was done and shows nothing, which is no look by whatever name."""
    taken = is_plain(step.action) and _TAKEN.search(step.observation)
    return bool(taken) or _ACKNOWLEDGED.fullmatch(step.observation.strip()) is not None


_ACKNOWLEDGED = re.compile(
    r"""(?:ok(?:ay)?|done|success(?:ful(?:ly)?)?|completed|finished)\b[^\n{:]{0,20}"""
    r"""|\{\s*"?\w{1,20}"?\s*:\s*(?:true|"(?:ok|done|success|completed)")\s*\}""",
    re.IGNORECASE,
)
_TAKEN = re.compile(
    r"\byou (?:now )?(?:take|took|have|get|got|pick|picked|receive|received|gain|gained)\b", re.IGNORECASE
)
"""Who looks takes nothing: where an answer says so it was more than a look."""


def _is_fruitless(step: Step) -> bool:
    return len(step.observation) < SHORT_OBSERVATION and bool(NOTHING.search(step.observation))


def _searching_verbs(steps: Sequence[Step]) -> set[str]:
    """Unknown verbs that search: used on three or more things, and twice without finding any."""
    used: dict[str, set[str]] = {}
    misses: dict[str, int] = {}
    for step in steps:
        if kind_of(step.action) == "act":
            verb = verb_of(step.action)
            used.setdefault(verb, set()).add(step.action)
            misses[verb] = misses.get(verb, 0) + _is_fruitless(step)
    return {verb for verb, actions in used.items() if len(actions) >= 3 and misses[verb] >= 2}
