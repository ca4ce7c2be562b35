"""Cleaning and redaction: a text as it reads, without secrets and home folders, before anything is embedded, sent or stored.

Recognised: private key blocks, the key formats of common services, JSON Web Tokens, Slack webhooks, credentials in URLs,
in `Authorization` and cookie headers and in the arguments of curl, mysql and sshpass, and values of six or more
characters that are assigned or passed to names such as password, secret, token and api_key. Colours, invisible and
control characters within a secret or its name do not hide it.

Names of secrets stay, since without them nobody can tell which one is meant: identifiers (`--secret-id prod/ci`), files, paths
and references (`file://key.json`, `arn:aws:...`). Identifiers of a key that have its format (AKIA...) are redacted
all the same: scanners take a text that holds one for a leak, and a later run has another.

Not caught: secrets without a telling format or name (a bare password in a sentence; memp.text.recurring finds one that the same
run names elsewhere), the rest of an unquoted value
after a comma, bracket or quote, personal data such as names and addresses, names spelt in look-alike letters, other
commands whose short options take a password, and secrets that were encoded or split over several lines or steps.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from memp.errors import InputError
from memp.text.homes import without_homes
from memp.text.patterns import Pattern

MAX_DEPTH = 50
"""Levels of a nest that `redact_all` goes into; what is nested deeper is refused."""

# Hidden: zero-width and format characters but for the joiners U+200C and U+200D, which scripts and emoji are spelt with,
# and control characters but for those that break a line or that begin or end a terminal's sequence.
_HIDDEN = Pattern(
    "[\x00-\x06\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x8f\x91-\x97\x99\x9a"
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]+"
)
# CSI (colours, cursor), then strings up to their end (OSC: titles, links), then character sets and keypad modes.
_TERMINAL = Pattern(
    "(?:(?<!\x1b)\x1b++\\[|\x9b)[0-?]*+[ -/]*+[@-~]"
    "|(?:(?<!\x1b)\x1b++[]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9b-\x9f\n]*+(?:\x07|\x1b\\\\|\x9c)"
    "|(?<!\x1b)\x1b++(?:[()*+#%][0-~]|[78=>])"
)
_BREAK = Pattern("\r\n?|[\x0b\x0c\x85]")
_REST = Pattern("[\x07\x1b\x90\x98\x9b-\x9f]+")
_SURROGATE = Pattern("[\ud800-\udfff]")
_UNREADABLE = Pattern(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)

# No pattern may look back over, or retry, an unbounded run: texts of any size and any content pass through here.
_NAME = (
    # Its first letter apart, in either case, lets the engine skip to where a name may begin; \u017f is an "s" to IGNORECASE.
    r"(?P<name>(?-i:[pPsS\u017ftTaAcC])(?:(?<=p)(?:assword|asswd|assphrase|wd|rivate[_-]?key)|(?<=s)ecret(?:[_-]?key)?"
    r"|(?<=t)oken|(?<=a)(?:pi[_-]?key|ccess[_-]?key|ccount[_-]?key|uthorization)|(?<=c)redentials?)"
    # password_file, token_count and the like hold no secret.
    r"(?![_-](?:count|limit|budget|usage|type|len|length|size|name|file|path|url|uri|endpoint|expiry|expires|ttl)"
    r"(?![A-Za-z0-9]))(?:[_-][A-Za-z0-9]{1,40}){0,3})"
)
_VALUE = (
    r"(?:(?P<quote>\\{0,3}[\"'`])(?P<quoted>(?:(?!(?P=quote))[^\n]){6,400})(?=(?P=quote))"
    r"|(?P<open>\\{0,3}[\"'`]?)(?P<bare>(?:(?:bearer|basic|token|apikey)\s{1,3})?"
    r"(?:[^\s\"'`,;(){}\[\]<>\\]|\\(?![\"'nrt])){6,}+)(?!\())"
)
_ASSIGNED = Pattern(
    _NAME + r"(?P<assign>\\{0,3}[\"'`]?\]?(?:\s{0,3}(?:=>|:=|={1,3}|:)\s{0,3}|>))" + _VALUE, re.IGNORECASE
)
_PASSED = Pattern(r"(?<!\S)(?P<dashes>--?(?:[a-z]{1,20}-){0,3})" + _NAME + r"(?P<assign>\s{1,3})(?!-)" + _VALUE, re.I)

_WORDS = ("passw", "passphrase", "pwd", "secret", "token", "key", "authorization", "credential")
"""One of these is in every `_NAME`: looking for them first spares a long text without any the slow patterns."""

_BEARER = Pattern(r"(?<=\bbearer )(?=[\w.~+/=-]{0,200}\d)[\w.~+/=-]{16,}", re.IGNORECASE)

_CREDENTIALS = Pattern(r"(?<=://)[^\s/:@]{0,100}:[^\s/@]{1,200}(?=@)")

_PATTERNS: tuple[tuple[str, tuple[str, ...], Pattern], ...] = (
    ("private key", ("-----BEGIN",), Pattern(
        r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:.{0,16000}?-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|(?:(?:\s|\\[nr]|[\"'+,])*[A-Za-z0-9+/=]{16,})*)",
        re.DOTALL)),
    ("api key", (
        "sk-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "AKIA", "ASIA", "AIza", "ya29.", "hf_",
        "k_live_", "k_test_", "npm_", "pypi-", "SG.", "dop_v1_",
    ), Pattern(
        r"\b(?:sk-ant-[\w-]{16,}|sk-(?:proj|svcacct|admin)-[\w-]{20,}|sk-(?=[\w-]{0,100}\d)[\w-]{20,}"
        r"|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|AIza[\w-]{30,}|ya29\.[\w-]{20,}"
        r"|hf_[A-Za-z0-9]{20,}|[rs]k_(?:live|test)_\w{16,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}"
        r"|SG\.[\w-]{16,}\.[\w-]{16,}|dop_v1_\w{30,})")),
    ("token", ("eyJ",), Pattern(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}")),
    ("webhook", ("hooks.slack",), Pattern(
        r"\bhooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/[A-Z]\w{2,30}/(?:\w{3,30}/){0,2}\w{8,}")),
)  # fmt: skip
"""Kinds of secrets that their format tells, each with what one begins with: looking for these first spares the pattern."""

_COOKIE = Pattern(
    r"(?P<before>\bcookie\\{0,3}[\"']?\]?\s{0,3}[:=]\s{0,3}\\{0,3}[\"']?)"
    r"(?P<secret>[\w.$!#%&*+^|~-]{1,100}=(?:\"[^\"\n]{0,4000}\"|[^\s;\"'\\]*+)"
    r"(?:;\s{0,3}[\w.$!#%&*+^|~-]{1,100}(?:=(?:\"[^\"\n]{0,4000}\"|[^\s;\"'\\]*+))?)*+)",
    re.IGNORECASE,
)
# A value in a cookie, but for what says how long and where the cookie holds.
_COOKIE_VALUE = Pattern(r"(?<![^;\s])(?!(?:max-age|path|expires|domain|samesite)=)[^=;\s]{1,100}=([^;\s]{6,})", re.I)

_ARGUMENT = (
    r"(?:(?P<quote>[\"'])(?P<quoted>(?:(?!(?P=quote))[^\n]){3,200})(?=(?P=quote))|(?P<bare>[^\s\"'`;|&<>\\]{3,}))"
)
# What follows the command, by the command: one line, or several that are joined by backslashes.
_COMMANDS: tuple[tuple[tuple[str, ...], Pattern, Pattern], ...] = (
    (("curl",),
     Pattern(r"\bcurl\b[^\n]*+(?:(?<=\\)\n[^\n]*+)*+", re.IGNORECASE),
     Pattern(
         r"(?<![^\s\"'])(?:(?:-[a-zA-Z]{0,8}[uU]|--(?:proxy-)?user)[\s=,\"'\\]{0,8}[^\s:\"'\\/]{0,100}:(?![/:])"
         r"|(?:-[a-zA-Z]{0,8}b|--cookie)[\s=,\"'\\]{0,8}[\w.-]{1,100}=)"
         r"(?P<bare>[^\s\"'`\\]{3,}(?:(?<=;)\s[\w.-]{1,100}=[^\s\"'`\\]+)*)")),
    (("mysql", "mariadb"),
     Pattern(
         r"\b(?:mysql(?:dump|admin|import|show|check|sh)?|mariadb(?:-dump|-admin|-import|-show|-check)?)(?=\s)"
         r"(?:[^\n;|&\"'\\]|\\[\s\S]|\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'){0,2000}", re.IGNORECASE),
     Pattern(r"(?<!\S)-p\\{0,3}" + _ARGUMENT)),
    (("sshpass",),
     Pattern(r"\bsshpass\b[^\n]*+(?:(?<=\\)\n[^\n]*+)*+", re.IGNORECASE),
     Pattern(r"\bsshpass(?:\s{1,3}-[veP]){0,3}\s{1,3}-p\s{0,3}\\{0,3}" + _ARGUMENT, re.IGNORECASE)),
)  # fmt: skip
# Ports, and the numbers of a user and a group.
_NUMBERS = Pattern(r"(?:-p|-{1,2}\w{1,20}[\s=\"']{1,3})[\d.]{1,40}(?::\d{1,9}){1,2}(?:/(?:tcp|udp))?")

_JOINERS = Pattern("[\u200c\u200d\u034f\ufe00-\ufe0f\ufffd\U000e0000-\U000e01ef]+")
"""Invisible, yet part of words, emoji and what was unreadable: they stay where they hide no secret."""

_HARMLESS = Pattern(
    # Placeholders and references to where a value comes from; file names.
    r"\[redacted|(?:fileb?|op|vault|ssm|env|keyring)://|arn:[a-z-]{3,20}:|\$[\w{(]|<|%[\w(]|\*{3}|\.{3}|x{6}|(?:os|process|self|args|settings|config|request|env|secrets|var)\."
    r"|(?:~|\.{1,2})/|/(?:etc|home|root|run|var|tmp|usr|opt|mnt|srv|app|work|data|dev|users)/"
    # Words about a value: messages, types, prose.
    r"|(?:none|null|true|false|undefined|string|number|boolean|integer|object|bytes|optional|secretstr|required|missing"
    r"|invalid|incorrect|expired|cannot|should|denied|wrong|changeme|unknown|prompt|requires|expects)\b(?![\w@#$%^&*+=/-])"
    r"|(?:this|must|may|the|your|an?|enter|please|is|are|was|not|no|field|type)\s",
    re.IGNORECASE,
)

_PASSWORD = Pattern(r"pass|pwd|authorization", re.IGNORECASE)
_IDENTIFIES = Pattern(r"[_-](?:id|arn|ref)\Z", re.IGNORECASE)
# Long and of letters and digits, such as a UUID: Vault's secret_id is a secret, whatever it is called.
_KEY_LIKE = Pattern(r"(?=[^\s/:]*\d)(?=[^\s/:]*[A-Za-z])[\w+=-]{20,}", re.ASCII)
# Words that slashes join ("prod/ci"), and a file.
_PATH = Pattern(
    r"/?[a-z]{2,20}\d{0,4}(?:[._-][a-z]{1,20}\d{0,4})*"
    r"(?:/(?:[a-z]{1,20}\d{0,4}|\d{1,4})(?:[._-](?:[a-z]{1,20}\d{0,4}|\d{1,4}))*)+"
    r"|@?[\w./~-]{1,100}\.(?:pem|key|crt|cer|pub|p12|pfx|jks|gpg|asc|enc|json|ya?ml|toml|ini|txt|env|csv)"
)


def _is_name(name: str, value: str) -> bool:
    """Whether what is passed to a secret's name says which secret is meant and is none itself. A password is never a name."""
    if _PASSWORD.search(name):
        return False
    return (bool(_IDENTIFIES.search(name)) and not _KEY_LIKE.fullmatch(value)) or bool(_PATH.fullmatch(value))


_HINTS = re.compile("|".join(["cookie", "bearer", *_WORDS, *(name for names, *_ in _COMMANDS for name in names)]))
"""What a secret has beside it that is told by that: in most texts nothing of it stands."""


class Marks:
    """The marks that stand for the secrets of a run: the first is "[redacted: kind]", each other one has a number, so that what
    differs still differs. `named` are those that only what stands beside them gives away; `redacted` are the texts that were read
    for them, by which none is read twice."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.named: list[str] = []
        self.redacted: dict[str, tuple[str, int]] = {}

    def __bool__(self) -> bool:
        return bool(self._numbers)

    def of(self, kind: str, secret: str, *, named: bool = False) -> str:
        """The mark of a secret: the same for the same one, and numbered in the order in which they are first seen."""
        if named:
            self.named.append(secret)
        number = self._numbers.setdefault(secret, len(self._numbers) + 1)
        return f"[redacted: {kind}]" if number == 1 else f"[redacted: {kind} {number}]"


class _Alike(Marks):
    """All secrets of a kind are alike where a text stands alone."""

    def of(self, kind: str, secret: str, *, named: bool = False) -> str:
        return f"[redacted: {kind}]"


ALIKE = _Alike()


def clean(text: str) -> str:
    """`text` as it reads, without the space around it: no terminal sequences, no zero-width and no control characters.

    A lone surrogate becomes U+FFFD, a line break of any kind a newline. Tabs stay, and so do the joiners that scripts and
    emoji are spelt with.
    """
    return _readable(text).strip()


def redact(text: str, marks: Marks = ALIKE) -> tuple[str, int]:
    """`text` as it reads, with `~` for home folders and each recognised secret replaced by "[redacted: kind]"; how many secrets
    were replaced. `marks` tells those of a run apart."""
    safe, count = _without_secrets(_readable(text), marks)
    return without_homes(safe), count


def sanitise(text: str) -> tuple[str, int]:
    """`text` as it is taken in: cleaned (`clean`), without secrets and homes (`redact`), and how many secrets were replaced."""
    safe, count = _without_secrets(clean(text), ALIKE)
    return without_homes(safe), count


def _readable(text: str) -> str:
    """`text` without terminal sequences, zero-width and control characters; a lone surrogate is U+FFFD.

    Line breaks of any kind become newlines, tabs stay, and so do the joiners that scripts and emoji are spelt with.
    """
    if not _UNREADABLE.search(text):
        return text
    # In this order: a terminal acts on a sequence also where a control character stands within it.
    text = _REST.sub("", _TERMINAL.sub("", _HIDDEN.sub("", text)))
    return _SURROGATE.sub("\ufffd", _BREAK.sub("\n", text))


def _without_secrets(text: str, marks: Marks) -> tuple[str, int]:
    """`text` without secrets, also where a joiner stands within one or within its name."""
    safe, count = marks.redacted.get(text) or _redact(text, marks)
    if text.isascii() or not _JOINERS.search(text):
        return safe, count
    bare, more = _redact(_JOINERS.sub("", text), marks)
    stripped = _JOINERS.sub("", safe)
    if stripped == bare:
        return safe, count
    if more >= count:
        return bare, more
    # A joiner ended a word before a secret: without it, that secret is not seen.
    bare, more = _redact(stripped, marks)
    return (bare, count + more) if more else (safe, count)


def mark_secrets(text: str, marks: Marks) -> None:
    """Number the secrets of a text, and note those that only what stands beside them gives away: the value of a name, an
    argument, a password in a URL. Elsewhere nothing tells these from other words."""
    readable = clean(text)
    marks.redacted[readable] = _redact(readable, marks)
    if not readable.isascii():
        _redact(_JOINERS.sub("", readable), marks)


def _redact(text: str, marks: Marks) -> tuple[str, int]:
    """`text` without secrets, and how many there were: by their format, then by the name that stands before them."""
    count = 0
    for kind, beginnings, pattern in _PATTERNS:
        if any(beginning in text for beginning in beginnings):
            text, more = pattern.subn(lambda match, kind=kind: marks.of(kind, match[0]), text)
            count += more
    if "://" in text:
        text, more = _CREDENTIALS.subn(
            lambda match: marks.of("credentials", match[0].partition(":")[2], named=True), text
        )
        count += more
    lower = text.lower()
    if not _HINTS.search(lower):
        return text, count
    named = _Named(marks)
    if "cookie" in lower:
        text = _COOKIE.sub(named.cookie, text)
    for commands, command, argument in _COMMANDS:
        if any(name in lower for name in commands):
            text = command.sub(lambda match, argument=argument: argument.sub(named.argument, match[0]), text)
    if any(word in lower for word in _WORDS):
        text = _PASSED.sub(named.value, _ASSIGNED.sub(named.value, text))
    count += named.count
    if "bearer" in lower:
        text, more = _BEARER.subn(lambda match: marks.of("credentials", match[0]), text)
        count += more
    return text, count


class _Named:
    """Replacements for secrets that are told by what stands before them; `count` is how many were made.

    What is harmless, such as `$PASSWORD`, "token: required" or a secret's name, stays.
    """

    def __init__(self, marks: Marks) -> None:
        self.count = 0
        self._marks = marks

    def value(self, match: re.Match[str]) -> str:
        groups = match.groupdict()
        secret = groups.get("quoted") or match["bare"]
        if _HARMLESS.match(secret) or ("name" in groups and _is_name(match["name"], secret)):
            return match[0]
        self.count += 1
        return f"{match[0].removesuffix(secret)}{self._marks.of('secret', secret, named=True)}"

    def argument(self, match: re.Match[str]) -> str:
        return match[0] if _NUMBERS.fullmatch(match[0]) else self.value(match)

    def cookie(self, match: re.Match[str]) -> str:
        values = _COOKIE_VALUE.findall(match["secret"])
        if all(_HARMLESS.match(value) for value in values):
            return match[0]
        self.count += 1
        self._marks.named += values
        return f"{match['before']}{self._marks.of('cookie', ' '.join(values))}"


def redact_all(value: Any, dump: Callable[[object], object] | None = None) -> tuple[Any, int]:
    """`redact` on every text in a nest of mappings and sequences; how many secrets were replaced in all.

    `dump` makes plain data of what is neither of these nor a text, where it can.

    Raises:
        InputError: it is nested deeper than `MAX_DEPTH`.
    """
    return _redact_all(value, MAX_DEPTH, dump)


def _redact_all(value: Any, depth: int, dump: Callable[[object], object] | None) -> tuple[Any, int]:
    if isinstance(value, str):
        return redact(value)
    if dump is not None and not isinstance(value, Mapping | Sequence):
        value = dump(value)
    if not isinstance(value, Mapping | Sequence) or isinstance(value, bytes | bytearray):
        return value, 0
    if depth == 0:
        raise InputError(f"What was passed is nested deeper than {MAX_DEPTH} levels: pass plain steps and fields.")
    if isinstance(value, Mapping):
        # A key may hold a secret as well as its value may.
        pairs = [
            (_redact_key(key) if isinstance(key, str) else (key, 0), _redact_all(item, depth - 1, dump))
            for key, item in cast(Mapping[Any, Any], value).items()
        ]
        return {key: item for (key, _), (item, _) in pairs}, sum(more + count for (_, more), (_, count) in pairs)
    items = [_redact_all(item, depth - 1, dump) for item in cast(Sequence[Any], value)]
    return [item for item, _ in items], sum(count for _, count in items)


@lru_cache(maxsize=512)
def _redact_key(key: str) -> tuple[str, int]:
    """`redact` a name: the fields of all steps and records have the same few."""
    return redact(key)
