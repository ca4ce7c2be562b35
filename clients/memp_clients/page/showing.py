"""Templates: how a value is written down, and that no text of the memory does anything to a page.

Each value that a template writes goes through `_written`: characters that nobody sees become escapes, and then all of it is
escaped for HTML. Nothing is ever marked as safe but the pictures of memp_clients.page.charts.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from memp.text.invisible import shown

HERE = Path(__file__).parent

# Control characters but tab and line feed: a browser shows none of them.
_CONTROLS = {code: f"[U+{code:04X}]" for code in (*range(9), 11, 12, *range(13, 32), *range(127, 160))}
_CONTROLS[13] = ""


def rendered(template: str, values: Mapping[str, Any]) -> str:
    """The HTML of a template with these values."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, finalize=_written,
        trim_blocks=True, lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    filters: dict[str, Callable[..., object]] = {
        "day": day, "moment": moment, "many": many, "share": share, "first": first,
        "author": author,
    }  # fmt: skip
    environment.filters |= filters
    return environment


def _written(value: object) -> object:
    return shown(value.translate(_CONTROLS)) if isinstance(value, str) and not isinstance(value, Markup) else value


def day(at: str | datetime) -> str:
    """A day as people write it down everywhere: 2026-12-01."""
    return _local(at).strftime("%Y-%m-%d")


def moment(at: str | datetime) -> str:
    """A time of this machine's zone, to the minute."""
    return _local(at).strftime("%Y-%m-%d %H:%M")


def many(count: int, noun: str, plural: str = "") -> str:
    """A count with its noun: "1 run", "2,000 runs"."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def share(value: float | None) -> str:
    """A share in percent; a dash where it is not known."""
    return "–" if value is None else f"{value:.0%}"


def first(text: str, most: int = 200) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def author(builder: str) -> str:
    """Who wrote a script, in words."""
    return {"caller": "the agent", "claude": "Claude", "model": "a model", "extractive": "a rule"}.get(builder, builder)


def _local(at: str | datetime) -> datetime:
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone()
    except (OverflowError, ValueError, OSError):  # A year that no clock of this machine has.
        return moment
