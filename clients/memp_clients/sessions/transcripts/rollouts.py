"""Rollouts of ALFWorld and others: {game?, conversations: [{from: human | gpt, value}]}.

The first human turn holds the task, then actions and observations alternate. These rollouts are an expert's, so they are
successes unless something says otherwise.
"""

import re

from memp.errors import InputError
from memp_clients.json_values import JsonObject, objects
from memp_clients.sessions.entry import Entry, common

_REACT = re.compile(r"Thought:\s*(.*?)\s*\bAction:\s*(.+)", re.DOTALL)
_TASK = "Your task is to:"


def sniff(record: JsonObject) -> bool:
    return "conversations" in record


def parse(record: JsonObject, outcome: object = None) -> Entry:
    """The run of a rollout; `outcome` is taken where it shows none.

    Raises:
        InputError: a turn has no text.
    """
    task: str | None = None
    steps: list[dict[str, str]] = []
    for turn in objects(record["conversations"], "conversations"):
        speaker, value = turn.get("from"), turn.get("value")
        if not isinstance(value, str):
            raise InputError("a turn of 'conversations' has no text in 'value'")
        if speaker in ("gpt", "assistant"):
            react = _REACT.fullmatch(value.strip())
            steps.append({"thought": react[1], "action": react[2]} if react else {"action": value})
        elif speaker in ("human", "user") and task is None:
            task = _task_in(value)
        elif speaker in ("human", "user") and steps:
            steps[-1]["observation"] = "\n".join(filter(None, [steps[-1].get("observation"), value]))
    expert = record.get("outcome", record.get("reward", outcome)) is None
    fields = common(record, "success" if expert else outcome)
    if expert and not fields["evidence"]:
        fields["evidence"] = "environment: an expert's rollout"
    game = record.get("game")
    if isinstance(game, str):
        fields["provenance"] = fields["provenance"].model_copy(update={"source": game})
    return Entry(task=record.get("task") or task, steps=steps, **fields)


def _task_in(text: str) -> str:
    """The task in the opening turn of a rollout: what follows "Your task is to:", else all of it."""
    _, marker, rest = text.rpartition(_TASK)
    return rest.strip().split("\n", 1)[0] if marker else text
