"""Edit YAML in block style, as Goose writes it: one entry put in or taken out, all other bytes kept.

ruamel.yaml gives the position of each node; the text is edited at these places. Its own writer would fold lines and change
indentation that a person chose.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode

from memp_clients.hosts.configs.fault import FaultError, line_break, must_be_object


@dataclass(frozen=True)
class Node:
    """A value and where it stands: `end` is behind its last character, `stop` where the parser ended it, behind blanks."""

    kind: Literal["mapping", "sequence", "scalar"]
    start: int
    end: int
    stop: int
    column: int
    flow: bool = False
    text: str = ""
    pairs: tuple[tuple["Node", "Node"], ...] = ()


def read(text: str) -> Any:
    """The value; None where there is nothing but blanks and comments.

    Raises:
        FaultError: it is not YAML, or more than one document.
    """
    try:
        return cast(Any, YAML(typ="safe", pure=True)).load(text)
    except YAMLError as error:
        raise _fault(error) from None


def put(text: str, path: tuple[str, ...], value: Mapping[str, Any]) -> str:
    """The text with `value` at `path`, which has two parts; it becomes the first entry of its mapping.

    Raises:
        FaultError: it is not YAML, or something on the way is no mapping.
    """
    owner_key, key = path
    text = drop(text, path)
    end = line_break(text)
    root = _compose(text)
    if root is None:
        return _line_ended(text, end) + _block(owner_key, {key: value}, "", end)
    if root.kind != "mapping":
        raise must_be_object((), "a mapping")
    pair = _pair(root, owner_key)
    if root.flow or (pair is None and root.stop < len(text.rstrip())):
        raise FaultError("it is written on one line or ends with a marker: add the entry by hand, or write it in lines")
    indent = " " * root.column
    if pair is None:
        return _line_ended(text, end) + _block(owner_key, {key: value}, indent, end)
    node = pair[1]
    if node.pairs and node.flow:
        at = node.start + 1
        return f"{text[:at]}{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}, {text[at:]}"
    if node.pairs:
        # Above the comments of what was the first.
        at = text.index("\n", pair[0].end) + 1
        return text[:at] + _block(key, value, " " * node.column, end) + text[at:]
    if node.kind != "mapping" and node.text not in ("", "null", "~"):
        raise must_be_object((owner_key,), "a mapping")
    return _filled(text, pair[0], node, _block(key, value, indent + "  ", end), end)


def drop(text: str, path: tuple[str, ...]) -> str:
    """The text without the entry at `path`, which has two parts.

    Raises:
        FaultError: it is not YAML.
    """
    owner = _pair(_compose(text), path[0])
    pair = _pair(owner[1], path[1]) if owner else None
    if owner is None or pair is None:
        return text
    node = owner[1]
    index = node.pairs.index(pair)
    start, stop = pair[0].start, pair[1].end
    if node.flow:
        if index + 1 < len(node.pairs):
            return text[:start] + text[node.pairs[index + 1][0].start :]
        before = node.start + 1 if index == 0 else node.pairs[index - 1][1].end
        return text[:before] + text[stop:]
    line, after = text.rfind("\n", 0, start) + 1, text.find("\n", stop) + 1
    head = text[:line]
    if len(node.pairs) == 1:
        colon = text.index(":", owner[0].end) + 1
        head = f"{text[:colon]} {{}}{text[colon:line]}"
    return head + (text[after:] if after else "")


def _compose(text: str) -> Node | None:
    try:
        node = cast(Any, YAML(typ="rt", pure=True)).compose(text)
    except YAMLError as error:
        raise _fault(error) from None
    return None if node is None else _placed(text, node)


def _placed(text: str, node: Any) -> Node:
    """A node of ruamel.yaml as one of ours."""
    start, stop = node.start_mark.index, node.end_mark.index
    column = node.start_mark.column
    end = start + len(text[start:stop].rstrip())
    if isinstance(node, ScalarNode):
        return Node("scalar", start, end, stop, column, text=cast(str, cast(Any, node).value))
    mapping = isinstance(node, MappingNode)
    children = cast(list[Any], node.value)
    pairs = [(_placed(text, key), _placed(text, value)) for key, value in children] if mapping else []
    flow = bool(node.flow_style)
    if children and not flow:
        # A collection in lines ends where its last value does, not behind the comments that follow.
        end = pairs[-1][1].end if mapping else _placed(text, children[-1]).end
    return Node("mapping" if mapping else "sequence", start, end, stop, column, flow, pairs=tuple(pairs))


def _pair(node: Node | None, key: str) -> tuple[Node, Node] | None:
    pairs = node.pairs if node else ()
    return next((pair for pair in pairs if pair[0].kind == "scalar" and pair[0].text == key), None)


def _filled(text: str, key: Node, node: Node, block: str, end: str) -> str:
    """The text with a block in place of an empty value (nothing, null or {}); a comment behind it stays."""
    colon = text.index(":", key.end) + 1
    stop = max(colon, node.end) if node.kind == "mapping" or node.text else colon
    line = text.find("\n", stop)
    rest, tail = (text[stop:], "") if line < 0 else (text[stop:line], text[line + 1 :])
    return f"{text[:colon]}{rest.rstrip()}{end}{block}{tail}"


def _line_ended(text: str, end: str) -> str:
    return text if not text or text.endswith("\n") else text + end


def _block(key: str, value: Mapping[str, Any], indent: str, end: str) -> str:
    """A mapping in lines; what is no mapping is written as JSON, which is YAML too."""
    lines = [f"{indent}{key}:"]
    for name, inner in value.items():
        if isinstance(inner, Mapping) and inner:
            lines.append(_block(name, cast(Mapping[str, Any], inner), indent + "  ", end).removesuffix(end))
        else:
            lines.append(f"{indent}  {name}: {json.dumps(inner, ensure_ascii=False)}")
    return end.join(lines) + end


def _fault(error: YAMLError) -> FaultError:
    mark = cast(Any, getattr(error, "problem_mark", None))
    what = cast(str | None, getattr(error, "problem", None)) or "it cannot be parsed"
    where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    return FaultError(f"it is not valid YAML: {what}{where}")
