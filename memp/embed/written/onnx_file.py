"""ONNX file writer: a graph of operators as the bytes of an .onnx file (protobuf wire format, without a package for it).

The few messages that a graph needs (onnx.proto: ModelProto, GraphProto, NodeProto, TensorProto) are written as tag and
value; the package `onnx` would be 33 MB for the same bytes. The tests let it read and check what is written here.
"""

import struct
from collections.abc import Sequence

IR_VERSION = 10
OPSET = 20
"""The first with Gelu; LayerNormalization came with 17."""

FLOAT, INT64 = 1, 7
"""TensorProto.DataType."""

_FLOAT_ATTRIBUTE, _INT_ATTRIBUTE, _INTS_ATTRIBUTE = 1, 2, 7
_EXTERNAL = 1

Attribute = float | int | Sequence[int]


class Graph:
    """A graph under construction: each method adds to it and gives the name by which its result goes on."""

    def __init__(self, data: str) -> None:
        """`data` is the name of the file, beside the graph, that holds the weights."""
        self._data = data
        self._nodes: list[bytes] = []
        self._tensors: list[bytes] = []
        self._inputs: list[bytes] = []

    def input(self, name: str, axes: Sequence[str]) -> str:
        """An input of int64 with one axis of any length for each name."""
        self._inputs.append(_value(name, INT64, axes))
        return name

    def weight(self, name: str, shape: Sequence[int], offset: int, size: int) -> str:
        """A tensor of float32 that stays in the file of weights, `size` bytes from `offset`."""
        places = (("location", self._data), ("offset", str(offset)), ("length", str(size)))
        external = b"".join(_message(13, _field(1, key) + _field(2, value)) for key, value in places)
        self._tensors.append(_tensor(name, shape, FLOAT) + external + _field(14, _EXTERNAL))
        return name

    def integers(self, *values: int) -> str:
        """A constant vector of int64."""
        return self._constant([len(values)], INT64, struct.pack(f"<{len(values)}q", *values))

    def number(self, value: float) -> str:
        """A constant of float32 without axes."""
        return self._constant([], FLOAT, struct.pack("<f", value))

    def integer(self, value: int) -> str:
        """A constant of int64 without axes."""
        return self._constant([], INT64, struct.pack("<q", value))

    def add(self, operator: str, *inputs: str, **attributes: Attribute) -> str:
        """A node; gives the name of its one output."""
        output = f"{operator}_{len(self._nodes)}"
        self._nodes.append(_node(operator, inputs, output, attributes))
        return output

    def file(self, result: str, output: str, axes: Sequence[str | int]) -> bytes:
        """The whole file; `result` leaves the graph under the name `output`, as float32 with `axes`."""
        nodes = [*self._nodes, _node("Identity", [result], output, {})]
        graph = (
            b"".join(_message(1, node) for node in nodes)
            + _field(2, "memp")
            + b"".join(_message(5, tensor) for tensor in self._tensors)
            + b"".join(_message(11, value) for value in self._inputs)
            + _message(12, _value(output, FLOAT, axes))
        )
        opset = _message(8, _field(1, "") + _field(2, OPSET))
        return _field(1, IR_VERSION) + _field(2, "memp") + _message(7, graph) + opset

    def _constant(self, shape: Sequence[int], kind: int, raw: bytes) -> str:
        name = f"constant_{len(self._tensors)}"
        self._tensors.append(_tensor(name, shape, kind) + _message(9, raw))
        return name


def _node(operator: str, inputs: Sequence[str], output: str, attributes: dict[str, Attribute]) -> bytes:
    return (
        b"".join(_field(1, name) for name in inputs)
        + _field(2, output)
        + _field(3, output)
        + _field(4, operator)
        + b"".join(_message(5, _attribute(name, value)) for name, value in attributes.items())
    )


def _attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, float):
        return _field(1, name) + _tag(2, 5) + struct.pack("<f", value) + _field(20, _FLOAT_ATTRIBUTE)
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, _INT_ATTRIBUTE)
    return _field(1, name) + b"".join(_field(8, part) for part in value) + _field(20, _INTS_ATTRIBUTE)


def _tensor(name: str, shape: Sequence[int], kind: int) -> bytes:
    return b"".join(_field(1, length) for length in shape) + _field(2, kind) + _field(8, name)


def _value(name: str, kind: int, axes: Sequence[str | int]) -> bytes:
    """ValueInfoProto: an axis is a length, or the name of any length."""
    lengths = [_field(1, axis) if isinstance(axis, int) else _field(2, axis) for axis in axes]
    shape = b"".join(_message(1, length) for length in lengths)
    return _field(1, name) + _message(2, _message(1, _field(1, kind) + _message(2, shape)))


def _field(number: int, value: int | str) -> bytes:
    return _tag(number, 0) + _varint(value) if isinstance(value, int) else _message(number, value.encode())


def _message(number: int, payload: bytes) -> bytes:
    return _tag(number, 2) + _varint(len(payload)) + payload


def _tag(number: int, wire_type: int) -> bytes:
    return _varint(number << 3 | wire_type)


def _varint(value: int) -> bytes:
    """Base 128, the lowest seven bits first; a negative number as its two's complement of 64 bits."""
    rest, out = value & 0xFFFF_FFFF_FFFF_FFFF, bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)
