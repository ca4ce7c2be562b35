"""`memp eval travelplanner` and `memp eval llm --world travelplanner`, on a few small trips."""

import json
from pathlib import Path
from typing import Any

import pytest
import tiny_trips
from messages_api import MessagesAPI, Reply, Request, call

from memp.evaluate import __main__ as commands
from memp.evaluate.commands.llm import main as llm
from memp.evaluate.environments.travelplanner.world import TravelPlannerWorld
from memp.evaluate.experiments.llm_run import LLMEpisode
from memp.evaluate.experiments.results import Episode


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tiny_trips.write(tmp_path / "data")


def _episodes(path: Path) -> list[Episode]:
    return [Episode.model_validate_json(line) for line in path.read_text().splitlines()[1:]]


def _passed(episodes: list[Episode], arm: str) -> int:
    """Checks that an arm's plans pass."""
    return sum(e.shares[kind][0] for e in episodes for kind in ("CS micro", "HC micro") if e.arm == arm)


@pytest.mark.slow
def test_the_command_plays_and_reports_trips(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "out"
    arguments = ["travelplanner", "--data", str(data), "--out", str(out), "--smoke", "--only", "build,curve"]
    assert commands.main(arguments) == 0
    printed = capsys.readouterr().out
    assert "CS micro %" in printed and "HC macro %" in printed
    assert {path.stem for path in out.glob("*.jsonl")} == {"build", "curve"}
    assert "Learning curve" in (out / "report.md").read_text()
    assert (out / "curve.svg").is_file()

    build = _episodes(out / "build.jsonl")
    won = {arm: sum(e.won for e in build if e.arm == arm) for arm in ("none", "irrelevant", "proceduralization")}
    assert won["none"] == won["irrelevant"] == 0 < won["proceduralization"]

    curve = _episodes(out / "curve.jsonl")
    assert {e.arm for e in curve if e.arm[0].isdigit()} == {"0 tasks", "1 tasks", "2 tasks", "4 tasks"}
    assert _passed(curve, "0 tasks") < _passed(curve, "4 tasks")
    assert all(e.lookups == 1 for e in curve if e.arm == "first answer, 4 tasks")

    before = (out / "curve.jsonl").read_bytes()
    assert commands.main(arguments) == 0, "and goes on where it stopped: nothing is left"
    assert (out / "curve.jsonl").read_bytes() == before


def test_a_folder_without_the_data_is_a_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    asked = ["travelplanner", "--data", str(tmp_path), "--out", str(tmp_path / "out")]
    assert commands.main(asked) == 1
    assert "has no accommodations.jsonl.xz" in " ".join(capsys.readouterr().err.split())


def test_a_language_model_plans_trips(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                      capsys: pytest.CaptureFixture[str]):  # fmt: skip
    world = TravelPlannerWorld(data)
    plans = {task.goal: list(world.walkthrough(task)) for task in world.tasks("train")}
    seen: list[str] = []

    def respond(request: Request) -> Reply:
        messages: list[dict[str, Any]] = request.body["messages"]
        first = "\n".join(block["text"] for block in messages[0]["content"])
        seen.append(first)
        plan = next(plan for goal, plan in plans.items() if goal in first)
        return call("act", {"command": plan[len(messages) // 2]}, id=f"call_{len(messages)}")

    out = tmp_path / "out" / "llm.jsonl"
    with MessagesAPI() as api:
        monkeypatch.setenv("MEMP_API_KEY", "sk-test-0123456789abcdef")
        monkeypatch.setenv("MEMP_BASE_URL", api.url)
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.upper(), raising=False)
        api.respond = respond
        arguments = ["--world", "travelplanner", "--data", str(data), "--out", str(out), "--split", "train"]
        assert llm([*arguments, "--hashing", "--llm", "model-of-the-test", "--arms", "none,proceduralization"]) == 0
    assert "HC macro %" in capsys.readouterr().out
    episodes = [LLMEpisode.model_validate_json(line) for line in out.read_text().splitlines()[1:]]
    assert len(episodes) == 8 and all(episode.won for episode in episodes)
    assert {episode.shares["CS macro"] for episode in episodes} == {(1, 1)}
    assert any("Reference information:" in first for first in seen)
    assert '"world": "travelplanner"' in json.dumps(json.loads(out.read_text().splitlines()[0]))
