"""The goal of a script: the first line of the template that most tasks share, or the sentences that ask for something."""

from collections import Counter
from collections.abc import Sequence

from memp.build.extractive.rendering import MAX_LINE
from memp.build.extractive.varying import without_values
from memp.build.induction.generalised import Generalised
from memp.text import templates
from memp.text.clips import clip, first_line
from memp.text.keywords import terms
from memp.text.tasks.gist import gist, sentences_of


def goal_of(general: Generalised, every: Sequence[str]) -> str:
    """The first line of the usual template; where that only announces what is asked ("Consider this report:"), the sentences
    that ask: of several runs those that all tasks have, if there are any."""
    usual = _usual(every)
    line = without_values(first_line(usual), [first_line(text) for text in every])
    if line.endswith(":"):
        member = every.index(usual)
        asked = [sentence for sentence in sentences_of(gist(general.members[member].task)) if _says(sentence)]
        shared = [sentence for sentence in asked if all(sentence in other.task for other in general.members)]
        line = general.substitute(" ".join(shared or asked), member, of_task=True) or line
    line = clip(line, MAX_LINE)
    return line[:1].upper() + line[1:]


def _usual(texts: Sequence[str]) -> str:
    """The template that most runs share; of equally frequent ones the most general: with the most parameters, each as seldom as
    in any, as a word of all ("the prices") may be one run's value ("sheet Prices"), then the fewest words that most others
    lack, then the least letters."""
    counts = Counter(texts)
    words = {text: frozenset(terms(templates.without_braces(text))) for text in counts}
    having = Counter(word for text in texts for word in words[text])
    particular = {text: sum(2 * having[word] <= len(texts) for word in of) for text, of in words.items()}
    parameters = {text: len(set(templates.names(text))) for text in counts}
    repeated = {text: len(templates.names(text)) - parameters[text] for text in counts}
    return min(
        counts, key=lambda text: (-counts[text], -parameters[text], repeated[text], particular[text], len(text), text)
    )


def _says(sentence: str) -> bool:
    """Whether a sentence is more than a heading, a tag or an announcement."""
    return bool(sentence.strip()) and sentence[0] not in "#<" and not sentence.rstrip().endswith(":")
