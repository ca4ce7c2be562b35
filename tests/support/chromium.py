"""The browser of tests: Chromium, where it is installed."""

import os
import shutil

import pytest

CHROMIUM = os.environ.get("MEMP_TEST_BROWSER") or shutil.which("chromium") or shutil.which("google-chrome") or ""

IN_CHROMIUM = [
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium"),
    # The driver leaves its own pipes to the end of the process.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]

ARGUMENTS = ["--no-sandbox"]
"""A container may not let a browser shut itself in."""
