"""Synchronise a folder of skills with the memory, without overwriting what a person changed.

Beside the skills lies a manifest: which folders memp wrote, of which procedures, with the digest of what it wrote. A
folder is memp's while its SKILL.md has that digest. What a person edited, deleted or made is left alone and reported.
"""

import json
import os
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Protocol, cast

from pydantic import StringConstraints, ValidationError

from memp.domain.procedure import Procedure
from memp.domain.trajectory import Value
from memp.errors import InputError
from memp.exchange.skills import MAX_NAME, NAME, SKILL_FILE, Skill, digest_of
from memp.light import private
from memp.store import Decisions, Procedures

MANIFEST = ".memp-skills.json"
FORMAT = 1
_ABOUT = "Kept by `memp export skills`: what it wrote here. Delete it, and memp takes every folder here for yours."

Does = Literal["write", "update", "remove", "keep", "edited", "deleted", "foreign"]
WRITES: tuple[Does, ...] = ("write", "update", "remove")

Name = Annotated[str, StringConstraints(pattern=f"^{NAME}$", max_length=MAX_NAME)]
Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]


class Written(Value):
    """A folder that memp wrote: of which procedure (with when that was made, which no other memory has), and its digest.

    `before` is set while a run is on its way: the digest of what it replaces, or "" for nothing.
    """

    procedure: int
    created: str
    scope: str
    digest: Digest
    before: Digest | Literal[""] | None = None


class ExportStore(Procedures, Decisions, Protocol):
    """The parts of a store that show whether a folder was written from it."""


class FolderManifest(Value):
    """The folders that memp wrote, by name."""

    about: str = _ABOUT
    format: int = FORMAT
    skills: Mapping[Name, Written] = {}


class Contents(NamedTuple):
    """The contents of a folder on disk: whether it exists, the digest of its SKILL.md, and whether there is more in it."""

    there: bool
    digest: str | None = None
    more: bool = False


class Act(NamedTuple):
    """An action on one folder. `contents` is what was there when that was decided."""

    does: Does
    name: str
    entry: Written
    skill: Skill | None
    contents: Contents


def read_manifest(folder: Path) -> FolderManifest:
    """Read the manifest of a folder; an empty one where there is none.

    Raises:
        InputError: it is no folder, or its manifest is not as memp writes it.
    """
    path = folder / MANIFEST
    try:
        if folder.exists() and not folder.is_dir():
            raise InputError(f"{folder} is a file: name a folder for the skills.")
        data = cast(object, json.loads(path.read_bytes()))
        if isinstance(data, dict) and cast(dict[str, Any], data).get("format", FORMAT) != FORMAT:
            raise InputError(f"{path} is of another version of memp: export with that, or name another folder.")
        return FolderManifest.model_validate(data)
    except FileNotFoundError:
        return FolderManifest()
    except OSError as error:
        raise _unusable(path, "read", error) from None
    except (ValueError, RecursionError) as error:
        place = ".".join(map(str, error.errors()[0]["loc"])) if isinstance(error, ValidationError) else ""
        raise InputError(
            f"{path} is not as memp wrote it{f' ({place[:80]})' if place else ''}; nothing was changed. Put it back as it "
            "was, or delete it: then memp takes every folder there for yours."
        ) from None


def plan(
    folder: Path,
    store: ExportStore,
    manifest: FolderManifest,
    wanted: Sequence[tuple[Procedure, Skill]],
    scopes: Sequence[str] | None,
) -> list[Act]:
    """Plan what is done with each folder that memp wrote or would write; nothing is changed.

    Folders of procedures of other scopes are skipped.

    Raises:
        InputError: the folder was written from another memory, or cannot be read.
    """
    _check_memory(folder, store, manifest)
    names = {entry.procedure: name for name, entry in manifest.skills.items()}
    acts = [_wanted(folder, manifest, names.get(p.id), p, skill) for p, skill in wanted]
    kept = {procedure.id for procedure, _ in wanted}
    for name, entry in manifest.skills.items():
        if entry.procedure not in kept and (scopes is None or entry.scope in scopes):
            contents = look(folder / name)
            ours = not contents.there or (contents.digest in (entry.digest, entry.before) and not contents.more)
            acts.append(Act("remove" if ours else "edited", name, entry, None, contents))
    return acts


def _wanted(folder: Path, manifest: FolderManifest, known: str | None, procedure: Procedure, skill: Skill) -> Act:
    if known is not None:
        skill = skill.model_copy(update={"name": known})
    contents = look(folder / skill.name)
    entry = Written(
        procedure=procedure.id,
        created=procedure.created_at.isoformat(),
        scope=procedure.scope,
        digest=skill.digest,
        before=contents.digest or "",
    )
    old = manifest.skills.get(skill.name)
    if known is None and contents.there and (contents.digest != skill.digest or contents.more or old):
        return Act("foreign", skill.name, entry, skill, contents)
    if contents.digest == skill.digest:
        return Act("keep", skill.name, entry, skill, contents)
    if old is None or (old.before == "" and contents.digest is None and not contents.more):
        return Act("write", skill.name, entry, skill, contents)
    if contents.digest is None and not contents.more:
        return Act("deleted", skill.name, old, skill, contents)
    does = "update" if contents.digest in (old.digest, old.before) else "edited"
    return Act(does, skill.name, entry if does == "update" else old, skill, contents)


def look(path: Path) -> Contents:
    """Look at what is under a path; a link or a file there is somebody's own.

    Raises:
        InputError: it cannot be read.
    """
    try:
        if not os.path.lexists(path):
            return Contents(there=False)
        if path.is_symlink() or not path.is_dir():
            return Contents(there=True, more=True)
        inside = [entry.name for entry in path.iterdir()]
        file = path / SKILL_FILE
        if SKILL_FILE not in inside or file.is_symlink() or not file.is_file():
            return Contents(there=True, more=bool(inside))
        return Contents(there=True, digest=digest_of(file.read_bytes()), more=len(inside) > 1)
    except OSError as error:
        raise _unusable(path, "read", error) from None


def apply(
    folder: Path, manifest: FolderManifest, acts: Sequence[Act], done: Callable[[], None] = lambda: None
) -> list[Act]:
    """Do what was planned; the acts as they were done. Cut short, the next run goes on.

    Raises:
        InputError: something cannot be written.
    """
    skills = dict(manifest.skills)
    skills |= {act.name: act.entry for act in acts if act.does in ("write", "update")}
    try:
        folder.mkdir(private.FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, "written", error) from None
    _save(folder, skills)
    outcomes = [_do(folder, act, done) for act in acts]
    for act in outcomes:
        if act.does in ("write", "update", "keep"):
            skills[act.name] = act.entry.model_copy(update={"before": None})
        elif act.does == "remove":
            del skills[act.name]
        elif act.name in manifest.skills:
            skills[act.name] = manifest.skills[act.name]
        else:
            skills.pop(act.name, None)
    _save(folder, skills)
    return outcomes


def _do(folder: Path, act: Act, done: Callable[[], None]) -> Act:
    path = folder / act.name
    if act.does in WRITES and look(path) != act.contents:
        # Somebody wrote there since.
        act = act._replace(does="edited")
    try:
        if act.does == "remove" and act.contents.there:
            (path / SKILL_FILE).unlink(missing_ok=True)
            path.rmdir()
        elif act.does in ("write", "update") and act.skill is not None:
            private.make_own_folder(path)
            _put(path / SKILL_FILE, act.skill.content, folder)
    except OSError as error:
        raise _unusable(path, "written", error) from None
    done()
    return act


def _check_memory(folder: Path, store: ExportStore, manifest: FolderManifest) -> None:
    ids = [entry.procedure for entry in manifest.skills.values()]
    known = {procedure.id: procedure for procedure in store.procedures(ids, active=False)}
    for name, entry in manifest.skills.items():
        procedure = known.get(entry.procedure)
        if procedure is None:
            ours = any(change.action == "forgotten" for change in store.changes(entry.procedure))
        else:
            ours = procedure.created_at.isoformat() == entry.created
        if not ours:
            raise InputError(
                f"{folder} holds skills of another memory ({name}): set MEMP_DB to that, or name another folder. "
                "Nothing was changed."
            )


def _save(folder: Path, skills: Mapping[str, Written]) -> None:
    manifest = FolderManifest(skills=dict(sorted(skills.items())))
    text = json.dumps(manifest.model_dump(mode="json", exclude_none=True), ensure_ascii=False, indent=2)
    try:
        _put(folder / MANIFEST, f"{text}\n".encode(), folder)
    except OSError as error:
        raise _unusable(folder / MANIFEST, "written", error) from None


def _put(path: Path, content: bytes, folder: Path) -> None:
    """Write a file in one step, by way of one in `folder`."""
    new = folder / f".{secrets.token_hex(8)}.memp"
    try:
        with os.fdopen(private.create(new), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, new)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _unusable(path: Path, what: str, error: OSError) -> InputError:
    return InputError(f"{path} cannot be {what}: {error.strerror or error}. Name a folder that you may write.")
