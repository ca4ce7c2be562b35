"""Runs that wait for a person's word (MEMP_WRITE=ask): calls of record and reflect, as files beside the memory.

They are no part of the memory yet: nothing recalls them, counts them or learns from them. `memp review` shows them, and stores
or deletes each. What they hold is redacted as a run is; a call that comes again is the same file, also
from another session.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import Field, ValidationError

from memp.domain.origin import Origin
from memp.domain.trajectory import Provenance, Value, dumped
from memp.errors import NotFoundError, StoreError
from memp.inputs.size import closed
from memp.light import private
from memp.text.recurring import Recurring, each_text
from memp.text.redact import redact_all

Verb = Literal["record", "reflect"]

WRITING_OFF = "Writing is off here (MEMP_WRITE=off): nothing was stored. Go on without; do not call this again."


class WaitingRun(Value):
    """A call that waits: its arguments by name, in which project, and since when."""

    verb: Verb
    project: str
    arguments: Mapping[str, Any]
    since: datetime = Field(default_factory=lambda: datetime.now(UTC))
    id: str = ""

    @property
    def task(self) -> str:
        """The task of the run."""
        return str(self.arguments.get("task", ""))

    def call(self) -> dict[str, Any]:
        """The arguments as `ProceduralMemory.record` or `reflect` takes them."""
        arguments = dict(self.arguments)
        arguments["provenance"] = Provenance.model_validate(arguments.get("provenance", {}))
        arguments["origin"] = Origin.model_validate(arguments.get("origin", {"channel": "tool"}))
        if self.verb == "reflect":
            return {"steps": None, **arguments}
        at = arguments.pop("at", None)
        return {**arguments, "at": None if at is None else datetime.fromisoformat(at)}


class WaitingRuns:
    """The runs that wait beside one memory file.

    Raises:
        StoreError: their folder cannot be read or written; in every method.
    """

    def __init__(self, memory: Path) -> None:
        self.folder = memory.with_name(f"{memory.name}.waiting")

    def put(self, verb: Verb, project: str, **arguments: object) -> str:
        """Keep a call; its id."""
        plain = {name: _plain(value) for name, value in arguments.items() if value not in (None, "", (), [])}
        secrets = Recurring.among(plain, dump=dumped)
        hidden = redact_all(secrets.hide(plain, dumped)[0], dumped)[0]
        safe = cast(Mapping[str, Any], each_text(hidden, None, closed))
        said = {name: value for name, value in safe.items() if name != "origin"}
        content = json.dumps([verb, project, said], sort_keys=True, default=str)
        name = f"w{hashlib.sha256(content.encode()).hexdigest()[:8]}"
        self._keep(name, WaitingRun(verb=verb, project=project, arguments=json.loads(json.dumps(safe, default=str))))
        return name

    def put_back(self, run: WaitingRun) -> None:
        """Keep one again that was deleted."""
        self._keep(run.id, run)

    def _keep(self, name: str, run: WaitingRun) -> None:
        try:
            private.make_own_folder(self.folder)
            handle = private.create(self.folder / f"{name}.json")
        except FileExistsError:
            return
        except OSError as error:
            raise _unusable(self.folder, error) from error
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(run.model_dump_json())

    def all(self) -> list[WaitingRun]:
        """All that wait, the oldest first; a file that cannot be read is skipped, since it may be on its way."""
        runs = [run for path in self.folder.glob("w*.json") if (run := _read(path)) is not None]
        return sorted(runs, key=lambda run: (run.since, run.id))

    def get(self, name: str) -> WaitingRun:
        """One that waits.

        Raises:
            NotFoundError: there is none of this id.
        """
        run = _read(self.folder / f"{name}.json") if name.isalnum() else None
        if run is None:
            raise NotFoundError(f"No run {name[:40]} waits here: `memp review` lists those that do.")
        return run

    def done(self, name: str) -> None:
        """Delete one that waited."""
        try:
            (self.folder / f"{name}.json").unlink(missing_ok=True)
        except OSError as error:
            raise _unusable(self.folder, error) from error


def is_waiting_id(name: str) -> bool:
    """Whether a name is that of a run that waits, and no procedure's."""
    return name[:1] == "w" and len(name) == 9 and all(letter in "0123456789abcdef" for letter in name[1:])


def _plain(value: object) -> object:
    if isinstance(value, Provenance | Origin):
        return value.model_dump(mode="json", exclude_none=True)
    return value.isoformat() if isinstance(value, datetime) else value


def _read(path: Path) -> WaitingRun | None:
    try:
        return WaitingRun.model_validate_json(path.read_bytes()).model_copy(update={"id": path.stem})
    except (FileNotFoundError, ValidationError):
        return None
    except OSError as error:
        raise _unusable(path.parent, error) from error


def _unusable(folder: Path, error: OSError) -> StoreError:
    return StoreError(f"The runs that wait in {folder} cannot be used: {error.strerror}.")
