"""BERT encoder with mean pooling as an ONNX graph (Devlin et al., arXiv 1810.04805; Sentence-BERT, arXiv 1908.10084).

The weights are read where they lie, in the safetensors file, in the layout in which torch keeps them. The vectors are not
yet of length 1: CompiledEmbedder sees to that for all models.
"""

import math
from collections.abc import Mapping
from pathlib import Path

from memp.embed.written.architecture import Bert, Encoder, UnknownArchitectureError
from memp.embed.written.onnx_file import FLOAT, Graph
from memp.embed.written.safetensors_file import Tensor, read_tensors

INPUTS = ("input_ids", "attention_mask", "token_type_ids")

_LOWEST = -3.4028234663852886e38
"""Added to the score of a token that is padding: the least float32."""

_LEAST = 1e-9
"""The least number of tokens that a sum is divided by, as in sentence-transformers."""


def graph_of(bert: Bert, data: str) -> bytes:
    """The file of the graph from tokens to pooled vectors; `data` is the name of the file of its weights beside it.

    Raises:
        EmbedderError: the weights cannot be read.
        UnknownArchitectureError: they are not those of the architecture.
    """
    graph = Graph(data)
    encoder, weights = bert.encoder, _Weights(graph, bert.weights)
    for name in INPUTS:
        graph.input(name, ("texts", "tokens"))
    mask = graph.add("Cast", "attention_mask", to=FLOAT)
    tokens = _embeddings(graph, weights, encoder)
    attention = _Attention(graph, weights, encoder, mask)
    for layer in range(encoder.num_hidden_layers):
        tokens = _layer(graph, weights, encoder, attention, tokens, f"encoder.layer.{layer}.")
    return graph.file(_mean(graph, tokens, mask, encoder.hidden_size), "vectors", ("texts", encoder.hidden_size))


class _Weights:
    """Weights of the file by the names that transformers gives them, with or without the prefix of a larger model."""

    def __init__(self, graph: Graph, path: Path) -> None:
        self._graph = graph
        self._tensors: Mapping[str, Tensor] = read_tensors(path)
        self._prefix = "bert." if any(name.startswith("bert.") for name in self._tensors) else ""

    def __call__(self, name: str, *shape: int) -> str:
        """The tensor as part of the graph; the first of `shape` may be 0, for any.

        Raises:
            UnknownArchitectureError: it is missing, or is not of this shape or of float32.
        """
        tensor = self._tensors.get(self._prefix + name)
        if tensor is None:
            raise UnknownArchitectureError(f"its weights have no {name}")
        expected = (shape[0] or tensor.shape[0], *shape[1:]) if tensor.shape else shape
        if (tensor.dtype, tensor.shape) != ("F32", expected):
            raise UnknownArchitectureError(f"{name} in its weights is {tensor.dtype} of shape {list(tensor.shape)}")
        return self._graph.weight(name, tensor.shape, tensor.offset, tensor.size)


class _Attention:
    """Self-attention of any layer: what all layers share is added to the graph once."""

    def __init__(self, graph: Graph, weights: _Weights, encoder: Encoder, mask: str) -> None:
        self._graph, self._weights, self._width = graph, weights, encoder.hidden_size
        width = encoder.hidden_size // encoder.num_attention_heads
        heads = graph.integers(encoder.num_attention_heads, width)
        self._split = graph.add("Concat", graph.add("Shape", "input_ids"), heads, axis=0)
        self._joined = graph.integers(-1, encoder.hidden_size)
        self._scale = graph.number(1 / math.sqrt(width))
        padding = graph.add("Mul", graph.add("Sub", graph.number(1.0), mask), graph.number(_LOWEST))
        self._padding = graph.add("Unsqueeze", padding, graph.integers(1, 2))

    def __call__(self, tokens: str, prefix: str) -> str:
        """What each token attends to, in rows of the encoder's width."""
        add = self._graph.add
        query = self._heads(tokens, f"{prefix}attention.self.query.", (0, 2, 1, 3))
        key = self._heads(tokens, f"{prefix}attention.self.key.", (0, 2, 3, 1))
        value = self._heads(tokens, f"{prefix}attention.self.value.", (0, 2, 1, 3))
        scores = add("Add", add("MatMul", add("Mul", query, self._scale), key), self._padding)
        attended = add("MatMul", add("Softmax", scores, axis=-1), value)
        return add("Reshape", add("Transpose", attended, perm=(0, 2, 1, 3)), self._joined)

    def _heads(self, tokens: str, prefix: str, order: tuple[int, ...]) -> str:
        linear = _linear(self._graph, self._weights, tokens, prefix, self._width, self._width)
        return self._graph.add("Transpose", self._graph.add("Reshape", linear, self._split), perm=order)


def _embeddings(graph: Graph, weights: _Weights, encoder: Encoder) -> str:
    """A row for each token: its word, its place and its type."""
    width = encoder.hidden_size
    length = graph.add("Gather", graph.add("Shape", "input_ids"), graph.integer(1), axis=0)
    places = graph.add("Range", graph.integer(0), length, graph.integer(1))
    word, place, kind = (weights(f"embeddings.{name}_embeddings.weight", 0, width) for name in _EMBEDDINGS)
    texts = graph.add(
        "Add", graph.add("Gather", word, "input_ids", axis=0), graph.add("Gather", kind, "token_type_ids", axis=0)
    )
    placed = graph.add("Add", texts, graph.add("Gather", place, places, axis=0))
    rows = graph.add("Reshape", placed, graph.integers(-1, width))
    return _normalized(graph, weights, encoder, rows, "embeddings.LayerNorm.")


_EMBEDDINGS = ("word", "position", "token_type")


def _layer(
    graph: Graph, weights: _Weights, encoder: Encoder, attention: _Attention, tokens: str, prefix: str
) -> str:  # fmt: skip
    """One layer: attention, then two linear maps, each added to what came in and normalized."""
    width, inner = encoder.hidden_size, encoder.intermediate_size
    attended = _linear(graph, weights, attention(tokens, prefix), f"{prefix}attention.output.dense.", width, width)
    tokens = _normalized(
        graph, weights, encoder, graph.add("Add", attended, tokens), f"{prefix}attention.output.LayerNorm."
    )
    grown = graph.add("Gelu", _linear(graph, weights, tokens, f"{prefix}intermediate.dense.", inner, width))
    shrunk = _linear(graph, weights, grown, f"{prefix}output.dense.", width, inner)
    return _normalized(graph, weights, encoder, graph.add("Add", shrunk, tokens), f"{prefix}output.LayerNorm.")


def _linear(graph: Graph, weights: _Weights, rows: str, prefix: str, outputs: int, inputs: int) -> str:
    weight, bias = weights(f"{prefix}weight", outputs, inputs), weights(f"{prefix}bias", outputs)
    return graph.add("Gemm", rows, weight, bias, transB=1)


def _normalized(graph: Graph, weights: _Weights, encoder: Encoder, rows: str, prefix: str) -> str:
    scale, bias = (weights(f"{prefix}{name}", encoder.hidden_size) for name in ("weight", "bias"))
    return graph.add("LayerNormalization", rows, scale, bias, axis=-1, epsilon=float(encoder.layer_norm_eps))


def _mean(graph: Graph, rows: str, mask: str, width: int) -> str:
    """The mean of the tokens of each text that are no padding."""
    shape = graph.add("Concat", graph.add("Shape", "input_ids"), graph.integers(width), axis=0)
    kept = graph.add("Unsqueeze", mask, graph.integers(2))
    tokens = graph.add("Mul", graph.add("Reshape", rows, shape), kept)
    axis = graph.integers(1)
    total, count = (graph.add("ReduceSum", values, axis, keepdims=0) for values in (tokens, kept))
    return graph.add("Div", total, graph.add("Max", count, graph.number(_LEAST)))
