"""Replies of the tools: lean values for a model to read, within a token budget.

A model pays for every character, and some hosts show it only this structure, as JSON: so no nulls, no empty fields,
short ids, and a `next` that says what to call.

values.py      the replies' fields, and their size in tokens
match.py       one match in the form that was asked for: script, trajectory, or both
worked.py      how the runs of a procedure ended, in words
pitfalls.py    pitfalls as lines, each once
conditions.py  which conditions of steps the context decides
fitting.py     what is cut first where a recall's reply exceeds its budget
recall.py      the reply of recall_procedure
outcomes.py    the replies of record_trajectory and reflect_on_failure
wording.py     the next step, as calls of tools or as commands at the terminal
"""

from memp.reply.match import MAX_OBSERVATION
from memp.reply.outcomes import record_reply, reflect_reply
from memp.reply.pitfalls import pitfall_lines
from memp.reply.recall import Telling, recall_reply
from memp.reply.values import (
    DEFAULT_BUDGET,
    LEAST_BUDGET,
    MOST_FIT,
    ExampleReply,
    MatchReply,
    RecallReply,
    RecordReply,
    ReflectReply,
    Reply,
    tokens,
)
from memp.reply.wording import TERMINAL
from memp.text.clips import CHARACTERS_PER_TOKEN

__all__ = [
    "CHARACTERS_PER_TOKEN",
    "DEFAULT_BUDGET",
    "LEAST_BUDGET",
    "MAX_OBSERVATION",
    "MOST_FIT",
    "TERMINAL",
    "ExampleReply",
    "MatchReply",
    "RecallReply",
    "RecordReply",
    "ReflectReply",
    "Reply",
    "Telling",
    "pitfall_lines",
    "recall_reply",
    "record_reply",
    "reflect_reply",
    "tokens",
]
