"""Extractive summary of a long task: its title and the sentences that ask for something, without logs, forms and code.

A whole issue text says in two sentences what is wanted; the rest is how it came about, and headings, check boxes and logs
that many texts share. Those would make any two reports alike. A short task is left as it is.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from memp.text.keywords import terms
from memp.text.tasks.inflection import stem

LONG = 400
"""Characters from which a task is cut to what it asks."""

MOST = 400
"""Characters of what is kept, about the 80 words that a small model reads well."""

_FENCED = re.compile(r"```.*?(?:```|\Z)|<!--.*?(?:-->|\Z)|<details>.*?(?:</details>|\Z)", re.DOTALL | re.IGNORECASE)
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)|<[^>\n]{1,200}>|https?://\S+")
_FORM = re.compile(
    r"\s*(?:"
    r"#{1,6}\s"  # a heading
    r"|[-*]\s*\[[ xX]?\]"  # a check box
    r"|>|\|"  # a quotation, a row of a table
    r"|\d+[.)]\s"  # a step of how it came about
    r"|(?:\*\*|__)[^*_]{1,60}(?:\*\*|__):?\s*\S{0,40}\s*\Z"
    r"|[\w /()-]{1,40}:\s*\Z"  # a heading with a colon
    r"|[-*]?\s*[\w .()/-]{1,30}:\s+\S{1,40}\s*\Z"  # Version: 1.2
    r"|[=~^*_-]{3,}\s*\Z"
    r")"
)
_MARKED = re.compile(r"^(?:#{1,6} |```|[-*] \[[ xX]?\])", re.MULTILINE)
"""Signs of a form, which is cut however short it is."""
_LOG = re.compile(
    r"\s*(?:"
    r"Traceback \(most recent|File \"|at [\w$.<>]+\(|\[?\d{4}-\d\d-\d\d[T ]\d\d:|\d\d:\d\d:\d\d|\$ |>>> |\.\.\. |In \[\d"
    r"|(?:INFO|DEBUG|WARN|WARNING|ERROR|TRACE|FATAL)\b[ :\]]"
    r"|[+-]{1,3} ?[\w/@]"
    r")"
)
_CODE = re.compile(r"[{}();=<>\\|]")
_LABEL = re.compile(
    r"(?:steps to reproduce|to reproduce|reproduction|expected(?: behaviou?r| results?)?|actual(?: behaviou?r| results?)?"
    r"|environment|description|summary|notes?|additional (?:context|information)|background)\s*:\s*",
    re.IGNORECASE,
)
_DROPPED = re.compile(
    r"(?:steps to reproduce|to reproduce|reproduction|environment|notes?|additional)\b", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_ASKS = re.compile(
    r"\b(?:should|shouldn't|please|want|wants|need|needs|must|would like|instead of|expect|expected|fails?|failed|cannot|can't"
    r"|doesn't|does not|do not|don't|won't|wrong|broken|missing|add|make|fix|support|implement|allow|remove|change)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4_096)
def gist(text: str) -> str:
    """The gist of a task: the text itself where it is short, else its title and the sentences that ask, in their order."""
    if len(text) <= LONG and not _MARKED.search(text):
        return text
    sentences = list(_sentences(_lines(text)))
    if not sentences:
        return text[:MOST]
    asking = [0, 1, *(at for at, sentence in enumerate(sentences) if at > 1 and _ASKS.search(sentence))]
    kept, length = list[int](), 0
    for at in asking:
        if at < len(sentences) and (not kept or length + len(sentences[at]) <= MOST):
            kept.append(at)
            length += len(sentences[at]) + 1
    return " ".join(sentences[at] for at in sorted(kept))[:MOST]


def sentences_of(text: str) -> list[str]:
    """Split a text into sentences: after a full stop, question or exclamation mark, and at the end of a line."""
    return _SENTENCE_END.split(text)


def _lines(text: str) -> Iterator[str]:
    """The lines of a text that are prose."""
    for line in _FENCED.sub("\n", text).splitlines():
        plain = _LINK.sub(r"\1", line).strip()
        if plain and not _FORM.match(plain) and not _LOG.match(plain) and len(_CODE.findall(plain)) * 12 <= len(plain):
            yield plain


def _sentences(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        for sentence in sentences_of(line):
            text = sentence.strip()
            if text and not _DROPPED.match(text):
                yield _LABEL.sub("", text)


# Words that say what kind of thing is meant

_TOKEN = re.compile(r"\S+")
_AROUND = "\"'`.,;:!?()[]{}<>*"
_NAMED = frozenset("/_.@\\=#$0123456789")


def kind_words(text: str) -> frozenset[str]:
    """The stems of the words of a text that say what kind of task it is: without names, paths, numbers and other values,
    which differ from run to run."""
    stems = set[str]()
    first = True
    for token in _TOKEN.findall(text):
        core = token.strip(_AROUND)
        if core and _NAMED.isdisjoint(core) and (first or not _is_name(core)):
            stems.update(_stems_of(core))
        first = token[-1] in ".!?:;"
    return frozenset(stems)


@lru_cache(maxsize=8_192)
def _stems_of(word: str) -> tuple[str, ...]:
    """The stems of the terms of one word, which many tasks share."""
    return tuple(map(stem, terms(word)))


def _is_name(word: str) -> bool:
    """Whether a word within a sentence is a name: it has a capital, and is no acronym."""
    return len(word) > 1 and word != word.lower() and not word.isupper()
