"""Texts that hold made-up values of the right form: "glrt-{20w}" becomes a token of today's run.

No literal of one stands in a file, where scanners of repositories would stop at it.

{20w} is twenty letters of a class: a letters and digits, l lower case and digits, u upper case and digits, L lower case,
U upper case, d digits, h and H hexadecimal, w a word's and "-", b base64, c of a hash of crypt,
p printed signs, - dashes. {uuid} is one, {pw} a password that a
person chose. \\n is a new line. What may not survive stands between « and ».
"""

import random
import re
import string
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent

_CLASSES = {
    "a": string.ascii_letters + string.digits,
    "l": string.ascii_lowercase + string.digits,
    "u": string.ascii_uppercase + string.digits,
    "L": string.ascii_lowercase,
    "U": string.ascii_uppercase,
    "d": string.digits,
    "h": "0123456789abcdef",
    "H": "0123456789ABCDEF",
    "w": string.ascii_letters + string.digits + "_-",
    "b": string.ascii_letters + string.digits + "+/",
    "p": string.ascii_letters + string.digits + "!#%&*+-.:=?@^_~",
    "c": string.ascii_letters + string.digits + "./",
    "-": "-",
}
_FIELD = re.compile(r"\{(?:(?P<count>\d{1,3})(?P<of>[alLuUdhHwbpc-])|(?P<word>uuid|pw))\}")
_WORDS = "Kestrel Moat Harbor Tundra Violet Quartz Ember Lagoon Walnut Saffron Bramble Cobalt".split()
_SIGNS = "!@#%&*+-_.^~?"


@dataclass(frozen=True, slots=True)
class Planted:
    """A text with a secret in it."""

    kind: str
    text: str
    secret: str


def planted(name: str, seed: int = 1) -> list[Planted]:
    """The secrets of a file, made up."""
    draw = random.Random(seed)
    return [_planted(line, draw) for line in lines(name)]


def benign(name: str, seed: int = 1) -> list[str]:
    """The lines of a file without secrets."""
    draw = random.Random(seed)
    return [made(line, draw) for line in lines(name)]


def lines(name: str) -> Iterator[str]:
    """What a file says, without its comments."""
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("## "):
            yield line


def _planted(line: str, draw: random.Random) -> Planted:
    kind, _, text = line.partition(" | ")
    text = made(text, draw)
    _, _, rest = text.partition("«")
    secret, _, after = rest.partition("»")
    if not secret or "«" in after:
        # More than one value: the longest is what is looked for, and all of them are unmarked.
        secret = max(re.findall("«([^»]*)»", text), key=len)
    return Planted(kind, text.replace("«", "").replace("»", ""), secret)


def made(text: str, draw: random.Random) -> str:
    """A text with a value of its form in each of its fields."""
    text = re.sub(r"(?<!\\)\\n", "\n", text).replace("\\\\", "\\")
    return _FIELD.sub(lambda match: _value(match, draw), text)


def _value(match: re.Match[str], draw: random.Random) -> str:
    if match["word"] == "uuid":
        return str(uuid.UUID(int=draw.getrandbits(128), version=4))
    if match["word"] == "pw":
        return f"{draw.choice(_WORDS)}{draw.randrange(10, 10_000)}{draw.choice(_SIGNS)}{draw.choice(_WORDS).lower()}"
    count, letters = int(match["count"]), _CLASSES[match["of"]]
    value = "".join(draw.choices(letters, k=count))
    # A chance value of eight letters and more holds a digit where its class has any, as nearly all real ones do.
    if count >= 8 and "0" in letters and not any(map(str.isdigit, value)):
        at = draw.randrange(1, count - 1)
        value = f"{value[:at]}{draw.choice(string.digits)}{value[at + 1 :]}"
    return value


def survives(secret: str, text: str) -> bool:
    """Whether half of a secret, or five letters of a short one, still stand in a text."""
    length = min(len(secret), max(5, len(secret) // 2))
    return any(secret[at : at + length] in text for at in range(len(secret) - length + 1))
