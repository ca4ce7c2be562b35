"""Varying words of a goal, which are one run's values, found by aligning the runs' wordings (anti-unification of texts).

A value that steps take is a parameter already. Others vary as well: the month of an invoice where the steps name only the
customer. A goal that keeps one run's month says of the next task that it is another. Wordings that differ in most of their words
say nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from memp.text import templates
from memp.text.tasks.inflection import stem
from memp.text.tasks.language import function_words_of
from memp.text.tasks.verb_classes import CLASS_OF
from memp.text.tasks.wording import Token, tokens_of
from memp.text.templates import ANY
from memp.text.vocabulary import STATE_WORDS, STOP

LEAST_SAME = 0.5
"""The share of a text's words that another wording must have for the two to be one, with other values."""

MOST_PLAIN = 0.25
"""The share of a text's words that may differ for plain ones to be values: of more it is the wording that differs."""


MOST_TOKENS = 160
"""Tokens at the beginning of a wording that are aligned: the time grows with the square, and a goal shows no more."""

MAX_READ = 1_000
"""Characters in which these tokens are looked for."""


def without_values(usual: str, every: Sequence[str]) -> str:
    """A wording with "..." for what varies between all of them and is no parameter."""
    tokens = _head(usual)
    others = _alternatives(tokens, [_head(text) for text in every if text != usual])
    rest = usual[sum(len(token.text) for token in tokens) :]
    function = STOP | function_words_of(usual)

    def is_value(at: int) -> bool:
        token = tokens[at]
        if not token.says or token.key in function or templates.names(token.text):
            return False
        theirs = others[at]
        if token.is_named and any(other.named for other in theirs):
            return True
        # What most runs say is the wording, and another word for it one run's; and what is done or how a thing is, is no value.
        words = {token.key, *(other.text for other in theirs if other.plain)}
        usually = 2 * (len(every) - len(theirs)) > len(every)
        known = function.isdisjoint(words) and not any(_are_states(token.key, word) for word in words)
        return len(words) > 1 and known and not (usually or token.first)

    return _with_any(tokens, is_value) + rest


def _head(text: str) -> Sequence[Token]:
    """The first tokens of a text, without one that was cut."""
    tokens = tokens_of(text[:MAX_READ])
    return tokens[: min(MOST_TOKENS, len(tokens) - (len(text) > MAX_READ))]


def _are_states(one: str, other: str) -> bool:
    """Whether two words are for states, or one thing that is done: "clean", "washed"."""
    same = CLASS_OF.get(stem(one), one) == CLASS_OF.get(stem(other), other)
    return one != other and (same or (one in STATE_WORDS and other in STATE_WORDS))


class _Other(NamedTuple):
    """Alternative in another wording for a token: its text, whether that is named, and whether few words differ there in all."""

    text: str
    named: bool
    plain: bool


def _alternatives(tokens: Sequence[Token], rows: Sequence[Sequence[Token]]) -> dict[int, list[_Other]]:
    """The alternatives of each token in the other wordings that are alike."""
    keys = [token.key for token in tokens]
    words = sum(token.says for token in tokens)
    others: dict[int, list[_Other]] = defaultdict(list)
    for row in rows:
        matcher = SequenceMatcher(None, keys, [token.key for token in row], autojunk=False)
        replaced = [(i, to_i, row[j:to_j]) for tag, i, to_i, j, to_j in matcher.get_opcodes() if tag == "replace"]
        same = sum(
            tokens[i].says for block in matcher.get_matching_blocks() for i in range(block.a, block.a + block.size)
        )
        if same < LEAST_SAME * words:
            continue
        few = words - same <= MOST_PLAIN * words
        for i, to_i, theirs in replaced:
            text = "".join(token.text for token in theirs).strip()
            said = [token for token in theirs if token.says]
            if said and not templates.names(text):
                other = _Other(text.casefold(), any(token.is_named for token in said), few)
                for at in range(i, to_i):
                    others[at].append(other)
    return others


def _with_any(tokens: Sequence[Token], is_value: Callable[[int], bool]) -> str:
    """The text of tokens with one "..." for neighbouring values; the whole text where nothing else would be left."""
    values = {at for at in range(len(tokens)) if is_value(at)}
    if not values or all(at in values for at, token in enumerate(tokens) if token.says):
        return "".join(token.text for token in tokens)
    parts: list[str] = []
    for at, token in enumerate(tokens):
        between = not token.says and at - 1 in values and at + 1 in values and token.text.isspace()
        if between:
            values.add(at)  # The space between two values is part of them.
        if at not in values:
            parts.append(token.text)
        elif not parts or parts[-1] != ANY:
            parts.append(ANY)
    return "".join(parts)
