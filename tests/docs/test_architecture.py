"""docs/architecture.md and its picture say what the code does."""

import html
import importlib
import re
from collections.abc import Iterator
from functools import reduce
from itertools import pairwise
from pathlib import Path

import architecture
import import_graph
import pytest
import svg
from layered_layout import Box

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
FILES = import_graph.modules(import_graph.packages(ROOT))
PATH = re.compile(r"`((?:memp|server|clients|scripts|docs)/[\w./-]*)(?::([\w.]+))?`")


PICTURE = (ROOT / architecture.PICTURE).read_text(encoding="utf-8")
RECT = re.compile(r'<rect class="(\w)" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"')
TEXT = re.compile(r'<text(?: class="(\w)")? x="([\d.]+)" y="([\d.]+)">([^<]*)<')
ARROW = re.compile(r'<path class="a[^"]*" d="([^"]+)"')
CORNER = re.compile(r"([\d.]+) ([\d.]+)")


def modules() -> dict[Path, str]:
    return {path: name for name, path in FILES.items()}


def test_the_picture_is_what_the_script_draws():
    assert architecture.picture(ROOT) == PICTURE, "run make architecture"


def test_no_text_of_the_picture_leaves_its_box():
    widths = {"t": svg.BOLD, "m": svg.MONO, "": svg.SANS}
    texts = [(kind, float(x), float(y), text) for kind, x, y, text in TEXT.findall(PICTURE)]
    assert len(texts) > 50
    for kind, x, y, text in texts:
        around = [box for box in boxes() if box.x < x < box.right and box.y < y < box.bottom]
        right = min((box.right for box in around), default=architecture.WIDTH)
        assert x + len(html.unescape(text)) * widths[kind] <= right + 1, text


def test_no_arrow_of_the_picture_crosses_a_room():
    lines = [[(float(x), float(y)) for x, y in CORNER.findall(path)] for path in ARROW.findall(PICTURE)]
    assert len(lines) > 20
    for (ax, ay), (bx, by) in (pair for line in lines for pair in pairwise(line)):
        for box in boxes("rp"):
            clear = (
                max(ax, bx) <= box.x or box.right <= min(ax, bx) or max(ay, by) <= box.y or box.bottom <= min(ay, by)
            )
            assert clear, (box, ax, ay, bx, by)


def boxes(kinds: str = "grp") -> list[Box]:
    return [Box(*map(float, sizes)) for kind, *sizes in RECT.findall(PICTURE) if kind in kinds]


@pytest.mark.parametrize("path", sorted({path for path, _ in PATH.findall(PAGE)}))
def test_what_the_page_names_is_there(path: str):
    assert (ROOT / path).is_dir() if path.endswith("/") else (ROOT / path).is_file()


@pytest.mark.parametrize(("path", "name"), sorted({(path, name) for path, name in PATH.findall(PAGE) if name}))
def test_the_functions_and_tables_of_the_page_are_there(path: str, name: str):
    module = importlib.import_module(modules()[ROOT / path])
    assert reduce(getattr, name.split("."), module) is not None


def test_every_room_has_a_line_and_every_line_a_room():
    lines = set(re.findall(r"^\| `([^`]+)` \|", SECTIONS["Rooms"], re.MULTILINE))
    assert lines == set(rooms())


def rooms() -> Iterator[str]:
    """The rooms of the code: the modules and folders of the library, and the folders of evaluate, the store and clients."""
    for name, path in FILES.items():
        place = path.relative_to(ROOT)
        if path.name == "__init__.py" and name != "memp" and name != "memp_clients" and not name.startswith(DEEPER):
            yield f"{place.parent.as_posix()}/"
        elif path.parent == ROOT / "memp" and path.name != "__init__.py":
            yield place.as_posix()


DEEPER = ("memp.evaluate.agents.", "memp.evaluate.environments.", "memp_clients.hosts.", "memp_clients.sessions.")
"""Where folders are the matter of their room alone."""


@pytest.mark.parametrize("way", ["recall", "record", "reflect"])
def test_a_way_through_has_at_most_six_hops_from_the_memory_on(way: str):
    _, _, after = SECTIONS["Three ways through"].partition(f"**{way}**")
    hops = re.findall(r"^\d\. `([^`]+)`", after.split("**")[0], re.MULTILINE)
    assert 3 <= len(hops) <= 6
    assert hops[0] == f"memp/memory.py:ProceduralMemory.{way}"


def test_the_page_says_where_to_add_what_a_newcomer_adds():
    rows = re.findall(r"^\| an? ", SECTIONS["Where to add what"], re.MULTILINE)
    assert len(rows) >= 10
