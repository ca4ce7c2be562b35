"""Elements of web pages: their numbers change with every visit, "link 'Orders'" does not."""

import re
from collections.abc import Iterator, Mapping, Sequence

from memp.domain.trajectory import Step
from memp.text.entities import REFERENCE

_ELEMENT = re.compile(
    r"\[(\w{1,8})\]\s{1,4}([^\W\d]\w{0,30})\s{1,4}"
    r"(?:'([^'\n]{1,80})'|\"([^\"\n]{1,80})\"|([^\W\d_][^\s\[\](){}:'\"]*(?: [^\s\[\](){}:'\"]+){0,4}))"
)
"""A number in brackets, the kind of the element, and what it is called: in quotes, or up to a sign or two spaces."""

_MARKED = re.compile(
    r"([^\W\d]\w{0,30}) (?:\"([^\"\n]{1,80})\"|'([^'\n]{1,80})')(?: \[[^\[\]\n]{1,40}\]){0,4}? \[(?:ref|uid|id)=(\w{1,16})\]"
    r"|(?:ref|uid)=(\w{1,16}) ([^\W\d]\w{0,30}) (?:\"([^\"\n]{1,80})\"|'([^'\n]{1,80})')"
)
"""An element of a snapshot of what a page has for assistive technology: its kind, what it is called, and its mark, which stands
behind them or before: `link "Book" [ref=e12]`, `uid=1_5 button "Save"`."""

_MARK = re.compile(r"(?<![\w./-])@?(?=\w{0,15}\d)\w{2,16}(?![\w./-])")
"""What may be the mark of an element in an action; with a digit, as marks are counted."""

_NAMED_MARK = re.compile(r"(?:[\"'@]|\b(?:ref|uid|id)\W{0,3})\Z")
"""What stands before a mark of digits only: any other number may count or measure something."""


def labelled(steps: Sequence[Step]) -> list[str]:
    """The actions of a run, with what the elements that they act on were called on the page seen last in place of their numbers
    or marks: "click [15]" becomes "click [link 'Orders']"."""
    wanted = {number for step in steps for number in REFERENCE.findall(step.action)}
    known: dict[str, str] = {}
    marks: dict[str, str] = {}
    actions: list[str] = []
    for step in steps:
        action = REFERENCE.sub(lambda match: known.get(match[1], match[0]), step.action) if wanted else step.action
        actions.append(_called(action, marks) if marks else action)
        for match in _ELEMENT.finditer(step.observation) if wanted else ():
            if match[1] in wanted:
                known[match[1]] = f"[{match[2].lower()} '{match[3] or match[4] or match[5]}']"
        marks.update(_marked(step.observation))
    return actions


def _marked(observation: str) -> Iterator[tuple[str, str]]:
    """The marks of the elements that an observation shows, each with the kind and the name of the element."""
    for match in _MARKED.finditer(observation):
        kind, mark = match[1] or match[6], match[4] or match[5]
        yield mark, f"{kind.lower()} '{match[2] or match[3] or match[7] or match[8]}'"


def _called(action: str, marks: Mapping[str, str]) -> str:
    """An action with what the marks in it stand for, in other quotes than a mark itself; one that no page had stays."""

    def label(mark: re.Match[str]) -> str:
        name = marks.get(mark[0].removeprefix("@"))
        if name is None or (mark[0].isdigit() and not _NAMED_MARK.search(action[: mark.start()])):
            return mark[0]
        is_quoted = action[: mark.start()].endswith("'")
        return f"[{name.replace(chr(39), chr(34)) if is_quoted else name}]"

    return _MARK.sub(label, action)
