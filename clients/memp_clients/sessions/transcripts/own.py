"""memp's own form of a run: {task, steps, outcome | reward, evidence?, script?, used?, facts?, provenance?, tokens?}; for
`memp reflect` also {error, lesson?, revision?}. Other fields are passed over."""

from memp_clients.json_values import JsonObject
from memp_clients.sessions.entry import Entry, common


def sniff(record: JsonObject) -> bool:
    return "steps" in record


def parse(record: JsonObject, outcome: object = None) -> Entry:
    """The run of a record; `outcome` is taken where it shows none.

    Raises:
        InputError: a field is of the wrong type.
    """
    return Entry(task=record.get("task"), steps=record["steps"], **common(record, outcome))
