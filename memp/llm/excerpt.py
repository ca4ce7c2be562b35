"""Excerpt: a trajectory shortened to what a language model's prompt has room for."""

from collections.abc import Sequence

from memp.domain.trajectory import Step

PROMPT_CHARACTERS = 60_000
"""Characters of one trajectory that a model is shown, about 15,000 tokens; long observations are shortened first."""


def shortened(steps: Sequence[Step], characters: int) -> list[dict[str, str]]:
    """Steps as plain objects in at most about `characters`: long texts lose their middle, then middle steps go."""
    room = max(80, characters // max(1, 2 * len(steps)))
    shown = [{k: _middle(str(v), room) for k, v in step.model_dump(exclude_none=True).items() if v} for step in steps]
    most = max(2, characters // 160)
    if len(shown) > most:
        gap = {"action": f"[... {len(shown) - most} steps left out ...]"}
        shown = [*shown[: most // 2], gap, *shown[-(most // 2) :]]
    return shown


def _middle(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room * 2 // 3]} [...] {text[-(room // 3) :]}"
