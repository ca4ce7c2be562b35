"""Export a memory to a file, and import such a file: memp.domain.portable is the format, the store does the rest."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple, Protocol

from memp.build.consolidation import corroborates
from memp.domain.portable import FORMAT, VERSION, Exported, Manifest, read, shown_as, spooled
from memp.domain.procedure import Tier
from memp.domain.results import Options
from memp.errors import InputError
from memp.light.version import version
from memp.store import KeyVectors, Portability
from memp.store.records import TakenIn, Taking
from memp.text.homes import without_homes
from memp.text.invisible import shown
from memp.text.personal import impersonal

NO_ROOM = "A temporary file cannot be written: free disk space, or set TMPDIR to another folder"


class Selection(NamedTuple):
    """Filter of an export: procedures of one project or all, of these tiers or all, or those of the ids alone; and whether
    the runs that they were built from go with them. Archived procedures only go by id. `shown` is what becomes of each text."""

    project: str | None = None
    tiers: Sequence[Tier] = ()
    ids: Sequence[int] | None = None
    trajectories: bool = False
    shown: Callable[[str], str] = without_homes


class Imported(NamedTuple):
    """The result of an import: the manifest of the file, what was taken in, and how many secrets were replaced in it."""

    manifest: Manifest
    taken: TakenIn
    redacted: int


class ExportedStore(Portability, KeyVectors, Protocol):
    """The parts of a store that an export reads."""


def export_memory(
    store: ExportedStore, path: Path, selection: Selection, *, force: bool = False, moved: Callable[[], None] | None = None
) -> Manifest:  # fmt: skip
    """Export a memory to a file, all at once or not at all; returns its manifest. `moved` is called after each record.

    Raises:
        InputError: the file is there already, unless `force`, or cannot be written; or an id names no procedure.
    """
    path = path.absolute()
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder: name a file in it.")
        if path.exists() and not force:
            raise InputError(f"{path} exists already: pass --force to overwrite it, or another name.")
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as file:
            try:
                manifest = write_memory(store, file, selection, moved)
                file.flush()
                os.fsync(file.fileno())
                file.close()
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from None
    return manifest


def write_memory(
    store: ExportedStore, target: IO[bytes], selection: Selection, moved: Callable[[], None] | None = None
) -> Manifest:  # fmt: skip
    """Export a memory to a stream: the manifest, then the records, which wait in a temporary file since the first line needs
    their digest. Returns the manifest.

    Raises:
        InputError: an id names no procedure, or there is no room for that file.
    """
    with tempfile.TemporaryFile() as body:
        try:
            digest, counts = _write_records(store, body, selection, moved)
            body.seek(0)
        except OSError as error:
            raise InputError(f"{NO_ROOM} ({error.strerror}); nothing was written.") from None
        identity = store.identity()
        manifest = Manifest(
            format=FORMAT, version=VERSION, memp=version(), created=datetime.now(UTC),
            embedder=None if identity is None else f"{identity.name} {identity.digest[:12]}",
            procedures=counts["procedure"], trajectories=counts["trajectory"], sha256=digest,
        )  # fmt: skip
        target.write(manifest.model_dump_json().encode() + b"\n")
        shutil.copyfileobj(body, target)
    return manifest


def _write_records(
    store: Portability, body: IO[bytes], selection: Selection, moved: Callable[[], None] | None
) -> tuple[str, dict[str, int]]:
    """Write the records; returns their sha256 and their number by kind."""
    digest, counts = hashlib.sha256(), {"procedure": 0, "trajectory": 0}
    missing = set(selection.ids or ())
    scopes = None if selection.project is None else (selection.project,)
    for record in store.portable(
        scopes=scopes, tiers=selection.tiers, ids=selection.ids, runs=selection.trajectories
    ):  # fmt: skip
        record = shown_as(record, lambda text: shown(selection.shown(text)))
        line = record.model_dump_json(exclude_defaults=True).encode() + b"\n"
        digest.update(line)
        body.write(line)
        counts[record.kind] += 1
        if record.kind == "procedure":
            missing.discard(int(record.id[1:]))
        if moved is not None:
            moved()
    if missing:
        raise InputError(f"There is no procedure p{min(missing)} that fits; nothing was written.")
    return digest.hexdigest(), counts


def import_memory(
    store: Portability,
    stream: BinaryIO,
    options: Options,
    name: str,
    moved: Callable[[int], None] | None = None,
    projects: Mapping[str, str] | None = None,
    *,
    dry: bool = False,
) -> Imported:
    """Import an exported memory, once it is checked to its end; importing it again adds nothing. New keys have no vectors yet.
    With `dry` nothing is stored, and what would be comes back.

    Its procedures go to the project of the options (MEMP_PROJECT); where that is none, to the ones they had. `projects` says of
    which repository each was learned in, by its id in the file; without it they are shown everywhere.

    Raises:
        InputError: the file, called `name`, is not what it must be; nothing was stored.
        StoreError: the memory cannot be written; the sentence says whether a part was. The same import again does the rest.
    """
    with tempfile.TemporaryFile() as spool:
        try:
            manifest, redacted = read(stream, spool, moved)
        except InputError as error:
            raise InputError(f"{name}: {error}; nothing was imported.") from None
        except OSError as error:
            raise InputError(f"{NO_ROOM} ({error.strerror}); nothing was imported.") from None
        taking = Taking(options.project or None, options.success_reward, partial(partial, corroborates), projects or {})
        records: Iterable[Sequence[Exported]] = spooled(spool)
        if options.personal == "hide":
            records = ([shown_as(record, impersonal) for record in some] for some in records)
        take_in = store.would_take_in if dry else store.take_in
        return Imported(manifest, take_in(manifest.sha256, records, taking), redacted)
