"""Secrets in a field that another field beside it calls by name: {"name": "DB_PASSWORD", "value": "..."}, <input name=... value=...>.

Lists of names and values (Kubernetes, ECS, CloudFormation, cookies), forms that a browser's tool fills in, attributes of XML and
blocks of HCL all say the name in one field of an object and the value in another. Which of the two comes first differs, so
all fields of an object are read before one is judged.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from memp.text.patterns import Pattern
from memp.text.secrets.names import Name, called, is_value_of
from memp.text.secrets.values import is_harmless, is_identifier, is_key_like, is_like_words, is_password_like

Span = tuple[int, int]

_QUOTE = r"\\{0,3}[\"']"
_LITERAL = r"(?P<quote>\\{0,3}[\"'])(?P<quoted>(?:(?!(?P=quote))(?:\\[^\n]|[^\n\\])){1,400}+)(?=(?P=quote))|(?P<bare>[^\s\"',;{}<>()]{1,200})"
_NAMING = r"name|key|element|selector|label|target|placeholder|field|locator|(?<![A-Za-z])id|title|for|variable|parameter|setting|option|header|type|path"
_HOLDING = r"value|text|default|content|val"
_FIELD = Pattern(
    rf"(?:(?P<naming>{_NAMING})|{_HOLDING})(?:{_QUOTE})?\s{{0,4}}[:=]>?\s{{0,4}}(?:{_LITERAL})",
    re.IGNORECASE,
)
_HOLDS = Pattern(rf"(?:{_HOLDING})(?:{_QUOTE})?\s{{0,4}}[:=]")
# What a text in quotes holds is no border. The signs of a call and a tag are, as are an empty line and the next item of a list.
_BORDER = Pattern(
    r"\\{1,3}\"[^\"\\\n]{0,200}\\{1,3}\"|\"(?:[^\"\\\n]|\\[^\n]){0,200}+\"|'[^'\\\n]{0,200}'"
    r"|(?P<border>[{}()<>]|\n[ \t]*\n|(?<![^\n])[ \t]{0,40}-[ \t])"
)
_OPENER = Pattern(r"(?P<name>[\w.-]{1,60})\\{0,3}[\"']?[ \t]{0,3}[:=]?[ \t]{0,3}\Z")
_ASIDE = ("id", "type", "path", "title", "for")
"""Fields that call a value by name, yet seldom alone."""

_WORD = Pattern(r"[^\s\"'`(),;:]{4,400}(?<![.!?])")
_OF_COOKIES = Pattern(r"httponly|samesite", re.IGNORECASE)

_LISTED = Pattern(
    r"s\\{0,3}[\"']?\s{0,3}[:=]\s{0,3}(?:\[(?P<row>[^\[\]]{1,4000})\]|(?P<column>(?:\n[ \t]{0,40}-[ \t]+[^\n]{1,400}){1,100}))"
)
_ITEM = Pattern(r"\\{0,3}[\"'](?P<secret>[^\"'\n\\]{4,400})|(?<=- )[ \t]{0,8}(?P<plain>[^\s\"'#:]{4,400})(?=\n|\Z)")
# <key>Password</key><string>...</string>, <th>Password</th><td>...</td>, <string name="api_secret">...</string>
_MARKED = Pattern(
    r"(?:name|key|id)=[\"'](?P<name>[\w.-]{1,100})[\"'][^<>\n]{0,200}>(?P<secret>[^<>\n]{4,400})</"
    r"|>[ \t]{0,4}(?P<said>[^<>\n]{2,60}?)[ \t:]{0,4}</\w{1,20}>\s{0,40}<\w{1,20}[^<>\n]{0,100}>(?:<\w{1,20}>)?[ \t]{0,4}(?P<next>[^<>\n]{4,400}?)[ \t]{0,4}</"
)


class _Field(NamedTuple):
    naming: bool
    key: str
    span: Span


def by_field(text: str, lower: str) -> Iterator[Span]:
    """Where the secrets of a text stand whose name stands in another field."""
    yield from _listed(text)
    if "</" in text:
        yield from _marked(text)
    if not _HOLDS.search(lower):
        return
    borders = [match.end() for match in _BORDER.finditer(text) if match["border"]]
    objects: dict[int, list[_Field]] = {}
    for match in _FIELD.finditer(text):
        span = match.span("quoted" if match["quoted"] is not None else "bare")
        at = bisect_right(borders, match.start())
        objects.setdefault(at, []).append(_Field(bool(match["naming"]), (match["naming"] or "").lower(), span))
    for at, fields in objects.items():
        if any(not field.naming for field in fields):
            end = borders[at] if at < len(borders) else len(text)
            yield from _of_object(text, fields, borders[at - 1] if at else 0, end)


def _of_object(text: str, fields: list[_Field], start: int, end: int) -> Iterator[Span]:
    """The values of an object: each is called by the fields before it, else by those behind it, else by what the object is called."""
    names = [position for position, field in enumerate(fields) if field.naming]
    for position, field in enumerate(fields):
        if field.naming:
            continue
        before = [n for n in names if n < position and not any(not f.naming for f in fields[n:position])]
        behind = [n for n in names if n > position and not any(not f.naming for f in fields[position + 1 : n])]
        value = text[slice(*field.span)]
        labels = [(fields[n].key, text[slice(*fields[n].span)]) for n in before]
        if all(key in _ASIDE for key, _ in labels):
            labels += [(fields[n].key, text[slice(*fields[n].span)]) for n in behind]
        if all(key in _ASIDE for key, _ in labels):
            opener = _OPENER.search(text, max(0, start - 80), start - 1)
            labels += [("name", opener["name"])] if opener else []
        if any(_is_called(key, label, value) for key, label in labels) or (
            is_key_like(value) and _OF_COOKIES.search(text, start, min(end, start + 2_000))
        ):
            yield field.span


def _is_called(key: str, label: str, value: str) -> bool:
    if key == "type":
        return label.lower() in ("password", "securestring", "secret") and is_value_of(called("password"), value)
    return len(label) <= 200 and is_value_of(called(label.strip("/").rpartition("/")[2]), value)


def _listed(text: str) -> Iterator[Span]:
    """The values of a list whose name is a secret's in the plural."""
    for match in _LISTED.finditer(text):
        start = match.start()
        while start > 0 and match.start() - start < 60 and (text[start - 1].isalnum() or text[start - 1] in "_.-"):
            start -= 1
        name = called(text[start : match.start()])
        if name is not None and name.strong:
            group = "row" if match["row"] is not None else "column"
            for item in _ITEM.within(text, *match.span(group)):
                value = item["secret"] or item["plain"]
                if is_value_of(name, value) and not is_like_words(value) and not is_identifier(value):
                    yield item.span("secret" if item["secret"] else "plain")


def _marked(text: str) -> Iterator[Span]:
    """What an element holds that an attribute, or the element before it, calls by name."""
    for match in _MARKED.finditer(text):
        label, group = (match["name"], "secret") if match["secret"] else (match["said"], "next")
        if is_value_of(called(label), match[group].strip()):
            yield match.span(group)


_NAMES_ANOTHER = Pattern(rf"[\w-]{{0,30}}?(?:{_NAMING})", re.IGNORECASE)
_HOLDS_ONE = Pattern(rf"[\w-]{{0,30}}?(?:{_HOLDING}|description|example)", re.IGNORECASE)


def held(fields: Mapping[str, str]) -> set[str]:
    """The fields of an object, read already, that hold a secret: by their own name, or by that of another field."""
    labels = [value for key, value in fields.items() if _NAMES_ANOTHER.fullmatch(key)]
    return {
        key
        for key, value in fields.items()
        if _is_held(called(key), value)
        or (_HOLDS_ONE.fullmatch(key) and any(_is_held(called(label), value) for label in labels if len(label) <= 200))
    }


def _is_held(name: Name | None, value: str) -> bool:
    return name is not None and (bool(in_words(value)) if " " in value.strip() else is_value_of(name, value))


def in_words(text: str) -> list[Span]:
    """The words of a sentence that can hardly be anything but a secret: "the password of ann, such as ..."."""
    return [
        (match.start(), match.end())
        for match in _WORD.finditer(text)
        if (is_password_like(match[0]) or is_key_like(match[0]))
        and not is_harmless(match[0])
        and not is_identifier(match[0])
    ]
