"""Safetensors file: where in it each tensor lies. Reads the header alone; the weights stay where they are."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from pydantic import TypeAdapter, ValidationError

from memp.domain.trajectory import Value
from memp.errors import EmbedderError

_MOST = 100_000_000
"""The longest header that the format allows, in bytes."""


class _Entry(Value):
    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


class Tensor(NamedTuple):
    """A tensor in the file: its type as the format names it ("F32"), its shape, and its bytes."""

    dtype: str
    shape: tuple[int, ...]
    offset: int
    size: int


_HEADER = TypeAdapter(dict[str, _Entry])


def read_tensors(path: Path) -> Mapping[str, Tensor]:
    """The tensors of the file by name.

    Raises:
        EmbedderError: it cannot be read, or is not a whole safetensors file.
    """
    try:
        with path.open("rb") as file:
            length = int.from_bytes(_exactly(file, 8), "little")
            if length > _MOST:
                raise ValueError("its header is too long")
            header: object = json.loads(_exactly(file, length))
        if not isinstance(header, dict):
            raise ValueError("its header is no object")
        entries = {name: entry for name, entry in cast("dict[str, object]", header).items() if name != "__metadata__"}
        start, end = 8 + length, path.stat().st_size
        tensors = {name: _placed(entry, start) for name, entry in _HEADER.validate_python(entries).items()}
        if any(min(tensor.size, *tensor.shape, 0) < 0 or tensor.offset < start for tensor in tensors.values()):
            raise ValueError("a tensor has no extent")
        if any(tensor.offset + tensor.size > end for tensor in tensors.values()):
            raise ValueError("it ends before its last tensor")
    except (OSError, ValueError, ValidationError) as error:
        reason = "its header is not of the format" if isinstance(error, ValidationError) else error
        raise EmbedderError(f"The weights {path} cannot be read: {reason}. Fetch the model again.") from error
    return tensors


def _exactly(file: BinaryIO, count: int) -> bytes:
    data = file.read(count)
    if len(data) < count:
        raise ValueError("it ends within its header")
    return data


def _placed(entry: _Entry, start: int) -> Tensor:
    begin, end = entry.data_offsets
    tensor = Tensor(entry.dtype, entry.shape, start + begin, end - begin)
    if tensor.dtype == "F32" and tensor.size != 4 * math.prod(tensor.shape):
        raise ValueError("a tensor has another size than its shape")
    return tensor
