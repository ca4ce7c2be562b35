"""Two repositories with one memory, side by side: the real server and the real hooks; the server as a process of its own
where it is the process that says the project."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from contextlib import chdir, closing
from pathlib import Path
from typing import Any
from unittest import mock

import mcp.types as types
import pytest
from hook_calls import Machine
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from sealed import beside, unsealed

from memp.config import read_settings
from memp.light.project import FOLDERS, folder_of_process
from memp.store.sqlite.store import SQLiteStore
from memp_server.app import make_server
from memp_server.opening import LazyMemory

TASK = "release a new version"
DEPLOY = "fly deploy --app shop-prod --config deploy/fly.shop.toml"
OWN = "rsync -a public/ web@blog-host.example.net:/srv/blog"
CHECKED = "check: curl, exit 0"


def repository(at: Path, remote: str = "") -> Path:
    (at / ".git").mkdir(parents=True)
    (at / ".git/HEAD").write_text("ref: refs/heads/main\n")
    (at / ".git/config").write_text(f'[remote "origin"]\n\turl = {remote}\n' if remote else "")
    return at


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    for name in FOLDERS:
        monkeypatch.delenv(name, raising=False)
    made = Machine(tmp_path)
    # What agents record here is to count as checked at once: a person vouches for their client.
    made.environment["MEMP_TRUSTED"] = "true"
    return made


@pytest.fixture
def shop(machine: Machine) -> Path:
    return repository(machine.home / "work/shop-a", "git@github.com:acme/shop-a.git")


@pytest.fixture
def blog(machine: Machine) -> Path:
    return repository(machine.home / "work/blog-b")


def server(machine: Machine, folder: Path, *calls: tuple[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What a server answers that works in a folder; in this process, which has loaded what one of its own would."""
    with mock.patch.dict(os.environ, machine.environment), chdir(folder):
        return asyncio.run(answers(make_server(LazyMemory(read_settings, folder_of_process)), *calls))


def process(machine: Machine, folder: Path, *calls: tuple[str, Mapping[str, Any]], **more: str) -> list[dict[str, Any]]:
    """What a server that is started in a folder answers, over stdio."""
    environment = {**machine.environment, **more}
    started = StdioServerParameters(
        command=sys.executable, args=["-m", "memp_server"], env=environment, cwd=str(folder)
    )  # fmt: skip
    return asyncio.run(answers(stdio_client(started), *calls))


async def answers(started: Any, *calls: tuple[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    async with Client(started, mode="legacy") as client:
        return [(await client.call_tool(name, dict(given))).structured_content or {} for name, given in calls]


def record(task: str, *steps: str, **more: object) -> tuple[str, Mapping[str, Any]]:
    return "record_trajectory", {"task": task, "steps": list(steps), "outcome": "success", "evidence": CHECKED, **more}


def recall(task: str = TASK, **more: object) -> tuple[str, Mapping[str, Any]]:
    return "recall_procedure", {"task": task, **more}


RELEASE = (record(TASK, "npm test -> 12 passed", f"{DEPLOY} -> released v7", "curl https://shop.example.com/health -> ok"),
           record(f"{TASK} of the shop", "npm test -> 14 passed", f"{DEPLOY} -> released v8",
                  "curl https://shop.example.com/health -> ok"))  # fmt: skip


def ask(machine: Machine, folder: Path | str | None, prompt: str = TASK, session: str = "s") -> str:
    payload = {"session_id": f"{session}-{folder}-{prompt}", "cwd": folder and str(folder), "hook_event_name": "UserPromptSubmit",
               "prompt": prompt}  # fmt: skip
    with machine.serving():
        return machine.hook("claude-code", "prompt", payload).text


def start(machine: Machine, folder: Path | str | None, session: str = "t") -> str:
    payload = {
        "session_id": f"{session}{folder}",
        "cwd": folder and str(folder),
        "hook_event_name": "SessionStart",
        "source": "startup",
    }
    return machine.hook("claude-code", "start", payload).text


def failed(machine: Machine, folder: Path | None, error: str) -> str:
    payload = {"session_id": f"u{folder}", "cwd": folder and str(folder), "hook_event_name": "PostToolUseFailure",
               "tool_name": "Bash", "tool_input": {"command": "fly deploy"}, "error": error}  # fmt: skip
    return machine.hook("claude-code", "tool", payload).text


def test_one_repository_is_not_offered_what_another_learned_and_its_own_comes_first(
    machine: Machine, shop: Path, blog: Path
):
    for one in RELEASE:  # Two sessions: of one alone two checks are one witness.
        server(machine, shop, one)
    # The hooks of the shop, also in a folder of it, offer it; those of the blog do not.
    (shop / "src").mkdir()
    assert "shop-prod" in ask(machine, shop) and "shop-prod" in ask(machine, shop / "src")
    assert ask(machine, blog) == ""
    assert "Release" in start(machine, shop).title() and start(machine, blog) == ""
    # Asked for, it is told with where it is from, and with the names that are the shop's.
    (told,) = server(machine, blog, recall())
    match = told["matches"][0]
    assert match["learned_in"] == "shop-a" and "Learned in shop-a" in told["next"]
    deploy = next(step for step in match["steps"] if "fly deploy" in step)
    assert "(shop-a's: shop-prod, deploy/fly.shop.toml)" in deploy
    assert "'s:" not in next(step for step in match["steps"] if "npm test" in step)
    # In the shop nothing of it is marked.
    (own,) = server(machine, shop, recall())
    assert "learned_in" not in own["matches"][0] and "'s:" not in json.dumps(own)
    # Once the blog has recorded its own, that comes, here and in its hooks; the shop's is as it was.
    recorded, told = server(
        machine, blog, record(TASK, "hugo --minify -> 31 pages", f"{OWN} -> sent", used=["p1"]), recall(limit=2)
    )
    assert recorded["created"] and [m["id"] for m in told["matches"]] == [recorded["created"]]
    assert "blog-host" in ask(machine, blog, session="later") and "shop-prod" not in ask(machine, blog, session="last")
    (own,) = server(machine, shop, recall())
    assert "shop-prod" in json.dumps(own) and "blog-host" not in json.dumps(own)


def test_a_name_that_the_task_or_another_project_has_is_not_marked(machine: Machine, shop: Path, blog: Path):
    server(machine, shop, *RELEASE)
    server(machine, blog, record("draft a post", "vim deploy/fly.shop.toml -> ok", "git push -> ok"))
    (told,) = server(machine, blog, recall(f"{TASK} to shop-prod"))
    assert "'s: " in json.dumps(told) and "shop-prod" not in json.dumps(told).partition("'s: ")[2].partition(")")[0]
    assert "deploy/fly.shop.toml)" not in json.dumps(told)


def test_a_pitfall_of_another_repository_is_offered_in_none_but_told_when_asked_for(
    machine: Machine, shop: Path, blog: Path
):
    error = "Error E77: builder shop-builder is wedged"
    server(machine, shop, ("reflect_on_failure", {
        "task": TASK, "steps": [f"fly deploy -> {error}"], "error": error, "lesson": "destroy the builder first"}))  # fmt: skip
    assert "destroy the builder" in failed(machine, shop, error)
    assert failed(machine, blog, error) == ""
    (told,) = server(machine, blog, recall(error=error))
    assert any(line.endswith("learned in shop-a") for line in told["on_error"])
    server(machine, blog, ("reflect_on_failure", {
        "task": TASK, "steps": [f"fly deploy -> {error}"], "error": error, "lesson": "restart the blog builder"}))  # fmt: skip
    (told,) = server(machine, blog, recall(error=error))
    assert "restart the blog builder" in told["on_error"][0] and "learned in" not in json.dumps(told["on_error"])


def test_what_both_validate_by_themselves_holds_everywhere_without_the_names_of_either(
    machine: Machine, shop: Path, blog: Path
):
    third = repository(machine.home / "work/third")

    def bump(app: str) -> list[tuple[str, Mapping[str, Any]]]:
        return [
            record(f"bump the version of {app} and publish it", f"npm version patch -> v1.0.{n}", "npm run build -> built",
                   f"npm publish --tag {app}-live -> + {app}@1.0.{n}", "git push --follow-tags -> done")
            for n in range(2)
        ]  # fmt: skip

    server(machine, shop, *bump("shopkit"))
    assert ask(machine, third, "bump the version and publish it") == ""
    recorded = server(machine, blog, *bump("blogkit"))
    general = [answer["general"] for answer in recorded if "general" in answer]
    assert len(general) == 1
    (told,) = server(machine, third, recall("bump the version of thirdkit and publish it"))
    match = told["matches"][0]
    assert match["id"] == general[0] and "learned_in" not in match
    assert "npm publish" in json.dumps(match) and not any(name in json.dumps(match) for name in ("shopkit", "blogkit"))
    assert "npm publish" in ask(machine, third, "bump the version of thirdkit and publish it")


def test_without_a_project_all_is_told_as_it_was(machine: Machine, shop: Path, blog: Path):
    process(machine, shop, *RELEASE)
    (told,) = process(machine, machine.home, recall())
    assert "shop-prod" in json.dumps(told) and "learned_in" not in told["matches"][0]
    process(machine, machine.home, record("rotate the logs", "logrotate -f conf -> ok", "ls /var/log -> short"))
    assert "logrotate" in ask(machine, blog, "rotate the logs") and "logrotate" in ask(machine, shop, "rotate the logs")


@pytest.mark.parametrize("cwd", ["home", "dotfiles", "tmp", None])
def test_where_no_project_is_at_hand_hooks_offer_what_is_nobodys_alone(
    machine: Machine, shop: Path, tmp_path: Path, cwd: str | None
):
    if cwd == "dotfiles":
        repository(machine.home)
    here = {"tmp": tmp_path, None: None}.get(cwd, machine.home)
    error, other = "Error E77: builder shop-builder is wedged", "Error E78: logrotate holds the lock file"

    def reflected(error: str, lesson: str) -> tuple[str, Mapping[str, Any]]:
        return "reflect_on_failure", {"task": TASK, "steps": [f"x -> {error}"], "error": error, "lesson": lesson}

    server(machine, shop, *RELEASE, reflected(error, "destroy the shop's builder"))
    assert (ask(machine, here), start(machine, here), failed(machine, here, error)) == ("", "", "")
    # Who asks is shown it.
    (told,) = server(machine, machine.home, recall(error=error))
    assert "shop-prod" in json.dumps(told["matches"]) and "the shop's builder" in json.dumps(told["on_error"])
    nobodys = record("rotate the logs", "logrotate -f conf -> ok", "ls /var/log -> short")
    server(machine, machine.home, nobodys, reflected(other, "remove the lock file"))
    assert "logrotate" in ask(machine, here, "rotate the logs")
    assert "remove the lock file" in failed(machine, here, other)


def test_what_names_a_folder_and_no_project_is_offered_in_none_until_it_is_moved(
    machine: Machine, shop: Path, blog: Path
):
    error = "Error: app shop-prod is suspended"
    learned = {"task": TASK, "steps": ["fly deploy -> error"], "error": error, "lesson": "fly apps resume shop-prod"}
    server(machine, shop, *RELEASE, ("reflect_on_failure", learned))
    with closing(SQLiteStore(machine.db)) as store:
        store.move_to_project(store.runs_in("github.com/acme/shop-a"), [1], "", "as before there were projects")
    with closing(beside(machine.db)) as db:
        db.execute("UPDATE trajectories SET provenance = json_set(provenance, '$.project', 'shop-a')")
    # In whichever repository: another one may have a folder of that name.
    for here in (shop, blog):
        assert (ask(machine, here), start(machine, here), failed(machine, here, error)) == ("", "", "")
        (told,) = server(machine, here, recall())
        assert "shop-prod" in json.dumps(told) and "learned_in" not in told["matches"][0]
    # Nor where no project is at hand: it is some project's.
    assert ask(machine, machine.home) == "" and failed(machine, machine.home, error) == ""
    assert machine.run("-m", "memp_clients.cli", "projects", "move", "none:shop-a", str(shop)).status == 0
    assert "shop-prod" in ask(machine, shop, session="moved") and ask(machine, blog, session="moved") == ""
    assert "resume" in failed(machine, shop, error) and failed(machine, blog, error) == ""


def test_a_set_project_overrules_the_folder_and_keeps_what_is_learned_apart(machine: Machine, shop: Path, blog: Path):
    process(machine, shop, *RELEASE, MEMP_PROJECT="client-x")
    (here,) = process(machine, shop, recall())
    (there,) = process(machine, blog, recall(), MEMP_PROJECT="client-x")
    assert not here["matches"] and "shop-prod" in json.dumps(there)


def test_the_folder_that_a_host_names_goes_before_the_working_folder(machine: Machine, shop: Path, blog: Path):
    process(machine, machine.home, *RELEASE, CLAUDE_PROJECT_DIR=str(shop))
    (told,) = process(machine, blog, recall())
    assert told["matches"][0]["learned_in"] == "shop-a"
    (told,) = process(machine, blog, recall(), WORKSPACE_FOLDER_PATHS=str(shop))
    assert "learned_in" not in told["matches"][0]


def test_the_roots_of_a_client_say_the_project_where_the_folder_does_not(machine: Machine, shop: Path):
    asked: list[str] = []
    started = StdioServerParameters(
        command=sys.executable, args=["-m", "memp_server"], env=machine.environment, cwd=str(machine.home)
    )  # fmt: skip

    async def roots(context: object) -> types.ListRootsResult | types.ErrorData:
        asked.append("roots")
        return types.ListRootsResult(roots=[
            types.Root(uri=machine.home.as_uri()), types.Root(uri=shop.as_uri())])  # fmt: skip

    async def silent(context: object) -> types.ListRootsResult | types.ErrorData:
        asked.append("silent")
        return types.ErrorData(code=-32000, message="no")

    async def talk(answer: Any) -> None:
        async with Client(stdio_client(started), mode="legacy", list_roots_callback=answer) as client:
            for name, given in RELEASE:
                await client.call_tool(name, dict(given))

    asyncio.run(talk(silent))
    with closing(SQLiteStore(machine.db)) as store:
        assert (asked, store.ran_in([1, 2])) == (["silent"], {1: "", 2: ""})
    asyncio.run(talk(roots))
    with closing(SQLiteStore(machine.db)) as store:
        assert asked[1:] == ["roots", "roots"] and store.known_projects()[0].identity == "github.com/acme/shop-a"


def test_a_repository_that_gets_a_remote_and_moves_is_the_same_project(machine: Machine, blog: Path):
    server(machine, blog, *RELEASE)
    (blog / ".git/config").write_text('[remote "origin"]\n\turl = https://github.com/me/blog-b\n')
    assert "shop-prod" in ask(machine, blog)
    server(machine, blog, record("write a post", "hugo new post -> ok", "vim post -> ok"))
    moved = blog.rename(machine.home / "work/weblog")
    assert "shop-prod" in ask(machine, moved)
    with closing(SQLiteStore(machine.db)) as store:
        assert store.merged_projects() == {"~/work/blog-b": "github.com/me/blog-b", "github.com/me/blog-b": ""}


def test_a_file_of_an_older_schema_is_read_by_hooks_as_before(
    machine: Machine, shop: Path, monkeypatch: pytest.MonkeyPatch
):
    machine.filled()
    with closing(unsealed(machine.db)) as db:
        db.execute("""DROP INDEX trajectories_by_time; DROP INDEX trajectories_by_project; DROP INDEX procedures_by_project;
            DROP TABLE projects;
            ALTER TABLE trajectories DROP COLUMN project; ALTER TABLE procedures DROP COLUMN project; PRAGMA user_version = 3""")
    assert "install the project first" in failed(machine, shop, "ModuleNotFoundError: No module named 'nosuchmodule'")
    assert start(machine, shop) == "" and machine.log == ""
