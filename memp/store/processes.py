"""Processes: which one records a run, and whether it may still be at it."""

import os
import platform
import sys
import uuid
from pathlib import Path

_OWN = uuid.uuid4().hex[:12]
"""Tells this process from an earlier one of its number, where the system does not say when a process began."""


def this_process() -> str:
    """The name of this process, as `is_running` reads it: machine, process id, and when it began."""
    return f"{platform.node()}/{os.getpid()}/{_began(os.getpid())}"


def is_running(process: str) -> bool:
    """Whether a process may still be running: that is known of this machine's, and of no other's.

    Of a machine that cannot be asked, none is taken to run: what it left is better done twice than never. A number is given
    again, in a container always the same few: so the name says when the process began, but for those of an older memp.
    """
    node, number, began = ([*process.split("/"), "", ""])[:3]
    if node != platform.node() or not number.isdigit():
        return False
    if int(number) == os.getpid():
        return began in ("", _began(os.getpid()))
    if sys.platform == "win32":  # There, signal 0 ends a process.
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return "" in (began, now := _began(int(number))) or began == now


def _began(number: int) -> str:
    """When a process began, in ticks since a boot of the system; empty where that is not known."""
    if sys.platform != "linux":
        return _OWN if number == os.getpid() else ""
    try:
        ticks = Path(f"/proc/{number}/stat").read_bytes().rpartition(b")")[2].split()[19].decode()
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text(encoding='ascii')[:8]}-{ticks}"
    except (OSError, IndexError):
        return _OWN if number == os.getpid() else ""
