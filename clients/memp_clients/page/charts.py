"""Pictures as SVG, made on the server. Colours are the style sheet's classes; nothing is told by colour alone."""

import math
from collections.abc import Sequence

from markupsafe import Markup, escape

from memp.domain.trust import Beta
from memp.store.records import Day

_POINTS = 80


def _svg(width: int, height: int, title: str, parts: Sequence[str]) -> Markup:
    # The parts are numbers and words of this module; what comes from outside is escaped by whoever adds it.
    return Markup(
        f'<svg class="chart" role="img" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


def strip(outcomes: Sequence[bool]) -> Markup:
    """Outcomes in their order, the oldest first: a filled bar above the line worked, a hollow one below it failed."""
    worked = sum(outcomes)
    parts = ['<line class="axis" x1="0" y1="20" x2="720" y2="20"/>']
    step = min(14.0, 720 / max(1, len(outcomes)))
    for place, success in enumerate(outcomes):
        x = place * step + step * 0.15
        kind, y = ("good", 4) if success else ("bad hollow", 22)
        parts.append(f'<rect class="{kind}" x="{x:.1f}" y="{y}" width="{step * 0.7:.1f}" height="14"/>')
    return _svg(720, 40, f"{worked} of {len(outcomes)} uses worked, the oldest first", parts)


def belief(worth: Beta, base: float) -> Markup:
    """The probability density of a success rate, with the rate that agents reach without the procedure as a line."""
    rates = [i / _POINTS for i in range(1, _POINTS)]
    # Up to a factor, which the height of the picture decides.
    logs = [(worth.alpha - 1) * math.log(rate) + (worth.beta - 1) * math.log1p(-rate) for rate in rates]
    mass = [math.exp(one - max(logs)) for one in logs]
    points = " ".join(f"{20 + 320 * rate:.1f},{100 - 85 * m:.1f}" for rate, m in zip(rates, mass, strict=True))
    at = 20 + 320 * base
    labels = "".join(f'<text x="{20 + 320 * share - 10}" y="116">{share:.0%}</text>' for share in (0, 0.5, 1))
    return _svg(
        360, 120, f"Success rate: {worth.mean:.0%}, 90 % interval {worth.quantile(0.05):.0%} to {worth.quantile(0.95):.0%}; "
        f"without it {base:.0%}", [
            '<line class="axis" x1="20" y1="100" x2="340" y2="100"/>', f'<polyline class="ours line" points="{points}"/>',
            f'<line class="theirs" stroke-dasharray="4 3" x1="{at:.1f}" y1="10" x2="{at:.1f}" y2="100"/>',
            f'<text x="{min(at + 4, 270):.1f}" y="20">without it</text>', labels,
        ],
    )  # fmt: skip


def days(counts: Sequence[tuple[str, Day | None]]) -> Markup:
    """Runs of each day: the whole bar is all, the filled part those that worked. `counts` has every day, the oldest first."""
    most = max((day.runs for _, day in counts if day), default=0) or 1
    step = 720 / max(1, len(counts))
    parts = ['<line class="axis" x1="0" y1="100" x2="720" y2="100"/>']
    for place, (_, day) in enumerate(counts):
        if day is None or not day.runs:
            continue
        x, width = place * step + step * 0.1, step * 0.8
        whole, good = 90 * day.runs / most, 90 * day.successes / most
        parts.append(
            f'<rect class="theirs hollow" x="{x:.1f}" y="{100 - whole:.1f}" width="{width:.1f}" height="{whole:.1f}"/>'
        )
        parts.append(f'<rect class="ours" x="{x:.1f}" y="{100 - good:.1f}" width="{width:.1f}" height="{good:.1f}"/>')
    if counts:
        parts.append(
            f'<text x="0" y="116">{escape(counts[0][0])}</text><text x="650" y="116">{escape(counts[-1][0])}</text>'
        )
    runs, worked = (sum(getattr(day, name) for _, day in counts if day) for name in ("runs", "successes"))
    return _svg(
        720, 120, f"{runs} runs in {len(counts)} days, of which {worked} worked; at most {most} in a day", parts
    )
