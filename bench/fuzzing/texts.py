"""Texts and JSON values that break parsers: of every script and sign, empty, endless, almost right."""

import random
from collections.abc import Sequence

WORDS = (
    "clean the mug",
    "deploy the shop to staging",
    "run pytest -q",
    "git rebase main",
    "p1",
    "t1",
    "{object}",
    "{}",
    "{{x}}",
    "#=",
    "[/]",
    "->",
    "=> ",
    "1. first\n2. second",
    "if 'x': do y",
    "until 'done' is seen: wait",
    "exit 1",
    "null",
    "None",
    "NaN",
    "-0",
    "True",
    "1e999",
    '"',
    "'",
    "`",
    "```sh\nls\n```",
    "<b>x</b>",
    "[bold]x[/bold]",
    "%s%n",
    "$(id)",
    "../../etc/passwd",
    "C:\\a\\b",
    "Error: no such file",
    "Traceback (most recent call last):",
    "password=hunter2222",
    "a\tb",
    "a\r\nb",
    "\x1b[31mred\x1b[0m",
    "SELECT * FROM t; --",
    '{"steps": ["a"]}',
    '["a", "b"',
    "https://a.b/c?d=e#f",
    "@file",
    "--json",
    "-",
    "p1r2",
    "w0",
    "2026-01-31T00:00:00Z",
    "step 1: x",
    "Thought: a\nAction: b\nObservation: c",
    "做菜",
    "ลบไฟล์",
    "حذف الملف",
    "👩‍👩‍👧",
    "नमस्ते",
)
"""Words with a meaning somewhere: of templates, steps, ids, shells, markup, options."""

RANGES = (
    (0x20, 0x7E),
    (0x20, 0x2F),
    (0x3A, 0x40),
    (0x5B, 0x60),
    (0x00, 0x1F),
    (0x80, 0xFF),
    (0x300, 0x36F),
    (0x590, 0x6FF),
    (0x900, 0x97F),
    (0x2000, 0x206F),
    (0x20D0, 0x20FF),
    (0x4E00, 0x4EFF),
    (0xD800, 0xDFFF),
    (0xE000, 0xE00F),
    (0xFE00, 0xFE0F),
    (0xFFF0, 0xFFFF),
    (0x1F300, 0x1F6FF),
    (0xE0000, 0xE007F),
    (0xE0100, 0xE01EF),
    (0x10FFF0, 0x10FFFF),
)
"""Blocks of code points: ASCII, its signs alone, controls, marks, joiners, half pairs, private use, tags, variation selectors."""


def text(rng: random.Random, most: int = 60) -> str:
    """One text."""
    match rng.randrange(10):
        case 0:
            return rng.choice(("", " ", "\n", "\t \n"))
        case 1 | 2 | 3:
            return rng.choice(WORDS)
        case 4 | 5:
            joint = rng.choice((" ", "\n", " -> ", ", ", "; ", ": ", "", " | "))
            return joint.join(rng.choice(WORDS) for _ in range(rng.randint(1, 6)))
        case 6:
            low, high = rng.choice(RANGES)
            return "".join(chr(rng.randint(low, high)) for _ in range(rng.randint(1, 12)))
        case 7:
            return "".join(chr(rng.randint(*rng.choice(RANGES))) for _ in range(rng.randint(1, most)))
        case 8:
            return rng.choice(WORDS) * rng.choice((2, 40, 600))
        case _:
            return f"{rng.choice(WORDS)} {rng.randint(-1, 10 ** rng.randint(1, 25))}"


def value(rng: random.Random, depth: int = 3) -> object:
    """One JSON value."""
    match rng.randrange(11):
        case 0:
            return None
        case 1:
            return rng.random() < 0.5
        case 2:
            return rng.choice((0, 1, -1, 7, 10**18, 10**40, 0.5, -0.0, 1e308, float("inf"), float("nan")))
        case 3 | 4 if depth:
            return [value(rng, depth - 1) for _ in range(rng.randint(0, 4))]
        case 5 | 6 if depth:
            return {key(rng): value(rng, depth - 1) for _ in range(rng.randint(0, 4))}
        case _:
            return text(rng)


def key(rng: random.Random) -> str:
    """The name of a field: one that is known somewhere, or any text."""
    known = (
        "action",
        "observation",
        "thought",
        "state",
        "steps",
        "goal",
        "task",
        "pitfalls",
        "trigger",
        "instead",
        "type",
        "role",
        "content",
        "parameters",
        "name",
        "text",
        "message",
    )
    # A client's own encoder takes no half pair in a name.
    return rng.choice(known) if rng.random() < 0.8 else text(rng, 8).encode("utf-8", "replace").decode()


def bytes_of(rng: random.Random, data: bytes) -> bytes:
    """A file with a few of its bytes changed, cut out, doubled, or packed by halves."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(4):
            case 0:
                data = data[:at]
            case 1:
                data = data[:at] + bytes(rng.randrange(256) for _ in range(rng.randint(1, 4))) + data[at + 1 :]
            case 2:
                data = data[:at] + data[at : at + 200] + data[at:]
            case _:
                data = data[:at] + text(rng).encode("utf-8", "surrogatepass") + data[at:]
    return data


def mutated(rng: random.Random, original: object, share: float = 0.04) -> object:
    """A JSON value with some of its parts replaced, left out or doubled."""
    if rng.random() < share:
        return value(rng)
    if isinstance(original, dict):
        kept = {name: part for name, part in original.items() if rng.random() >= share / 2}
        return {
            key(rng) if rng.random() < share / 2 else name: mutated(rng, part, share) for name, part in kept.items()
        }
    if isinstance(original, list):
        parts: Sequence[object] = original * 2 if rng.random() < share / 2 else original
        return [mutated(rng, part, share) for part in parts if rng.random() >= share / 2]
    return original
