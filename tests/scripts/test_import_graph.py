"""The import graph that the figures and the picture are read from."""

from pathlib import Path

import grimp
import import_graph
import pytest

ROOT = Path(__file__).resolve().parents[2]


def written(folder: Path, **files: str) -> dict[str, Path]:
    """The modules of a package `house`; `a__b` is the module b in the folder a."""
    (folder / "house").mkdir()
    for name, text in {"__init__": "", **files}.items():
        file = folder / "house" / ("__init__.py" if name == "__init__" else f"{name.replace('__', '/')}.py")
        file.parent.mkdir(exist_ok=True)
        (file.parent / "__init__.py").touch()
        file.write_text(text, encoding="utf-8")
    return import_graph.modules(import_graph.packages(folder))


def test_it_sees_what_import_linter_sees():
    graph = import_graph.import_graph(import_graph.modules(import_graph.packages(ROOT)))
    theirs = grimp.build_graph("memp", "memp_server", "memp_clients", cache_dir=None)
    assert graph == {module: theirs.find_modules_directly_imported_by(module) for module in theirs.modules}


@pytest.mark.parametrize(
    "text",
    [
        "import house.kitchen.stove",
        "from house.kitchen import stove",
        "from house.kitchen.stove import heat",
        "from .kitchen import stove",
        "from .kitchen.stove import heat as warm",
        "def cook():\n    from house.kitchen import stove",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.kitchen.stove import Heat",
    ],
)
def test_an_import_counts_however_it_is_written(tmp_path: Path, text: str):
    graph = import_graph.import_graph(written(tmp_path, kitchen__stove="heat = 1", door=text))
    assert graph["house.door"] == {"house.kitchen.stove"}


def test_modules_that_import_each_other_through_others_are_one_circle():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": set()}
    assert import_graph.circles({node: frozenset(others) for node, others in graph.items()}) == [["a", "b", "c"]]


def test_rooms_can_make_a_circle_where_modules_make_none(tmp_path: Path):
    files = written(tmp_path, a__x="import house.b.x", b__x="", b__y="import house.a.y", a__y="")
    graph = import_graph.import_graph(files)
    assert import_graph.circles(graph) == []
    assert import_graph.circles(import_graph.siblings(graph, "house")) == [["house.a", "house.b"]]


def test_what_follows_from_other_imports_is_left_out_of_the_reduction():
    graph = {"a": frozenset("bc"), "b": frozenset("c"), "c": frozenset[str]()}
    assert import_graph.reduced(graph) == {"a": {"b"}, "b": {"c"}, "c": frozenset()}


def test_of_a_circle_one_module_counts_in_the_longest_chain():
    graph = {"a": frozenset("b"), "b": frozenset("c"), "c": frozenset("bd"), "d": frozenset[str]()}
    assert import_graph.longest_chain(graph) == ["a", "b", "d"]


def test_the_layers_are_read_from_the_contracts(tmp_path: Path):
    (tmp_path / "pyproject.toml").write_text(
        """
        [[tool.importlinter.contracts]]
        type = "layers"
        layers = ["house.roof"]

        [[tool.importlinter.contracts]]
        type = "forbidden"

        [[tool.importlinter.contracts]]
        type = "layers"
        containers = ["house"]
        layers = ["a | b", "(c) : d"]
        """,
        encoding="utf-8",
    )
    assert import_graph.layers(tmp_path) == [[["house.a", "house.b"], ["house.c", "house.d"]], [["house.roof"]]]
