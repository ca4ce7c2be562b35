"""Bearer token of the HTTP server: whoever has it may read and write the memory. Its file is its owner's alone.

Every user of a machine can connect to its loopback; only the owner of the memory, and the programs that run for them, can
read the file.
"""

import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path

import platformdirs

from memp.errors import ConfigError
from memp.light import private

_FORM = re.compile(r"[A-Za-z0-9_-]{32,200}")


def token_file() -> Path:
    """Where the token of this user lies: in the folder of memp's own files."""
    return Path(platformdirs.user_data_dir("memp", appauthor=False)) / "http-token"


def make_token() -> str:
    """The token, made where there is none.

    Raises:
        ConfigError: it can be neither read nor made, or others than its owner can read it.
    """
    path = token_file()
    if not os.path.lexists(path):
        try:
            path.parent.mkdir(mode=private.FOLDER, parents=True, exist_ok=True)
            with suppress(FileExistsError):  # Of two servers that start at once the first one's stands.
                private.create_whole(path, f"{secrets.token_urlsafe(32)}\n".encode())
        except OSError as error:
            raise ConfigError(f"No token for HTTP can be kept in {path}: {error.strerror}.") from None
    return read_token()


def read_token() -> str:
    """The token that a server made.

    Raises:
        ConfigError: there is none, it cannot be read, or others than its owner can read it.
    """
    path = token_file()
    try:
        with os.fdopen(private.open_to_read(path), encoding="ascii", errors="replace") as file:
            _check_owner(path, os.fstat(file.fileno()))
            token = file.read(1_000).strip()
    except FileNotFoundError:
        raise ConfigError("There is no token for HTTP yet: `memp serve --http` makes it at its first start.") from None
    except OSError as error:
        raise ConfigError(f"The token for HTTP in {path} cannot be read: {error.strerror}.") from None
    if not _FORM.fullmatch(token):
        raise ConfigError(f"{path} holds no token: delete it, and `memp serve --http` makes a new one.")
    return token


def _check_owner(path: Path, status: os.stat_result) -> None:
    """Raises ConfigError: another user may have read the token, or written it. (Windows has no such rights.)"""
    if not stat.S_ISREG(status.st_mode) or not private.is_own(status) or private.is_shared(status):
        raise ConfigError(
            f"{path} is open to other users, so its token is no secret: delete it, let `memp serve --http` make a new one, "
            "and connect your clients again."
        )
