"""Files and folders that are their owner's alone, whatever the umask: 0600 and 0700. No symbolic link is followed to one.

On Windows modes say nothing, and a person's folders are that person's already.
"""

import os
import stat
import sys

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


def is_loose(file: AnyPath | int) -> bool:
    """Whether others than its owner may read or write a file or folder, by its path or descriptor. What is not there is not, and
    no link: the file that it leads to is."""
    if sys.platform == "win32":
        return False
    try:
        status = os.fstat(file) if isinstance(file, int) else os.lstat(file)
    except OSError:
        return False
    return not stat.S_ISLNK(status.st_mode) and bool(status.st_mode & 0o077)


def is_own(file: AnyPath | int) -> bool:
    """Whether a file or folder, by its path or descriptor, is this user's.

    Raises:
        OSError: it is not there.
    """
    if sys.platform == "win32":
        return True
    status = os.fstat(file) if isinstance(file, int) else os.lstat(file)
    return status.st_uid == os.geteuid()


def tighten(path: AnyPath) -> bool:
    """Take from others the rights on a file or folder of this user; whether they had any."""
    if not is_loose(path) or not is_own(path):
        return False
    os.chmod(path, FOLDER if os.path.isdir(path) else FILE)
    return True
