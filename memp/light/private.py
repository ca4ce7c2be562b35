"""Files and folders that are their owner's alone, whatever the umask: 0600 and 0700. No symbolic link is followed to one that is
made or changed; of the file that a person names, which may be a link, `followed` tells where it is.

On Windows modes say nothing, and a person's folders are that person's already.
"""

import errno
import os
import stat
import sys
from contextlib import suppress

FILE, FOLDER = 0o600, 0o700

_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_NO_PIPE = getattr(os, "O_NONBLOCK", 0)
"""So that no pipe is waited for that nobody writes to."""

AnyPath = str | os.PathLike[str]


def make_folder(path: AnyPath) -> None:
    """Make a folder, and those above it, where it is missing. A person may have put a link there to another disk.

    Raises:
        OSError: it cannot be made, or a file stands there.
    """
    missing: list[str] = []
    at = os.path.abspath(path)
    while not os.path.lexists(at):
        missing.append(at)
        at = os.path.dirname(at)
    # One by one: os.makedirs makes those above with the rights of the umask.
    for folder in reversed(missing):
        with suppress(FileExistsError):  # Another process was faster.
            os.mkdir(folder, FOLDER)
    if not os.path.isdir(path):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), os.fspath(path))


def make_own_folder(path: AnyPath) -> None:
    """Make a folder of memp's own, beside a memory.

    Raises:
        OSError: it cannot be made, or a link or a file stands there.
    """
    make_folder(path)
    if os.path.islink(path):
        raise NotADirectoryError(f"{os.fspath(path)} is a symbolic link, which is not followed")


def create(path: AnyPath, flags: int = os.O_EXCL) -> int:
    """The descriptor of a file to write, made where it is missing; with `os.O_EXCL` only of a new one.

    Raises:
        OSError: it cannot be written, a link stands there, or it is there already.
    """
    return os.open(path, os.O_WRONLY | os.O_CREAT | _NO_LINK | flags, FILE)


def create_whole(path: AnyPath, content: bytes) -> None:
    """Make a new file that nobody sees a part of: of two that make it at once, one does.

    Raises:
        OSError: it cannot be written, or is there already.
    """
    made = f"{os.fspath(path)}.{os.urandom(4).hex()}.new"
    try:
        with os.fdopen(create(made), "wb") as file:
            file.write(content)
        os.link(made, path)
    finally:
        if os.path.lexists(made):
            os.unlink(made)


def open_to_read(path: AnyPath) -> int:
    """The descriptor of a file to read; of a pipe nothing is waited for.

    Raises:
        OSError: it cannot be read, or a link stands there.
    """
    return os.open(path, os.O_RDONLY | _NO_LINK | _NO_PIPE)


def followed(path: AnyPath) -> str:
    """The file that a symbolic link leads to, be it there yet or not; of any other path the path itself."""
    return os.path.realpath(path) if os.path.islink(path) else os.fspath(path)


def is_loose(path: AnyPath | int) -> bool:
    """Whether others than its owner may read or write what stands at a path, behind a link as well, or is open."""
    try:
        return is_shared(os.stat(path))
    except OSError:
        return False


def is_shared(status: os.stat_result) -> bool:
    """`is_loose` of a file or folder that was looked at."""
    return sys.platform != "win32" and bool(stat.S_IMODE(status.st_mode) & 0o077)


def is_own(status: os.stat_result) -> bool:
    """Whether a file or folder is this user's. On Windows that is not asked."""
    return sys.platform == "win32" or status.st_uid == os.geteuid()


def tighten(path: AnyPath) -> bool:
    """Take from others the rights on a file or folder of this user; whether they had any. What a link leads to is left alone."""
    try:
        status = os.lstat(path)
    except OSError:
        return False
    if stat.S_ISLNK(status.st_mode) or not is_own(status) or not is_shared(status):
        return False
    os.chmod(path, FOLDER if stat.S_ISDIR(status.st_mode) else FILE)
    return True
