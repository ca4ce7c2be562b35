"""Secrets out, before anything is embedded, sent or stored.

Recognised: private key blocks, the key formats of common services, JSON Web Tokens, credentials in URLs and in
`Authorization` headers, and values of six or more characters that are assigned or passed to names such as password,
secret, token and api_key.

Not caught: secrets without a telling format or name (a bare password in a sentence), the rest of an unquoted value
after a comma, bracket or quote, personal data such as names and addresses, and secrets that were encoded or split
over several steps.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from memp.trajectory import Value

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
        r"\b(?:sk-ant-[\w-]{16,}|sk-(?=[\w-]{0,100}\d)[\w-]{20,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"
        r"|xox[abeoprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|AIza[\w-]{30,}|ya29\.[\w-]{20,}"
        r"|hf_[A-Za-z0-9]{20,}|[rs]k_(?:live|test)_\w{16,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}"
        r"|SG\.[\w-]{16,}\.[\w-]{16,}|dop_v1_\w{30,})")),
    ("token", re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}")),
    ("credentials", re.compile(r"(?<=://)[^\s/:@]{0,100}:[^\s/@]{1,200}(?=@)")),
)  # fmt: skip

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
    """`text` with each recognised secret replaced by "[redacted: kind]", and how many were replaced."""
    count = 0
    for kind, pattern in _PATTERNS:
        text, found = pattern.subn(f"[redacted: {kind}]", text)
        count += found

    def replaced(match: re.Match[str]) -> str:
        nonlocal count
        secret = match["quoted"] or match["bare"]
        if _HARMLESS.match(secret):
            return match[0]
        count += 1
        return f"{match[0].removesuffix(secret)}[redacted: secret]"

    lower = text.lower()
    if any(word in lower for word in _WORDS):
        text = _PASSED.sub(replaced, _ASSIGNED.sub(replaced, text))
    if "bearer" in lower:
        text, found = _BEARER.subn("[redacted: credentials]", text)
        count += found
    return text, count


def redact_all(value: Any) -> tuple[Any, int]:
    """`redact` on every text in a nest of mappings, values and sequences; how many secrets were replaced in all."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Value):
        value = value.model_dump(exclude_none=True)
    if isinstance(value, Mapping):
        # A key may hold a secret as well as its value may.
        pairs = [(redact_all(key), redact_all(item)) for key, item in cast(Mapping[Any, Any], value).items()]
        return {key: item for (key, _), (item, _) in pairs}, sum(more + count for (_, more), (_, count) in pairs)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        items = [redact_all(item) for item in cast(Sequence[Any], value)]
        return [item for item, _ in items], sum(count for _, count in items)
    return value, 0
