"""Learning: fill a memory with runs of others, or with an agent's own runs while it plays train games."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from memp.domain.procedure import Form
from memp.domain.trajectory import Provenance, Step
from memp.evaluate.agents.agent import Crediting, Played, Recaller
from memp.evaluate.agents.plan import AGAIN, ANOTHER, trouble_of
from memp.evaluate.environments.commands import call_of, noun_of
from memp.evaluate.environments.environment import Environment, Experience, Task, World, shown
from memp.evaluate.experiments.run import Progress, play
from memp.memory import ProceduralMemory
from memp.reply import DEFAULT_BUDGET, RecallReply, recall_reply
from memp.text.failures.detection import failure_of

MakeLearner = Callable[[Recaller], Crediting]
"""The agent that plays with the memory as it is so far."""


def learn(memory: ProceduralMemory, runs: Iterable[Experience], progress: Progress | None = None) -> None:
    """Record runs as successes, as `memp import` does; those that are known already are passed over."""
    for run in runs:
        memory.record(
            run.task,
            run.steps,
            "success",
            evidence="environment: a rollout that solved its task",
            # Another agent than the one that is measured: its success rate says nothing of that one.
            provenance=Provenance(client="memp evaluate", model="expert", source=run.source),
        )
        if progress is not None:
            progress("learning")
    memory.embed_pending()


def recaller(memory: ProceduralMemory, form: Form = "proceduralization") -> Recaller:
    """Look-ups in a memory that is written to meanwhile: none is cached."""

    def recall(task: str, error: str | None) -> RecallReply:
        return recall_reply(memory.recall(task, error=error, form=form), form, DEFAULT_BUDGET)

    return recall


def wins_recorded(
    memory: ProceduralMemory, environment: Environment, tasks: Iterable[Task], make: MakeLearner, limit: int,
    enough: int, progress: Progress | None = None,
) -> int:  # fmt: skip
    """Play tasks in turn and record each run that wins, until there are `enough`; the number of games that took.

    A lost run is dropped (Memp's Validation): the memory grows from wins alone, and the next game is played with it.
    """
    recall = recaller(memory)
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
        if progress is not None:
            progress("the weak agent's own runs")
    return played


def mishaps_recorded(
    memory: ProceduralMemory, environment: Environment, tasks: Iterable[Task], make: MakeLearner, limit: int,
    progress: Progress | None = None,
) -> None:  # fmt: skip
    """Play tasks in which something goes wrong, and record the failures (reflect) and the wins (record)."""
    recall = recaller(memory)
    for task in tasks:
        agent = make(recall)
        reflected(memory, task, play(environment, task, agent, limit), agent.used)
        if progress is not None:
            progress("runs in which something goes wrong")


def reflected(memory: ProceduralMemory, task: Task, done: Played, used: Sequence[str]) -> None:
    """Record a run as an agent with the three tools would: each failure that was overcome, or that the run ended in."""
    for at, error, lesson in lessons(done.steps):
        if lesson or not done.won:
            memory.reflect(task.goal, done.steps[: at + 1], error, used=used[:1], lesson=lesson, provenance=_from(task))
    if done.won:
        memory.record(task.goal, done.steps, "success", used=used, provenance=_from(task))


def studied(
    memory: ProceduralMemory, world: World, tasks: Iterable[Task], make: MakeLearner, limit: int, tries: int
) -> Iterator[Task]:  # fmt: skip
    """Learn from train tasks in turn: try each by oneself with the memory so far, then be shown how it is solved.

    A try that fails is reflected on, with each line of what was observed last; one that succeeds is recorded. Each task is
    yielded when it is done.
    """
    environment, recall = world.environment(), recaller(memory)
    for task in tasks:
        for _ in range(tries):
            agent = make(recall)
            tried(memory, task, play(environment, task, agent, limit), agent.used)
        learn(memory, [shown(environment, task, world.walkthrough(task))])
        yield task


def tried(memory: ProceduralMemory, task: Task, done: Played, used: Sequence[str]) -> None:
    """Record a try: as a success, or with a reflection on each line of what was observed last, where it failed."""
    if done.won:
        memory.record(task.goal, done.steps, "success", used=used, provenance=_from(task))
        return
    steps: Sequence[Step] | None = done.steps
    run: str | None = None
    for message in filter(None, map(str.strip, done.steps[-1].observation.splitlines())):
        lesson = memory.reflect(task.goal, steps, message, used=used[:1], trajectory=run, provenance=_from(task))
        steps, run = None, f"t{lesson.trajectory}"  # The next message is of the same run.


def lessons(steps: Sequence[Step]) -> list[tuple[int, str, str]]:
    """(position, error, lesson) of each kind of failed step of a run; the lesson is empty where nothing helped.

    A later step of the run is the lesson: the same action, or one of the same verb about things of the same kinds.
    """
    by_error: dict[str, tuple[int, str, str]] = {}
    for at, step in enumerate(steps):
        if failure_of(step.observation) is None:
            continue
        error = trouble_of(step.action, step.observation)
        lesson = _lesson(step, steps[at + 1 :])
        if error not in by_error or lesson:
            by_error[error] = (at, error, lesson)
    return list(by_error.values())


def _lesson(failed: Step, later: Sequence[Step]) -> str:
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
