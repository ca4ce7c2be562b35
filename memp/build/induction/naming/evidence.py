"""Evidence for names: how the texts of a run call a value, each name with a weight that says how sure the syntax is.

A key, a column's heading and a noun in apposition ("the branch fix/login", "the users table") name a value for sure; a word
that only stands beside it may do so by chance, and counts where most runs have it.
"""

import re
from collections.abc import Iterator, Sequence

from memp.build.reading.mentions import is_only_ordered
from memp.text import templates
from memp.text.keywords import plain, terms
from memp.text.tasks.verbs import asked
from memp.text.vocabulary import DETERMINERS, GENERIC_VERBS, NUMBER_WORDS, PREPOSITIONS, STATE_WORDS, STOP, words_of

WHOLE = 0.1
"""How much more the noun counts to which another belongs, as in "the console of the load balancer"."""

KEY = 2.0
"""The weight of a key or a heading that a reading shows a value under."""

APPOSITION = 2.0
"""The weight of a noun that the syntax puts to a value."""

OBJECT = 1.5
"""The weight of what the task calls the object of a step's verb, and of a fixed word beside the value in steps."""

BESIDE = 1.0
"""The weight of a word beside a value."""

MOST_LINES = 4
"""Lines of one observation, and places in one line, that are read for what a value is called."""

SLOT = "\0"
"""What stands for another value in the text of a step."""

Names = Iterator[tuple[str, float]]

_KEY = re.compile(r"([A-Za-z_][\w-]{0,40})[\"']?\s*[:=]\s*[\"']?\Z")
_SPOKEN_KEY = re.compile(r"([^\W\d_][\w-]{0,40})[\"']?(?:\s*[:=]|\s+is)\s*[\"'`]?\Z")
_OPTION = re.compile(r"--([a-z][\w-]{0,40})[ =][\"']?\Z")
_REDIRECTED = re.compile(r"(?:\A|[^<>=-])(?<!\d)>>?\s*\Z")
_FOLDER = re.compile(r"(?:\A|&&|;)\s*cd\s+\Z")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_NAME = re.compile(r"[^a-z0-9_]+")
_TOKEN = re.compile(r"[\w'’-]+|[^\w\s]")
_FILLERS = frozenset(("#", '"', "'", "`", "=", ":", "named", "called", "number", "no", "("))
_QUALIFIED = re.compile(r"[\"'`][\w.]+\.\Z")
"""The quoted name that a value is the last part of, as in "public.orders"."""
_PREPOSITIONS = PREPOSITIONS | words_of("per within")
_RELATIVE = words_of("that which who")
_DEFINITE = DETERMINERS - {"a", "an", "some", "each", "every", "another"}
_NO_QUALIFIERS = STOP - {"new"}
_ENDS = frozenset(".!?:;")
_BEGINS = frozenset(",;(")
_KIND = re.compile(r"(?:^|\s)([A-Za-z]{2,20})/\Z")
_AFTER = re.compile(r"\s([^\W\d_]{2,20})(?![\w/.-])\s*([^\W\d_]*)")
_CELLS = re.compile(r"\s{2,}")
_UNITS = {"min": "minutes", "mins": "minutes", "sec": "seconds", "secs": "seconds", "hrs": "hours", "hr": "hours"}
COMMAND = 3
"""Words of a command that has a noun: the program, the noun, and what is done."""

MOST_QUALIFIERS = 2
"""Words that may stand between an article and a noun, as in "the red mug"."""

LEAST_KEY = 2
"""Letters of a word before a colon that is no key: "Re: roadmap"."""

GENERAL_KEYS = words_of("id name value text input query key arg args data type title error warning note info")
"""Keys that say of anything that it is passed or shown."""


def identifier(text: str) -> str:
    """A text as a parameter's name: "reservation_id" of "reservationId"; empty where it cannot be one."""
    name = _NO_NAME.sub("_", plain(_CAMEL.sub("_", text))).strip("_")
    return name if templates.is_name(name) else ""


def argument(before: str) -> str:
    """The name of the argument or option that a text is passed as: "id" after `get(id=`, "target" after `--target `; a file to
    which a command writes is its output, and where it goes is a directory."""
    if match := _OPTION.search(before) or _KEY.search(before):
        return identifier(match[1])
    return "output" if _REDIRECTED.search(before) else "directory" if _FOLDER.search(before) else ""


def in_task(task: str, value: str) -> Names:
    """How a task, or another text in sentences, calls a value."""
    for before, after in _places(task, value):
        key = _SPOKEN_KEY.search(before)
        if key and is_noun(key[1]) and identifier(key[1]) not in GENERAL_KEYS:
            yield identifier(key[1]), APPOSITION
            continue
        words = _words_before(before)
        noun = words[-1] if words else ""
        if _is_apposed(before, words, value, after) and not is_only_ordered(task, noun):
            begun = _is_phrase(words) or (_follows_preposition(words) and not _is_plain(value))
            sure = before.endswith("(") or (begun and not (_is_plain(value) and _has_article(words[:-1])))
            weight = APPOSITION if sure else BESIDE
            yield singular(noun), weight
            if whole := _whole_of(words):
                yield singular(whole), weight + WHOLE
        if following := _noun_after(value, after):
            yield following, APPOSITION if _has_article(words) else BESIDE


def called_in_task(task: str, value: str) -> Iterator[str]:
    """The nouns by which a task introduces a bare word: "deployment" of "the deployment checkout", "namespace" of "in namespace
    shop", "table" of "the users table". After an indefinite article it is the word itself that says what is meant, as in
    "a systemd timer"."""
    for before, after in _places(task, value):
        words = _words_before(before)
        definite = len(words) > 1 and words[-2].lower() in _DEFINITE
        if (definite or _follows_preposition(words)) and _is_apposed(before, words, value, after):
            yield singular(words[-1])
        if words and words[-1].lower() in _DEFINITE and (noun := _noun_after(value, after)):
            yield noun


def in_observation(observation: str, value: str) -> Names:
    """How an observation calls a value: by a key, the heading of its column, or a word beside it."""
    lowered, lines = value.casefold(), observation.splitlines()
    having = [i for i, line in enumerate(lines) if lowered in line.casefold()]
    for i in having[:MOST_LINES]:
        if heading := _heading(lines, i, value):
            yield heading, KEY
        for before, after in _places(lines[i], value):
            if key := _key(before):
                yield from [(key, KEY)] if key not in GENERAL_KEYS else []
                continue
            before = _QUALIFIED.sub('"', before)
            words = _words_before(before)
            if _is_apposed(before, words, value, after) and not (_is_plain(value) and before.endswith(f"{words[-1]} ")):
                yield singular(words[-1]), BESIDE
            if noun := _noun_after(value, after):
                yield noun, BESIDE


def _key(before: str) -> str:
    """The key before a value; a word and a colon are one where the word may be a noun."""
    if match := _SPOKEN_KEY.search(before):
        spoken = before[match.end(1) :].lstrip("\"'")[:1] != "=" and not before[match.end(1) :].startswith(('"', "'"))
        if spoken and not (is_noun(match[1]) and len(match[1]) > LEAST_KEY):
            return ""
    match = _KEY.search(before) or match
    return identifier(match[1]) if match else ""


def in_command(command: str, value: str) -> Names:
    """The kind that a command names before a value: "deployment" of "deployment/checkout"."""
    for before, _ in _places(command, value):
        if kind := _KIND.search(before):
            yield identifier(kind[1]), BESIDE


def around(before: str, after: str, value: str, *, plain: bool) -> Names:
    """The fixed words beside a value in a step; the first word of one in plain words is its verb, and in others only an article
    shows a noun."""
    words = _words_before(before)
    if not plain:
        if words and is_noun(words[-1]) and _is_phrase(words) and _has_article(words[:-1]):
            yield singular(words[-1]), OBJECT
        return
    if len(words) > 1 and words[-2] != SLOT and is_noun(words[-1]) and not _is_qualified(value, after):
        yield singular(words[-1]), OBJECT
    if noun := _noun_after(value, after):
        yield noun, OBJECT


def group_of(befores: Sequence[str]) -> str:
    """The noun of commands that do different things to one value: "run" of "gh run view" and "gh run watch"; empty where they
    have none."""
    commands = [re.split(r"&&|\|\|?|;", before)[-1].split() for before in befores]
    commands = [words for words in commands if len(words) == COMMAND or words[COMMAND:] in (["-n"], ["--name"])]
    nouns, verbs = ({words[i] for words in commands} for i in (1, 2))
    same = len({words[0] for words in commands}) == len(nouns) == 1 < len(verbs)
    return identifier(nouns.pop()) if same and all(word.isalpha() for word in nouns) else ""


def object_of(task: str, before: str) -> str:
    """The object of a step's verb as a task calls it: "substance" before "focus on " where it says "focus on the substance"."""
    verb = " ".join(before.split())
    if not 0 < len(verb.split()) <= MOST_QUALIFIERS + 1 or not verb.replace(" ", "").isalpha():
        return ""
    match = re.search(rf"\b{re.escape(verb)}\s+(?:an?|the|some|this|that)\s+([^.,;:!?\n]+)", task, re.IGNORECASE)
    words: list[str] = []
    for word in match[1].split() if match else ():
        if not is_noun(word):
            break
        words.append(word)
    return identifier(words[-1]) if 0 < len(words) <= MOST_QUALIFIERS + 1 else ""


def is_noun(word: str) -> bool:
    """Whether a word may be a noun: no function word, no verb of every day, and no participle."""
    lower = word.lower()
    if not lower.isalpha() or len(lower) < 2 or lower in _NO_NOUNS or not terms(lower):
        return False
    return not _PARTICIPLE.fullmatch(lower)


_ADVERBS = words_of("today tomorrow yesterday tonight first last next away back together apart")
_NO_NOUNS = STOP | GENERIC_VERBS | NUMBER_WORDS | STATE_WORDS | _ADVERBS
_PARTICIPLE = re.compile(r"\w*[aeiouy]\w*(?:ing|(?<!e)ed)")


def _places(text: str, value: str) -> Iterator[tuple[str, str]]:
    """The texts before and after each place where a value stands as a whole."""
    pattern = re.compile(rf"(?<![\w-]){re.escape(value)}(?![\w-]|[./]\w)", re.IGNORECASE)
    for number, match in enumerate(pattern.finditer(text)):
        if number == MOST_LINES:
            return
        yield text[: match.start()], text[match.end() :]


def _words_before(before: str) -> list[str]:
    """The words and signs before a value, without those that only introduce it; none where it is a part of something."""
    if before[-1:] in ("/", ".", "@"):
        return []
    words = _TOKEN.findall(before[-200:])
    while words and words[-1].lower() in _FILLERS:
        words.pop()
    return words


def _has_article(words: Sequence[str]) -> bool:
    """Whether an article stands before, with few qualifiers between."""
    for word in reversed(words[-1 - MOST_QUALIFIERS :]):
        if word.lower() in DETERMINERS or word.endswith(("'s", "\u2019s")):
            return True
        if not word.isalpha() or word.lower() in _NO_QUALIFIERS:
            return False
    return False


def _is_phrase(words: Sequence[str]) -> bool:
    """Whether the last word begins a phrase of its own: after an article, a sign or the verb of an order."""
    return _has_article(words[:-1]) or (len(words) > 1 and (words[-2] in _BEGINS or _is_order(words[:-1])))


def _follows_preposition(words: Sequence[str]) -> bool:
    """Whether the last word comes right after a preposition: "host" of "on host db-3"."""
    return len(words) > 1 and words[-2].lower() in _PREPOSITIONS


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


def _is_apposed(before: str, words: Sequence[str], value: str, after: str) -> bool:
    """Whether the last of the words before a value is a noun that says what it is. Directly before a plain word mostly stands
    what qualifies it, as in "a hot apple", or a verb."""
    if not words or not is_noun(words[-1]) or _is_verb_of_clause(words):
        return False
    if before.endswith("("):
        return True
    if not _begins(words) or (len(words[-1]) <= LEAST_KEY and not _is_phrase(words)):
        return False
    direct = words[-1] == before.rstrip()[-len(words[-1]) :]
    if not direct or not _is_plain(value):
        return True
    begun = _is_phrase(words) or _follows_preposition(words)
    return begun and not _is_qualified(value, after) and not asked(words[-1]).verbs


def _is_plain(value: str) -> bool:
    return value.replace(" ", "").isalpha() and value.islower()


def _is_qualified(value: str, after: str) -> bool:
    """Whether a value is a phrase, or qualifies the noun after it: what stands before it is no name of it then."""
    if not value.replace(" ", "").isalpha() or not value.islower():
        return False
    return " " in value or after.startswith(f" {SLOT}") or bool(_noun_after(value, after))


def singular(noun: str) -> str:
    """A noun as a parameter's name, without a plural ending."""
    name = identifier(noun)
    return name[:-1] if len(name) > LEAST_KEY + 1 and name.endswith("s") and name[-2] not in "sui" else name


def _whole_of(words: Sequence[str]) -> str:
    """The noun that the last one belongs to: "console" in "the console of the load balancer"."""
    for i in range(len(words) - 2, max(-1, len(words) - 4 - MOST_QUALIFIERS), -1):
        if words[i].lower() == "of":
            return words[i - 1] if i and is_noun(words[i - 1]) else ""
        if words[i].lower() in _PREPOSITIONS:
            break
    return ""


def _noun_after(value: str, after: str) -> str:
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


def _heading(lines: Sequence[str], i: int, value: str) -> str:
    """The heading of the column in which a value stands in a table; empty where there is none."""
    cells = _cells(lines[i])
    at = next((k for k, cell in enumerate(cells) if _begins_with(cell, value)), -1)
    if at < 0 or len(cells) < 2:
        return ""
    heads = next((h for h in map(_cells, lines[:i]) if len(h) == len(cells)), list[str]())
    if not heads or any(c.isdigit() for head in heads for c in head) or not all(heads):
        return ""
    name = singular(heads[at])
    return name if name not in GENERAL_KEYS else ""


def _cells(line: str) -> list[str]:
    """The cells of a row of a table."""
    sign = next((sign for sign in "|\t" if sign in line), "")
    return [cell.strip() for cell in (line.split(sign) if sign else _CELLS.split(line.strip()))]


def _begins_with(cell: str, value: str) -> bool:
    cell, value = cell.casefold(), value.casefold()
    return cell.startswith(value) and not (cell[len(value) : len(value) + 1] or " ").isalnum()
