"""Reference embedder: a model through sentence-transformers and torch, which everything else is checked against.

Importing this file imports neither; making a SentenceTransformerEmbedder imports both, which takes seconds.
"""

import logging
import threading
import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from memp.embed import Identity, Vectors, unit
from memp.embed.calibrate import calibration_for
from memp.embed.weights import RUN_SETUP, Weights, find_weights, install_command
from memp.errors import EmbedderError
from memp.text.redact import clean

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# What loading and running a model raise, short of a bug: the libraries have no base class of their own.
MODEL_ERRORS = (OSError, ValueError, RuntimeError, LookupError, TypeError, AttributeError, ImportError)

PACKAGES = "sentence-transformers onnx onnxscript"
"""memp-slim comes without them. Any model can be used with the first, and compiled with the others."""

_BATCH = 16


class SentenceTransformerEmbedder:
    """Embeds with the model `model` (a hub name or a folder) on the CPU.

    `floors` is a folder in which the calibration is kept. `threads` are torch's, for the whole process: one is
    the quickest for single queries, which is what a server asks for.

    Raises:
        EmbedderError: the model is not to be had, is not the pinned original, or cannot be loaded.
    """

    def __init__(self, model: str, floors: Path | None = None, *, threads: int = 1) -> None:
        self.weights = find_weights(model)
        self._digest = self.weights.digest()
        self.model = _load(self.weights, threads)
        self._floors = floors
        # A fast tokenizer changes its truncation while it is called, and refuses a second caller meanwhile.
        self._lock = threading.Lock()

    @property
    def identity(self) -> Identity:
        """Calibrates the model the first time, where no calibration is kept."""
        return self._identity

    @cached_property
    def _identity(self) -> Identity:
        made = calibration_for(self._digest, self.encode, self._floors)
        return Identity(
            name=self.weights.name,
            dimension=self.encode(["dimension"]).shape[1],
            digest=self._digest,
            floor=made.floor,
            near=made.near,
            far=made.far,
            reads=made.reads,
        )

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimension), float32, each of length 1; texts over the model's length are cut.

        Raises:
            EmbedderError: the model failed on them.
        """
        if not texts:
            return np.zeros((0, self.identity.dimension), dtype=np.float32)
        try:
            with self._lock:
                vectors = self.model.encode(  # pyright: ignore[reportUnknownMemberType]
                    [clean(text) for text in texts], batch_size=_BATCH, show_progress_bar=False
                )
        except MODEL_ERRORS as error:
            raise EmbedderError(f"The embedding model {self.weights.name} failed: {error}") from error
        return unit(np.asarray(vectors, dtype=np.float32))


def _load(weights: Weights, threads: int) -> "SentenceTransformer":
    if find_spec("sentence_transformers") is None:
        raise not_installed(weights.name)
    try:
        with quiet():
            import torch
            from safetensors import SafetensorError
            from sentence_transformers import SentenceTransformer

            with _no_progress_bars():
                torch.set_num_threads(threads)
                try:
                    return SentenceTransformer(str(weights.folder), device="cpu", local_files_only=True).eval()
                except SafetensorError as error:
                    raise EmbedderError(_cannot_load(weights, error)) from error
    except MODEL_ERRORS as error:
        raise EmbedderError(_cannot_load(weights, error)) from error


def not_installed(name: str, why: str = "") -> EmbedderError:
    """The error of the model `name`, which only sentence-transformers runs; `why` that is."""
    missing = f"The embedding model {name} needs sentence-transformers, which is not installed"
    return EmbedderError(
        f"{missing}{f' ({why})' if why else ''}: {install_command(PACKAGES)}, or unset MEMP_MODEL.",
        f"{missing}: {RUN_SETUP}, or unset MEMP_MODEL.",
    )


def _cannot_load(weights: Weights, error: Exception) -> str:
    return (
        f"sentence-transformers cannot load the embedding model {weights.name} from {weights.folder}: {error} "
        f"Fetch the model again, or set MEMP_MODEL to another."
    )


@contextmanager
def quiet() -> Generator[None]:
    """Silence the warnings of torch and transformers; memp's own errors do not pass through them."""
    loggers = [logging.getLogger(name) for name in ("torch", "torch.onnx", "transformers", "sentence_transformers")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


@contextmanager
def _no_progress_bars() -> Generator[None]:
    from transformers.utils import logging as transformers_logging

    settings: Any = transformers_logging
    shown = settings.is_progress_bar_enabled()
    settings.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            settings.enable_progress_bar()
