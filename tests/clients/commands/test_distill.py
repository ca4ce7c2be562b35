"""`memp distill`: what waits is written by a model, within bounds; whatever goes wrong, the runs stay as they are."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_programs import HANGS, Answer, Fake, only, refused, said
from messages_api import HANGS as API_HANGS
from messages_api import MessagesAPI, error, text

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the fakes are scripts with a first line")

Run = Callable[..., tuple[int, str, str]]
Document = Callable[..., dict[str, Any]]


def chore(tool: str, number: int) -> dict[str, Any]:
    """A run of a family of its own."""
    steps = [f"{tool} select box-{number}00 -> ok", f"{tool} apply box-{number}00 -> applied"]
    return {"task": f"{tool} the box-{number}00 of the {tool} house", "steps": steps, "outcome": "success"}


def script_for(tool: str) -> dict[str, Any]:
    return {
        "goal": f"{tool} the {{box}} of the house",
        "steps": [f"`{tool} select {{box}}`", f"`{tool} apply {{box}}`"],
    }


NONSENSE = {"goal": "g", "steps": ["restart mainframe ZX-81"]}
TOOLS = ("paint", "plaster", "sand")


@pytest.fixture
def filled(home: Path, document: Document, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A memory into which three runs, of three families, were imported; no program is on PATH."""
    monkeypatch.setenv("PATH", only(home))
    (home / "bin").mkdir()
    file = home / "runs.jsonl"
    file.write_text("".join(json.dumps(chore(tool, n)) + "\n" for n, tool in enumerate(TOOLS, 1)), encoding="utf-8")
    assert document("import", str(file))["added"] == 3
    return home


def builders(document: Document) -> dict[str, str]:
    return {p["id"]: p["builder"] for p in document("list")["procedures"]}


def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(filled: Path, run: Run, document: Document):
    Fake(filled, "claude").answers(refused("claude"))
    due = document("distill", "--dry-run")
    assert due["waiting"] == 3 and [row["id"] for row in due["due"]] == ["p3", "p2", "p1"]
    assert due["tokens"] == sum(row["tokens"] for row in due["due"]) > 3_000 and due["due"][0]["runs"] == ["t3"]
    assert [row["id"] for row in document("distill", "--dry-run", "--limit", "2")["due"]] == ["p3", "p2"]
    assert document("distill", "--dry-run", "--budget", "10")["due"] == []
    status, out, _ = run("distill", "--dry-run")
    assert status == 0 and "3 of 3 procedures that wait" in out and "Nothing was sent" in out


@pytest.mark.parametrize("name", ["claude", "codex", "gemini"])
def test_a_persons_own_program_writes_them(name: str, filled: Path, document: Document):
    fake = Fake(filled, name)
    fake.answers(*(said(name, script_for(tool)) for tool in reversed(TOOLS)))
    done = document("distill")
    assert (done["by"], done["waiting"], done["kept"], done["stopped"]) == (name, 3, [], "")
    assert [(row["id"], row["state"], row["steps"]) for row in done["written"]] == [
        (f"p{n}", "current", 2) for n in (3, 2, 1)
    ]
    assert done["tokens"] == 330 and set(builders(document).values()) == {"model"}
    assert document("show", "p1")["script"]["steps"] == ["paint select {box}", "paint apply {box}"]
    assert document("distill")["waiting"] == 0 and len(fake.calls) == 3


def test_the_messages_api_is_first_where_there_is_a_key(
    filled: Path, document: Document, monkeypatch: pytest.MonkeyPatch
):
    with MessagesAPI() as api:
        monkeypatch.setenv("MEMP_BASE_URL", api.url)
        Fake(filled, "claude").answers(refused("claude"))
        api.replies.extend(text(json.dumps(script_for(tool))) for tool in reversed(TOOLS))
        done = document("distill", "--llm", "a-model")
        assert done["by"] == "a-model" and len(done["written"]) == 3 and done["tokens"] == 330
        assert {request.body["model"] for request in api.requests} == {"a-model"}
        assert not any("tools" in request.body for request in api.requests)


def test_the_bounds_hold_and_the_next_call_goes_on(filled: Path, document: Document):
    fake = Fake(filled, "claude")
    fake.answers(*(said("claude", script_for(tool)) for tool in reversed(TOOLS)))
    first = document("distill", "--limit", "1")
    assert [row["id"] for row in first["written"]] == ["p3"] and first["stopped"] == "--limit 1 runs"
    one = document("distill", "--dry-run")["due"][0]["tokens"]
    second = document("distill", "--budget", str(one))
    assert [row["id"] for row in second["written"]] == ["p2"] and second["stopped"].startswith("--budget")
    assert [row["id"] for row in document("distill")["written"]] == ["p1"] and len(fake.calls) == 3


def test_what_is_not_grounded_is_mended_once_else_the_procedure_stays_and_is_left_alone(
    filled: Path, document: Document, run: Run
):
    fake = Fake(filled, "claude")
    answers = [NONSENSE, script_for("sand"), NONSENSE, NONSENSE, script_for("paint")]
    fake.answers(*(said("claude", answer) for answer in answers))
    before = document("show", "p2")["script"]
    done = document("distill")
    assert [(row["id"], row["repaired"]) for row in done["written"]] == [("p3", True), ("p1", False)]
    assert [row["id"] for row in done["kept"]] == ["p2"] and "ZX-81" in done["kept"][0]["why"]
    assert "ZX-81" in fake.calls[1]["stdin"] and "is in no run" in fake.calls[1]["stdin"]
    assert document("show", "p2")["script"] == before and builders(document)["p2"] == "extractive"
    assert document("distill")["waiting"] == 0 and document("distill", "--again", "--dry-run")["waiting"] == 1


@pytest.mark.parametrize("name", ["claude", "codex", "gemini"])
def test_who_is_not_logged_in_is_told_at_once(name: str, filled: Path, run: Run, document: Document):
    fake = Fake(filled, name)
    fake.answers(refused(name))
    status, out, _ = run("distill", "--by", name)
    assert status == 1 and "is not logged in" in " ".join(out.split()) and len(fake.calls) == 1
    assert set(builders(document).values()) == {"extractive"} and document("distill", "--dry-run")["waiting"] == 3


@pytest.mark.parametrize(
    ("answer", "why"),
    [(HANGS, "did not answer within 1 s"), (Answer(err="it broke\n", status=9), "exit status 9: it broke"),
     (said("claude", "I would rather not."), "asked twice and gave no usable answer")],
)  # fmt: skip
def test_a_model_that_hangs_fails_or_talks_is_asked_three_times_and_no_more(
    answer: Answer, why: str, filled: Path, run: Run, document: Document
):
    Fake(filled, "claude").answers(answer)
    status, out, err = run("distill", "--timeout", "1", "--json")
    done = json.loads(out)
    assert (status, err) == (1, "") and len(done["kept"]) == 3 and done["stopped"] == "the model gives no answers"
    assert all(why in row["why"] for row in done["kept"])
    assert set(builders(document).values()) == {"extractive"} and document("distill", "--dry-run")["waiting"] == 3


@pytest.mark.parametrize(("reply", "why"), [(API_HANGS, "did not answer within 1 s"), (error(401), "check the key")])
def test_so_is_an_api_that_hangs_or_refuses(
    reply: Any, why: str, filled: Path, run: Run, monkeypatch: pytest.MonkeyPatch
):
    with MessagesAPI() as api:
        monkeypatch.setenv("MEMP_BASE_URL", api.url)
        api.respond = lambda request: reply
        status, out, _ = run("distill", "--timeout", "1", "--json")
        assert status == 1 and all(why in row["why"] for row in json.loads(out)["kept"])


def test_without_any_model_it_says_what_to_do(filled: Path, run: Run):
    status, _, err = run("distill")
    assert status == 1 and "set MEMP_API_KEY, or install and log in to Claude Code, Codex, Gemini CLI" in err
    assert run("distill", "--by", "api")[2].startswith("memp: The Messages API needs a key")
    assert "no `codex` on PATH" in run("distill", "--by", "codex")[2]
    assert run("distill", "--by", "oracle")[0] == 2


def test_where_nothing_can_be_kept_nothing_is_asked(filled: Path, run: Run, monkeypatch: pytest.MonkeyPatch):
    fake = Fake(filled, "claude")
    fake.answers(refused("claude"))
    monkeypatch.setenv("MEMP_READ_ONLY", "1")
    status, _, err = run("distill")
    assert status == 1 and "MEMP_READ_ONLY is set" in err and fake.calls == []


def test_the_bar_and_the_end_are_for_a_person(filled: Path, run: Run):
    Fake(filled, "claude").answers(said("claude", script_for("sand")), said("claude", NONSENSE))
    status, out, _ = run("distill")
    assert status == 0 and "p3r2 is shown from now on: sand the {box} of the house" in out
    assert "1 written by claude, 2 kept as they were, 0 left; about" in " ".join(out.split())


def test_doctor_and_stats_say_what_waits(filled: Path, document: Document, run: Run):
    (check,) = [c for c in document("doctor")["checks"] if c["name"] == "written by rule"]
    assert (check["state"], check["found"]) == (
        "ok",
        "3 procedures could be written by a model: `memp distill --dry-run`",
    )
    assert document("stats")["unwritten"] == 3
    assert "3 could be written by a model (memp distill)" in run("stats")[1]
