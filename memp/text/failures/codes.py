"""Error codes: which code an error has, and whether two errors have different ones ("E23 ..." and "E24 ...").

A terse tool tells its failures apart by nothing else, so a code that differs is another error, however like the words.
"""

import errno
import re

from memp.text.patterns import Pattern

_FORM = rf"[A-Z]{{1,8}}[-_]?\d{{1,6}}[A-Z]{{0,2}}|{'|'.join(sorted(errno.errorcode.values()))}"
_LEADING = Pattern(
    rf"(?:^|[:\[(>]\s*|\b(?:error|err|code|errno)\b[ :#=\[(\"']{{1,5}})({_FORM})(?![\w-])"
    r"|\b(?:error|code|errno|status|http)(?:/[\d.]{1,3})?[ :#=\[(\"']{1,5}(\d{2,6})(?![\w.-])",
    re.MULTILINE | re.IGNORECASE,
)
_ANYWHERE = Pattern(rf"(?<![\w-])({_FORM})(?![\w-])")
_NO_MEASURE = r"(?![\w%-]|[.,:/]\d| ?(?:ms|sec|min|[kmg]i?b)\b| [a-z]+s\b)"
_GOES_ON = r"(?:error|code|status|response|answer|reply|from|on|for|when|while|in|at|by|and|or|with|but|after|again)\b"
_ANSWERED = Pattern(
    rf"\b(?:returns?|returned|got|gets?|gave|gives?|answers?|answered|exits?|exited)(?: with)? (\d{{3,6}}){_NO_MEASURE}"
    rf"|\ban? (\d{{3,6}}){_NO_MEASURE}(?! (?!{_GOES_ON})[a-z])",
    re.IGNORECASE,
)
"""A number that a tool gave, and that counts or measures nothing: "it returned 404", not "it returned 404 rows"; after an article
only where no thing follows whose number it is: "a 502 from the proxy", not "an 8080 port"."""
_NAMES = tuple(errno.errorcode.values())
_PREFIX = Pattern(r"[A-Z]*")


def codes_of(error: str) -> frozenset[str]:
    """The codes of an error, in upper case: those that stand where a tool puts them, at the beginning of what it says."""
    if not _may_have(error):
        return frozenset()
    return frozenset((match[1] or match[2]).upper() for match in _LEADING.finditer(error))


def _may_have(text: str) -> bool:
    """Whether there is a digit or a name of errno in a text: without one it has no code, and to see that needs no pattern,
    which takes a hook longer to compile than all else that it does."""
    upper = text.upper()
    return any(map(str.isdecimal, text)) or any(name in upper for name in _NAMES)


def mentioned(text: str) -> frozenset[str]:
    """All that may be a code in a text, in upper case: who tells of an error puts its code anywhere."""
    answered = frozenset(match[1] or match[2] for match in _ANSWERED.finditer(text))
    return frozenset(_ANYWHERE.findall(text)) | answered | codes_of(text)


def same_code(remembered: str, error: str) -> bool | None:
    """Whether an error has a code of a remembered one: False where it has another of that form, None where codes do not
    decide."""
    ours = codes_of(remembered)
    if not ours:
        return None
    theirs = mentioned(error)
    if ours & theirs:
        return True
    forms = {_form(code) for code in ours}
    return False if any(_form(code) in forms for code in theirs) else None


def _form(code: str) -> str:
    """The letters that a tool's codes have in common: none where they are numbers; names such as ENOENT are of one form."""
    prefix = _PREFIX.match(code)
    letters = prefix[0] if prefix else ""
    return "errno" if letters == code else letters
