"""Edit files of other programs safely: all of them or none, each atomically, with a backup of what was there.

A symbolic link is followed, permissions are kept, and a file that another program wrote meanwhile is left as it is. The
copies stand in memp's data folder, not beside the files: those may lie in a repository, and hold secrets.
"""

import difflib
import hashlib
import os
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from memp.errors import HostError
from memp.light import private

Act = Literal["connect", "update", "disconnect"]

MAX_BYTES = 64 * 1024 * 1024
"""Of a file that is read; no configuration comes near it."""


@dataclass(frozen=True)
class Change:
    """A file's content before and after; None is no file. `act` names the copy that is kept, `secret` is a text in it that is
    not shown. Where it is `own`, a new file, and its folder, are its owner's alone: it may come to hold a secret. Files of a
    project are for whoever works on that."""

    path: Path
    before: bytes | None
    after: bytes | None
    act: Act
    secret: str = ""
    own: bool = False

    @property
    def does(self) -> Literal["create", "change", "delete", "nothing"]:
        """The effect on the file."""
        if self.before == self.after:
            return "nothing"
        return "create" if self.before is None else "delete" if self.after is None else "change"

    def diff(self) -> str:
        """The change as a unified diff; what is not UTF-8 in it is replaced."""
        old, new = (self._lines(side) for side in (self.before, self.after))
        names = [os.devnull if side is None else str(self.path) for side in (self.before, self.after)]
        lines = difflib.unified_diff(old, new, names[0], names[1])
        shown = "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
        return shown.replace(self.secret, "[token]") if self.secret else shown

    @staticmethod
    def _lines(side: bytes | None) -> list[str]:
        return (side or b"").decode("utf-8", errors="replace").splitlines(keepends=True)


def read(path: Path) -> bytes | None:
    """Read a file; None where there is none.

    Raises:
        HostError: it cannot be read.
    """
    try:
        if path.exists() and not path.is_file():
            raise HostError(f"{path} is no file. It was left as it is.")
        if path.exists() and path.stat().st_size > MAX_BYTES:
            raise HostError(f"{path} is over {MAX_BYTES >> 20} MB: that is no configuration. It was left as it is.")
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except (OSError, RuntimeError) as error:  # RuntimeError: a link that leads to itself, before Python 3.13.
        raise _unusable(path, "read", error) from None


def original(path: Path, backups: Path) -> bytes | None:
    """The content of the file before it was first connected; None where there was no file, or it is not known."""
    return read(_backup(path, backups, "connect"))


def apply(changes: Sequence[Change], backups: Path) -> list[Path]:
    """Make all changes, or none; the copies of what was there.

    Raises:
        HostError: a file cannot be written, or was changed meanwhile.
    """
    due = [change for change in changes if change.does != "nothing"]
    staged: list[tuple[Change, Path, Path | None]] = []
    done: list[Change] = []
    try:
        for change in due:
            target = Path(os.path.realpath(change.path))
            staged.append((change, target, _stage(change, target)))
        copies = [copy for change in due if (copy := _keep(change, backups))]
        for change, target, new in staged:
            if read(change.path) != change.before:
                raise HostError(f"{change.path} was changed by another program just now: run this again.")
            _finish(target, new)
            done.append(change)
    except HostError:
        for change in done:
            back = Change(change.path, change.after, change.before, change.act, own=True)
            target = Path(os.path.realpath(change.path))
            _finish(target, _stage(back, target))
        raise
    finally:
        for _, _, new in staged:
            if new is not None:
                new.unlink(missing_ok=True)
    for change in due:
        if change.act == "disconnect":
            _backup(change.path, backups, "connect").unlink(missing_ok=True)
    return copies


def _stage(change: Change, target: Path) -> Path | None:
    """The new content in a file beside the target, with its permissions; None where the file goes."""
    try:
        if change.before is not None and not os.access(target, os.W_OK):
            raise PermissionError(13, "the file is read-only")
        if change.own:
            private.make_folder(target.parent)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".memp", dir=target.parent)
        new = Path(name)
        if change.after is None:
            os.close(handle)
            new.unlink()
            return None
        with os.fdopen(handle, "wb") as file:
            file.write(change.after)
            file.flush()
            os.fsync(file.fileno())
        new.chmod(private.FILE if change.own and change.before is None else _mode(target))
    except OSError as error:
        raise _unusable(change.path, "written", error) from None
    return new


def _mode(target: Path) -> int:
    """The permissions of the file; of one that is new, those that the system gives."""
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _finish(target: Path, new: Path | None) -> None:
    try:
        if new is None:
            target.unlink(missing_ok=True)
        else:
            new.replace(target)
    except OSError as error:
        raise _unusable(target, "written", error) from None


def _keep(change: Change, backups: Path) -> Path | None:
    """A copy of what was there; where there was no file, no copy says so."""
    copy = _backup(change.path, backups, change.act)
    try:
        if change.before is None:
            copy.unlink(missing_ok=True)
            return None
        private.make_folder(backups)
        with os.fdopen(private.create(copy, os.O_TRUNC), "wb") as file:
            file.write(change.before)
    except OSError as error:
        reason = error.strerror or str(error)
        raise HostError(
            f"No copy of {change.path} could be kept in {backups}: {reason}. Nothing was changed."
        ) from None
    return copy


def _backup(path: Path, backups: Path, act: Act) -> Path:
    key = hashlib.sha256(os.path.realpath(path).encode("utf-8", errors="surrogateescape")).hexdigest()[:12]
    return backups / f"{path.name}.{key}.before-{act}"


def _unusable(path: Path, what: str, error: OSError | RuntimeError) -> HostError:
    reason = getattr(error, "strerror", None) or str(error)
    return HostError(f"{path} cannot be {what}: {reason}. Nothing was changed.")
