"""Draw docs/architecture.svg, the picture of the rooms, from the imports: `make architecture`.

    python scripts/architecture.py [--root REPOSITORY] [--check]

A room is a child of a package: a folder with what stands under it, or a module beside the folders. Its row is that of its
layer in import-linter's contract (pyproject.toml); within a layer an importer stands above what it imports. An arrow is an
import, lazy ones and those under TYPE_CHECKING included; what follows from other arrows is left out. An arrow that goes up
would be part of a circle, and is red. The same tree gives the same bytes on every machine. Standard library only.
"""

import argparse
import ast
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from textwrap import wrap

import import_graph
from import_graph import Graph
from layered_layout import Box, Drawing, Edge, Point, Task, draw
from svg import BOLD, LINE, MONO, SANS, TITLE, arrow, page, rect, text

ROOT = Path(__file__).resolve().parent.parent
PICTURE = "docs/architecture.svg"

LIBRARY, EVALUATION, SERVER, CLIENTS = "memp", "memp.evaluate", "memp_server", "memp_clients"
TITLES = {LIBRARY: "memp", EVALUATION: "memp/evaluate", SERVER: "memp_server", CLIENTS: "memp_clients"}
PAPER = ("memp.build", "memp.retrieve", "memp.update")
"""The rooms that are the method's own: Build, Retrieve, Update."""

WIDTH, MARGIN, BETWEEN, PADDING = 1000, 12, 34, 12
NARROW = 236
"""The width of the server's and the evaluation's card."""

LEGEND = (
    "An arrow is an import, lazy ones and",
    "those for types included. What follows",
    "from other arrows is left out.",
    "Yellow: Build, Retrieve and Update,",
    "the method's own rooms.",
)
FAULT = ("Red: an import that goes up, and so is", "part of a circle.")


@dataclass(frozen=True)
class Room:
    """A box of the picture: its name as a path, what it is, and the modules in it, those of a folder a line each."""

    title: str
    caption: str
    modules: Sequence[tuple[str, Sequence[str]]]


@dataclass(frozen=True)
class Card:
    """A package with its rooms, drawn."""

    title: str
    caption: str
    rooms: Mapping[str, Room]
    drawing: Drawing
    faults: frozenset[Edge]
    width: float

    @property
    def captions(self) -> list[str]:
        return wrap(self.caption, int((self.width - 2 * PADDING) / SANS))

    @property
    def head(self) -> float:
        """The height above its rooms."""
        return PADDING + TITLE + LINE * len(self.captions)

    @property
    def height(self) -> float:
        return self.head + self.drawing.height + PADDING


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository to draw (this one)")
    parser.add_argument("--check", action="store_true", help="only say whether the picture is current")
    options = parser.parse_args()
    path = options.root / PICTURE
    drawn = picture(options.root)
    if options.check:
        current = path.exists() and path.read_text(encoding="utf-8") == drawn
        print(f"{PICTURE} is {'current' if current else 'out of date: run make architecture'}.")
        return 0 if current else 1
    path.write_text(drawn, encoding="utf-8", newline="\n")
    print(f"Drew {path}")
    return 0


# What is drawn


class Tree:
    """A repository's modules, imports and layers."""

    def __init__(self, root: Path) -> None:
        self.files = import_graph.modules(import_graph.packages(root))
        self.graph = import_graph.import_graph(self.files)
        self.stacks = import_graph.layers(root)

    def children(self, package: str) -> dict[str, Room]:
        """The rooms of a package by module name; evaluate is a package of its own here."""
        depth = package.count(".") + 1
        names = {".".join(m.split(".")[: depth + 1]) for m in self.files if m.startswith(f"{package}.")}
        return {name: self.room(name) for name in sorted(names - {EVALUATION}) if not name.endswith(".__main__")}

    def room(self, name: str) -> Room:
        """A room as it stands in the tree."""
        short = name.rpartition(".")[2]
        if self.files[name].name != "__init__.py":
            return Room(short, self.caption(name), ())
        inner: dict[str, list[str]] = {"": []}
        for module in self.files:
            if module.startswith(f"{name}.") and not module.endswith(".__main__"):
                folder, _, last = module[len(name) + 1 :].rpartition(".")
                if self.files[module].name == "__init__.py":
                    inner.setdefault(f"{folder}.{last}".strip("."), [])
                else:
                    inner.setdefault(folder, []).append(last)
        lines = [(folder.replace(".", "/"), modules) for folder, modules in inner.items() if folder or modules]
        return Room(f"{short}/", self.caption(name), lines)

    def counts(self, rooms: Iterable[str]) -> Counter[Edge]:
        """How many imports there are from each room to each other."""
        room_of = {m: room for room in rooms for m in self.files if m == room or m.startswith(f"{room}.")}
        pairs = ((m, other) for m in room_of for other in self.graph[m] if other in room_of)
        return Counter((room_of[m], room_of[other]) for m, other in pairs)

    def caption(self, name: str) -> str:
        """The first sentence of a module's docstring."""
        text = ast.get_docstring(ast.parse(self.files[name].read_text(encoding="utf-8"))) or ""
        return text.split("\n\n")[0].replace("\n", " ").replace("`", "").split(". ")[0].rstrip(".")

    def layers_of(self, rooms: Iterable[str]) -> dict[str, int]:
        """The layer of each room, by the contract that tells most of them apart; 0 for all where there is none.

        One that a contract names in parts stands where its highest part does.
        """
        stacks = [{room: place(room, stack) for room in rooms} for stack in self.stacks]
        return max(stacks, key=lambda layers: len(set(layers.values())), default=dict.fromkeys(rooms, 0))


def place(room: str, stack: Sequence[Sequence[str]]) -> int:
    """The index of a room's layer; under all of them if it has none."""
    named = (
        i
        for i, layer in enumerate(stack)
        for name in layer
        if room == name or name.startswith(f"{room}.") or room.startswith(f"{name}.")
    )
    return next(named, len(stack))


def without_circles(
    graph: Graph, layer: Mapping[str, int], counts: Mapping[Edge, int]
) -> tuple[Graph, frozenset[Edge]]:
    """The graph without the imports that go up, and these. Of a circle within a layer, the rarest imports go up."""
    down: dict[str, set[str]] = {node: set() for node in graph}
    up: set[Edge] = set()
    edges = [(node, other) for node in graph for other in graph[node]]
    for node, other in sorted(edges, key=lambda edge: (-counts[edge], edge)):
        if layer[node] > layer[other] or (layer[node] == layer[other] and node in reach_of(down, other)):
            up.add((node, other))
        else:
            down[node].add(other)
    return {node: frozenset(others) for node, others in down.items()}, frozenset(up)


def reach_of(graph: Mapping[str, set[str]], node: str) -> set[str]:
    seen: set[str] = set()
    waiting = [node]
    while waiting:
        for other in graph[waiting.pop()] - seen:
            seen.add(other)
            waiting.append(other)
    return seen


def rows_of(graph: Graph, layer: Mapping[str, int]) -> list[list[str]]:
    """The rows of the rooms: by layer, and within one an importer above what it imports."""

    @cache
    def height(node: str) -> int:
        return 1 + max((height(other) for other in graph[node] if layer[other] == layer[node]), default=0)

    keys = sorted({(layer[node], -height(node)) for node in graph})
    return [[node for node in sorted(graph) if (layer[node], -height(node)) == key] for key in keys]


def card(tree: Tree, package: str, width: float, *, flat: bool = False) -> Card:
    """Draw a package: its rooms as boxes, or, where `flat`, all its modules as one."""
    if flat:
        rooms = {package: Room("", "", tree.room(package).modules)}
        graph: Graph = {package: frozenset()}
    else:
        rooms = tree.children(package)
        graph = {
            room: imported & rooms.keys()
            for room, imported in import_graph.siblings(tree.graph, package).items()
            if room in rooms
        }
    layer = tree.layers_of(rooms)
    down, faults = without_circles(graph, layer, tree.counts(rooms))
    kept = import_graph.reduced(down)
    edges = [(node, other) for node in sorted(kept) for other in sorted(kept[node])]
    edges += sorted((other, node) for node, other in faults if (other, node) not in edges)
    size = cache(lambda room, wide: box_height(rooms[room], wide))
    least = cache(lambda room: least_width(rooms[room]))
    task = Task(rows_of(down, layer), edges, width - 2 * PADDING, size, least, lambda room: weight(rooms[room]))
    return Card(TITLES[package], tree.caption(package), rooms, draw(task), faults, width)


# Text in boxes


def texts(room: Room, width: float) -> list[tuple[str, str]]:
    """The lines of a room's box as (class, text); a title and its caption share a line where there is room."""
    inner = width - 2 * PADDING
    lines: list[tuple[str, str]] = []
    if room.title:
        beside = len(room.title) * BOLD + 10 + len(room.caption) * SANS <= inner
        lines.append(("t", room.title))
        captions = [room.caption] if beside else wrap(room.caption, int(inner / SANS))
        lines += [("beside" if beside else "", text) for text in captions if text]
    for folder, modules in room.modules:
        words = [*([f"{folder}/"] if folder else []), *modules]
        lines += [("m", text) for text in wrap(" ".join(words), int(inner / MONO), break_on_hyphens=False)]
    return lines


def box_height(room: Room, width: float) -> float:
    lines = texts(room, width)
    return 12 + sum(0 if kind == "beside" else TITLE if kind == "t" else LINE for kind, _ in lines)


def least_width(room: Room) -> float:
    """The width that a room needs for its title and its longest word."""
    words = [len(word) * MONO for folder, modules in room.modules for word in [folder, *modules]]
    words += [len(word) * SANS for word in room.caption.split()]
    return max([len(room.title) * BOLD, *words]) + 2 * PADDING


def weight(room: Room) -> float:
    """The share of a room in the width of its row that is left: by how much is written in it, within limits."""
    written = len(room.caption) + sum(len(" ".join([folder, *modules])) for folder, modules in room.modules)
    return min(max(written, 60), 200)


# SVG


def picture(root: Path) -> str:
    """The picture of a repository."""
    tree = Tree(root)
    wide = WIDTH - 2 * MARGIN - BETWEEN - NARROW
    cards = {
        SERVER: card(tree, SERVER, NARROW, flat=True),
        CLIENTS: card(tree, CLIENTS, wide),
        LIBRARY: card(tree, LIBRARY, wide),
        EVALUATION: card(tree, EVALUATION, NARROW),
    }
    places = places_of(cards)
    notes = LEGEND + FAULT * any(card.faults for card in cards.values())
    beside = places[EVALUATION]
    bottom = max(places[LIBRARY].bottom, beside.bottom + 2 * LINE + LINE * len(notes))
    body = [part for name, place in places.items() for part in card_svg(cards[name], place)]
    body += [part for edge in between(tree) for part in arrow(bridge(places[edge[0]], places[edge[1]]))]
    body += [text(beside.x, beside.bottom + LINE * i, "", note) for i, note in enumerate(notes, start=2)]
    return page("The rooms of memp and their imports", body, WIDTH, bottom + MARGIN)


def places_of(cards: Mapping[str, Card]) -> dict[str, Box]:
    """Where the cards lie: server and clients above, the library under the server, the evaluation under the clients."""
    server, clients, library, evaluation = (cards[name] for name in (SERVER, CLIENTS, LIBRARY, EVALUATION))
    top = max(server.height, clients.height)
    below = MARGIN + top + BETWEEN
    return {
        SERVER: Box(MARGIN, MARGIN + top - server.height, server.width, server.height),
        CLIENTS: Box(MARGIN + server.width + BETWEEN, MARGIN, clients.width, top),
        LIBRARY: Box(MARGIN, below, library.width, library.height),
        EVALUATION: Box(MARGIN + library.width + BETWEEN, below, evaluation.width, evaluation.height),
    }


def between(tree: Tree) -> list[Edge]:
    """The imports between the cards, without those that follow from others."""
    names = sorted(TITLES, key=len, reverse=True)
    room_of = {m: next(n for n in names if m == n or m.startswith(f"{n}.")) for m in tree.files}
    graph = import_graph.grouped(tree.graph, room_of)
    # memp.evaluate stands in memp, as far as Python goes: its arrows to itself are none.
    kept = import_graph.reduced(graph)
    return [(node, other) for node in sorted(kept) for other in sorted(kept[node])]


def bridge(source: Box, target: Box) -> list[Point]:
    """A straight line from one card to the next: down, or to the side at the height of the lower one's middle."""
    low, high = max(source.x, target.x), min(source.right, target.right)
    if low < high:
        x = (low + high) / 2
        return [(x, source.bottom), (x, target.y)]
    y = max(source.y, target.y) + min(source.height, target.height) / 2
    return [(source.x, y), (target.right, y)] if source.x > target.x else [(source.right, y), (target.x, y)]


def card_svg(card: Card, place: Box) -> list[str]:
    parts = [rect(place, "g", 8)]
    x = place.x + PADDING
    parts.append(text(x, place.y + PADDING + 10, "t", card.title))
    parts += [text(x, place.y + PADDING + 11 + LINE * i, "", line) for i, line in enumerate(card.captions, start=1)]
    y = place.y + card.head
    moved = partial(shift, x, y)
    for name, box in card.drawing.boxes.items():
        parts += room_svg(card.rooms[name], moved(box), "p" if name in PAPER else "r")
    for (first, second), points in card.drawing.lines.items():
        ends = [(px + x, py + y) for px, py in points]
        fault = (second, first) in card.faults
        parts += arrow(ends[::-1] if fault else ends, fault=fault)
    return parts


def shift(x: float, y: float, box: Box) -> Box:
    return Box(box.x + x, box.y + y, box.width, box.height)


def room_svg(room: Room, box: Box, kind: str) -> list[str]:
    parts = [rect(box, kind, 5)]
    x, y = box.x + PADDING, box.y + 3.0
    for style, line in texts(room, box.width):
        if style == "beside":
            parts.append(text(x + len(room.title) * BOLD + 10, y, "", line))
        else:
            y += TITLE if style == "t" else LINE
            parts.append(text(x, y, style, line))
    return parts


if __name__ == "__main__":
    sys.exit(main())
