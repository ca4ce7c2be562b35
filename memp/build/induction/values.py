"""Values of one run that another may have otherwise: what its task names and an action takes whole, and where things were
found.

A path, an identifier, a version, a quoted text, an argument's value, or, in plain words, a noun phrase. Whether a word of a
task is a noun is read off what stands before it there: an article, a number or a preposition. A verb, an option or a
function word is never one.
"""

import re
from collections.abc import Iterator, Sequence

from memp.build.induction.naming.evidence import called_in_task
from memp.build.induction.naming.phrases import MOST_QUALIFIERS
from memp.build.reading.action import Action
from memp.build.reading.members import Member
from memp.build.reading.mentions import squashed
from memp.text import templates
from memp.text.actions.operations import operation_of
from memp.text.atoms import is_content, noun_and_number
from memp.text.entities import IDENTIFYING, shape_of
from memp.text.vocabulary import DETERMINERS, NUMBER_WORDS, PREPOSITIONS, STOP, words_of

LEAST_VALUE = 2
"""Characters of a value: a shorter one stands in too many words."""

_SHAPES = IDENTIFYING | {"name"}
_WORD = re.compile(r"[^\W_][\w'’-]*|[^\w\s]")
_BEFORE_NOUN = DETERMINERS | PREPOSITIONS | words_of("both using near between named called")
LEAST_EVIDENCE = 3
"""Runs of different tasks that name the same value for it to be a fixed one: two may do so by chance."""

NEXT = 2
"""Steps after one that goes somewhere, within which something is done with what is found there."""

_IN_QUOTES = [(quote, quote) for quote in "\"'`"]

CONSTANTS = words_of("true false yes no on off none null")
"""Values that a language has: "true" of one place has nothing to do with that of another."""

_LEFT_OF_ARGUMENT = frozenset("=:")


def own_values(member: Member) -> list[str]:
    """The values of a run, as its task or its action writes them, in the order of their first use."""
    values: dict[str, str] = {}
    nouns = noun_words(member.task)
    for action in member.actions:
        for value in _values(action, member, nouns) if action.needed else ():
            if len(value) >= LEAST_VALUE or _is_number_passed(action, value):
                values.setdefault(value.casefold(), value)
    return list(values.values())


def _values(action: Action, member: Member, nouns: frozenset[str]) -> Iterator[str]:
    operation = set(operation_of(action.text).split())
    is_json = action.text.startswith("{")
    yield from _quotations(action, member)
    for i, atom in enumerate(action.atoms):
        is_done = i == 0 or atom.casefold() in operation
        if not is_content(atom) or (is_done and (is_json or not action.quoted[i])) or _is_key(action, i):
            continue
        noun, number = noun_and_number(atom)
        if action.plain and atom.isalpha() and _follows_number(action, i):
            continue
        if number:
            if member.says(atom):
                yield atom
            elif noun.casefold() in nouns or member.spelling(noun) != noun:
                yield noun
        elif _is_own(action, i, member) and (_is_whole(action, i, nouns) or _is_called(action, i, member)):
            yield atom
    if action.plain:
        yield from _phrases(action, nouns, member)


def _is_own(action: Action, i: int, member: Member) -> bool:
    """Whether the task names an atom as a thing of its own."""
    atom = action.atoms[i]
    return member.handles(atom) and not _is_method(action, i) and not introduces(member.task, atom)


def _is_method(action: Action, i: int) -> bool:
    """Whether an atom is called on what stands before it: ".mean" of `rows("day").mean()`."""
    return action.atoms[i].startswith(".") and action.atoms[i - 1 : i] in [(")",), ("]",), ("}",)]


def _is_argument_name(action: Action, i: int) -> bool:
    """Whether an atom names the argument that a value is passed as: "tab" of `recalc(tab="Totals")`."""
    after = "".join(action.atoms[i + 1 : i + 3])
    return after.startswith("=") and not after.startswith("==")


def _follows_number(action: Action, i: int) -> bool:
    """Whether an atom is what a number before it counts, as "uL" of "5 uL": the value is the two together."""
    return next((other.isdigit() for other in reversed(action.atoms[:i]) if other.strip()), False)


_IDENTIFIER = re.compile(r"(?=[\w-]*[-_\d])(?=[\w-]*\w)[\w-]+")


def introduces(task: str, word: str) -> bool:
    """Whether a word stands in a task only as the noun of an identifier or a number after it, so that it says what kind of thing
    that is and is no value itself: "secret" of "the secret db-pass", "floor" of "floor 3" and "the 5th floor"."""
    words = [other.strip(".,:;!?()[]{}<>\"'`").casefold() for other in task.split()]
    at = [i for i, other in enumerate(words) if other == word.casefold()]
    return (
        bool(at)
        and word.isalpha()
        and all(
            _IDENTIFIER.fullmatch("".join(words[i + 1 : i + 2]))
            or _ORDINAL.fullmatch("".join(words[max(0, i - 1) : i]))
            for i in at
        )
    )


_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")


def _is_key(action: Action, i: int) -> bool:
    """Whether an atom is a key of an object: "name" of {"name": "ana"}."""
    return action.quoted[i] and "".join(action.atoms[i + 1 : i + 4]).replace(" ", "")[1:2] == ":"


def _is_whole(action: Action, i: int, nouns: frozenset[str]) -> bool:
    """Whether an atom is taken whole: it has a value's shape, or is the value of an argument or an option."""
    atom = action.atoms[i]
    if atom.startswith("-") or atom.casefold() in CONSTANTS or templates.name_of(atom):
        return False
    if shape_of(atom) in _SHAPES:
        return True
    left = next((other for other in reversed(action.atoms[:i]) if is_content(other) or other in _LEFT_OF_ARGUMENT), "")
    passed = left in _LEFT_OF_ARGUMENT or (left.startswith("--") and not action.plain)
    if passed and not action.quoted[i]:
        return atom.casefold() not in STOP
    alone = action.quoted[i] and action.atoms[i - 1 : i + 2 : 2] in _IN_QUOTES
    return alone and (passed or atom.casefold() in nouns)


def _is_number_passed(action: Action, value: str) -> bool:
    """Whether an option or an argument has a number of one digit, as in "--replicas=5"."""
    return value.isdigit() and re.search(rf"[\w-][=:]\s?{value}(?!\w)", action.text) is not None


def _is_called(action: Action, i: int, member: Member) -> bool:
    """Whether a bare word of a command is what the task calls something: "shop" where it says "in namespace shop"."""
    atom = action.atoms[i]
    if (
        action.plain
        or action.quoted[i]
        or not atom.isalpha()
        or _is_argument_name(action, i)
        or atom.casefold() in STOP
        or not member.handles(atom)
    ):
        return False
    before = {other.casefold() for other in action.atoms[:i]}
    after = {other.casefold() for other in action.atoms[i + 1 :]} - before
    return any(name not in action.operation.split() and name not in after for name in called_in_task(member.task, atom))


def _quotations(action: Action, member: Member) -> Iterator[str]:
    """Texts of several words, in quotes or in brackets, that the task has as well."""
    text = ""
    inside = False
    for atom, quoted in [*zip(action.atoms, action.quoted, strict=True), ("]", False)]:
        if (quoted or inside) and atom != "]":
            text += atom
        else:
            # How the task begins is what it orders, and no value of it.
            if " " in text.strip() and member.says(text) and not member.task_text.startswith(squashed(text)):
                yield text.strip()
            text = ""
        inside = atom == "[" or (inside and atom != "]")


def _phrases(action: Action, nouns: frozenset[str], member: Member) -> Iterator[str]:
    """The longest noun phrases of an action in plain words that the task has word for word."""
    words = [atom for atom in action.atoms if is_content(atom)][1:]
    start = 0
    while start < len(words):
        ends = range(len(words), start, -1)
        end = next((end for end in ends if _is_phrase(words[start:end], nouns, member)), start)
        # Counted by another number than the task's, as "10 min" where that says "60 min": what they share is the unit.
        if end > start and not (start and words[start - 1].isdigit()):
            yield " ".join(words[start:end])
        start = max(end, start + 1)


def _is_phrase(words: Sequence[str], nouns: frozenset[str], member: Member) -> bool:
    plain = [word.casefold() for word in words]
    return plain[-1] in nouns and STOP.isdisjoint(plain) and member.says(" ".join(words))


def noun_words(task: str) -> frozenset[str]:
    """The words of a task that are nouns by what stands before them: an article, a number or a preposition, with at most
    `MOST_QUALIFIERS` words between."""
    words = [word.casefold() for word in _WORD.findall(task)]
    nouns: set[str] = set()
    for i, word in enumerate(words):
        if not word[0].isalpha() or word in STOP or word in NUMBER_WORDS or _goes_on(words, i):
            continue
        for back in range(1, MOST_QUALIFIERS + 2):
            before = words[i - back] if i >= back else ""
            if before in _BEFORE_NOUN or before in NUMBER_WORDS or before.isdigit():
                nouns.update((word, word.removesuffix("s"), word.removesuffix("es")))
                break
            if not before or not before[0].isalpha() or before in STOP:
                break
    return frozenset(nouns)


def _goes_on(words: Sequence[str], i: int) -> bool:
    """Whether a word qualifies the next one: another noun follows it."""
    after = words[i + 1] if i + 1 < len(words) else ""
    return (
        bool(after)
        and after[0].isalpha()
        and after not in STOP
        and after not in NUMBER_WORDS
        and after not in _BEFORE_NOUN
    )


def places(member: Member) -> dict[str, str]:
    """Places where a run found something: an instance that its task does not name, in a step that showed a thing for the first
    time, which one of the next steps acts on; to the noun of the thing, where the task names that. Another run finds it
    elsewhere."""
    found: dict[str, str] = {}
    for i, action in enumerate(member.actions):
        here = list(dict.fromkeys(action.instances))
        own = [place for place in here if not member.says(noun_and_number(place)[0]) and place not in found]
        after = [a for later in member.actions[i + 1 : i + 1 + NEXT] for a in later.instances]
        things = [
            thing for thing in after
            if thing not in here and member.says(noun_and_number(thing)[0])
            and member.shown_before(thing, action.place + 1) == action.place
        ]  # fmt: skip
        if own and things:
            found[own[0]] = noun_and_number(things[0])[0]
    return found


_ANSWERS = words_of("stop answer finish respond submit")
MAX_ANSWER = 200
"""Characters of a run's answer that becomes a parameter."""

FOUND_OUT = "what the steps before it found"


_DETERMINER = rf"\b(?:{'|'.join(sorted(DETERMINERS))})"


def _is_noun_in(task: str, word: str) -> bool:
    """Whether a determiner stands before a word in a task, so that it is no order there: "request" of "a pull request"."""
    return re.search(rf"{_DETERMINER}\s+(?:[\w-]+\s+){{0,2}}{re.escape(word)}\b", task, re.IGNORECASE) is not None


def _begins_most(member: Member, word: str) -> bool:
    """Whether most steps of a run begin with a word: it is what is acted on, where verbs stand last."""
    return len(member.actions) > 2 and 2 * sum(a.operation == word for a in member.actions) > len(member.actions)


def answer_of(member: Member) -> str:
    """The answer that a run ended with, which is true of that run only, unless the task says it; empty where it has none.

    It is what an answering step says, or, in plain words, the thing to which the last step does what the task asks for, where
    the task only describes that thing: "focus on baby mouse" for "focus on the animal with the shortest life".
    """
    last = member.actions[-1] if member.actions else None
    if last is None:
        return ""
    answer = last.text[len(last.operation) :].strip(" :[]()\"'")
    if last.operation not in _ANSWERS:
        words = [word for word in answer.split() if word.casefold() not in STOP]
        asked = last.plain and last.kind != "look" and member.says(last.operation)
        asked = asked and not _is_noun_in(member.task, last.operation) and not _begins_most(member, last.operation)
        if not asked or not words or any(member.says(word) for word in words):
            return ""
        answer = answer[answer.index(words[0]) :]
    return answer if 0 < len(answer) <= MAX_ANSWER and not member.says(answer) else ""
