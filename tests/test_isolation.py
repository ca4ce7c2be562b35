"""Of what one project learned nothing comes out at another one, whatever ids are passed: over all tools and commands.

MEMP_PROJECT keeps projects apart altogether. Repositories share one memory: there a procedure of another one may be shown where
nothing of one's own fits, and says so; everything else stays where it was learned.
"""

import asyncio
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import hypothesis.strategies as st
import pytest
import typer
from hypothesis import HealthCheck, given, settings
from mcp.client import Client

from memp.config import Settings, open_memory
from memp.domain.origin import Origin
from memp.reply import Telling, recall_reply
from memp.store.sqlite.store import SQLiteStore
from memp_clients.app import app
from memp_clients.cli import main
from memp_server.app import make_server
from memp_server.opening import LazyMemory

MARK = {"a": "heronry", "b": "basalt"}
"""A word that each text of a project has, in every field; the other words are shared."""

WORDS = ("release the shop", "restart the queue", "rotate the logs")
Way = Literal["record_trajectory", "reflect_on_failure", "recall_procedure"]


class Call(NamedTuple):
    """One call of a tool: from which project, about which task, and the ids that it passes."""

    by: Literal["a", "b"]
    tool: Way
    task: int
    success: bool
    used: list[int]
    run: int | None
    script: bool


CALLS = st.lists(
    st.builds(
        Call,
        by=st.sampled_from(["a", "b"]),
        tool=st.sampled_from(["record_trajectory", "reflect_on_failure", "recall_procedure"]),
        task=st.integers(0, 2),
        success=st.booleans(),
        used=st.lists(st.integers(1, 6), max_size=2),
        run=st.none() | st.integers(1, 6),
        script=st.booleans(),
    ),
    min_size=3,
    max_size=9,
)
FIRST = [
    Call("a", "record_trajectory", 0, True, [], None, False),
    Call("a", "record_trajectory", 1, False, [], None, False),
]
"""What project a did before: t1 and p1, and the failed run t2."""

SLOW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


def arguments(call: Call, number: int) -> dict[str, Any]:
    """The arguments of a call: the project's word stands in every text."""
    mark = f"{MARK[call.by]}{number}"
    task = f"{WORDS[call.task]} of {mark}"
    used = [f"p{i}" for i in call.used]
    steps = [
        f"run make {mark} -> {mark} is done",
        {"action": f"check {mark}", "observation": f"{mark} ok", "thought": mark},
    ]
    script = {
        "goal": task,
        "steps": [f"do {mark}"],
        "pitfalls": [{"trigger": f"{mark} fails", "instead": f"mend {mark}"}],
    }
    if call.tool == "recall_procedure":
        return {"task": WORDS[call.task], "error": f"Error: make failed in {mark}", "limit": 3}
    if call.tool == "record_trajectory":
        evidence = f"check: pytest {mark}, exit {int(not call.success)}"
        more = {"script": script} if call.script else {}
        return {"task": task, "steps": steps, "outcome": "success" if call.success else "failure", "evidence": evidence,
                "used": used, "facts": [mark], **more}  # fmt: skip
    more = {"revision": script} if call.script and len(set(used)) == 1 else {}
    where = {"trajectory": f"t{call.run}"} if call.run else {"steps": steps}
    return {
        "task": task,
        "error": f"Error: make failed in {mark}",
        "lesson": f"mend {mark}",
        "used": used,
        **where,
        **more,
    }


async def answers(calls: list[Call], opened: Callable[[str], LazyMemory]) -> list[tuple[Call, str]]:
    """The replies to calls, each with its call; the skills that each project is served are the last."""
    said: list[tuple[Call, str]] = []
    servers = {name: make_server(opened(name)) for name in ("a", "b")}
    async with Client(servers["a"]) as a, Client(servers["b"]) as b:
        clients = {"a": a, "b": b}
        for number, call in enumerate(calls):
            result = await clients[call.by].call_tool(call.tool, arguments(call, number))
            said.append((call, shown(result.structured_content or str(result.content))))
        for name in ("a", "b"):
            skills = (await clients[name].list_resources()).resources
            texts = [await clients[name].read_resource(skill.uri) for skill in skills]
            said.append((calls[0]._replace(by=name), str(texts)))
    return said


def shown(reply: Any) -> str:
    """A reply as text, without what it says that another project has learned."""
    if isinstance(reply, dict):
        if "procedure" in reply and "learned_in" in reply["procedure"]:
            reply = {key: value for key, value in reply.items() if key not in ("procedure", "left_it_at")}
        return "" if "learned_in" in reply else " ".join(map(shown, reply.values()))
    if isinstance(reply, list):
        return " ".join(map(shown, reply))
    return "" if "learned in " in str(reply) else str(reply)


def leaks(said: list[tuple[Call, str]]) -> list[tuple[Call, str]]:
    other = {"a": MARK["b"], "b": MARK["a"]}
    return [(call, text) for call, text in said if other[call.by] in text]


def in_folders(folder: Path) -> Callable[[str], LazyMemory]:
    """Servers of two repositories with one memory."""
    for name in ("a", "b"):
        (folder / name).mkdir()
        (folder / name / "AGENTS.md").write_text("")
    given_settings = Settings(db=folder / "memory.sqlite3", model="hashing")
    return lambda name: LazyMemory(lambda: given_settings, lambda: str(folder / name))


def kept_apart(folder: Path) -> Callable[[str], LazyMemory]:
    """Servers with one memory under MEMP_PROJECT=a and =b."""
    return lambda name: LazyMemory(lambda: Settings(db=folder / "memory.sqlite3", model="hashing", project=name))


@pytest.mark.parametrize("sides", [in_folders, kept_apart])
def test_no_id_brings_anything_of_another_project_out_of_a_tool(tmp_path_factory: pytest.TempPathFactory, sides: Any):
    @SLOW
    @given(CALLS)
    def all_calls(calls: list[Call]) -> None:
        opened = sides(tmp_path_factory.mktemp("isolation"))
        assert leaks(asyncio.run(answers([*FIRST, *calls], opened))) == []

    all_calls()


IDS = range(1, 8)
EACH = tuple(f"{kind}{number}" for kind in "pt" for number in IDS)
RELEASED = ("--task", "restart it", "--step", "a -> b")

LINES: Mapping[str, Sequence[tuple[str, ...]]] = {
    "recall": [("recall", WORDS[0]), ("recall", WORDS[0], "--explain")],
    "recalls": [
        ("recalls",),
        *(("recalls", str(i), *act) for i in range(1, 5) for act in (
            (), ("--wrong", "--reason", "no"), ("--undo",), ("--forget", "--yes"))),
    ],
    "record": [("record", *RELEASED, "--outcome", "success", "--used", f"p{i}") for i in IDS],
    "reflect": [("reflect", *RELEASED, "--error", "e", "--used", f"p{i}") for i in IDS],
    "distill": [("distill", "--dry-run")],
    "list": [("list", "--all"), ("list", "--waiting", "--sort", "used"), ("list", "--search", WORDS[0]), ("list", "--families")],
    "runs": [("runs",), *(("runs", "--origin", f"o{i}") for i in range(1, 6))],
    "show": [
        *(("show", name) for name in EACH),
        *(("show", f"p{i}", *how) for i in IDS for how in (("--runs",), ("--diff", "1..1"))),
    ],
    "why": [("why", f"p{i}", "--runs") for i in IDS],
    "review": [
        ("review",),
        *(("review", f"p{i}", *decision) for i in IDS for decision in (
            (), ("--pin",), ("--approve",), ("--reject",), ("--rollback", "1"), ("--unpin",), ("--restore",), ("--undo",))),
        ("review", "--undo"),
        *(("review", *(f"p{i}" for i in IDS), *how) for how in (
            ("--pin", "--dry-run"), ("--pin",), ("--reject",), ("--undo",))),
    ],
    "edit": [("edit", f"p{i}", *how) for i in IDS for how in (("--print",), ("--from", "FORM"))],
    "revoke": [("revoke", f"{kind}{i}", how) for kind in "to" for i in range(1, 6) for how in ("--dry-run", "--yes")],
    "origins": [("origins",)],
    "forget": [("forget", name, *yes) for name in EACH for yes in ((), ("--yes",))],
    "tidy": [("tidy", "--dry-run"), ("tidy",)],
    "stats": [("stats",)],
    "export memory": [
        ("export", "memory", "-", "--with-trajectories"),
        *(("export", "memory", "-", "--with-trajectories", "--id", f"p{i}") for i in IDS),
    ],
    "export skills": [("export", "skills", "SKILLS", "--all")],
}  # fmt: skip
"""Command lines of each command that takes an id or shows what is stored."""

ELSEWHERE: Mapping[str, str] = {
    "open": "what the commands show: tests/clients/page",
    "import": "stores in the project at hand, and shows what the file holds",
    "check": "keeps a record of a command, of no run",
    "serve": "the tools, above",
    "hook": "tests/clients/hooks/test_projects.py",
    "connect": "writes the files of hosts",
    "disconnect": "writes the files of hosts",
    "demo": "has a memory of its own",
    "eval": "has memories of its own",
    "doctor": "of the file as a whole",
    "backup": "of the file as a whole",
    "restore": "of the file as a whole",
    "setup": "compiles the model",
    "reembed": "of the file as a whole; shows nothing of what it holds",
    "projects": "across projects: docs/projects.md",
    "projects move": "across projects: docs/projects.md",
    "projects merge": "across projects: docs/projects.md",
    "projects rename": "across projects: docs/projects.md",
}
"""Why a command stands in no row above."""


def commands(group: Any, before: str = "") -> Iterator[str]:
    """The names of all commands, those of groups with the name of these."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        if not hasattr(command, "commands") or command.invoke_without_command:
            yield f"{before}{name}"


def test_each_command_is_played_here_or_says_why_not():
    assert sorted(commands(typer.main.get_command(app))) == sorted([*LINES, *ELSEWHERE])


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A memory in which two projects and none have learned the like, and used what is nobody's."""
    path = tmp_path_factory.mktemp("both") / "memory.sqlite3"

    def on(name: str) -> LazyMemory:
        return LazyMemory(lambda: Settings(db=path, model="hashing", project=name))

    common = {"task": "restart the queue", "steps": ["systemctl restart queue -> done"], "outcome": "success"}

    async def talk() -> None:
        async with Client(make_server(on(""))) as nobody:
            await nobody.call_tool("record_trajectory", common)
        calls = [
            Call(by, tool, task, success, used, run, script)
            for by in ("a", "b")
            for task in range(3)
            for tool, success, used, run, script in (
                ("record_trajectory", True, [1], None, False),
                ("record_trajectory", True, [], None, True),
                ("record_trajectory", False, [1], None, False),
                ("reflect_on_failure", False, [1], None, True),
                ("reflect_on_failure", False, [1], None, False),
            )
        ]
        await answers(calls, on)

    asyncio.run(talk())
    for name in ("a", "b"):
        with open_memory(db=path, model="hashing", project=name) as memory:
            origin = Origin(channel="tool", client=f"client {MARK[name]}", name=f"session {MARK[name]}")
            task = f"prune the tree of {MARK[name]}"
            memory.record(task, [f"cut {MARK[name]} -> cut", "sweep -> clean"], "success", origin=origin)
            memory.recall(task, tell=Telling("tool", recall_reply))
    return path


def held(path: Path, project: str) -> tuple[object, ...]:
    """What a project has, and what stands of it."""
    store = SQLiteStore(path)
    procedures = store.procedures(scopes=[project], active=False)
    runs = [store.trajectory(run) for run in sorted(store.runs_within(range(1, 100), [project]))]
    origins = [(known.label, known.runs) for known in store.origins([project])]
    history = [store.history(procedure.id) for procedure in procedures]
    # Words that may quote what is nobody's go with it.
    recalls = [row._replace(asked="", answer="") for row in store.browse_answers([project])]
    store.close()
    return procedures, history, runs, origins, recalls


@pytest.mark.parametrize("name", LINES)
def test_no_command_under_a_project_shows_or_changes_anything_of_another(
    home: Path, both: Path, name: str, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MEMP_CAPACITY", "1")
    (home / "FORM").write_text("goal: Restart it\nsteps: [stop it, start it]\n")
    for project, other in (("a", "b"), ("b", "a")):
        copy, mark = home / f"{project}.sqlite3", MARK[other].encode()
        shutil.copy(both, copy)
        before = held(copy, other)
        for line in LINES[name]:
            main(
                [
                    "--db",
                    str(copy),
                    "--project",
                    project,
                    *(str(home / word) if word in ("SKILLS", "FORM") else word for word in line),
                ]
            )
            out, err = capfdbinary.readouterr()
            assert mark not in out + err, line
        written = [path for path in (home / "SKILLS").rglob("*") if path.is_file()]
        assert [path for path in written if mark in path.read_bytes()] == []
        assert held(copy, other) == before
        shutil.rmtree(home / "SKILLS", ignore_errors=True)


def test_the_failed_run_of_another_project_is_not_reflected_on_nor_copied(tmp_path: Path):
    for sides in (in_folders, kept_apart):
        folder = tmp_path / sides.__name__
        folder.mkdir()
        calls = [*FIRST, Call("b", "record_trajectory", 0, True, [], None, False)]
        asked = Call("b", "reflect_on_failure", 0, False, [2], 2, False)
        ((_, text),) = [said for said in asyncio.run(answers([*calls, asked], sides(folder))) if said[0] is asked]
        assert "There is no trajectory t2" in text
        store = SQLiteStore(folder / "memory.sqlite3")
        runs = [store.trajectory(number) for number in range(1, store.stats().trajectories + 1)]
        store.close()
        assert [MARK["a"] in run.task for run in runs] == [True, True, False]
