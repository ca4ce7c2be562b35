"""Measure the size and structure of a Python codebase: length of functions and files, imports, tests, comments.

    python scripts/figures.py [REPOSITORY ...] [--json]

Without a repository it measures this one; of several it prints a column each. Definitions:

    source        the packages that the wheel is built from (hatch), else those in src or at the top
    function      every `def`, methods and nested ones too; its lines from `def` to the end, docstring and blank lines
                  included, decorators not
    90 %          the value at rank round(0.9 * (n - 1)) of the sorted values, counted from 0
    modules       Python files of one folder, `__init__.py` aside
    Protocol      methods that a class with the base Protocol defines itself
    code line     a line with a token that is neither comment nor docstring
    tests         lines of the Python files in tests, for each line of the source (all lines, blank ones too)
    comments      comment tokens, those behind code and those for linters too, for each 100 code lines
    dependencies  of the project itself, without extras
    circle        modules that import each other, directly or through others; lazy imports and those under TYPE_CHECKING
                  count. Rooms are the children of each package, a folder with all that stands under it
    layers        of the contract of import-linter that has the most
    chain         modules on the longest way of imports, one above the other; of a circle one counts
    public        a function or method whose name, classes and modules begin with no underscore, nested ones aside

Standard library only; nothing of what is measured is imported or run.
"""

import argparse
import ast
import io
import json
import statistics
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import import_graph

ROOT = Path(__file__).resolve().parent.parent

MOST_MODULES = 14
"""Modules that a folder should have at most."""

ROWS = (
    ("functions", "{functions}"),
    ("  lines: median / 90 % / longest", "{function_lines[0]}/{function_lines[1]}/{function_lines[2]}"),
    ("files", "{files}"),
    ("  lines: 90 % / longest", "{file_lines[0]}/{file_lines[1]}"),
    ("modules in the fullest folder", "{fullest_folder[1]}"),
    (f"folders with more than {MOST_MODULES} modules", "{full_folders}"),
    ("methods of the largest Protocol", "{largest_protocol[1]}"),
    ("test lines per line of source", "{tests:.2f}"),
    ("comments per 100 code lines", "{comments:.1f}"),
    ("dependencies", "{dependencies}"),
    ("layers of the import contract", "{layers}"),
    ("import circles between modules", "{module_circles}"),
    ("import circles between rooms", "{room_circles}"),
    ("longest chain of imports", "{chain}"),
    ('docstrings that open with "What"', "{what[0]} of {what[1]}"),
    ("public functions without docstring", "{undocumented[0]} of {undocumented[1]}"),
)
"""The table: a label, and how the figures of a codebase fill it."""

SCOPES = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
NO_CODE = frozenset(
    (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("repositories", nargs="*", type=Path, default=[ROOT], metavar="REPOSITORY")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON, with the names behind them")
    options = parser.parse_args()
    try:
        figures = {name: measure(path) for name, path in named(options.repositories).items()}
    except ValueError as error:
        parser.error(str(error))
    print(json.dumps(figures, indent=2) if options.json else table(figures))
    return 0


def named(paths: Sequence[Path]) -> dict[str, Path]:
    """Repositories by the name of their folder, or by their path where two have the same."""
    whole = [path.resolve() for path in paths]
    names = Counter(path.name for path in whole)
    return {path.name if names[path.name] == 1 else str(path): path for path in whole}


def table(figures: dict[str, dict[str, object]]) -> str:
    """The figures as text, a row for each and a column for each codebase."""
    rows = [("", list(figures))]
    rows += [(label, [form.format_map(columns) for columns in figures.values()]) for label, form in ROWS]
    first = max(len(label) for label, _ in rows)
    wide = [max(len(cells[i]) for _, cells in rows) for i in range(len(figures))]
    lines = (
        label.ljust(first) + "".join(f"  {c:>{w}}" for c, w in zip(cells, wide, strict=True)) for label, cells in rows
    )
    return "\n".join(line.rstrip() for line in lines)


@dataclass(frozen=True)
class Source:
    """One file of source, parsed."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())


def measure(root: Path) -> dict[str, object]:
    """The figures of a repository.

    Raises:
        ValueError: it holds no Python package.
    """
    files = import_graph.modules(import_graph.packages(root))
    texts = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
    sources = [Source(name, files[name], text, ast.parse(text)) for name, text in texts.items()]
    return {**sizes(sources, root), **shape(sources, root), **imports(files, root), **prose(sources)}


# Size


def sizes(sources: Sequence[Source], root: Path) -> dict[str, object]:
    """Lengths of functions and files, and what stands beside the code: tests, comments, dependencies."""
    functions = [
        (f"{s.name}:{f.name}", length(f)) for s in sources for f in ast.walk(s.tree) if isinstance(f, FUNCTIONS)
    ]
    lengths = [lines for _, lines in functions]
    lines = {s.name: s.lines for s in sources}
    tests = sum(
        len(f.read_text(encoding="utf-8").splitlines()) for top in ("tests", "test") for f in (root / top).rglob("*.py")
    )
    code = sum(code_lines(source) for source in sources)
    return {
        "functions": len(lengths),
        "function_lines": [round(statistics.median(lengths)), share(lengths, 0.9), max(lengths)],
        "longest_functions": largest(dict(functions)),
        "files": len(lines),
        "file_lines": [share(list(lines.values()), 0.9), max(lines.values())],
        "longest_files": largest(lines),
        "lines": sum(lines.values()),
        "code_lines": code,
        "tests": round(tests / sum(lines.values()), 3),
        "comments": round(100 * sum(comments(source) for source in sources) / code, 2),
        "dependencies": len(import_graph.project(root).get("project", {}).get("dependencies", [])),
    }


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def share(values: Sequence[int], part: float) -> int:
    """The value below which about this part of the values lies."""
    return sorted(values)[round(part * (len(values) - 1))]


def largest(sizes: Mapping[str, int], most: int | None = 5) -> dict[str, int]:
    """The entries with the largest values, the largest first."""
    return dict(sorted(sizes.items(), key=lambda entry: (-entry[1], entry[0]))[:most])


def code_lines(source: Source) -> int:
    """Lines with a token that is neither comment nor docstring."""
    lines = {
        line
        for token in tokens(source)
        if token.type not in NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    for node in ast.walk(source.tree):
        if isinstance(node, SCOPES) and ast.get_docstring(node, clean=False) is not None:
            lines.difference_update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return len(lines)


def comments(source: Source) -> int:
    return sum(token.type == tokenize.COMMENT for token in tokens(source))


def tokens(source: Source) -> Iterator[tokenize.TokenInfo]:
    return tokenize.generate_tokens(io.StringIO(source.text).readline)


# Structure


def shape(sources: Sequence[Source], root: Path) -> dict[str, object]:
    """How many modules stand in a folder, and how many methods in a Protocol."""
    paths = [source.path for source in sources if source.path.name != "__init__.py"]
    folders = Counter(path.parent.relative_to(root).as_posix() for path in paths)
    protocols = {
        f"{source.name}:{node.name}": sum(isinstance(part, FUNCTIONS) for part in node.body)
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases)
    }
    return {
        "fullest_folder": next(iter(largest(folders, 1).items())),
        "full_folders": sum(count > MOST_MODULES for count in folders.values()),
        "folders": largest(folders, None),
        "largest_protocol": next(iter(largest(protocols, 1).items()), ("", 0)),
    }


def imports(files: Mapping[str, Path], root: Path) -> dict[str, object]:
    """Layers, circles and chains of the import graph."""
    graph = import_graph.import_graph(files)
    packages = [name for name, path in files.items() if path.name == "__init__.py"]
    modules = import_graph.circles(graph)
    rooms = [circle for package in packages for circle in import_graph.circles(import_graph.siblings(graph, package))]
    chain = import_graph.longest_chain(graph)
    return {
        "layers": max(map(len, import_graph.layers(root)), default=0),
        "module_circles": len(modules),
        "room_circles": len(rooms),
        "circles": {"modules": modules, "rooms": rooms},
        "chain": len(chain),
        "longest_chain": chain,
    }


# Prose


def prose(sources: Sequence[Source]) -> dict[str, object]:
    """How much of the source has a docstring, and how many of these open with "What"."""
    docstrings = [
        text
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, SCOPES) and (text := ast.get_docstring(node)) is not None
    ]
    public = {f"{s.name}:{name}": node for s in sources if is_public(s.name) for name, node in functions_of(s.tree)}
    bare = [name for name, node in public.items() if ast.get_docstring(node) is None]
    return {
        "what": [sum(text.startswith("What") for text in docstrings), len(docstrings)],
        "undocumented": [len(bare), len(public)],
        "undocumented_functions": bare,
    }


def functions_of(
    scope: ast.Module | ast.ClassDef, prefix: str = ""
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """The public functions and methods of a module or class by name, without nested ones."""
    for node in scope.body:
        if isinstance(node, FUNCTIONS) and is_public(node.name):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef) and is_public(node.name):
            yield from functions_of(node, f"{prefix}{node.name}.")


def is_public(name: str) -> bool:
    return not any(part.startswith("_") for part in name.split("."))


if __name__ == "__main__":
    sys.exit(main())
