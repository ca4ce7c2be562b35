"""Experience: runs that a memory is built from, before anything is measured.

Two kinds for ALFWorld, both of the train split only: an expert's rollouts, which search as a player must (in the older
grammar), and the walkthroughs that come with the games, which know where everything is. And runs of other domains, of
which a memory is to say that none of them applies.
"""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from memp.domain.trajectory import Provenance, Step, Value
from memp.errors import InputError
from memp.evaluate.environments.alfworld import Alfworld, Games
from memp.evaluate.environments.environment import Task
from memp.memory import ProceduralMemory

ROLLOUTS = "expert_train.jsonl.gz"
TRAIN = "train"
_TASK = "Your task is to:"


class Experience(Value):
    """A successful run, and where it comes from."""

    task: str
    steps: tuple[Step, ...]
    source: str


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


def walkthroughs(games: Games, tasks: Iterable[Task]) -> Iterator[Experience]:
    """The walkthroughs of train games, played.

    Raises:
        InputError: a game is broken.
    """
    environment = Alfworld(games)
    for task in tasks:
        actions = environment.walkthrough(task)
        if actions:
            environment.reset(task)
            steps = tuple(Step(action=action, observation=environment.step(action).observation) for action in actions)
            yield Experience(task=task.goal, steps=steps, source=task.id)


def other_domains() -> Iterator[Experience]:
    """Runs of other domains: shell work, databases, offices."""
    text = files("memp.evaluate").joinpath("other_domains.json").read_text(encoding="utf-8")
    for number, run in enumerate(json.loads(text), 1):
        steps = tuple(Step(action=action, observation=observation) for action, observation in run["steps"])
        yield Experience(task=run["task"], steps=steps, source=f"other_domains.json, {number}")


def learn(
    memory: ProceduralMemory, runs: Iterable[Experience], moved: Callable[[str], None] | None = None
) -> None:  # fmt: skip
    """Records the runs as successes, as `memp import` does; those that are known already are passed over."""
    for run in runs:
        memory.record(
            run.task,
            run.steps,
            "success",
            evidence="environment: a rollout that solved its task",
            # Another agent than the one that is measured: what it reaches alone says nothing of that one.
            provenance=Provenance(client="memp evaluate", model="expert", source=run.source),
        )
        if moved is not None:
            moved("learning")
    memory.embed_pending()
