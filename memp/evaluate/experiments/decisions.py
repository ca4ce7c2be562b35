"""Next-action accuracy: at the decisive steps of expert runs, does a model rank the expert's command first?

A model that seldom ends a game can still be asked for the next action where an expert stood. All arms get the same
decisions, after the same history, and see the same format example; they differ in the text that the prompt has of the
memory, all of it from recall's public reply:

    none         nothing
    wrong-task   script and example of another task type of the same memory, of about the length of `both`
    script       the script alone
    trajectory   the closest run, verbatim
    both         the script, with the closest run without its detours
"""

import random
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from memp.domain.procedure import Form
from memp.domain.trajectory import Step
from memp.errors import InputError
from memp.evaluate.agents.likelihood import LanguageModel, ranking
from memp.evaluate.agents.prompt import memory_text, prompt
from memp.evaluate.environments.commands import Call, call_of, noun_of
from memp.evaluate.environments.environment import Environment, Task
from memp.evaluate.experiments.arms import NONE, VERBATIM
from memp.evaluate.experiments.results import Episode, Results, Setting
from memp.memory import ProceduralMemory
from memp.reply import CHARACTERS_PER_TOKEN, DEFAULT_BUDGET, RecallReply, recall_reply

WRONG = "wrong-task"

_IDLE = frozenset(("look", "inventory", "examine", "help"))

Walkthrough = Callable[[Task], Sequence[str]]
"""Actions that solve a task; none where none are known."""


class Question(NamedTuple):
    """A decision of an expert: the history up to it, the possible commands, and the expert's own."""

    task: Task
    step: int
    observation: str
    history: tuple[Step, ...]
    admissible: tuple[str, ...]
    expert: str


class Decision(Episode):
    """One decision, as an episode of a single step: `won` where the command ranked first is right.

    Right is the expert's command, and any that differs from it in numbers only: no task says which of two mugs, or of
    two drawers. `exact` holds where it is the very same. `rank` is the place of the first right command, from 1.
    `margin` is the log-likelihood of the likeliest right command less that of the likeliest other, in nats; 0 where
    there is no other. `step` counts the expert's steps from 0; `tokens` is the size of the memory in the prompt.
    """

    step: int
    verb: str
    expert: str
    answer: str
    exact: bool
    rank: int
    margin: float

    @property
    def key(self) -> tuple[str, int, str]:
        return _key(self.arm, self.seed, self.task, self.step)


def _key(arm: str, seed: int, task: str, step: int) -> tuple[str, int, str]:
    return arm, seed, f"{task}, step {step}"


def decisive(actions: Sequence[str]) -> list[int]:
    """The steps of an expert's run, from 0, at which the task and the history determine the action.

    That is each step that handles something (take, open, clean, heat, cool, use, move, ...), and a walk with something in
    the hand to the place that the next step names (the sink, the microwave, the target). Other walks are search: only
    luck, or knowledge of the room, says where to go.
    """
    steps: list[int] = []
    holding = False
    for at, action in enumerate(actions):
        verb, args = call_of(action)
        if verb == "go":
            following = call_of(actions[at + 1]).args if at + 1 < len(actions) else ()
            if holding and args and args[-1] in following:
                steps.append(at)
        elif verb not in _IDLE:
            steps.append(at)
        holding = verb == "take" or (holding and verb != "move")
    return steps


def questions(environment: Environment, task: Task, actions: Sequence[str]) -> list[Question]:
    """The decisive steps of an expert's run of a task, each with the history up to it.

    Raises:
        InputError: the game is broken, or an action of the expert is not possible.
    """
    decisions = set(decisive(actions))
    observation = environment.reset(task)
    history: list[Step] = []
    asked: list[Question] = []
    for at, action in enumerate(actions):
        admissible = environment.admissible
        if action not in admissible:
            raise InputError(
                f"The walkthrough of '{task.id}' is broken: '{action}' is not possible. Get the game again."
            )
        if at in decisions:
            asked.append(Question(task, at, observation, tuple(history), tuple(admissible), action))
        history.append(Step(action=action, observation=environment.step(action).observation))
    return asked


def alike(command: str) -> Call:
    """A command without its numbers: right answers are alike."""
    call = call_of(command)
    return call._replace(args=tuple(map(noun_of, call.args)))


def decide(model: LanguageModel, question: Question, memory: str, arm: str, seed: int) -> Decision:
    """Ask one decision. Commands are ranked only as far as the first right and the first other one."""
    text = prompt(question.task.goal, question.observation, memory, question.history)
    right = alike(question.expert)
    answer, rank, of_right, of_other = "", 0, 0.0, None
    for place, (command, likelihood) in enumerate(ranking(model, text, question.admissible), 1):
        answer = answer or command
        if alike(command) != right:
            of_other = likelihood if of_other is None else of_other
        elif not rank:
            rank, of_right = place, likelihood
        if rank and of_other is not None:
            break
    return Decision(
        arm=arm, seed=seed, task=question.task.id, kind=question.task.kind, won=rank == 1, steps=1, invalid=0,
        lookups=int(bool(memory)), tokens=len(memory) // CHARACTERS_PER_TOKEN, step=question.step, verb=right.verb,
        expert=question.expert, answer=answer, exact=answer == question.expert, rank=rank,
        margin=0.0 if of_other is None else of_right - of_other,
    )  # fmt: skip


Recalled = Callable[[ProceduralMemory, Task, Sequence[Task], int], str]
"""The text that an arm's prompt has of the memory, for a task and a seed; the tasks are others that it was built from."""


def _reply(
    memory: ProceduralMemory, goal: str, form: Form = "proceduralization", budget: int = DEFAULT_BUDGET
) -> RecallReply:  # fmt: skip
    return recall_reply(memory.recall(goal, form=form), form, budget)


def _nothing(memory: ProceduralMemory, task: Task, others: Sequence[Task], seed: int) -> str:
    return ""


def _right(form: Form, budget: int = DEFAULT_BUDGET) -> Recalled:
    """Look the task itself up, in a form and within a budget in tokens."""
    return lambda memory, task, others, seed: memory_text(_reply(memory, task.goal, form, budget))


def _wrong(memory: ProceduralMemory, task: Task, others: Sequence[Task], seed: int) -> str:
    """Look up one task of each other type, drawn by the seed; the text closest in length to the right one's.

    Raises:
        InputError: nothing of another task type can be recalled.
    """
    chance = random.Random(f"{seed}:{task.id}")
    right = _reply(memory, task.goal)
    length = len(memory_text(right))
    texts: list[str] = []
    for kind in sorted({other.kind for other in others} - {task.kind}):
        goal = chance.choice([other.goal for other in others if other.kind == kind])
        reply = _reply(memory, goal)
        if reply.matches and [match.id for match in reply.matches] != [match.id for match in right.matches]:
            texts.append(memory_text(reply))
    if not texts:
        raise InputError(f"The memory has no procedure but that of '{task.goal}': learn other types of task, too.")
    return min(texts, key=lambda text: abs(len(text) - length))


ARMS: Mapping[str, Recalled] = {
    NONE: _nothing,
    WRONG: _wrong,
    "script": _right("script"),
    "trajectory": _right("trajectory", VERBATIM),
    "both": _right("proceduralization"),
}
"""Arm to the text of its memory."""


def memories(
    memory: ProceduralMemory, task: Task, others: Sequence[Task], seed: int, arms: Iterable[str] = ARMS
) -> dict[str, str]:
    """The text that each arm's prompt has of the memory. `others` are tasks that the memory was built from.

    Raises:
        InputError: nothing of another task type can be recalled.
    """
    return {arm: ARMS[arm](memory, task, others, seed) for arm in arms}


@dataclass(frozen=True)
class Decisions:
    """An experiment that asks each decisive step of each task, in each arm.

    `others` are tasks that the memory was built from. `setting` is everything else that the answers depend on.
    """

    environment: Environment
    walkthrough: Walkthrough
    tasks: Sequence[Task]
    memory: ProceduralMemory
    others: Sequence[Task]
    model: LanguageModel
    arms: Sequence[str] = tuple(ARMS)
    seed: int = 0
    setting: Setting | None = None

    def run(
        self, out: Path, progress: Callable[[int, int], None] | None = None, more: Callable[[], bool] = lambda: True
    ) -> list[Decision]:
        """The decisions of the tasks that were asked in all arms: those in `out`, and those asked now.

        Each is written as it is answered. `progress` is called with the number answered and the number of all; before
        each task `more` says whether to go on.

        Raises:
            InputError: `out` holds results of another setting, or a game is broken.
            LLMError: a prompt is longer than the model can read.
        """
        setting = {**(self.setting or {}), "scorer": self.model.name, "seed": self.seed}
        asked = [(task, questions(self.environment, task, self.walkthrough(task))) for task in self.tasks]
        total = sum(len(of_task) for _, of_task in asked) * len(self.arms)
        done: list[Decision] = []
        with Results(out, setting, Decision) as results:
            for task, of_task in asked:
                keys = [_key(arm, self.seed, task.id, q.step) for arm in self.arms for q in of_task]
                if any(key not in results.done for key in keys) and not more():
                    break
                for decision in self._ask(task, of_task, results.done):
                    results.add(decision)
                    if progress is not None:
                        progress(len(results.done), total)
                done += [results.done[key] for key in keys]
        return done

    def _ask(
        self, task: Task, asked: Sequence[Question], done: Mapping[Hashable, Decision]
    ) -> Iterator[Decision]:  # fmt: skip
        """The decisions of a game that are not answered yet, arm by arm, so that a prompt continues the one before it.

        Those answered before a stop are asked again, so that the model reads the same in the same order.
        """
        if all(_key(arm, self.seed, task.id, question.step) in done for arm in self.arms for question in asked):
            return
        self.model.forget()
        for arm, text in memories(self.memory, task, self.others, self.seed, self.arms).items():
            for question in asked:
                decision = decide(self.model, question, text, arm, self.seed)
                if decision.key not in done:
                    yield decision


def interleaved(tasks: Sequence[Task], seed: int, most: int | None = None) -> list[Task]:
    """At most so many tasks, drawn by the seed, one of each type in turn, so that any beginning of them is balanced."""
    by_kind: dict[str, list[Task]] = {}
    for task in tasks:
        by_kind.setdefault(task.kind, []).append(task)
    turns: list[tuple[int, str, Task]] = []
    for kind, of in sorted(by_kind.items()):
        random.Random(f"{seed}:{kind}").shuffle(of)
        turns += [(turn, kind, task) for turn, task in enumerate(of)]
    return [task for *_, task in sorted(turns, key=lambda turn: turn[:2])][:most]
