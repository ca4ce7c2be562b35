"""Noun phrases beside a value: whether the word before or after it is a noun that says what it is (apposition).

By rule, of English: articles, prepositions and the verbs of orders show where a phrase begins.
"""

import re
from collections.abc import Sequence

from memp.text import templates
from memp.text.keywords import plain, terms
from memp.text.tasks.verbs import asked
from memp.text.vocabulary import DETERMINERS, GENERIC_VERBS, NUMBER_WORDS, PREPOSITIONS, STATE_WORDS, STOP, words_of

SLOT = "\0"
"""What stands for another value in the text of a step."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_NAME = re.compile(r"[^a-z0-9_]+")
_TOKEN = re.compile(r"[\w'’-]+|[^\w\s]")
_FILLERS = frozenset(("#", '"', "'", "`", "=", ":", "named", "called", "number", "no", "("))
_PREPOSITIONS = PREPOSITIONS | words_of("per within")
_RELATIVE = words_of("that which who")
_NO_QUALIFIERS = STOP - {"new"}
_ENDS = frozenset(".!?:;")
_BEGINS = frozenset(",;(")
_AFTER = re.compile(r"\s([^\W\d_]{2,20})(?![\w/.-])\s*([^\W\d_]*)")
_UNITS = {"min": "minutes", "mins": "minutes", "sec": "seconds", "secs": "seconds", "hrs": "hours", "hr": "hours"}
MOST_QUALIFIERS = 2
"""Words that may stand between an article and a noun, as in "the red mug"."""

LEAST_KEY = 2
"""Letters of a word before a colon that is no key: "Re: roadmap"."""

_ADVERBS = words_of("today tomorrow yesterday tonight first last next away back together apart")
_NO_NOUNS = STOP | GENERIC_VERBS | NUMBER_WORDS | STATE_WORDS | _ADVERBS
_PARTICIPLE = re.compile(r"\w*[aeiouy]\w*(?:ing|(?<!e)ed)")


def identifier(text: str) -> str:
    """A text as a parameter's name: "reservation_id" of "reservationId"; empty where it cannot be one."""
    name = _NO_NAME.sub("_", plain(_CAMEL.sub("_", text))).strip("_")
    return name if templates.is_name(name) else ""


def singular(noun: str) -> str:
    """A noun as a parameter's name, without a plural ending."""
    name = identifier(noun)
    return name[:-1] if len(name) > LEAST_KEY + 1 and name.endswith("s") and name[-2] not in "sui" else name


def is_noun(word: str) -> bool:
    """Whether a word may be a noun: no function word, no verb of every day, and no participle."""
    lower = word.lower()
    if not lower.isalpha() or len(lower) < 2 or lower in _NO_NOUNS or not terms(lower):
        return False
    return not _PARTICIPLE.fullmatch(lower)


def words_before(before: str) -> list[str]:
    """The words and signs before a value, without those that only introduce it; none where it is a part of something."""
    if before[-1:] in ("/", ".", "@"):
        return []
    words = _TOKEN.findall(before[-200:])
    while words and words[-1].lower() in _FILLERS:
        words.pop()
    return words


def has_article(words: Sequence[str]) -> bool:
    """Whether an article stands before, with few qualifiers between."""
    for word in reversed(words[-1 - MOST_QUALIFIERS :]):
        if word.lower() in DETERMINERS or word.endswith(("'s", "\u2019s")):
            return True
        if not word.isalpha() or word.lower() in _NO_QUALIFIERS:
            return False
    return False


def is_phrase(words: Sequence[str]) -> bool:
    """Whether the last word begins a phrase of its own: after an article, a sign or the verb of an order."""
    return has_article(words[:-1]) or (len(words) > 1 and (words[-2] in _BEGINS or _is_order(words[:-1])))


def follows_preposition(words: Sequence[str]) -> bool:
    """Whether the last word comes right after a preposition: "host" of "on host db-3"."""
    return len(words) > 1 and words[-2].lower() in _PREPOSITIONS


def is_apposed(before: str, words: Sequence[str], value: str, after: str) -> bool:
    """Whether the last of the words before a value is a noun that says what it is. Directly before a plain word mostly stands
    what qualifies it, as in "a hot apple", or a verb."""
    if not words or not is_noun(words[-1]) or _is_verb_of_clause(words):
        return False
    if before.endswith("("):
        return True
    if not _begins(words) or (len(words[-1]) <= LEAST_KEY and not is_phrase(words)):
        return False
    direct = words[-1] == before.rstrip()[-len(words[-1]) :]
    if not direct or not is_plain(value):
        return True
    begun = is_phrase(words) or follows_preposition(words)
    return begun and not is_qualified(value, after) and not asked(words[-1]).verbs


def _is_verb_of_clause(words: Sequence[str]) -> bool:
    """Whether the last word is the verb of a relative clause: "runs" of "a timer that runs backup.sh"."""
    return len(words) > 2 and words[-2].lower() in _RELATIVE and words[-1].endswith("s") and words[-3].isalpha()


def _begins(words: Sequence[str]) -> bool:
    """Whether the last word begins a phrase: after an article, a function word, a sign or the verb of an order. After another
    noun it may be the verb of that, as in "the till wrote"."""
    return len(words) < 2 or not words[-2].isalpha() or words[-2].lower() in STOP | DETERMINERS or _is_order(words[:-1])


def _is_order(words: Sequence[str]) -> bool:
    """Whether the last word is a verb that begins a sentence: "Restore snapshot snap-114"."""
    return (len(words) < 2 or words[-2] in _ENDS) and bool(asked(words[-1]).verbs)


def is_plain(value: str) -> bool:
    return value.replace(" ", "").isalpha() and value.islower()


def is_qualified(value: str, after: str) -> bool:
    """Whether a value is a phrase, or qualifies the noun after it: what stands before it is no name of it then."""
    if not value.replace(" ", "").isalpha() or not value.islower():
        return False
    return " " in value or after.startswith(f" {SLOT}") or bool(noun_after(value, after))


def whole_of(words: Sequence[str]) -> str:
    """The noun that the last one belongs to: "console" in "the console of the load balancer"."""
    for i in range(len(words) - 2, max(-1, len(words) - 4 - MOST_QUALIFIERS), -1):
        if words[i].lower() == "of":
            return words[i - 1] if i and is_noun(words[i - 1]) else ""
        if words[i].lower() in _PREPOSITIONS:
            break
    return ""


def noun_after(value: str, after: str) -> str:
    """The noun after a plain word or a number: "table" of "users table"; none where a verb stands there, with its object or as in
    "keeps restarting"."""
    if not (value.replace(" ", "").isalpha() or value.replace(".", "").isdigit()):
        return ""
    match = _AFTER.match(after)
    if (
        not match
        or match[2].lower() in DETERMINERS
        or not is_noun(match[1])
        or (match[1].endswith("s") and match[2].endswith("ing"))
        or (match[1].istitle() and value[0].isalpha())
    ):
        return ""
    noun = singular(match[1].lower())
    return _UNITS.get(noun, noun)
