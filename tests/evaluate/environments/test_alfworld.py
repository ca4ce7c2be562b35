"""ALFWorld: its data in both forms, and parity with the original.

Parity needs the games. They are looked for in $MEMP_TEST_ALFWORLD, or beside the repository in
shared/data/alfworld. Against the original packages it runs where MEMP_ALFWORLD_PYTHON names an interpreter of an
environment of its own, made with

    pip install --no-deps alfworld && pip install "textworld[pddl]"
"""

import gzip
import json
import lzma
import os
import random
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import pytest
import tiny_world
from paths import ALFWORLD, ROOT
from tiny_world import write_folder

from memp.errors import ConfigError, InputError
from memp.evaluate.environments.alfworld import Alfworld, AlfworldWorld, display_names, text_game
from memp.evaluate.environments.alfworld_games import Game, Games, open_games
from memp.evaluate.environments.environment import Environment, Task, Transition
from memp.evaluate.environments.textworld.textgame import NOTHING_HAPPENS

KINDS = (
    "look_at_obj_in_light",
    "pick_and_place_simple",
    "pick_clean_then_place_in_recep",
    "pick_cool_then_place_in_recep",
    "pick_heat_then_place_in_recep",
    "pick_two_obj_and_place",
)
GAMES_OF_A_KIND = int(os.environ.get("MEMP_TEST_ALFWORLD_GAMES", "2"))
"""Played with the original packages, at some 4 seconds a game."""
STEPS = 60
ID = tiny_world.ID


def write_compact(root: Path, *ids: str, **changes: object) -> Path:
    """The tiny game in the compact form."""
    grammar = tiny_world.GRAMMAR.replace("light the attic.", "@@TASK@@")
    common = {"pddl_domain": tiny_world.DOMAIN, "grammar_template": grammar}
    (root / "common.json").write_text(json.dumps(common))
    fields = {
        "task": "light the attic.",
        "walkthrough": tiny_world.WALKTHROUGH,
        "pddl_problem": tiny_world.PROBLEM,
    }
    with lzma.open(root / "games.jsonl.xz", "wt") as file:
        file.writelines(json.dumps({"game": id} | fields | changes) + "\n" for id in ids or (ID,))
    return root


# The data


@pytest.mark.parametrize("write", [write_folder, write_compact])
def test_both_forms_give_the_same_tasks_and_games(tmp_path: Path, write):
    games = open_games(write(tmp_path))
    assert games.splits() == ("train",)
    assert games.tasks("train") == (Task(id=ID, split="train", kind="light_the_attic", goal="light the attic."),)
    assert games.game(ID) == Game(
        domain=tiny_world.DOMAIN,
        problem=tiny_world.PROBLEM,
        grammar=tiny_world.GRAMMAR,
        walkthrough=tiny_world.WALKTHROUGH,
    )


def test_the_folder_itself_may_be_named(tmp_path: Path):
    assert open_games(write_folder(tmp_path) / "json_2.1.1").splits() == ("train",)
    assert open_games(str(tmp_path)).splits() == ("train",)


def test_tasks_come_sorted_and_the_splits_apart(tmp_path: Path):
    ids = ("train/b-1/t", "valid_seen/a-1/t", "train/a/t", "train/a-1/t")
    (tmp_path / "folder").mkdir()
    (tmp_path / "compact").mkdir()
    for id in ids:
        write_folder(tmp_path / "folder", id)
    for games in (open_games(tmp_path / "folder"), open_games(write_compact(tmp_path / "compact", *ids))):
        assert games.splits() == ("train", "valid_seen")
        assert [task.id for task in games.tasks("train")] == ["train/a-1/t", "train/a/t", "train/b-1/t"]
        assert [task.kind for task in games.tasks("valid_seen")] == ["a"]


def test_games_that_alfworld_leaves_out_are_left_out(tmp_path: Path):
    write_folder(tmp_path)
    write_folder(tmp_path, "train/b-1/t", solvable=False)
    write_folder(tmp_path, "train/c-Sliced-1/t")
    write_folder(tmp_path, "train/pick_and_place_with_movable_recep-1/t")
    assert [task.id for task in open_games(tmp_path).tasks("train")] == [ID]


def test_a_game_without_a_walkthrough_can_be_played(tmp_path: Path):
    world = AlfworldWorld(write_folder(tmp_path, walkthrough=None))
    (task,) = world.tasks("train")
    assert world.walkthrough(task) == ()
    assert world.environment().reset(task).startswith("Welcome.")


@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_missing_data_is_an_error_that_says_how_to_get_it(tmp_path: Path, folder: str):
    with pytest.raises(ConfigError, match="alfworld-download"):
        open_games(tmp_path / folder)


@pytest.mark.parametrize("write", [write_folder, write_compact])
def test_a_missing_split_or_game_is_an_error_that_says_what_there_is(tmp_path: Path, write):
    games = open_games(write(tmp_path))
    with pytest.raises(InputError, match="no split 'valid_unseen' in this data, only: train"):
        games.tasks("valid_unseen")
    for id in ("train/none", "../train", "/"):
        with pytest.raises(InputError, match="There is no game"):
            games.game(id)


def test_a_broken_game_file_is_an_error_that_names_it(tmp_path: Path):
    path = write_folder(tmp_path) / "json_2.1.1" / ID / "game.tw-pddl"
    games = open_games(tmp_path)
    for text, message in (
        ('{"pddl_domain": "', "is broken: it: Invalid JSON"),
        ('{"pddl_domain": 1}', "is broken: pddl_domain: Input should be a valid string"),
        ('{"pddl_domain": ""}', "is broken: pddl_problem: Field required"),
    ):
        path.write_text(text)
        for reading in (lambda: games.tasks("train"), lambda: games.game(ID)):
            with pytest.raises(InputError) as error:
                reading()
            assert "game.tw-pddl" in str(error.value)
            assert message in str(error.value)
            assert "alfworld-download" in str(error.value)


def test_a_game_file_without_a_task_is_an_error_that_names_it(tmp_path: Path):
    games = open_games(write_folder(tmp_path, grammar=""))
    with pytest.raises(InputError, match=r"game\.tw-pddl states no task"):
        games.tasks("train")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("pddl_problem", tiny_world.PROBLEM[:-20], "'(' without a ')'"),
        ("pddl_problem", tiny_world.PROBLEM.replace("(lamp lamp_1)", "(lamp lamp_2)"), "'lamp_2'"),
        ("pddl_domain", "", "expected one (define (domain"),
        ("grammar", tiny_world.GRAMMAR.replace("#around#", "#gone away#"), "no rule 'gone away'"),
        ("grammar", 'grammar :: """{"task": [{"rhs": "x"}]}""";', "no texts for the action 'walk'"),
    ],
)
def test_a_game_that_cannot_be_played_is_an_error_that_names_it(tmp_path: Path, field: str, value: str, message: str):
    games = open_games(write_folder(tmp_path, **{field: value}))
    env = Alfworld(games)
    (task,) = games.tasks("train")
    with pytest.raises(InputError) as error:
        env.reset(task)
    assert str(error.value).startswith(f"The game '{ID}' is broken.")
    assert message in str(error.value)
    with pytest.raises(InputError, match="call reset"):
        env.step("walk to attic")


def test_a_broken_compact_file_is_an_error_that_says_where(tmp_path: Path):
    write_compact(tmp_path, task=None)
    with pytest.raises(InputError, match=r"games.jsonl.xz, line 1 is broken: task"):
        open_games(tmp_path)
    write_compact(tmp_path, ID, ID)
    with pytest.raises(InputError, match=r"line 2 has the game .* a second time"):
        open_games(tmp_path)
    whole = (tmp_path / "games.jsonl.xz").read_bytes()
    for broken in (whole[:-30], b"not compressed"):
        (tmp_path / "games.jsonl.xz").write_bytes(broken)
        with pytest.raises(InputError, match="copy the file again"):
            open_games(tmp_path)
    write_compact(tmp_path)
    (tmp_path / "common.json").write_text("{}")
    with pytest.raises(InputError, match=r"common.json is broken: pddl_domain: Field required"):
        open_games(tmp_path)


# The environment


@pytest.fixture
def world(tmp_path: Path) -> AlfworldWorld:
    return AlfworldWorld(write_compact(tmp_path, ID, "train/other-1/trial"))


@pytest.fixture
def tiny(world: AlfworldWorld) -> Environment:
    return world.environment(keep=2)


def test_an_environment_gives_observation_reward_and_done(tiny: Environment, world: AlfworldWorld):
    task = world.tasks("train")[0]
    assert tiny.reset(task).endswith("Your task is to: light the attic.")
    assert "open chest_1" in tiny.admissible
    steps = [
        tiny.step(re.sub("lamp|chest|ball one", r"\g<0>_1", c).replace(" one_1", "_1")) for c in tiny_world.WALKTHROUGH
    ]
    assert steps[0] == Transition("It opens.", 0.0, False)
    assert [step.done for step in steps] == [False] * 8 + [True]
    assert steps[-1].reward == 1.0


def test_before_a_task_is_started_there_is_nothing_to_do(tiny: Environment):
    with pytest.raises(InputError, match="call reset"):
        tiny.step("look")
    with pytest.raises(InputError, match="call reset"):
        _ = tiny.admissible


def test_an_impossible_action_costs_nothing_but_the_step(tiny: Environment, world: AlfworldWorld):
    tiny.reset(world.tasks("train")[0])
    assert tiny.step("dance") == Transition(NOTHING_HAPPENS, 0.0, False)


def test_a_task_that_is_started_again_starts_afresh(tiny: Environment, world: AlfworldWorld):
    one, two = world.tasks("train")
    first = tiny.reset(one)
    tiny.step("open chest_1")
    tiny.reset(two)
    assert tiny.reset(one) == first
    assert "open chest_1" in tiny.admissible


def test_names_count_down_by_id_within_a_kind():
    ids = ["mug_bar_2", "mug_bar_1", "sink_bar_1_bar_sinkbasin", "sink_bar_1", "agent1", "mugtype"]
    assert display_names(ids) == {
        "mug_bar_1": "mug 2",
        "mug_bar_2": "mug 1",
        "sink_bar_1": "sink 1",
        "sink_bar_1_bar_sinkbasin": "sinkbasin 1",
        "agent1": "agent1",
        "mugtype": "mugtype",
    }


# Parity


@pytest.fixture(scope="module")
def data() -> Path:
    folder = ALFWORLD
    if not folder.is_dir():
        pytest.skip("ALFWorld's games are not here: name their folder in MEMP_TEST_ALFWORLD")
    return folder


@pytest.fixture(scope="module")
def games(data: Path) -> Games:
    return open_games(data)


@pytest.fixture(scope="module")
def rollouts(data: Path) -> dict[str, list[str]]:
    """The texts of each expert rollout by its game: observation, command, observation, ..."""
    path = data / "expert_train.jsonl.gz"
    if not path.is_file():
        return {}
    with gzip.open(path, "rt") as lines:
        found = [json.loads(line) for line in lines]
    return {line["game"]: [turn["value"] for turn in line["conversations"]] for line in found}


def in_the_new_grammar(command: str) -> str:
    """The rollouts' "put X in/on Y" is "move X to Y" in these games."""
    return re.sub(r"^put (.+) in/on (.+)$", r"move \1 to \2", command)


def as_in_the_rollouts(observation: str) -> str:
    """The rollouts say "You put the X in/on the Y." for "You move ...", and leave out "You arrive at Y. "."""
    observation = re.sub(r"^You move the (.+) to the (.+)\.$", r"You put the \1 in/on the \2.", observation)
    return re.sub(r"^You arrive at [^.]*\. ", "", observation)


def of_kind(games: Games, kind: str) -> Iterator[Task]:
    return (task for split in games.splits() for task in games.tasks(split) if task.kind == kind)


def wins_at(env: Alfworld, task: Task, walkthrough: Sequence[str]) -> list[int]:
    """The steps of the walkthrough, from 1, after which the game was won."""
    env.reset(task)
    return [number for number, action in enumerate(walkthrough, 1) if env.step(action).done]


def assert_replayed(games: Games, rollouts: dict[str, list[str]], tasks: Iterable[Task]) -> None:
    """Each walkthrough wins at its last step, and every observation of the expert is that of the game. There are no further
    differences."""
    env = Alfworld(games)
    differences: list[tuple[str, str, str, str]] = []
    count = 0
    for task in tasks:
        count += 1
        walkthrough = games.game(task.id).walkthrough
        assert wins_at(env, task, walkthrough) == [len(walkthrough)], task.id
        if task.id not in rollouts:
            continue
        first, *turns = rollouts[task.id]
        seen = [("reset", env.reset(task), first)]
        done = [False]
        for command, observation in zip(turns[::2], turns[1::2], strict=True):
            step = env.step(in_the_new_grammar(command))
            seen.append((command, as_in_the_rollouts(step.observation), observation))
            done.append(step.done)
        differences += [(task.id, *turn) for turn in seen if turn[1] != turn[2]]
        assert done.index(True) == len(done) - 1, f"{task.id} is not won at the rollout's last step"
    assert count
    assert differences == []


@pytest.mark.parametrize("kind", KINDS)
def test_walkthroughs_win_at_their_last_step_and_rollouts_replay(
    games: Games, rollouts: dict[str, list[str]], kind: str
):
    """Every twentieth game of a kind."""
    assert_replayed(games, rollouts, islice(of_kind(games, kind), None, None, 20))


@pytest.mark.slow
def test_in_all_games_walkthroughs_win_and_rollouts_replay(games: Games, rollouts: dict[str, list[str]]):
    assert_replayed(games, rollouts, (task for kind in KINDS for task in of_kind(games, kind)))


def test_every_admissible_action_is_possible_and_no_other_is(games: Games):
    env = Alfworld(games)
    rng = random.Random(0)
    for task in rng.sample(games.tasks(games.splits()[-1]), 10):
        env.reset(task)
        everything: set[str] = set()
        for _ in range(60):
            now = env.admissible
            assert list(now) == sorted(set(now))
            everything.update(now)
            others = sorted(everything.difference(now))
            if others:
                assert env.step(rng.choice(others)).observation == NOTHING_HAPPENS
                assert env.admissible == now
            assert env.step(rng.choice(now)).observation != NOTHING_HAPPENS


def test_alfworlds_own_layout_gives_the_same_games(games: Games, tmp_path: Path):
    chosen = [next(of_kind(games, kind)) for kind in KINDS]
    original = open_games(write_games(tmp_path, games, chosen))
    found = [task for split in original.splits() for task in original.tasks(split)]
    assert sorted(found, key=lambda task: task.id) == sorted(chosen, key=lambda task: task.id)
    assert all(original.game(task.id) == games.game(task.id) for task in chosen)


def write_games(root: Path, games: Games, tasks: list[Task]) -> Path:
    for task in tasks:
        game = games.game(task.id)
        texts = {"pddl_domain": game.domain, "pddl_problem": game.problem, "grammar": game.grammar}
        write_folder(root, task.id, walkthrough=game.walkthrough, **texts)
    return root


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_original_packages_show_the_same(games: Games, tmp_path: Path):
    """Random play of two games of each kind: texts, admissible commands and whether the game is won."""
    python = os.environ.get("MEMP_ALFWORLD_PYTHON")
    if not python:
        pytest.skip("needs MEMP_ALFWORLD_PYTHON, an interpreter with alfworld and textworld[pddl]")
    rng = random.Random(0)
    chosen = [task for kind in KINDS for task in rng.sample(list(of_kind(games, kind)), GAMES_OF_A_KIND)]
    root = write_games(tmp_path, games, chosen) / "json_2.1.1"
    paths = [str(root / task.id / "game.tw-pddl") for task in chosen]
    script = ROOT / "tests" / "support" / "alfworld_original.py"
    output = tmp_path / "original.jsonl"
    command = [python, str(script), str(STEPS), str(output), *paths]
    environment = os.environ | {"ALFWORLD_DATA": str(tmp_path)}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]

    lines = output.read_text().splitlines()
    assert len(lines) == len(paths) * (STEPS + 1)
    verbs: set[str] = set()
    game = text_game(games.game(chosen[0].id))
    for number, line in enumerate(lines):
        said, observation, admissible, won = json.loads(line)
        if said in paths:
            game = text_game(games.game(chosen[paths.index(said)].id))
            shown = game.reset()
        else:
            shown = game.step(said)
            verbs.add(said.split()[0] if shown != NOTHING_HAPPENS else "impossible")
        assert (shown, list(game.commands), game.won) == (observation, admissible, won), (number, said)
    assert verbs >= {"go", "take", "move", "open", "close", "use", "clean", "heat", "cool", "examine", "look", "help"}
