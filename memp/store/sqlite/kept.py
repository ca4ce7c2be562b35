"""Automatic backups: one a day of what changed, and which of them are kept."""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from memp.errors import StoreBusyError, StoreError
from memp.light import private
from memp.store.sqlite.backup import back_up_checked
from memp.store.sqlite.copies import END, backups, day_of, folder_of
from memp.store.sqlite.making import locked


def kept(days: Iterable[date], most: int) -> set[date]:
    """Which days' backups are kept, of at most so many: the newest ones, and in the lesser half one of each week before those."""
    ordered = sorted(days, reverse=True)
    newest = ordered[: most - most // 2]
    weeks: dict[tuple[int, int], date] = {}
    for day in ordered[len(newest) :]:
        weeks.setdefault(day.isocalendar()[:2], day)
    return {*newest, *list(weeks.values())[: most // 2]}


def back_up_daily(path: Path, most: int, now: datetime) -> Path | None:
    """Back a memory up unless that was done today, by whichever process, or nothing was written since; where it lies.

    Raises:
        StoreError: it cannot be copied, or has faults; then no earlier backup is deleted.
    """
    folder = folder_of(path)
    today = folder / f"{now.date().isoformat()}{END}"
    if most <= 0 or today.exists() or not _is_newer(path, backups(path)[:1]):
        return None
    try:
        private.make_own_folder(folder)
        with locked(path, patience=0):
            if today.exists():
                return None
            back_up_checked(path, today)
            _delete_others(path, most)
    except StoreBusyError:
        return None
    except OSError as error:
        raise StoreError(f"No backup can be written to {folder} ({error.strerror or error}).") from error
    return today


def _delete_others(path: Path, most: int) -> None:
    files = {day: file for file in backups(path) if (day := day_of(file))}
    for day in files.keys() - kept(files, most):
        files[day].unlink(missing_ok=True)


def _is_newer(path: Path, last: list[Path]) -> bool:
    """Whether something was written since the last backup."""
    times = [file.stat().st_mtime for file in (path, Path(f"{path}-wal")) if file.exists()]
    return bool(times) and (not last or max(times) > last[0].stat().st_mtime)
