"""The header of a safetensors file: where each tensor lies, or a sentence that says why it cannot be read."""

import json
from pathlib import Path

import numpy as np
import pytest

from memp.embed.written.safetensors_file import read_tensors
from memp.errors import EmbedderError


def file_of(path: Path, header: object, data: bytes = b"", length: int | None = None) -> Path:
    text = json.dumps(header).encode() if not isinstance(header, bytes) else header
    path.write_bytes((len(text) if length is None else length).to_bytes(8, "little") + text + data)
    return path


def test_tensors_lie_where_the_package_safetensors_put_them(tmp_path: Path) -> None:
    numpy_files = pytest.importorskip("safetensors.numpy")
    tensors = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([7], dtype=np.int64)}
    numpy_files.save_file(tensors, tmp_path / "f", metadata={"format": "pt"})
    read = read_tensors(tmp_path / "f")
    assert {name: (tensor.dtype, tensor.shape) for name, tensor in read.items()} == {
        "a": ("F32", (2, 3)), "b": ("I64", (1,)),
    }  # fmt: skip
    content = (tmp_path / "f").read_bytes()
    for name, tensor in read.items():
        assert content[tensor.offset : tensor.offset + tensor.size] == tensors[name].tobytes()


@pytest.mark.parametrize(
    ("header", "length", "reason"),
    [
        (b"", None, "cannot be read"),
        (b"{", None, "cannot be read"),
        (b"[]", None, "cannot be read"),
        (b"\xff\xfe", None, "cannot be read"),
        (b"{}", 2**40, "too long"),
        (b"{}", 50, "ends within its header"),
        ({"a": 1}, None, "not of the format"),
        ({"a": {"dtype": "F32", "shape": [1]}}, None, "not of the format"),
        ({"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}, None, "another size"),
        ({"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 12]}}, None, "before its last tensor"),
        ({"a": {"dtype": "F16", "shape": [1], "data_offsets": [4, 0]}}, None, "no extent"),
        ({"a": {"dtype": "F16", "shape": [1], "data_offsets": [-4, 4]}}, None, "no extent"),
    ],
)  # fmt: skip
def test_what_is_no_whole_file_is_a_sentence(tmp_path: Path, header: object, length: int | None, reason: str) -> None:
    with pytest.raises(EmbedderError, match=f"{reason}"):
        read_tensors(file_of(tmp_path / "f", header, b"12345678", length))


def test_a_missing_or_empty_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    for name in ("missing", "empty"):
        with pytest.raises(EmbedderError, match="cannot be read"):
            read_tensors(tmp_path / name)
