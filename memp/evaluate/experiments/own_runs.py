"""What an agent learns from its own runs: a memory that it fills while it plays train games."""

from collections.abc import Callable, Iterable, Sequence

from memp.domain.procedure import Form
from memp.domain.trajectory import Provenance, Step
from memp.evaluate.agents.follower import Crediting, Recaller
from memp.evaluate.agents.plan import AGAIN, ANOTHER, call_of, noun_of, trouble_of
from memp.evaluate.environments.environment import Environment, Task
from memp.evaluate.experiments.run import Played, play
from memp.memory import ProceduralMemory
from memp.reply import DEFAULT_BUDGET, RecallReply, recall_reply
from memp.text.failures import failure_of

MakeOwn = Callable[[Recaller], Crediting]
"""The agent that plays with what it has learned so far."""


def asking(memory: ProceduralMemory, form: Form = "proceduralization") -> Recaller:
    """Look-ups in a memory that is written to meanwhile: each is made anew."""

    def ask(task: str, error: str | None) -> RecallReply:
        return recall_reply(memory.recall(task, error=error, form=form), form, DEFAULT_BUDGET)

    return ask


def wins_recorded(
    memory: ProceduralMemory, environment: Environment, tasks: Iterable[Task], make: MakeOwn, limit: int, enough: int,
    moved: Callable[[str], None] | None = None,
) -> int:  # fmt: skip
    """Plays tasks in turn, and records each run that wins, until there are `enough`; how many games that took.

    A lost run is forgotten (Memp's Validation): the memory grows from wins alone, and the next game is played with it.
    """
    recall = asking(memory)
    wins = played = 0
    for task in tasks:
        if wins == enough:
            break
        agent = make(recall)
        done = play(environment, task, agent, limit)
        played += 1
        if done.won:
            wins += 1
            memory.record(task.goal, done.steps, "success", used=agent.used, provenance=_from(task))
        if moved is not None:
            moved("the weak agent's own runs")
    return played


def mishaps_recorded(
    memory: ProceduralMemory, environment: Environment, tasks: Iterable[Task], make: MakeOwn, limit: int,
    moved: Callable[[str], None] | None = None,
) -> None:  # fmt: skip
    """Plays tasks in which something goes wrong, and records what went wrong (reflect) and what won (record)."""
    recall = asking(memory)
    for task in tasks:
        agent = make(recall)
        reflected(memory, task, play(environment, task, agent, limit), agent.used)
        if moved is not None:
            moved("runs in which something goes wrong")


def reflected(memory: ProceduralMemory, task: Task, done: Played, used: Sequence[str]) -> None:
    """Records a run as an agent with the three tools would: each trouble that was overcome, or that the run ended in."""
    for at, error, lesson in lessons(done.steps):
        if lesson or not done.won:
            memory.reflect(task.goal, done.steps[: at + 1], error, used=used[:1], lesson=lesson, provenance=_from(task))
    if done.won:
        memory.record(task.goal, done.steps, "success", used=used, provenance=_from(task))


def lessons(steps: Sequence[Step]) -> list[tuple[int, str, str]]:
    """(position, error, lesson) of each kind of failed step of a run; the lesson is empty where nothing helped.

    What helped is read off the run: the same action later, or one of the same verb about things of the same kinds.
    """
    found: dict[str, tuple[int, str, str]] = {}
    for at, step in enumerate(steps):
        if failure_of(step.observation) is None:
            continue
        error = trouble_of(step.action, step.observation)
        lesson = _helped(step, steps[at + 1 :])
        if error not in found or lesson:
            found[error] = (at, error, lesson)
    return list(found.values())


def _helped(failed: Step, later: Sequence[Step]) -> str:
    verb, args = call_of(failed.action)
    for step in later:
        if failure_of(step.observation) is None:
            if step.action == failed.action:
                return AGAIN
            call = call_of(step.action)
            if call.verb == verb and list(map(noun_of, call.args)) == list(map(noun_of, args)):
                return f"use {ANOTHER} {noun_of(args[-1])}"
    return ""


def _from(task: Task) -> Provenance:
    return Provenance(client="memp evaluate", source=task.id)
