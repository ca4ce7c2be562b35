"""Secrets that the place tells in which they stand: the login of a URL, a query, a header, a cookie, a file of passwords."""

import re
from collections.abc import Iterable, Iterator

from memp.text.patterns import Pattern
from memp.text.secrets.values import is_harmless, is_key_like, is_password_like

Span = tuple[int, int]

_LOGIN = Pattern(
    r"(?<=://)(?:(?P<user>[^\s/:@\"'<>]{0,100}):(?!\d{1,5}[/?#])(?P<pass>[^\s/\"'<>]{1,200}|[^\s@\"'<>]{1,100})@(?=[\w.\[$-])"
    r"|(?P<token>(?=[\w-]{0,100}\d)[A-Za-z0-9_-]{20,200})@(?=[\w.-]))"
)
_NOBODYS = frozenset("pass password passwd postgres guest user secret example test root admin pw token x".split())
# A line in PostgreSQL's file of passwords: host, port, database, user, and the password.
_PGPASS = Pattern(
    r"(?<![^\n])[\w.*-]{1,100}:(?:\d{2,5}|\*):[\w*-]{1,60}:[\w*-]{1,60}:(?P<secret>[^\s:]{4,100})(?![^\n])"
)
# The same for a server of mail (Postfix's sasl_passwd): host, port, user, and the password.
_SASL = Pattern(r"(?<![^\n])\[?[\w.-]{1,100}\]?:\d{2,5}[ \t]{1,8}[\w.@+-]{1,100}:(?P<secret>[^\s:]{4,100})(?![^\n])")
# The name of a source of data in Go: "app:...@tcp(db:3306)/app".
_SOURCE = Pattern(r"(?<![\w.:/-])[\w.-]{1,60}:(?P<secret>[^\s:@/\"']{3,100})@(?:tcp|unix|udp)?\(")
# A line in a .netrc, or its three lines.
_NETRC = Pattern(r"\blogin\s{1,10}\S{1,100}\s{1,10}password\s{1,10}(?P<secret>[^\s\"'`]{4,200})")
_QUERY = Pattern(
    r"[?&](?:code|sig|key|auth|sign|signature|x-[a-z]{3,5}-(?:signature|security-token))=(?P<secret>[\w.~%+/=-]{16,4000})"
    r"|\bsignature=(?P<signature>[\w.~%+/=-]{16,2000})"
)
# A link that signs in whoever opens it, a code that was sent, and a sentence that calls a word by chance a password.
_LINK = Pattern(
    r"/(?:magic(?:-?link)?|(?:re)?set-?password|password[-/_]reset|invites?|invitations?|activate|verify-email|signin|sign-in)/(?P<secret>(?=[\w-]{0,40}\d)[\w-]{20,400})"
)
_SENT = Pattern(
    r"\b(?:verification|security|log-?in|one-time|sign-?in|authentication|confirmation|2fa) (?:pass)?code(?: is|:| is:) {0,2}(?P<secret>\d{4,8})\b"
)
_USED_AS = Pattern(
    r"\buse [\"'`]?(?P<secret>[^\s\"'`]{6,200})[\"'`]? as (?:the|your|its|a|an) (?:[\w-]{1,20} ){0,2}(?:password|passphrase|secret|token|key)\b",
    re.IGNORECASE,
)
_HEADER = Pattern(r"\b(?:bearer|ssws|basic) (?P<secret>(?=[\w.~+/%=-]{0,200}\d)[\w.~+/%=-]{16,})")
_FIELD_D = Pattern(r"\"d\"\s?:\s?\"(?P<secret>[\w-]{30,1000})\"")
_WIF = Pattern(r"\b(?P<secret>5[HJK1-9A-Za-z][1-9A-Za-z]{49})\b")
_KUBE = Pattern(r"[\"']?kind[\"']?:\s{0,3}[\"']?Secret\b")
_KUBE_DATA = Pattern(
    r"[\"']?(?:data|stringData)[\"']?:\s{0,3}(?:\{[^}]{0,16000}|(?<=:)(?:[ \t]{0,3}\n?(?:[ \t]{1,12}[^\n]{0,8100}(?:\n|\Z)){1,50}))"
)
_KUBE_VALUE = Pattern(
    r"(?:(?<![^\n])[ \t]{1,12}[\w.-]{1,80}:[ \t]{1,3}|[{,]\s{0,20}\"[\w.-]{1,80}\":\s{0,3})[\"']?(?P<secret>(?![>|\"'{\[])[^\s\",]{6,8000})"
)


def logins(text: str, lower: str) -> Iterator[Span]:
    """The user and password, or the token, before the host of a URL."""
    if "://" not in lower or "@" not in lower:
        return
    for match in _LOGIN.finditer(text):
        password = match["pass"]
        if password is None:
            yield match.span("token")
        elif not (
            password.lower() in _NOBODYS or (match["user"] and match["user"] == password) or is_harmless(password)
        ):
            yield match.start("user"), match.end("pass")


def headers(text: str, lower: str) -> Iterator[Span]:
    """What follows a scheme of authorization, in a header or a sentence."""
    if "bearer " in lower or "ssws " in lower or "basic " in lower:
        yield from (
            match.span("secret")
            for match in _HEADER.finditer(lower)
            if not is_harmless(text[match.start("secret") : match.end()])
        )


def parts(text: str, lower: str) -> Iterator[Span]:
    """Parameters of URLs, and fields of files that hold secrets: pgpass, JSON Web Keys, Kubernetes secrets."""
    if "=" in lower and ("?" in lower or "&" in lower or "signature=" in lower):
        for match in _QUERY.finditer(lower):
            yield match.span("secret" if match["secret"] else "signature")
    if "://" in lower:
        yield from (match.span("secret") for match in _LINK.finditer(lower))
    if "code" in lower:
        yield from (match.span("secret") for match in _SENT.finditer(lower))
    if "use " in lower and " as " in lower:
        for match in _USED_AS.finditer(text):
            value = match["secret"]
            if not is_harmless(value) and (is_password_like(value) or is_key_like(value)):
                yield match.span("secret")
    if lower.count(":") >= 4:
        yield from (match.span("secret") for match in _PGPASS.finditer(text) if not is_harmless(match["secret"]))
    if "@" in lower and ":" in lower:
        yield from (match.span("secret") for match in _SASL.finditer(text) if not is_harmless(match["secret"]))
    if "@" in lower and ("p(" in lower or "@(" in lower or "@unix(" in lower):
        yield from (match.span("secret") for match in _SOURCE.finditer(text) if not is_harmless(match["secret"]))
    if "login" in lower and "password" in lower:
        yield from (match.span("secret") for match in _NETRC.finditer(text) if not is_harmless(match["secret"]))
    if '"kty"' in lower:
        yield from (match.span("secret") for match in _FIELD_D.finditer(text))
    if "wif" in lower:
        yield from (match.span("secret") for match in _WIF.finditer(text))
    if "kind" in lower and "Secret" in text:
        yield from _kubernetes(text)


def _kubernetes(text: str) -> Iterator[Span]:
    for start, end in _around(_KUBE.finditer(text), 16_000):
        for data in _KUBE_DATA.within(text, start, end):
            for value in _KUBE_VALUE.finditer(data[0]):
                if not is_harmless(value["secret"]):
                    yield data.start() + value.start("secret"), data.start() + value.end("secret")


def _around(matches: Iterable[re.Match[str]], reach: int) -> Iterator[Span]:
    """The parts of a text within so many characters of a match, each once."""
    parts = [(max(0, match.start() - reach), match.end() + reach) for match in matches]
    while parts:
        start, end = parts.pop(0)
        while parts and parts[0][0] <= end:
            end = parts.pop(0)[1]
        yield start, end
