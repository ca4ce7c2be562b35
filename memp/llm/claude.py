"""Claude, or any server that speaks the Messages API, through the anthropic SDK.

A client lives as long as one question, so there is nothing to close, and the object can be shared by threads.
"""

from typing import TYPE_CHECKING, Literal, cast

from pydantic import BaseModel

from memp.errors import LLMError
from memp.llm import Answer, T
from memp.llm.connection import Connection, Reply
from memp.llm.parse import UnusableError, parse, question, repair
from memp.text.redact import clean

if TYPE_CHECKING:
    import anthropic
    from anthropic.types import MessageParam, OutputConfigParam

DEFAULT_MODEL = "claude-sonnet-5-5"
"""The current model of the middle price class."""


class Claude:
    """Asks a model behind the Messages API; how it is reached, and what is raised, is Connection's."""

    def __init__(
        self,
        model: str = DEFAULT_MODEL,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float = 60.0,
        max_retries: int = 2,
        max_tokens: int = 4096,
    ) -> None:
        self._connection = Connection(model, api_key, base_url, timeout=timeout, max_retries=max_retries)
        self._max_tokens = max_tokens
        # Whether the server takes `output_config`; until it refuses one, yes.
        self._takes_schema = True

    @property
    def name(self) -> str:
        return self._connection.model

    def ask(self, system: str, prompt: str, answer: type[T]) -> Answer[T]:
        """The model's answer to `prompt`. One that cannot be used is asked for once more, saying what was wrong.

        Raises:
            LLMError: no connection or answer, a refusal, an answer cut off, or two that cannot be used.
        """
        with self._connection.client() as client, self._connection.errors():
            return self._converse(client, clean(system), question(prompt, answer), answer)

    def _converse(self, client: "anthropic.Anthropic", system: str, prompt: str, answer: type[T]) -> Answer[T]:
        """Ask, and once more where the answer cannot be used."""
        schema = _constraint(answer)
        talk = [_turn("user", prompt)]
        first = self._send(client, system, talk, schema)
        try:
            return self._answer(parse(first.text, answer), first)
        except UnusableError as error:
            # An empty turn would be rejected.
            reply = clean(first.text) or "(no text)"
            talk += [_turn("assistant", reply), _turn("user", repair(error))]
        second = self._send(client, system, talk, schema)
        try:
            return self._answer(parse(second.text, answer), first, second)
        except UnusableError as error:
            raise LLMError(
                f"'{self.name}' was asked twice and gave no usable answer: {self._connection.quote(str(error))}; "
                "try again, or use a more capable model."
            ) from None

    def _answer(self, value: T, *replies: Reply) -> Answer[T]:
        return Answer(
            value,
            model=replies[-1].model or self.name,
            input_tokens=sum(reply.input_tokens for reply in replies),
            output_tokens=sum(reply.usage.output_tokens or 0 for reply in replies),
            repaired=len(replies) > 1,
        )

    def _send(
        self,
        client: "anthropic.Anthropic",
        system: str,
        talk: "list[MessageParam]",
        schema: dict[str, object] | None,
    ) -> Reply:
        """One reply, with `output_config` where the server takes it."""
        import anthropic

        if schema is None or not self._takes_schema:
            return self._post(client, system, talk, None)
        try:
            return self._post(client, system, talk, {"format": {"type": "json_schema", "schema": schema}})
        except (anthropic.BadRequestError, anthropic.UnprocessableEntityError):
            # Its wording differs by server, so whether `output_config` was the reason shows when it is left out.
            reply = self._post(client, system, talk, None)
            self._takes_schema = False
            return reply

    def _post(
        self,
        client: "anthropic.Anthropic",
        system: str,
        talk: "list[MessageParam]",
        output_config: "OutputConfigParam | None",
    ) -> Reply:
        """One request.

        Raises:
            UnansweredError: the reply was refused or cut off.
        """
        import anthropic

        response = client.messages.with_raw_response.create(
            model=self.name,
            max_tokens=self._max_tokens,
            system=system or anthropic.omit,
            messages=talk,
            output_config=output_config or anthropic.omit,
            # Given again: at a client's default of ten minutes the SDK refuses a large max_tokens without streaming.
            timeout=client.timeout,
        )
        reply = self._connection.read(response.http_response.content)
        self._connection.check_stop(reply, self._max_tokens)
        return reply


def _turn(role: Literal["user", "assistant"], text: str) -> "MessageParam":
    # One literal each: pyright does not tell by the roles' union which of the SDK's three turns this is.
    return {"role": "user", "content": text} if role == "user" else {"role": "assistant", "content": text}


def _constraint(answer: type[BaseModel]) -> dict[str, object] | None:
    """The schema for `output_config`, or None where it cannot say what `answer` is.

    Constrained output knows no objects with free keys: a mapping would always come back empty.
    """
    import anthropic

    schema = answer.model_json_schema()
    if _has_free_keys(schema):
        return None
    try:
        return anthropic.transform_schema(schema)
    except ValueError:
        # A field of any type.
        return None


def _has_free_keys(schema: object) -> bool:
    if isinstance(schema, list):
        return any(map(_has_free_keys, cast(list[object], schema)))
    if isinstance(schema, dict):
        fields = cast(dict[str, object], schema)
        return bool(fields.get("additionalProperties")) or any(map(_has_free_keys, fields.values()))
    return False
