"""The compiled model: the vectors of its original, without torch, and never served when damaged."""

import json
from pathlib import Path

import numpy as np
import pytest
from tiny_model import TEXTS, compiled_folder, cosines, run_python

from memp.embed.calibrate import load_pairs
from memp.embed.compiled import CompiledEmbedder, describe_part
from memp.embed.load import compiled_if_ready
from memp.embed.sentence_transformer import SentenceTransformerEmbedder
from memp.embed.weights import DEFAULT_MODEL
from memp.errors import EmbedderError


def test_compiled_vectors_are_those_of_sentence_transformers(
    compiled: CompiledEmbedder, original: SentenceTransformerEmbedder
) -> None:
    pairs = load_pairs("held_out")
    texts = [*TEXTS, *pairs.stored, *pairs.unrelated]
    assert cosines(compiled.encode(texts), original.encode(texts)).min() >= 0.9999


def test_both_paths_are_one_identity(compiled: CompiledEmbedder, original: SentenceTransformerEmbedder) -> None:
    assert compiled.identity == original.identity
    assert compiled.identity.dimension == 384


def test_text_beyond_the_models_length_changes_nothing(compiled: CompiledEmbedder) -> None:
    first, second = compiled.encode(["word " * 300, "word " * 300 + "and something else entirely"])
    np.testing.assert_array_equal(first, second)


def test_loading_and_encoding_compiled_imports_neither_torch_nor_transformers(
    compiled: CompiledEmbedder, model_cache: Path
) -> None:
    script = """
import sys
from pathlib import Path
from memp.embed.load import compiled_if_ready
print(compiled_if_ready(sys.argv[1], Path(sys.argv[2])).encode(["heat the mug"]).shape)
print(sorted({"torch", "transformers", "sentence_transformers"} & set(sys.modules)))
"""
    done = run_python("-c", script, DEFAULT_MODEL, str(model_cache))
    assert (done.stdout.split("\n")[:2], done.stderr) == (["(1, 384)", "[]"], "")


def test_a_tokenizer_that_fails_is_an_error_of_the_embedder(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        def encode(self, text: str) -> None:
            raise Exception("PanicException")

    embedder = CompiledEmbedder(compiled_folder(cache))
    monkeypatch.setattr(embedder, "_tokenizer", Failing())
    with pytest.raises(EmbedderError, match=r"tokenizer of the embedding model.*failed: PanicException"):
        embedder.encode(["heat the mug"])


def test_a_tokenizer_that_cannot_be_read_is_an_error_of_the_embedder(cache: Path) -> None:
    path = compiled_folder(cache) / "tokenizer.json"
    path.write_text('{"version": "9.9"}', encoding="utf-8")
    manifest = json.loads((path.parent / "manifest.json").read_text(encoding="utf-8"))
    manifest["parts"][path.name] = describe_part(path).model_dump()
    (path.parent / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(EmbedderError, match=r"tokenizers does not read its tokenizer\.json"):
        CompiledEmbedder(path.parent)


@pytest.mark.parametrize("name", ["manifest.json", "graph.onnx", "graph.onnx.data", "tokenizer.json"])
@pytest.mark.parametrize("damage", ["missing", "cut", "empty"])
def test_a_damaged_compiled_model_is_an_error_by_itself_and_not_served(
    tiny: Path, cache: Path, name: str, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = compiled_folder(cache)
    path = folder / name
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] if damage == "cut" else b"")
    with pytest.raises(EmbedderError, match=r"is not usable.*delete the folder"):
        CompiledEmbedder(folder)
    assert compiled_if_ready(str(tiny), cache) is None
    assert "is not usable" in caplog.text


def test_a_compiled_model_with_other_weights_is_noticed_by_its_vectors(tiny: Path, cache: Path) -> None:
    path = compiled_folder(cache) / "graph.onnx.data"
    weights = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    path.write_bytes(weights[::-1].tobytes())
    with pytest.raises(EmbedderError):
        CompiledEmbedder(path.parent)
    assert compiled_if_ready(str(tiny), cache) is None


def test_a_manifest_of_another_format_is_passed_over(tiny: Path, cache: Path) -> None:
    path = compiled_folder(cache) / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "format": 999}), encoding="utf-8")
    with pytest.raises(EmbedderError, match="format 999"):
        CompiledEmbedder(path.parent)
    assert compiled_if_ready(str(tiny), cache) is None
