"""The embedder without a model: texts that share words are near."""

from pathlib import Path

from tiny_model import run_python

from memp.embed.hashing import HashingEmbedder
from memp.embed.load import open_embedder


def test_hashing_puts_texts_that_share_words_above_the_floor_and_others_below() -> None:
    embedder = open_embedder("hashing", Path("unused"))
    texts = ("put a clean mug in the shelf", "Put a cleaned mug on a shelf", "rotate the TLS certificate of nginx")
    vectors = embedder.encode(texts)
    assert vectors[0] @ vectors[1] > 0.5
    assert vectors[0] @ vectors[2] < embedder.identity.floor


def test_hashing_is_the_same_in_every_process() -> None:
    script = "from memp.embed.hashing import *; print(HashingEmbedder().encode(['heat the mug']).tobytes().hex())"
    assert run_python("-c", script).stdout.strip() == HashingEmbedder().encode(["heat the mug"]).tobytes().hex()
