"""Which models are BERT with mean pooling, and that anything else is refused with its reason."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiny_model import build_model

from memp.embed.weights import DEFAULT_MODEL, local_weights
from memp.embed.written.architecture import UnknownArchitectureError, read_bert


def change(path: Path, **values: Any) -> None:
    document = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps({**document, **values}), encoding="utf-8")


def test_the_default_model_is_one() -> None:
    weights = local_weights(DEFAULT_MODEL)
    assert weights is not None
    bert = read_bert(weights.folder)
    assert (bert.max_tokens, bert.prompt, bert.modules) == (256, "", ("Transformer", "Pooling", "Normalize"))


def test_a_limit_that_is_not_set_is_the_tokenizers_or_the_number_of_places(tiny: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(tiny, tmp_path / "copy")
    assert read_bert(copy).max_tokens == 32
    change(copy / "tokenizer_config.json", model_max_length=1e30)
    assert read_bert(copy).max_tokens == 512
    change(copy / "sentence_bert_config.json", max_seq_length=16)
    assert read_bert(copy).max_tokens == 16


def test_the_prompt_is_the_one_that_is_given_by_default(tiny: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(tiny, tmp_path / "copy")
    change(copy / "config_sentence_transformers.json", prompts={"query": "query: "})
    assert read_bert(copy).prompt == ""
    change(copy / "config_sentence_transformers.json", default_prompt_name="query")
    assert read_bert(copy).prompt == "query: "


@pytest.mark.parametrize(("dense", "cls", "reason"), [(True, False, "its modules are"), (False, True, "pooling_mode")])
def test_other_modules_and_other_pooling_are_refused(tmp_path: Path, dense: bool, cls: bool, reason: str) -> None:
    with pytest.raises(UnknownArchitectureError, match=reason):
        read_bert(build_model(tmp_path / "model", dense=dense, cls=cls))


CHANGES: dict[str, tuple[str, dict[str, Any]]] = {
    "another architecture": ("config.json", {"model_type": "roberta"}),
    "another activation": ("config.json", {"hidden_act": "gelu_new"}),
    "relative positions": ("config.json", {"position_embedding_type": "relative_key"}),
    "a decoder": ("config.json", {"is_decoder": True}),
    "uneven heads": ("config.json", {"num_attention_heads": 3}),
    "no width": ("config.json", {"hidden_size": None}),
    "lower case": ("sentence_bert_config.json", {"do_lower_case": True}),
    "an unknown setting": ("sentence_bert_config.json", {"window": 2}),
    "another task": ("sentence_bert_config.json", {"transformer_task": "fill-mask"}),
    "more tokens than places": ("sentence_bert_config.json", {"max_seq_length": 513}),
    "two poolings": ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}),
    "a prompt left out": ("1_Pooling/config.json", {"include_prompt": False}),
    "no pooling named": ("1_Pooling/config.json", {"pooling_mode": None}),
    "cased": ("tokenizer_config.json", {"do_lower_case": False}),
    "padded left": ("tokenizer_config.json", {"padding_side": "left"}),
    "another tokenizer": ("tokenizer.json", {"model": {"type": "BPE"}}),
    "another normalizer": ("tokenizer.json", {"normalizer": None}),
    "a configuration of another kind": ("sentence_roberta_config.json", {}),
}


@pytest.mark.parametrize(("file", "values"), CHANGES.values(), ids=CHANGES)
def test_what_decides_vectors_otherwise_is_refused(tiny: Path, tmp_path: Path, file: str, values: Any) -> None:
    copy = shutil.copytree(tiny, tmp_path / "copy")
    change(copy / file, **values)
    with pytest.raises(UnknownArchitectureError):
        read_bert(copy)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "config.json").unlink(),
        lambda folder: (folder / "config.json").write_text("[]"),
        lambda folder: (folder / "modules.json").write_text("{"),
        lambda folder: (folder / "modules.json").write_text("7"),
        lambda folder: (folder / "tokenizer.json").unlink(),
        lambda folder: (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors"),
        lambda folder: (folder / "model.safetensors").rename(folder / "pytorch_model.bin"),
    ],
    ids=["no config", "a list", "broken", "a number", "no tokenizer", "in parts", "pickled"],
)
def test_a_folder_that_lacks_something_is_refused(tiny: Path, tmp_path: Path, damage: Callable[[Path], Any]) -> None:
    copy = shutil.copytree(tiny, tmp_path / "copy")
    damage(copy)
    with pytest.raises(UnknownArchitectureError):
        read_bert(copy)
