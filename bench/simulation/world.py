"""The simulated world of bench/updates.py: task families, their ways with success rates, and the reports of runs.

A family is a kind of task. It has a few ways to do it, each a chain of steps with a true success rate, and a prior:
how often an agent without a procedure tries each way. The prior's mean rate is the family's base rate. Families come
in pairs that differ in one word, so that retrieval can miss nearly.

Every draw depends on (seed, task number, purpose) alone, so all memories under test meet the same tasks and luck.
"""

import bisect
import hashlib
import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from memp.domain.trajectory import EvidenceKind

FAMILIES = 200
CHANGING = 0.4
"""Share of the families that change half way: the best way fails from then on, and a poor one works as it did."""

HARD = 0.2
"""Share of the families in which every way works half as often as elsewhere."""

FOREIGN_RATE = 0.05
"""How often the steps of another family do what was asked."""

FOREIGN_FOLLOWED = 0.5
"""How often the agent follows such steps all the same; else it goes by its prior."""

INCOMPLETE = 0.4
"""The factor of a way's rate when one of its steps is missing."""

SILENT = 0.5
"""Share of the failed runs that show no error: all steps are done, and the result is wrong."""

EVIDENCE: Sequence[tuple[EvidenceKind, float]] = (
    ("environment", 0.2), ("check", 0.3), ("user", 0.1), ("judge", 0.1), ("claim", 0.3),
)  # fmt: skip
"""How often each kind of evidence comes with an outcome."""

FIXED = 0.45
DAMAGED = 0.1
"""Of the revisions an agent writes after a failure: so many take another way, by its prior, and so many lose a step;
the rest leave the steps as they are."""

_VERBS = (
    ("rotate", "revoke"), ("restart", "drain"), ("back up", "restore"), ("resize", "move"), ("lock", "unlock"),
    ("publish", "withdraw"), ("merge", "split"), ("enable", "disable"), ("audit", "repair"), ("tag", "rename"),
)  # fmt: skip
_THINGS = (
    ("certificate", "password"), ("queue worker", "web worker"), ("invoice table", "customer table"),
    ("log volume", "cache volume"), ("mailing list", "access list"), ("release branch", "feature branch"),
    ("search index", "billing index"), ("nightly job", "weekly job"), ("price list", "stock list"),
    ("test cluster", "live cluster"),
)  # fmt: skip
_TEMPLATES = (
    "{verb} the {thing} of the {system} system, host {name}",
    "please {verb} the {system} system's {thing} on {name}",
    "on host {name} of the {system} system: {verb} the {thing}",
)
_SYSTEMS = (
    "payroll warehouse clinic library harbour railway museum school bakery brewery airport hotel theatre cinema stadium "
    "farm vineyard forestry fishery quarry foundry shipyard refinery laboratory observatory pharmacy hospital courthouse "
    "parliament embassy customs police ambulance lighthouse weather traffic parking ticket lottery insurance banking "
    "pension charity orchestra newspaper radio television publishing furniture textile"
).split()
_NAMES = (
    "amber birch cedar delta ember fjord grove heron inlet juniper kestrel larch maple nettle osprey pine quartz raven "
    "slate thistle umber violet willow yarrow zephyr"
).split()
_REASONS = ("the lease is held", "the quota is used up", "the schema does not match", "the token has expired")


@dataclass(frozen=True)
class Way:
    """One way to do a family's task. `tool` is a word that no other way has; `steps` speak of {name}."""

    tool: str
    steps: tuple[str, ...]
    before: float
    after: float

    def rate(self, late: bool) -> float:
        return self.after if late else self.before


@dataclass(frozen=True)
class Family:
    """`prior[i]` is how often the agent tries `ways[i]` by itself; the last way is harmful, and has none."""

    number: int
    verb: str
    thing: str
    system: str
    ways: tuple[Way, ...]
    prior: tuple[float, ...]
    changes: bool

    def base_rate(self, late: bool) -> float:
        return sum(p * way.rate(late) for p, way in zip(self.prior, self.ways, strict=True))


@dataclass(frozen=True)
class Task:
    index: int
    family: Family
    name: str
    text: str
    late: bool


@dataclass(frozen=True)
class Plan:
    """The agent's plan: a way of some family, and the steps of it that it knows."""

    family: Family
    way: int
    steps: tuple[str, ...]
    from_memory: bool

    @property
    def complete(self) -> bool:
        return self.steps == self.family.ways[self.way].steps


@dataclass(frozen=True)
class Run:
    """A run: `steps` are (action, observation); `success` is the true outcome, whatever is reported."""

    task: str
    steps: tuple[tuple[str, str], ...]
    success: bool
    error: str = ""


@dataclass(frozen=True)
class Report:
    """The record of a run. `genuine` says whether it is the run that took place, under its own task."""

    run: Run
    success: bool
    evidence: EvidenceKind
    used: bool
    genuine: bool


@dataclass(frozen=True)
class Setting:
    """`noise`: share of the outcomes that are reported wrongly; `weak_only`: only where nothing outside the agent
    vouches for them. `poison`: share of the recorded runs that are poisoned or misfiled."""

    noise: float = 0.0
    poison: float = 0.1
    changes: bool = True
    weak_only: bool = False

    @property
    def name(self) -> str:
        parts = [f"noise {self.noise:.0%}" + (" in claims" if self.weak_only else "")]
        parts += [] if self.changes else ["steady"]
        parts += [] if self.poison else ["no poison"]
        return ", ".join(parts)


def draw(seed: int, index: int, purpose: str) -> float:
    """A number in [0, 1) that depends on these three alone."""
    digest = hashlib.blake2b(f"{seed}/{index}/{purpose}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


@dataclass(frozen=True)
class World:
    """The families of one seed, and everything that happens in them."""

    seed: int
    tasks: int
    setting: Setting
    families: tuple[Family, ...] = ()
    _tools: dict[str, tuple[Family, int]] = field(default_factory=dict[str, tuple[Family, int]])

    @classmethod
    def make(cls, seed: int, tasks: int, setting: Setting, families: int = FAMILIES) -> "World":
        rng = random.Random(f"families of {seed}")
        words = [pair for group in _groups(rng, -(-families // 2)) for pair in group]
        tools = _tools(rng, 5 * families)
        made = tuple(_family(i, words[i], tools, rng, setting.changes) for i in range(families))
        known = {way.tool: (family, i) for family in made for i, way in enumerate(family.ways)}
        return cls(seed, tasks, setting, made, known)

    def task(self, index: int) -> Task:
        family = self.families[int(draw(self.seed, index, "family") * len(self.families))]
        word = _NAMES[int(draw(self.seed, index, "name") * len(_NAMES))]
        name = f"{word}-{int(draw(self.seed, index, 'number') * 1000)}"
        return Task(index, family, name, self._text(index, family, name), 2 * index >= self.tasks)

    def _text(self, index: int, family: Family, name: str) -> str:
        template = _TEMPLATES[int(draw(self.seed, index, "template") * len(_TEMPLATES))]
        text = template.format(verb=family.verb, thing=family.thing, system=family.system, name=name)
        return text[:1].upper() + text[1:]

    def read(self, steps: Sequence[str]) -> Plan | None:
        """The way that recalled steps describe, by its tool's name; with which of its steps they have."""
        tools = [word for step in steps for word in step.split() if word in self._tools]
        if not tools:
            return None
        tool = max(dict.fromkeys(tools), key=tools.count)
        family, way = self._tools[tool]
        text = "\n".join(steps)
        known = tuple(step for step in family.ways[way].steps if step.partition(" {name}")[0] in text)
        return Plan(family, way, known, from_memory=True)

    def kind(self, task: Task, shown: Plan | None) -> str:
        """The kind of procedure that a recall brought, as one word or two."""
        if shown is None:
            return "nothing"
        if shown.family.number != task.family.number:
            return "foreign"
        if not shown.complete:
            return "incomplete"
        if shown.way == len(task.family.ways) - 1:
            return "harmful"
        best = max(way.rate(task.late) for way in task.family.ways)
        return "right" if task.family.ways[shown.way].rate(task.late) == best else "wrong way"

    def plan(self, task: Task, shown: Plan | None) -> Plan:
        """The agent's plan: the steps it was shown, unless they are of another kind of task and it notices."""
        if shown is not None and (
            shown.family.number == task.family.number or draw(self.seed, task.index, "follow") < FOREIGN_FOLLOWED
        ):  # fmt: skip
            return shown
        way = _by_weight(task.family.prior, draw(self.seed, task.index, "way"))
        return Plan(task.family, way, task.family.ways[way].steps, from_memory=False)

    def rate(self, task: Task, plan: Plan) -> float:
        """The success rate of a plan for a task."""
        if plan.family.number != task.family.number:
            return FOREIGN_RATE
        rate = plan.family.ways[plan.way].rate(task.late)
        return rate if plan.complete else rate * INCOMPLETE

    def run(self, task: Task, plan: Plan) -> Run:
        success = draw(self.seed, task.index, "success") < self.rate(task, plan)
        steps = [(step.format(name=task.name), "Done.") for step in plan.steps]
        if draw(self.seed, task.index, "variation") < 0.3:
            steps.insert(1, (f"look at the log of {task.name}", "2 entries, nothing unusual."))
        if success or draw(self.seed, task.index, "silent") < SILENT:
            return Run(task.text, tuple(steps), success)
        at = int(draw(self.seed, task.index, "failing step") * len(steps))
        tool = plan.family.ways[plan.way].tool
        error = f"error: {tool} refused {task.name}: {_REASONS[plan.way % len(_REASONS)]}"
        return Run(task.text, (*steps[:at], (steps[at][0], error)), False, error)

    def report(self, task: Task, plan: Plan, run: Run) -> Report:
        """The record of a run: noise in the outcome, or in its place something poisoned or misfiled."""
        kinds, weights = zip(*EVIDENCE, strict=True)
        evidence: EvidenceKind = kinds[_by_weight(weights, draw(self.seed, task.index, "evidence"))]
        noisy = not self.setting.weak_only or evidence in ("claim", "judge")
        flipped = noisy and draw(self.seed, task.index, "noise") < self.setting.noise
        report = Report(run, run.success != flipped, evidence, plan.from_memory, genuine=True)
        luck = draw(self.seed, task.index, "poison")
        if luck < self.setting.poison / 2:
            steps = tuple((step.format(name=task.name), "Done.") for step in task.family.ways[-1].steps)
            return Report(Run(task.text, steps, False), True, "claim", used=False, genuine=False)
        if luck < self.setting.poison:
            other = self.families[int(draw(self.seed, task.index, "misfiled") * len(self.families))]
            misfiled = replace(run, task=self._text(task.index, other, task.name))
            return replace(report, run=misfiled, genuine=False)
        return report

    def revised(self, index: int, steps: Sequence[str]) -> tuple[str, ...]:
        """The revision that an agent writes of a procedure that failed: better, worse, or as it was."""
        plan = self.read(steps)
        luck = draw(self.seed, index, "revision")
        if plan is None or luck >= FIXED + DAMAGED:
            return tuple(steps)
        if luck < DAMAGED:
            lost = int(draw(self.seed, index, "lost step") * len(plan.steps))
            return tuple(step for i, step in enumerate(plan.steps) if i != lost) or plan.steps
        weights = [0.0 if i == plan.way else p for i, p in enumerate(plan.family.prior)]
        return plan.family.ways[_by_weight(weights, draw(self.seed, index, "other way"))].steps


def _by_weight(weights: Sequence[float], luck: float) -> int:
    sums = list(itertools.accumulate(weights))
    return min(bisect.bisect_right(sums, luck * sums[-1]), len(sums) - 1)


def _groups(rng: random.Random, count: int) -> list[tuple[tuple[str, str, str], tuple[str, str, str]]]:
    """Pairs of families: of one system, with the same verb or the same thing."""
    pairs: list[tuple[tuple[str, str, str], tuple[str, str, str]]] = []
    for i, (system, verbs, things) in enumerate(rng.sample(list(itertools.product(_SYSTEMS, _VERBS, _THINGS)), count)):
        first, other = (verbs[0], things[0]), ((verbs[1], things[0]) if i % 2 else (verbs[0], things[1]))
        pairs.append(((*first, system), (*other, system)))
    return pairs


def _family(
    number: int, words: tuple[str, str, str], tools: Sequence[str], rng: random.Random, changes: bool
) -> Family:  # fmt: skip
    """Five ways: a good one, a fair one, a poor one, a short cut that fails more often than not, and a harmful one."""
    hard = 0.5 if rng.random() < HARD else 1.0
    bounds = ((0.8, 0.95), (0.5, 0.65), (0.15, 0.35), (0.3, 0.5), (0.05, 0.05))
    rates = [hard * rng.uniform(low, high) for low, high in bounds]
    weights = [rng.gammavariate(2.0 * mean, 1.0) for mean in (1.0, 1.2, 1.0, 0.8)]
    prior = (*(weight / sum(weights) for weight in weights), 0.0)
    changing = rng.random() < CHANGING and changes
    after = [0.1 * hard, rates[1], rates[0], rates[3], rates[4]] if changing else rates
    lengths = (4, 5, 4, 2, 3)
    names = tools[5 * number : 5 * number + 5]
    ways = [
        Way(tool, _steps(tool, length), before, late)
        for tool, length, before, late in zip(names, lengths, rates, after, strict=True)
    ]
    return Family(number, *words, tuple(ways), prior, changing)


def _steps(tool: str, length: int) -> tuple[str, ...]:
    words = ("select", *("stage", "approve", "flush")[: length - 2], "apply")
    return tuple(f"{tool} {word} {{name}}" for word in words)


def _tools(rng: random.Random, count: int) -> list[str]:
    starts, middles, ends = "bcdfgklmnprstvz", "aeiou", ("ctl", "adm", "run", "kit", "ops")
    names = ["".join(p) for p in itertools.product(starts, middles, starts, middles, ends)]
    return rng.sample(names, count)
