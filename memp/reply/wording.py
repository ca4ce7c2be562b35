"""Wording of the next step: as calls of the tools for a model, as commands for a person at the terminal."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """Sentences on the next step. {run}, {used} (ids in a list), {options} (the same as options), {label} (one id) and {revision}
    are filled in."""

    record: str = "record_trajectory"
    done: str = "Done? record_trajectory, used=[{used}] if followed."
    stuck: str = "Stuck? Recall with error."
    again: str = "recall without error shows it again"
    by_rule: str = (
        "To improve it, call again with the same steps and "
        "script={{goal, steps, when_to_use, pitfalls}} in your own words."
    )
    improve: str = (
        'To improve what you used: reflect_on_failure with trajectory="{run}" (no steps), used, error and lesson.'
    )
    retry: str = "Try again: recall_procedure with the error gives the revised steps."
    mend: str = (
        "call reflect_on_failure with the same task and error, "
        'trajectory="{run}", used=[{used}] and revision={{revision: {revision}, goal, steps, ...}}.'
    )
    followed: str = 'call again with trajectory="{run}", used=[{used}].'


TOOLS = Wording()

TERMINAL = Wording(
    record="memp record",
    done="Done? memp record, with {options} if followed.",
    stuck="Stuck? memp recall with --error.",
    again="memp recall without --error shows it again",
    by_rule="memp show {label} shows it. For better words: memp distill, or record the same steps with --script @FILE.",
    improve="To improve what you used: memp reflect with the same task and steps, --used, --error and --lesson.",
    retry="Try again: memp recall with --error gives the revised steps.",
    mend=(
        "call memp reflect again with the same task, steps and error, {options} and --revision @FILE, which holds "
        "{{revision: {revision}, goal, steps, ...}} as JSON."
    ),
    followed="call memp reflect again with {options}.",
)


def step(sentence: str, used: list[str], **values: object) -> str:
    """A sentence with the procedures that were `used`, and other values, filled in."""
    quoted = ", ".join(f'"{label}"' for label in used)
    return sentence.format(used=quoted, options=" ".join(f"--used {label}" for label in used), **values)
