"""Secrets that are typed into a field: fill("#password", "..."), `driver.find_element(By.ID, "password").send_keys("...")`, "typed ... into
the password field", and the snapshot of a page with what stands in the field.

What is entered, and the field's name, are two texts in one call, chain of calls or sentence; that the verb is one of entering says
which of the two is the value, whatever it is spelt like.
"""

import re
from collections.abc import Iterator

from memp.text.patterns import Pattern
from memp.text.secrets.names import called, is_value_of, last_called
from memp.text.secrets.values import is_key_like, is_password_like
from memp.text.secrets.words import TRIGGER, TRIGGER_ANYWHERE

Span = tuple[int, int]

_VALUE = r"(?P<quote>\\{0,3}[\"'`\u201c])(?P<value>(?:(?!(?P=quote)|\u201d)[^\n\\]){3,200}+)(?=(?P=quote)|\u201d|\\)"
_LABEL = r"(?P<mark>\\{0,3}[\"'`])(?P<label>(?:(?!(?P=mark))[^\n]){1,120}+)(?P=mark)"
_VERBS = r"fill|type|typed|enter|entered|input|set|write|put|send|paste|pasted"

# The name, then what is entered into it: a chain of calls on one line.
_CHAINED = Pattern(
    r"(?:[.(]\s?(?:fill|type|send_?keys|val|set(?:_?(?:value|text))?|press_?sequentially|(?:type|input|enter|replace)_?text|input|value|write)\b"
    rf"(?:\s{{0,2}}\(|\s{{0,2}}=(?!=)|[ ])|\bvalue:|[iI]\)\s?,)\s{{0,3}}{_VALUE}",
    re.IGNORECASE,
)
_ENTERS = Pattern(
    r"fill|typ[ei]|enter|input|textbox|textfield|searchbox|combobox|spinbutton|edit |set|send|press|paste|put|writ|wrote|popula|val|text|i\)"
)
"""A word of each way of entering, and of what was entered."""

_STEP = Pattern(r"\n|;|\bawait\b|&&")
"""Where another statement begins; what stands before it calls nothing in this one."""

# Both as arguments of one call, or words of one command or sentence: the name first.
_PAIRED = Pattern(
    rf"\b(?:{_VERBS})(?:[\w.]{{0,20}}|[ ]in)[ ]?[(\s]{{0,3}}{_LABEL}"
    rf"(?:\s{{0,3}},\s{{0,3}}(?:with:|value[=:]|text[=:])?|\s{{1,3}}(?:with|to|=)?)\s{{0,3}}{_VALUE}",
    re.IGNORECASE,
)
_ROBOT = Pattern(
    r"\bInput (?:Text|Password)(?:[ ]{2,8}|\t)(?P<label>[^\s]{1,100})(?:[ ]{2,8}|\t)(?P<value>[^\s]{3,200})"
)

_WORD = r"(?:[\"'`\u201c](?P<value>[^\n\"'`\u201c\u201d]{3,200})[\"'`\u201d]|(?P<word>[^\s\"'`]{6,200}))"
_INTO = Pattern(
    rf"\b(?:typ(?:e|ed|ing)|enter(?:ed|ing|s)?|input(?:ted)?|put|paste[ds]?|writes?|wrote|fill(?:ed|s)?)[ ]{_WORD}[ ](?:in|into|to|as|for)[ ](?P<label>[^\n]{{3,60}})",
    re.IGNORECASE,
)
_WITH = Pattern(
    rf"\b(?:fill(?:ed|s|ing)?(?:[ ](?:in|out))?|set|populated?)[ ](?P<label>[^\n]{{3,100}})[ ]with(?:[ ](?:value|text))?:?[ ]{_WORD}",
    re.IGNORECASE,
)
# A page as a tool tells it: the role of the element, its name, its states, and what stands in it.
_SHOWN = Pattern(
    r"\b(?:textbox|textfield|searchbox|combobox|spinbutton|edit|input)[ ][\"'](?P<label>[^\"'\n]{1,80})[\"'](?:[ ]\[[^\]\n]{0,40}\]){0,8}"
    r"(?::|[ ]value[=:])[ ]?[\"']?(?P<value>[^\"'\n]{3,200})"
)


def by_entry(text: str, lower: str) -> Iterator[Span]:
    """Where the secrets of a text stand that are typed into a field: the field and the value stand in one line."""
    end = -1
    for match in (TRIGGER if lower.isascii() else TRIGGER_ANYWHERE).finditer(lower):
        if match.start() > end:
            start, end = lower.rfind("\n", 0, match.start()) + 1, lower.find("\n", match.start())
            end = len(lower) if end < 0 else end
            if _ENTERS.search(lower, start, end):
                yield from _in_line(text, start, end)


def _in_line(text: str, start: int, end: int) -> Iterator[Span]:
    for match in _CHAINED.within(text, start, end):
        steps = [step.end() for step in _STEP.within(text, max(start, match.start() - 200), match.start())]
        if match[0][0] in "vV":  # Of an object; what another one holds calls nothing in this one.
            steps.append(text.rfind("}", start, match.start()))
        from_here = max([start, match.start() - 200, *steps])
        if is_value_of(last_called(text[from_here : match.start()]), match["value"]):
            yield match.span("value")
    for pattern in (_PAIRED, _SHOWN, _ROBOT):
        for match in pattern.within(text, start, end):
            if is_value_of(called(match["label"]), match["value"].strip()):
                yield match.span("value")
    for pattern in (_INTO, _WITH):
        for match in pattern.within(text, start, end):
            value, group = (match["value"], "value") if match["value"] else (match["word"], "word")
            in_words = group == "value" or is_password_like(value) or is_key_like(value)
            if in_words and is_value_of(last_called(match["label"]), value):
                yield match.span(group)
