"""Zstandard: read streams and zips that are compressed with it, by the standard library from Python 3.14 on, else by an extra."""

import re
import sys
import zipfile
from importlib import import_module
from types import ModuleType
from typing import Any, BinaryIO, cast

from memp.errors import InputError

_FRAME = re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")
"""The first bytes of a frame, or of one that is skipped, as parallel compressors put before it (RFC 8878)."""

METHOD = 93
"""Compression method of a zip's member."""

INSTALL = "pip install 'memp[zstd]'"
MISSING = f"compressed with Zstandard, which Python reads from 3.14 on: {INSTALL}"


def begins(head: bytes) -> bool:
    """Whether a file that begins so is compressed with Zstandard."""
    return _FRAME.match(head) is not None


def unpacked(raw: BinaryIO, name: str) -> BinaryIO:
    """The decompressed stream of the file of this name.

    Raises:
        InputError: nothing that could decompress it is installed.
    """
    module = _module()
    if module is None:
        raise InputError(f"{name} is {MISSING}.")
    return cast(BinaryIO, cast(Any, module).ZstdFile(raw))


def zips() -> ModuleType:
    """The zipfile module that knows Zstandard, where there is one."""
    if sys.version_info >= (3, 14) or _module() is None:
        return zipfile
    return import_module("backports.zstd.zipfile")


def damage() -> tuple[type[Exception], ...]:
    """The exceptions that reading a damaged stream raises."""
    module = _module()
    return () if module is None else (cast(Any, module).ZstdError,)


def _module() -> ModuleType | None:
    name = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    try:
        return import_module(name)
    except ImportError:
        return None
