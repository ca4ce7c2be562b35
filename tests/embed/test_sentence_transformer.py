"""The model through sentence-transformers and torch."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from tiny_model import cosines

from memp.embed.load import open_embedder
from memp.embed.sentence_transformer import SentenceTransformerEmbedder
from memp.errors import EmbedderError


def test_the_original_cuts_and_normalises_as_sentence_transformers_does(original: SentenceTransformerEmbedder) -> None:
    direct = original.model.encode(["heat the mug", "long " * 1000], show_progress_bar=False)
    assert cosines(original.encode(["heat the mug", "long " * 1000]), np.asarray(direct)).min() >= 0.9999


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json", "1_Pooling/config.json"])
def test_a_cut_model_file_is_a_sentence(tiny: Path, tmp_path: Path, name: str) -> None:
    path = shutil.copytree(tiny, tmp_path / "copy") / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(EmbedderError, match="cannot load the embedding model copy"):
        open_embedder(str(tmp_path / "copy"), tmp_path)
