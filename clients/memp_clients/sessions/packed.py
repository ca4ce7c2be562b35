"""Compressed files, unpacked within limits: gzip, xz, bzip2 and Zstandard, recognised by their first bytes.

A file of 30 kB may unpack to gigabytes. What does so is read up to a limit, and said to be cut there.
"""

import bz2
import gzip
import io
import lzma
import time
import zlib
from typing import BinaryIO, cast

from memp_clients.sessions import zstandard

FREE = 32 * 1024 * 1024
"""Unpacked bytes up to which nobody asks how many packed ones they came from."""

MAX_RATIO = 250
"""Unpacked bytes for each packed one: logs that are full of the same lines reach 50."""

MAX_UNPACKED = 8 * 1024**3
MAX_SECONDS = 300.0
"""Time that unpacking one file may take, without what is done with it."""


class TooMuchError(OSError):
    """A file that unpacks to more, or for longer, than a log does."""


def unpacked(raw: BinaryIO, name: str) -> BinaryIO:
    """The stream of the file of this name, decompressed where it is compressed.

    Raises:
        InputError: what it is compressed with is not installed.
    """
    head = cast("io.BufferedReader[io.RawIOBase]", raw).peek(6)[:6]
    counted = _Counted(raw)
    source = cast(BinaryIO, counted)
    if head.startswith(b"\x1f\x8b"):
        return _bounded(cast(BinaryIO, gzip.GzipFile(fileobj=source)), counted)
    if head.startswith(b"\xfd7zXZ\x00"):
        return _bounded(cast(BinaryIO, lzma.LZMAFile(source)), counted)
    if head.startswith(b"BZh"):
        return _bounded(cast(BinaryIO, bz2.BZ2File(source)), counted)
    if zstandard.begins(head):
        return _bounded(zstandard.unpacked(source, name), counted)
    return raw


def damage() -> tuple[type[Exception], ...]:
    """The exceptions that reading a damaged or endless stream raises."""
    return (OSError, EOFError, zlib.error, lzma.LZMAError, *zstandard.damage())


def too_much(unpacked_bytes: int, packed_bytes: int) -> str:
    """Why so much is not read further; empty where it may be."""
    if unpacked_bytes > MAX_UNPACKED:
        return f"it unpacks to more than {MAX_UNPACKED >> 30} GB"
    if unpacked_bytes > FREE and unpacked_bytes > MAX_RATIO * packed_bytes:
        return f"it unpacks to more than {MAX_RATIO} times its size"
    return ""


class _Counted(io.RawIOBase):
    """A stream that counts the bytes that are read of it."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self.count = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._raw.read(size)
        self.count += len(data)
        return data


class _Bounded(io.RawIOBase):
    """A decompressed stream that ends with a TooMuchError at its limits."""

    def __init__(self, stream: BinaryIO, packed: _Counted) -> None:
        self._stream = stream
        self._packed = packed
        self._count = 0
        self._seconds = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        began = time.monotonic()
        data = self._stream.read(len(buffer))
        self._seconds += time.monotonic() - began
        self._count += len(data)
        why = too_much(self._count, self._packed.count)
        if not why and self._seconds > MAX_SECONDS:
            why = f"it takes more than {MAX_SECONDS:.0f} s to unpack"
        if why:
            raise TooMuchError(why)
        buffer[: len(data)] = data
        return len(data)


def _bounded(stream: BinaryIO, packed: _Counted) -> BinaryIO:
    return cast(BinaryIO, io.BufferedReader(_Bounded(stream, packed), 1 << 17))
