"""A running server whose memory file is deleted or replaced opens what is there, and says so once."""

import shutil
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from memp.config import open_memory, read_settings
from memp.errors import StoreError
from memp_server.app import make_server
from memp_server.opening import LazyMemory

pytestmark = pytest.mark.anyio

TASK = "Free the port of a stuck service"
STEPS = ["lsof -i :8080 -> 4711", "kill 4711 -> gone"]
NEWS = "deleted or replaced while the server ran"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def server(path: Path) -> LazyMemory:
    return LazyMemory(lambda: read_settings(db=path, model="hashing"))


async def call(client: Any, tool: str, **arguments: Any) -> dict[str, Any]:
    answer = await client.call_tool(tool, arguments)
    assert not answer.is_error, answer.content
    return answer.structured_content


def told(reply: dict[str, Any]) -> bool:
    return any(NEWS in note for note in reply.get("notes", []))


async def test_a_deleted_file_is_made_anew_and_said_once(tmp_path: Path):
    path = tmp_path / "memory.sqlite3"
    async with Client(make_server(server(path))) as client:
        assert (await call(client, "record_trajectory", task=TASK, steps=STEPS, outcome="success"))[
            "trajectory"
        ] == "t1"
        path.unlink()
        recalled = await call(client, "recall_procedure", task=TASK)
        assert recalled["matches"] == [] and told(recalled)
        recorded = await call(client, "record_trajectory", task=TASK, steps=STEPS, outcome="success")
        assert recorded["trajectory"] == "t1" and not told(recorded)
        recalled = await call(client, "recall_procedure", task=TASK)
        assert recalled["matches"][0]["id"] == "p1" and not told(recalled)


@pytest.mark.parametrize("emptied", [True, False])
async def test_a_file_that_was_emptied_though_there_are_backups_is_refused_and_one_that_is_gone_said_once(
    tmp_path: Path, emptied: bool
):
    path, backup = tmp_path / "memory.sqlite3", tmp_path / "memory.sqlite3.backups" / "2026-01-01.sqlite3"
    backup.parent.mkdir()
    backup.write_bytes(b"as it was")
    if emptied:
        path.touch()
    async with Client(make_server(server(path))) as client:
        if emptied:
            for tool, arguments in (("recall_procedure", {}), ("record_trajectory", {"steps": STEPS})):
                answer = await client.call_tool(tool, {"task": TASK, **arguments})
                said = answer.content[0].text
                assert answer.is_error and f"{path} is empty" in said and f"`memp restore {backup}`" in said
            assert not path.stat().st_size
            return
        notes = [(await call(client, "recall_procedure", task=TASK)).get("notes", []) for _ in range(2)]
    said = f"The memory file is not there; its newest backup comes back by `memp restore {backup}`."
    assert [said in one for one in notes] == [True, False]


async def test_a_server_that_is_closed_leaves_no_backup_that_waits(tmp_path: Path):
    async with Client(make_server(server(tmp_path / "memory.sqlite3"))) as client:
        await call(client, "record_trajectory", task=TASK, steps=STEPS, outcome="success")
        waiting = [thread for thread in threading.enumerate() if thread.name == "memp-backup"]
        assert waiting
    for thread in waiting:
        thread.join(30)
        assert not thread.is_alive()


async def test_a_file_that_was_moved_away_keeps_what_was_recorded(tmp_path: Path):
    path, away = tmp_path / "memory.sqlite3", tmp_path / "away.sqlite3"
    async with Client(make_server(server(path))) as client:
        await call(client, "record_trajectory", task=TASK, steps=STEPS, outcome="success")
        path.rename(away)
        assert told(await call(client, "recall_procedure", task=TASK))
        recorded = await call(client, "record_trajectory", task="Water the plants", steps=["pour -> wet"], outcome=1)
        assert recorded["trajectory"] == "t1"
    for file, task in ((away, TASK), (path, "Water the plants")):
        with closing(open_memory(db=file, model="hashing")) as memory:
            assert [memory.store.trajectory(n).task for n in range(1, memory.store.stats().trajectories + 1)] == [task]
            assert memory.store.check_deep() == []


async def test_a_file_that_took_the_place_of_another_is_recorded_to(tmp_path: Path):
    path, other = tmp_path / "memory.sqlite3", tmp_path / "other.sqlite3"
    with closing(open_memory(db=other, model="hashing")) as memory:
        memory.record("Water the plants", ["fill the can -> full", "pour -> wet"], "success")
    async with Client(make_server(server(path))) as client:
        await call(client, "record_trajectory", task=TASK, steps=STEPS, outcome="success")
        for end in ("-wal", "-shm"):
            Path(f"{path}{end}").unlink(missing_ok=True)
        shutil.move(other, path)
        recorded = await call(client, "record_trajectory", task=TASK, steps=STEPS, outcome="success")
        assert recorded["trajectory"] == "t2" and told(recorded)
        failed = await call(client, "reflect_on_failure", task=TASK, steps=STEPS[:1], error="port in use")
        assert failed["trajectory"] == "t3" and not told(failed)
    with closing(open_memory(db=path, model="hashing")) as memory:
        assert memory.store.stats().trajectories == 3


async def test_the_file_of_before_is_closed_once_no_call_is_at_it(tmp_path: Path):
    path = tmp_path / "memory.sqlite3"
    opened = server(path)
    with opened.call() as before:
        before.record(TASK, STEPS, "success")
        for end in ("", "-wal", "-shm"):
            Path(f"{path}{end}").unlink(missing_ok=True)
        with opened.call() as now:
            assert now is not before and not now.recall(TASK).matches
        for thread in threading.enumerate():
            if thread.name in ("memp-embedder", "memp-left"):
                thread.join()
        assert before.store.trajectory(1).task == TASK
    with pytest.raises(StoreError, match="was closed"):
        before.store.trajectory(1)
    with opened.call() as now:
        assert now.store.stats().trajectories == 0
    opened.close()
