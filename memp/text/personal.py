"""Personal data out of what is shared, or of all that is taken in (MEMP_PERSONAL=hide): e-mail addresses, numbers of payment
cards, of bank accounts (IBAN) and of telephones, names of people in paths, public IP addresses, and homes.

A card and an account are known by their check digits (ISO/IEC 7812, ISO 13616); a telephone number by the + of E.164, by an area
code in brackets, or by the word before it, since digits alone are anything: an id, a size, a time.

What is needed to do the work again stays: the address of a repository (git@host:...), of a login (ssh user@host) or of a
database, example domains, private and well-known addresses, version numbers, numbers that are published for tests.

Not caught: names of people in sentences, host names, telephone numbers that nothing tells, anything in another spelling.
"""

import ipaddress
import re
from collections.abc import Collection

from memp.text.homes import NOBODY, without_homes

EMAIL, ADDRESS, NAME = "[e-mail]", "[ip address]", "[name]"
CARD, ACCOUNT, PHONE = "[card number]", "[bank account]", "[phone number]"

_EMAIL = re.compile(
    r"(?<![\w.+/@%-])(?P<local>[\w.+-]{1,64})(?:@|%40)(?P<domain>(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24})(?![\w:@/.-]\S)"
)
_LOGIN = re.compile(
    r"(?<![\w-])(?:ssh|scp|sftp|rsync|mosh|ssh-copy-id)(?:\s{1,4}-[\w-][^\s;|&]{0,60}(?:\s{1,4}[^\s;|&-][^\s;|&]{0,60})?){0,6}\s{1,4}$"
)
"""A command that logs in, and its options; a sentence about ssh names other words before an address."""
_LABEL = re.compile(r"(?<![^\s\"'(<\[{,;?&])[A-Za-z][\w-]{0,30}:$")
_PROMPT = re.compile(r"(?:[ :][~/][\w./~-]{0,100})?\]?[$#%](?=\s|\Z)")
_NOBODYS = re.compile(
    r"(?:^|\.)(?:example\.(?:com|org|net|edu)|(?:example|test|invalid|localhost|local|localdomain|internal|gserviceaccount\.com))$"
    r"|\.(?:service|socket|timer|mount|automount|target|path|slice|scope|device|swap|dylib|so)$|^v?\d+\.\d",
    re.IGNORECASE,
)
"""Domains of nobody: for examples, of accounts of services, systemd's units (getty@tty1.service), versions of packages."""
_NO_PERSON = frozenset({"git", "noreply", "no-reply", "donotreply", "actions"})

_DIGITS = re.compile(r"(?:\d[ .()\u2011/-]{0,2}){7}")
"""What each of the numbers below has: most texts need no closer look."""

_CARD = re.compile(
    r"(?<![\w.+/&-])(?:(?:2[2-7]|[456]\d)\d\d(?:[ -]?\d{4}){3}|3[47]\d\d[ -]?\d{6}[ -]?\d{5}|3[068]\d\d[ -]?\d{6}[ -]?\d{4})"
    r"(?![\w/-]|\.\d)"
)
"""As the brands number them: 16 digits that begin with 22 to 27, 4, 5 or 6, 15 with 34 or 37, 14 with 30, 36 or 38."""

_NUMBERS = re.compile(
    r"(?:\b|_)(?:ids?|order|offset|trace|span|seq(?:uence)?|message|msg|build|run|job|ticket|ref|row|block|lsn|snowflake|time(?:stamp)?|ts|ns|size|bytes|count)"
    r"[\"']?\s?[:=#]?\s?[\"']?$",
    re.IGNORECASE,
)
"""Before a number without blanks that counts or names something: one in ten of these has a right check digit."""
_OF_CARD = re.compile(r"(?:\b|_)(?:card|pan|cc|ccn|credit)(?:[_-]?\w{1,12})?=$", re.IGNORECASE)
_OF_ACCOUNT = re.compile(r"(?:\b|_)(?:iban|account|acct|konto)(?:[_-]?\w{1,12})?=$", re.IGNORECASE)
_OF_PHONE = re.compile(
    r"(?:\b|_)(?:to|from|tel|phone|mobile|msisdn|whatsapp|sms|caller|callee|number)(?:[_-]?\w{1,12})?=$", re.IGNORECASE
)
"""Before the = of a field; behind any other = stands a hash, a part of a URL, or code."""

_IBAN = re.compile(r"(?<![\w/-])[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?(?![\w/-])")
_SIGN = r"[ .\u2011/-]"
_PHONE = re.compile(
    rf"(?<![\w+.@/-])(?:(?:\+(?!0)\d{{1,3}}(?:{_SIGN}?\(\d{{1,5}}\))?(?:{_SIGN}?\d{{1,6}}){{2,6}}"
    rf"|00(?:[17]|[2-9]\d{{1,2}})(?:{_SIGN}\d{{2,8}}){{2,5}})"
    rf"|\([2-9]\d\d\){_SIGN}?\d{{3}}{_SIGN}\d{{4}}|\(0\d{{1,4}}\){_SIGN}?\d{{3,8}})(?![\w%]|\.\d)"
)
_CALLED = re.compile(
    r"(?i:\b(?:(?P<told>(?:tele)?phone|t[eé]l[eé](?:phone|fono)|telefono?|tel|fax|whatsapp|msisdn)"
    r"|mobile?|cell|celular|handy|sms)(?:[ _-]?(?:number|no|nr))?(?=[ \"']{0,2}[.:=])[ .\"':=]{1,5})"
    rf"(?P<number>\+?\(?\d(?:[()]?{_SIGN}?[()]?\d){{6,14}})(?!\w|\.\d)"
)
_NORTH_AMERICA = re.compile(r"1[2-9]\d\d[2-9]\d{6}")
"""A number behind +1: an area code of three digits, and seven."""
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d")
_IN_FULL = 10
"""Digits of a number that begins with neither 0 nor +, from which on it may be a telephone's after a word that means other things
too: the cell of a table, an sms."""
_LEAST_DIGITS, _MOST_DIGITS = 8, 15
"""Digits of a telephone number in full, by E.164."""

_TESTS = re.compile(r"(?:4242){3,4}|4111(?:1{12})|5555555555554444|378282246310005|1?\d{3}55501\d\d")
"""Numbers of cards that payment services publish for tests, and 555-01xx, which belongs to fiction."""

_IPV4 = re.compile(r"(?<![\w.@=-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\w)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{1,4}:{1,2}){2,7}[0-9A-Fa-f]{0,4}(?![\w:.])")
_VERSION = re.compile(r"(?:\bv|version|release|\brev)\W{0,3}$", re.IGNORECASE)
_PROGRAM = re.compile(
    r"(?<![\w/])(?!(?:ip|ipv4|host|server|addr|address|ping|dns|nameserver|curl|ssh|dig|peer|client)\b)[A-Za-z][\w.-]{1,40},? $",
    re.I,
)
"""A name before four numbers, which are its version where they are small: "kernel 6.1.52.1"."""
_MOST_OF_VERSION = 30
"""The first number of a version is seldom more; of the others two at least are of one digit, as in one address of 200."""
_PAIRS = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2})+")
"""A fingerprint or an address of a device: bytes, each in two digits."""
_RESOLVERS = frozenset({"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9"})
"""Public resolvers, which are tools and nobody's."""

_OWNED = re.compile(r"(?<=[\\/])(?P<above>(?:[Hh]ome|Users)(?:\\{1,2}|/))(?P<name>[A-Za-z_][\w.-]{1,63})(?=[\\/]|\b)")
_ABOVE = re.compile(
    r"(?:file://|[\w.@-]{2,60}:)?/(?:mnt|media|volumes|run|backups?|srv|exports?|data|nfs|net|host|rootfs|storage|archives?|var|tmp|snapshots?|old|zfs|pool)/"
    r"|(?:file:///?|/)?[A-Za-z]:[\\/]|\\\\",
    re.IGNORECASE,
)
"""Where the path to a home begins that is not this machine's: in a drive, or where disks and copies are. A relative path and a
route of a server have folders called "home" of their own."""
_PATH_BEFORE = re.compile(r"[^\s\"'`=(,;<>\[{|]{1,200}\Z")
_GENERIC = frozenset(
    """root admin administrator user users dev developer test tester guest home work worker app apps runner node ubuntu debian
    fedora centos alpine vagrant ec2-user azureuser codespace vscode git www www-data jenkins docker default public shared me
    agent claude codex postgres mysql redis nginx python opt src data main build local""".split()
)
"""Names of accounts that are no person's, or words that are more than one."""

LEAST_NAME = 3


def impersonal(text: str, names: Collection[str] = ()) -> str:
    """`text` without e-mail addresses, numbers of cards, accounts and telephones, public IP addresses, homes and people's names
    in paths.

    `names` are those of accounts that are known to be a person's; where they stand as a part of a path, they go too.
    """
    text = without_homes(text)
    if "@" in text or "%40" in text:
        text = _EMAIL.sub(_email, text)
    if _DIGITS.search(text):
        text = _CARD.sub(_card, _IBAN.sub(_account, text))
        text = _CALLED.sub(_called, _PHONE.sub(_phone, text))
    text = _IPV6.sub(_address, _IPV4.sub(_address, text))
    if "/" in text or "\\" in text:
        text = _OWNED.sub(_owned, text)
        for name in private(names):
            text = re.sub(rf"(?<=[\\/~]){re.escape(name)}(?=[\\/]|\b)(?![\w.@-])", NAME, text, flags=re.IGNORECASE)
    return text


def private(names: Collection[str]) -> list[str]:
    """Those names that are a person's, and not a word or an account of a system."""
    return sorted({name for name in names if len(name) >= LEAST_NAME and name.casefold() not in _GENERIC})


def _email(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - 200) : match.start()]
    keeps = (
        match["local"].casefold() in _NO_PERSON
        or _NOBODYS.search(match["domain"])
        or _LOGIN.search(before)
        or (before.endswith(":") and not _LABEL.search(before))  # The password in a URL, the user of a copy.
        or _PROMPT.match(match.string, match.end())
    )
    return match[0] if keeps else EMAIL


def _is_of_another(match: re.Match[str], field: re.Pattern[str]) -> bool:
    """Whether a number stands behind the = of something that is not such a field."""
    before = match.string[max(0, match.start() - 40) : match.start()]
    return before.endswith("=") and not field.search(before)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _card(match: re.Match[str]) -> str:
    """A number with a right check digit (Luhn), as one in ten has by chance."""
    digits = _digits(match[0])
    if _is_of_another(match, _OF_CARD) or (
        match[0].isdigit() and _NUMBERS.search(match.string[max(0, match.start() - 40) : match.start()])
    ):
        return match[0]
    doubled = [int(d) if place % 2 else sum(divmod(2 * int(d), 10)) for place, d in enumerate(reversed(digits), 1)]
    return CARD if sum(doubled) % 10 == 0 and not _TESTS.fullmatch(digits) else match[0]


def _account(match: re.Match[str]) -> str:
    """An IBAN: country, two check digits, the account; as a number with letters from 10 on it leaves 1 of 97."""
    if _is_of_another(match, _OF_ACCOUNT):
        return match[0]
    code = match[0].replace(" ", "")
    number = int("".join(str(int(sign, 36)) for sign in code[4:] + code[:4]))
    return ACCOUNT if number % 97 == 1 else match[0]


def _phone(match: re.Match[str]) -> str:
    # With nothing between its digits a short one may count anything.
    plain = match[0].removeprefix("+").isdigit()
    if _is_of_another(match, _OF_PHONE) or (
        match[0].startswith("+1") and not _NORTH_AMERICA.fullmatch(_digits(match[0]))
    ):
        return match[0]
    return PHONE if _is_phone(match[0], least=10 if plain else _LEAST_DIGITS) else match[0]


def _called(match: re.Match[str]) -> str:
    before = match[0][: match.start("number") - match.start()]
    least = 7 if match["told"] or match["number"][0] in "+0(" else _IN_FULL
    found = _is_phone(match["number"], least=least) and not _DATE.fullmatch(match["number"])
    return f"{before}{PHONE}" if found else match[0]


def _is_phone(text: str, least: int = _LEAST_DIGITS) -> bool:
    digits = _digits(text)
    return least <= len(digits) <= _MOST_DIGITS and not _TESTS.fullmatch(digits)


def _address(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - 50) : match.start()]
    try:
        public = ipaddress.ip_address(match[0]).is_global
    except ValueError:
        return match[0]
    kept = not public or match[0] in _RESOLVERS or _VERSION.search(before[-12:]) or _PAIRS.fullmatch(match[0])
    return match[0] if kept or (_PROGRAM.search(before) and _is_like_version(match[0])) else ADDRESS


def _is_like_version(address: str) -> bool:
    first, *rest = address.split(".")
    return first.isdigit() and int(first) <= _MOST_OF_VERSION and sum(len(part) == 1 for part in rest) >= 2


def _owned(match: re.Match[str]) -> str:
    """A person's name in a path that is no home of this machine: /mnt/backup/home/jane."""
    before = _PATH_BEFORE.search(match.string, max(0, match.start() - 200), match.start())
    is_home = before is not None and _ABOVE.match(before[0])
    kept = not is_home or match["name"].casefold() in NOBODY | _GENERIC
    return match[0] if kept else f"{match['above']}{NAME}"
