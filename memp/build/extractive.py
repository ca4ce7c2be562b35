"""The extractive builder: a script from the runs of a family, without an LLM.

Memp, section 3.2, builds a script m = B(tau, r) by letting an LLM abstract a trajectory. Here it is done by rule, so that a
memory works with no model at hand and the same runs always give the same script. Faithful with one run: what may have
changed something stays, and only what its task names may vary. General with several (memp.build.induction): their steps are
aligned, what differs is a parameter, and a step that only some runs took has the conditions that tell them apart.

Everything in a trajectory is data: nothing of it is run.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from memp.build.induction.alignment import Column, align, as_aligned
from memp.build.induction.branches import Branch, anchor, branches_of, in_order, is_changed_by
from memp.build.induction.conditions import Condition
from memp.build.induction.generalised import Generalised, Variable
from memp.build.induction.parameters import generalise
from memp.build.induction.single import generalise_one
from memp.build.induction.timelines import Timelines
from memp.build.lessons import recovered
from memp.build.reading.members import Member, common_checks, member_of
from memp.build.reading.mentions import names, squashed
from memp.domain.procedure import MAX_STEPS, Draft, Parameter, Pitfall, Script
from memp.domain.trajectory import SUCCESS_REWARD, Trajectory
from memp.errors import InputError
from memp.text import templates
from memp.text.atoms import noun_and_number
from memp.text.clips import clip, clip_middle, first_line
from memp.text.entities import facts_of
from memp.text.failures import failure_of
from memp.text.keywords import terms
from memp.text.steps import ScriptStep, parse_step, quotable
from memp.text.tasks.gist import gist
from memp.text.templates import ANY

MAX_STEP = 400
"""Characters of one step; the middle of a longer one goes."""

MAX_LINE = 200
"""Characters of any other line of a script."""

MOST_HABITS = 0.25
"""The share of a task's words that may differ between all runs of a kind, for them to be values and the rest one wording."""

LAST_STEPS = 10
"""Steps that are kept of the end of a script that is too long."""

MAX_EXPECTED = 60
"""Characters of what is seen after a step."""

LEAST_MANY = 4
LEAST_SHARE = 1 / 3
"""Of so many runs or more, what a smaller share did is told only if it may have changed something."""

MOST_OWN = 6
"""Things of one run only that are named as such."""

_REASON = re.compile(
    r"\b(?:because|since|otherwise|so that|must|needs? to|requires?|not allowed|first)\b", re.IGNORECASE
)


class Built(NamedTuple):
    """A family's script, and for each of its runs, in order, the draft that it gives: its bindings and its template."""

    script: Script
    drafts: tuple[Draft, ...]


def extract(trajectory: Trajectory, threshold: float = SUCCESS_REWARD) -> Draft:
    """The script of one successful trajectory, its parameters, and what they stood for in this run.

    Raises:
        InputError: the trajectory has no steps, or did not succeed: a failure never becomes steps to follow.
    """
    return extract_family([trajectory], threshold).drafts[0]


def extract_family(runs: Sequence[Trajectory], threshold: float = SUCCESS_REWARD) -> Built:
    """The script of successful runs of like tasks.

    Raises:
        InputError: as `extract`.
    """
    for run in runs:
        _check(run, threshold)
    return build([member_of(run) for run in runs])


def build(members: Sequence[Member]) -> Built:
    """The script of runs that are read already."""
    if len(members) == 1:
        return build_general(generalise_one(members[0]))
    checks = common_checks(members)
    aligned = as_aligned(members, checks)
    return build_general(generalise(aligned, align(aligned)))


def build_general(general: Generalised) -> Built:
    """The script of runs that are in general terms already."""
    members = general.members
    steps = steps_of(general)
    every = [general.substitute(member.task, m, of_task=True) for m, member in enumerate(members)]
    goal, verification, pitfalls = _goal(general, every), _verification(general), pitfalls_of(general)
    texts = [*map(str, steps), goal, verification, *(f"{p.trigger} {p.instead}" for p in pitfalls)]
    names = list(dict.fromkeys(name for text in texts for name in templates.names(text)))
    script = Script(
        goal=goal,
        preconditions=_own(general) if len(members) == 1 else (),
        parameters=_parameters(general, names),
        steps=_capped(steps),
        verification=verification,
        pitfalls=pitfalls,
    )
    names_as_declared = {parameter.name: parameter.name for parameter in script.parameters}
    return Built(script, tuple(draft_of(script, general, m, names_as_declared) for m in range(len(members))))


def pitfalls_of(general: Generalised, called: Mapping[str, str] | None = None) -> tuple[Pitfall, ...]:
    """The pitfalls of the last run. `called` are the names that another script has for the parameters: what it has none for
    is told as the run had it."""
    last = len(general.members) - 1
    values = general.values(last)
    names = {variable.name: variable.name for variable in general.variables} if called is None else called

    def in_its_terms(text: str) -> str:
        return templates.substitute(
            general.substitute(text, last),
            lambda name: f"{{{names[name]}}}" if name in names else values.get(name, f"{{{name}}}"),
        )

    member = general.members[last]
    in_loops = {i for loop in member.loops for i in range(loop.wait.start, loop.wait.end)}
    return recovered(member.run, in_its_terms, in_loops)


def _check(trajectory: Trajectory, threshold: float) -> None:
    if not trajectory.succeeded(threshold):
        raise InputError(
            f"The trajectory has a reward of {trajectory.reward:g}, below {threshold:g}: only a success becomes steps "
            "to follow; keep a failure as a pitfall."
        )
    if not trajectory.steps:
        raise InputError("The trajectory has no steps: there is nothing to make a script of.")


def draft_of(script: Script, general: Generalised, member: int, called: Mapping[str, str]) -> Draft:
    """The draft of one run under a script: what its parameters stood for there, and the template of the task. `called` are the
    script's names for the parameters of the family (`renamed`)."""
    bindings = {called[name]: value for name, value in general.values(member).items() if name in called}
    task = general.members[member].task
    template = general.substitute(templates.spread(task), member, of_task=True)
    template = templates.substitute(template, lambda name: f"{{{called.get(name, name)}}}")
    return Draft(script=script, facts=facts_of(task), bindings=bindings, template=template, builder="extractive")


def renamed(script: Script, general: Generalised) -> dict[str, str]:
    """The names that a script has for the parameters of its family, by the steps that are alike but for names."""
    declared = {parameter.name for parameter in script.parameters}
    left = [parse_step(step).action for step in script.steps]
    called: dict[str, str] = {}
    for step in steps_of(general):
        alike = next((action for action in left if _nameless(action) == _nameless(step.action)), None)
        if alike is not None:
            left.remove(alike)
            for name, other in zip(templates.names(step.action), templates.names(alike), strict=True):
                called.setdefault(name, other)
    named = set(called.values())
    called |= {v.name: v.name for v in general.variables if v.name not in called and v.name in declared - named}
    return {name: other for name, other in called.items() if other in declared}


def _nameless(action: str) -> str:
    return templates.substitute(action, lambda _: "{}")


# --- Steps


def steps_of(general: Generalised) -> list[ScriptStep]:
    """The steps of a family, in order: those that a success needed, and the readings that decide one of them."""
    needed = [i for i, column in enumerate(general.columns) if _is_needed(column)]
    partial = {i for i in needed if len(general.columns[i]) < len(general.members)}
    timelines = Timelines(general)
    branches = branches_of(timelines, sorted(partial))
    usual = [b for b in branches if not b.conditions and _is_usual(general, b)]
    partial -= {anchor(general, b.columns) for b in usual}
    told = [b for b in branches if _is_reasoned(general, b) or not (b in usual or _is_peculiar(general, b))]
    chosen = {i: cases for i in needed if (cases := _choice(general, i)) and i not in partial}
    deciding = {condition.column for branch in told for condition in branch.conditions}
    deciding |= {condition.column for conditional in chosen.values() for _, condition in conditional}
    deciding |= _before_choice(general)
    leading = in_order(general, [branch for branch in told if branch.follows < 0])
    steps: list[ScriptStep] = []
    done = _Done(timelines)
    for i in sorted({*needed, *deciding} - partial | leading.keys()):
        lead = leading.get(i)
        if i in chosen:
            steps += [step for one, condition in chosen[i] for step in (*done.again(condition), one)]
            continue
        for condition in (lead.conditions or (None,)) if lead else (None,):
            unit = [lead, *(b for b in told if b.follows == lead.columns[0])] if lead else []
            steps += [] if lead and lead.block else done.again(condition)
            steps += [_step(general, b.columns, condition, partial=True) for b in unit] or [
                _step(general, (i,), None, partial=False)
            ]
            done.add([column for b in unit for column in b.columns] or [i], condition, changes=lead is not None)
    return steps


def _before_choice(general: Generalised) -> set[int]:
    """The columns in which runs looked at the things of which they then chose one."""
    return {
        i
        for choice in general.variables
        if choice.options
        for i, column in enumerate(general.columns[: min(choice.columns, default=0)])
        if any(
            names(squashed(action.text), option.values[m])
            for m, action in column.items()
            for option in choice.options
            if m in option.values
        )
    }


def _choice(general: Generalised, i: int) -> list[tuple[ScriptStep, Condition]]:
    """The steps that a choice comes to, each with the condition in which it is done; none where nothing that was read decides
    it."""
    choice = next((v for v in general.variables if v.options and i in v.columns), None)
    if choice is None:
        return []
    column, text = general.columns[i], general.texts[i]
    taken = [
        {m: a for m, a in column.items() if choice.values[m].casefold() == option.values[m].casefold()}
        for option in choice.options
    ]
    texts = [text.replace(choice.text, option.text) for option in choice.options]
    kept = [k for k, runs in enumerate(taken) if runs]
    if len(kept) < 2:
        return []
    columns = [*general.columns[:i], *(taken[k] for k in kept), *general.columns[i + 1 :]]
    apart = replace(
        general, columns=columns, texts=[*general.texts[:i], *(texts[k] for k in kept), *general.texts[i + 1 :]]
    )
    branches = branches_of(Timelines(apart), range(i, i + len(kept)))
    if not all(branch.covered and all(condition.column < i for condition in branch.conditions) for branch in branches):
        return []
    return [
        (_step(apart, b.columns, condition, partial=True), condition) for b in branches for condition in b.conditions
    ]


class _Done:
    """What a script has read and changed so far, to tell which condition must be looked at again."""

    def __init__(self, timelines: Timelines) -> None:
        self._timelines = timelines
        self._general = timelines.general
        self._changes: dict[str, list[Sequence[int]]] = {}
        """The text of a reading to the steps after it that may have changed something."""
        self._last: Condition | None = None

    def add(self, columns: Sequence[int], condition: Condition | None, *, changes: bool) -> None:
        for steps in self._changes.values() if changes else ():
            steps.append(columns)
        for column in columns:
            self._changes[self._general.texts[column]] = []
        self._last = condition

    def again(self, condition: Condition | None) -> list[ScriptStep]:
        """The reading of a condition once more, where a step since the last time changes what it shows; not between the steps of
        a block, which are all done for what was read before its first."""
        if condition is None or _is_same(condition, self._last):
            return []
        reading = self._general.texts[condition.column]
        steps = self._changes.get(reading)
        if not steps or not _only_reads(self._general.columns[condition.column]):
            return []
        if not any(is_changed_by(self._timelines, condition, one) for one in steps):
            return []
        self._changes[reading] = []
        return [ScriptStep(reading)]


def _is_same(condition: Condition, other: Condition | None) -> bool:
    return other is not None and condition[:3] == other[:3]


def _only_reads(column: Column) -> bool:
    return all(action.kind == "look" for action in column.values())


def _is_usual(general: Generalised, branch: Branch) -> bool:
    """Whether all runs did a step, if not all in one place; or all that went on so far."""
    everywhere = sum(len(general.columns[i]) for i in branch.columns) == len(general.members)
    return everywhere or (len(branch.columns) == 1 and is_cut_off(general, branch.columns[0]))


def _is_reasoned(general: Generalised, branch: Branch) -> bool:
    """Whether a step has a condition; that of the step before it is none for what few of many runs did besides."""
    return bool(branch.conditions) and not (branch.block and _is_peculiar(general, branch))


def _is_peculiar(general: Generalised, branch: Branch) -> bool:
    """Whether a step is a habit of few runs among many: what has an effect, and may be why they succeeded, is none."""
    actions = [action for i in branch.columns for action in general.columns[i].values()]
    many = len(general.members)
    return many >= LEAST_MANY and len(actions) < LEAST_SHARE * many and all(a.kind != "effect" for a in actions)


def is_cut_off(general: Generalised, i: int) -> bool:
    """Whether those that lack a step ended before it: a run that was cut short shows nothing of what comes after."""
    column = general.columns[i]
    lacking = [m for m in range(len(general.members)) if m not in column]
    return 2 * len(column) > len(general.members) and not any(
        m in later for later in general.columns[i + 1 :] for m in lacking
    )


def _is_needed(column: Column) -> bool:
    """Whether a success needed a step: most of those that have it, or one in which it may have changed something."""
    return any(action.needed and action.kind in ("act", "effect") for action in column.values()) or (
        2 * sum(action.needed for action in column.values()) > len(column)
    )


def _step(general: Generalised, columns: Sequence[int], condition: Condition | None, *, partial: bool) -> ScriptStep:
    i = columns[0]
    column = general.columns[i]
    first = next(iter(column))
    action = column[first]
    partial = partial and condition is None
    return ScriptStep(
        clip_middle(" ".join(general.texts[i].split()) if "\n" not in general.texts[i] else general.texts[i], MAX_STEP),
        when="" if condition is None or condition.negated else condition.words,
        unless=condition.words if condition is not None and condition.negated else "",
        bound="" if condition is None else condition.bound,
        until=_until(general, column),
        times=max(action.times for action in column.values()),
        part=sum(len(general.columns[k]) for k in columns) if partial else 0,
        whole=len(general.members) if partial else 0,
        why=_reason(action.thought),
        then=_expected(general, i),
    )


def _until(general: Generalised, column: Column) -> str:
    """The words that ended a wait: of several runs those that all of them saw, where they have some in common."""
    signs = [general.substitute(action.until, m).split() for m, action in column.items() if action.until]
    if not signs:
        return ""
    stretches = [signs[0][i:j] for i in range(len(signs[0])) for j in range(i + 1, len(signs[0]) + 1)]
    stretches = [one for one in stretches if terms(" ".join(one)) and all(_has(sign, one) for sign in signs)]
    return " ".join(max(stretches, key=len, default=signs[0]))


def _has(words: Sequence[str], stretch: Sequence[str]) -> bool:
    size = len(stretch)
    return any(list(words[i : i + size]) == list(stretch) for i in range(len(words) - size + 1))


def _reason(thought: str) -> str:
    """The sentence of a thought that states a reason; empty where none does."""
    sentences = re.split(r"(?<=[.!?])\s+|\n", thought)
    reason = next((sentence for sentence in sentences if _REASON.search(sentence)), "")
    return clip(" ".join(reason.translate(str.maketrans("()", "[]")).split()), MAX_LINE - 10)


def _expected(general: Generalised, i: int) -> str:
    """The first line that all runs saw after a step, where it says more than the step; empty with one run."""
    column = general.columns[i]
    if len(column) < 2:
        return ""
    well = {m: action for m, action in column.items() if not action.failed}
    lines = {general.substitute(first_line(action.observation), m, near=i) for m, action in well.items()}
    line = lines.pop() if len(well) > 1 else ""
    if lines or not line or len(line) > MAX_EXPECTED or not set(terms(line)) - set(terms(general.texts[i])):
        return ""
    return quotable(line)


def _capped(steps: Sequence[ScriptStep]) -> tuple[str, ...]:
    """At most `MAX_STEPS`, a line among them that says how many are left out: those that the smallest share of runs had, the
    last of them first, then those in the middle."""
    if len(steps) <= MAX_STEPS:
        return tuple(map(str, steps))
    rare = sorted((place for place, step in enumerate(steps) if step.share < 1), key=lambda at: (steps[at].share, -at))
    middle = (place for place in range(MAX_STEPS - 1 - LAST_STEPS, len(steps) - LAST_STEPS) if place not in rare)
    gone = sorted([*rare, *middle][: len(steps) - MAX_STEPS + 1])
    note = f"[{len(gone)} steps are left out here; the trajectory has them]"
    lines = [note if place == gone[0] else str(step) for place, step in enumerate(steps) if place not in gone[1:]]
    return tuple(lines)


# --- Other parts


def _parameters(general: Generalised, names: Sequence[str]) -> tuple[Parameter, ...]:
    """The parameters that steps name, and those that their descriptions speak of."""
    known: Mapping[str, Variable] = {variable.name: variable for variable in general.variables}
    wanted = dict.fromkeys(name for name in names if name in known)
    for name in list(wanted):
        wanted.update(dict.fromkeys(templates.names(known[name].description)))
    return tuple(Parameter(name=name, description=known[name].description) for name in wanted if name in known)


def _own(general: Generalised) -> tuple[str, ...]:
    """A line that says which things are those of the one run: another run may find others."""
    variables = {value.casefold() for value in general.values(0).values()}
    own: dict[str, None] = {}
    for column in general.columns:
        for noun, number in map(noun_and_number, column[0].atoms):
            if number and noun.casefold() not in variables:
                own[f"{noun} {number}"] = None
    return (f"Of one run only, yours may differ: {', '.join(list(own)[:MOST_OWN])}",) if own else ()


def _usual(texts: Sequence[str]) -> str:
    """The template that most runs share; of equally frequent ones the most general: with the most parameters, then the fewest
    words that most others lack, then the least letters."""
    counts = Counter(texts)
    words = {text: frozenset(terms(templates.without_braces(text))) for text in counts}
    having = Counter(word for text in texts for word in words[text])
    particular = {text: sum(2 * having[word] <= len(texts) for word in of) for text, of in words.items()}
    parameters = {text: len(set(templates.names(text))) for text in counts}
    return min(counts, key=lambda text: (-counts[text], -parameters[text], particular[text], len(text), text))


def _goal(general: Generalised, every: Sequence[str]) -> str:
    """The first line of the usual template; where that only announces what is asked ("Consider this report:"), the sentences
    that ask: of several runs those that all tasks have, if there are any."""
    usual = _usual(every)
    line = _without_habits(first_line(usual), [first_line(text) for text in every])
    if line.endswith(":"):
        member = every.index(usual)
        asked = [sentence for sentence in _SENTENCE.split(gist(general.members[member].task)) if _says(sentence)]
        shared = [sentence for sentence in asked if all(sentence in other.task for other in general.members)]
        line = general.substitute(" ".join(shared or asked), member, of_task=True) or line
    line = clip(line, MAX_LINE)
    return line[:1].upper() + line[1:]


def _without_habits(usual: str, every: Sequence[str]) -> str:
    """A template with "..." for words in which all runs' differ, and that no step takes: they are one run's. Where more than a
    few differ the tasks are in other words, and the template stays."""
    rows = [text.split() for text in every]
    words = usual.split()
    if any(len(row) != len(words) for row in rows):
        return usual
    differ = [i for i, column in enumerate(zip(*rows, strict=True)) if len(set(column)) == len(every) > 1]
    if not differ or any(templates.names(words[i]) for i in differ) or len(differ) > MOST_HABITS * len(words):
        return usual
    kept = [ANY if i in differ else word for i, word in enumerate(words)]
    return " ".join(word for i, word in enumerate(kept) if word != ANY or kept[i - 1 : i] != [ANY])


_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


def _says(sentence: str) -> bool:
    """Whether a sentence is more than a heading, a tag or an announcement."""
    return bool(sentence.strip()) and sentence[0] not in "#<" and not sentence.rstrip().endswith(":")


def _verification(general: Generalised) -> str:
    """The last line that all runs end with; none with one run, which cannot tell a completion signal from its own answer."""
    if len(general.members) < 2:
        return ""
    ends = [
        [
            general.substitute(line.strip(), m)
            for line in member.run.acts[-1].step.observation.splitlines()
            if line.strip()
        ]
        for m, member in enumerate(general.members)
    ]
    common = [line for line in ends[0] if all(line in other for other in ends[1:]) and terms(line)]
    common = [line for line in common if failure_of(line) is None]  # The last step's error is no sign that all is done.
    return f'After the last step you should see: "{clip(common[-1], MAX_LINE)}"' if common else ""
