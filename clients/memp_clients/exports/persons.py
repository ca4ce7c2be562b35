"""People in what goes out: texts without personal data, and without the name of whoever exports."""

import getpass
from collections.abc import Callable
from functools import partial
from pathlib import Path

from memp.text.personal import impersonal


def without_persons() -> Callable[[str], str]:
    """A function that removes personal data from a text, the name of this machine's user included."""
    return partial(impersonal, names=_own_names())


def _own_names() -> frozenset[str]:
    try:
        return frozenset({getpass.getuser(), Path.home().name})
    except (OSError, KeyError, ImportError, RuntimeError):  # An account without a name, as in some containers.
        return frozenset()
