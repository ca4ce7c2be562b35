"""Processes: which one records a run, and whether it may still be at it."""

import os
import platform
import sys


def this_process() -> str:
    """The name of this process, as `is_running` reads it: machine and process id."""
    return f"{platform.node()}/{os.getpid()}"


def is_running(process: str) -> bool:
    """Whether a process may still be running: that is known of this machine's, and of no other's.

    Of a machine that cannot be asked, none is taken to run: what it left is better done twice than never.
    """
    node, _, number = process.rpartition("/")
    if node != platform.node() or not number.isdigit():
        return False
    if int(number) == os.getpid():
        return True
    if sys.platform == "win32":  # There, signal 0 ends a process.
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
