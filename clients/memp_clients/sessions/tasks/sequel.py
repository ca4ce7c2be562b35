"""Relation of a message to the task before it: does it report the same thing broken, ask for the same again, or go on?

Words alone know only some languages, so what a message shares with the task counts in any: rare words, names of files
that were worked on, an error text or a paste, the same request once more. What cannot be told: a report that shares nothing
with the task and shows no error text; irony; a message that says of another thing what would fit this one.
"""

import re
from dataclasses import dataclass
from typing import Literal

from memp.text.tasks.language import ENGLISH, FUNCTION_WORDS, language_of
from memp.text.tasks.verbs import asked
from memp_clients.sessions.tasks import endings, phrases, reports
from memp_clients.sessions.tasks.user import (
    accepts,
    clauses,
    fails,
    is_mixed,
    is_praise,
    kind_of,
    only_goes_on,
    plain_words,
    praises_within,
    says_only,
    undo_within,
)

Relation = Literal["nothing", "consent", "again", "praise", "complaint", "broken", "remark", "request"]
Closing = Literal["", "praise", "broken", "unclear"]

LEAST_SHARED = 2
"""Rare words that a report shares with the task: one may be a word of the project."""

LEAST_SHARE = 4
"""A report shares at least one of so many of its rare words with the task: of a longer one the rest is about something else."""

SAME_REQUEST = 0.9
"""The share of their words that two messages have in common from which the second asks for the same again."""

MORE_THAN_A_WORD = 3
"""Rare words from which a complaint says something new; a shorter one only goes on with its task."""

MAX_GOING_ON = 80
"""Characters of a message that tells the agent to go on; a longer one says what is to be done."""

MAX_ANSWER = 40
"""Characters of an answer to a question of the agent's."""

MAX_REMARK = 200
"""Characters of a remark; a longer message asks for something in the end."""

FEW_WORDS = 6
"""Rare words beside an error text up to which a message says nothing else than that."""


@dataclass(frozen=True, slots=True)
class Before:
    """The task before a message: what was asked, what was worked on (actions and the agent's last words), whether anything
    was done, whether the agent's last words are a question, or offer more, and whether the user did not allow its last call."""

    request: str
    worked_on: str = ""
    done: bool = False
    asks: bool = False
    denied: bool = False
    offers: bool = False


@dataclass(frozen=True, slots=True)
class Sequel:
    """A message in its relation to the task before. Of the work there it says with `praises` that it is good, with `keeps` that
    it is to be kept, with `undoes` that it was thrown away; with `unclear` it may be for or against it. `moves_on`: it is about
    another thing and says of nothing that it fails. `closing` is what it says of the task before if nothing is done after it: a
    request would have been worked on."""

    relation: Relation
    praises: bool = False
    moves_on: bool = False
    keeps: bool = False
    unclear: bool = False
    undoes: bool = False
    closing: Closing = ""


def sequel_of(message: str, before: Before | None) -> Sequel:
    """Classify a message, of which only the user's own words are left, in its relation to the task before it."""
    kind = kind_of(message)
    if before is None:
        return Sequel("request" if kind in ("complaint", "again") and len(rare_words(message)) > 1 else kind)
    if before.offers and endings.NO_MORE.fullmatch(plain_words(message)) and kind != "praise":
        return Sequel("consent")
    if kind == "request" and _goes_on(message, before):
        return Sequel("consent")
    if not before.done:
        same = kind == "request" and _is_same(message, before)
        return Sequel("again" if same or (kind == "complaint" and not before.request) else kind)
    if kind in ("nothing", "consent", "again", "praise"):
        return Sequel(kind)
    return _of_work(message, before, complains=kind == "complaint")


def _of_work(message: str, before: Before, *, complains: bool) -> Sequel:
    """Classify a message after work was done that is more than a short word."""
    plain = plain_words(message)
    if endings.UNDONE.match(plain):
        rest = " , ".join(clauses(plain)[1:])
        return Sequel("complaint") if says_only(rest) else Sequel("request", undoes=True, closing="broken")
    if (undo := undo_within(plain)) is not None:
        praised, rest = undo
        if not rest or says_only(rest):
            return Sequel("remark" if praised else "complaint")
        return Sequel("request", undoes=not praised, unclear=praised, closing="unclear" if praised else "broken")
    if endings.DROPPED.match(plain):
        return Sequel("remark" if says_only(plain) else "request", unclear=True)
    if _reports_broken(message, before, begins=complains):
        return Sequel("broken")
    if complains:
        return Sequel("complaint")
    if is_mixed(plain) and says_only(plain):
        sure = fails(plain) and len(plain) <= _SHORT and not phrases.BUT.search(plain)
        return Sequel("complaint" if sure else "remark")
    if _is_same(message, before):
        return Sequel("again")
    if _is_remark(plain):
        return Sequel("praise" if praises_within(message) else "complaint" if fails(plain) else "remark")
    reports = shows_error(message) or (
        not _orders(plain) and (fails(plain) or phrases.MENTIONS.search(plain) is not None)
    )
    keeps = accepts(message)
    english = language_of(plain) == ENGLISH and _ENGLISH.search(plain) is not None
    moves_on = not reports and (english or _orders(plain) or plain.endswith(_QUESTION_MARKS))
    closing = _closing(message, plain, before)
    return Sequel("request", is_praise(message) or keeps, moves_on, keeps, unclear=is_mixed(plain), closing=closing)


def _closing(message: str, plain: str, before: Before) -> Closing:
    """What a message says of the task before, if nothing is done after it."""
    if _orders_within(plain) or phrases.REPAIR.match(plain) or plain.endswith(_QUESTION_MARKS) or accepts(message):
        return ""
    if praises_within(message):
        return "praise"
    about = rare_words(before.request) | rare_words(before.worked_on)
    reports = shows_error(message) or fails(plain)
    refers = phrases.GOING_ON.match(plain) is not None or is_mixed(plain) or not rare_words(plain).isdisjoint(about)
    return "broken" if reports and refers else "unclear"


def _is_remark(plain: str) -> bool:
    """Whether a message only says how that is which was just worked on. Of a thing that it names it may say how that is to be."""
    statements = [match for clause in clauses(plain) if (match := endings.STATEMENT.match(clause))]
    return bool(statements) and statements[0]["refers"] is not None and len(plain) <= MAX_REMARK and says_only(plain)


def _orders_within(plain: str) -> bool:
    """Whether a sentence of a message asks for something."""
    return any(_orders(sentence.strip()) for sentence in _SENTENCE.split(plain) if sentence.strip())


def _goes_on(message: str, before: Before) -> bool:
    """Whether a short message answers the agent's question, or tells it to go on with its work."""
    plain = plain_words(message)
    if len(plain) > MAX_GOING_ON or phrases.FAILS.search(plain):
        return False
    if phrases.CONTINUES.match(plain) or before.denied or only_goes_on(plain):
        return True
    if not before.asks or len(plain) > MAX_ANSWER or phrases.REPAIR.match(plain) or phrases.ORDERS.match(plain):
        return False
    ask = asked(plain)
    return not ask.head or ask.told


def reports_again(message: str, before: Before) -> bool:
    """Whether a message reports of a task before the last that it does not work: it must share more with it than words that
    any two tasks of a project share."""
    return before.done and _reports_broken(message, Before(before.request, done=True), begins=False, strict=True)


def rare_words(text: str) -> frozenset[str]:
    """The words of a text that say what it is about, each by its beginning, as endings differ; of scripts without spaces
    pairs of letters."""
    words = set[str]()
    for match in _WORD.finditer(text[:4_000].casefold()):
        word = match[0]
        if match["pairs"]:
            words.update(word[at : at + 2] for at in range(len(word) - 1))
        elif len(word) > 3 and word not in FUNCTION_WORDS and word not in _COMMON:
            words.add(word[:5])
    return frozenset(words)


def _reports_broken(message: str, before: Before, *, begins: bool, strict: bool = False) -> bool:
    """Whether a message says that what the task was about does not work; `begins` where its first words complain."""
    prose = _PASTE.sub(" ", message)
    about = rare_words(before.request) | rare_words(before.worked_on)
    words = rare_words(prose)
    shared = words & about
    error = shows_error(message)
    plain = plain_words(message)
    says = fails(plain)
    if strict:
        return (
            (error or says)
            and not _orders(plain)
            and len(shared) >= LEAST_SHARED
            and LEAST_SHARE * len(shared) >= _weight(words)
        )
    if error and (shared or len(words) <= FEW_WORDS):
        return len(shared) >= LEAST_SHARED or len(words) <= FEW_WORDS or begins or not _orders(plain)
    if _comes_back(plain, shared) or (says and not _orders(plain) and _names_file(prose, before)):
        return True
    if _orders(plain):
        return False
    if begins:
        return len(words) >= MORE_THAN_A_WORD and bool(shared)
    if phrases.GOING_ON.match(plain) and (says or phrases.MENTIONS.search(plain)):
        return bool(shared)
    if not says and not phrases.REPAIR.match(plain):
        return False
    return len(shared) >= LEAST_SHARED and LEAST_SHARE * len(shared) >= _weight(words)


def _comes_back(plain: str, shared: frozenset[str]) -> bool:
    """Whether a message comes back to what was just done, as something is wrong with it: by an alarm, by who tried it, or by a
    pronoun that fails. What is to be is no report."""
    alarm = reports.ALARM.match(plain)
    rest = plain if alarm is None else plain[alarm.end() :]
    tried = reports.TRIED.match(rest)
    said = rest if tried is None else rest[tried.end() :].lstrip(" ,.:;")
    if phrases.WANTED.search(rest) or phrases.ASKS.search(rest) or rest.endswith(_QUESTION_MARKS) or _orders(said):
        return False
    wrong = fails(rest)
    refers = reports.IT.match(rest) or reports.SINCE.search(rest) or (alarm and endings.NOW.match(rest))
    if wrong and (refers or tried):
        return True
    if alarm is None or any(map(phrases.PRAISE.match, clauses(rest))):
        return False
    # Who says "oops, I forgot ..." means an own slip.
    dreads = alarm["dread"] is not None and reports.OWN.match(rest) is None and not _orders_within(rest)
    return bool(refers) or (wrong and (dreads or bool(shared))) or (dreads and bool(shared))


def _names_file(prose: str, before: Before) -> bool:
    """Whether a message names a file that was worked on."""
    return any(match[0] in before.worked_on for match in _FILE.finditer(prose[:4_000]))


def _weight(words: frozenset[str]) -> float:
    """The number of words; of scripts without spaces every word makes about two pairs."""
    return sum(0.5 if len(word) == 2 and word > "\u2e7f" else 1.0 for word in words)


def _orders(plain: str) -> bool:
    """Whether a message asks for something to be done rather than says how it is: by its first verb or a polite form. Who
    asks to repair reports something broken."""
    if phrases.REPAIR.match(plain):
        return False
    ask = asked(plain[:200])
    return (
        # The verbs are English ones.
        (bool(ask.head and not ask.told) and language_of(plain) == ENGLISH and reports.DOING.match(plain) is None)
        or phrases.ASKS.search(plain) is not None
        or phrases.ORDERS.match(plain) is not None
    )


def shows_error(message: str) -> bool:
    """Whether a message holds an error text: a trace, a named error, a status."""
    return reports.ERROR.search(message[:20_000]) is not None


def _is_same(message: str, before: Before) -> bool:
    """Whether a message asks for the same once more; another name or number is another request."""
    mine, other = (frozenset(_ANY_WORD.findall(text[:4_000].casefold())) for text in (message, before.request))
    return len(mine) >= LEAST_SHARED and len(mine & other) >= SAME_REQUEST * len(mine | other)


_FILE = re.compile(r"[\w-]{2,60}(?:\.[\w-]{1,30}){0,3}\.[a-z]\w{0,4}\b")
_SENTENCE = re.compile(r"[.!;]\s+|\s[-–]\s|,\s+(?:so|please|then|and)\s")
_ENGLISH = re.compile(r"\b(?:the|a|an|to|and|in|for|of|on|with|from|is|are)\b", re.IGNORECASE)
"""A short text without any of these may be in any language."""

_QUESTION_MARKS = ("?", "？", "؟")
_SHORT = 120
"""Characters of praise that is meant the other way round."""

_ANY_WORD = re.compile(r"\w+")
_WORD = re.compile(r"(?P<pairs>[\u3400-\u9fff\uf900-\ufaff]{2,}|[\u30a0-\u30ff]{2,}|[\uac00-\ud7af]{2,})|[^\W\d_]{2,}")
_COMMON = frozenset(
    """still again also then when with what where which there here have been just does into only some more than after before
    same thing things please make sure should would could work works working error errors fail fails failed failing broken
    file files code line test tests page first does doesn didn cannot this that they them says said shows show nothing
    fehler nicht funktioniert immer noch jetzt wenn dann erreur marche encore toujours quand error funciona cuando sigue todavía
    ошибка работает теперь когда""".split()
)
"""Words that any two messages about software share."""

_PASTE = re.compile(r"```(?:[^`]|`(?!``))*(?:```|\Z)|^(?:[ ]{4}|\t|>|\s{0,3}at \S|\s{0,3}File \")[^\n]*$", re.MULTILINE)
