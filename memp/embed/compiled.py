"""Compiled model (ONNX): the same vectors through onnxruntime, ready in a fraction of a second.

Never imports torch, transformers or sentence_transformers. A compiled model is a folder:

    manifest.json    what it was made from and how to feed it
    graph.onnx       tokens to vectors: transformer, pooling and whatever else the model has, in one graph
    graph.onnx.data  its weights
    tokenizer.json   text to tokens

export.py or written/ makes it; load.py finds it.
"""

import hashlib
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from memp.domain.trajectory import Value
from memp.embed import Identity, Vectors, unit
from memp.embed.weights import Stamp
from memp.errors import EmbedderError
from memp.text.redact import clean

FORMAT = 1
MANIFEST = "manifest.json"
GRAPH = "graph.onnx"
GRAPH_DATA = "graph.onnx.data"
TOKENIZER = "tokenizer.json"

PROBE = "Heat the mug in the microwave, then put it on shelf 2."
"""Encoded each time a compiled model is opened, and compared with what the original model made of it."""

SAME = 0.9999
"""The cosine from which two paths to one text are the same."""

# Tokens of one run, padding included: it bounds the memory that a long list of long texts takes. More at once took no less
# time on one thread.
_TOKENS_PER_RUN = 256


class Part(Value):
    """A file of a compiled model. The hash of the weights is looked at by `damaged_parts` alone: opening would have to read them
    all. Those that an older memp compiled have none."""

    size: int
    sha256: str | None


class Manifest(Value):
    """Manifest of a compiled model: what it was made from, and how to feed it."""

    format: int
    model: str
    """The configured name, or absolute folder, that it was compiled for."""
    identity: Identity
    source: tuple[Stamp, ...]
    calibration: str
    modules: tuple[str, ...]
    prompt: str
    max_tokens: int | None
    inputs: tuple[str, ...]
    pad_token: int
    parts: dict[str, Part]
    probe: tuple[float, ...]
    versions: dict[str, str]


class CompiledEmbedder:
    """The model in `folder`. One thread, which does not spin: a server waits more than it encodes.

    Safe to use from several threads. Without `probed` its vectors are not compared with those of the original.

    Raises:
        EmbedderError: the folder is incomplete, damaged, of another format, or does not give the model's vectors.
    """

    def __init__(self, folder: Path, *, probed: bool = True) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)
        _check_parts(folder, self.manifest)
        self._tokenizer = _open_tokenizer(folder, self.manifest)
        self._session, self._options = _open_session(folder)
        if probed:
            self._check_probe()

    @property
    def identity(self) -> Identity:
        return self.manifest.identity

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each of length 1; texts over the model's length are cut.

        Raises:
            EmbedderError: the model failed on them.
        """
        vectors = np.zeros((len(texts), self.identity.dimension), dtype=np.float32)
        if not texts:
            return vectors
        tokens = self._tokens(texts)
        for rows in _batches([len(item.ids) for item in tokens]):
            vectors[rows] = self._run([tokens[row] for row in rows])
        return unit(vectors)

    def _tokens(self, texts: Sequence[str]) -> list[Any]:
        try:
            # One by one, because a batch would start the tokenizer's own pool of threads.
            return [self._tokenizer.encode(self.manifest.prompt + clean(text)) for text in texts]
        except Exception as error:  # tokenizers raises no class of its own.
            raise EmbedderError(f"The tokenizer of the embedding model in {self.folder} failed: {error}") from error

    def _run(self, tokens: list[Any]) -> NDArray[np.float32]:
        """One batch through the graph, padded to its longest text; shape (texts, dimension), not yet of length 1."""
        shape = (len(tokens), max(len(item.ids) for item in tokens))
        arrays = {
            "input_ids": np.full(shape, self.manifest.pad_token, dtype=np.int64),
            "attention_mask": np.zeros(shape, dtype=np.int64),
            "token_type_ids": np.zeros(shape, dtype=np.int64),
        }
        for row, item in enumerate(tokens):
            arrays["input_ids"][row, : len(item.ids)] = item.ids
            arrays["attention_mask"][row, : len(item.ids)] = item.attention_mask
            arrays["token_type_ids"][row, : len(item.ids)] = item.type_ids
        try:
            return self._session.run(None, {name: arrays[name] for name in self.manifest.inputs}, self._options)[0]
        except _onnx_errors() as error:
            raise EmbedderError(f"The compiled embedding model in {self.folder} failed: {error}") from error

    def _check_probe(self) -> None:
        """Raises EmbedderError: a known text does not get the vector of the original model."""
        expected = np.array(self.manifest.probe)
        vector = self.encode([PROBE])[0]
        if vector.shape != expected.shape or float(vector @ expected) < SAME:
            raise EmbedderError(
                f"The compiled embedding model in {self.folder} gives other vectors than the model it was made from: "
                f"delete that folder and it is compiled again."
            )


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a compiled model.

    Raises:
        EmbedderError: there is none, or it is not readable as one of this format.
    """
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise EmbedderError(_damaged(folder, f"its {MANIFEST} cannot be read")) from error
    if manifest.format != FORMAT:
        raise EmbedderError(_damaged(folder, f"it has format {manifest.format}, not {FORMAT}"))
    return manifest


def describe_part(path: Path) -> Part:
    """Size and hash of one file of a compiled model.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return Part(size=path.stat().st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def damaged_parts(folder: Path, manifest: Manifest) -> list[str]:
    """The files of a compiled model, weights and all, that are not those that were written."""
    return [name for name, part in manifest.parts.items() if not _is_as_written(folder / name, part)]


def _is_as_written(path: Path, part: Part) -> bool:
    try:
        actual = describe_part(path)
    except OSError:
        return False
    return actual == (part if part.sha256 else part.model_copy(update={"sha256": actual.sha256}))


def _check_parts(folder: Path, manifest: Manifest) -> None:
    """Raises EmbedderError: a file is missing or is not the one that was written."""
    for name, part in manifest.parts.items():
        try:
            same = part.size == (folder / name).stat().st_size
            same = same and (name == GRAPH_DATA or describe_part(folder / name) == part)
        except OSError as error:
            raise EmbedderError(_damaged(folder, f"its {name} cannot be read")) from error
        if not same:
            raise EmbedderError(_damaged(folder, f"its {name} is not the file that was written"))


def _damaged(folder: Path, what: str) -> str:
    return (
        f"The compiled embedding model in {folder} is not usable, {what}: delete the folder and it is compiled again."
    )


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Rows of similar length together, so that little of a batch is padding."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if batch and lengths[batch[0]] * (len(batch) + 1) > _TOKENS_PER_RUN:
            yield batch
            batch = []
        batch.append(row)
    yield batch


def _open_tokenizer(folder: Path, manifest: Manifest) -> Any:
    from tokenizers import Tokenizer

    try:
        tokenizer: Any = Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as error:  # tokenizers raises no class of its own. An older one may not know what a newer wrote.
        raise EmbedderError(_damaged(folder, f"tokenizers does not read its {TOKENIZER} ({error})")) from error
    tokenizer.no_padding()
    if manifest.max_tokens is None:
        tokenizer.no_truncation()
    else:
        tokenizer.enable_truncation(manifest.max_tokens)
    return tokenizer


def _open_session(folder: Path) -> tuple[Any, Any]:
    import onnxruntime

    runtime = cast(Any, onnxruntime)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    # The fusions beyond this level were measured to be 6 % slower on one thread, and further from torch's own sums.
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    # It keeps a plan of the memory for each shape of a batch, of which there is no end, and the largest of them allocated.
    options.enable_mem_pattern = False
    options.log_severity_level = 4  # Only what is fatal; the rest arrives as an exception.
    try:
        session = runtime.InferenceSession(str(folder / GRAPH), options, providers=["CPUExecutionProvider"])
    except _onnx_errors() as error:
        raise EmbedderError(_damaged(folder, f"onnxruntime does not open its graph ({error})")) from error
    run = runtime.RunOptions()
    # Else the session keeps the memory that its largest batch took.
    run.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return session, run


def _onnx_errors() -> tuple[type[Exception], ...]:
    """Onnxruntime's exceptions, which share no base class."""
    state = import_module("onnxruntime.capi.onnxruntime_pybind11_state")
    own = [value for value in vars(state).values() if isinstance(value, type) and issubclass(value, Exception)]
    return (*own, ValueError, RuntimeError)
