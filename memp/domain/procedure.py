"""Procedures: scripts learned from trajectories, with their parameters, pitfalls and revisions.

Memp, section 3.2: a memory m = B(tau, r) is a trajectory, a script, or both (proceduralization). A Procedure holds
the script and points to its trajectories, so the form is chosen when it is recalled.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from memp.domain.trajectory import Value
from memp.text import templates

Builder = Literal["caller", "claude", "model", "extractive", "person"]
"""Who wrote a script: the calling LLM, Claude through its API as the run was recorded, a language model afterwards (`memp
distill`), the deterministic algorithm, or a person (`memp edit`)."""

Form = Literal["script", "trajectory", "proceduralization"]
"""The form in which a procedure is recalled: its script, the closest successful run, or both (Memp, section 3.2)."""

GENERALISED = "generalised with t"
"""The reason of a revision by rule that takes in one more run: the same steps in more general terms."""

PERSON = "person"
"""The actor of a person's decisions, in the audit log."""

APPROVALS = ("validated", "pinned", "promoted", "set revision")
"""Actions of a person, in the audit log, that speak for a script."""

TAKEN_BACK = "taken back"
"""The action by which a person takes a decision back; the detail names the line of the audit log that counts no more."""

AFTER_FAILURE = ("reflection on t", "adjusted after t")
"""How the reason of a revision begins that was written after a failed run, by its agent or by a language model: nobody has
taken its steps yet."""

MAX_STEPS = 60
"""Steps of a script. A caller is asked to abstract more; one made by rule says in its middle how many are left out."""

Tier = Literal["candidate", "validated", "pinned"]
Status = Literal["active", "archived"]
RevisionState = Literal["current", "trial", "dropped", "proposed"]


class Parameter(Value):
    """A {placeholder} of a script: its name without braces, and what stands for it."""

    name: str
    description: str = ""

    def about(self, bindings: Mapping[str, str]) -> str | None:
        """The question that its value answers, in words that runs of other procedures share: "where {object} is" of a mug
        is "where mug is". None where it asks for nothing of the kind, or depends on a
        parameter that `bindings` lack. After a ';' of
        the description stands a remark only."""
        text = self.description.partition(";")[0].strip()
        needed = templates.names(text)
        if not (needed or text.startswith("where ")) or any(name not in bindings for name in needed):
            return None
        return templates.substitute(text, bindings.__getitem__).casefold()


class Pitfall(Value):
    """Something that went wrong: how it shows, what it leads to, and what to do instead."""

    trigger: str
    consequence: str = ""
    instead: str = ""


class KnownPitfall(Value):
    """A pitfall as stored: its id, the procedure it belongs to, if any, and how often it was met; `last_met` is when
    that was last; `learned_in` is the project that alone met it, where that is not the asker's. `hearsay`: it was only typed, or
    came with an imported memory; `answered`: a person answers for it."""

    id: int
    procedure_id: int | None
    pitfall: Pitfall
    seen: int
    learned_in: str = ""
    last_met: datetime | None = None
    hearsay: bool = False
    answered: bool = False


class Script(Value):
    """A procedure in words: what it is for, when it fits and when not, and its steps with {placeholders}."""

    goal: str
    when_to_use: str = ""
    not_when: str = ""
    preconditions: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    steps: tuple[str, ...]
    verification: str = ""
    pitfalls: tuple[Pitfall, ...] = ()

    def signature(self) -> str:
        """Sha256 of the chain of steps, case and white space aside (AWM, arXiv 2409.07429): equal ones corroborate."""
        chain = "\n".join(" ".join(step.casefold().split()) for step in self.steps)
        return hashlib.sha256(chain.encode()).hexdigest()


class Draft(Value):
    """The result of Build on one trajectory, before it is stored.

    `facts` are the key facts of the task (AveFact). `bindings` say what each parameter of the script stood for in
    this run ({"object": "mug", "source": "countertop"}); `template` is the task with those values replaced by
    {placeholders}.
    """

    script: Script
    facts: tuple[str, ...] = ()
    bindings: Mapping[str, str] = Field(default_factory=dict[str, str])
    template: str = ""
    builder: Builder

    def findings(self) -> list[tuple[str, str]]:
        """The facts that this run found out, as (about, value): ("where mug is", "countertop")."""
        pairs = ((p.about(self.bindings), self.bindings.get(p.name)) for p in self.script.parameters)
        return [(about, value) for about, value in pairs if about and value]


class Revision(Value):
    """One version of a procedure's script. Revisions are never changed or deleted by a tool.

    `state`: current (it is or was what is shown), trial (shown beside the current one until it has done better or
    worse), dropped (it did worse, or another took its place), proposed (waits for a person's word).
    """

    number: int
    script: Script
    builder: Builder
    reason: str
    state: RevisionState
    created_at: datetime


class Ref(Value):
    """A procedure as a run used it: "p12", or "p12r3" for a revision that is not the current one."""

    procedure_id: int
    revision: int | None = None


class Procedure(Value):
    """A script in its current revision, its source trajectories, and the outcomes of its uses.

    `uses` and `successes` count the recorded runs that named this procedure in `used`. `trial` is the revision on
    trial beside the current one; where `revision` is that one, this is the procedure as the trial has it. `origin` is
    the client that brought it. `claimed` is how many source runs the files that it came in claim: it breaks ties.
    `quarantine` is the witness that alone speaks for it (memp.domain.origin); `hearsay`: it was made of runs that
    nobody has seen.
    """

    id: int
    scope: str
    revision: int
    script: Script
    builder: Builder
    tier: Tier = "candidate"
    status: Status = "active"
    uses: int = 0
    successes: int = 0
    trajectories: tuple[int, ...] = ()
    created_at: datetime
    updated_at: datetime
    trial: int | None = None
    origin: str = ""
    claimed: int = 0
    quarantine: str = ""
    hearsay: bool = False

    @property
    def is_quarantined(self) -> bool:
        """Whether one origin alone speaks for it, for which no person answers: it yields, and is not offered unasked."""
        return self.tier == "candidate" and self.quarantine != ""

    def may_take(self, *, held: bool) -> bool:
        """Whether a run may change what it says: hearsay (`held`) only other hearsay that is quarantined, and what was seen only
        what was made of what was seen, so that neither comes in under the other's name."""
        return self.hearsay and self.is_quarantined if held else not self.hearsay

    @property
    def label(self) -> str:
        """The id as tools and people see it: "p12", or "p12r3" for its revision 3 on trial."""
        return f"p{self.id}r{self.revision}" if self.trial == self.revision else f"p{self.id}"
