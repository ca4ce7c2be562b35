"""Small families of labelled runs, in the format of tests/traces."""

import json
from pathlib import Path
from typing import Any


def run(id: str, task: str, *steps: str | tuple[str, str], **labels: Any) -> dict[str, Any]:
    """A run of actions, or pairs of an action and its observation, all of which have an effect unless labels say otherwise."""
    pairs = [(step, "done") if isinstance(step, str) else step for step in steps]
    empty: dict[str, Any] = dict.fromkeys(
        ("dispensable", "values", "fixed", "run_only", "conditions", "failures", "waits"), ()
    )
    listed = [{"action": action, "observation": observation} for action, observation in pairs]
    return {
        "id": id,
        "task": task,
        "steps": listed,
        "effects": [*range(len(pairs))],
        "verification": "",
        **empty,
        **labels,
    }


def family(name: str, *runs: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"family": name, "field": "x", "author": "t", "runs": runs, "same_procedure": True, **fields}


def value(text: str, *names: str, source: str = "task") -> dict[str, Any]:
    return {"name": names, "text": text, "from": source}


def lamp(number: int, room: str, **labels: Any) -> dict[str, Any]:
    """A run in which a lamp is mended; its room varies."""
    steps = [f'unplug(room="{room}")', 'take_bulb(kind="E27")', f'screw_in(room="{room}")']
    return run(
        f"lamp-{number}", f"Mend the lamp in {room}.", *steps, values=[value(room, "room")], fixed=["E27"], **labels
    )  # fmt: skip


LAMPS = family("lamp", lamp(1, "kitchen"), lamp(2, "cellar"), lamp(3, "attic"))

LETTERS = family(
    "letter",
    *(
        run(f"letter-{name}", f"Send {name} the bill.", f"print bill of {name}", "fold paper", f"post letter to {name}",
            values=[value(name, "customer", "name")])
        for name in ("Ann", "Bob", "Cem")
    ),
)  # fmt: skip


def write(folder: Path, *families: dict[str, Any], set: str = "set_t") -> Path:
    """A folder of labelled runs."""
    (folder / set).mkdir(parents=True, exist_ok=True)
    for one in families:
        (folder / set / f"{one['family']}.json").write_text(json.dumps(one), encoding="utf-8")
    return folder
