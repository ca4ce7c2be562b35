"""Layered drawing of a directed graph (after Sugiyama): boxes in rows, straight arrows in the gutters between them.

Boxes of a row are of one height, so that the gutter under them is free; an arrow over several rows goes down a lane at the
left or right margin, for which the rows that it passes leave room. So no arrow crosses a box. Which box stands where in its
row, and on which side a lane runs, is what gives the fewest bends and crossings. Lengths are in pixels, y downwards.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise, permutations

LANE = 16
GAP = 12
GUTTER = 24
TRACK = 8
PORT = 14

Edge = tuple[str, str]
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """Where a node is drawn."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height


@dataclass(frozen=True)
class Drawing:
    """The boxes of a graph, the lines of its edges from the first node to the second, and the height of it all."""

    boxes: Mapping[str, Box]
    lines: Mapping[Edge, Sequence[Point]]
    height: float


@dataclass(frozen=True)
class Task:
    """A drawing to make: rows of nodes, the top first, and edges, each from a row to a lower one.

    `size` gives the height of a node at a width, `least` the width it needs, `weight` its share of what is left of its row.
    """

    rows: Sequence[Sequence[str]]
    edges: Sequence[Edge]
    width: float
    size: Callable[[str, float], float]
    least: Callable[[str], float]
    weight: Callable[[str], float]

    def row_of(self, node: str) -> int:
        return next(i for i, row in enumerate(self.rows) if node in row)


@dataclass(frozen=True)
class Plan:
    """The order of each row, and which of the long edges run on the left."""

    rows: tuple[tuple[str, ...], ...]
    left: frozenset[Edge]


@dataclass
class Gutter:
    """The free space under a row: where lines enter it above and leave it below, and its horizontal tracks."""

    above: list[float] = field(default_factory=list[float])
    below: list[float] = field(default_factory=list[float])
    passing: dict[Edge, tuple[float, float]] = field(default_factory=dict[Edge, tuple[float, float]])

    def enter(self, edge: Edge, top: float, bottom: float) -> None:
        self.above.append(top)
        self.below.append(bottom)
        self.passing[edge] = (top, bottom)

    def bent(self) -> list[Edge]:
        """The edges with a horizontal part, in the order of their tracks from above."""
        turning = [edge for edge, (top, bottom) in self.passing.items() if top != bottom]
        return sorted(turning, key=lambda edge: (self.passing[edge][1] < self.passing[edge][0], self.passing[edge][0]))

    def crossings(self) -> int:
        spans = [(min(pair), max(pair), *pair) for pair in self.passing.values()]
        straight = sum(a[0] < b[2] < a[1] or b[0] < a[2] < b[1] for a, b in combinations(spans, 2))
        return straight + sum((a[2] - b[2]) * (a[3] - b[3]) < 0 for a, b in combinations(spans, 2))


def draw(task: Task) -> Drawing:
    """Draw a graph as well as a search finds: one choice is changed at a time while that lowers the cost."""
    plan = Plan(tuple(tuple(row) for row in task.rows), frozenset())
    best = cost(task, plan)
    improved = True
    while improved:
        improved = False
        for other in variations(task, plan):
            price = cost(task, other)
            if price < best:
                plan, best, improved = other, price, True
                break
    return route(task, plan)[0]


def variations(task: Task, plan: Plan) -> Iterable[Plan]:
    """Plans that differ in the side of one long edge, in the order of one row, or in both."""
    sides = [plan.left] + [plan.left ^ {edge} for edge in long_edges(task)]
    for i, row in enumerate(plan.rows):
        for order in permutations(row):
            for left in sides:
                yield replace(plan, rows=(*plan.rows[:i], order, *plan.rows[i + 1 :]), left=left)


def long_edges(task: Task) -> list[Edge]:
    return [edge for edge in task.edges if task.row_of(edge[1]) - task.row_of(edge[0]) > 1]


def cost(task: Task, plan: Plan) -> tuple[float, float]:
    """Bends and crossings; then the height, and how far lines run sideways."""
    drawing, gutters = route(task, plan)
    bends = sum(len(gutter.bent()) for gutter in gutters)
    sideways = sum(abs(top - bottom) for gutter in gutters for top, bottom in gutter.passing.values())
    return (2 * bends + 3 * sum(gutter.crossings() for gutter in gutters), drawing.height + sideways / 100)


def route(task: Task, plan: Plan) -> tuple[Drawing, list[Gutter]]:
    """Place the boxes of a plan and lead the lines between them."""
    columns = lanes(task, plan)
    spans = [row_spans(task, row, i, columns, plan) for i, row in enumerate(plan.rows)]
    gutters = [Gutter() for _ in plan.rows[1:]]
    for edge in sorted(task.edges, key=lambda e: (e not in columns, task.row_of(e[0]) - task.row_of(e[1]), e)):
        start, end = task.row_of(edge[0]), task.row_of(edge[1])
        source, target = spans[start][edge[0]], spans[end][edge[1]]
        if edge in columns:
            lane = (columns[edge] + 0.5) * LANE
            lane = lane if edge in plan.left else task.width - lane
            gutters[start].enter(edge, port(lane, source, gutters[start].above), lane)
            for gutter in gutters[start + 1 : end - 1]:
                gutter.enter(edge, lane, lane)
            gutters[end - 1].enter(edge, lane, port(lane, target, gutters[end - 1].below))
        else:
            gutters[start].enter(edge, *ports(source, target, gutters[start]))
    return place(task, plan, spans, gutters), gutters


def lanes(task: Task, plan: Plan) -> dict[Edge, int]:
    """The column of each long edge, 0 at the margin; the longest go outside, so that those within reach their boxes."""
    columns: dict[Edge, int] = {}
    for edge in sorted(long_edges(task), key=lambda e: (task.row_of(e[0]) - task.row_of(e[1]), e)):
        start, end = task.row_of(edge[0]), task.row_of(edge[1])
        taken = {
            column
            for other, column in columns.items()
            if (other in plan.left) == (edge in plan.left)
            and task.row_of(other[0]) < end
            and start < task.row_of(other[1])
        }
        columns[edge] = min(set(range(len(columns) + 1)) - taken)
    return columns


def row_spans(
    task: Task, row: Sequence[str], index: int, columns: Mapping[Edge, int], plan: Plan
) -> dict[str, tuple[float, float]]:
    """Left and right end of each box of a row, which fill it but for the lanes that pass."""
    inset = {True: 0, False: 0}
    for edge, column in columns.items():
        if task.row_of(edge[0]) < index < task.row_of(edge[1]):
            side = edge in plan.left
            inset[side] = max(inset[side], (column + 1) * LANE)
    weights = [task.weight(node) for node in row]
    room = task.width - inset[True] - inset[False] - GAP * (len(row) - 1)
    spare = room - sum(task.least(node) for node in row)
    spans: dict[str, tuple[float, float]] = {}
    x = float(inset[True])
    for node, weight in zip(row, weights, strict=True):
        width = round(task.least(node) + spare * weight / sum(weights))
        spans[node] = (x, x + width)
        x += width + GAP
    last = row[-1]
    spans[last] = (spans[last][0], task.width - inset[False])
    return spans


def port(wanted: float, span: tuple[float, float], used: Sequence[float]) -> float:
    """The place on a box's edge nearest to where a line wants to be, apart from the lines that are there already."""
    low, high = span[0] + LANE / 2, span[1] - LANE / 2
    near = min(max(wanted, low), high)
    steps = (near + sign * PORT * step for step in range(40) for sign in (1, -1))
    return next((x for x in steps if low <= x <= high and all(abs(x - other) >= PORT for other in used)), near)


def ports(source: tuple[float, float], target: tuple[float, float], gutter: Gutter) -> tuple[float, float]:
    """Where a line between neighbouring rows leaves and arrives: straight down where the boxes overlap."""
    low, high = max(source[0], target[0]), min(source[1], target[1])
    if high - low >= LANE:
        x = port((low + high) / 2, (low, high), [*gutter.above, *gutter.below])
        return x, x
    left, right = (source[1], target[0]) if source[1] <= target[0] + LANE else (source[0], target[1])
    return port(left, source, gutter.above), port(right, target, gutter.below)


def place(
    task: Task, plan: Plan, spans: Sequence[Mapping[str, tuple[float, float]]], gutters: Sequence[Gutter]
) -> Drawing:
    """The boxes and lines with their y, from above."""
    boxes: dict[str, Box] = {}
    tops: list[float] = []
    y = 0.0
    for i, row in enumerate(plan.rows):
        height = max(task.size(node, spans[i][node][1] - spans[i][node][0]) for node in row)
        boxes |= {node: Box(left, y, right - left, height) for node, (left, right) in spans[i].items()}
        y += height
        if i < len(gutters):
            tops.append(y)
            y += GUTTER + TRACK * len(gutters[i].bent())
    lines = {edge: line(task, edge, boxes, tops, gutters) for edge in task.edges}
    return Drawing(boxes, lines, y)


def line(
    task: Task, edge: Edge, boxes: Mapping[str, Box], tops: Sequence[float], gutters: Sequence[Gutter]
) -> list[Point]:
    """The corners of an edge."""
    start, end = task.row_of(edge[0]), task.row_of(edge[1])
    points: list[Point] = [(gutters[start].passing[edge][0], tops[start])]
    for top, gutter in zip(tops[start:end], gutters[start:end], strict=True):
        enters, leaves = gutter.passing[edge]
        if enters != leaves:
            y = top + TRACK * (gutter.bent().index(edge) + 1)
            points += [(enters, y), (leaves, y)]
    points.append((gutters[end - 1].passing[edge][1], boxes[edge[1]].y))
    return [p for p, following in pairwise([*points, (-1.0, -1.0)]) if p != following]
