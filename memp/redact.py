"""Secrets out, before anything is embedded, sent or stored.

Recognised: private key blocks, the key formats of common services, JSON Web Tokens, credentials in URLs and in
`Authorization` headers, and values assigned to names such as password, secret, token and api_key.

Not caught: secrets without a telling format or name (a bare password in a sentence), personal data such as names and
addresses, and secrets that were encoded or split over several steps.
"""

import re
from collections.abc import Mapping
from typing import Any, cast

_NAMED = (
    r"(?P<name>(?:[A-Za-z0-9]+[_-])*(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|client[_-]?secret|credentials?)(?:[_-][A-Za-z0-9]+){0,3})"
    r"(?P<assign>[\"']?\s{0,3}(?:=|:)\s{0,3}[\"']?)(?P<value>[^\s\"',;}{)(]{6,200})"
)

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("private key", re.compile(
        r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.{0,8000}?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)", re.DOTALL)),
    ("api key", re.compile(
        r"\b(?:sk-ant-[\w-]{16,}|sk-(?:proj-)?[\w-]{20,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"
        r"|xox[abeoprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|AIza[\w-]{30,}|hf_[A-Za-z0-9]{20,}"
        r"|[rs]k_(?:live|test)_\w{16,}|npm_\w{30,}|pypi-[\w-]{30,}|SG\.[\w-]{16,}\.[\w-]{16,}|dop_v1_\w{30,})")),
    ("token", re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}")),
    ("credentials", re.compile(r"(?<=://)[^\s/:@]{1,100}:[^\s/@]{1,200}(?=@)")),
    ("credentials", re.compile(r"(?i)(?<=authorization: )(?:bearer|basic|token) [\w.~+/=-]{8,}|(?<=\bbearer )[\w.~+/=-]{16,}")),
)  # fmt: skip
_ASSIGNED = re.compile(_NAMED, re.IGNORECASE)
_HARMLESS = re.compile(
    r"(?i)(?:\[redacted|\$|<|%|\{|none|null|true|false|\*{3}|\.{3}|os\.|process\.|env\b|required|missing|invalid)"
)


def redact(text: str) -> tuple[str, int]:
    """`text` with each recognised secret replaced by "[redacted: kind]", and how many were replaced."""
    count = 0
    for kind, pattern in _PATTERNS:
        text, found = pattern.subn(f"[redacted: {kind}]", text)
        count += found

    def assigned(match: re.Match[str]) -> str:
        nonlocal count
        if _HARMLESS.match(match["value"]):
            return match[0]
        count += 1
        return f"{match['name']}{match['assign']}[redacted: secret]"

    return _ASSIGNED.sub(assigned, text), count


def redact_all(value: Any) -> tuple[Any, int]:
    """`redact` on every text in a nest of mappings, lists and tuples; how many secrets were replaced in all."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        pairs = {key: redact_all(item) for key, item in cast(Mapping[Any, Any], value).items()}
        return {key: item for key, (item, _) in pairs.items()}, sum(count for _, count in pairs.values())
    if isinstance(value, list | tuple):
        items = [redact_all(item) for item in cast(list[Any], value)]
        return [item for item, _ in items], sum(count for _, count in items)
    return value, 0
