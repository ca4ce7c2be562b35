"""Secrets out, before anything is embedded, sent or stored.

Recognised: private key blocks, the key formats of common services, JSON Web Tokens, Slack webhooks, credentials in URLs,
in `Authorization` and cookie headers and in the arguments of curl, mysql and sshpass, and values of six or more
characters that are assigned or passed to names such as password, secret, token and api_key. Colours, invisible and
control characters within a secret or its name do not hide it.

Not caught: secrets without a telling format or name (a bare password in a sentence), the rest of an unquoted value
after a comma, bracket or quote, personal data such as names and addresses, names spelt in look-alike letters, other
commands whose short options take a password, and secrets that were encoded or split over several lines or steps.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from memp.errors import InputError
from memp.text.readable import readable

MAX_DEPTH = 50
"""Levels of a nest that `redact_all` goes into; what is nested deeper is refused."""

# No pattern may look back over, or retry, an unbounded run: texts of any size and any content pass through here.
_NAME = (
    r"(?P<name>(?:password|passwd|passphrase|pwd|secret(?:[_-]?key)?|token|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|account[_-]?key|authorization|credentials?)"
    # password_file, token_count and the like hold no secret.
    r"(?![_-](?:count|limit|budget|usage|type|len|length|size|name|file|path|url|uri|endpoint|expiry|expires|ttl)"
    r"(?![A-Za-z0-9]))(?:[_-][A-Za-z0-9]{1,40}){0,3})"
)
_VALUE = (
    r"(?:(?P<quote>\\{0,3}[\"'`])(?P<quoted>(?:(?!(?P=quote))[^\n]){6,400})(?=(?P=quote))"
    r"|(?P<open>\\{0,3}[\"'`]?)(?P<bare>(?:(?:bearer|basic|token|apikey)\s{1,3})?"
    r"(?:[^\s\"'`,;(){}\[\]<>\\]|\\(?![\"'nrt])){6,}+)(?!\())"
)
_ASSIGNED = re.compile(
    _NAME + r"(?P<assign>\\{0,3}[\"'`]?\]?(?:\s{0,3}(?:=>|:=|={1,3}|:)\s{0,3}|>))" + _VALUE, re.IGNORECASE
)
_PASSED = re.compile(
    r"(?<!\S)(?P<dashes>--?(?:[a-z]{1,20}-){0,3})" + _NAME + r"(?P<assign>\s{1,3})(?!-)" + _VALUE, re.I
)

_WORDS = ("passw", "passphrase", "pwd", "secret", "token", "key", "authorization", "credential")
"""One of these is in every `_NAME`: looking for them first spares a long text without any the slow patterns."""

_BEARER = re.compile(r"(?<=\bbearer )(?=[\w.~+/=-]{0,200}\d)[\w.~+/=-]{16,}", re.IGNORECASE)

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("private key", re.compile(
        r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:.{0,16000}?-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|(?:(?:\s|\\[nr]|[\"'+,])*[A-Za-z0-9+/=]{16,})*)",
        re.DOTALL)),
    ("api key", re.compile(
        r"\b(?:sk-ant-[\w-]{16,}|sk-(?:proj|svcacct|admin)-[\w-]{20,}|sk-(?=[\w-]{0,100}\d)[\w-]{20,}"
        r"|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|AIza[\w-]{30,}|ya29\.[\w-]{20,}"
        r"|hf_[A-Za-z0-9]{20,}|[rs]k_(?:live|test)_\w{16,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}"
        r"|SG\.[\w-]{16,}\.[\w-]{16,}|dop_v1_\w{30,})")),
    ("token", re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}")),
    ("webhook", re.compile(
        r"\bhooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/[A-Z]\w{2,30}/(?:\w{3,30}/){0,2}\w{8,}")),
    ("credentials", re.compile(r"(?<=://)[^\s/:@]{0,100}:[^\s/@]{1,200}(?=@)")),
)  # fmt: skip

_COOKIE = re.compile(
    r"(?P<before>\bcookie\\{0,3}[\"']?\]?\s{0,3}[:=]\s{0,3}\\{0,3}[\"']?)"
    r"(?P<secret>[\w.$!#%&*+^|~-]{1,100}=(?:\"[^\"\n]{0,4000}\"|[^\s;\"'\\]*+)"
    r"(?:;\s{0,3}[\w.$!#%&*+^|~-]{1,100}(?:=(?:\"[^\"\n]{0,4000}\"|[^\s;\"'\\]*+))?)*+)",
    re.IGNORECASE,
)
# A value in a cookie, but for what says how long and where the cookie holds.
_COOKIE_VALUE = re.compile(r"(?<![^;\s])(?!(?:max-age|path|expires|domain|samesite)=)[^=;\s]{1,100}=([^;\s]{6,})", re.I)

_ARGUMENT = (
    r"(?:(?P<quote>[\"'])(?P<quoted>(?:(?!(?P=quote))[^\n]){3,200})(?=(?P=quote))|(?P<bare>[^\s\"'`;|&<>\\]{3,}))"
)
# What follows the command, by the command: one line, or several that are joined by backslashes.
_COMMANDS: tuple[tuple[tuple[str, ...], re.Pattern[str], re.Pattern[str]], ...] = (
    (("curl",),
     re.compile(r"\bcurl\b[^\n]*+(?:(?<=\\)\n[^\n]*+)*+", re.IGNORECASE),
     re.compile(
         r"(?<![^\s\"'])(?:(?:-[a-zA-Z]{0,8}[uU]|--(?:proxy-)?user)[\s=,\"'\\]{0,8}[^\s:\"'\\/]{0,100}:(?![/:])"
         r"|(?:-[a-zA-Z]{0,8}b|--cookie)[\s=,\"'\\]{0,8}[\w.-]{1,100}=)"
         r"(?P<bare>[^\s\"'`\\]{3,}(?:(?<=;)\s[\w.-]{1,100}=[^\s\"'`\\]+)*)")),
    (("mysql", "mariadb"),
     re.compile(
         r"\b(?:mysql(?:dump|admin|import|show|check|sh)?|mariadb(?:-dump|-admin|-import|-show|-check)?)(?=\s)"
         r"(?:[^\n;|&\"'\\]|\\[\s\S]|\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'){0,2000}", re.IGNORECASE),
     re.compile(r"(?<!\S)-p\\{0,3}" + _ARGUMENT)),
    (("sshpass",),
     re.compile(r"\bsshpass\b[^\n]*+(?:(?<=\\)\n[^\n]*+)*+", re.IGNORECASE),
     re.compile(r"\bsshpass(?:\s{1,3}-[veP]){0,3}\s{1,3}-p\s{0,3}\\{0,3}" + _ARGUMENT, re.IGNORECASE)),
)  # fmt: skip
# Ports, and the numbers of a user and a group.
_NUMBERS = re.compile(r"(?:-p|-{1,2}\w{1,20}[\s=\"']{1,3})[\d.]{1,40}(?::\d{1,9}){1,2}(?:/(?:tcp|udp))?")

_JOINERS = re.compile("[\u200c\u200d\u034f\ufe00-\ufe0f\ufffd\U000e0000-\U000e01ef]+")
"""Invisible, yet part of words, emoji and what was unreadable: they stay where they hide no secret."""

_HARMLESS = re.compile(
    # Placeholders and references to where a value comes from; file names.
    r"\[redacted|\$[\w{(]|<|%[\w(]|\*{3}|\.{3}|x{6}|(?:os|process|self|args|settings|config|request|env|secrets|var)\."
    r"|(?:~|\.{1,2})/|/(?:etc|home|root|run|var|tmp|usr|opt|mnt|srv|app|work|data|dev|users)/"
    # Words about a value: messages, types, prose.
    r"|(?:none|null|true|false|undefined|string|number|boolean|integer|object|bytes|optional|secretstr|required|missing"
    r"|invalid|incorrect|expired|cannot|should|denied|wrong|changeme|unknown|prompt|requires|expects)\b(?![\w@#$%^&*+=/-])"
    r"|(?:this|must|may|the|your|an?|enter|please|is|are|was|not|no|field|type)\s",
    re.IGNORECASE,
)


def redact(text: str) -> tuple[str, int]:
    """`text` as it reads, with each recognised secret replaced by "[redacted: kind]", and how many were replaced."""
    text = readable(text)
    safe, count = _redact(text)
    if text.isascii() or not _JOINERS.search(text):
        return safe, count
    bare, found = _redact(_JOINERS.sub("", text))
    stripped = _JOINERS.sub("", safe)
    if stripped == bare:
        return safe, count
    if found >= count:
        return bare, found
    # A joiner ended a word before a secret: without it, that secret is not seen.
    bare, found = _redact(stripped)
    return (bare, count + found) if found else (safe, count)


def _redact(text: str) -> tuple[str, int]:
    count = 0
    for kind, pattern in _PATTERNS:
        text, found = pattern.subn(f"[redacted: {kind}]", text)
        count += found

    def replaced(match: re.Match[str]) -> str:
        nonlocal count
        secret = match.groupdict().get("quoted") or match["bare"]
        if _HARMLESS.match(secret):
            return match[0]
        count += 1
        return f"{match[0].removesuffix(secret)}[redacted: secret]"

    def without_cookies(match: re.Match[str]) -> str:
        nonlocal count
        if all(_HARMLESS.match(value) for value in _COOKIE_VALUE.findall(match["secret"])):
            return match[0]
        count += 1
        return f"{match['before']}[redacted: cookie]"

    def without_argument(match: re.Match[str]) -> str:
        return match[0] if _NUMBERS.fullmatch(match[0]) else replaced(match)

    lower = text.lower()
    if "cookie" in lower:
        text = _COOKIE.sub(without_cookies, text)
    for names, command, argument in _COMMANDS:
        if any(name in lower for name in names):
            text = command.sub(lambda match, argument=argument: argument.sub(without_argument, match[0]), text)
    if any(word in lower for word in _WORDS):
        text = _PASSED.sub(replaced, _ASSIGNED.sub(replaced, text))
    if "bearer" in lower:
        text, found = _BEARER.subn("[redacted: credentials]", text)
        count += found
    return text, count


def redact_all(value: Any) -> tuple[Any, int]:
    """`redact` on every text in a nest of mappings, values and sequences; how many secrets were replaced in all.

    Raises:
        InputError: it is nested deeper than `MAX_DEPTH`.
    """
    return _redact_all(value, MAX_DEPTH)


def _redact_all(value: Any, depth: int) -> tuple[Any, int]:
    if isinstance(value, str):
        return redact(value)
    if not isinstance(value, Mapping | Sequence) or isinstance(value, bytes | bytearray):
        # Only here, since a hook redacts texts and must not load the models for it.
        from memp.domain.trajectory import Value

        if not isinstance(value, Value):
            return value, 0
        value = value.model_dump(exclude_none=True)
    if depth == 0:
        raise InputError(f"What was passed is nested deeper than {MAX_DEPTH} levels: pass plain steps and fields.")
    if isinstance(value, Mapping):
        # A key may hold a secret as well as its value may.
        pairs = [
            (redact(key) if isinstance(key, str) else (key, 0), _redact_all(item, depth - 1))
            for key, item in cast(Mapping[Any, Any], value).items()
        ]
        return {key: item for (key, _), (item, _) in pairs}, sum(more + count for (_, more), (_, count) in pairs)
    items = [_redact_all(item, depth - 1) for item in cast(Sequence[Any], value)]
    return [item for item, _ in items], sum(count for _, count in items)
