"""Decisions: at the decisive steps of expert runs, does a model rank the expert's command first, and with which memory?

A model that seldom ends a game can still be asked what to do next where an expert stood. All arms are asked the same
decisions, after the same history, and see the same format example; they differ in what stands in the prompt of the
memory, all of it from recall's public reply:

    none         nothing
    wrong-task   script and example of another task type of the same memory, of about the length of `both`
    script       the script alone
    trajectory   the closest run, verbatim
    both         the script, with the closest run without its detours
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from memp.domain.procedure import Form
from memp.domain.trajectory import Step
from memp.errors import InputError
from memp.evaluate.agents.likelihood import LanguageModel, ranking
from memp.evaluate.agents.plan import Call, call_of, noun_of
from memp.evaluate.agents.prompt import memory_text, prompt
from memp.evaluate.environments.environment import Environment, Task
from memp.evaluate.experiments.run import VERBATIM, Episode, Results
from memp.memory import ProceduralMemory
from memp.reply import CHARACTERS_PER_TOKEN, DEFAULT_BUDGET, RecallReply, recall_reply

NONE = "none"
WRONG = "wrong-task"
FORMS: Mapping[str, tuple[Form, int]] = {
    "script": ("script", DEFAULT_BUDGET),
    "trajectory": ("trajectory", VERBATIM),
    "both": ("proceduralization", DEFAULT_BUDGET),
}
"""Arms that look the task itself up: the form, and the budget in tokens."""

ARMS = (NONE, WRONG, *FORMS)

_IDLE = frozenset(("look", "inventory", "examine", "help"))


class Walked(Environment, Protocol):
    """An environment whose tasks come with an expert's run."""

    def walkthrough(self, task: Task) -> Sequence[str]:
        """Actions that solve the task; none where none are known."""
        ...


class Question(NamedTuple):
    """Where an expert stood: what was seen up to then, what was possible, and what the expert did."""

    task: Task
    step: int
    observation: str
    history: tuple[Step, ...]
    admissible: tuple[str, ...]
    expert: str


class Decision(Episode):
    """One decision, as an episode of a single step: `won` where the command ranked first is right.

    Right is the expert's command, and any that differs from it in numbers only: which of two mugs, or of two drawers,
    no task says. `exact` holds where it is the very same. `rank` is the place of the first right command, from 1.
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
    """The steps of an expert's run, from 0, at which the task and what was seen say what to do.

    That is each step that handles something (take, open, clean, heat, cool, use, move, ...), and a walk with something in
    the hand to the place that the next step names (the sink, the microwave, the target). Other walks are search: only
    luck, or knowledge of the room, says where to go.
    """
    found: list[int] = []
    holding = False
    for at, action in enumerate(actions):
        verb, args = call_of(action)
        if verb == "go":
            following = call_of(actions[at + 1]).args if at + 1 < len(actions) else ()
            if holding and args and args[-1] in following:
                found.append(at)
        elif verb not in _IDLE:
            found.append(at)
        holding = verb == "take" or (holding and verb != "move")
    return found


def questions(environment: Walked, task: Task) -> list[Question]:
    """The decisive steps of the expert's run of a task, with what was seen up to them.

    Raises:
        InputError: the game is broken, or its expert does what is not possible.
    """
    actions = environment.walkthrough(task)
    asked = set(decisive(actions))
    observation = environment.reset(task)
    history: list[Step] = []
    found: list[Question] = []
    for at, action in enumerate(actions):
        admissible = environment.admissible
        if action not in admissible:
            raise InputError(
                f"The walkthrough of '{task.id}' is broken: '{action}' is not possible. Get the game again."
            )
        if at in asked:
            found.append(Question(task, at, observation, tuple(history), admissible, action))
        history.append(Step(action=action, observation=environment.step(action).observation))
    return found


def alike(command: str) -> Call:
    """A command without its numbers: right answers are alike."""
    call = call_of(command)
    return call._replace(args=tuple(map(noun_of, call.args)))


def decide(model: LanguageModel, question: Question, memory: str, arm: str, seed: int) -> Decision:
    """Asks one decision. Commands are ranked only as far as the first right and the first other one."""
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


def recalled(memory: ProceduralMemory, task: str, arm: str) -> RecallReply:
    """What recall_procedure answers about a task, as an arm asks it."""
    form, budget = FORMS[arm]
    return recall_reply(memory.recall(task, form=form), form, budget)


def memories(
    memory: ProceduralMemory, task: Task, others: Sequence[Task], seed: int, arms: Sequence[str] = ARMS
) -> dict[str, str]:
    """What each arm's prompt has of the memory. `others` are tasks that it was built from.

    The wrong task is that of one task of each other type, drawn by the seed, whose text is closest in length to the
    right one's.

    Raises:
        InputError: nothing of another task type can be recalled.
    """
    texts = {arm: "" if arm == NONE else memory_text(recalled(memory, task.goal, arm)) for arm in arms if arm != WRONG}
    if WRONG in arms:
        texts[WRONG] = _wrong(memory, task, others, seed)
    return {arm: texts[arm] for arm in arms}


def _wrong(memory: ProceduralMemory, task: Task, others: Sequence[Task], seed: int) -> str:
    chance = random.Random(f"{seed}:{task.id}")
    right = recalled(memory, task.goal, "both")
    length = len(memory_text(right))
    texts: list[str] = []
    for kind in sorted({other.kind for other in others} - {task.kind}):
        goal = chance.choice([other.goal for other in others if other.kind == kind])
        reply = recalled(memory, goal, "both")
        if reply.matches and [match.id for match in reply.matches] != [match.id for match in right.matches]:
            texts.append(memory_text(reply))
    if not texts:
        raise InputError(f"The memory has no procedure but that of '{task.goal}': learn other types of task, too.")
    return min(texts, key=lambda text: abs(len(text) - length))


@dataclass(frozen=True)
class Decisions:
    """What is asked: each decisive step of each task, in each arm.

    `others` are tasks that the memory was built from. `setting` is all else that the answers depend on.
    """

    environment: Walked
    tasks: Sequence[Task]
    memory: ProceduralMemory
    others: Sequence[Task]
    model: LanguageModel
    arms: Sequence[str] = ARMS
    seed: int = 0
    setting: Mapping[str, str | int] | None = None

    def run(
        self, out: Path, moved: Callable[[int, int], None] | None = None, more: Callable[[], bool] = lambda: True
    ) -> list[Decision]:
        """The decisions of the tasks that were asked in all arms: those that `out` has already, and those asked now.

        Each is written as it is answered. `moved` is told how many are answered and how many there are; before each
        task `more` says whether to go on.

        Raises:
            InputError: `out` holds results of another setting, or a game is broken.
            LLMError: a prompt is longer than the model can read.
        """
        setting = {**(self.setting or {}), "scorer": self.model.name, "seed": self.seed}
        asked = [(task, questions(self.environment, task)) for task in self.tasks]
        total = sum(len(found) for _, found in asked) * len(self.arms)
        done: list[Decision] = []
        with Results(out, setting, Decision) as results:
            for task, found in asked:
                keys = [_key(arm, self.seed, task.id, q.step) for arm in self.arms for q in found]
                if any(key not in results.done for key in keys) and not more():
                    break
                for decision in self._asked(task, found, results.done):
                    results.add(decision)
                    if moved is not None:
                        moved(len(results.done), total)
                done += [results.done[key] for key in keys]
        return done

    def _asked(
        self, task: Task, found: Sequence[Question], done: Mapping[tuple[str, int, str], Decision]
    ) -> Iterator[Decision]:
        """Those of a game that are not answered yet, arm by arm, so that a prompt goes on from the one before it.

        What was answered before a stop is asked again, so that the model reads the same in the same order.
        """
        if all(_key(arm, self.seed, task.id, question.step) in done for arm in self.arms for question in found):
            return
        self.model.forget()
        for arm, text in memories(self.memory, task, self.others, self.seed, self.arms).items():
            for question in found:
                decision = decide(self.model, question, text, arm, self.seed)
                if decision.key not in done:
                    yield decision


def interleaved(tasks: Sequence[Task], seed: int, most: int | None = None) -> list[Task]:
    """At most so many tasks, drawn by the seed, one of each type in turn: where it is stopped, the types are balanced."""
    by_kind: dict[str, list[Task]] = {}
    for task in tasks:
        by_kind.setdefault(task.kind, []).append(task)
    turns: list[tuple[int, str, Task]] = []
    for kind, of in sorted(by_kind.items()):
        random.Random(f"{seed}:{kind}").shuffle(of)
        turns += [(turn, kind, task) for turn, task in enumerate(of)]
    return [task for *_, task in sorted(turns, key=lambda turn: turn[:2])][:most]
