"""Models that are compiled without torch: the vectors of sentence-transformers, and nothing of it imported."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from tiny_model import TEXTS, build_model, compiled_folder, cosines, run_python

from memp.embed import calibrate
from memp.embed.calibrate import calibration_of, load_pairs, shipped
from memp.embed.compiled import PROBE, CompiledEmbedder
from memp.embed.load import compile_model, open_embedder
from memp.embed.sentence_transformer import SentenceTransformerEmbedder
from memp.embed.weights import DEFAULT_MODEL, find_weights, local_weights
from memp.errors import EmbedderError


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> CompiledEmbedder:
    """The default model, written now."""
    return compile_model(DEFAULT_MODEL, tmp_path_factory.mktemp("written"))


@pytest.fixture
def slim(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where sentence-transformers is not installed."""
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)


def test_text_by_text_the_vectors_are_those_of_sentence_transformers(
    written: CompiledEmbedder, original: SentenceTransformerEmbedder
) -> None:
    pairs = load_pairs("held_out")
    texts = [*TEXTS, *pairs.stored, *pairs.asked, *pairs.unrelated]
    vectors = original.encode(texts)
    assert cosines(written.encode(texts), vectors).min() >= 0.9999
    alone = [written.encode([text])[0] for text in TEXTS]
    assert min(float(one @ other) for one, other in zip(alone, vectors, strict=False)) >= 0.9999


def test_the_identity_is_that_of_sentence_transformers(
    written: CompiledEmbedder, original: SentenceTransformerEmbedder
) -> None:
    assert written.identity == original.identity


@pytest.mark.slow
def test_what_comes_with_memp_is_what_sentence_transformers_makes_of_the_default_model(
    original: SentenceTransformerEmbedder,
) -> None:
    known = shipped(find_weights(DEFAULT_MODEL).digest())
    assert known is not None, "run scripts/default_model.py"
    assert known.calibration == calibration_of(original.encode)
    assert float(original.encode([PROBE])[0] @ known.probe) > 0.99999


def test_neither_torch_nor_onnx_is_imported(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from memp.embed.load import open_embedder
print(open_embedder(sys.argv[1], Path(sys.argv[2])).encode(["heat the mug"]).shape)
print(sorted({"torch", "transformers", "sentence_transformers", "onnx", "onnxscript", "scipy"} & set(sys.modules)))
"""
    done = run_python("-c", script, DEFAULT_MODEL, str(tmp_path))
    assert (done.stdout.split("\n")[:2], done.stderr) == (["(1, 384)", "[]"], "")


def test_a_copy_of_the_default_model_in_a_folder_is_written_too(tmp_path: Path) -> None:
    weights = local_weights(DEFAULT_MODEL)
    assert weights is not None
    copy = shutil.copytree(weights.folder, tmp_path / "model")
    stages: list[str] = []
    made = compile_model(str(copy), tmp_path / "cache", stages.append)
    assert made.identity.digest == weights.digest()
    assert stages == ["loading the model", "writing", "checking"]
    # A person may write to a folder of their own: the compiled model is not to change with it.
    assert not (copy / "model.safetensors").samefile(made.folder / "graph.onnx.data")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody remove a file that is mapped")
def test_the_weights_of_the_package_do_not_lie_there_twice(written: CompiledEmbedder) -> None:
    weights = local_weights(DEFAULT_MODEL)
    assert weights is not None
    if weights.folder.stat().st_dev == written.folder.stat().st_dev:
        assert (weights.folder / "model.safetensors").samefile(written.folder / "graph.onnx.data")


def test_where_files_have_no_second_name_the_weights_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: object, target: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    made = compile_model(DEFAULT_MODEL, tmp_path)
    assert (made.folder / "graph.onnx.data").stat().st_nlink == 1


def test_vectors_that_are_not_those_of_sentence_transformers_are_not_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = local_weights(DEFAULT_MODEL)
    assert weights is not None
    known = shipped(weights.digest())
    assert known is not None
    other = known.model_copy(update={"probe": tuple(reversed(known.probe))})
    monkeypatch.setattr(calibrate, "shipped", lambda digest: other)
    with pytest.raises(EmbedderError, match="gives other vectors"):
        compile_model(DEFAULT_MODEL, tmp_path)
    assert list(tmp_path.glob("*/manifest.json")) == []


# Without sentence-transformers


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_another_bert_with_mean_pooling_gets_the_vectors_that_sentence_transformers_gives(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = str(build_model(tmp_path / "model", seed=seed))
    original = SentenceTransformerEmbedder(model)
    expected, identity = original.encode(TEXTS), original.identity
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    made = open_embedder(model, tmp_path / "cache")
    assert cosines(made.encode(TEXTS), expected).min() >= 0.9999
    assert made.identity == identity
    assert compiled_folder(tmp_path / "cache").is_dir()


def test_a_model_of_another_kind_names_its_reason_and_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = str(build_model(tmp_path / "model", cls=True))
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    for use in (open_embedder, compile_model):
        with pytest.raises(EmbedderError, match=r"pooling_mode in its config\.json.*pip install sentence-transformers"):
            use(model, tmp_path / "cache")
    with pytest.raises(EmbedderError, match="pip install sentence-transformers"):
        SentenceTransformerEmbedder(model)


def test_weights_that_are_not_of_the_configured_shape_are_refused(tiny: Path, tmp_path: Path, slim: None) -> None:
    copy = shutil.copytree(tiny, tmp_path / "copy")
    config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
    for wrong in ({"num_hidden_layers": 2}, {"intermediate_size": 64}, {"hidden_size": 32}):
        (copy / "config.json").write_text(json.dumps({**config, **wrong}), encoding="utf-8")
        with pytest.raises(EmbedderError, match=r"in its weights is|its weights have no"):
            open_embedder(str(copy), tmp_path / "cache")


def test_weights_of_half_precision_are_refused(tiny: Path, tmp_path: Path, slim: None) -> None:
    copy = shutil.copytree(tiny, tmp_path / "copy")
    numpy_files = pytest.importorskip("safetensors.numpy")
    tensors = numpy_files.load_file(copy / "model.safetensors")
    halves = {name: tensor.astype("float16") for name, tensor in tensors.items()}
    numpy_files.save_file(halves, copy / "model.safetensors")
    with pytest.raises(EmbedderError, match="is F16 of shape"):
        open_embedder(str(copy), tmp_path / "cache")


def test_an_encoder_in_a_folder_of_its_own_out_of_a_larger_model_is_the_same_model(
    tiny: Path, tmp_path: Path, slim: None
) -> None:
    numpy_files = pytest.importorskip("safetensors.numpy")
    expected = open_embedder(str(tiny), tmp_path / "cache").encode(TEXTS)
    copy = shutil.copytree(tiny, tmp_path / "copy")
    own = copy / "0_Transformer"
    own.mkdir()
    for name in ("config.json", "sentence_bert_config.json", "tokenizer.json", "tokenizer_config.json"):
        (copy / name).rename(own / name)
    tensors = numpy_files.load_file(copy / "model.safetensors")
    (copy / "model.safetensors").unlink()
    numpy_files.save_file({f"bert.{name}": tensor for name, tensor in tensors.items()}, own / "model.safetensors")
    modules = json.loads((copy / "modules.json").read_text(encoding="utf-8"))
    modules[0]["path"] = "0_Transformer"
    (copy / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    vectors = open_embedder(str(copy), tmp_path / "cache").encode(TEXTS)
    assert cosines(vectors, expected).min() > 0.999999
