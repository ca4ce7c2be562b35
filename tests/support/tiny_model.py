"""A very small sentence-transformers model for tests, and how vectors are compared."""

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from memp.embed import Vectors

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


def compiled_folder(cache: Path) -> Path:
    return next(path.parent for path in cache.glob("*/manifest.json"))


def cosines(left: Vectors, right: Vectors) -> Vectors:
    return np.sum(left * right, axis=1)


def run_python(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env=env)
