"""Compile a model: export it from sentence-transformers to ONNX, once per model, in a process of its own where possible.

The whole model goes into one graph (transformer, pooling, dense, normalisation), through torch's current exporter;
what comes out is compared with the original before anyone can see it.
"""

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from memp.embed import calibrate
from memp.embed.compiled import (
    FORMAT,
    GRAPH,
    GRAPH_DATA,
    MANIFEST,
    PROBE,
    SAME,
    TOKENIZER,
    CompiledEmbedder,
    Manifest,
    describe_part,
)
from memp.embed.publish import Progress, publishing
from memp.embed.sentence_transformer import MODEL_ERRORS, SentenceTransformerEmbedder, quiet
from memp.embed.weights import canonical
from memp.errors import EmbedderError

if TYPE_CHECKING:
    from torch import Tensor

# Short and long, padded together and alone, with and without characters that a tokenizer must take apart.
_CHECKED = (
    PROBE,
    "x",
    "Rotate the TLS certificate of nginx without dropping connections, then check it with openssl s_client.",
    "Přidej sloupec – 400 M řádků – 追加する 🚀 def f(x): return x**2  # 3.14159",
    "Move every invoice of 2024 into its own folder and tell me which of them were never paid. " * 30,
)


def export(embedder: SentenceTransformerEmbedder, model: str, cache: Path, name: str, progress: Progress) -> Path:
    """Write `cache/name`, a compiled model equal to `embedder`, all at once or not at all; returns the folder.

    The caller holds the lock of this model.

    Raises:
        EmbedderError: this model cannot be compiled, its compiled form gives other vectors, or `cache` cannot be
            written to.
    """
    with publishing(cache, name) as folder:
        _write(embedder, model, folder, progress)
        progress("checking")
        _check(embedder, folder)
    return cache / name


def _write(embedder: SentenceTransformerEmbedder, model: str, folder: Path, progress: Progress) -> None:
    progress("calibrating")
    identity = embedder.identity
    progress("exporting")
    tokenizer = _tokenizer(embedder)
    inputs = _write_graph(embedder, folder / GRAPH)
    (folder / TOKENIZER).write_text(tokenizer.backend_tokenizer.to_str(), encoding="utf-8", newline="\n")
    limit = int(tokenizer.model_max_length)
    manifest = Manifest(
        format=FORMAT,
        model=canonical(model),
        identity=identity,
        source=embedder.weights.stamps(),
        calibration=calibrate.version(),
        modules=tuple(type(module).__name__ for module in embedder.model),
        prompt=_prompt(embedder),
        # Transformers writes "no limit" as a number with thirty digits.
        max_tokens=limit if limit < 1_000_000 else None,
        inputs=inputs,
        pad_token=tokenizer.pad_token_id or 0,
        parts={name: describe_part(folder / name) for name in (GRAPH, GRAPH_DATA, TOKENIZER)},
        probe=tuple(float(value) for value in embedder.encode([PROBE])[0]),
        versions={name: version(name) for name in ("torch", "transformers", "sentence-transformers", "onnxscript")},
    )
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=2), encoding="utf-8", newline="\n")


def _tokenizer(embedder: SentenceTransformerEmbedder) -> Any:
    """The model's tokenizer, where it is of the kind that the compiled model can do without transformers."""
    first: Any = embedder.model[0]
    tokenizer: Any = getattr(first, "tokenizer", None)
    reasons = {
        "it has no transformer first": type(first).__name__ != "Transformer",
        "it does not take plain text": set(getattr(first, "modality_config", {})) != {"text"},
        "it has no fast tokenizer": not getattr(tokenizer, "is_fast", False),
        "it pads on the left": getattr(tokenizer, "padding_side", "right") != "right",
        "it leaves its prompt out of pooling": any(not getattr(m, "include_prompt", True) for m in embedder.model),
    }
    for reason, holds in reasons.items():
        if holds:
            raise EmbedderError(
                f"The embedding model {embedder.weights.name} cannot be compiled: {reason}. "
                f"It is served through sentence-transformers, which starts more slowly."
            )
    return tokenizer


def _prompt(embedder: SentenceTransformerEmbedder) -> str:
    name = embedder.model.default_prompt_name
    return (embedder.model.prompts.get(name) or "") if name else ""


def _write_graph(embedder: SentenceTransformerEmbedder, path: Path) -> tuple[str, ...]:
    """Writes the graph and its weights; returns the names of its inputs."""
    import torch

    model = cast(Any, embedder.model)
    features = model.preprocess(["a text", "and a longer one, so that the first is padded"])
    inputs = tuple(name for name in ("input_ids", "attention_mask", "token_type_ids") if name in features)
    any_size = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    try:
        with quiet(), torch.no_grad():
            export_graph = cast(Any, torch.onnx.export)  # pyright: ignore[reportUnknownMemberType]
            export_graph(
                _pipeline(model, inputs),
                tuple(features[name] for name in inputs),
                path,
                input_names=inputs,
                output_names=["vectors"],
                dynamic_shapes=(tuple(any_size for _ in inputs),),
                external_data=True,  # Mapped into memory rather than copied: half the time and less memory to open.
                dynamo=True,
                verbose=False,
            )
    except MODEL_ERRORS as error:
        raise EmbedderError(
            f"The embedding model {embedder.weights.name} cannot be compiled: torch does not export it. "
            f"It is served through sentence-transformers, which starts more slowly. ({str(error)[:300]})"
        ) from error
    return inputs


def _pipeline(model: Any, inputs: tuple[str, ...]) -> Any:
    """All modules of the model, one after the other, as a function of tensors."""
    import torch

    class Pipeline(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.steps = model

        def forward(self, *tensors: "Tensor") -> "Tensor":
            features: dict[str, Any] = dict(zip(inputs, tensors, strict=True))
            for step in self.steps:
                features = step(features)
            return features["sentence_embedding"]

    return Pipeline().eval()


def _check(embedder: SentenceTransformerEmbedder, folder: Path) -> None:
    """Raises EmbedderError: the compiled model gives other vectors than the original."""
    # In a function of its own, so that the files are closed again when the folder is renamed (Windows).
    vectors = CompiledEmbedder(folder).encode(_CHECKED)
    cosines = np.sum(vectors * embedder.encode(_CHECKED), axis=1)
    worst = int(np.argmin(cosines))
    if cosines[worst] < SAME:
        raise EmbedderError(
            f"The embedding model {embedder.weights.name} cannot be compiled: its compiled form gives other vectors "
            f'(cosine {cosines[worst]:.4f} for "{_CHECKED[worst][:40]}"). '
            f"It is served through sentence-transformers, which starts more slowly."
        )
