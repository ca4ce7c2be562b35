"""What was passed, as a sentence repeats it: its beginning, cleaned and without secrets."""

from memp.errors import MAX_QUOTED
from memp.text.redact import sanitise

MOST_READ = 4_000
"""Characters that are looked at for a secret: only the first few are repeated."""


def quoted(value: object) -> str:
    """The beginning of what was passed."""
    return sanitise(str(value)[:MOST_READ])[0][:MAX_QUOTED]
