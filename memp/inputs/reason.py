"""Reasons and names that a person types at the terminal, as they are stored: cleaned, redacted and cut."""

from memp.text.redact import sanitise

MAX_REASON = 1_000
"""Characters that are kept of a reason."""

MAX_TITLE = 60
MAX_PROJECT = 200


def safe_reason(text: str) -> str:
    """Why a person decided something."""
    return sanitise(text)[0][:MAX_REASON]


def safe_title(text: str) -> str:
    """The name under which a project is shown."""
    return sanitise(text)[0][:MAX_TITLE]


def safe_project(text: str) -> str:
    """The name of a new project."""
    return sanitise(text)[0].strip()[:MAX_PROJECT]
