"""memp's own records: {task, steps, outcome | reward, evidence?, script?, used?, facts?, provenance?, tokens?}; for
`memp reflect` also {error, lesson?, revision?}. Other fields are passed over."""

from memp_clients.sessions.entry import Entry, Record, common


def sniff(record: Record) -> bool:
    return "steps" in record


def parse(record: Record, outcome: object = None) -> Entry:
    """Raises:
    InputError: a field is of the wrong type.
    """
    return Entry(task=record.get("task"), steps=record["steps"], **common(record, outcome))
