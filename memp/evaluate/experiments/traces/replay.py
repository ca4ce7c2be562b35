"""Replay: a labelled run is left out, its task is recalled, and what it did is held against the answer.

Given is a step with an effect that the answer says to the letter: with the values that the reply binds, and, where it leaves
a {placeholder} open, with a labelled value of the run, which whoever did it knew. A condition is evaluated by what the run had
observed. Steps whose text a run made up (a commit message) cannot be known and do not count. An episode is won if all steps
with an effect are given; a family counts as one task.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory

from memp.evaluate.agents.examples import other_domains
from memp.evaluate.agents.technician import steps_of
from memp.evaluate.experiments.arms import ARMS, Arm
from memp.evaluate.experiments.learning import learn
from memp.evaluate.experiments.results import Episode
from memp.evaluate.experiments.run import Lookups
from memp.evaluate.experiments.traces.correspondence import Filled, known_at, squeezed
from memp.evaluate.experiments.traces.joining import Open
from memp.evaluate.experiments.traces.labels import ROUNDS, LabelledFamily, LabelledRun
from memp.evaluate.experiments.traces.naming import holds
from memp.evaluate.experiments.worlds import COMPARED
from memp.memory import ProceduralMemory
from memp.reply import RecallReply
from memp.text import templates

SHARE = "effects given"
"""The world's own measure: steps with an effect that the answer gives."""


def replayed(
    families: Sequence[LabelledFamily], seeds: Sequence[int], opened: Open, progress: Callable[[], None] = lambda: None
) -> list[Episode]:
    """The episodes of each run, arm and seed; `progress` is called after each of the ROUNDS."""
    episodes: list[Episode] = []
    with TemporaryDirectory() as folder:
        other = _filled(Path(folder) / "other.sqlite3", opened, lambda memory: learn(memory, other_domains()))
        for round in range(ROUNDS):
            held = [(family, family.runs[round]) for family in families]
            rest = [run for family in families for at, run in enumerate(family.runs) if at != round]
            own = _filled(Path(folder) / f"{round}.sqlite3", opened, lambda memory, rest=rest: _recorded(memory, rest))
            for arm in (ARMS[name] for name in COMPARED):
                path = {"train": own, "other": other}.get(arm.contents or "")
                episodes += _episodes(held, arm, seeds, path, opened)
            progress()
    return episodes


def _filled(path: Path, opened: Open, fill: Callable[[ProceduralMemory], None]) -> Path:
    with closing(opened(path, retrieve="facts")) as memory:  # With vectors of key facts, which one arm asks for.
        fill(memory)
    return path


def _recorded(memory: ProceduralMemory, runs: Sequence[LabelledRun]) -> None:
    for run in runs:
        memory.record(run.task, run.steps, "success")


def _episodes(
    held: Sequence[tuple[LabelledFamily, LabelledRun]], arm: Arm, seeds: Sequence[int], path: Path | None, opened: Open
) -> Iterator[Episode]:
    """The episodes of an arm; where nothing is drawn, those of all seeds are those of the first."""
    known: dict[int, list[Episode]] = {}
    for seed in seeds:
        drawn = arm.recall_seed(seed)
        if drawn not in known:
            known[drawn] = list(_of_seed(held, arm, drawn, path, opened))
        yield from (episode.model_copy(update={"seed": seed}) for episode in known[drawn])


def _of_seed(
    held: Sequence[tuple[LabelledFamily, LabelledRun]], arm: Arm, seed: int, path: Path | None, opened: Open
) -> Iterator[Episode]:
    with ExitStack() as stack:
        lookups = None
        if path is not None:
            memory = opened(path, read_only=True, retrieve=arm.retrieve, seed=seed)
            lookups = Lookups(stack.enter_context(closing(memory)), arm.form, arm.budget, arm.k, arm.pitfalls)
        for family, run in held:
            effects = [place for place in run.effects if not _is_made_up(run, place)]
            if effects:
                yield _episode(family, run, effects, arm, lookups)


def _episode(
    family: LabelledFamily, run: LabelledRun, effects: Sequence[int], arm: Arm, lookups: Lookups | None
) -> Episode:  # fmt: skip
    before = lookups.tokens if lookups else 0
    steps = [] if lookups is None else _steps(lookups(run.task, None), run.task)
    given = sum(_gives(steps, run, place) for place in effects)
    return Episode(
        arm=arm.name, seed=0, task=f"{family.set}/{family.family}", kind=run.id, won=given == len(effects),
        steps=len(steps), invalid=0, lookups=int(lookups is not None), tokens=(lookups.tokens if lookups else 0) - before,
        shares={SHARE: (given, len(effects))},
    )  # fmt: skip


def _steps(reply: RecallReply, task: str) -> list[Filled]:
    """The steps of the first match, those of its script and those of its example, with the values that the reply binds."""
    steps: list[Filled] = []
    for match in reply.matches[:1]:
        parts = (match, match.model_copy(update={"steps": []})) if match.steps and match.example else (match,)
        for known in (steps_of(part, task) for part in parts):
            filled = (
                templates.substitute(s.action, lambda n, k=known: k.values.get(n, f"{{{n}}}")) for s in known.steps
            )
            steps += [Filled(step, action, known.values) for step, action in zip(known.steps, filled, strict=True)]
    return steps


def _is_made_up(run: LabelledRun, place: int) -> bool:
    """Whether an action has a text that is true of this run alone, and is no value."""
    values = {value.text for value in run.values}
    return any(text not in values and holds(run.steps[place].action, text) for text in run.run_only)


def _gives(steps: Sequence[Filled], run: LabelledRun, place: int) -> bool:
    known = known_at(run, place)
    return any(_says(filled, run, place) and filled.applies(known) for filled in steps)


def _says(filled: Filled, run: LabelledRun, place: int) -> bool:
    """Whether a step is the run's action, its open {placeholders} standing for values of the run."""
    literal = map(re.escape, re.split(templates.PLACEHOLDER, squeezed(filled.action)))
    values = sorted({squeezed(value.text) for value in run.values}, key=lambda text: (-len(text), text))
    either = f"(?:{'|'.join(map(re.escape, values))})" if values else r"(?!)"
    return re.fullmatch(either.join(literal), squeezed(run.steps[place].action), re.DOTALL) is not None
