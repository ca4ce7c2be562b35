"""Labelled runs, the ground truth that Build is measured on: families of three runs of one kind of chore.

tests/traces/README.md says what each label means.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ConfigDict, Field, ValidationError

import memp
from memp.domain.trajectory import Step, Trajectory, Value
from memp.errors import ConfigError, InputError

ROUNDS = 3
"""Runs of a family: in each round of a replay one of them is left out."""


class _Label(Value):
    """A label. Fields that are only for readers are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ValueLabel(_Label):
    """A text that varies: the names that a person might give it, and where the run has it from."""

    name: tuple[str, ...]
    text: str
    source: str = Field(alias="from")


class ConditionLabel(_Label):
    """`step` was taken as the text `words` had been seen, or had not."""

    step: int
    words: str = Field(alias="if")
    present: bool


class WaitLabel(_Label):
    """Polls, and the text that ended them."""

    steps: tuple[int, ...]
    until: str


class LabelledRun(_Label):
    """A run with its labels; steps are counted from 0."""

    id: str
    task: str
    steps: tuple[Step, ...]
    effects: tuple[int, ...]
    dispensable: tuple[int, ...]
    values: tuple[ValueLabel, ...]
    fixed: tuple[str, ...]
    run_only: tuple[str, ...]
    conditions: tuple[ConditionLabel, ...]
    waits: tuple[WaitLabel, ...]

    @property
    def trajectory(self) -> Trajectory:
        """The run as a success."""
        return Trajectory(task=self.task, steps=self.steps, reward=1.0)

    def text_of(self, names: tuple[str, ...]) -> str | None:
        """The text of a value in this run."""
        return next((value.text for value in self.values if value.name == names), None)


class LabelledFamily(_Label):
    """A run and its siblings; `set` is the folder that they lie in."""

    family: str
    set: str = ""
    runs: tuple[LabelledRun, ...] = Field(min_length=ROUNDS, max_length=ROUNDS)
    same_procedure: bool

    @property
    def varying(self) -> Mapping[tuple[str, ...], Mapping[int, str]]:
        """The values with two texts or more: their names to the text in each run that has one."""
        names = dict.fromkeys(value.name for run in self.runs for value in run.values)
        texts = {
            name: {at: text for at, run in enumerate(self.runs) if (text := run.text_of(name)) is not None}
            for name in names
        }
        return {name: of for name, of in texts.items() if len({text.casefold() for text in of.values()}) > 1}


class Traces(NamedTuple):
    """All labelled families, set by set."""

    families: Sequence[LabelledFamily]

    @property
    def sets(self) -> list[str]:
        return sorted({family.set for family in self.families})


def default_folder() -> Path:
    """The labelled runs of a checkout.

    Raises:
        ConfigError: this is no checkout.
    """
    folder = Path(memp.__file__).parents[1] / "tests" / "traces"
    if not any(folder.glob("set_*/*.json")):
        raise ConfigError(
            "The labelled runs lie in memp's repository, in tests/traces, and not in its package: "
            "name that folder, or one of your own in its format, with --data."
        )
    return folder


def read_traces(folder: Path) -> Traces:
    """The families of a folder of sets.

    Raises:
        InputError: there are none, or a file is not of the format.
    """
    families = list(_families(folder))
    if not families:
        raise InputError(
            f"{folder} has no labelled runs: it should hold set_NAME/FAMILY.json (tests/traces/README.md)."
        )
    return Traces(families)


def _families(folder: Path) -> Iterator[LabelledFamily]:
    for path in sorted(folder.glob("set_*/*.json")):
        try:
            family = LabelledFamily.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise InputError(f"{path} is no family of labelled runs: {_first(error)}.") from None
        _check(family, path)
        yield family.model_copy(update={"set": path.parent.name})


def _first(error: OSError | ValidationError) -> str:
    if isinstance(error, OSError):
        return str(error)
    fault = error.errors()[0]
    return f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}"


def _check(family: LabelledFamily, path: Path) -> None:
    """Every label names a step that exists."""
    for run in family.runs:
        marked = [*run.effects, *run.dispensable, *(mark.step for mark in run.conditions)]
        marked += [step for wait in run.waits for step in wait.steps]
        wrong = [step for step in marked if not 0 <= step < len(run.steps)]
        if wrong:
            raise InputError(f"{path}: run {run.id} has {len(run.steps)} steps, and a label names step {wrong[0]}.")
