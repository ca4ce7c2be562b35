"""Error codes: which code an error has, and whether two errors have different ones ("E23 ..." and "E24 ...").

A terse tool tells its failures apart by nothing else, so a code that differs is another error, however like the words.
"""

import errno
import re

from memp.text.patterns import Pattern

_NAMES = tuple(sorted(errno.errorcode.values()))
_NUMBERED = r"[A-Z]{1,8}[-_]?\d{1,6}[A-Z]{0,2}"


class _Forms:
    """Codes of one form: where a tool puts one, and anywhere."""

    def __init__(self, form: str) -> None:
        self.leading = Pattern(
            rf"(?:^|[:\[(>]\s*|\b(?:error|err|code|errno)\b[ :#=\[(\"']{{1,5}})({form})(?![\w-])"
            r"|\b(?:error|code|errno|status|http)(?:/[\d.]{1,3})?[ :#=\[(\"']{1,5}(\d{2,6})(?![\w.-])",
            re.MULTILINE | re.IGNORECASE,
        )
        self.anywhere = Pattern(rf"(?<![\w-])({form})(?![\w-])")


_BY_NUMBER = _Forms(_NUMBERED)
_BY_NAME_TOO = _Forms(f"{_NUMBERED}|{'|'.join(_NAMES)}")
"""With the names of errno, which take a hook longer to compile than all else that it does: for texts that have one."""

_NO_MEASURE = r"(?![\w%-]|[.,:/]\d| ?(?:ms|sec|min|[kmg]i?b)\b| [a-z]+s\b)"
_GOES_ON = r"(?:error|code|status|response|answer|reply|from|on|for|when|while|in|at|by|and|or|with|but|after|again)\b"
_ANSWERED = Pattern(
    rf"\b(?:returns?|returned|got|gets?|gave|gives?|answers?|answered|exits?|exited)(?: with)? (\d{{3,6}}){_NO_MEASURE}"
    rf"|\ban? (\d{{3,6}}){_NO_MEASURE}(?! (?!{_GOES_ON})[a-z])",
    re.IGNORECASE,
)
"""A number that a tool gave, and that counts or measures nothing: "it returned 404", not "it returned 404 rows"; after an article
only where no thing follows whose number it is: "a 502 from the proxy", not "an 8080 port"."""
_PREFIX = Pattern(r"[A-Z]*")


def codes_of(error: str) -> frozenset[str]:
    """The codes of an error, in upper case: those that stand where a tool puts them, at the beginning of what it says."""
    forms = _forms(error)
    return (
        frozenset((match[1] or match[2]).upper() for match in forms.leading.finditer(error)) if forms else frozenset()
    )


def _forms(text: str) -> _Forms | None:
    """The forms that a text may have codes of; none where there is neither a digit nor a name: to see that needs no pattern."""
    upper = text.upper()
    if any(name in upper for name in _NAMES):
        return _BY_NAME_TOO
    return _BY_NUMBER if any(map(str.isdecimal, text)) else None


def mentioned(text: str) -> frozenset[str]:
    """All that may be a code in a text, in upper case: who tells of an error puts its code anywhere."""
    forms = _forms(text)
    if forms is None:
        return frozenset()
    answered = frozenset(match[1] or match[2] for match in _ANSWERED.finditer(text))
    return frozenset(forms.anywhere.findall(text)) | answered | codes_of(text)


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
