"""ALFWorld's text games (Shridhar et al., 2021) as an environment, and the runs to learn from.

The peculiarities of these games are the original's, and kept:

- The last of a kind, sorted by id, is number 1: a list reads "drawer 3, drawer 2, drawer 1".
- "examine OBJECT" is possible only for what is held: the domain misspells a type in the other case.
- "go to" where one is, and every other impossible command: "Nothing happens."
- "use LAMP" turns it on; a second time says so again, and it stays on.
- "look" in the middle of the room lists nothing; only the introduction lists the receptacles.
- A game goes on after it is won, and can be lost again by undoing the goal.

Runs to learn from are of the train split only: an expert's rollouts, which search as a player must (in the older
grammar), and the walkthroughs that come with the games, which know where everything is.
"""

import gzip
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from memp.domain.trajectory import Step
from memp.errors import ConfigError, InputError
from memp.evaluate.environments.alfworld_games import HOW_TO_GET, Game, Games, open_games
from memp.evaluate.environments.environment import Benchmark, Experience, Task, Transition, evenly
from memp.evaluate.environments.textworld.grammar import read_grammar
from memp.evaluate.environments.textworld.pddl import read_domain, read_problem
from memp.evaluate.environments.textworld.textgame import TextGame

TRAIN = "train"
EXPERT, WALKTHROUGH = "expert", "walkthrough"
ROLLOUTS = "expert_train.jsonl.gz"

_TASK = "Your task is to:"

RULES = """You play a text game set in a house. You are given a task, and do it by commands, one at a time.

The commands, where R stands for a place or piece of furniture and O for a thing, each by name and number as the game \
shows them ("drawer 2", "mug 1"):
go to R | open R | close R | take O from R | move O to R | clean O with R | heat O with R | cool O with R | slice O with O \
| use O | examine O | examine R | look | inventory
You can hold one thing at a time. What is in a closed place shows when it is open. "Nothing happens." says that a command \
was not possible. The game ends by itself when the task is done; the number of commands is limited."""
"""How actions are written, as a language model is told it."""


class Alfworld:
    """ALFWorld's text games as an environment. Several may share one `Games`.

    The last `keep` games stay compiled for another reset: ten times as fast, at about 0.5 MB each.
    """

    def __init__(self, games: Games, keep: int = 1) -> None:
        self._games = games
        self._playing: TextGame | None = None
        self._keep = keep
        self._ready: dict[str, TextGame] = {}

    def reset(self, task: Task) -> str:
        self._playing = None
        playing = self._ready.pop(task.id, None)
        if playing is None:
            playing = self._prepared(task.id)
        observation = playing.reset()
        self._ready[task.id] = self._playing = playing
        while len(self._ready) > max(1, self._keep):
            self._ready.pop(next(iter(self._ready)))
        return observation

    def step(self, action: str) -> Transition:
        game = self._started()
        observation = game.step(action)
        won = game.won
        return Transition(observation, float(won), won)

    @property
    def admissible(self) -> tuple[str, ...]:
        return self._started().commands

    def _prepared(self, task_id: str) -> TextGame:
        game = self._games.game(task_id)
        try:
            playing = text_game(game)
            playing.reset()  # a grammar may lack what the first texts need
        except InputError as error:
            raise InputError(f"The game '{task_id}' is broken. {error} {HOW_TO_GET}") from None
        return playing

    def _started(self) -> TextGame:
        if self._playing is None:
            raise InputError("No task has been started: call reset(task) first.")
        return self._playing


def text_game(game: Game) -> TextGame:
    """The game, ready to be reset and played.

    Raises:
        InputError: one of its texts is broken.
    """
    domain = read_domain(game.domain)
    problem = read_problem(game.problem, domain)
    ids = {arg for fact in problem.facts for arg in fact.args}
    return TextGame(domain, problem, read_grammar(game.grammar), display_names(ids))


def display_names(ids: Iterable[str]) -> dict[str, str]:
    """ALFWorld's names: "mug_bar__plus_01_..." is "mug 2" where it is the last but one of the mugs, sorted by id.

    What stands before "_bar_" is the kind, with "basin" after it where the id has that word; the last of a kind is 1.
    """
    ordered = sorted(ids)
    kinds = [(id, _display_kind(id)) for id in ordered]
    left = Counter(kind for _, kind in kinds)
    names: dict[str, str] = {}
    for id, kind in kinds:
        if kind == id:  # of no numbered kind
            names[id] = id
            continue
        names[id] = f"{kind} {left[kind]}"
        left[kind] -= 1
    return names


def _display_kind(id: str) -> str:
    kind, bar, _ = id.partition("_bar_")
    return kind + "basin" if bar and "basin" in id else kind


class AlfworldWorld:
    """ALFWorld's data, opened: tasks, environments and runs to learn from.

    Raises:
        ConfigError: the folder has no games.
        InputError: its files are broken.
    """

    def __init__(self, folder: Path) -> None:
        self.games = open_games(folder)
        self._sources = {EXPERT: self._rollouts, WALKTHROUGH: self._walkthroughs}
        self._folder = folder

    def splits(self) -> tuple[str, ...]:
        return self.games.splits()

    def tasks(self, split: str) -> tuple[Task, ...]:
        return self.games.tasks(split)

    def environment(self, keep: int = 1) -> Alfworld:
        return Alfworld(self.games, keep)

    def walkthrough(self, task: Task) -> Sequence[str]:
        return self.games.game(task.id).walkthrough

    def runs(self, source: str, most: int | None) -> Iterable[Experience]:
        return self._sources[source](most)

    def _rollouts(self, most: int | None) -> Iterable[Experience]:
        rollouts = self._folder / ROLLOUTS
        if not rollouts.is_file():
            raise ConfigError(
                f"{self._folder} has no {ROLLOUTS}: learn from the games' walkthroughs, with --source {WALKTHROUGH}."
            )
        return evenly(list(expert_rollouts(rollouts)), most)

    def _walkthroughs(self, most: int | None) -> Iterator[Experience]:
        environment = self.environment()
        for task in evenly(self.tasks(TRAIN), most):
            actions = self.walkthrough(task)
            if actions:
                environment.reset(task)
                steps = tuple(Step(action=a, observation=environment.step(a).observation) for a in actions)
                yield Experience(task=task.goal, steps=steps, source=task.id)


class _Turn(BaseModel):
    model_config = ConfigDict(extra="ignore")
    speaker: str
    value: str

    def __init__(self, **fields: object) -> None:
        super().__init__(speaker=fields.get("from"), value=fields.get("value"))


class _Rollout(BaseModel):
    model_config = ConfigDict(extra="ignore")
    game: str
    conversations: list[_Turn]


def expert_rollouts(path: Path) -> Iterator[Experience]:
    """The rollouts of a JSON-lines file, compressed or not: {game, conversations: [{from, value}]}.

    Raises:
        InputError: the file or a line of it cannot be read, or a rollout is not of the train split.
    """
    try:
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
            for number, line in enumerate(lines, 1):
                yield _experience(line, f"{path}, line {number}")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"The rollouts in {path} cannot be read ({error}): copy the file again.") from None


def _experience(line: str, where: str) -> Experience:
    try:
        rollout = _Rollout.model_validate_json(line)
    except ValidationError as error:
        raise InputError(f"{where} is broken: {error.errors()[0]['msg']}: copy the file again.") from None
    if not rollout.game.startswith(f"{TRAIN}/"):
        raise InputError(f"{where} is of '{rollout.game}': memory is built from the train split only.")
    turns = rollout.conversations
    task = turns[0].value.rpartition(_TASK)[2].strip() if turns else ""
    actions = [turn.value for turn in turns[1:] if turn.speaker == "gpt"]
    observations = [turn.value for turn in turns[1:] if turn.speaker != "gpt"]
    if not task or not actions:
        raise InputError(f"{where} has no task or no actions: copy the file again.")
    observations += [""] * (len(actions) - len(observations))
    steps = tuple(Step(action=a, observation=o) for a, o in zip(actions, observations, strict=False))
    return Experience(task=task, steps=steps, source=rollout.game)


ALFWORLD = Benchmark(
    name="alfworld",
    title="ALFWorld",
    summary="Household chores in a text game (ALFWorld), done by a script with and without the memory. Needs its games.",
    data="the folder with ALFWorld's games",
    open=AlfworldWorld,
    train=TRAIN,
    final="valid_seen",
    smoke="valid_train",
    sources=(EXPERT, WALKTHROUGH),
    solutions=WALKTHROUGH,
    actions="commands",
    rules=RULES,
    limits="all games are ALFWorld's, whose rooms and texts are regular.",
    # Results from before there was a second benchmark do not name theirs, and can still be gone on with.
    named_in_results=False,
)
