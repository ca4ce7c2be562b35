"""JSON-RPC messages that the SDK drops or cannot parse, and what they are answered.

The rule: what has a `method` and an `id` (a text, a number or null) is a request, and is answered with that id. What has not
(no JSON, no object, a notification) is not: nobody waits for it.
"""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from math import inf, isfinite
from typing import Any, cast

from mcp.shared.message import SessionMessage
from mcp.types import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError
from mcp.types.jsonrpc import jsonrpc_message_adapter
from pydantic import JsonValue, ValidationError

MAX_MESSAGE = 26 << 20
"""Bytes of one message: the longest run that the memory takes, 4,000,000 characters, with each of them escaped."""

NEAR_END = 1 << 10
"""Bytes in which the id of a message stands that has it behind its parameters."""

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)

# An id, at any depth, that is neither a text nor a whole number of a usual length.
_ODD_ID = re.compile(rb'"id"\s*+:\s*+(?!"|-?[0-9]{1,18}\s*[,}])')

# At the end of a message, behind its parameters, as some SDKs write it.
_LAST_ID = re.compile(rb'"id"\s*:\s*("(?:[^"\\]|\\.){0,200}"|-?[0-9]{1,18})\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$')

# Possessive, so that a string without an end is passed over once and not tried again from each of its quotes.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[\[{]++|[\]}]++', re.DOTALL)
_NAMED = re.compile(r'\s*:\s*(?:("(?:[^"\\]++|\\.)*+"|-?[0-9][0-9.eE+-]{0,400})(?=\s*[,}]))?', re.DOTALL)


class OddIdError(JSONRPCError):
    """An answer to a request whose id the SDK has no type for."""

    id: JsonValue  # pyright: ignore[reportIncompatibleVariableOverride]


def clean_line(line: bytes) -> bytes:
    """A line of JSON without lone surrogate escapes; pairs and escaped backslashes stay as they are. A carriage return, which the
    SDK takes for the end of a line, is white space in JSON, and may stand in no text of it."""
    line = line.replace(b"\r", b" ")
    if b"\\ud" not in line and b"\\uD" not in line:
        return line
    return _ESCAPE.sub(lambda match: b"\\ufffd" if match[1] else match[0], line)


def with_plain_id(line: bytes) -> bytes | JSONRPCError:
    """A line of JSON that the SDK has a type for the id of, where that means a whole number: 7.0 is 7. Else the answer to that
    request: the SDK would take it for a notification, and drop it."""
    if not _ODD_ID.search(line):
        return line
    try:
        message: Any = json.loads(line, parse_int=_whole)
    except (ValueError, RecursionError):
        return line
    plain = _with_plain_id(message)
    return (
        line if plain is message else plain if isinstance(plain, JSONRPCError) else json.dumps(plain).encode() + b"\n"
    )


def too_long(head: bytes, tail: bytes) -> JSONRPCError | None:
    """The answer to a message over `MAX_MESSAGE` of which these are the beginning and the end; None where neither has an id."""
    found = _LAST_ID.search(tail)
    request_id = json.loads(found[1]) if found else _request_id(head.decode(errors="replace"))
    if request_id is None:
        return None
    sentence = (
        f"A request has at most {MAX_MESSAGE >> 20} MB: shorten its texts, or leave out steps that did not matter."
    )
    return OddIdError(jsonrpc="2.0", id=request_id, error=ErrorData(code=INVALID_REQUEST, message=sentence))


def line_for(refused: JSONRPCError) -> bytes:
    """A line for the SDK in place of a request that is refused: it cannot parse it, hands it on as an error, and of that `parts`
    makes the same answer again. There is no other way past its reader."""
    return json.dumps([{"id": refused.id, "method": "", "error": refused.error.model_dump()}]).encode() + b"\n"


def no_message(body: bytes) -> JSONRPCError | None:
    """The answer, in a sentence, to a body that is not one message of JSON-RPC; None where it is. The SDK quotes its parser."""
    try:
        jsonrpc_message_adapter.validate_json(body, by_name=False)
    except ValidationError as error:
        if (refused := refusal(error)) is not None:
            return refused
        first = error.errors(include_url=False)[0]
        if first["type"] == "json_invalid":
            return _error(PARSE_ERROR, "The body is no JSON: send one message of JSON-RPC 2.0.")
        if body.lstrip().startswith(b"["):
            return _error(INVALID_REQUEST, "A batch is not taken here: send each message in a request of its own.")
        return _error(INVALID_REQUEST, "This is no message of JSON-RPC 2.0: send an object with its method.")
    return None


def _error(code: int, sentence: str) -> JSONRPCError:
    return JSONRPCError(jsonrpc="2.0", id=None, error=ErrorData(code=code, message=sentence))


def parts(error: Exception) -> Sequence[SessionMessage | JSONRPCError] | None:
    """What a batch holds, each part a message or the answer to a request that is none; None where it is no batch.

    The SDK parses none. Revision 2025-03-26 has them; the later ones do not, and there they do no harm.
    """
    if not isinstance(error, ValidationError):
        return None
    first = error.errors(include_url=False)[0]
    # Of a list below, as of params, the complaint says where: in which kind of message, and at which field.
    if not isinstance(first["input"], list) or len(first["loc"]) > 1:
        return None
    return [part for item in cast(list[Any], first["input"]) if (part := _part(item)) is not None]


def refusal(error: Exception) -> JSONRPCError | None:
    """The JSON-RPC error for a line that the SDK cannot parse; None unless it is a request with an id.

    The SDK refuses JSON nested deeper than some 190 levels, among others, and a client would wait for its answer.
    """
    if not isinstance(error, ValidationError):
        return None
    faults = error.errors(include_url=False)
    first = faults[0]
    if first["type"] == "json_invalid":
        code, request_id = PARSE_ERROR, _request_id(str(first["input"]))
        sentence = (
            f"The request cannot be read ({first.get('ctx', {}).get('error', 'no JSON')}): send it again, flatter."
        )
    else:
        # A request lacks what a response has: that complaint holds the whole message.
        whole = [fault["input"] for fault in faults if fault["type"] == "missing" and len(fault["loc"]) == 2]
        message = cast(dict[str, Any], whole[0]) if whole and isinstance(whole[0], dict) else {}
        code, request_id = INVALID_REQUEST, message.get("id") if "method" in message else None
        sentence = f"This is no request of JSON-RPC 2.0 (at {first['loc'][-1]}): send it again, corrected."
    if not isinstance(request_id, str | int | float) or isinstance(request_id, bool):
        return None
    return OddIdError(jsonrpc="2.0", id=request_id, error=ErrorData(code=code, message=sentence))


def _with_plain_id(message: Any) -> Any:
    """The message; the same with a whole number as its id; or the answer to a request whose id is none."""
    if not isinstance(message, dict) or not {"id", "method"} <= message.keys():
        return cast(Any, message)
    fields = cast(dict[str, Any], message)
    match fields["id"]:
        case float() as number if number.is_integer():
            return {**fields, "id": int(number)}
        case float() as number:
            return _refused_id(number if isfinite(number) else None)
        case None:
            return _refused_id(None)
        case _:
            # A text or a whole number; or what JSON-RPC knows no id of, and so no request.
            return fields


def _whole(digits: str) -> int | float:
    """A whole number; infinity for one of more digits than Python reads."""
    try:
        return int(digits)
    except ValueError:
        return inf


def _refused_id(request_id: float | None) -> JSONRPCError:
    sentence = "The id of a request is a text or a whole number: send it again with one."
    return OddIdError(jsonrpc="2.0", id=request_id, error=ErrorData(code=INVALID_REQUEST, message=sentence))


def _part(item: Any) -> SessionMessage | JSONRPCError | None:
    if isinstance(item, dict) and {"id", "method", "error"} == item.keys():  # Written by `line_for`.
        with suppress(ValidationError):
            return OddIdError.model_validate({"jsonrpc": "2.0", **cast(dict[str, Any], item)})
    plain = _with_plain_id(item)
    if isinstance(plain, JSONRPCError):
        return plain
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_python(plain, by_name=False))
    except ValidationError as error:
        return refusal(error)


def _request_id(line: str) -> str | int | float | None:
    """The id of a request that cannot be parsed, from one linear pass that ends where both id and method were seen."""
    depth, request_id, method = 0, None, False
    for token in _TOKEN.finditer(line):
        match token[0][0]:
            case "[" | "{":
                depth += len(token[0])
            case "]" | "}":
                depth -= len(token[0])
            case _ if depth == 1 and token[0] in ('"id"', '"method"') and (named := _NAMED.match(line, token.end())):
                if token[0] == '"method"':
                    method = True
                elif named[1]:
                    with suppress(ValueError):
                        request_id = json.loads(named[1], strict=False)
            case _:
                pass
        if method and request_id is not None:
            return request_id
    return None
