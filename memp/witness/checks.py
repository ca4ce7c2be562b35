"""Checks that a person's terminal ran (`memp check -- pytest -q`), signed, so that a tool's caller who was told of one can point
to it: by its code, which is printed with it and stands nowhere else that a tool tells.

Each is a file beside the memory: the command, how it ended, when and in which project, with an HMAC by a key that only the
file's owner may read. A record counts once, for an hour, for a run of its project. Nothing here is executed, and no tool
writes one.
"""

import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from itertools import dropwhile, takewhile
from pathlib import Path
from typing import NamedTuple

from pydantic import Field, ValidationError

from memp.domain.trajectory import Value
from memp.errors import ChecksError
from memp.light import private
from memp.witness.commands import MAX_COMMAND

VALID_SECONDS = 3_600.0
"""How long after it a check may be pointed to."""

KEY_BYTES = 32


class Check(Value):
    """A command that was run, how it ended, when, and in which project; empty where it was in none. By its code a caller shows
    that this check was meant for it."""

    command: str = Field(max_length=MAX_COMMAND)
    status: int
    at: float
    project: str = ""
    code: str = Field(default_factory=lambda: secrets.token_hex(4), min_length=8, max_length=8)

    @property
    def evidence(self) -> str:
        """The words by which a caller points to it."""
        return f"check: {self.command}, exit {self.status} (memp {self.code})"

    def signed_text(self) -> bytes:
        """The bytes that are signed."""
        return json.dumps([self.command, self.status, self.at, self.project, self.code]).encode()


class _Signed(Value):
    check: Check
    signature: str


class SignedChecks:
    """The signed checks beside one memory file.

    Raises:
        ChecksError: the key or the folder cannot be used; in every method.
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
            private.create_whole(self._folder / name, signed.model_dump_json().encode())
            self._delete_old(check.at)
        except OSError as error:
            raise ChecksError(f"The check cannot be kept in {self._folder}: {error.strerror or error}.") from error

    @contextmanager
    def taking(self, is_here: Callable[[str], bool] = lambda project: True) -> Generator["Taking"]:
        """Within, a run may point to records; they are there again where the block raises. `is_here` tells whether what was
        checked in a project is of the run's."""
        taking = Taking(lambda commands: self._find(commands, is_here))
        try:
            yield taking
        except BaseException:
            taking.put_back()
            raise
        taking.use_up()

    def _find(self, commands: Sequence[str], is_here: Callable[[str], bool]) -> list["Kept"]:
        """The records of the first of these commands that has one, the newest first."""
        if not self._folder.is_dir() or not self._key.exists():
            return []
        now, key = time.time(), self._read_key()
        kept = [(check, path) for path in self._folder.glob("*.json") if (check := self._read(path, key)) is not None]
        valid = [
            (commands.index(command), Kept(path, check.at, check.status, check.code))
            for check, path in kept
            if (command := " ".join(check.command.split())) in commands
            and 0 <= now - check.at <= VALID_SECONDS
            and is_here(check.project)
        ]
        first = min((place for place, _ in valid), default=0)
        return sorted((one for place, one in valid if place == first), key=lambda one: -one.at)

    def _delete_old(self, now: float) -> None:
        """Delete the checks that nobody can point to any more; the name of each says when it was."""
        for path in self._folder.glob("*-*.*"):
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
            if not self._key.exists():
                with suppress(FileExistsError):  # Of two that make it at once the first one's stands.
                    private.create_whole(self._key, secrets.token_bytes(KEY_BYTES))
        except OSError as error:
            raise ChecksError(f"The key {self._key} cannot be made: {error.strerror}.") from error
        return self._read_key()

    def _read_key(self) -> bytes:
        """The key, which nobody else may read: of whomever it is, another user may have put it there."""
        try:
            with os.fdopen(private.open_to_read(self._key), "rb") as file:
                loose, key = private.is_loose(file.fileno()), file.read(KEY_BYTES + 1)
        except OSError as error:
            raise ChecksError(f"The key {self._key} cannot be read: {error.strerror}.") from error
        if loose or len(key) != KEY_BYTES:
            raise ChecksError(
                f"The key {self._key} is not usable: others may read it, or it is cut. Delete it: the next `memp check` makes "
                "one, and older checks count no more."
            )
        return key


class Kept(NamedTuple):
    """A record in its file: when the check was, how it ended, and its code."""

    path: Path
    at: float
    status: int
    code: str


UNTOLD = -1
"""In place of an exit status: there is a check that passed, and whoever points to it does not know its code."""


class Taking:
    """The records that a run points to, while it is stored."""

    def __init__(self, find: Callable[[Sequence[str]], Sequence[Kept]]) -> None:
        self._find = find
        self._taken: dict[Path, Path] = {}

    def take(self, commands: Sequence[str], told: str) -> int | None:
        """The exit status of the newest record within the hour of the first of these commands that has one; None where none has.

        One that passed counts for whoever `told` its code, else it is `UNTOLD`. It is then for nobody else, and with it go a
        failure before it and what is older than that. One that failed stays: until a check passes, that is how it stands.

        Raises:
            ChecksError: the key or the record cannot be used.
        """
        kept = self._find(commands)
        if not kept or kept[0].status:
            return kept[0].status if kept else None
        own = next((one for one in takewhile(lambda one: one.status == 0, kept) if one.code in told), None)
        if own is None:
            return UNTOLD
        if not self._set_aside(own.path):
            return self.take(commands, told)  # Another caller was quicker.
        for one in dropwhile(lambda other: other.status == 0, kept):
            self._set_aside(one.path)
        return 0

    def _set_aside(self, path: Path) -> bool:
        """Whether a record was there to be set aside."""
        aside = path.with_suffix(".taken")
        try:
            path.rename(aside)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise ChecksError(f"The check {path} cannot be used: {error.strerror}.") from error
        self._taken[path] = aside
        return True

    def put_back(self) -> None:
        """Leave the records to another run."""
        for path, aside in self._taken.items():
            with suppress(OSError):  # It is lost, and the error that there is tells more.
                aside.rename(path)
        self._taken.clear()

    def use_up(self) -> None:
        """Let nobody point to them any more."""
        for aside in self._taken.values():
            with suppress(OSError):  # What lies aside counts no more, and is deleted with the old ones.
                aside.unlink()
        self._taken.clear()
