"""`memp recall` by a running server of the same memory, which has the model loaded: loading it anew costs most."""

from collections.abc import Mapping
from typing import Any

from memp.config import Settings
from memp.errors import ServerError
from memp.light.local_socket import ASKED_IN_TERMINAL, TERMINAL_PATIENCE, ask
from memp.light.project import Place
from memp.reply import RecallReply


def recalled(settings: Settings, place: Place, folder: str, asked: Mapping[str, Any]) -> RecallReply | None:
    """The reply of a server, the same as the memory would give when opened here; None where there is none, or none that would
    answer alike."""
    question = {  # As memp_server.terminal reads it.
        "settings": settings.model_dump(mode="json", include=set(ASKED_IN_TERMINAL)),
        "place": place,
        "folder": folder,
        "budget": settings.budget,
        **asked,
    }
    try:
        return RecallReply.model_validate(ask(settings.db, question, TERMINAL_PATIENCE))
    except (ServerError, OSError):
        return None
