"""`memp edit`: a person rewrites a procedure, as YAML in their editor or from a file."""

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from memp.domain.procedure import Procedure, Script
from memp.errors import InputError, MempError
from memp.inputs.references import reference
from memp.memory import ProceduralMemory
from memp.store.find import find_procedure
from memp.update.review import editable
from memp_clients.screen.terminal import Terminal
from memp_clients.screen.views import line

MAX_FILE = 1_000_000
"""Bytes of a file that is read."""

_HEAD = """\
# p{id}, revision {revision}. Change what you like, save and close; an empty file, or no change, changes nothing.
# What varies stands in {{braces}}; a step a line.
"""


def run_edit(
    memory: ProceduralMemory, name: str, terminal: Terminal, file: str | None, reason: str, *, show: bool
) -> None:
    """Print the form of a procedure, or make what the editor or a file (`-`: stdin) says its current revision.

    Raises:
        InputError: the text cannot be read, there is no editor, or the procedure cannot be edited.
        RevisedMeanwhileError: it was revised while it was edited.
    """
    ref = reference(name)
    procedure = find_procedure(memory.store, ref.procedure_id, memory.options.seen)
    script = editable(memory.store, memory.options, procedure)
    form = printed(procedure, script)
    if show:
        if terminal.as_json:
            terminal.show(script_fields(script), lambda: "")
        else:  # As a file has it: lines that are folded would be others.
            terminal.out.print(line(form), soft_wrap=True, end="")
        return
    path = _edited(form, procedure) if file is None else None
    text = _read(str(path or file))
    if not text.strip() or text == form:
        _delete(path)
        terminal.show({"id": f"p{procedure.id}", "done": ""}, lambda: line("Nothing was changed."))
        return
    try:
        done = memory.edit(procedure.id, procedure.revision, parsed(text), reason).sentence
    except MempError as error:
        if path is None:
            raise
        # What was written is not lost: the file stays.
        raise InputError(f"{error} Your text is in {path}: mend it and pass it by --from.") from None
    _delete(path)
    terminal.show({"id": f"p{procedure.id}", "done": done}, lambda: line(done, "green"))


def script_fields(script: Script) -> dict[str, Any]:
    """A script as a person edits it: without what is empty, and each parameter as its name and what stands for it."""
    fields = script.model_dump(mode="json", exclude_defaults=True)
    if script.parameters:
        fields["parameters"] = {one.name: one.description for one in script.parameters}
    return {name: fields[name] for name in Script.model_fields if name in fields}


def printed(procedure: Procedure, script: Script) -> str:
    """The text of a procedure, of its script as it may be edited (review.editable), that a person edits."""
    yaml, out = YAML(), StringIO()
    yaml.width = 10_000
    yaml.dump(script_fields(script), out)  # pyright: ignore[reportUnknownMemberType]
    return _HEAD.format(id=procedure.id, revision=procedure.revision) + out.getvalue()


def parsed(text: str) -> Mapping[str, Any]:
    """The fields of such a text.

    Raises:
        InputError: it cannot be read; the sentence names the line.
    """
    try:
        fields: object = YAML(typ="safe", pure=True).load(text)  # pyright: ignore[reportUnknownMemberType]
    except MarkedYAMLError as error:
        mark = cast(Any, error).problem_mark
        at = f" in line {mark.line + 1}" if mark else ""
        raise InputError(f"The text cannot be read{at}: nothing was changed.") from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"The text cannot be read ({str(error)[:100]}): nothing was changed.") from None
    if not isinstance(fields, Mapping):
        raise InputError(
            "The text must have goal and steps, each with a colon: `memp edit p12 --print` shows the form."
        )
    return {str(name): value for name, value in cast("Mapping[object, Any]", fields).items()}


def _read(file: str) -> str:
    try:
        data = sys.stdin.buffer.read(MAX_FILE + 1) if file == "-" else Path(file).expanduser().read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from None
    if len(data) > MAX_FILE:
        raise InputError(f"{file} has over {MAX_FILE >> 20 or 1} MB: a procedure is a page of text.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{file} is no text in UTF-8.") from None


def _edited(form: str, procedure: Procedure) -> Path:
    """The file of the form after a person changed it."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ("notepad" if sys.platform == "win32" else "")
    if not editor or not sys.stdin.isatty():
        raise InputError(
            "There is no editor to open: set VISUAL or EDITOR, or write a file by `memp edit "
            f"p{procedure.id} --print` and pass it by --from FILE."
        )
    descriptor, name = tempfile.mkstemp(prefix=f"memp-p{procedure.id}-", suffix=".yaml")  # Its owner's alone.
    path = Path(name)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(form)
    status = subprocess.call([*shlex.split(editor, posix=sys.platform != "win32"), name])
    if status:
        path.unlink()
        raise InputError(f"The editor ended with {status}: nothing was changed.")
    return path


def _delete(path: Path | None) -> None:
    if path is not None:
        path.unlink()
