"""Scripted language model (a fake): answers written beforehand, for tests and demonstrations. No model, no network."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pydantic import BaseModel

from memp.errors import LLMError
from memp.llm import Answer, T
from memp.llm.parse import UnusableError, parse

Reply = str | Mapping[str, object] | BaseModel | LLMError
"""A model's text, the object it would hold, or the error to raise instead."""


class Asked(NamedTuple):
    """A question that was asked."""

    system: str
    prompt: str
    answer: type[BaseModel]


class Scripted:
    """Gives each reply in turn, read as a real model's text is; an unusable one is an error at once, not repaired.

    `asked` holds the questions so far.
    """

    name = "scripted"

    def __init__(self, answers: Sequence[Reply]) -> None:
        self.asked: list[Asked] = []
        self._replies: Iterator[Reply] = iter(tuple(answers))

    def ask(self, system: str, prompt: str, answer: type[T]) -> Answer[T]:
        """The next reply, as an `answer`.

        Raises:
            LLMError: the reply is one, cannot be used, or there is none left.
        """
        self.asked.append(Asked(system, prompt, answer))
        reply = next(self._replies, None)
        if reply is None:
            raise LLMError(f"The script has no answer to question {len(self.asked)}: give Scripted one more.")
        if isinstance(reply, LLMError):
            raise reply
        try:
            return Answer(parse(_text(reply), answer), model=self.name)
        except UnusableError as error:
            number = len(self.asked)
            raise LLMError(f"Answer {number} of the script is no {answer.__name__}: {error} Correct it.") from None


def _text(reply: str | Mapping[str, object] | BaseModel) -> str:
    if isinstance(reply, str):
        return reply
    return reply.model_dump_json() if isinstance(reply, BaseModel) else json.dumps(dict(reply))
