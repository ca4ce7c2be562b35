"""Secrets that stand beside their name: `DB_PASS=...`, `"apiKey": "..."`, `--token ...`, "the password is ...", 密码：...

A name is read as its words ("dbPassword": db, password), which say whether it means a secret, what else that is not
("password_min_length"), and how much its value has to look like one before it is taken for it.
"""

import re
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from memp.text.patterns import Pattern
from memp.text.secrets.values import (
    is_code,
    is_harmless,
    is_host,
    is_identifier,
    is_key_like,
    is_like_words,
    is_named,
    is_password_like,
    is_uuid,
    is_variable,
)
from memp.text.secrets.words import ASCII_FOREIGN, TRIGGER, TRIGGER_ANYWHERE, read, read_label

# No pattern may look back over, or retry, an unbounded run: texts of any size and any content pass through here.
_QUOTED = r"(?P<prefix>[@bBrRuUfNL]{0,2})(?P<quote>\\{0,3}[\"'`「«“„])(?P<quoted>(?:(?!(?P=quote)|[」»”])(?:\\[^\n]|[^\n\\])){3,400}+)(?=(?P=quote)|[」»”])"
_BARE = r"(?P<bare>(?:(?:bearer|basic|token|apikey|geniekey|ssws|flyv1)[ =]{1,3})?[^\s\"'`「」«»]{1,4000}+)"
_MARK = r"(?:\*\*|\\{0,3}[\"'`])?(?:\]|\))?"
_LINKS = (
    ("call", r"\(\s{0,2}(?=[@bBrRuUfNL]{0,2}[\"'])"),
    ("valued", r"[\"']?\s{0,3},?\s{1,40}[\"']?(?:value|Value)[\"']?\s{0,2}[:=]\s{0,3}"),
    ("valued", r"[\"']\s{0,3},\s{0,40}[\"']?(?:value|Value)[\"']?\s{0,2}[:=]\s{0,3}"),
    ("listed", r"[\"']\s{0,2},\s{0,2}(?=[@bBrRuUfNL]{0,2}[\"'])"),
    ("typed", r"\??[ \t]{0,2}:[ \t]{0,2}[&\w<>\[\], |'?.]{1,40}?[ \t]{0,2}=[ \t]{0,2}(?=[@bBrRuUfNL]{0,2}[\"'])"),
    ("compared", _MARK + r"\s{0,3}(?:={2,3}|!={1,2}|<>)\s{0,3}"),
    ("below", _MARK + r":[ \t]{0,2}(?:[|>][-+]?[ \t]{0,2})?\n[ \t]{1,16}(?!-)"),
    ("assigned", _MARK + r"[ \t]{0,8}(?:=>|:=|\?=|=|:|：|＝)(?:\*\*)?[ \t]{0,8}(?:(?:Some|Just)\((?=[\"']))?"),
    ("below", r"[ \t]{0,3}(?:→|⇒)[ \t]{0,3}|\n:[ \t]{1,3}"),
    # What stands in where a variable is empty; a pair in Lisp.
    ("assigned", _MARK + r"\)?[ \t]{0,3}(?:\?\?|\|\||[ ]\.)[ \t]{1,3}(?=[\"'`])"),
    ("closed", r">"),
    ("passed", r"[ \t]{1,3}(?!-)"),
)
_LINK = Pattern("|".join(f"(?P<{name}{number}>{form})" for number, (name, form) in enumerate(_LINKS)))
_VALUE = Pattern(f"{_QUOTED}|{_BARE}", re.IGNORECASE)
_TAIL = Pattern(r"[A-Za-z0-9_]{0,60}+(?:-[A-Za-z0-9_]{1,40}+){0,4}")
_NAMES_SIGNS = frozenset("_.-")
_BEFORE_PASSED = Pattern(
    r"(?:^|[\s\"'])(?:--?|(?:ENV|SetEnv|setenv|set -x|set -gx|SET|setx|export|configure set|configure set \S+)[ \t]{1,3})\Z"
)
_LINE_START = Pattern(
    r"(?:\A|[\n;]|&& ?|\| ?)[ \t]*(?:(?:export|set|ENV|ARG|declare -x|-|-e|const|let|var|[$])[ \t]*){0,2}[\"']?\Z"
)
_PAIR_FOLLOWS = Pattern(
    r"[,;&][ \t]?[\"']?[\w.-]{1,40}[\"']?[=:]|<\s*/|</|\\[nrt\"]|&(?:amp;)?[\w.-]{0,40}=|&(?=[&\s]|\Z)|[)}\]>,;\"'`]+(?=\s|\Z)"
)

_LONGEST = 4_010
"""Characters of a value and its prefix."""
_MANY, _LONGEST_OF_MANY = 40, 410
"""Where so many names stand within one longest value, the value of each is read to a tenth: "key=key=key=...", each of which
is a value of the one before, would be read once for each name in it."""

_PASSWORD = Pattern(r"pass|pwd|pw\b|psk|securestring|identified", re.IGNORECASE)
_IDENTIFIES = frozenset(("id", "arn", "ref"))
# Long and of letters and digits, such as a UUID: Vault's secret_id is a secret, whatever it is called.
_ID_OF_CHANCE = Pattern(r"(?=[^\s/:]*\d)(?=[^\s/:]*[A-Za-z])[\w+=-]{20,}", re.ASCII)


class Found(NamedTuple):
    """Where a secret stands in a text."""

    start: int
    end: int


class Name(NamedTuple):
    """A secret's name as it stands: its words, and how sure it is."""

    whole: str
    words: tuple[str, ...]
    start: int
    end: int
    strong: bool
    foreign: bool


def by_name(text: str, lower: str) -> Iterator[Found]:
    """The secrets of a text that stand beside their name, in order."""
    end, starts = 0, deque[int](maxlen=_MANY)
    for match in (TRIGGER if lower.isascii() else TRIGGER_ANYWHERE).finditer(lower):
        if match.start() < end:
            continue
        dense = len(starts) == _MANY and match.start() - starts[0] < _LONGEST
        starts.append(match.start())
        name = _name_at(text, match)
        if name and text.startswith("::", name.end):  # A module or a type in code: "auth::token::tests".
            end = name.end
            continue
        found = name and (_beside(text, name, _LONGEST_OF_MANY if dense else _LONGEST) or _in_sentence(text, name))
        if name and found and found.start >= end:
            yield found
            end = found.end
        elif name:
            end = max(end, name.end)


def _name_at(text: str, trigger: re.Match[str]) -> Name | None:
    """The name around a trigger, if it means a secret."""
    tail = _TAIL.match(text, trigger.end())
    end = tail.end() if tail else trigger.end()
    if not trigger[0].isascii() or " " in trigger[0]:
        return Name(trigger[0], (trigger[0],), trigger.start(), trigger.end(), True, True)
    start = trigger.start()
    while start > 0 and trigger.start() - start < 60 and (text[start - 1].isalnum() or text[start - 1] in _NAMES_SIGNS):
        start -= 1
    whole = text[start:end]
    words, kind = read(whole)
    if kind is None and trigger[0] in ASCII_FOREIGN and whole.lower().endswith(trigger[0]):
        return Name(whole, words, start, end, True, True)
    return Name(whole, words, start, end, kind, False) if kind is not None else None


def called(label: str) -> Name | None:
    """The secret that a label means: "#password", "Your password", "input[name=password]", "DB_PASSWORD"."""
    foreign = not label.isascii() and TRIGGER_ANYWHERE.search(label.lower())
    if foreign and not foreign[0].isascii():
        return Name(label, (foreign[0],), 0, len(label), True, True)
    words, is_sure = read_label(label)
    return Name("_".join(words), words, 0, len(label), is_sure, False) if is_sure is not None else None


def means_secret(label: str) -> bool:
    """Whether a label, a parameter or a variable is one of a secret for sure."""
    known = called(label)
    return known is not None and known.strong


def last_called(text: str) -> Name | None:
    """The secret that the last name in a part of a text means: `By.ID, "passwordField").clear()`."""
    known = None
    end = 0
    for match in TRIGGER.finditer(text.lower()):
        if match.start() >= end:
            known = called(_around(text, match.start(), match.end())) or known
            end = match.end()
    return known


def _around(text: str, start: int, end: int) -> str:
    """The word of a text that has this part in it."""
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] in "_-"):
        start -= 1
    while end < len(text) and (text[end].isalnum() or text[end] in "_-"):
        end += 1
    return text[start:end]


def is_value_of(name: Name | None, value: str) -> bool:
    """Whether what a field, a cell or a call holds under a label is the secret that the label means."""
    return name is not None and _is_secret(name, value, "assigned", quoted=True)


def is_cell_of(name: Name, value: str) -> bool:
    """... where types and words stand under such a label as often as secrets do: in the columns of a table."""
    return " " not in value and not is_code(value) and _is_secret(name, value, "below", quoted=True)


def _beside(text: str, name: Name, longest: int) -> Found | None:
    """The value of at most so many characters that stands right after a name: assigned, passed, listed, compared."""
    link = _LINK.match(text, name.end)
    if not link:
        return None
    how = (link.lastgroup or "").rstrip("0123456789")
    if how == "passed" and not _is_passed(text, name, link.end()):
        return None
    value = _VALUE.match(text, link.end(), link.end() + longest)
    if not value:
        return None
    if value["quoted"] is not None:
        start, end = value.span("quoted")
        return Found(start, end) if _is_secret(name, text[start:end], how, quoted=True) else None
    if how in ("compared", "typed", "call", "listed") or (how == "closed" and value[0].startswith("<")):
        return None
    start = value.start()
    end = _end_of_bare(text, name, start, value.end())
    if text[end : end + 1] in ("'", '"', "`") and "=" in text[start:end] and how != "assigned":
        return None
    if _is_verdict(text, name) and _IDENTIFIER.fullmatch(value["bare"]):
        return None
    # Spaces around the sign are of code, where a word is a variable: "token = result".
    if (
        text[name.end : start] != "="
        and not _PASSWORD.search(name.whole)
        and is_like_words(value["bare"].rstrip(",;:)"))
    ):
        return None
    plain = (
        how == "passed" or text[name.end : start] == "=" or (how == "assigned" and text[end : end + 1] in ("", "\n"))
    )
    if "</" not in value["bare"] and is_code(value["bare"]) and not is_variable(value["bare"]):
        return None
    if not plain and is_variable(text[start:end]):
        return None
    return Found(start, end) if _is_secret(name, text[start:end], how, quoted=False) else None


_IDENTIFIER = Pattern(r"[\w./:<>\[\]-]+")


def _is_passed(text: str, name: Name, at: int) -> bool:
    """Whether what follows a name after a space is its value: of an option, of a variable, in SQL; else it is a sentence."""
    if _BEFORE_PASSED.search(text, max(0, name.start - 40), name.start) or name.whole.startswith("-"):
        return True
    # "pass" alone is a verb: to pass "--quiet".
    return (
        name.words != ("pass",)
        and name.words[-1] in ("password", "securestring", "by", "passwd", "authtoken", "pass")
        and text[at : at + 1] in "'\"N"
    )


def _end_of_bare(text: str, name: Name, start: int, end: int) -> int:
    """Where a value without quotes ends: at a space where it is all that follows its name in a line, else at a sign as well."""
    opened = text[max(0, name.start - 1) : name.start]
    whole_line = bool(_LINE_START.search(text, max(0, name.start - 30), name.start)) or opened == ""
    while (
        text[end : end + 1] in ("'", '"', "`")
        and whole_line
        and (more := re.compile(r"[\"'`][^\s\"'`]+").match(text, end))
    ):
        end = more.end()
    value = text[start:end]
    if whole_line and value[:1] not in "({[":
        cut = _PAIR_FOLLOWS.search(value, 1)
        return start + cut.start() if cut else end
    stop = re.compile(r"[,;(){}\[\]<>\\&|]").search(value)
    return start + stop.start() if stop else end


def _is_secret(name: Name, value: str, how: str, *, quoted: bool) -> bool:
    value = value.strip()
    scheme, _, rest = value.partition(" ")
    if rest and scheme.lower() in ("bearer", "basic", "token", "apikey", "geniekey", "ssws", "flyv1"):
        value = rest.strip()
        value = value.removeprefix("token=").strip(",\"'")
        return len(value) >= 6 and not is_harmless(value) and not is_code(value) and value[:1] not in "{$<"
    if len(value) < _least(name) or is_harmless(value) or _names_it(name, value):
        return False
    if (
        value[:1] == "{"
        or "://" in value[:12]
        or (not quoted and (is_code(value) or value.startswith(("(", "[", "{", "=", "$", "|"))))
    ):
        return False
    if quoted and how in ("listed", "below", "valued") and not name.strong and not is_key_like(value):
        return False
    if how == "listed" and is_host(value):
        return False
    if how in ("listed", "below", "closed") or name.words[-1] in ("login", "webhook", "sid"):
        return not is_like_words(value) and (is_key_like(value) or (any(map(str.isdigit, value)) and len(value) >= 6))
    if "seed" in name.whole.lower() or name.words[-1] in ("mnemonic", "recovery phrase"):
        return len(value.split()) >= 11
    if name.foreign:
        return is_password_like(value) or is_key_like(value)
    if name.strong or "pin" in name.words:
        return _is_strong_value(name, value, quoted)
    # A hash or a UUID is a key only where it is assigned to some service's: "docparser_key=...".
    of_service = how == "assigned" and name.words[-1] == "key" and len(name.words) > 1
    return is_key_like(value) and (
        of_service or not (is_uuid(value) or re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}|.*-[0-9a-f]{64}", value))
    )


def _is_strong_value(name: Name, value: str, quoted: bool) -> bool:
    if name.words[-1] in ("pin", "passcode"):
        return value.isdigit() and len(value) >= 4 and len(set(value)) > 1
    if name.words == ("pass",) and is_variable(value.split(".")[0]):
        return False
    if _PASSWORD.search(name.whole):
        return not (value.isdigit() and not quoted and len(value) < 5) and not (
            " " in value and is_like_words(value) and not name.whole.lower().endswith("passphrase")
        )
    # A token, secret or key has letters and digits; of words alone it is the name of one.
    if value.isdigit() or (quoted and value.isalpha() and len(value) < 16):
        return False
    return " " not in value and (not is_like_words(value) or (value.isalpha() and not quoted))


def _least(name: Name) -> int:
    return 4 if _PASSWORD.search(name.whole) or "pin" in name.words else 6


def _names_it(name: Name, value: str) -> bool:
    """Whether a value says which secret is meant and is none itself. A password is never a name."""
    if name.foreign or _PASSWORD.search(name.whole):
        return False
    return (name.words[-1] in _IDENTIFIES and not _ID_OF_CHANCE.fullmatch(value)) or is_named(value)


def _is_verdict(text: str, name: Name) -> bool:
    """Whether a name is a test runner's verdict: "PASS: TestLogin2"."""
    return name.whole == "PASS" and text.startswith(": ", name.end)


def _in_sentence(text: str, name: Name) -> Found | None:
    """The value that a sentence gives a name: "the root password is ...", with at most a few words between."""
    if name.words[-1] in _NOT_IN_SENTENCES or _is_verdict(text, name):
        return None
    if text[name.end : name.end + 1].isascii() and text[name.end : name.end + 1] not in " \t'’:)=":
        return None
    if said := _quoted_in_sentence(text, name):
        return said
    if not _MIXED.search(text, name.end, name.end + 200):
        return None
    if (below := _BELOW.match(text, name.end)) and (is_password_like(below["value"]) or is_key_like(below["value"])):
        return Found(*below.span("value")) if not is_harmless(below["value"]) else None
    line_end = text.find("\n", name.end)
    window = text[name.end : min(name.end + 400, line_end if line_end >= 0 else len(text))]
    for number, word in enumerate(_SPOKEN.finditer(window)):
        value = word[0].rstrip(".,;:!?")
        if number > 8 or word.start() > 60 or window[word.end() : word.end() + 1] == "(":  # A call.
            return None
        user = _USER.match(value)
        value = value[user.end() :] if user else value
        if _is_spoken(name, value):
            start = name.end + word.start() + word[0].find(value)
            return Found(start, start + len(value))
        if not _BETWEEN.fullmatch(value) or word[0][-1:] in ".!?;":
            return None
    return None


def _quoted_in_sentence(text: str, name: Name) -> Found | None:
    """What a sentence puts in quotes as a password: 'the password for "ann" is "open sesame"'. A word in quotes will do."""
    said = _PASSWORD.search(name.whole) and _SAID.match(text, name.end)
    return Found(*said.span("said")) if said and not is_harmless(said["said"]) else None


_SAID = Pattern(
    r"(?:[ \t](?:for|of)[^\n.;\"'`]{1,60}(?:[\"'`][\w.@ -]{1,40}[\"'`])?)?[ \t](?:is|was|(?:re)?set to|changed to)(?: now)?[ \t]"
    r"(?P<quote>[\"'`])(?P<said>(?:(?!(?P=quote))[^\n]){4,100})(?=(?P=quote))"
)
# "The generated password for the superuser is:", and the value on a line of its own.
_BELOW = Pattern(
    r"(?:[ \t][^\n:]{1,100})?:[ \t]{0,4}\n(?:[ \t]{0,8}\n)?[ \t]{0,16}(?P<value>[^\s]{6,200})[ \t]{0,8}(?=\n|\Z)"
)
_MIXED = Pattern(r"\d[^\w\s]{0,3}[^\W\d_]|[^\W\d_][^\w\s]{0,3}\d|_")
_NOT_IN_SENTENCES = frozenset("sid webhook sig signature salt authorization dsn".split())
_SPOKEN = Pattern(r"[^\s\"'`「」«»“”„：（）()]+")
_USER = Pattern(r"[A-Za-z]{2,16}[/:](?=[^\s/:]{6,60}$)")
# A user at a host may be told whose it is.
_BETWEEN = Pattern(r"[^\W\d_]+(?:[-/'’][^\W\d_]+)*|[/:=-]{0,2}|\d|[a-z]+@[a-z][a-z.]*")


def _is_spoken(name: Name, value: str) -> bool:
    """Whether a word in a sentence after a name can hardly be anything but the secret."""
    if not _PASSWORD.search(name.whole) and is_identifier(value):
        return False
    # OpenPGP calls a public key by the end of its fingerprint, or by all of it.
    if name.words[-1] == "key" and re.fullmatch(r"(?:0x)?(?:[0-9A-F]{8}|[0-9A-F]{16}|[0-9A-F]{40})", value):
        return False
    token = name.words[-1] in ("token", "key", "secret") and _is_token(value)
    return (token or is_password_like(value)) and not is_harmless(value)


def _is_token(value: str) -> bool:
    """Whether a word is long and by chance, and no hash, path or UUID."""
    known = (
        is_uuid(value)
        or re.fullmatch(r"(?:.*-)?(?:[0-9a-f]{40}|[0-9a-f]{64})", value)
        or re.search(r"^[=/]|/.*/|\.\w{2,4}$", value)
    )
    return len(value) >= 20 and is_key_like(value) and not known
