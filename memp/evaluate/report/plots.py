"""Plots with matplotlib, as SVG and PNG. The same values give the same bytes: no dates, no random ids.

Matplotlib is loaded only here and only when something is drawn: `pip install memp[plots]`.
"""

# pyright: reportUnknownMemberType=false
# Matplotlib's methods take keywords that it does not type.

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from memp.errors import ConfigError
from memp.evaluate.report.stats import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c8c8c", "#000000")
"""Okabe and Ito's palette: told apart with any colour vision."""

MARKERS = "os^Dv<>P"
DASHES = ("-", "--", ":", "-.") * 2
WIDTH = 8.6
"""Inches; at the width of a page a letter is about as large as the text's."""

LETTERS = 100
"""Letters in a line of that width."""

_STYLE: Any = {
    "svg.hashsalt": "memp",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "legend.frameon": False,
    "errorbar.capsize": 3,
}


class Series(NamedTuple):
    """Values over x, each with its interval; an interval without ends is drawn as a point."""

    label: str
    points: tuple[tuple[float, Interval], ...]


class Panel(NamedTuple):
    """Lines that share an axis."""

    series: tuple[Series, ...]
    y: str
    top: float | None = None


class Bars(NamedTuple):
    """Values of one colour, one for each label of the axis; None where there is none."""

    label: str
    values: tuple[Interval | None, ...]


def lines(path: Path, title: str, x: str, panels: Sequence[Panel]) -> None:
    """Panels side by side, each with lines in a band of their intervals; written to `path` as .svg and .png.

    Raises:
        ConfigError: matplotlib is not installed.
    """

    def draw(figure: "Figure") -> None:
        from matplotlib.ticker import MaxNLocator

        for place, panel in enumerate(panels, 1):
            axes = figure.add_subplot(1, len(panels), place)
            for series, colour, marker, dash in zip(panel.series, COLOURS, MARKERS, DASHES, strict=False):
                xs = [at for at, _ in series.points]
                means = [value.mean for _, value in series.points]
                axes.plot(xs, means, dash, color=colour, marker=marker, ms=5, label=series.label)
                known = [(at, v) for at, v in series.points if v.high < float("inf")]
                axes.fill_between(
                    [at for at, _ in known], [v.low for _, v in known], [v.high for _, v in known],
                    color=colour, alpha=0.18, linewidth=0,
                )  # fmt: skip
            axes.set_xlabel(x)
            axes.set_ylabel(panel.y)
            axes.set_ylim(0, panel.top)
            if all(at == int(at) for series in panel.series for at, _ in series.points):
                axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        _legend(figure, title)

    _written(path, draw, height=4.2)


def bars(
    path: Path, title: str, y: str, labels: Sequence[str], groups: Sequence[Bars], top: float | None = None
) -> None:
    """Bars with their intervals, for each label one of each group; written to `path` as .svg and .png.

    Raises:
        ConfigError: matplotlib is not installed.
    """

    def draw(figure: "Figure") -> None:
        axes = figure.add_subplot()
        width = 0.8 / len(groups)
        for place, (group, colour) in enumerate(zip(groups, COLOURS, strict=False)):
            for at, value in enumerate(group.values):
                if value is not None:
                    left = at + (place - (len(groups) - 1) / 2) * width
                    _bar(axes, left, value, width * 0.92, colour, group.label if at == _first(group) else "")
        axes.set_xticks(range(len(labels)), labels)
        axes.grid(visible=False, axis="x")
        axes.set_ylabel(y)
        axes.set_ylim(0, top)
        _legend(figure, title)

    _written(path, draw, height=4.4)


def bar_rows(path: Path, title: str, y: str, labels: Sequence[str], rows: Sequence[Bars]) -> None:
    """One row of bars for each group, over the same labels, from 0 to 100; written to `path` as .svg and .png.

    Raises:
        ConfigError: matplotlib is not installed.
    """

    def draw(figure: "Figure") -> None:
        for place, row in enumerate(rows, 1):
            axes = figure.add_subplot(len(rows), 1, place)
            for at, (value, colour) in enumerate(zip(row.values, COLOURS, strict=False)):
                if value is not None:
                    _bar(axes, at, value, 0.7, colour, "")
            axes.set_title(row.label, loc="left", fontsize=11)
            axes.set_xticks(range(len(labels)), labels if place == len(rows) else [])
            axes.set_xlim(-0.6, len(labels) - 0.4)
            axes.grid(visible=False, axis="x")
            axes.set_ylabel(y)
            axes.set_ylim(0, 118)
            axes.set_yticks((0, 50, 100))
        _legend(figure, title)

    _written(path, draw, height=1.1 + 1.5 * len(rows))


def _bar(axes: "Axes", left: float, value: Interval, width: float, colour: str, label: str) -> None:
    axes.bar(left, value.mean, width, color=colour, label=label or "_")
    end = value.mean
    if value.high < float("inf"):
        ends = [[value.mean - value.low], [value.high - value.mean]]
        axes.errorbar(left, value.mean, ends, color="#333333", linewidth=1)
        end = max(end, value.high)
    axes.annotate(
        f"{value.mean:.0f}",
        (left, end),
        xytext=(0, 2),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=9,
    )


def _first(group: Bars) -> int:
    return next((at for at, value in enumerate(group.values) if value is not None), -1)


def _legend(figure: "Figure", title: str) -> None:
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize=12)
    handles, names = figure.axes[0].get_legend_handles_labels()
    if names and names != [""]:
        longest = max(map(len, names)) + 8
        figure.legend(handles, names, loc="outside lower center", ncols=max(1, LETTERS // longest))


def _written(path: Path, draw: "Callable[[Figure], None]", height: float) -> None:
    try:
        import matplotlib as mpl
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise ConfigError("Pictures need matplotlib, which is not installed: pip install memp[plots].") from None
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path.with_suffix(".svg"), metadata={"Date": None, "Creator": None})
        figure.savefig(path.with_suffix(".png"), dpi=150, metadata={"Software": None})
