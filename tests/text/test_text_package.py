"""The text package stands below everything: what a hook imports of it loads no model and no array."""

import subprocess
import sys

import pytest

HEAVY = ("pydantic", "numpy", "memp.domain", "memp.store")


@pytest.mark.parametrize("module", ["keywords", "redact", "templates", "entities", "failures.detection", "markdown"])
def test_a_text_module_loads_nothing_heavy(module: str):
    code = f"import sys, memp.text.{module}; print([name for name in {HEAVY} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
