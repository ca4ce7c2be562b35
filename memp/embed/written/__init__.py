"""Compile a model without torch: write the ONNX graph of its architecture over its own weights.

architecture.py      which models are of the architecture that is known here
bert.py              the graph of that architecture
onnx_file.py         the bytes of an .onnx file
safetensors_file.py  where in a file of weights each tensor lies

The default model is compiled in this way everywhere: what sentence-transformers makes of it is known (calibrate.shipped)
and compared. Any other is where sentence-transformers is not installed; with it, export.py compiles it.
"""

import os
import shutil
import sys
from importlib.metadata import version
from pathlib import Path

from memp.embed import Identity, calibrate
from memp.embed.compiled import (
    FORMAT,
    GRAPH,
    GRAPH_DATA,
    MANIFEST,
    PROBE,
    TOKENIZER,
    CompiledEmbedder,
    Manifest,
    describe_part,
)
from memp.embed.publish import Progress, publishing
from memp.embed.sentence_transformer import not_installed
from memp.embed.weights import Weights, canonical
from memp.embed.written.architecture import Bert, UnknownArchitectureError, read_bert
from memp.embed.written.bert import INPUTS, graph_of


def write(weights: Weights, digest: str, model: str, cache: Path, name: str, progress: Progress) -> Path:
    """Write `cache/name`, the compiled model, all at once or not at all; returns the folder.

    The caller holds the lock of this model. `digest` is that of the weights.

    Raises:
        EmbedderError: the model is not of the architecture that is known here, its compiled form gives other vectors, or
            `cache` cannot be written to.
    """
    try:
        bert = read_bert(weights.folder)
        with publishing(cache, name) as folder:
            progress("writing")
            _place(bert.weights, folder / GRAPH_DATA, link=weights.pinned)
            shutil.copyfile(bert.tokenizer, folder / TOKENIZER)
            (folder / GRAPH).write_bytes(graph_of(bert, GRAPH_DATA))
            manifest = _manifest(bert, weights, digest, model, folder)
            _save(manifest, folder)
            if not manifest.probe:
                progress("calibrating")
                _save(_calibrated(folder, manifest, cache), folder)
            progress("checking")
            CompiledEmbedder(folder)
    except UnknownArchitectureError as error:
        raise not_installed(weights.name, str(error)) from error
    return cache / name


def _place(source: Path, target: Path, *, link: bool) -> None:
    """The weights beside the graph, as a second name of the same file where that is safe.

    Files of an installed package or of the hub's cache are replaced and not written to, so 90 MB need not lie there twice.
    Windows would not let the package be removed while a server has its weights mapped.
    """
    if link and sys.platform != "win32":
        try:
            os.link(source.resolve(), target)  # The hub's cache names its files by symbolic links.
            return
        except OSError:  # On another disk, or a file system that has no links.
            target.unlink(missing_ok=True)
    shutil.copyfile(source, target)


def _manifest(bert: Bert, weights: Weights, digest: str, model: str, folder: Path) -> Manifest:
    """The manifest; floor, scale, languages and probe only where they are known before the model has run."""
    known = calibrate.shipped(digest)
    return Manifest(
        format=FORMAT,
        model=canonical(model),
        identity=_identity(weights.name, bert, digest, known.calibration if known else None),
        source=weights.stamps(),
        calibration=calibrate.version(),
        modules=bert.modules,
        prompt=bert.prompt,
        max_tokens=bert.max_tokens,
        inputs=INPUTS,
        pad_token=bert.encoder.pad_token_id,
        parts={name: describe_part(folder / name) for name in (GRAPH, GRAPH_DATA, TOKENIZER)},
        probe=known.probe if known else (),
        versions={name: version(name) for name in ("onnxruntime", "tokenizers")},
    )


def _identity(name: str, bert: Bert, digest: str, made: calibrate.Calibration | None) -> Identity:
    identity = Identity(name=name, dimension=bert.encoder.hidden_size, digest=digest, floor=0.0)
    return identity.model_copy(update=made.model_dump()) if made else identity


def _calibrated(folder: Path, manifest: Manifest, cache: Path) -> Manifest:
    """The manifest with what the model itself says; sentence-transformers is not there to say it."""
    embedder = CompiledEmbedder(folder, probed=False)
    made = calibrate.calibration_for(manifest.identity.digest, embedder.encode, cache)
    identity = manifest.identity.model_copy(update=made.model_dump())
    probe = tuple(float(value) for value in embedder.encode([PROBE])[0])
    return manifest.model_copy(update={"identity": identity, "probe": probe})


def _save(manifest: Manifest, folder: Path) -> None:
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=2), encoding="utf-8", newline="\n")
