r"""Personal paths: home folders become `~`, and paths within the working folder are shown from there.

A home is known by its form: /home/x, /Users/x, /root, C:\Users\x, /mnt/c/Users/x and file:// URLs of these, in any letter case
where the system has none, with either separator, and as JSON writes it. What only looks like one stays: the path of a URL or
a route, a folder deeper in another path (/srv/home/x), and places that are nobody's (/Users/Shared, /home/linuxbrew).

Names with spaces are taken in quotes, or where each word is capitalised, or where the working folder shows the home.
"""

import re
from functools import lru_cache

from memp.text.patterns import Pattern

_SEPARATOR = r"(?:\\{1,2}|/)"
_DRIVE = r"(?:(?:\\\\|//)[?.][\\/])?(?:/?[A-Za-z]:|/mnt/[A-Za-z]|/cygdrive/[A-Za-z]|/[A-Za-z](?=/))"
_USERS = rf"{_DRIVE}{_SEPARATOR}(?i:users|documents and settings){_SEPARATOR}"
_PART = r"(?:[\w.@+~-]|%[0-9A-Fa-f]{2})"
_NAME = rf"\w(?:{_PART}{{0,62}}\w)?"
# An option of a compiler may stand before a path: -I/home/x.
_START = r"(?:(?<![\w.~%+*)\]}>/\\-])|(?<=\s-[A-Za-z]))(?:file://(?:localhost)?)?"
_END = r"(?![\w@%-])"

_QUOTED = Pattern(rf"(?<=[\"'`])(?:file://)?{_USERS}(?P<name>[^\\/\"'`\n:*?<>|]{{1,64}})(?=[\\/\"'`])")
_WINDOWS = Pattern(
    rf"{_START}{_USERS}(?P<name>{_PART}{{1,63}}(?:[ ][A-Z][\w.'-]{{0,40}}){{1,3}}(?=[\\/])|{_NAME}{_END})"
)
_POSIX = Pattern(
    rf"{_START}(?:(?:/var|/usr|/export)?/home/(?P<name>{_NAME})|/(?:Users|USERS)/(?P<mac>{_NAME})|(?:/var)?/root){_END}"
)
_WSL = Pattern(
    rf"\\{{2,4}}(?i:wsl)(?:\$|\.localhost){_SEPARATOR}[\w.-]{{1,40}}{_SEPARATOR}home{_SEPARATOR}(?P<name>{_NAME}){_END}"
)
_ENCODED = Pattern(r"(?<=[\\/])-(?:Users|home)-[A-Za-z0-9]+(?=-|[\\/]|$)")
"""A path as the name of a folder, as Claude Code keeps a project's sessions: -home-x-shop."""

_MAYBE = Pattern(r"home[\\/-]|users[\\/-]|/root|documents and settings", re.IGNORECASE)
NOBODY = frozenset({"shared", "public", "default", "all users", "linuxbrew"})
"""Folders beside those of users, which are nobody's home."""

_ROUTE = Pattern(
    r"(?:\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s{1,3}[\"'`]?"
    r"|\b(?:app|router|server|api|bp|blueprint)\.\w{1,12}\(\s{0,3}[\"'`]|\broute\(\s{0,3}[\"'`]|\bhref\s?=\s?[\"']?)$"
)
"""Before a path that is a route of a server: SCIM's GET /Users/7, or @app.route("/home/about")."""

_LOOKED_BEFORE = 40


def without_homes(text: str) -> str:
    """`text` with `~` for every home folder."""
    if not _MAYBE.search(text):
        return text
    for pattern in (_QUOTED, _WINDOWS, _POSIX, _WSL):
        text = pattern.sub(_tilde, text)
    return _ENCODED.sub("-~", text)


def from_folder(text: str, folder: str) -> str:
    """`text` with the paths within a working folder shown from there, the folder itself as ".", and `~` for every home.

    A path of Windows, which `folder` shows, is found in any letter case, with either separator, and as WSL or Git Bash
    writes it. The home that `folder` lies in is found with any name.
    """
    for pattern, instead in _of_folder(folder.strip()):
        text = pattern.sub(lambda match, instead=instead: match[0] if _is_route(match) else instead, text)
    return without_homes(text)


def below_home(path: str) -> str:
    """A path as it is below the home that it lies in, `~/...`; itself where it lies in none."""
    windows = is_windows(path)
    if not windows and not path.startswith("/"):
        return path
    parts = [part for part in re.split(r"[\\/]+" if windows else r"/+", path) if part]
    home = _home_of(parts, windows=windows) or (parts[:1] if path.startswith("/root/") else [])
    return without_homes("/".join(["~", *parts[len(home) :]]) if home else path)


def is_windows(folder: str) -> bool:
    """Whether a folder is written as Windows writes it."""
    return re.match(r"(?:\\\\[?.]\\)?[A-Za-z]:[\\/]|\\\\", folder) is not None


def _tilde(match: re.Match[str]) -> str:
    names = [name for name in match.groupdict().values() if name]
    if any(name.casefold() in NOBODY for name in names) or _is_route(match):
        return match[0]
    return "file://~" if match[0].startswith("file:") else "~"


def _is_route(match: re.Match[str]) -> bool:
    return _ROUTE.search(match.string[max(0, match.start() - _LOOKED_BEFORE) : match.start()]) is not None


@lru_cache(maxsize=64)
def _of_folder(folder: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns of what lies in a folder, of the folder, and of the home that it lies in, each with what stands instead."""
    parts = [part for part in re.split(r"[\\/]+", folder.removeprefix("\\\\?\\")) if part]
    windows = is_windows(folder)
    if not parts or (windows and len(parts) < 2):
        return ()
    own = _path(parts, windows=windows)
    # macOS heeds no letter case, so a home there may be written in any.
    flags = re.IGNORECASE if windows or parts[0] == "Users" else 0
    separator = _SEPARATOR if windows else "/"
    patterns = [(re.compile(rf"{_START}{own}{separator}(?=[^\s\\/\"'])", flags), "")]
    home = _home_of(parts, windows=windows)
    # Of a home, what follows a blank may be the rest of a longer name.
    end = r"(?![\w.%\\/-]|[ ]\w)" if windows and home == parts else r"(?![\w%\\/-]|\.\w)"
    patterns.append((re.compile(rf"{_START}{own}{separator}?{end}", flags), "."))
    if home:
        patterns.append((re.compile(rf"{_START}{_path(home, windows=windows)}{_END}", flags), "~"))
    return tuple(patterns)


def _home_of(parts: list[str], *, windows: bool) -> list[str]:
    """The home that a path lies in, by its parts; none where it lies in none."""
    users = [part.casefold() for part in parts[:3]]
    if windows and len(parts) > 2 and users[1] in ("users", "documents and settings") and users[2] not in NOBODY:
        return parts[:3]
    if not windows and len(parts) > 1 and users[0] in ("users", "home") and users[1] not in NOBODY:
        return parts[:2]
    return []


def _path(parts: list[str], *, windows: bool) -> str:
    """The pattern of a path."""
    if not windows:
        return "/" + "/+".join(map(re.escape, parts))
    drive, *rest = parts
    letter = re.escape(drive.rstrip(":"))
    start = rf"\\{{2,4}}{letter}"
    if drive.endswith(":"):
        start = rf"(?:(?:\\\\|//)[?.][\\/])?(?:/?{letter}:|/mnt/{letter}|/cygdrive/{letter}|/{letter})"
    return _SEPARATOR.join([start, *map(re.escape, rest)])
