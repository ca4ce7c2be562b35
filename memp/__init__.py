"""Procedural memory for agents, after Memp (arXiv 2508.06433). The three calls are in memp.memory, the settings in memp.config.

`from memp import ProceduralMemory, open_memory` is the way in for programs: docs/programs.md. Each name is imported when
it is first asked for, since a server's handshake and a hook import this package and need neither numpy nor the store.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memp.config import open_memory, read_settings
    from memp.domain.results import Recall, Record, Reflection
    from memp.errors import MempError
    from memp.memory import ProceduralMemory
    from memp.reply import recall_reply, record_reply, reflect_reply

__all__ = [
    "MempError",
    "ProceduralMemory",
    "Recall",
    "Record",
    "Reflection",
    "open_memory",
    "read_settings",
    "recall_reply",
    "record_reply",
    "reflect_reply",
]

_HOMES = {
    "MempError": "memp.errors",
    "ProceduralMemory": "memp.memory",
    "Recall": "memp.domain.results",
    "Record": "memp.domain.results",
    "Reflection": "memp.domain.results",
    "open_memory": "memp.config",
    "read_settings": "memp.config",
    "recall_reply": "memp.reply",
    "record_reply": "memp.reply",
    "reflect_reply": "memp.reply",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'memp' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)
