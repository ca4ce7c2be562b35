"""Prompts for a causal language model: a game's transcript to continue, with a recall's answer in it.

A transcript is plain text, so that any causal model can continue it: a line "> command", then the observation. Of the
memory it has nothing but a recall's reply (`memp.reply.RecallReply`), as any agent has it.
"""

from collections.abc import Iterable, Sequence
from functools import cache

from memp.domain.trajectory import Step
from memp.evaluate.agents.examples import other_domains
from memp.reply import ExampleReply, MatchReply, RecallReply

MARK = ">"
"""Stands before a command; a command to be judged is " command" and the end of its line."""

INTRODUCTION = 'A player does tasks, one command at a time. A line that begins with ">" is a command.'

FORMAT_TASK = "book a train"
"""How the task of the format example begins."""

_ARROW = " -> "
_CUT = ("...", "[")
"""Beginnings of steps that only say that some were left out."""


def command_line(command: str) -> str:
    """A command as it goes on from a prompt, with the end of its line: so that none is the beginning of another."""
    return f" {command}\n"


@cache
def format_example() -> str:
    """The example of a transcript's form: a run of another domain, the same in all prompts, whatever the memory."""
    run = next(run for run in other_domains() if run.task.startswith(FORMAT_TASK))
    return f"{INTRODUCTION}\n\nTask: {run.task}\n{transcript(run.steps)}\n"


def transcript(steps: Iterable[Step]) -> str:
    """Commands and their observations, a line for each; "" for none."""
    return "".join(f"{MARK} {step.action}\n{_line(step.observation)}" for step in steps)


def prompt(goal: str, observation: str, memory: str, history: Sequence[Step]) -> str:
    """The whole prompt before the next command.

    The memory stands after the task, as an agent looks up a task that it knows; and so prompts that differ in nothing
    else share their beginning.
    """
    task = f"Task: {goal}\n{observation.strip()}\n"
    return f"{format_example()}{task}{memory}{transcript(history)}{MARK}"


def memory_text(reply: RecallReply) -> str:
    """The first match of a reply as text; "" where nothing applies."""
    if not reply.matches:
        return ""
    match = reply.matches[0]
    lines = [f"From memory, how it was done before: {match.goal}", *_facts(match)]
    lines += [f"{number}. {step}" for number, step in enumerate(match.steps, 1)]
    lines += [f"Done when: {match.verify}"] if match.verify else []
    lines += [f"Mind: {pitfall}" for pitfall in (*reply.on_error, *match.pitfalls, *reply.pitfalls)]
    example = _example(match.example) if match.example else ""
    return "\n".join(lines) + f"\n{example}Now this task:\n"


def _facts(match: MatchReply) -> list[str]:
    facts = [f"When: {match.when}"] if match.when else []
    facts += [f"Not when: {match.not_when}"] if match.not_when else []
    facts += [f"Before: {text}" for text in match.before]
    return facts + [
        f"{{{name}}} {text if text.startswith('=') else f'is {text}'}" for name, text in match.parameters.items()
    ]


def _example(example: ExampleReply) -> str:
    """An example's steps as a transcript: "action -> observation", or an action alone."""
    steps: list[Step] = []
    for text in example.steps:
        if text.startswith(_CUT):
            continue
        action, _, observation = text.partition(_ARROW)
        steps.append(Step(action=action, observation=observation))
    return f"Task: {example.task}\n{transcript(steps)}" if example.task else transcript(steps)


def _line(observation: str) -> str:
    text = " ".join(observation.split())
    return f"{text}\n" if text else ""
