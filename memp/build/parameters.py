"""Parameters of a script: which thing of a run is which {placeholder}, and texts written in those terms."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from memp.domain.procedure import Parameter
from memp.text.entities import NUMBERED
from memp.text.templates import PLACEHOLDER, literal

MOST_PARAMETERS = 12
"""Parameters of a script, places where something was found aside."""

_COUNTED_AFTER_ARTICLE = re.compile(r"\b((?:an?|the|some)[ ][a-z][a-z_-]{1,40})[ ]\d{1,4}\b")

MEANINGS = {
    "object": "what it is about",
    "place": "where it goes",
    "tool": "what it is done with",
    "url": "the address",
    "email": "the e-mail address",
    "file": "the file",
    "path": "the directory or path",
    "version": "the version",
    "number": "the number",
    "id": "the identifier",
    "name": "the name",
    "text": "the text",
    "answer": "what the steps before it found",
}
"""Descriptions of parameters, by what their name begins with."""


@dataclass(slots=True)
class Parameters:
    """The parameters of one script, as they are given out from its first step to its last.

    `values` are what they stood for, in the order of their first use; `meanings` their descriptions. An instance
    ("mug 1") is one parameter at every step (`nouns`), or another one at some steps (`local`), as a place may be a source
    at one step and a tool at another. `words` leads from any other text, in lower case, to its parameter. `of_task` are
    those that the task names; `fixtures` the nouns of instances that stay as they are.

    By step: `labels` are what the numbered elements that it acts on were called ("[1582]" to "[link 'Orders']"),
    `shown_by` the parameters that its observation shows first, `answers` the run's answer in general terms.
    """

    counted: frozenset[str]
    values: dict[str, str] = field(default_factory=dict[str, str])
    meanings: dict[str, str] = field(default_factory=dict[str, str])
    nouns: dict[str, str] = field(default_factory=dict[str, str])
    local: dict[tuple[int, str], str] = field(default_factory=dict[tuple[int, str], str])
    words: dict[str, str] = field(default_factory=dict[str, str])
    of_task: set[str] = field(default_factory=set[str])
    fixtures: dict[str, None] = field(default_factory=dict[str, None])
    labels: dict[int, dict[str, str]] = field(default_factory=dict[int, dict[str, str]])
    shown_by: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    answers: dict[int, str] = field(default_factory=dict[int, str])
    _pattern: re.Pattern[str] | None = None

    def add(self, base: str, value: str, meaning: str = "") -> str | None:
        """The parameter for `value`, the same one for the same value; None where there are too many."""
        for name, known in self.values.items():
            if known.lower() == value.lower():
                return name
        return self.new(base, value, meaning) if len(self.values) < MOST_PARAMETERS else None

    def add_word(self, base: str, key: str, value: str) -> None:
        """A parameter of the task for every mention of `key`, unless there are too many."""
        if name := self.add(base, value):
            self.words[key] = name
            self.of_task.add(name)

    def new(self, base: str, value: str, meaning: str = "") -> str:
        """A new parameter, numbered where its base is taken: {source}, {source_2}."""
        name, number = base, 2
        while name in self.values:
            name, number = f"{base}_{number}", number + 1
        self.values[name] = value
        self.meanings[name] = meaning or MEANINGS.get(base, "")
        return name

    def generalise(self, text: str, step: int | None = None) -> str:
        """`text` with parameters for the things of the task and without instance numbers."""
        if self._pattern is None:
            self._pattern = re.compile(rf"{PLACEHOLDER}|{_either(self.words)}", re.IGNORECASE)

        def instance(match: re.Match[str]) -> str:
            noun = match[1].lower()
            key = f"{noun} {match[2]}"
            name = (self.local.get((step, key)) if step is not None else None) or self.nouns.get(key)
            return f"{{{name}}}" if name else match[1] if noun in self.counted else match[0]

        def word(match: re.Match[str]) -> str:
            name = self.words.get(match[1].lower()) if match[1] else None  # else it is a {placeholder} already
            return f"{{{name}}}" if name else match[0]

        text = self._pattern.sub(word, NUMBERED.sub(instance, literal(text)))
        return _COUNTED_AFTER_ARTICLE.sub(r"\1", text) if self.counted else text

    def template(self, task: str) -> str:
        """The task with the values of its parameters replaced; of "mugs" only "mug" is."""
        names = {self.values[name].lower(): name for name in self.values if name in self.of_task}
        pattern = re.compile(_either(names, plural=True), re.IGNORECASE)
        return pattern.sub(lambda m: f"{{{names[m[1].lower()]}}}" if m[1].lower() in names else m[0], literal(task))

    def keep_only(self, used: Iterable[str]) -> None:
        """Forget the parameters that no text of the script uses."""
        used = set(used)
        self.values = {name: value for name, value in self.values.items() if name in used}

    def declared(self) -> tuple[Parameter, ...]:
        """The parameters that are kept, as a script declares them."""
        return tuple(Parameter(name=name, description=self.meanings[name]) for name in self.values)

    def bindings(self) -> dict[str, str]:
        """The value of each parameter in this run."""
        return dict(self.values)

    def preconditions(self) -> tuple[str, ...]:
        """A sentence for each thing that the steps use, that is not in the task, and that was not searched for."""
        return tuple(f"There is a {noun}." for noun in self.fixtures)


def _either(values: Iterable[str], plural: bool = False) -> str:
    """A pattern for any of the values, the longest first, as whole words: "src" is not a part of "src/dates.py"."""
    options = [
        (r"(?<!\w)" if "/" in value or "." in value else r"(?<!\w)(?<!\w[./-])") + re.escape(value)
        for value in sorted(values, key=lambda value: (-len(value), value))
    ]
    if not options:
        return "((?!))"
    return f"({'|'.join(options)})" + (r"(?=(?:e?s)?(?!\w|[/.-]\w))" if plural else r"(?!\w|[/.-]\w)")
