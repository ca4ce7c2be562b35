"""Git repositories, read from their files: where a repository begins, and which remote it has. No git is run.

A repository is its common folder (gitrepository-layout(5)): worktrees have a file `.git` that names a folder with a file
`commondir`; a submodule has such a file too, and is a repository of its own. Files that cannot be read tell nothing.
"""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from memp.text.patterns import Pattern

MAX_FILE = 1 << 20
"""Bytes of a file of git's that are read."""


class Repository(NamedTuple):
    """A repository: the folder that stands for it, and the URL of its remote; empty where it has none."""

    root: str
    remote: str


def repository_at(folder: str) -> Repository | None:
    """The repository whose working folder, or bare folder, this is; None where it is neither."""
    git = os.path.join(folder, ".git")
    mode = _mode(git)
    if stat.S_ISDIR(mode):
        return _repository(folder, git)
    if stat.S_ISREG(mode):
        return _linked(folder, git)
    if all(_mode(os.path.join(folder, name)) for name in ("HEAD", "objects", "refs")):
        return _repository(_stands_for(folder, {}), folder)
    return None


def _repository(root: str, common: str) -> Repository:
    return Repository(root, _remote(_config(common)))


def _linked(folder: str, git: str) -> Repository:
    """The repository that a file `.git` leads to, also where that is gone: its path says whose worktree it was."""
    named = re.match(r"gitdir:\s*(.+)", _read(git))
    if named is None:
        return Repository(folder, "")
    own = os.path.normpath(os.path.join(folder, named[1].strip()))
    shared = _read(os.path.join(own, "commondir")).strip()
    above, name = os.path.split(os.path.dirname(own))
    if shared or name == "worktrees":
        common = os.path.normpath(os.path.join(own, shared)) if shared else above
        config = _config(common)
        return Repository(_stands_for(common, config), _remote(config))
    return _repository(folder, own)


def _stands_for(common: str, config: Mapping[str, str]) -> str:
    """The folder that stands for a repository, by its common folder: that of the main working tree where there is one."""
    if "core.worktree" in config:
        return os.path.normpath(os.path.join(common, config["core.worktree"]))
    above, name = os.path.split(common)
    return above if name.startswith(".") else common.removesuffix(".git")


def _mode(path: str) -> int:
    """The mode of a file; 0 where it cannot be seen."""
    try:
        return os.stat(path).st_mode
    except (OSError, ValueError):
        return 0


def _read(path: str) -> str:
    """The text of a regular file: to open another kind of file may wait for ever."""
    if not stat.S_ISREG(_mode(path)):
        return ""
    try:
        with open(path, "rb") as file:
            return file.read(MAX_FILE).decode("utf-8", errors="surrogateescape")
    except OSError:
        return ""


_SECTION = Pattern(r"\s*\[\s*([\w.-]+)\s*(?:\"((?:[^\"\\]|\\.)*)\")?\s*\]")
_ENTRY = Pattern(r"\s*([A-Za-z][\w-]*)\s*=\s*(.*)")


def _config(common: str) -> Mapping[str, str]:
    """The entries of a repository's configuration: "remote.origin.url"; of several the first."""
    entries: dict[str, str] = {}
    section = ""
    for line in _read(os.path.join(common, "config")).replace("\\\n", "").splitlines():
        if heading := _SECTION.match(line):
            section = heading[1].lower() + (f".{heading[2]}" if heading[2] is not None else "")
            line = line[heading.end() :]
        if entry := _ENTRY.match(line):
            entries.setdefault(f"{section}.{entry[1].lower()}", _value(entry[2]))
    return entries


def _value(written: str) -> str:
    """A value without its quotes, and without the comment behind it."""
    parts: list[str] = []
    quoted = False
    for character in re.findall(r"\\.|.", written):
        if character == '"':
            quoted = not quoted
        elif character in "#;" and not quoted:
            break
        else:
            parts.append(character[-1])
    return "".join(parts).strip()


def _remote(config: Mapping[str, str]) -> str:
    """The URL of the remote: of origin, else of upstream, else of the first."""
    urls = dict(_remotes(config))
    return urls.get("origin") or urls.get("upstream") or next(iter(urls.values()), "")


def _remotes(config: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in config.items():
        if name.startswith("remote.") and name.endswith(".url") and value:
            yield name[len("remote.") : -len(".url")], value


_URL = Pattern(r"([A-Za-z][\w+.-]*)://([^/]*)(.*)", re.DOTALL)
_SCP = Pattern(r"(?:[^@/\s]*@)?(\[[^\]]+\]|[^:/\\\s@]{2,}):(?!//)(.+)", re.DOTALL)
"""user@host:path; a single letter before the colon is a drive."""


def normalised_remote(url: str) -> str:
    """A remote as host/owner/name, whichever way it is written; empty where it is a path of this machine.

    Neither user nor password, port, `.git` and letter case tell repositories apart: https://me:token@github.com/Acme/Shop.git
    is git@github.com:acme/shop.
    """
    url = url.strip()
    if match := _URL.fullmatch(url):
        if match[1].lower() == "file":
            return ""
        host, path = match[2].rpartition("@")[2], match[3]
    elif match := _SCP.fullmatch(url):
        host, path = match[1], match[2]
    else:
        return ""
    host = re.sub(r":\d*$", "", host).strip("[]")
    host = re.sub(r"^(?:alt)?ssh\.(?=.+\.)", "", host, flags=re.IGNORECASE)  # Hosts have another door for ssh.
    names = [name for name in _unquoted(re.split(r"[?#]", path)[0]).split("/") if name not in ("", "~", "_git")]
    if len(names) > 2 and names[0] in ("scm", "v3"):  # Of Bitbucket's and Azure's URLs, not of the repository.
        names = names[1:]
    if not host or not names:
        return ""
    names[-1] = names[-1].removesuffix(".git") or names[-1]
    return "/".join([host, *names]).casefold()


def local_remote(url: str, root: str) -> str:
    """The folder that a remote on this machine names; empty where it names none."""
    url = url.strip()
    if url.lower().startswith("file://"):
        url = _unquoted(url[len("file://") :].removeprefix("localhost"))
    if not url or "://" in url or "\0" in url:
        return ""
    path = os.path.realpath(os.path.join(root, os.path.expanduser(url)))
    return path.removesuffix("/.git").removesuffix(".git") or path


def _unquoted(text: str) -> str:
    """A URL's text without its escapes."""
    if "%" not in text:
        return text
    from urllib.parse import unquote  # A hook has no time for it, and few URLs have any.

    return unquote(text)
