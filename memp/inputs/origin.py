"""Origins as they are taken in: the name of a session, a file or a client may hold a secret, or what no file can."""

from memp.domain.origin import Origin
from memp.text.redact import sanitise

MAX_NAME = 500
"""Characters that are kept of a name."""


def safe_origin(origin: Origin) -> Origin:
    """The origin with its texts cleaned, redacted and cut."""
    texts = {name: sanitise(getattr(origin, name))[0][:MAX_NAME] for name in ("client", "name", "batch")}
    return origin.model_copy(update=texts)
