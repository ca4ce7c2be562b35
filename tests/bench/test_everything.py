"""All benches run to their end in their smallest size and make one page; what the figures say is for a person to read."""

import subprocess
import sys
from pathlib import Path

import everything
import pytest
from rows import Row

BENCH = Path(__file__).parents[2] / "bench" / "everything.py"


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from /proc")
def test_the_small_run_makes_a_page_of_all_parts(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    subprocess.run([sys.executable, str(BENCH), "--small", "--out", str(page)], check=True, cwd=tmp_path)
    text = page.read_text(encoding="utf-8")
    for part in everything.PARTS:
        tried = part.small is not None and not part.network
        assert (f"## `python bench/{part.module}.py" in text) == tried
    assert "commit: " in text


def test_a_row_says_its_spread_and_whether_it_reaches_its_aim() -> None:
    met = everything.Figure(Row("start", 0.93, "", "< 1.0"), (0.9, 0.93, 1.2))
    missed = everything.Figure(Row("search", 2_000.0, "ms", "<= 25"), (2_000.0,))
    assert everything.line(met) == "| start | 0.93 (0.9 to 1.2) | < 1.0 | met |"
    assert everything.line(missed) == "| search | 2,000 ms | <= 25 | **not met.** |"


def test_the_command_of_a_part_has_its_options() -> None:
    part = everything.Part("store", {"sizes": [10, 20], "model": "hashing"})
    assert everything.command(part, part.whole) == "python bench/store.py --sizes 10 20 --model hashing"
