"""The grammar of a script's step: a condition, an action that may repeat, and what is seen after it.

    [if 'W': | if not 'W': ]ACTION[ until 'W' is seen (N times last time)][ -> 'W']

The words W stand between plain quotes; quotes inside them are typographic. A branch is several conditional steps after the
step that reads what decides them. A text of any other form is an action as it stands.
"""

import re
from dataclasses import dataclass

_STEP = re.compile(
    r"(?:if (?P<no>not )?'(?P<condition>[^']+)': )?"
    r"(?P<action>.*?)"
    r"(?: until '(?P<until>[^']+)' is seen(?: \((?P<times>\d{1,6}) times? last time\))?)?"
    r"(?: -> '(?P<then>[^']+)')?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class ScriptStep:
    """A step taken apart; "" and 0 where a part is absent.

    `when` are the words that must have been seen, `unless` those that must not. The action is repeated `until` words are
    seen, which took so many `times` before. `then` is what is seen after it.
    """

    action: str
    when: str = ""
    unless: str = ""
    until: str = ""
    times: int = 0
    then: str = ""


def parse_step(text: str) -> ScriptStep:
    """Parse a step; a text that does not follow the grammar is a plain action."""
    text = text.strip()
    match = _STEP.fullmatch(text)
    if match is None or not match["action"].strip():
        return ScriptStep(text)
    condition = match["condition"] or ""
    return ScriptStep(
        match["action"].strip(),
        when="" if match["no"] else condition,
        unless=condition if match["no"] else "",
        until=match["until"] or "",
        times=int(match["times"] or 0),
        then=match["then"] or "",
    )
