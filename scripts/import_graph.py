"""The import graph of a source tree, read with `ast`: which module imports which.

An import counts wherever it stands: at the top, inside a function (lazy), or under `if TYPE_CHECKING`. `from a import b` is
an import of the module `a.b` where there is one, else of `a`. The parents of an imported module do not count, as in
import-linter. Standard library only; nothing of the tree that is read is imported or run.
"""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

Graph = Mapping[str, frozenset[str]]
"""Each module or room, and what it imports."""

NO_SOURCE = frozenset(
    ("test", "tests", "doc", "docs", "example", "examples", "script", "scripts", "bench", "benchmarks")
)
"""Folders at the top of a repository that are no part of what it publishes."""


def project(root: Path) -> dict[str, Any]:
    """The pyproject.toml of a repository; empty where there is none."""
    path = root / "pyproject.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def packages(root: Path) -> list[Path]:
    """The folders of the packages: those that the wheel is built from where pyproject says so (hatch), else all packages
    in `src` or at the top of the repository, without tests, documents and examples.

    Raises:
        ValueError: there is none.
    """
    value: Any = project(root)
    for key in ("tool", "hatch", "build", "targets", "wheel", "packages"):
        value = value.get(key, {})
    folders = [root / name for name in value]
    if not folders:
        top = root / "src" if (root / "src").is_dir() else root
        folders = sorted(file.parent for file in top.glob("*/__init__.py") if file.parent.name not in NO_SOURCE)
    if not folders:
        raise ValueError(f"There is no Python package in {root}.")
    return folders


def modules(folders: Iterable[Path]) -> dict[str, Path]:
    """The modules of packages by name, sorted. A package is the module of its `__init__.py`."""
    named = {
        ".".join(file.relative_to(folder.parent).with_suffix("").parts).removesuffix(".__init__"): file
        for folder in folders
        for file in folder.rglob("*.py")
    }
    return dict(sorted(named.items()))


def import_graph(files: Mapping[str, Path]) -> dict[str, frozenset[str]]:
    """Which of these modules each of them imports."""
    return {name: frozenset(_known(_imported(name, file), files)) - {name} for name, file in files.items()}


def _imported(name: str, file: Path) -> Iterator[str]:
    """The dotted names that a module imports, `from a import b` as `a.b`."""
    package = name.split(".") if file.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            origin = [*base, *(node.module.split(".") if node.module else ())]
            yield from (".".join([*origin, alias.name]) for alias in node.names)


def _known(names: Iterable[str], files: Mapping[str, Path]) -> Iterator[str]:
    for name in names:
        parent = name.rpartition(".")[0]
        if name in files:
            yield name
        elif parent in files:
            yield parent


def grouped(graph: Graph, room_of: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """The graph between rooms; modules that stand in none are left out."""
    between: dict[str, set[str]] = {room: set() for room in sorted(set(room_of.values()))}
    for module, imported in graph.items():
        if module in room_of:
            between[room_of[module]].update(room_of[other] for other in imported if other in room_of)
    return {room: frozenset(others - {room}) for room, others in between.items()}


def siblings(graph: Graph, parent: str) -> dict[str, frozenset[str]]:
    """The graph between the children of a package, each with all that stands under it."""
    depth = parent.count(".") + 2
    return grouped(graph, {m: ".".join(m.split(".")[:depth]) for m in graph if m.startswith(f"{parent}.")})


def circles(graph: Graph) -> list[list[str]]:
    """The strongly connected components of two or more nodes: all that import each other, directly or not."""
    reach = reachable(graph)
    done: set[str] = set()
    components: list[list[str]] = []
    for node in sorted(graph):
        if node not in done and node in reach[node]:
            components.append(sorted(other for other in reach[node] if node in reach[other]))
            done.update(components[-1])
    return components


def reachable(graph: Graph) -> dict[str, frozenset[str]]:
    """The imports of each node, direct and through others."""
    reach: dict[str, frozenset[str]] = {}
    for node in graph:
        seen: set[str] = set()
        waiting = list(graph[node])
        while waiting:
            other = waiting.pop()
            if other not in seen:
                seen.add(other)
                waiting.extend(graph[other])
        reach[node] = frozenset(seen)
    return reach


def reduced(graph: Graph) -> dict[str, frozenset[str]]:
    """The transitive reduction of a graph without circles: an import that follows from others is left out."""
    reach = reachable(graph)
    return {
        node: frozenset(a for a in imported if not any(a in reach[b] for b in imported if b != a))
        for node, imported in graph.items()
    }


def longest_chain(graph: Graph) -> list[str]:
    """The longest chain of imports, from the importer to what imports nothing; of a circle one module counts."""
    reach = reachable(graph)

    @cache
    def chain(node: str) -> list[str]:
        circle = {other for other in reach[node] if node in reach[other]} | {node}
        below = {other for member in circle for other in graph[member]} - circle
        return [node, *max(map(chain, sorted(below)), key=len, default=[])]

    return max(map(chain, sorted(graph)), key=len, default=[])


def layers(root: Path) -> list[list[list[str]]]:
    """The contracts on layers of import-linter, that with the most layers first; each from the top, a layer its modules."""
    contracts = project(root).get("tool", {}).get("importlinter", {}).get("contracts", [])
    stacks = [
        [[prefix + part.strip(" ()") for part in re.split("[|:]", layer)] for layer in contract["layers"]]
        for contract in contracts
        if contract["type"] == "layers"
        for prefix in [f"{container}." for container in contract.get("containers", [])] or [""]
    ]
    return sorted(stacks, key=len, reverse=True)
