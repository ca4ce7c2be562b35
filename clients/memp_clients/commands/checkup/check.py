"""A check of `memp doctor`, and the state that it found."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Check:
    """One thing that was checked; `todo` says what to do where it is not ok."""

    name: str
    state: State
    found: str
    todo: str = ""
