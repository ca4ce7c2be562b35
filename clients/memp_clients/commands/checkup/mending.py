"""The repair of a memory file that is damaged beyond its indexes: what is whole of it goes into a new file."""

from collections.abc import Callable
from contextlib import closing

from memp.config import Settings, open_store
from memp.errors import (
    EmptiedError,
    StoreBusyError,
    StoreError,
    StoreFullError,
    StoreReadOnlyError,
    StrangeJournalError,
)
from memp.store.sqlite.backup import put_in_place, refuse_in_use
from memp.store.sqlite.making import locked, making
from memp.store.sqlite.salvage import salvage
from memp_clients.commands.checkup.check import Check


def mend(settings: Settings, told: Callable[[str], None]) -> Check | None:
    """Put in the place of a damaged file what is whole of it; None where nothing is damaged but what an index is made anew from.

    Raises:
        StoreError: it is in use, cannot be written, is empty, lies beside the journal of another file, or nothing of it can be
            read.
    """
    told("Reading every row")
    if not _is_damaged(settings):
        return None
    path = settings.db
    try:
        with locked(path), making(path) as made:
            refuse_in_use(path)
            told("Copying what is whole")
            lost, vectors = salvage(path, made)
            aside = put_in_place(made, path)
    except OSError as error:
        raise StoreReadOnlyError(f"Nothing can be written beside {path} ({error.strerror})") from error
    said = " ".join([*(lost or ["Nothing is lost."]), *vectors])
    summary = f"{path} was damaged and is made anew of what is whole; the damaged file is {aside}. {said}"
    if not lost:
        return Check("repair", "ok", summary)
    return Check("repair", "warn", summary, "`memp restore` lists the backups, which may have what is lost.")


def _is_damaged(settings: Settings) -> bool:
    """Whether the file is damaged once its indexes were made anew."""
    try:
        with closing(open_store(settings)) as store:
            if not store.check_deep():
                return False
            store.reindex()
            return bool(store.check_deep())
    except (StoreBusyError, StoreFullError, StoreReadOnlyError, StrangeJournalError, EmptiedError):
        raise
    except StoreError:
        return True
