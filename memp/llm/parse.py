"""Structured output: ask for JSON by a schema, and parse and validate the answer in a model's text."""

import json
import re
from collections.abc import Iterator
from typing import NoReturn

from pydantic import BaseModel, ValidationError

from memp.llm import T
from memp.text.redact import clean

MAX_PROBLEMS = 5
"""Validation errors that are named to the model, of a longer list."""

_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_PLACEHOLDER = re.compile(r'\{(?!\s*\})[^{}"]+\}')
"""Braces with no quote inside: a {placeholder} of the prose, never a JSON object, whose names are quoted."""


class UnusableError(Exception):
    """Text that is not the answer asked for; `str(error)` says why, for the model's second try."""


def question(prompt: str, answer: type[BaseModel]) -> str:
    """The prompt with the JSON schema that its answer must have.

    The schema stands in the text even where a server is given it apart: many local servers ignore that parameter.
    Lone surrogates, which no request can carry, become U+FFFD.
    """
    schema = json.dumps(answer.model_json_schema(), ensure_ascii=False)
    form = "Answer with one JSON object and nothing else. It must be an instance of this JSON schema:"
    return clean(f"{prompt}\n\n{form}\n{schema}")


def repair(error: UnusableError) -> str:
    """The prompt to answer once more, with what was wrong."""
    return clean(f"That answer cannot be used: {error} Answer again with the corrected JSON object and nothing else.")


def parse(text: str, answer: type[T]) -> T:
    """The `answer` in a model's text: a JSON object, alone or amid prose, ``` fences and <think> passages.

    Of several objects the last that fits is taken: a model drafts before it decides.

    Raises:
        UnusableError: there is no JSON object, it is malformed, or it does not fit the schema.
    """
    problem = UnusableError("it holds no JSON object.")
    for value in reversed(list(_objects(text))):
        try:
            return _validate(value, answer)
        except UnusableError as error:
            problem = error
    raise problem


def document(value: object) -> str:
    """`value` as JSON that pydantic takes: halves of a surrogate pair, which models do write, become U+FFFD."""
    return _LONE_SURROGATE.sub("\ufffd", json.dumps(value, ensure_ascii=False))


def _objects(text: str) -> Iterator[object]:
    """The outermost JSON objects of `text`, or the one value that it is as a whole."""
    try:
        yield _decode(text.strip())
    except UnusableError:
        # Some templates leave out the opening tag, so all that stands before the closing one was thinking.
        yield from _objects_amid_prose(text.rpartition("</think>")[2])


def _objects_amid_prose(text: str) -> Iterator[object]:
    start = text.find("{")
    while start >= 0:
        placeholder = _PLACEHOLDER.match(text, start)
        if placeholder:
            end = placeholder.end()
        else:
            # A malformed object ends the search. Going on inside it would find one of its parts, which may pass for
            # the whole where every field has a default.
            value, end = _decode_at(text, start)
            yield value
        start = text.find("{", end)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


# Raw line breaks inside strings are tolerated (strict=False), NaN and Infinity are not.
_DECODER = json.JSONDecoder(strict=False, parse_constant=_refuse_constant)


def _decode(text: str) -> object:
    value, end = _decode_at(text, 0)
    if text[end:].strip():
        raise UnusableError("there is text after the JSON.")
    return value


def _decode_at(text: str, start: int) -> tuple[object, int]:
    try:
        return _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        near = text[max(start, error.pos - 20) : error.pos + 20]
        raise UnusableError(f"the JSON is malformed ({error.msg}, near {near!r}).") from None
    except (ValueError, RecursionError) as error:
        # A number of thousands of digits, NaN, or objects nested thousands deep.
        raise UnusableError(f"the JSON cannot be read ({type(error).__name__}).") from None


def _validate(value: object, answer: type[T]) -> T:
    # As JSON, not as Python values, so that a strict model still takes a list for a tuple and text for a date.
    try:
        return answer.model_validate_json(document(value))
    except ValidationError as error:
        raise UnusableError(f"the JSON does not fit the schema ({_problems(error)}).") from None


def _problems(error: ValidationError) -> str:
    """The errors by field, without the values: those may be long, and the model has them before it."""
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    shown = [f"{'.'.join(map(str, e['loc'])) or 'the answer'}: {e['msg']}" for e in errors[:MAX_PROBLEMS]]
    more = len(errors) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more else "")
