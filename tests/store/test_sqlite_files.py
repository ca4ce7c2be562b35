"""The memory file among other processes, on full and read-only disks, and with damage: real SQLite, real processes."""

import hashlib
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw
import pytest
from stored import run

from memp.config import Settings
from memp.config import open_memory as open_by_settings
from memp.embed.background import Ready
from memp.embed.hashing import HashingEmbedder
from memp.errors import MempError, StoreBusyError, StoreError, StoreFullError, StoreReadOnlyError
from memp.memory import ProceduralMemory
from memp.store.records import Asked
from memp.store.sqlite.store import SQLiteStore

STEPS = ["go to the sink -> there", "wash the mug -> it is clean"]


def opened(path: Path, *, busy_timeout: float = 5.0, read_only: bool = False) -> ProceduralMemory:
    store = SQLiteStore(path, busy_timeout=busy_timeout, read_only=read_only)
    return ProceduralMemory(store, Ready(HashingEmbedder()))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "memory.sqlite3"


@pytest.fixture
def filled(path: Path) -> Path:
    """A file with one procedure in it, closed."""
    memory = opened(path)
    memory.record("clean the mug", STEPS, "success")
    memory.close()
    return path


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    """A process of its own that runs `code` with the arguments in `sys.argv[1:]`."""
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out.strip()


def state(path: Path) -> list[tuple[str, str, int]]:
    """Every file of the folder: name, content and time of change."""
    files = sorted(f for f in path.parent.iterdir() if f.suffix != ".sqlite3-shm")
    return [(f.name, hashlib.sha256(f.read_bytes()).hexdigest(), f.stat().st_mtime_ns) for f in files]


def eventually(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for what another thread does; how long it takes decides nothing but when to give up."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it never became true"
        pause.wait(0.01)


@contextmanager
def locked(path: Path) -> Generator[Callable[[], None]]:
    """Another process that holds the write lock; call the yielded function to let go."""
    holder = python(
        """
        import apsw, sys
        db = apsw.Connection(sys.argv[1])
        db.execute("BEGIN EXCLUSIVE")
        print("held", flush=True)
        sys.stdin.readline()
        db.execute("ROLLBACK")
        db.close()
        """,
        path,
    )

    def let_go() -> None:
        if holder.poll() is None:
            holder.communicate("\n", timeout=30)

    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        yield let_go
    finally:
        let_go()


def integrity(path: Path) -> str:
    with apsw.Connection(str(path)) as db:
        return str(db.pragma("integrity_check"))


# Opening


def test_opening_a_file_that_is_up_to_date_writes_nothing(filled: Path):
    before = state(filled)
    memory = opened(filled)
    during = state(filled)
    memory.store.stats()
    memory.close()
    assert [entry for entry in during if not entry[0].endswith("-wal")] == before
    assert [
        entry for entry in during if entry[0].endswith("-wal") and entry[1] != hashlib.sha256(b"").hexdigest()
    ] == []
    assert state(filled) == before


def test_opening_takes_no_write_lock(filled: Path):
    with locked(filled):
        memory = opened(filled, busy_timeout=0.05)
        assert memory.recall("clean the mug").matches
        memory.store.close()


def test_a_new_file_and_its_folders_are_made(tmp_path: Path):
    memory = opened(tmp_path / "a" / "b" / "m.sqlite3")
    assert memory.store.stats().trajectories == 0
    memory.close()


def test_eight_processes_may_open_a_new_file_at_once(path: Path):
    code = """
        import sys
        from pathlib import Path
        from memp.store.sqlite.store import SQLiteStore
        print("ready", flush=True)
        sys.stdin.readline()
        store = SQLiteStore(Path(sys.argv[1]), busy_timeout=30)
        print(store.stats().trajectories)
        store.close()
        """
    processes = [python(code, path) for _ in range(8)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    assert [finish(process) for process in processes] == ["0"] * 8
    assert integrity(path) == "ok"


def test_a_file_of_a_newer_memp_is_refused_and_left_alone(filled: Path):
    with apsw.Connection(str(filled)) as db:
        db.pragma("user_version", 99)
    db.close()
    before = state(filled)
    with pytest.raises(StoreError, match=r"newer memp \(schema 99.*upgrade memp"):
        opened(filled)
    assert state(filled) == before


def test_a_sqlite_file_of_another_program_is_refused_and_left_alone(path: Path):
    with apsw.Connection(str(path)) as db:
        db.execute("CREATE TABLE notes (text)")
    db.close()
    before = state(path)
    with pytest.raises(StoreError, match=r"of another program: set MEMP_DB"):
        opened(path)
    assert state(path) == before


def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path):
    path.write_bytes(b"Dear diary, today I learned to clean a mug. " * 500)
    before = state(path)
    with pytest.raises(
        StoreError, match=r"not a usable SQLite file.*`memp doctor --repair` saves what is whole.*`memp restore`"
    ):
        opened(path)
    assert state(path) == before


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_a_sentence_and_left_alone(filled: Path, share: float):
    whole = filled.read_bytes()
    filled.write_bytes(whole[: int(len(whole) * share)])
    before = state(filled)
    memory: ProceduralMemory | None = None
    with pytest.raises(StoreError, match=r"usable|cannot be used"):  # noqa: PT012
        memory = opened(filled)
        memory.recall("clean the mug")
        memory.record("clean the cup", STEPS, "success")
    if memory is not None:
        memory.close()
    assert [entry[:2] for entry in state(filled)] == [entry[:2] for entry in before]


def test_damaged_pages_are_a_sentence_and_never_an_unknown_error(filled: Path):
    whole = bytearray(filled.read_bytes())
    for page in range(1, len(whole) // 4096):
        whole[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    filled.write_bytes(whole)
    with pytest.raises(StoreError, match=r"memory\.sqlite3"):
        opened(filled).recall("clean the mug")


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes in folders")
def test_a_folder_or_a_pipe_in_place_of_the_file_is_a_sentence_and_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(StoreError, match=r"is no file: set MEMP_DB"):
            opened(path)


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit there")
@pytest.mark.parametrize(
    ("room", "said", "stays"), [(0, "nothing was stored", True), (400, "It is deleted, but traces", False)]
)
def test_what_is_deleted_where_the_file_cannot_be_written_anew_is_told_so(
    filled: Path, room: int, said: str, stays: bool
):
    memory = opened(filled)
    for number in range(60):
        memory.record(f"clean the cup {number}", [{"action": f"wash {number}", "observation": "x" * 9_000}], "success")
    memory.close()
    limited = """
        import resource, sys
        from memp.errors import StoreError
        from memp.store.sqlite.store import SQLiteStore
        store = SQLiteStore(__import__("pathlib").Path(sys.argv[1]))
        most = int(sys.argv[2]) << 10
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        try:
            store.forget([], [2])
        except StoreError as error:
            print(error)
        """
    command = [sys.executable, "-c", textwrap.dedent(limited), str(filled), str(room)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert said in done.stdout and "savepoint" not in done.stdout, done.stdout + done.stderr
    store = SQLiteStore(filled)
    assert (2 in store.trajectory_tasks([2])) is stays
    store.close()


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match=r"folder .* cannot be made .*MEMP_DB"):
        opened(tmp_path / "file" / "memory.sqlite3")


def test_an_empty_file_becomes_a_memory(path: Path):
    path.touch()
    memory = opened(path)
    assert memory.record("clean the mug", STEPS, "success").how == "created"
    memory.close()


# Read-only


def test_a_read_only_memory_recalls_and_refuses_to_be_written(filled: Path):
    before = state(filled)
    memory = opened(filled, read_only=True)
    assert memory.recall("clean the mug").matches[0].procedure.id == 1
    with pytest.raises(StoreReadOnlyError, match="read-only: it can be recalled from, not written"):
        memory.record("clean the cup", STEPS, "success")
    with pytest.raises(StoreReadOnlyError):
        memory.reflect("clean the cup", STEPS, "it broke")
    memory.close()
    assert state(filled)[0] == before[0]


@pytest.mark.skipif(os.name != "posix", reason="modes and users of POSIX")
@pytest.mark.parametrize("folder", [0o555, 0o777], ids=["in a read-only folder", "in a folder that may be written"])
def test_a_file_without_the_right_to_write_is_recalled_from(filled: Path, folder: int):
    code = """
        import os, sys
        from pathlib import Path
        from memp.embed.background import Ready
        from memp.embed.hashing import HashingEmbedder
        from memp.errors import StoreReadOnlyError
        from memp.memory import ProceduralMemory
        from memp.store.sqlite.store import SQLiteStore

        # The modes of files do not bind root.
        if os.getuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        memory = ProceduralMemory(SQLiteStore(Path(sys.argv[1])), Ready(HashingEmbedder()))
        assert memory.store.read_only
        assert memory.recall("clean the mug").matches[0].procedure.id == 1
        try:
            memory.record("clean the cup", ["wash it"], "success")
        except StoreReadOnlyError:
            print("refused")
        memory.close()
        """
    # Those above tmp_path are closed to other users.
    with tempfile.TemporaryDirectory() as outside:
        copy = Path(outside) / "memory.sqlite3"
        shutil.copy(filled, copy)
        copy.chmod(0o444)
        copy.parent.chmod(folder)
        try:
            assert finish(python(code, copy)) == "refused"
        finally:
            copy.parent.chmod(0o755)


def test_the_setting_for_read_only_reaches_the_file(filled: Path):
    memory = open_by_settings(Settings(db=filled, model="hashing", read_only=True))
    assert memory.recall("clean the mug").matches
    with pytest.raises(StoreReadOnlyError):
        memory.record("clean the cup", STEPS, "success")
    memory.close()


def test_a_read_only_memory_that_is_not_there_is_a_sentence_and_makes_nothing(tmp_path: Path):
    with pytest.raises(StoreError, match="MEMP_DB"):
        opened(tmp_path / "none" / "memory.sqlite3", read_only=True)
    assert list(tmp_path.iterdir()) == []


# Locked by another process


def test_a_locked_file_is_busy_after_the_time_out_and_nothing_is_stored(filled: Path):
    memory = opened(filled, busy_timeout=0.05)
    before = memory.store.stats()
    with locked(filled) as let_go:
        with pytest.raises(StoreBusyError, match=r"over 0\.05 s: nothing was stored; try again"):
            memory.record("clean the cup", STEPS, "success", used=["p1"])
        with pytest.raises(StoreBusyError):
            memory.reflect("clean the cup", STEPS, "it broke")
        assert memory.store.stats() == before
        let_go()
        assert memory.record("clean the cup", STEPS, "success", used=["p1"]).credited[0].uses == 1
    memory.close()


def test_a_recall_does_not_wait_for_a_writer_and_its_use_is_recorded_when_the_file_is_free(filled: Path):
    # Were the recall to wait for the lock, it would wait for an hour.
    memory = opened(filled, busy_timeout=3600)
    with locked(filled) as let_go:
        assert memory.recall("clean the mug").matches[0].procedure.id == 1
        assert memory.recall("clean a mug").matches[0].procedure.id == 1
        assert memory.store.stats().recalls == 0
        let_go()
        eventually(lambda: memory.store.stats().recalls == 2)
    memory.close()


def test_uses_that_wait_survive_a_time_out_of_the_lock(filled: Path):
    memory = opened(filled, busy_timeout=0.02)
    with locked(filled) as let_go:
        memory.recall("clean the mug")
        with pytest.raises(StoreBusyError):
            memory.record("clean the cup", STEPS, "success")
        let_go()
        eventually(lambda: memory.store.stats().recalls == 1)
    memory.close()


def test_closing_while_a_use_waits_for_the_lock_is_quiet(filled: Path, caplog: pytest.LogCaptureFixture):
    memory = opened(filled, busy_timeout=0.02)
    with locked(filled):
        memory.recall("clean the mug")
        assert waiting()
        memory.close()
        eventually(lambda: not waiting())
    assert caplog.text == ""


def waiting() -> bool:
    """Whether a recall waits, on a thread, for the file to be free."""
    return any(thread.name == "memp-recalls" for thread in threading.enumerate())


def test_readers_in_one_process_do_not_wait_for_its_writer(filled: Path):
    store = SQLiteStore(filled)
    with store._db.write():
        seen: list[int] = []
        reader = threading.Thread(target=lambda: seen.append(store.stats().trajectories))
        reader.start()
        reader.join(30)
        assert seen == [1]
    store.close()


# A full disk


def test_a_full_disk_is_said_nothing_is_half_written_and_the_memory_lives_on(filled: Path):
    memory = opened(filled)
    store = memory.store
    assert isinstance(store, SQLiteStore)
    writer = store._db._writer
    assert writer is not None
    before = store.stats()
    writer.pragma("max_page_count", writer.pragma("page_count"))
    with pytest.raises(StoreFullError, match=r"no room left .* nothing was stored; free disk space, then try again"):
        memory.record(
            "clean the cup " * 1000, [{"action": "wash", "observation": "x" * 19_000}] * 20, "success", used=["p1"]
        )
    after = store.stats()
    assert after.model_copy(update={"bytes": 0}) == before.model_copy(update={"bytes": 0})
    assert memory.procedure(1).uses == 0
    assert memory.recall("clean the mug").matches
    writer.pragma("max_page_count", 1 << 30)
    assert memory.record("clean the cup", [*STEPS, "dry it"], "success").how == "merged"
    memory.close()
    assert integrity(filled) == "ok"


def test_a_recall_is_answered_on_a_full_disk(filled: Path, caplog: pytest.LogCaptureFixture):
    memory = opened(filled)
    store = memory.store
    assert isinstance(store, SQLiteStore)
    for connection in (store._db._writer, store._db._reader):
        assert connection is not None
        connection.pragma("max_page_count", connection.pragma("page_count"))
    event = Asked(scope="", words=b"", context="", at="2026-01-01")
    for count in (10_000, 1_000, 100, 10, 1):
        # As many as there is room for; each refusal takes all of its own back.
        with suppress(StoreFullError):
            for _ in range(200):
                store.note_recalls([event] * count, wait=True)
    for _ in range(12):
        assert memory.recall("clean the mug").matches[0].procedure.id == 1
    assert "was not noted" in caplog.text
    memory.close()


# Several processes that write

WRITER = """
    import sys
    from pathlib import Path
    from memp.embed.background import Ready
    from memp.embed.hashing import HashingEmbedder
    from memp.memory import ProceduralMemory
    from memp.store.sqlite.store import SQLiteStore

    me, count = sys.argv[2], int(sys.argv[3])
    memory = ProceduralMemory(SQLiteStore(Path(sys.argv[1]), busy_timeout=60), Ready(HashingEmbedder()))
    print("ready", flush=True)
    sys.stdin.readline()
    for n in range(count):
        steps = [f"go to place {n} -> there", f"do thing {me} {n} -> done"]
        memory.record(f"task {n} of process {me}", steps, "success" if n % 2 else "failure", used=["p1"])
        print(n, flush=True)
    memory.close()
    """


def started(path: Path, names: str, count: int) -> list[subprocess.Popen[str]]:
    processes = [python(WRITER, path, name, count) for name in names]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return processes


def test_four_processes_that_write_twenty_runs_each_lose_and_refuse_none(filled: Path):
    for process in started(filled, "abcd", 20):
        finish(process)
    memory = opened(filled)
    stats = memory.store.stats()
    procedure = memory.procedure(1)
    assert (stats.trajectories, stats.credits, stats.successes) == (81, 80, 41)
    assert (procedure.uses, procedure.successes) == (80, 40)
    assert stats.pending == 0
    assert SQLiteStore(filled).check() == []
    memory.close()
    assert integrity(filled) == "ok"


def test_a_process_killed_in_the_middle_of_its_writes_leaves_a_whole_file(filled: Path):
    (process,) = started(filled, "k", 100_000)
    assert process.stdout is not None
    told = 0
    for line in itertools.islice(process.stdout, 25):
        told = int(line) + 1
    process.send_signal(signal.SIGKILL)
    # Not `communicate`: it passes over what the loop above has read ahead.
    told += len(process.stdout.read().split())
    process.communicate(timeout=30)
    assert integrity(filled) == "ok"
    memory = opened(filled)
    stats = memory.store.stats()
    # Every run that was answered is there; the one at work when the kill came may be, whole.
    assert stats.trajectories - 1 in (told, told + 1)
    assert memory.procedure(1).uses == stats.credits == stats.trajectories - 1
    for number in range(1, stats.trajectories + 1):
        assert memory.store.trajectory(number).steps
    assert memory.record("clean the cup", STEPS, "success").new
    memory.close()


def test_threads_of_one_process_write_side_by_side(filled: Path):
    memory = opened(filled)
    failures: list[MempError] = []

    def write(name: int) -> None:
        try:
            for n in range(5):
                memory.record(f"task {n} of thread {name}", [f"do {name} {n}"], "success", used=["p1"])
                memory.recall("clean the mug")
        except MempError as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert memory.procedure(1).uses == 30
    eventually(lambda: memory.store.stats().recalls == 30)
    memory.close()


def test_a_copy_of_the_file_taken_after_closing_is_a_whole_memory(filled: Path, tmp_path: Path):
    copy = tmp_path / "elsewhere.sqlite3"
    shutil.copy(filled, copy)
    memory = opened(copy)
    assert memory.recall("clean the mug").matches[0].procedure.id == 1
    memory.close()


@pytest.fixture(autouse=True)
def no_thread_is_left_behind() -> Iterator[None]:
    yield
    eventually(lambda: not any(thread.name.startswith("memp") for thread in threading.enumerate()))


def test_the_journal_that_a_reader_held_is_cut_after_it_ends(path: Path):
    store = SQLiteStore(path)
    reader = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM meta").fetchall()
    for number in range(25):
        store.add_trajectory("", run(f"task {number}", f"{number} {'x' * 1_000_000}"), [], False)
    journal = Path(f"{path}-wal")
    assert journal.stat().st_size > 24_000_000
    reader.execute("COMMIT")
    for number in range(2):
        store.add_trajectory("", run(f"later task {number}"), [], False)
    assert journal.stat().st_size < 17_000_000
    assert store.stats().trajectories == 27
    reader.close()
    store.close()
