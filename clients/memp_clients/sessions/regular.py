"""Open regular files and nothing else: a named pipe, a device or a socket among logs would be waited for, or read without end.

A person who names a link means what it leads to. One that is found among logs, or that another user made, may have been planted
to have other files read.
"""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from memp.light import private

MOST_LINKS = 40
"""Links on the way to a file, beyond which it is a loop (Linux)."""

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
"""Without O_NONBLOCK, opening a pipe waits until somebody writes; of a regular file it changes nothing."""


def open_regular(path: str | Path, *, follow: bool = True) -> BinaryIO:
    """Open a file for reading; a symbolic link only with `follow`, and where this user or the system's made it.

    Raises:
        OSError: it cannot be read, or is a folder, such a link or no file.
        ValueError: its name cannot be one.
    """
    if _leads_through_others(path):
        raise OSError(errno.ELOOP, "a link that another user made", str(path))
    flags = _FLAGS if follow else _FLAGS | getattr(os, "O_NOFOLLOW", 0)
    # Looked at before: opening alone makes some devices act.
    _check(Path(path).stat(follow_symlinks=follow), path)
    handle = os.open(path, flags)
    try:
        # And after: another may have taken its place.
        _check(os.fstat(handle), path)
        return os.fdopen(handle, "rb")
    except OSError:
        os.close(handle)
        raise


def is_regular(path: str | Path) -> bool:
    """Whether a path is a regular file, and no link to one; not where it cannot be looked at."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def _leads_through_others(path: str | Path) -> bool:
    """Whether a link that another user made is on the way to a file: in the last place of its path, or before it, also behind
    a link of one's own."""
    left, at, links = [*reversed(Path(path).absolute().parts)], Path(), 0
    while left:
        at /= left.pop()
        status = os.lstat(at)
        if stat.S_ISLNK(status.st_mode):
            if not (private.is_own(status) or status.st_uid == 0):
                return True
            if (links := links + 1) > MOST_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
            target = at.parent / at.readlink()
            # As the system reads it: ".." is the folder above where the link leads.
            left, at = [*left, *reversed(target.parts)], Path()
    return False


def _check(status: os.stat_result, path: str | Path) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "a link, pipe, device or socket, and no regular file", str(path))
