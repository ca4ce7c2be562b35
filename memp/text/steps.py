"""The grammar of a script's step: a condition, an action, a stop sign to wait for, and what is seen after it.

    step := [condition] action [" until '" words "' is seen"] [" (" N " times last time)"]
            [" (" K " of " N " runs)"] [" (why: " reason ")"] [" -> '" words "'"]
    condition := "if '" words "': " | "if not '" words "': " | "if '" words "' < " number ": " | "if '" words "' > " number ": "

The words of a condition are looked for in what was observed last about it; with a number, the one that stands beside them is
compared. A text that does not match is a plain action.
"""

import re
from dataclasses import dataclass

_STEP = re.compile(
    r"(?:if (?P<not>not )?'(?P<if>[^'\n]{1,120})'(?: (?P<bound>[<>] -?\d{1,15}(?:\.\d{1,15})?))?: )?(?P<action>.+?)"
    r"(?: until '(?P<until>[^'\n]{1,120})' is seen)?(?: \((?P<times>\d{1,6}) times? last time\))?"
    r"(?: \((?P<part>\d{1,4}) of (?P<whole>\d{1,4}) runs\))?(?: \(why: (?P<why>[^()\n]{1,200})\))?"
    r"(?: -> '(?P<then>[^'\n]{1,120})')?",
    re.DOTALL,
)
MAX_WORDS = 120
"""Characters of the words of a condition, a stop sign or an expectation."""


@dataclass(frozen=True, slots=True)
class ScriptStep:
    """A step of a script.

    `when`: it is done only if these words were seen, with `bound` ("> 50") only if the number beside them is so; `unless`: only
    if they were not; `until`: it is repeated until they
    are seen, `times` times in the run it comes from (0: unknown). `then`: the words that are seen after it. `part` of
    `whole` runs had it, both 0 where all had. `why` is the reason that a run's agent gave.
    """

    action: str
    when: str = ""
    unless: str = ""
    until: str = ""
    times: int = 0
    then: str = ""
    part: int = 0
    whole: int = 0
    bound: str = ""
    why: str = ""

    @property
    def share(self) -> float:
        """The share of the runs that had it; 1 where a condition decides itself whether it is done."""
        return self.part / self.whole if self.whole and not (self.when or self.unless) else 1.0

    def __str__(self) -> str:
        bound = f" {self.bound}" if self.bound else ""
        condition = f"if '{self.when}'{bound}: " if self.when else f"if not '{self.unless}': " if self.unless else ""
        until = f" until '{self.until}' is seen" if self.until else ""
        times = f" ({self.times} time{'s' * (self.times != 1)} last time)" if self.times else ""
        runs = f" ({self.part} of {self.whole} runs)" if self.whole else ""
        why = f" (why: {self.why})" if self.why else ""
        then = f" -> '{self.then}'" if self.then else ""
        return f"{condition}{self.action}{until}{times}{runs}{why}{then}"


def parse_step(text: str) -> ScriptStep:
    """The parts of a step; all of it is the action where it has no other part."""
    match = _STEP.fullmatch(text.strip())
    if match is None:
        return ScriptStep(text.strip())
    words = match["if"] or ""
    return ScriptStep(
        match["action"], "" if match["not"] else words, words if match["not"] else "", match["until"] or "",
        int(match["times"] or 0), match["then"] or "", int(match["part"] or 0), int(match["whole"] or 0),
        match["bound"] or "", match["why"] or "",
    )  # fmt: skip


def quotable(text: str, most: int = MAX_WORDS) -> str:
    """`text` on one line, with typographic quotes for those of the grammar, and cut to whole words."""
    line = " ".join(text.split()).replace("'", "’")
    return line if len(line) <= most else line[: most + 1].rsplit(" ", 1)[0][:most]
