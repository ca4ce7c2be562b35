"""Personal data out of what is shared: e-mail addresses, names of people in paths, public IP addresses, and homes.

What is needed to do the work again stays: the address of a repository (git@host:...), of a login (ssh user@host) or of a
database, example domains, private and well-known addresses, version numbers.

Not caught: names of people in sentences, host names, telephone numbers, anything in another spelling.
"""

import ipaddress
import re
from collections.abc import Collection

from memp.text.homes import NOBODY, without_homes

EMAIL, ADDRESS, NAME = "[e-mail]", "[ip address]", "[name]"

_EMAIL = re.compile(
    r"(?<![\w.+/@%:-])(?P<local>[\w.+-]{1,64})@(?P<domain>(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24})(?![\w:@/.-]\S)"
)
_LOGIN = re.compile(r"(?:(?<![\w-])(?:ssh|scp|sftp|rsync|mosh|ssh-copy-id)\s[^\n;|&]{0,200}|://)$")
_NOBODYS = re.compile(
    r"(?:^|\.)(?:example\.(?:com|org|net|edu)|(?:example|test|invalid|localhost|local|internal))$", re.IGNORECASE
)
_NO_PERSON = frozenset({"git", "noreply", "no-reply", "donotreply", "actions"})

_IPV4 = re.compile(r"(?<![\w.@=-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\w)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{1,4}:{1,2}){2,7}[0-9A-Fa-f]{0,4}(?![\w:.])")
_VERSION = re.compile(r"(?:\bv|version|release|\brev)\W{0,3}$", re.IGNORECASE)
_RESOLVERS = frozenset({"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9"})
"""Public resolvers, which are tools and nobody's."""

_OWNED = re.compile(r"(?<=[\\/])(?P<above>(?:[Hh]ome|Users)(?:\\{1,2}|/))(?P<name>[A-Za-z_][\w.-]{1,63})(?=[\\/]|\b)")
_GENERIC = frozenset(
    """root admin administrator user users dev developer test tester guest home work worker app apps runner node ubuntu debian
    fedora centos alpine vagrant ec2-user azureuser codespace vscode git www www-data jenkins docker default public shared me
    agent claude codex postgres mysql redis nginx python opt src data main build local""".split()
)
"""Names of accounts that are no person's, or words that are more than one."""

LEAST_NAME = 3


def impersonal(text: str, names: Collection[str] = ()) -> str:
    """`text` without e-mail addresses, public IP addresses, homes and people's names in paths.

    `names` are those of accounts that are known to be a person's; where they stand as a part of a path, they go too.
    """
    text = without_homes(text)
    if "@" in text:
        text = _EMAIL.sub(_email, text)
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
    keeps = match["local"].casefold() in _NO_PERSON or _NOBODYS.search(match["domain"]) or _LOGIN.search(before)
    return match[0] if keeps else EMAIL


def _address(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - 12) : match.start()]
    try:
        public = ipaddress.ip_address(match[0]).is_global
    except ValueError:
        return match[0]
    return ADDRESS if public and match[0] not in _RESOLVERS and not _VERSION.search(before) else match[0]


def _owned(match: re.Match[str]) -> str:
    """A person's name in a path that is no home of this machine: /mnt/backup/home/jane."""
    before = match.string[: match.start()].rsplit(maxsplit=1)[-1:]
    is_url = bool(before) and "://" in before[0] and not before[0].startswith("file:")
    kept = is_url or match["name"].casefold() in NOBODY | _GENERIC
    return match[0] if kept else f"{match['above']}{NAME}"
