"""Recurring secrets: a password that one text names is found in the other texts of the same run, where nothing names it.

"set the password to hunter2" says by no form that "hunter2" is a secret; the step `--password hunter2` beside it does. A value
that no word of a language is spelt like is replaced wherever it stands as a whole. A word or a number ("postgres" may be a
password, and the name of a user) is replaced only where a sentence has it after a secret's name.
Secrets that differ have marks that differ, in all texts of a run (memp.text.secrets.marks.Marks).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from memp.text.redact import clean, mark_secrets, redact, replaced, without_named
from memp.text.secrets.marks import Marks
from memp.text.secrets.printed import printed
from memp.text.vocabulary import EXTENSIONS

LEAST_LETTERS = 6
"""Letters and digits of a secret that is looked for elsewhere: a shorter one is too likely another thing."""

_NAMES = (
    r"(?:pass(?:word|wd|phrase|code)?|pwd|pin|secret|token|key|credentials?"
    r"|passwort|kennwort|contraseña|senha|mot de passe|wachtwoord|пароль)"
)
_LEADS = rf"(?i:\b{_NAMES}\b)(?:['\u2019]s\b)?(?:[ \t]+[^\W\d_]{{1,20}}){{0,4}}[ \t:=]+[\"'`\u201c\u201e\u00ab]?"
"""A secret's name in a sentence, and at most four words after it: "the password of the database to"."""

_SIGNS = re.compile(r"[\s{}<>$\[\]]")


class Recurring:
    """The secrets that a run's texts hold, ready to be looked for in all of them; none: nothing is changed."""

    def __init__(self, marks: Marks | None = None) -> None:
        self._marks = marks or Marks()
        named = self._marks.named
        known = sorted({s.strip() for s in named if _is_sought(s.strip())}, key=lambda s: (-len(s), s))
        anywhere = [re.escape(secret) for secret in known if _is_unlike_words(secret)]
        in_sentence = [re.escape(secret) for secret in known if not _is_unlike_words(secret)]
        self._patterns = [
            re.compile(f"(?P<lead>{lead})(?P<secret>{'|'.join(secrets)})(?![0-9A-Za-z])")
            for lead, secrets in (("(?<![0-9A-Za-z])", anywhere), (_LEADS, in_sentence))
            if secrets
        ]

    @property
    def count(self) -> int:
        """How many secrets there are that differ."""
        return self._marks.count

    @staticmethod
    def among(*values: object, dump: Callable[[object], object] | None = None) -> "Recurring":
        """The secrets that these texts, or nests of texts, hold."""
        marks = Marks()

        def noted(text: str) -> str:
            mark_secrets(text, marks)
            return text

        shown = each_object(list(values), dump, lambda fields: _without_known(fields, marks)[0])
        each_text(shown, dump, noted)
        return Recurring(marks)

    def hide(self, value: Any, dump: Callable[[object], object] | None = None) -> tuple[Any, int]:
        """A text, or a nest of texts, without the secrets; how many were replaced. What is nested too deep for
        `memp.text.redact` is left to it."""
        if not self._marks:
            return value, 0
        count = 0

        def shown(fields: Mapping[Any, Any]) -> Mapping[Any, Any]:
            nonlocal count
            safe, again = _without_known(fields, self._marks)
            count += again
            return safe

        def hidden(text: str) -> str:
            nonlocal count
            readable, again = redact(clean(text), self._marks)
            for pattern in self._patterns:
                readable, more = pattern.subn(self._hidden, readable)
                again += more
            count += again
            return readable if again else text

        return each_text(each_object(value, dump, shown), dump, hidden), count

    def _hidden(self, match: re.Match[str]) -> str:
        return f"{match['lead']}{self._marks.of('secret', match['secret'])}"


def _without_known(fields: Mapping[Any, Any], marks: Marks) -> tuple[Mapping[Any, Any], int]:
    """An object without the secrets that it tells as a whole, and how many: what its fields name, and what the action of a
    step printed."""
    fields, count = without_named(fields, marks)
    action, seen = fields.get("action"), fields.get("observation")
    if isinstance(action, str) and isinstance(seen, str):
        readable = clean(seen)
        if spans := list(printed(clean(action), readable)):
            safe, more = replaced(readable, spans, "secret", marks)
            return {**fields, "observation": safe}, count + more
    return fields, count


def _is_sought(secret: str) -> bool:
    """Whether a value may be looked for: it is long enough, no file's name, and no text with places to fill in."""
    ending = secret.rpartition(".")[2].lower()
    return sum(map(str.isalnum, secret)) >= LEAST_LETTERS and ending not in EXTENSIONS and not _SIGNS.search(secret)


def _is_unlike_words(secret: str) -> bool:
    """Whether a value is spelt like no word, name or number: with letters and digits, or capitals within it beside signs."""
    letters = [c for c in secret if c.isalpha()]
    mixed = len({c.isupper() for c in letters[1:]}) > 1 and not secret.isalnum()
    return bool(letters) and (any(map(str.isdigit, secret)) or mixed)


def each_object(
    value: Any,
    dump: Callable[[object], object] | None,
    of: Callable[[Mapping[Any, Any]], Mapping[Any, Any]],
    depth: int = 50,
) -> Any:
    """A nest with each object in it as `of` gives it."""
    if isinstance(value, str | bytes | bytearray) or depth == 0:
        return cast(Any, value)
    if dump is not None and not isinstance(value, Mapping | Sequence):
        value = dump(value)
    if isinstance(value, Mapping):
        fields = of(cast(Mapping[Any, Any], value))
        return {key: each_object(entry, dump, of, depth - 1) for key, entry in fields.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return [each_object(entry, dump, of, depth - 1) for entry in cast(Sequence[Any], value)]
    return value


def each_text(
    value: Any, dump: Callable[[object], object] | None, text_of: Callable[[str], str], depth: int = 50
) -> Any:
    """A nest with each of its texts, keys among them, as `text_of` gives it."""
    if isinstance(value, str):
        return text_of(value)
    if dump is not None and not isinstance(value, Mapping | Sequence):
        value = dump(value)
    if not isinstance(value, Mapping | Sequence) or isinstance(value, bytes | bytearray) or depth == 0:
        return cast(Any, value)
    if isinstance(value, Mapping):
        return {
            (text_of(key) if isinstance(key, str) else key): each_text(entry, dump, text_of, depth - 1)
            for key, entry in cast(Mapping[Any, Any], value).items()
        }
    return [each_text(entry, dump, text_of, depth - 1) for entry in cast(Sequence[Any], value)]
