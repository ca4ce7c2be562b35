"""`memp edit`: a person rewrites a procedure."""

import io
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memp.exchange.skills import skill_of
from memp.memory import ProceduralMemory

Document = Callable[..., dict[str, Any]]
Run = Callable[..., tuple[int, str, str]]

TASK = "Rotate the key of mail"
SCRIPT = {
    "goal": "Rotate the key of {service}", "when_to_use": "A key: one that is old",
    "steps": ['vault rotate "{service}"',
              "deploy: it, and wait until the page of its state says that it is up again, which takes long"],
    "parameters": {"service": "the service"}, "pitfalls": [{"trigger": "E11", "instead": "log in"}], "preconditions": ["a login"],
}  # fmt: skip


@pytest.fixture
def known(memory: ProceduralMemory) -> int:
    """A procedure with all that a script may have."""
    built = memory.record(
        "Rotate the key of mail", ["vault rotate mail -> ok", "deploy -> ok"], "success", script=SCRIPT
    ).built
    assert built is not None
    return built


def test_what_is_printed_and_passed_back_changes_nothing(
    known: int, memory: ProceduralMemory, run: Run, document: Document, tmp_path: Path
):
    _, form, _ = run("edit", f"p{known}", "--print")
    assert "Rotate the key of {service}" in form and "E11" in form
    (tmp_path / "form.yaml").write_text(form)
    status, out, err = run("edit", f"p{known}", "--from", str(tmp_path / "form.yaml"))
    assert status in (0, 1) and ("Nothing was changed" in out or "says this already" in err)
    assert memory.procedure(known).revision == 1


def test_what_a_person_writes_is_the_current_revision(
    known: int, memory: ProceduralMemory, document: Document, run: Run, monkeypatch: pytest.MonkeyPatch
):
    text = "goal: Rotate the key of {service}\nsteps:\n- vault login\n- vault rotate {service} --in {region}\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    done = document("edit", f"p{known}", "--from", "-", "--reason", "a login is needed")
    assert "as you wrote it, revision 2" in done["done"]
    procedure = memory.procedure(known)
    assert procedure.script.steps[0] == "vault login" and procedure.builder == "person"
    assert {one.name for one in procedure.script.parameters} == {"service", "region"}
    change = memory.store.changes(known)[0]
    assert (change.actor, change.detail) == ("person", "a login is needed")
    assert run("review", f"p{known}", "--rollback", "1")[0] == 0
    assert "E11" in str(memory.procedure(known).script)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("goal: [", "in line 1"), ("goal: x\nsteps: [a]\ncolour: red", "unknown field"), ("just words", "goal and steps"),
        ("goal: x", "no steps"), ("goal: x\nsteps:\n - a\n  - b: [", "in line"), ("\x00", "cannot be read"),
        ("goal: !!python/object/apply:os.system ['true']\nsteps: [a]", "cannot be read"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_changes_nothing_and_is_told(
    known: int, memory: ProceduralMemory, run: Run, tmp_path: Path, text: str, said: str
):
    path = tmp_path / "text.yaml"
    path.write_text(text)
    status, _, err = run("edit", f"p{known}", "--from", str(path))
    assert status == 1 and said in " ".join(err.split())
    assert memory.procedure(known).revision == 1


def test_without_an_editor_or_a_terminal_it_says_what_to_do(known: int, run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    status, _, err = run("edit", f"p{known}")
    assert status == 1 and "set VISUAL or EDITOR" in " ".join(err.split()) and "--from FILE" in err


def test_a_secret_that_a_person_types_is_not_kept(known: int, memory: ProceduralMemory, run: Run, tmp_path: Path):
    path = tmp_path / "text.yaml"
    path.write_text("goal: Log in\nsteps:\n- login --password hunter2horse7\n")
    assert run("edit", f"p{known}", "--from", str(path))[0] == 0
    assert "hunter2horse7" not in str(memory.procedure(known).script)


def test_what_was_written_is_kept_where_it_cannot_be_saved(
    known: int, memory: ProceduralMemory, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    def edited(command: list[str]) -> int:
        path = Path(command[-1])
        path.write_text(path.read_text().replace("steps:", "steps:\n- mine first"))
        memory.store.archive(known, "")
        return 0

    monkeypatch.setattr(subprocess, "call", edited)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("EDITOR", "my-editor")
    monkeypatch.setattr("sys.stdin", type("Terminal", (io.StringIO,), {"isatty": lambda self: True})())
    status, _, err = run("edit", f"p{known}")
    (file,) = tmp_path.glob(f"memp-p{known}-*.yaml")
    assert status == 1 and "restore it first" in err and file.name in "".join(err.split())
    memory.store.restore(known, "person", "")
    assert run("edit", f"p{known}", "--from", str(file))[0] == 0 and not memory.procedure(known).trial
    assert memory.procedure(known).script.steps[0] == "mine first"
    assert run("edit", f"p{known}")[0] == 1 and len([*tmp_path.glob("memp-p*.yaml")]) == 2


def test_a_persons_list_of_pitfalls_is_what_is_told_until_runs_meet_more(
    known: int, memory: ProceduralMemory, document: Document, tmp_path: Path
):
    def told() -> list[str]:
        return [one.pitfall.trigger for one in memory.recall(TASK).matches[0].pitfalls]

    assert told() == ["E11"]
    fields = {"goal": SCRIPT["goal"], "steps": SCRIPT["steps"]}
    memory.edit(known, 1, {**fields, "pitfalls": [{"trigger": "the vault is sealed", "instead": "unseal it"}]})
    assert told() == ["the vault is sealed"]
    assert [one["trigger"] for one in document("show", f"p{known}")["known_pitfalls"]] == ["the vault is sealed"]
    assert "unseal it" in skill_of(memory.store, memory.procedure(known), counts=False).text
    memory.reflect(TASK, ["vault rotate mail -> denied"], "the token expired", used=[f"p{known}"])
    assert told() == ["the vault is sealed", "the token expired"]
    assert document("edit", f"p{known}", "--print")["pitfalls"] == [
        {"trigger": "the vault is sealed", "instead": "unseal it"}, {"trigger": "the token expired"}
    ]  # fmt: skip
    document("review", f"p{known}", "--rollback", "1")
    assert "E11" in told()


def test_a_pitfall_that_was_taken_out_is_told_again_once_it_was_met_again(
    known: int, memory: ProceduralMemory, document: Document
):
    fields = {"goal": SCRIPT["goal"], "steps": SCRIPT["steps"]}
    memory.edit(known, 1, {**fields, "pitfalls": [{"trigger": "the vault is sealed", "instead": "unseal it"}]})
    memory.reflect(TASK, ["vault rotate search -> E11"], "E11", used=[f"p{known}"])
    told = [one["trigger"] for one in document("show", f"p{known}")["known_pitfalls"]]
    assert told == ["the vault is sealed", "E11"]


def test_with_projects_apart_only_ones_own_is_edited(known: int, memory: ProceduralMemory, run: Run, tmp_path: Path):
    (tmp_path / "form.yaml").write_text("goal: Mine\nsteps:\n- mine\n")
    for how in (("--print",), ("--from", str(tmp_path / "form.yaml"))):
        status, _, err = run("edit", f"p{known}", *how, "--project", "b")
        assert status == 1 and "without --project" in " ".join(err.split())
    assert memory.procedure(known).revision == 1
