"""Questions to language models in tests: a recipe for tea."""

import json
from typing import Any

import pytest
from messages_api import MessagesAPI, Reply
from pydantic import BaseModel, ConfigDict, Field

from memp.errors import LLMError
from memp.llm import LLM, Answer
from memp.llm.claude import Claude

KEY = "sk-test-0123456789abcdef"


class Recipe(BaseModel):
    """An answer with required fields, a bound, and a tuple."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    goal: str
    minutes: int = Field(ge=1)
    steps: tuple[str, ...] = ()


class Loose(BaseModel):
    """An answer that any object would pass for."""

    goal: str = "the default"
    parts: list[dict[str, str]] = []


TEA = {"goal": "make tea", "minutes": 5, "steps": ["boil {water}", "pour"]}
GOOD = json.dumps(TEA)
LATE = json.dumps(TEA | {"minutes": 0})
"""JSON of the right shape with a value out of bounds."""


def claude(api: MessagesAPI, *replies: Reply, **settings: Any) -> Claude:
    """A client of the test server, which gives these replies in turn."""
    api.replies.extend(replies)
    return Claude(**({"model": "claude-test", "api_key": KEY, "base_url": api.url, "timeout": 10.0} | settings))


def ask(llm: LLM, prompt: str = "How is tea made?") -> Answer[Recipe]:
    return llm.ask("You write recipes.", prompt, Recipe)


def failure(llm: LLM) -> str:
    """The sentence that asking ends with; neither it nor the printed traceback's causes may hold the key."""
    with pytest.raises(LLMError) as caught:
        ask(llm)
    sentence = str(caught.value)
    assert KEY not in sentence
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence
