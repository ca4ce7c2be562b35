"""Files and folders that are their owner's alone, whatever the umask: 0600 and 0700. No symbolic link is followed to one.

On Windows modes say nothing, and a person's folders are that person's already.
"""

import os
import stat
import sys

FILE, FOLDER = 0o600, 0o700

_NO_LINK = getattr(os, "O_NOFOLLOW", 0)

AnyPath = str | os.PathLike[str]


def make_folder(path: AnyPath) -> None:
    """Make a folder, and those above it, where it is missing. A person may have put a link there to another disk.

    Raises:
        OSError: it cannot be made, or a file stands there.
    """
    os.makedirs(path, mode=FOLDER, exist_ok=True)


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


def is_loose(path: AnyPath) -> bool:
    """Whether others than its owner may read or write what is of this user."""
    if sys.platform == "win32":
        return False
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return status.st_uid == os.geteuid() and not stat.S_ISLNK(status.st_mode) and bool(status.st_mode & 0o077)


def tighten(path: AnyPath) -> bool:
    """Take from others the rights on a file or folder of this user; whether they had any."""
    if not is_loose(path):
        return False
    os.chmod(path, FOLDER if os.path.isdir(path) else FILE)
    return True
