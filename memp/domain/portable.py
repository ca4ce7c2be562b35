"""The file format of an exported memory: JSON Lines, a manifest first, then procedures, then trajectories.

Such a file comes from elsewhere: every line is read strictly, cleaned and redacted again, and bounded in size. Its digest
tells whether it was cut or changed on the way, not who wrote it.
"""

import hashlib
import json
import lzma
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, BinaryIO, Literal, NamedTuple, TypeVar, cast

from pydantic import AwareDatetime, Field, ValidationError

from memp.domain.procedure import Builder, Pitfall, Script, Tier
from memp.domain.trajectory import MAX_TOKENS, Evidence, EvidenceKind, Provenance, Step, Value
from memp.errors import InputError
from memp.text.redact import redact_all

FORMAT = "memp-memory"
VERSION = 1
"""The version of the format; a reader refuses a newer one."""

MAX_LINE = 32 * 1024 * 1024
"""Bytes of one line; a longer one is refused."""

MAX_TEXT = 50_000
"""Characters of one text; a longer one is refused."""

MAX_SCRIPT_TEXT = 4_000
"""Characters of one text of a script; what memp itself writes is at most a quarter of that."""

MOST_SCRIPT_STEPS = 100
MOST_REVISIONS = 50
MOST_PITFALLS = 200
MOST_KEYS = 2_000
MOST_VALUES = 2_000
MOST_GROUPS = 200
"""Parts of one procedure that are exported: of a longer list the newest, or the most frequent."""

BATCH = 1024 * 1024
"""Bytes of the records that are stored in one transaction, so that it ends within a part of a second."""

MOST_EARLIER = 20
"""Earlier files through which a procedure came that are kept with it."""

_HEAD = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"format"\s*:\s*"' + FORMAT.encode() + rb'"')

ValueT = TypeVar("ValueT", bound=Value)

_Count = Annotated[int, Field(ge=0, le=10**12)]
_ProcedureId = Annotated[str, Field(pattern=r"^p\d{1,18}$")]
_TrajectoryId = Annotated[str, Field(pattern=r"^t\d{1,18}$")]
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Short = Annotated[str, Field(max_length=2_000)]
_Parameter = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,60}$")]


class Checked(NamedTuple):
    """What `read` found: the manifest, and how many secrets were replaced in the records."""

    manifest: "Manifest"
    redacted: int


class Manifest(Value):
    """The first line: format, counts and digest of the rest.

    `embedder` made the vectors, which the file does not hold; `sha256` is over the bytes of the lines after this one.
    """

    format: Literal["memp-memory"]
    version: int
    memp: _Short
    created: AwareDatetime
    embedder: _Short | None = None
    procedures: _Count
    trajectories: _Count
    sha256: _Sha256


class ExportedKey(Value):
    """A retrieval key of a procedure: a text by which it is found."""

    kind: Literal["task", "fact"]
    text: Annotated[str, Field(min_length=1)]
    extra: str = ""
    template: str = ""


class ExportedRevision(Value):
    """A revision of a procedure: a script that was, or is, the current one."""

    script: Script
    builder: Builder
    reason: str = ""
    created_at: AwareDatetime
    current: bool = False


class ExportedPitfall(Value):
    """A pitfall, and how many runs met it in the memory it comes from."""

    pitfall: Pitfall
    seen: _Count = 0


class ExportedValues(Value):
    """Values of the parameters in `runs` source runs.

    `bindings` are what each parameter stood for, `found` what these runs found out as (about, value); `of` are the ids of
    those of them that the file holds.
    """

    bindings: Mapping[_Parameter, str] = Field(default_factory=dict[str, str])
    found: Annotated[tuple[tuple[str, str], ...], Field(max_length=100)] = ()
    runs: Annotated[int, Field(ge=1, le=10**9)]
    of: tuple[_TrajectoryId, ...] = ()


class From(Value):
    """Count of source runs of one provenance and kind of evidence, from the first to the last."""

    provenance: Provenance
    evidence: EvidenceKind
    runs: _Count
    first: AwareDatetime
    last: AwareDatetime


class Uses(Value):
    """Count of uses in one context, known from one kind of evidence, and of their successes."""

    evidence: EvidenceKind
    context: str
    uses: _Count
    successes: _Count


class Earlier(Value):
    """Statistics of a procedure in a file it was imported from: information for a person, no evidence."""

    file: _Sha256
    imported_at: AwareDatetime
    id: _ProcedureId
    project: _Short = ""
    tier: Tier
    origin: _Short = ""
    uses: _Count = 0
    successes: _Count = 0
    by: Annotated[tuple[Uses, ...], Field(max_length=MOST_GROUPS)] = ()
    sources: Annotated[tuple[From, ...], Field(max_length=MOST_GROUPS)] = ()


class ExportedProcedure(Value):
    """A procedure with its revisions, keys, pitfalls and values, its sources, and the outcomes of its uses.

    Exactly one of its revisions is the current one. `earlier` are the files that it was imported from before.
    """

    kind: Literal["procedure"]
    id: _ProcedureId
    project: _Short = ""
    tier: Tier
    origin: _Short = ""
    created_at: AwareDatetime
    revisions: Annotated[tuple[ExportedRevision, ...], Field(min_length=1, max_length=MOST_REVISIONS + 1)]
    keys: Annotated[tuple[ExportedKey, ...], Field(min_length=1, max_length=MOST_KEYS)]
    pitfalls: Annotated[tuple[ExportedPitfall, ...], Field(max_length=MOST_PITFALLS)] = ()
    values: Annotated[tuple[ExportedValues, ...], Field(max_length=MOST_VALUES)] = ()
    uses: _Count = 0
    successes: _Count = 0
    by: Annotated[tuple[Uses, ...], Field(max_length=MOST_GROUPS)] = ()
    sources: Annotated[tuple[From, ...], Field(max_length=MOST_GROUPS)] = ()
    earlier: Annotated[tuple[Earlier, ...], Field(max_length=MOST_EARLIER)] = ()

    @property
    def current(self) -> ExportedRevision:
        """The revision that is shown."""
        return next(revision for revision in self.revisions if revision.current)

    def claim(self, file: str, now: AwareDatetime) -> Earlier:
        """Its statistics as the importing memory keeps them."""
        return Earlier(
            file=file, imported_at=now, id=self.id, project=self.project, tier=self.tier, origin=self.origin,
            uses=self.uses, successes=self.successes, by=self.by, sources=self.sources,
        )  # fmt: skip


class ExportedRun(Value):
    """A trajectory that a procedure was built from, or that took its steps."""

    kind: Literal["trajectory"]
    id: _TrajectoryId
    task: Annotated[str, Field(min_length=1)]
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    reward: Annotated[float, Field(ge=0.0, le=1.0)]
    evidence: Evidence
    provenance: Provenance = Provenance()
    tokens: Annotated[int, Field(ge=0, le=MAX_TOKENS)] | None = None
    created_at: AwareDatetime


Exported = ExportedProcedure | ExportedRun

_KINDS: Mapping[str, type[ExportedProcedure] | type[ExportedRun]] = {
    "procedure": ExportedProcedure,
    "trajectory": ExportedRun,
}


def is_exported(head: bytes) -> bool:
    """Whether a file that begins with these bytes is an exported memory."""
    return _HEAD.match(head) is not None


def read(stream: BinaryIO, spool: BinaryIO, moved: Callable[[int], None] | None = None) -> Checked:
    """Check a whole file and write its records, cleaned, to `spool`.

    `moved` is called with the length of each line in bytes.

    Raises:
        InputError: it is no exported memory, of a newer format, cut, changed or damaged, or a line is not what it must
            be; the sentence names the line.
    """
    lines = _lines(stream)
    manifest = _manifest(next(lines, (1, b""))[1])
    digest = hashlib.sha256()
    seen: set[str] = set()
    named: set[str] = set()
    counts = dict.fromkeys(_KINDS, 0)
    redacted = 0
    for number, line in lines:
        digest.update(line)
        with_place = f"line {number}"
        record, hidden = _record(line, with_place)
        redacted += hidden
        if record.id in seen:
            raise InputError(f"{with_place}: {record.id} stands there a second time")
        seen.add(record.id)
        counts[record.kind] += 1
        if isinstance(record, ExportedProcedure):
            if counts["trajectory"]:
                raise InputError(f"{with_place}: a procedure stands after the trajectories, which come last")
            named.update(name for values in record.values for name in values.of)
        spool.write(record.model_dump_json(exclude_defaults=True).encode() + b"\n")
        if moved is not None:
            moved(len(line))
    if digest.hexdigest() != manifest.sha256:
        raise InputError("it was cut or changed after it was written (its sha256 is another): export it again")
    if counts != {"procedure": manifest.procedures, "trajectory": manifest.trajectories}:
        raise InputError("line 1: the counts in the manifest are not those of the file: export it again")
    if named - seen:
        raise InputError(f"a procedure names the trajectory {min(named - seen)}, which is not in the file")
    return Checked(manifest, redacted)


def spooled(spool: BinaryIO) -> Iterator[Sequence[Exported]]:
    """The records that `read` wrote, in lists of about `BATCH` bytes."""
    spool.seek(0)
    while lines := spool.readlines(BATCH):
        yield [
            (ExportedRun if line.startswith(b'{"kind":"trajectory"') else ExportedProcedure).model_validate_json(line)
            for line in lines
        ]


def shown_as(record: Exported, shown: Callable[[str], str]) -> Exported:
    """The record with each of its texts as `shown` gives it; names of fields and of parameters stay."""
    fields = _with_texts(record.model_dump(mode="json"), shown)
    return _KINDS[record.kind].model_validate_json(json.dumps(fields))


def _with_texts(value: object, shown: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, dict):
        return {name: _with_texts(part, shown) for name, part in cast(dict[str, object], value).items()}
    return [_with_texts(part, shown) for part in cast(list[object], value)] if isinstance(value, list) else value


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines with their numbers, from 1 on."""
    number = 0
    try:
        while line := stream.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise InputError(f"line {number}: it is over {MAX_LINE >> 20} MB")
            yield number, line
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise InputError(f"after line {number}: the file is damaged ({error})") from None


def _manifest(line: bytes) -> Manifest:
    fields, _ = _object(line.removeprefix(b"\xef\xbb\xbf"), "line 1")
    version = fields.get("version")
    if fields.get("format") != FORMAT or not isinstance(version, int):
        raise InputError("line 1: it is no manifest of an exported memory")
    if version > VERSION:
        raise InputError(f"line 1: it has format {version}, and this memp knows {VERSION}: upgrade memp")
    return _valid(Manifest, fields, "line 1")


def _record(line: bytes, place: str) -> tuple[Exported, int]:
    """A record, and how many secrets were replaced in it."""
    fields, redacted = _object(line, place)
    kind = fields.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise InputError(f"{place}: its 'kind' is none of {', '.join(_KINDS)}")
    record = _valid(_KINDS[kind], fields, place)
    _check_texts(fields, "", place)
    if isinstance(record, ExportedProcedure):
        if sum(revision.current for revision in record.revisions) != 1:
            raise InputError(f"{place}: {record.id} must have exactly one current revision")
        for number, revision in enumerate(record.revisions):
            _check_script(revision.script, f"{place}: 'revisions.{number}.script")
    return record, redacted


def _object(line: bytes, place: str) -> tuple[Mapping[str, Any], int]:
    """A line as a JSON object, cleaned and without secrets, and how many there were."""
    try:
        value: object = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise InputError(f"{place}: it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise InputError(f"{place}: not JSON ({error.msg.lower()} at column {error.colno})") from None
    except (ValueError, RecursionError):
        raise InputError(f"{place}: not JSON that can be read (a number too long, or nested too deep)") from None
    if not isinstance(value, dict):
        raise InputError(f"{place}: it is not an object")
    try:
        return cast("tuple[Mapping[str, Any], int]", redact_all(cast(object, value)))
    except InputError:
        raise InputError(f"{place}: it is nested too deep") from None


def _valid(model: type[ValueT], fields: Mapping[str, Any], place: str) -> ValueT:
    """The value that fields stand for; the first that does not fit is named."""
    try:
        # As JSON again: only there does "strict" take a list for a tuple, and text for a time.
        return model.model_validate_json(json.dumps(fields), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        where = " ".join(".".join(str(part) for part in first["loc"]).split())[:100]
        reason = f"{first['msg'][:1].lower()}{first['msg'][1:]}"[:200]
        raise InputError(f"{place}: '{where}': {reason}") from None


def _check_texts(value: object, where: str, place: str) -> None:
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise InputError(f"{place}: '{where[:100]}' has {len(value):,} characters; the limit is {MAX_TEXT:,}")
        return
    pairs = cast(Mapping[str, object], value).items() if isinstance(value, Mapping) else None
    if pairs is None and isinstance(value, list):
        pairs = enumerate(cast(list[object], value))
    for name, part in pairs or ():
        _check_texts(part, f"{where}.{name}" if where else str(name), place)


def _check_script(script: Script, where: str) -> None:
    if not script.goal.strip() or not script.steps or not all(step.strip() for step in script.steps):
        raise InputError(f"{where}': its goal and its steps must not be empty")
    if len(script.steps) > MOST_SCRIPT_STEPS:
        raise InputError(f"{where}.steps': there are {len(script.steps)}; the limit is {MOST_SCRIPT_STEPS}")
    longest = max(len(text) for text in _texts(script.model_dump()))
    if longest > MAX_SCRIPT_TEXT:
        raise InputError(f"{where}': a text has {longest:,} characters; the limit is {MAX_SCRIPT_TEXT:,}")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in cast(Mapping[str, object], value).values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in cast("list[object]", value):
            yield from _texts(part)
