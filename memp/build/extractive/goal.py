"""The goal of a script: the first line of the template that most tasks share, or the sentences that ask for something."""

from collections import Counter
from collections.abc import Sequence

from memp.build.extractive.rendering import MAX_LINE
from memp.build.induction.generalised import Generalised
from memp.text import templates
from memp.text.clips import clip, first_line
from memp.text.keywords import terms
from memp.text.tasks.gist import gist, sentences_of
from memp.text.templates import ANY

MOST_HABITS = 0.25
"""The share of a task's words that may differ between all runs of a kind, for them to be values and the rest one wording."""


def goal_of(general: Generalised, every: Sequence[str]) -> str:
    """The first line of the usual template; where that only announces what is asked ("Consider this report:"), the sentences
    that ask: of several runs those that all tasks have, if there are any."""
    usual = _usual(every)
    line = _without_habits(first_line(usual), [first_line(text) for text in every])
    if line.endswith(":"):
        member = every.index(usual)
        asked = [sentence for sentence in sentences_of(gist(general.members[member].task)) if _says(sentence)]
        shared = [sentence for sentence in asked if all(sentence in other.task for other in general.members)]
        line = general.substitute(" ".join(shared or asked), member, of_task=True) or line
    line = clip(line, MAX_LINE)
    return line[:1].upper() + line[1:]


def _usual(texts: Sequence[str]) -> str:
    """The template that most runs share; of equally frequent ones the most general: with the most parameters, then the fewest
    words that most others lack, then the least letters."""
    counts = Counter(texts)
    words = {text: frozenset(terms(templates.without_braces(text))) for text in counts}
    having = Counter(word for text in texts for word in words[text])
    particular = {text: sum(2 * having[word] <= len(texts) for word in of) for text, of in words.items()}
    parameters = {text: len(set(templates.names(text))) for text in counts}
    return min(counts, key=lambda text: (-counts[text], -parameters[text], particular[text], len(text), text))


def _without_habits(usual: str, every: Sequence[str]) -> str:
    """A template with "..." for words in which all runs' differ, and that no step takes: they are one run's. Where more than a
    few differ the tasks are in other words, and the template stays."""
    rows = [text.split() for text in every]
    words = usual.split()
    if any(len(row) != len(words) for row in rows):
        return usual
    differ = [i for i, column in enumerate(zip(*rows, strict=True)) if len(set(column)) == len(every) > 1]
    if not differ or any(templates.names(words[i]) for i in differ) or len(differ) > MOST_HABITS * len(words):
        return usual
    kept = [ANY if i in differ else word for i, word in enumerate(words)]
    return " ".join(word for i, word in enumerate(kept) if word != ANY or kept[i - 1 : i] != [ANY])


def _says(sentence: str) -> bool:
    """Whether a sentence is more than a heading, a tag or an announcement."""
    return bool(sentence.strip()) and sentence[0] not in "#<" and not sentence.rstrip().endswith(":")
