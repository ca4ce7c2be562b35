"""Checks that a person's terminal ran (`memp check -- pytest -q`), signed, so that a tool's caller can point to one.

Each is a file beside the memory: the command, how it ended, when and in which folder, with an HMAC by a key that only the
file's owner may read. A record counts once, for an hour. Nothing here is executed, and no tool writes it.
"""

import hashlib
import hmac
import json
import os
import secrets
import stat
import time
from pathlib import Path

from pydantic import Field, ValidationError

from memp.domain.trajectory import Value
from memp.errors import StoreError
from memp.light import private

VALID_SECONDS = 3_600.0
"""How long after it a check may be pointed to."""

KEY_BYTES = 32
MAX_COMMAND = 2_000


class Check(Value):
    """A command that was run, and how it ended."""

    command: str = Field(max_length=MAX_COMMAND)
    status: int
    at: float
    folder: str = ""

    def signed_text(self) -> bytes:
        """The bytes that are signed."""
        return json.dumps([self.command, self.status, self.at, self.folder]).encode()


class _Signed(Value):
    check: Check
    signature: str


class SignedChecks:
    """The signed checks beside one memory file.

    Raises:
        StoreError: the key or the folder cannot be used; in every method.
    """

    def __init__(self, memory: Path) -> None:
        self._key = memory.with_name(f"{memory.name}.key")
        self._folder = memory.with_name(f"{memory.name}.checks")

    def add(self, check: Check) -> None:
        """Keep a check, signed; the first one makes the key."""
        signed = _Signed(check=check, signature=self._signature(check, self._made_key()))
        name = f"{int(check.at * 1_000)}-{secrets.token_hex(4)}.json"
        try:
            private.make_own_folder(self._folder)
            _write(self._folder / name, signed.model_dump_json().encode())
            self._delete_old(check.at)
        except OSError as error:
            raise StoreError(f"The check cannot be kept in {self._folder}: {error.strerror or error}.") from error

    def take(self, command: str, now: float | None = None) -> bool:
        """Whether this command ended well within the hour, by a record that nobody has pointed to yet: it is used up."""
        if not self._folder.is_dir() or not self._key.exists():
            return False
        now, key = time.time() if now is None else now, self._read_key()
        for path in sorted(self._folder.glob("*.json"), reverse=True):
            check = self._read(path, key)
            if check is None or " ".join(check.command.split()) != command or not 0 <= now - check.at <= VALID_SECONDS:
                continue
            if check.status != 0:
                return False  # It failed the last time.
            try:
                path.unlink()
            except FileNotFoundError:
                continue  # Another caller was quicker.
            except OSError as error:
                raise StoreError(f"The check {path} cannot be used: {error.strerror}.") from error
            return True
        return False

    def _delete_old(self, now: float) -> None:
        """Delete the checks that nobody can point to any more; the name of each says when it was."""
        for path in self._folder.glob("*.json"):
            began = path.name.partition("-")[0]
            if began.isdigit() and now - int(began) / 1_000 > VALID_SECONDS:
                path.unlink(missing_ok=True)

    def _read(self, path: Path, key: bytes) -> Check | None:
        """A check with a right signature; None where it has another, or cannot be read."""
        try:
            signed = _Signed.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            return None
        right = hmac.compare_digest(signed.signature, self._signature(signed.check, key))
        return signed.check if right else None

    @staticmethod
    def _signature(check: Check, key: bytes) -> str:
        return hmac.new(key, check.signed_text(), hashlib.sha256).hexdigest()

    def _made_key(self) -> bytes:
        try:
            _write(self._key, secrets.token_bytes(KEY_BYTES))
        except FileExistsError:
            pass
        except OSError as error:
            raise StoreError(f"The key {self._key} cannot be made: {error.strerror}.") from error
        return self._read_key()

    def _read_key(self) -> bytes:
        """The key, which nobody else may read."""
        try:
            # Of whomever it is: another user may have put it there.
            loose = os.name == "posix" and stat.S_IMODE(self._key.stat().st_mode) & 0o077
            key = self._key.read_bytes()
        except OSError as error:
            raise StoreError(f"The key {self._key} cannot be read: {error.strerror}.") from error
        if loose or len(key) != KEY_BYTES:
            raise StoreError(
                f"The key {self._key} is not usable: others may read it, or it is cut. Delete it: the next `memp check` makes "
                "one, and older checks count no more."
            )
        return key


def _write(path: Path, content: bytes) -> None:
    """A new file that its owner alone may read."""
    with os.fdopen(private.create(path), "wb") as file:
        file.write(content)
