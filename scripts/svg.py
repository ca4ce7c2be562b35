"""Elements of an SVG picture as text: boxes, lines of text, arrows. Coordinates have one decimal at most.

Fonts are the generic ones; a text does not leave its box in the widest of the usual fonts, if counted by these widths.
"""

from collections.abc import Sequence
from html import escape

from layered_layout import Box, Point

MONO, BOLD, SANS = 6.65, 7.9, 6.1
"""The width of a character: modules, titles, all else."""

LINE, TITLE = 14, 18
"""The height of a line, and of a title."""

STYLE = """\
text{font-family:sans-serif;font-size:11px;fill:#57606a}
.t{font-family:monospace;font-size:13px;font-weight:bold;fill:#1f2328}
.m{font-family:monospace;font-size:11px;fill:#32383f}
.f{font-weight:bold}
.g{fill:#f6f8fa;stroke:#d0d7de}
.r{fill:#fff;stroke:#8c959f}
.p{fill:#fff8c5;stroke:#bf8700}
.a{fill:none;stroke:#0969da;stroke-width:1.5}
.h{fill:#0969da}
.u{stroke:#cf222e}
.v{fill:#cf222e}"""


def page(title: str, body: Sequence[str], width: float, height: float) -> str:
    """A picture of these elements on a white card, which is its ground in dark mode too."""
    size = f'width="{number(width)}" height="{number(height)}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(width)} {number(height)}" {size} role="img">'
    ground = f'<rect {size} rx="8" fill="#fff"/>'
    return "\n".join(
        [head, f"<title>{escape(title)}</title>", f"<style>\n{STYLE}\n</style>", ground, *body, "</svg>", ""]
    )


def arrow(points: Sequence[Point], *, fault: bool = False) -> list[str]:
    """A line with rounded corners and a head at its end."""
    (x, y), (px, py) = points[-1], points[-2]
    dx, dy = (x > px) - (x < px), (y > py) - (y < py)
    end = (x - 6 * dx, y - 6 * dy)
    head = [(x, y), (x - 7 * dx + 4 * dy, y - 7 * dy + 4 * dx), (x - 7 * dx - 4 * dy, y - 7 * dy - 4 * dx)]
    corners = " ".join(f"{number(a)},{number(b)}" for a, b in head)
    path = rounded([*points[:-1], end])
    return [
        f'<path class="{"a u" if fault else "a"}" d="{path}"/>',
        f'<polygon class="{"v" if fault else "h"}" points="{corners}"/>',
    ]


def rounded(points: Sequence[Point]) -> str:
    """The path through these corners."""
    parts = [f"M{number(points[0][0])} {number(points[0][1])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        a, b = toward(corner, before), toward(corner, after)
        parts.append(
            f"L{number(a[0])} {number(a[1])}Q{number(corner[0])} {number(corner[1])} {number(b[0])} {number(b[1])}"
        )
    parts.append(f"L{number(points[-1][0])} {number(points[-1][1])}")
    return "".join(parts)


def toward(corner: Point, other: Point, radius: float = 4) -> Point:
    length = abs(other[0] - corner[0]) + abs(other[1] - corner[1])
    part = min(radius, length / 2) / length
    return corner[0] + (other[0] - corner[0]) * part, corner[1] + (other[1] - corner[1]) * part


def rect(box: Box, kind: str, radius: int) -> str:
    sizes = f'x="{number(box.x)}" y="{number(box.y)}" width="{number(box.width)}" height="{number(box.height)}"'
    return f'<rect class="{kind}" {sizes} rx="{radius}"/>'


def text(x: float, y: float, kind: str, line: str) -> str:
    style = f' class="{kind}"' if kind else ""
    return f'<text{style} x="{number(x)}" y="{number(y)}">{escape(line, quote=False)}</text>'


def number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
