"""Load the embedder of a configured model: compiled, or through torch; "hashing" for tests.

How a model is compiled: the default one is written without torch (memp.embed.written), any other is exported by
sentence-transformers, or written where that is not installed.
"""

import hashlib
import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import ValidationError

from memp.embed import Embedder, calibrate
from memp.embed.compiled import FORMAT, MANIFEST, CompiledEmbedder, Manifest, read_manifest
from memp.embed.export import export
from memp.embed.hashing import HashingEmbedder
from memp.embed.publish import Progress, cannot_write
from memp.embed.sentence_transformer import SentenceTransformerEmbedder
from memp.embed.weights import Weights, canonical, find_weights, is_hub_name, local_weights
from memp.embed.written import write
from memp.errors import EmbedderError
from memp.light import private

HASHING = "hashing"
"""The model name that means HashingEmbedder."""

LOCK_TIMEOUT = 900.0
"""Seconds to wait for another process that compiles the same model."""

UNUSED_DAYS = 30
"""Days for which a compiled model that was superseded is kept after it was last opened; one takes about 90 MB."""

_log = logging.getLogger(__name__)


def open_embedder(model: str, cache: Path) -> Embedder:
    """The embedder of `model` (a hub name, a folder, or "hashing"): compiled if it is in `cache`, or if that takes a second
    (or there is no other way), else through torch.

    Raises:
        EmbedderError: the model is not to be had, or cannot be loaded.
    """
    if model == HASHING:
        return HashingEmbedder()
    ready = compiled_if_ready(model, cache)
    if ready is not None:
        return ready
    weights = find_weights(model)
    if not _is_written(weights):
        return SentenceTransformerEmbedder(model, cache)
    try:
        return compile_model(model, cache)
    except EmbedderError as error:
        if not _has_torch():
            raise
        _log.warning("%s It is served through sentence-transformers.", error)
        return SentenceTransformerEmbedder(model, cache)


def compiled_if_ready(model: str, cache: Path) -> CompiledEmbedder | None:
    """The compiled model, if `cache` has one of the model as it is now. Imports no torch and downloads nothing.

    It is the model as it is now if no file of the model has changed its size or time since, or else if they hash to
    the same digest. Of a hub name of which no files are left on this machine, what was compiled stands for it.
    A damaged one is logged and passed over, and `compile_model` replaces it.

    Raises:
        EmbedderError: `model` is a path without a model, or its pinned files are not the originals.
    """
    if model == HASHING:
        return None
    weights = local_weights(model)
    for folder, manifest in _candidates(model, cache):
        if not _is_of(manifest, weights, folder):
            continue
        try:
            embedder = CompiledEmbedder(folder)
        except EmbedderError as error:
            _warn_once(str(error))
            continue
        _note_use(folder)
        return embedder
    return None


def compile_model(model: str, cache: Path, progress: Progress | None = None) -> CompiledEmbedder:
    """The compiled model, compiled now if `cache` has none; if another process is at it, what that one makes.

    `progress` is called with the name of each stage as it begins. The default model takes a second, another up to a minute.

    Raises:
        EmbedderError: the model is not to be had or cannot be compiled; the message says which, and in the second
            case it can still be served by SentenceTransformerEmbedder.
    """
    report = progress or _report_nothing
    if model == HASHING:
        raise EmbedderError('"hashing" is no model: there is nothing to compile.')
    ready = compiled_if_ready(model, cache)
    if ready is not None:
        return ready
    try:
        private.make_folder(cache)
        with _locked(cache / f"{_slug(model)}.lock", report):
            # Who waited for the lock finds the work done.
            return compiled_if_ready(model, cache) or _compile(model, cache, report)
    except Timeout as error:
        raise EmbedderError(f"Another process has been compiling {model} for {LOCK_TIMEOUT:.0f} s.") from error
    except OSError as error:
        raise cannot_write(cache, error) from error


@contextmanager
def _locked(path: Path, report: Progress) -> Generator[None]:
    """Hold a lock; only where another process has it is there a stage of waiting.

    Raises:
        Timeout: it had it for LOCK_TIMEOUT.
        OSError: the file cannot be made.
    """
    lock = FileLock(path, mode=private.FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        report("waiting for another process that compiles it")
        lock.acquire(timeout=LOCK_TIMEOUT)
    try:
        yield
    finally:
        lock.release()


def _compile(model: str, cache: Path, report: Progress) -> CompiledEmbedder:
    report("loading the model")
    weights = find_weights(model)
    digest = weights.digest()
    name = _folder_name(model, digest)
    if _is_written(weights, digest):
        folder = write(weights, digest, model, cache, name, report)
    else:
        folder = export(SentenceTransformerEmbedder(model, cache), model, cache, name, report)
    made = CompiledEmbedder(folder)
    _prune(model, cache, made.folder)
    return made


def at_once(model: str) -> bool:
    """Whether the model can be compiled within a second or so: nothing is fetched, and torch is not imported."""
    weights = None if model == HASHING else local_weights(model)
    return weights is not None and weights.pinned


def _is_written(weights: Weights, digest: str | None = None) -> bool:
    """Whether the model is compiled without torch; `digest` is that of the weights, where it is known already."""
    # Pinned files are those of the default model, or are refused when they are read.
    return weights.pinned or not _has_torch() or calibrate.shipped(digest or weights.digest()) is not None


def _has_torch() -> bool:
    """Whether sentence-transformers, which needs torch, is installed; finding that out imports neither."""
    return find_spec("sentence_transformers") is not None


def _prune(model: str, cache: Path, kept: Path) -> None:
    """Delete what was compiled of `model` before, but for what was opened within `UNUSED_DAYS`: another version of memp
    may share the cache. A folder with files that its manifest does not name stays. The caller holds the lock."""
    for folder in sorted(cache.glob(f"{_slug(model)}-*")):
        try:
            manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
            unused = time.time() - (folder / MANIFEST).stat().st_mtime
            ours = {path.name for path in folder.iterdir()} <= {*manifest.parts, MANIFEST}
            if folder == kept or not ours or manifest.model != canonical(model) or unused < UNUSED_DAYS * 86_400:
                continue
            # Under another name first: nobody then finds half of it.
            shutil.rmtree(folder.rename(folder.with_name(f".{folder.name}-gone")))
        except (OSError, ValidationError) as error:
            # None of ours, or in use (Windows): left for a person.
            _log.info("%s is left in the cache: %s", folder, error)


def _note_use(folder: Path) -> None:
    """Let the manifest's time say when the compiled model was last opened, to the day."""
    manifest = folder / MANIFEST
    try:
        if time.time() - manifest.stat().st_mtime > 86_400:
            os.utime(manifest)
    except OSError:  # A cache that is only read from is not pruned either.
        return


def _slug(model: str) -> str:
    """The model's name as part of a file name, with a hash of it, since two names may read the same."""
    name = canonical(model)
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[-48:].strip("-")
    return f"{words}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _folder_name(model: str, digest: str) -> str:
    key = f"{digest} {FORMAT} {calibrate.version()}"
    return f"{_slug(model)}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def _candidates(model: str, cache: Path) -> Iterator[tuple[Path, Manifest]]:
    """Compiled models of this name and calibration, whatever files they were made from."""
    for folder in sorted(cache.glob(f"{_slug(model)}-*")):
        try:
            manifest = read_manifest(folder)
        except EmbedderError as error:
            _warn_once(str(error))
            continue
        if manifest.model == canonical(model) and manifest.calibration == calibrate.version():
            yield folder, manifest


def _is_of(manifest: Manifest, weights: Weights | None, folder: Path) -> bool:
    """Whether a compiled model was made from these files."""
    if weights is None:
        return is_hub_name(manifest.model)
    stamps = weights.stamps()
    if stamps == manifest.source:
        return True
    if weights.digest() != manifest.identity.digest:
        return False
    # The same contents installed again: with their new times noted, the next start need not read them.
    _replace_manifest(folder, manifest.model_copy(update={"source": stamps}))
    return True


def _replace_manifest(folder: Path, manifest: Manifest) -> None:
    try:
        with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".tmp", delete=False, encoding="utf-8") as file:
            file.write(manifest.model_dump_json(indent=2))
        Path(file.name).replace(folder / MANIFEST)
    except OSError:  # A cache that is only read from: the next start reads the model's files again.
        return


@lru_cache
def _warn_once(sentence: str) -> None:
    """Log what is damaged; who compiles looks for a compiled model three times."""
    _log.warning("%s", sentence)


def _report_nothing(_: str) -> None:
    """Progress callback that does nothing."""
