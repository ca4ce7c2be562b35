"""Read JSON values from files: one document or JSON Lines, also packed.

Lines are read one at a time, so a file may be larger than memory. What cannot be read is a Fault; the rest goes on.
"""

import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from memp.errors import MAX_QUOTED, InputError
from memp_clients.sessions.copies import without_copies
from memp_clients.sessions.packed import TooMuchError, damage, unpacked
from memp_clients.sessions.parsing import MAX_LINE, parsed
from memp_clients.sessions.regular import open_regular

MOST_LINES = 1_000_000
"""Lines of a file that are read; a session has thousands."""

MOST_WORDS = 100
"""Lines of words that may stand before the first record."""

STDIN = "-"

MAX_NAME = 255
"""Bytes of the name of a file or a folder (NAME_MAX of Linux and macOS)."""


@dataclass(frozen=True)
class Fault:
    """A record that could not be read, and why. `place` says where it stands ("line 7")."""

    place: str
    reason: str


Placed = tuple[str, object]
"""A JSON value, or a Fault in place of one, with its place in the file."""


def check(sources: Sequence[str]) -> None:
    """Check that all files can be read, before anything is done with one.

    Raises:
        InputError: one is missing, a folder, or must not be read.
    """
    for source in sources:
        if source != STDIN:
            _open(str(path_of(source))).close()


def called(source: str) -> str:
    """The name of a source, as a person is shown it."""
    return "stdin" if source == STDIN else path_of(source).name


def path_of(source: str) -> Path:
    """The file of a source; FILE#ses_ID is one session of a database.

    Raises:
        InputError: no file can have that name: a text was passed in its place.
    """
    path = Path(source.partition("#ses_")[0])
    if any(len(part.encode(errors="surrogatepass")) > MAX_NAME for part in path.parts):
        raise InputError(f"{source[:MAX_QUOTED]!r}... is too long for the name of a file.")
    return path


def values(source: str, position: Callable[[int], None] | None = None) -> Iterator[Placed]:
    """The JSON values of a file ("-": stdin), in order, each with its place; a Fault in place of one that is none.

    `position` is called with how many bytes of the file are read.

    Raises:
        InputError: the file cannot be opened.
    """
    with opened(source) as (raw, stream):
        for place, value in _values(stream):
            if position is not None and source != STDIN:
                position(raw.tell())
            yield place, value


@contextmanager
def opened(source: str) -> Generator[tuple[BinaryIO, BinaryIO]]:
    """Open a file ("-": stdin): the stream as it is, and decompressed.

    Raises:
        InputError: it cannot be opened, or what it is compressed with is not installed.
    """
    with ExitStack() as stack:
        raw = sys.stdin.buffer if source == STDIN else stack.enter_context(_open(source))
        yield raw, stack.enter_context(unpacked(raw, called(source)))


def _open(source: str) -> BinaryIO:
    try:
        return open_regular(source)
    except FileNotFoundError:
        raise InputError(f"There is no file {source}.") from None
    except IsADirectoryError:
        raise InputError(f"{source} is a folder: name the files in it.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{source} cannot be read: {getattr(error, 'strerror', None) or error}.") from None


def _values(stream: BinaryIO) -> Iterator[Placed]:
    lines = without_copies(_lines(stream))
    first = next(lines, None)
    if first is None:
        yield "", Fault("", "the file is empty")
        return
    number, line = first
    value = _value(number, line)
    if isinstance(line, bytes) and not _may_be_json(line):
        # Words of a program, as a terminal's output has them before the records.
        words = [(number, line), *islice(lines, MOST_WORDS)]
        start = next((at for at, (_, one) in enumerate(words) if isinstance(one, bytes) and _may_be_json(one)), None)
        if start is None:
            yield "", value
            return
        for number, line in words[:start]:
            yield f"line {number}", _value(number, line)
        lines = chain(words[start:], lines)
        number, line = next(lines)
        value = _value(number, line)
    if isinstance(value, Fault) and isinstance(line, bytes) and not _in_lines(line):
        yield "", _document(line, lines)
        return
    yield f"line {number}", value
    for number, line in lines:
        yield f"line {number}", _value(number, line)


def _may_be_json(line: bytes) -> bool:
    """Whether a line begins like a JSON object or list."""
    return line.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def _in_lines(line: bytes) -> bool:
    """Whether a first line that is no JSON looks like a broken one of many rather than the start of one document."""
    return line.strip() not in (b"{", b"[") and line.strip()[-1:] in (b"}", b"]")


def _document(first: bytes, lines: Iterator[tuple[int, bytes | Fault]]) -> object:
    document = bytearray(first)
    for _, line in lines:
        if isinstance(line, Fault):
            return line
        document += line
        if len(document) > MAX_LINE:
            return Fault("", f"the document is over {MAX_LINE >> 20} MB: write one trajectory a line")
    value = parsed(document)
    return Fault("", value) if isinstance(value, str) else value


def text_lines(source: str) -> Iterator[tuple[int, str | Fault]]:
    """The lines of a text file, numbered and without their ends; a Fault where it is damaged.

    Raises:
        InputError: it cannot be opened.
    """
    with opened(source) as (_, stream):
        for number, line in _lines(stream, blank=True):
            yield number, line if isinstance(line, Fault) else line.decode("utf-8-sig", "replace").rstrip("\r\n")


def _lines(stream: BinaryIO, *, blank: bool = False) -> Iterator[tuple[int, bytes | Fault]]:
    """The lines, numbered, those that are blank only if asked for; a Fault for one too long or where the file breaks off."""
    number = 0
    try:
        while line := stream.readline(MAX_LINE + 1):
            number += 1
            if number > MOST_LINES:
                yield (
                    number,
                    Fault(f"after line {MOST_LINES:,}", "the file has more lines: split it, the rest is not read"),
                )
                return
            if len(line) > MAX_LINE:
                while line and not line.endswith(b"\n"):
                    line = stream.readline(MAX_LINE)
                yield number, Fault(f"line {number}", f"the line is over {MAX_LINE >> 20} MB")
            elif blank or line.strip():
                yield number, line
    except TooMuchError as error:
        yield number + 1, Fault(f"after line {number}", f"{error}: the rest is not read")
    except damage() as error:
        yield number + 1, Fault(f"after line {number}", f"the file is damaged from here on: {error}")


def _value(number: int, line: bytes | Fault) -> object:
    if isinstance(line, Fault):
        return line
    value = parsed(line)
    return Fault(f"line {number}", value) if isinstance(value, str) else value
