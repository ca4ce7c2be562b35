"""docs/programs.md: its blocks run, in order, and print what stands under them."""

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from paths import ROOT

import memp

DOCUMENT = ROOT / "docs" / "programs.md"
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)


def test_the_blocks_print_what_stands_under_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEMP_MODEL", "hashing")
    names: dict[str, Any] = {}
    blocks = BLOCK.findall(DOCUMENT.read_text(encoding="utf-8"))
    assert len(blocks) >= 8
    for code, expected in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(DOCUMENT), "exec"), names)
        assert printed.getvalue() == expected
    assert (tmp_path / "runbook.sqlite3").is_file()


def test_every_public_name_is_there_and_no_other():
    assert all(getattr(memp, name) is not None for name in memp.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = memp.nothing


def test_importing_the_package_imports_nothing_heavy():
    check = "import memp, sys; sys.exit(bool({'numpy', 'apsw', 'pydantic', 'memp.memory'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
