"""Elements of web pages: their numbers change with every visit, "link 'Orders'" does not."""

import re
from collections.abc import Sequence

from memp.domain.trajectory import Step
from memp.text.entities import REFERENCE

_ELEMENT = re.compile(
    r"\[(\w{1,8})\]\s{1,4}([^\W\d]\w{0,30})\s{1,4}"
    r"(?:'([^'\n]{1,80})'|\"([^\"\n]{1,80})\"|([^\W\d_][^\s\[\](){}:'\"]*(?: [^\s\[\](){}:'\"]+){0,4}))"
)
"""A number in brackets, the kind of the element, and what it is called: in quotes, or up to a sign or two spaces."""

_SNAPSHOT = re.compile(r"([^\W\d]\w{0,30}) \"([^\"\n]{1,80})\"(?: \[(?!ref=)[^\]\n]{0,60}\]){0,6} \[ref=(\w{1,12})\]")
"""An element of an accessibility snapshot: `button "Save" [ref=e15]`."""

_BY_REF = re.compile(r"(\bref[\"']?\s?[=:]\s?)([\"']?)(\w{1,12})\2(?!\w)")
"""The argument that passes an element of a snapshot: `ref="e15"`."""


def labelled(steps: Sequence[Step]) -> list[str]:
    """The actions of a run, with what the numbered elements that they act on were called on the page seen last: "click [15]"
    becomes "click [link 'Orders']"."""
    wanted = {number for step in steps for number in REFERENCE.findall(step.action)}
    wanted |= {match[3] for step in steps for match in _BY_REF.finditer(step.action)}
    known: dict[str, str] = {}
    actions: list[str] = []
    for step in steps:
        action = REFERENCE.sub(lambda match: known.get(match[1], match[0]), step.action) if wanted else step.action
        actions.append(
            _BY_REF.sub(lambda match: f"{match[1]}{known[match[3]]}" if match[3] in known else match[0], action)
        )
        for match in _ELEMENT.finditer(step.observation) if wanted else ():
            if match[1] in wanted:
                known[match[1]] = f"[{match[2].lower()} '{match[3] or match[4] or match[5]}']"
        for match in _SNAPSHOT.finditer(step.observation) if wanted else ():
            if match[3] in wanted:
                known[match[3]] = f"[{match[1].lower()} '{match[2]}']"
    return actions
