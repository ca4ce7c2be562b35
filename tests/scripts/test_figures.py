"""The figures of a codebase, on one small enough to count by hand."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import figures
import pytest

ROOT = Path(__file__).resolve().parents[2]

PORCH = '''\
"""What a porch is."""

from typing import Protocol


class Door(Protocol):
    """A door."""

    def open(self) -> None: ...

    def close(self) -> None: ...


@property
def knock(times: int) -> int:
    """Knock.

    Twice.
    """

    # A guest may be deaf.
    def loudly() -> int:
        return times  # noqa

    return loudly()


def _wait() -> None: ...


def bell() -> None: ...
'''


@pytest.fixture
def house(tmp_path: Path) -> Path:
    files = {
        "house/__init__.py": "",
        "house/porch.py": PORCH,
        "house/cellar/__init__.py": "",
        "house/cellar/wine.py": "import house.porch\n",
        "tests/test_porch.py": "x = 1\n" * 20,
        "pyproject.toml": '[project]\ndependencies = ["brick", "mortar"]\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(dedent(text), encoding="utf-8")
    return tmp_path


def test_functions_are_measured_with_their_docstring_and_without_their_decorators(house: Path):
    measured = figures.measure(house)
    assert measured["functions"] == 6
    assert measured["longest_functions"] == {
        "house.porch:knock": 11, "house.porch:loudly": 2, "house.porch:_wait": 1, "house.porch:bell": 1,
        "house.porch:close": 1,
    }  # fmt: skip
    assert measured["function_lines"] == [1, 2, 11]


def test_a_comment_is_any_and_a_code_line_no_docstring(house: Path):
    measured = figures.measure(house)
    assert measured["code_lines"] == 12
    assert measured["comments"] == round(100 * 2 / 12, 2)


def test_what_else_is_counted(house: Path):
    measured = figures.measure(house)
    assert measured["largest_protocol"] == ("house.porch:Door", 2)
    assert measured["dependencies"] == 2
    assert measured["what"] == [1, 3]
    assert measured["undocumented_functions"] == ["house.porch:Door.open", "house.porch:Door.close", "house.porch:bell"]
    assert measured["tests"] == round(20 / (len(PORCH.splitlines()) + 1), 3)
    assert measured["longest_chain"] == ["house.cellar.wine", "house.porch"]


def test_a_share_is_the_value_at_the_nearest_rank():
    assert [figures.share(list(range(n)), 0.9) for n in (1, 2, 10, 11)] == [0, 1, 8, 9]


def test_the_table_has_a_column_for_each_codebase(house: Path):
    second = house.parent / "second"
    shutil.copytree(house, second)
    command = [sys.executable, ROOT / "scripts" / "figures.py", house / "house" / "..", second]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert shown[0].split() == [house.name, "second"]
    assert any(line.split()[:2] == ["dependencies", "2"] for line in shown)
    asked = subprocess.run([*command[:3], "--json"], capture_output=True, text=True, check=True).stdout
    assert json.loads(asked)[house.name]["files"] == 4


def test_a_folder_without_a_package_is_refused(tmp_path: Path):
    done = subprocess.run([sys.executable, ROOT / "scripts" / "figures.py", tmp_path], capture_output=True, text=True)
    assert done.returncode == 2
    assert "no Python package" in done.stderr
