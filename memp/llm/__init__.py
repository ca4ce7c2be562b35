"""Language models with structured output: a question in, a validated answer out."""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

T = TypeVar("T", bound=BaseModel)
T_co = TypeVar("T_co", bound=BaseModel, covariant=True)


@dataclass(frozen=True, slots=True)
class Answer(Generic[T_co]):
    """A validated answer with the tokens that it took.

    `repaired`: the first answer could not be used and the model was asked once more; the tokens are those of both.
    """

    value: T_co
    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    repaired: bool = False


class LLM(Protocol):
    """A language model that answers with an instance of a pydantic model."""

    @property
    def name(self) -> str:
        """The model's name, for logs and messages."""
        ...

    def ask(self, system: str, prompt: str, answer: type[T]) -> Answer[T]:
        """The model's answer to `prompt`, as an `answer`. It may take minutes: call it outside locks and transactions.

        Raises:
            LLMError: there was no answer, or none that is an `answer`.
        """
        ...
