"""Compiling a model: the whole of it, or a sentence that says why not."""

import os
import warnings
from pathlib import Path

import pytest
from tiny_model import TEXTS, build_model, cosines, run_python

from memp.embed.load import compile_model, open_embedder
from memp.embed.sentence_transformer import SentenceTransformerEmbedder
from memp.errors import EmbedderError


@pytest.mark.slow
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
