"""Edit JSON, also with comments and trailing commas: one member put in, replaced or taken out, all other bytes kept.

Which of these a file may have is its host's word: a host that reads strict JSON throws a file with a comment away.

The text is parsed to nodes with positions, and edited at these. Where a member goes in, it looks like its neighbours:
on a line of its own with their indentation, or on their line; with a trailing comma where they have one.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from memp_clients.hosts.configs.fault import FaultError, line_break, must_be_object

MAX_DEPTH = 200
"""Of objects and arrays in each other; no configuration comes near it."""

_BLANK = re.compile(r"(?:[ \t\r\n]+|//[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
_COMMENT = re.compile(r"//[^\r\n]*|/\*.*?\*/", re.DOTALL)
_NOT_STRICT = "it is not JSON as its host reads it"
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_STRING_OR_COMMENT = re.compile(rf"{_STRING.pattern}|{_COMMENT.pattern}", re.DOTALL)
_SCALAR = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_BLANK_BEFORE = re.compile(r"(?:\r?\n)?[ \t]*\Z")
_REST_OF_LINE = re.compile(r"(?:[ \t]+|/\*[^\r\n]*?\*/)*(?://[^\r\n]*)?")


@dataclass(frozen=True)
class Member:
    """One member of an object: where its key begins, and its comma, if one follows."""

    key: str
    start: int
    node: "Node"
    comma: int | None


@dataclass(frozen=True)
class Node:
    """A value and where it stands; `members` is None for all but objects, `elements` for all but arrays. An element is a
    member whose key is its place."""

    start: int
    end: int
    value: Any
    members: tuple[Member, ...] | None = None
    elements: tuple[Member, ...] | None = None

    def member(self, key: str) -> Member | None:
        """The last of that name: of several, it is the one that counts."""
        return next((member for member in reversed(self.members or ()) if member.key == key), None)


def read(text: str) -> Any:
    """The value; None where there is nothing but blanks and comments.

    Raises:
        FaultError: it is not JSON.
    """
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        node = parse(text)
    return None if node is None else node.value


def read_strict(text: str) -> Any:
    """As `read`, of a file that may hold neither comments nor trailing commas.

    Raises:
        FaultError: it is not JSON, or holds one of these.
    """
    return _read_without(text, comments=True)


def read_without_commas(text: str) -> Any:
    """As `read`, of a file that may hold comments and no trailing commas.

    Raises:
        FaultError: it is not JSON, or holds such a comma.
    """
    return _read_without(text, comments=False)


def _read_without(text: str, *, comments: bool) -> Any:
    """The value of a text without trailing commas, and without `comments` where these are refused too."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        node = parse(text)
    refused = [*_trailing_commas(node), *(_comments(text) if comments else ())]
    if refused:
        at, name = min(refused)
        raise _fault_at(text, at, f"{name} stands", _NOT_STRICT)
    return None if node is None else node.value


def _trailing_commas(node: Node | None) -> Iterator[tuple[int, str]]:
    inner = () if node is None else node.members or node.elements or ()
    for member in inner:
        yield from _trailing_commas(member.node)
    if inner and (comma := inner[-1].comma) is not None:
        yield comma, "a comma with nothing behind it"


def _comments(text: str) -> Iterator[tuple[int, str]]:
    """Where comments stand: what looks like one within a string is none."""
    for match in _STRING_OR_COMMENT.finditer(text):
        if not match[0].startswith('"'):
            yield match.start(), "a comment"


def put(text: str, path: tuple[str, ...], value: Any) -> str:
    """The text with `value` at `path`; objects on the way are made where they are missing.

    Raises:
        FaultError: it is not JSON, or something on the way is no object.
    """
    node = parse(text)
    if node is None:
        end = line_break(text)
        head = text if not text or text.endswith("\n") else text + end
        return head + _written(_nested(path, value), "  ", "", end) + end
    unit = _unit(text, node)
    for depth, key in enumerate(path):
        if node.members is None:
            raise must_be_object(path[:depth], "an object")
        member = node.member(key)
        if member is None:
            return _insert(text, node, key, _nested(path[depth + 1 :], value), unit)
        node = member.node
    new = _written(value, unit, _indentation(text, node.start), line_break(text))
    return text[: node.start] + new + text[node.end :]


def drop(text: str, path: tuple[str, ...]) -> str:
    """The text without the member at `path`, however often it stands there.

    Raises:
        FaultError: it is not JSON.
    """
    while True:
        owner = parse(text)
        for key in path[:-1]:
            member = owner and owner.member(key)
            owner = member.node if member else None
        member = owner and owner.member(path[-1])
        if not owner or not member:
            return text
        text = _cut(text, owner, member)


def append(text: str, path: tuple[str, ...], value: Any) -> str:
    """The text with `value` as the last element of the array at `path`, which is made where it is missing.

    Raises:
        FaultError: it is not JSON, or what stands on the way is no object, or at `path` no array.
    """
    node = _at(parse(text), path)
    if node is None:
        return put(text, path, [value])
    if node.elements is None:
        raise must_be_object(path, "an array")
    root = parse(text)
    return _insert(text, node, None, value, _unit(text, root) if root else "  ")


def remove(text: str, path: tuple[str, ...], place: int) -> str:
    """The text without one element of the array at `path`.

    Raises:
        FaultError: it is not JSON.
    """
    node = _at(parse(text), path)
    return text if node is None or not node.elements else _cut(text, node, node.elements[place])


def _at(node: Node | None, path: tuple[str, ...]) -> Node | None:
    for key in path:
        member = node.member(key) if node is not None else None
        node = member.node if member is not None else None
    return node


def parse(text: str) -> Node | None:
    """The nodes of a text; None where there is nothing but blanks and comments.

    Raises:
        FaultError: it is not JSON.
    """
    reader = _Reader(text)
    reader.skip()
    if reader.position == len(text):
        return None
    node = reader.value(0)
    reader.skip()
    if reader.position != len(text):
        raise reader.fault("the end was expected")
    return node


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def skip(self) -> None:
        """Skip blanks and comments."""
        match = _BLANK.match(self.text, self.position)
        self.position = match.end() if match else self.position

    def fault(self, what: str) -> FaultError:
        return _fault_at(self.text, self.position, what)

    def take(self, character: str) -> int | None:
        """The position of that character if it is the next, which is then consumed; else None."""
        if not self.text.startswith(character, self.position):
            return None
        self.position += 1
        return self.position - 1

    def value(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise FaultError("it is nested too deep")
        if (start := self.take("{")) is not None:
            return self._object(start, depth)
        if (start := self.take("[")) is not None:
            return self._array(start, depth)
        if self.text.startswith('"', self.position):
            start = self.position
            return Node(start, start + len(self._matched(_STRING)), self.string(start))
        start = self.position
        source = self._matched(_SCALAR)
        try:
            return Node(start, self.position, json.loads(source))
        except ValueError:
            raise self.fault("a number is too long") from None

    def string(self, start: int) -> str:
        """The string that begins at `start`; the position is behind it already."""
        try:
            return json.loads(self.text[start : self.position])
        except ValueError:
            self.position = start
            raise self.fault("a string has a wrong escape") from None

    def _matched(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.position)
        if match is None:
            raise self.fault("a string that ends was expected" if pattern is _STRING else "a value was expected")
        self.position = match.end()
        return match[0]

    def _object(self, start: int, depth: int) -> Node:
        members: list[Member] = []
        self.skip()
        while self.take("}") is None:
            if members and members[-1].comma is None:
                raise self.fault("a comma or } was expected")
            at = self.position
            if not self.text.startswith('"', at):
                raise self.fault("a name in double quotes or } was expected")
            self._matched(_STRING)
            key = self.string(at)
            self.skip()
            if self.take(":") is None:
                raise self.fault("a colon was expected")
            self.skip()
            node = self.value(depth + 1)
            self.skip()
            members.append(Member(key, at, node, self.take(",")))
            self.skip()
        value = {member.key: member.node.value for member in members}
        return Node(start, self.position, value, tuple(members))

    def _array(self, start: int, depth: int) -> Node:
        elements: list[Member] = []
        self.skip()
        while self.take("]") is None:
            if elements and elements[-1].comma is None:
                raise self.fault("a comma or ] was expected")
            node = self.value(depth + 1)
            self.skip()
            elements.append(Member(str(len(elements)), node.start, node, self.take(",")))
            self.skip()
        return Node(start, self.position, [element.node.value for element in elements], elements=tuple(elements))


def _fault_at(text: str, position: int, what: str, problem: str = "it is not valid JSON") -> FaultError:
    before = text[:position]
    column = position - (before.rfind("\n") + 1) + 1
    return FaultError(f"{problem}: {what} at line {before.count(chr(10)) + 1}, column {column}")


def _insert(text: str, owner: Node, key: str | None, value: Any, unit: str) -> str:
    """The text with a new last member, or without a key a new last element."""
    end = line_break(text)
    outer = _indentation(text, owner.start)
    inner = owner.members or owner.elements
    if not inner:
        inside = text[owner.start + 1 : owner.end - 1]
        # Comments stay where they are, before the member.
        kept = inside.removesuffix(_blank_before(inside, len(inside))) if inside.strip() else ""
        written = f"{end}{outer}{unit}{_member(key, value, unit, outer + unit, end)}{end}{outer}"
        return text[: owner.start + 1] + kept + written + text[owner.end - 1 :]
    last = inner[-1]
    behind = last.node.end if last.comma is None else last.comma + 1
    comma = ("", ",") if last.comma is not None else (",", "")
    if "\n" not in text[owner.start : inner[0].start]:
        written = json.dumps([value] if key is None else {key: value}, ensure_ascii=False)[1:-1]
        return f"{text[:behind]}{comma[0]} {written}{comma[1]}{text[behind:]}"
    indent = _indentation(text, inner[0].start)
    rest = _REST_OF_LINE.match(text, behind)
    line_end = rest.end() if rest else behind
    if text[line_end : line_end + 1] not in ("\r", "\n"):
        line_end = behind  # What follows is on the same line: the brace, or a comment of several lines.
    written = f"{end}{indent}{_member(key, value, unit, indent, end)}{comma[1]}"
    return text[:behind] + comma[0] + text[behind:line_end] + written + text[line_end:]


def _cut(text: str, owner: Node, member: Member) -> str:
    """The text without one member or element and one comma."""
    members = owner.members or owner.elements or ()
    index = members.index(member)
    end = member.node.end
    between = "" if member.comma is None else text[end : member.comma]
    rest = between + text[end if member.comma is None else member.comma + 1 :]
    if len(members) == 1 and not text[owner.start + 1 : member.start].strip() and rest.lstrip().startswith(("}", "]")):
        return text[: owner.start + 1] + rest.lstrip()
    lead = _blank_before(text, member.start)
    head = text[: member.start - len(lead)]
    gap = owner.start + 1 if index == 0 else members[index - 1].node.end
    if not rest.startswith(("\n", "\r")) and _ends_in_line_comment(text, gap, len(head)):
        head += lead
    if member.comma is None and index > 0 and (comma := members[index - 1].comma) is not None:
        head = head[:comma] + head[comma + 1 :]
    return head + rest


def _blank_before(text: str, position: int) -> str:
    """The blanks before a position, and one line break before these."""
    match = _BLANK_BEFORE.search(text, 0, position)
    return match[0] if match else ""


def _ends_in_line_comment(text: str, start: int, end: int) -> bool:
    """Whether what stands between two values ends in a comment that would take in what follows on its line."""
    comments = list(_COMMENT.finditer(text, start, end))
    return bool(comments) and comments[-1][0].startswith("//") and comments[-1].end() == end


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and the infinities are no JSON.


def _unit(text: str, root: Node) -> str:
    """One step of indentation, as the first member shows it."""
    if root.members and "\n" in text[root.start : root.members[0].start]:
        return _indentation(text, root.members[0].start)[len(_indentation(text, root.start)) :] or "  "
    return "  "


def _indentation(text: str, position: int) -> str:
    """The blanks at the beginning of the line on which a position stands."""
    line = text[text.rfind("\n", 0, position) + 1 : position]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _nested(path: tuple[str, ...], value: Any) -> Any:
    for key in reversed(path):
        value = {key: value}
    return value


def _member(key: str | None, value: Any, unit: str, indent: str, end: str) -> str:
    if key is None:
        return _written(value, unit, indent, end)
    return f"{json.dumps(key, ensure_ascii=False)}: {_written(value, unit, indent, end)}"


def _written(value: Any, unit: str, indent: str, end: str) -> str:
    """A value over several lines, the first without indentation."""
    return json.dumps(value, indent=unit, ensure_ascii=False).replace("\n", end + indent)
