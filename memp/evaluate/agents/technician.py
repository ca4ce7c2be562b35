"""The technician: a scripted agent that works by tool calls, and so measures a memory without a language model.

It knows how a call is written, and which tools there are with which arguments. What to call, in which order and under
which condition it has from a recall's answer or not at all. So a difference between two runs of it is a difference in
memory.
"""

import random
import re
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from typing import NamedTuple

from memp.evaluate.agents.agent import Recaller
from memp.evaluate.agents.conditions import is_met
from memp.evaluate.agents.notes import Notes, value_text
from memp.evaluate.agents.plan import AGAIN, advice, differing_words, with_matches
from memp.evaluate.environments.calls import Signature, parse_call, parse_signature, write_call
from memp.evaluate.environments.environment import Task, Transition
from memp.reply import MatchReply, RecallReply
from memp.text import templates
from memp.text.failures.detection import failure_of
from memp.text.steps import ScriptStep, parse_step

Actions = Generator[str, None, bool]
"""Actions, one at a time; the generator returns whether the last one went well."""

VAIN = "All steps are done, but the task is not."

REPEATS = 10
"""Times that a step is repeated `until` something is seen, where nothing says how often it took before; else twice as
often as it took."""

_REMARK = re.compile(r"\s*\(look for [^()]*\)\Z")
_SLOT = re.compile(rf"(\w+)\s*=\s*(\"?)({templates.PLACEHOLDER})\2")


class Steps(NamedTuple):
    """Steps to follow, and the known values of their {placeholders}."""

    steps: Sequence[ScriptStep]
    values: Mapping[str, str]


def steps_of(match: MatchReply, task: str) -> Steps:
    """The steps of a match: its script, else all that its example did, with the words of this task."""
    values = {name: text[2:].strip() for name, text in match.parameters.items() if text.startswith("= ")}
    if match.steps or match.example is None:
        return Steps([parse_step(step) for step in match.steps if not step.startswith("[")], values)
    done = [step.partition(" -> ")[0] for step in match.example.steps if not step.startswith("[")]
    instead = differing_words(match.example.task, task) if match.example.task else {}
    return Steps([ScriptStep(_with_words(action, instead)) for action in done], values)


def _with_words(action: str, instead: Mapping[str, str]) -> str:
    for before, now in instead.items():
        action = re.sub(rf"(?<!\w){re.escape(before)}(?!\w)", lambda _, now=now: now, action, flags=re.IGNORECASE)
    return action


class Technician:
    """Follows the steps of a recall whose conditions hold, and explores for the rest.

    Without `recall` it explores: the tool used least often, by chance among equals, with values that it has seen. The same
    seed and task give the same play. Of several matches it follows the first; when its steps are done in vain, the next
    one. After the last it looks up `again`, once, with the error. A step that fails does not stop it, nor does one after
    which something else is seen than it says.
    """

    def __init__(self, seed: int, recall: Recaller | None = None, *, again: bool = True) -> None:
        self._seed = seed
        self._recall = recall
        self._again = again

    def begin(self, task: Task, observation: str) -> None:
        self._task = task
        self._random = random.Random(f"{self._seed}:{task.id}")
        self._tried: Counter[str] = Counter()
        self._tools: Mapping[str, Signature] = {}
        self._notes = Notes(observation)
        self._trouble = ""
        self._failed = False
        self._reply: RecallReply | None = None
        self.used: list[str] = []
        """The procedures followed in this play: a record of it names them in `used`."""
        self._actions = self._play()

    def act(self, admissible: Sequence[str]) -> str:
        if not self._tools:
            listed = filter(None, map(parse_signature, admissible))
            self._tools = {signature.name: signature for signature in listed}
        return next(self._actions)

    def observe(self, action: str, transition: Transition) -> None:
        self._notes.add(action, transition.observation)
        self._failed = bool(transition.refused) or failure_of(transition.observation) is not None

    def _play(self) -> Actions:
        recall = self._recall
        if recall is not None and (yield from self._recalled(recall, None)) and self._again:
            yield from self._recalled(recall, self._trouble or VAIN)
        while True:
            yield self._novel()

    def _recalled(self, recall: Recaller, error: str | None) -> Actions:
        """Look the task up and follow its matches, one after the other; False where none has a step to be done."""
        reply = self._reply = with_matches(recall(self._task.goal, error), self._reply if error else None)
        any_followed = False
        for place, match in enumerate(reply.matches):
            known = steps_of(match, self._task.goal)
            if any(self._tool(step.action) for step in known.steps):
                any_followed = True
                self.used = list(dict.fromkeys([*self.used, match.id]))
                yield from self._follow(known, reply, place)
        return any_followed

    def _follow(self, known: Steps, reply: RecallReply, match: int) -> Actions:
        """Do the steps whose conditions hold, in order; a step that fails is helped by its pitfalls' advice, once."""
        for step in known.steps:
            if self._applies(step) and not (yield from self._do(step, known.values)):
                yield from self._advised(step, known.values, advice(reply, self._trouble, match))
        return True

    def _applies(self, step: ScriptStep) -> bool:
        """Whether a step is a call of a tool that there is, and what was observed meets its condition."""
        if not self._tool(step.action):
            return False
        return is_met(step, self._notes.newest_first())

    def _tool(self, action: str) -> Signature | None:
        return self._tools.get(action.partition("(")[0].strip())

    def _do(self, step: ScriptStep, values: Mapping[str, str]) -> Actions:
        """Do a step, as often as it says; False where it fails."""
        action = self._filled(step, values)
        for _ in range((2 * step.times or REPEATS) if step.until else 1):
            yield action
            if self._failed or not step.until or self._notes.last_has(step.until):
                break
        if self._failed:
            self._trouble = f"{action.partition('(')[0]}: {self._notes.last}"
        return not self._failed

    def _advised(self, step: ScriptStep, values: Mapping[str, str], texts: Sequence[str]) -> Actions:
        """Take the first advice that can be taken: to try again, or another call."""
        for text in texts:
            if text.lower().startswith(AGAIN):
                return (yield from self._do(step, values))
            if self._tool(text):
                return (yield from self._do(ScriptStep(text, when=step.when), values))
        return False

    def _filled(self, step: ScriptStep, values: Mapping[str, str]) -> str:
        """A step's call with values for its {placeholders}: known ones, else what was observed under their names."""

        def value(name: str, argument: str) -> str | None:
            return values.get(name) or self._notes.value(name, step.when) or self._notes.value(argument, step.when)

        def slot(match: re.Match[str]) -> str:
            name = templates.name_of(match[3]) or ""
            text = value(name, match[1])
            return match[0] if text is None else f"{match[1]}={value_text(text, quoted=bool(match[2]))}"

        action = _SLOT.sub(slot, _REMARK.sub("", step.action))
        action = templates.substitute(action, lambda name: value(name, name) or f"{{{name}}}")
        call = parse_call(action)
        return action if call is None else write_call(call.name, call.arguments)

    def _novel(self) -> str:
        """A call of the tool that was used least often, with values that were seen under its arguments' names, if any."""
        least = min(self._tried[name] for name in self._tools)
        name = self._random.choice([name for name in self._tools if self._tried[name] == least])
        self._tried[name] += 1
        arguments = {argument: self._guess(argument) for argument in self._tools[name].needed}
        return write_call(name, arguments)

    def _guess(self, argument: str) -> str | float:
        seen = self._notes.values(argument) or self._notes.values()
        text = self._random.choice(seen) if seen else ""
        return float(text) if re.fullmatch(r"\d+\.\d+", text) else text
