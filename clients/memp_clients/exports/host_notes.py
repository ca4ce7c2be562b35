"""Memory notes of other hosts (Markdown): Codex's MEMORY.md, Claude Code's auto memory and CLAUDE.md, as candidates.

A note says how something is done where it lists steps. What lists none, what is an index of other notes, and what is about a
person is no procedure; each is a Fault with the reason. The words are another model's, or a person's: they come in as an
exported memory does, redacted, as candidates that no outcome speaks for, and as data.

Formats: https://code.claude.com/docs/en/memory (MEMORY.md is an index of topic files, which begin with YAML frontmatter) and
https://github.com/openai/codex/tree/main/codex-rs/memories (MEMORY.md has a block for each group of tasks).
"""

import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from memp.domain.portable import (
    FORMAT,
    VERSION,
    ExportedKey,
    ExportedPitfall,
    ExportedProcedure,
    ExportedRevision,
    Manifest,
)
from memp.domain.procedure import MAX_STEPS, Pitfall, Script
from memp.errors import InputError
from memp.light.version import version
from memp_clients.hosts import instructions
from memp_clients.json_values import JsonObject, mapping, text
from memp_clients.sessions.files import Fault

MAX_BYTES = 8 * 1024 * 1024
MAX_GOAL = 400
MAX_STEP = 1_000
LEAST_STEPS = 2
"""Steps of a note that is no rule of a person's; one alone is a remark."""

NO_STEPS = "it lists no steps: a fact or a remark, no procedure"
INDEX = "an index of other notes: import those"
PERSONAL = "about a person, no procedure"
NOT_NOTES = "it is empty"

_AIDER = "# aider chat started"


class Note(NamedTuple):
    """A note that says how something is done; `place` says where it stands, `folder` in which working folder it was learned."""

    goal: str
    when: str
    steps: tuple[str, ...]
    pitfalls: tuple[Pitfall, ...] = ()
    keywords: str = ""
    place: str = ""
    folder: str = ""


class _Section(NamedTuple):
    """A heading with what stands under it, up to the next one of any level."""

    level: int
    heading: str
    lines: tuple[str, ...]
    line: int


def are_notes(source: str) -> bool:
    """Whether a file is one of notes: Markdown, but for the log of a chat that is kept so."""
    path = Path(source)
    if path.suffix.lower() not in (".md", ".markdown") or not path.is_file():
        return False
    with path.open("rb") as file:
        return not file.read(200).lstrip().startswith(_AIDER.encode())


def read_notes(source: str) -> Iterator[Note | Fault]:
    """The notes of a file, in order; a Fault with the reason for what is no procedure.

    Raises:
        InputError: the file cannot be read.
    """
    words = _text_of(Path(source)).replace("\r\n", "\n")
    if not words.strip():
        yield Fault("", NOT_NOTES)
    elif re.search(r"^# Task Group:", words, re.MULTILINE):
        yield from _task_groups(words)
    elif Path(source).name == "memory_summary.md":
        yield Fault("", INDEX)
    else:
        for line, head, body in _documents(words):
            yield from (_topic(line, head, body) if head else _free(line, body))


def as_memory(notes: Iterable[Note], at: datetime) -> io.BytesIO:
    """Notes as an exported memory, written `at` a time, which `exchange.memory_file.import_memory` takes in."""
    lines = [_procedure(number, note, at) for number, note in enumerate(notes, 1)]
    body = b"".join(line.model_dump_json(exclude_defaults=True).encode() + b"\n" for line in lines)
    manifest = Manifest(
        format=FORMAT, version=VERSION, memp=version(), created=datetime.now(UTC), procedures=len(lines),
        trajectories=0, sha256=hashlib.sha256(body).hexdigest(),
    )  # fmt: skip
    return io.BytesIO(manifest.model_dump_json().encode() + b"\n" + body)


def _procedure(number: int, note: Note, at: datetime) -> ExportedProcedure:
    script = Script(goal=note.goal, when_to_use=note.when, steps=note.steps, pitfalls=note.pitfalls)
    facts = (ExportedKey(kind="fact", text=note.keywords),) if note.keywords else ()
    return ExportedProcedure(
        kind="procedure", id=f"p{number}", tier="candidate", created_at=at,
        revisions=(ExportedRevision(script=script, builder="model", reason="a note", created_at=at, current=True),),
        keys=(ExportedKey(kind="task", text=note.goal), *facts),
        pitfalls=tuple(ExportedPitfall(pitfall=pitfall) for pitfall in note.pitfalls),
    )  # fmt: skip


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} is over {MAX_BYTES >> 20} MB: that is no file of notes.")
        return instructions.without(path.read_bytes()).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8: save it in that encoding.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None


# Codex


def _task_groups(words: str) -> Iterator[Note | Fault]:
    """The groups of tasks of Codex's MEMORY.md."""
    for start, group in _cut(words, r"^# Task Group:"):
        sections = list(_sections(group, start))
        steps = [
            item for section in sections if section.heading == "reusable knowledge" for item in _items(section.lines)
        ]
        failures = [item for s in sections if s.heading.startswith("failures") for item in _items(s.lines)]
        keywords = [item for section in sections if section.heading == "keywords" for item in _items(section.lines)]
        tasks = re.findall(r"^## Task \d+: (.+)$", group, re.MULTILINE)
        title = group.splitlines()[0].partition(":")[2]
        scope = re.search(r"^scope: (.+)$", group, re.MULTILINE)
        applies = re.search(r"^applies_to: (.+)$", group, re.MULTILINE)
        when = [scope[1] if scope else "", f"Done so: {'; '.join(tasks)}" if tasks else ""]
        where = f"Where: {applies[1].partition('; reuse_rule')[0]}" if applies else ""
        folder = _folder_in(applies[1] if applies else "") or _folder_in(group)
        pitfalls = tuple(_pitfall(item) for item in failures)
        yield _note(title, [*when, where], steps, f"line {start}", pitfalls, ", ".join(keywords), folder=folder)


def _folder_in(words: str) -> str:
    """The working folder that a note of Codex's names; empty where it names none, or several."""
    folders = {match.strip(" `\"'") for match in re.findall(r"\bcwd\s*=\s*([^;,)\]\n]+)", words)}
    return folders.pop() if len(folders) == 1 else ""


def _pitfall(item: str) -> Pitfall:
    """A failure as Codex writes it: symptom -> cause -> fix."""
    symptom, *rest = re.split(r"\s+(?:->|=>|→)\s+", item)
    return Pitfall(
        trigger=symptom[:MAX_GOAL], consequence="; ".join(rest[:-1])[:MAX_GOAL], instead="".join(rest[-1:])[:MAX_GOAL]
    )


# Claude Code, and notes with frontmatter of any host


def _documents(words: str) -> Iterator[tuple[int, JsonObject, str]]:
    """The parts of a file that begin with frontmatter, with that; one without where it begins with none."""
    if not words.startswith("---\n"):
        yield 1, {}, words
        return
    parts = re.split(r"^---[ \t]*$\n?", words, flags=re.MULTILINE)[1:]
    line = 1
    for head, body in zip(parts[::2], [*parts[1::2], ""], strict=False):
        yield line, _frontmatter(head), body
        line += head.count("\n") + body.count("\n") + 2


def _frontmatter(head: str) -> JsonObject:
    """The fields of frontmatter; where it is no YAML, as a colon in a description makes it, by lines."""
    try:
        fields: object = YAML(typ="safe", pure=True).load(head)  # pyright: ignore[reportUnknownMemberType]
    except YAMLError:
        fields = dict(re.findall(r"^\s*(\w+): *(.*)$", head, re.MULTILINE))
    return mapping(fields) or {"name": ""}


def _topic(line: int, head: JsonObject, body: str) -> Iterator[Note | Fault]:
    """A note with frontmatter: its description is the goal."""
    kind = text(head.get("type")) or text(mapping(head.get("metadata")).get("type"))
    goal = text(head.get("description")) or text(head.get("name")).replace("-", " ")
    place = f"line {line}"
    if kind == "user":
        yield Fault(place, PERSONAL)
        return
    how = re.search(r"\*\*How to apply:?\*\*:?\s*(.+?)(?=\n\s*\n|\n\*\*|\Z)", body, re.DOTALL)
    rest = re.sub(r"\*\*(?:How to apply|Why):?\*\*:?\s*.+?(?=\n\s*\n|\n\*\*|\Z)", "", body, flags=re.DOTALL)
    steps = [item for section in _sections(rest, line) for item in _items(section.lines)]
    if kind == "feedback" and not steps:
        # A rule that a person gave is one step, in a sentence.
        rule = " ".join(rest.split())
        steps = [rule] if rule else []
        yield _note(goal, [how[1] if how else ""], steps, place, least=1)
        return
    yield _note(
        goal, [how[1] if how else ""], steps, place, keywords=text(head.get("keywords")), folder=_folder_in(str(head))
    )


def _free(line: int, body: str) -> Iterator[Note | Fault]:
    """Notes without frontmatter: a section that lists steps is one."""
    title, some = "", False
    for section in _sections(body, line):
        title = section.heading if section.level == 1 else title
        items = list(_items(section.lines))
        if not items:
            continue
        some = True
        if all(re.match(r"\[[^\]]*\]\([^)]*\.md\)", item) for item in items):
            yield Fault(f"line {section.line}", INDEX)
            continue
        goal = section.heading if section.heading == title else ": ".join(filter(None, [title, section.heading]))
        yield _note(goal, [], items, f"line {section.line}")
    if not some:
        yield Fault("", NO_STEPS)


def _note(
    goal: str, when: Iterable[str], steps: Iterable[str], place: str, pitfalls: tuple[Pitfall, ...] = (),
    keywords: str = "", least: int = LEAST_STEPS, folder: str = "",
) -> Note | Fault:  # fmt: skip
    """The note, within bounds; a Fault where it has no goal or too few steps."""
    kept = tuple(step[:MAX_STEP] for step in steps)[:MAX_STEPS]
    if len(kept) < least or not goal.strip():
        return Fault(place, NO_STEPS)
    joined = " ".join(" ".join(part.split()) for part in when if part.strip())
    return Note(
        " ".join(goal.split())[:MAX_GOAL], joined[:MAX_STEP], kept, pitfalls, keywords[:MAX_GOAL], place, folder
    )


# Markdown


def _cut(words: str, heading: str) -> Iterator[tuple[int, str]]:
    """The parts of a text that begin with a heading, each with its line."""
    starts = [match.start() for match in re.finditer(heading, words, re.MULTILINE)]
    for start, end in zip(starts, [*starts[1:], len(words)], strict=True):
        yield words.count("\n", 0, start) + 1, words[start:end]


def _sections(words: str, first: int) -> Iterator[_Section]:
    """The sections of a text, by its headings; what looks like one in a block of code is none."""
    level, heading, lines, at, fenced = 0, "", list[str](), first, False
    for number, line in enumerate(words.splitlines(), first):
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        match = None if fenced else re.match(r"(#{1,6})\s+(.+?)\s*#*$", line)
        if match is None:
            lines.append(line)
            continue
        yield _Section(level, heading, tuple(lines), at)
        level, heading, lines, at = len(match[1]), match[2].strip(), [], number
        heading = heading.lower() if level > 1 and heading.lower() in _OF_CODEX else heading
    yield _Section(level, heading, tuple(lines), at)


_OF_CODEX = ("reusable knowledge", "failures and how to do differently", "keywords", "failures")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?(.+)$")
_SHELLS = ("", "bash", "sh", "shell", "console", "zsh", "powershell")


def _items(lines: Iterable[str]) -> Iterator[str]:
    """The items of the lists in lines, and the commands in their blocks of shell code."""
    item, shell = "", None
    for line in lines:
        if line.lstrip().startswith(("```", "~~~")):
            shell = None if shell is not None else line.strip().lstrip("`~").strip().lower() in _SHELLS
            continue
        if shell is not None:
            command = line.strip().removeprefix("$ ")
            if shell and command and not command.startswith("#"):
                yield from filter(None, [item])
                item = ""
                yield command
        elif match := _ITEM.match(line):
            yield from filter(None, [item])
            item = match[1].strip()
        elif item and line.strip() and line[:1].isspace():
            item = f"{item} {line.strip()}"
        elif not line.strip() or item:
            yield from filter(None, [item])
            item = ""
    yield from filter(None, [item])
