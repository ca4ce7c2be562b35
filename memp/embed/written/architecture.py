"""Model configuration: is it a BERT encoder with mean pooling, the one architecture that is written without torch?

Only what bert.py computes exactly as sentence-transformers does is taken; whatever a configuration says beyond that is a
reason to refuse.
"""

import json
import math
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from memp.errors import EmbedderError

_Count = Annotated[int, Field(gt=0)]


class UnknownArchitectureError(EmbedderError):
    """The model is not a BERT encoder with mean pooling, or not one that is written here."""


class _Open(BaseModel):
    """A configuration of which only these fields decide the vectors."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Closed(BaseModel):
    """A configuration in which a field that is not known here may decide the vectors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Encoder(_Open):
    """config.json"""

    model_type: Literal["bert"]
    hidden_size: _Count
    intermediate_size: _Count
    num_hidden_layers: _Count
    num_attention_heads: _Count
    max_position_embeddings: _Count
    hidden_act: Literal["gelu"] = "gelu"
    layer_norm_eps: float = 1e-12
    position_embedding_type: Literal["absolute"] = "absolute"
    is_decoder: Literal[False] = False
    add_cross_attention: Literal[False] = False
    pad_token_id: int = 0


class _Form(_Open):
    method: Literal["forward"]
    method_output_name: Literal["last_hidden_state"]


class _Text(_Closed):
    text: _Form


class _Feeding(_Closed):
    """sentence_bert_config.json"""

    max_seq_length: _Count | None = None
    do_lower_case: Literal[False] = False
    transformer_task: Literal["feature-extraction"] = "feature-extraction"
    modality_config: _Text | None = None
    module_output_name: Literal["token_embeddings"] = "token_embeddings"


class _Pooling(_Closed):
    """1_Pooling/config.json, of any version of sentence-transformers"""

    embedding_dimension: int | None = None
    word_embedding_dimension: int | None = None
    pooling_mode: Literal["mean"] | None = None
    pooling_mode_mean_tokens: Literal[True] | None = None
    pooling_mode_cls_token: Literal[False] = False
    pooling_mode_max_tokens: Literal[False] = False
    pooling_mode_mean_sqrt_len_tokens: Literal[False] = False
    pooling_mode_weightedmean_tokens: Literal[False] = False
    pooling_mode_lasttoken: Literal[False] = False
    include_prompt: Literal[True] = True


class _Tokenizing(_Open):
    """tokenizer_config.json; None where it leaves to tokenizer.json what is asked"""

    do_lower_case: bool | None = None
    strip_accents: bool | None = None
    tokenize_chinese_chars: bool | None = None
    padding_side: Literal["right"] = "right"
    truncation_side: Literal["right"] = "right"
    model_max_length: float | None = None
    tokenizer_class: Literal["BertTokenizer", "BertTokenizerFast"] = "BertTokenizer"


class _Prompts(_Open):
    """config_sentence_transformers.json"""

    prompts: dict[str, str] = {}
    default_prompt_name: str | None = None


_T = TypeVar("_T", bound=BaseModel)


class Bert(NamedTuple):
    """A model of this kind: its weights, its measures, and how it is fed. `modules` are their names, in order."""

    weights: Path
    tokenizer: Path
    encoder: Encoder
    modules: tuple[str, ...]
    prompt: str
    max_tokens: int


def read_bert(folder: Path) -> Bert:
    """The model in a sentence-transformers folder.

    Raises:
        UnknownArchitectureError: it is none that is written here; the message is a clause that says why.
    """
    modules = _modules(folder)
    names = tuple(name for name, _ in modules)
    if names not in {("Transformer", "Pooling"), ("Transformer", "Pooling", "Normalize")}:
        raise UnknownArchitectureError(f"its modules are {', '.join(names) or 'none'}")
    own, pooling = folder / modules[0][1], folder / modules[1][1]
    encoder, feeding = _read(own / "config.json", Encoder), _read(own / "sentence_bert_config.json", _Feeding, {})
    pooled = _read(pooling / "config.json", _Pooling)
    if not (pooled.pooling_mode or pooled.pooling_mode_mean_tokens):
        raise UnknownArchitectureError("it does not pool by the mean")
    weights = sorted(own.glob("*.safetensors"))
    if [path.name for path in weights] != ["model.safetensors"]:
        raise UnknownArchitectureError("its weights are not in one model.safetensors")
    if (feeding.max_seq_length or 0) > encoder.max_position_embeddings:
        raise UnknownArchitectureError("its longest text has more tokens than places")
    prompts = _read(folder / "config_sentence_transformers.json", _Prompts, {})
    limit = _check_tokenizer(own)
    if encoder.hidden_size % encoder.num_attention_heads:
        raise UnknownArchitectureError("its attention heads do not share its width evenly")
    return Bert(
        weights=weights[0],
        tokenizer=own / "tokenizer.json",
        encoder=encoder,
        modules=names,
        prompt=prompts.prompts.get(prompts.default_prompt_name or "", ""),
        max_tokens=feeding.max_seq_length or int(min(encoder.max_position_embeddings, limit)),
    )


def _modules(folder: Path) -> list[tuple[str, str]]:
    """Name and folder of each module."""
    listed = _json(folder / "modules.json")
    try:
        return [(str(module["type"]).rpartition(".")[2], str(module["path"])) for module in cast("list[Any]", listed)]
    except (TypeError, KeyError):
        raise UnknownArchitectureError("its modules.json is no list of modules") from None


def _check_tokenizer(folder: Path) -> float:
    """The tokenizer's own limit of tokens.

    Raises:
        UnknownArchitectureError: transformers would make another tokenizer of these files than tokenizer.json is.
    """
    if [path.name for path in folder.glob("sentence_*_config.json") if path.name != "sentence_bert_config.json"]:
        raise UnknownArchitectureError("it has a configuration of another architecture")
    wanted, file = _read(folder / "tokenizer_config.json", _Tokenizing, {}), _json(folder / "tokenizer.json")
    normalizer = cast("dict[str, Any]", file.get("normalizer") or {})
    kinds = (cast("dict[str, Any]", file.get("model") or {}).get("type"), normalizer.get("type"))
    if kinds != ("WordPiece", "BertNormalizer"):
        raise UnknownArchitectureError("its tokenizer is not that of BERT")
    pairs = {
        "lowercase": wanted.do_lower_case,
        "strip_accents": wanted.strip_accents,
        "handle_chinese_chars": wanted.tokenize_chinese_chars,
    }
    differing = [name for name, value in pairs.items() if value is not None and normalizer.get(name) != value]
    if differing:
        raise UnknownArchitectureError(f"its tokenizer.json and tokenizer_config.json differ in {differing[0]}")
    return math.inf if wanted.model_max_length is None else wanted.model_max_length


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UnknownArchitectureError(f"its {path.name} cannot be read") from None


def _read(path: Path, kind: type[_T], otherwise: dict[str, Any] | None = None) -> _T:
    """A configuration; `otherwise` is what a missing file says."""
    values = otherwise if otherwise is not None and not path.exists() else _json(path)
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise UnknownArchitectureError(f"{where or 'something'} in its {path.name} is not as in BERT") from None
