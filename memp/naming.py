"""Which things of a run become {placeholders}, and what they are called.

Memp's scripts speak of a kind of task, not of one (section 3.2). By rule: what the task and the needed steps both name
becomes a parameter, called by its role in the steps (object, place, tool) or by its shape (file, version, ...); a place
where something was found after a search becomes a {source}; what is neither in the task nor searched for, a fixture
such as a sink, keeps its noun and loses its number.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from memp.entities import (
    GENERIC_NOUNS,
    GENERIC_VERBS,
    NUMBERED,
    PLACE_WORDS,
    QUOTES,
    REFERENCE,
    STATE_WORDS,
    STOP,
    TOOL_WORDS,
    Shape,
    key_of,
    literal,
    shape_of,
    task_terms,
    tokens_of,
)
from memp.needed import Act, Run
from memp.procedure import Parameter

_MAX_PARAMETERS = 12

_BASE: dict[Shape, str] = {
    "url": "url",
    "email": "email",
    "file": "file",
    "path": "path",
    "version": "version",
    "number": "number",
    "id": "id",
    "name": "name",
    "text": "text",
    "word": "name",
}
_MEANING = {
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
}


@dataclass(slots=True)
class Names:
    """The parameters of a script: which thing is which {placeholder}, and at which step."""

    counted: frozenset[str]
    values: dict[str, str] = field(default_factory=dict[str, str])
    """Parameter to what it stood for, in the order of their first use."""
    meanings: dict[str, str] = field(default_factory=dict[str, str])
    nouns: dict[str, str] = field(default_factory=dict[str, str])
    """An instance ("mug 1") to its parameter, at every step."""
    local: dict[tuple[int, str], str] = field(default_factory=dict[tuple[int, str], str])
    """A step and an instance to the parameter it is there: a place may be a source at one step and a tool at another."""
    words: dict[str, str] = field(default_factory=dict[str, str])
    """Any other text, in lower case, to its parameter."""
    of_task: set[str] = field(default_factory=set[str])
    fixtures: dict[str, None] = field(default_factory=dict[str, None])
    labels: dict[int, dict[str, str]] = field(default_factory=dict[int, dict[str, str]])
    """A step to what the numbered elements it acts on were called ("[1582]" to "[link 'Orders']")."""
    shown_by: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    """A step to the parameters that its observation shows first."""
    _pattern: re.Pattern[str] | None = None

    def add(self, base: str, value: str, meaning: str = "") -> str | None:
        """The parameter for `value`: the same one for the same value, numbered where there are several of a base."""
        for name, known in self.values.items():
            if known.lower() == value.lower():
                return name
        return self.new(base, value, meaning) if len(self.values) < _MAX_PARAMETERS else None

    def new(self, base: str, value: str, meaning: str = "") -> str:
        """A new parameter, numbered where its base is taken: {source}, {source_2}."""
        name, number = base, 2
        while name in self.values:
            name, number = f"{base}_{number}", number + 1
        self.values[name] = value
        self.meanings[name] = meaning or _MEANING.get(base, "")
        return name

    def generalise(self, text: str, step: int | None = None) -> str:
        """`text` with parameters for the things of the task and without instance numbers."""
        if self._pattern is None:
            nouns = "|".join(sorted(self.counted, key=lambda noun: (-len(noun), noun)))
            numbered = rf"(?<![\w./-])({nouns})[ ](\d{{1,4}})(?![\w/-])" if nouns else "(?!)()()"
            self._pattern = re.compile(f"{numbered}|{_either(self.words)}", re.IGNORECASE)

        def replace(match: re.Match[str]) -> str:
            if match[3]:
                return f"{{{self.words[match[3].lower()]}}}" if match[3].lower() in self.words else match[0]
            key = f"{match[1].lower()} {match[2]}"
            name = (self.local.get((step, key)) if step is not None else None) or self.nouns.get(key)
            return f"{{{name}}}" if name else match[1]

        text = self._pattern.sub(replace, literal(text))
        return _COUNTED_AFTER_ARTICLE.sub(r"\1", text) if self.counted else text

    def template(self, task: str) -> str:
        """The task with the values of its parameters replaced; of "mugs" only "mug" is."""
        found = {self.values[name].lower(): name for name in self.values if name in self.of_task}
        pattern = re.compile(_either(found, plural=True), re.IGNORECASE)
        return pattern.sub(lambda m: f"{{{found[m[1].lower()]}}}" if m[1].lower() in found else m[0], literal(task))

    def parameters(self) -> tuple[Parameter, ...]:
        return tuple(Parameter(name=name, description=self.meanings[name]) for name in self.values)

    def bindings(self) -> dict[str, str]:
        return dict(self.values)

    def preconditions(self) -> tuple[str, ...]:
        """What must be at hand: the things that the steps use, that are not in the task, and were not searched for."""
        return tuple(f"There is a {noun}." for noun in self.fixtures)


_COUNTED_AFTER_ARTICLE = re.compile(r"\b((?:an?|the|some)[ ][a-z][a-z_-]{1,40})[ ]\d{1,4}\b")


def _either(values: Iterable[str], plural: bool = False) -> str:
    """A pattern for any of the values, the longest first, as whole words: "src" is not a part of "src/dates.py"."""
    options = [
        (r"(?<!\w)" if "/" in value or "." in value else r"(?<!\w)(?<!\w[./-])") + re.escape(value)
        for value in sorted(values, key=lambda value: (-len(value), value))
    ]
    if not options:
        return "((?!))"
    return f"({'|'.join(options)})" + (r"(?=(?:e?s)?(?!\w|[/.-]\w))" if plural else r"(?!\w|[/.-]\w)")


def name_things(task: str, run: Run, kept: Sequence[int]) -> Names:
    """Names what the kept steps handle, in the order of their use."""
    names = Names(run.counted, labels=_element_labels(run, kept))
    terms = task_terms(task)
    padded_task = f" {' '.join(token.lower().strip(QUOTES) for token in tokens_of(task))} "
    mentions = {i: _mentions(run.acts[i], run.counted) for i in kept}
    roles = _roles(run, kept, mentions)
    sources = _sources(run, kept, mentions, roles, terms)
    for place, i in enumerate(kept):
        act = run.acts[i]
        for key, _ in mentions[i]:
            if (i, key) not in sources:
                _name_instance(key, roles[key], names, terms)
        if act.plain:
            _name_phrases(act, padded_task, names, terms)
        else:
            _name_arguments(act, padded_task, names)
        _name_shapes(act, names, terms)
        _name_found(run, kept, place, names)
    _name_sources(sources, names)
    return names


def _name_instance(key: str, role: str, names: Names, terms: Mapping[str, str]) -> None:
    """An instance is a parameter when the task names its noun; else it is a fixture, which keeps its noun."""
    noun = key.split(" ")[0]
    surface = _surface(noun, terms)
    if surface is None:
        names.fixtures.setdefault(noun)
    elif name := names.add(role, surface):
        names.nouns[key] = name
        names.of_task.add(name)


def _mentions(act: Act, counted: frozenset[str]) -> list[tuple[str, str]]:
    """The instances an action names, each with its role: by the preposition before it, else the object."""
    found: list[tuple[str, str]] = []
    role, end = "object", 0
    for match in NUMBERED.finditer(act.step.action[:300]):
        if match[1].lower() not in counted:
            continue
        for word in act.step.action[end : match.start()].lower().split():
            if word in PLACE_WORDS:
                role = "place"
            elif word in TOOL_WORDS:
                role = "tool"
            elif word == "from":
                role = "source"
        found.append((f"{match[1].lower()} {match[2]}", role))
        end = match.end()
    return found


_OPERATES = frozenset(["use", "toggle", "turn", "switch", "activate", "operate"])


def _roles(run: Run, kept: Sequence[int], mentions: Mapping[int, list[tuple[str, str]]]) -> dict[str, str]:
    """The role of every instance, by the last step that does something with it: what is operated is a tool."""
    roles: dict[str, str] = {}
    firm: set[str] = set()
    for i in reversed(kept):
        act = run.acts[i]
        does = act.kind in ("act", "effect")
        for key, role in mentions[i]:
            if role == "object" and act.verb in _OPERATES:
                role = "tool"
            if act.kind == "open":
                role = "place"
            if key not in roles or (does and key not in firm and role != "source"):
                roles[key] = role
            if does and role != "source":
                firm.add(key)
    return roles


def _surface(noun: str, terms: Mapping[str, str]) -> str | None:
    """How the task names `noun`, without a plural ending, or None when it does not."""
    if noun in terms:
        return terms[noun]
    for ending in ("s", "es"):
        if noun + ending in terms:
            return terms[noun + ending][: -len(ending)]
    return None


def _sources(
    run: Run,
    kept: Sequence[int],
    mentions: Mapping[int, list[tuple[str, str]]],
    roles: Mapping[str, str],
    terms: Mapping[str, str],
) -> dict[tuple[int, str], str]:
    """Where things were found: (step, instance) to the key of what was found there.

    A place is a source when something is taken from it, and where one goes to it and then acts on something that it
    showed. It is one from the step that goes there to the step that takes.
    """
    found: dict[tuple[int, str], str] = {}
    in_task = {key for key in roles if _surface(key.split(" ")[0], terms) is not None}
    elsewhere = {key.split(" ")[0] for key in in_task if roles[key] in ("place", "tool")}
    for place, i in enumerate(kept):
        act = run.acts[i]
        for key, role in mentions[i]:
            taken = next((other for other, other_role in mentions[i] if other_role == "object"), None)
            if role == "source" and taken and (key not in in_task or key.split(" ")[0] in elsewhere):
                for j in _visit(run, kept, place, key, mentions):
                    found[j, key] = taken
        if act.kind == "move" and mentions[i] and (i, mentions[i][0][0]) not in found and place + 1 < len(kept):
            key, after = mentions[i][0][0], mentions[kept[place + 1]]
            shown = [other for other, _ in after if other in act.shows and other in in_task and other != key]
            if key not in in_task and shown and all(other != key for other, _ in after):
                found[i, key] = shown[0]
    return found


def _visit(
    run: Run, kept: Sequence[int], place: int, key: str, mentions: Mapping[int, list[tuple[str, str]]]
) -> list[int]:
    """The steps, back from one that takes, that went to the place and opened it."""
    steps = [kept[place]]
    for i in reversed(kept[:place]):
        if run.acts[i].kind in ("act", "effect") or all(other != key for other, _ in mentions[i]):
            break
        steps.append(i)
        if run.acts[i].kind == "move":
            break
    return steps


def _name_sources(sources: Mapping[tuple[int, str], str], names: Names) -> None:
    """{source}, {source_2}: one for each place where something was found, in order."""
    given: dict[str, str] = {}
    for (i, key), taken in sorted(sources.items()):
        if key not in given:
            what = f"{{{names.nouns[taken]}}}" if taken in names.nouns else f"the {taken.split(' ')[0]}"
            meaning = f"where {what} is"
            if meaning in names.meanings.values():
                meaning = f"where another {what} is"
            name = names.new("source", key.split(" ")[0], meaning)
            given[key] = name
        names.local[i, key] = given[key]


# --- Other things that the task and an action share


def _name_phrases(act: Act, padded_task: str, names: Names, terms: Mapping[str, str]) -> None:
    """Parameters for words that a plain action shares with the task: "red mug" of "take the red mug from the shelf"."""
    role = "object"
    for before, words in _phrases(act.step.action):
        role = "place" if before in PLACE_WORDS else "tool" if before in TOOL_WORDS else role
        role = "source" if before == "from" else role
        phrase = _shared(words, padded_task)
        if not phrase or len(phrase) < 3 or key_of(phrase) in names.counted or phrase in names.words:
            continue
        if " " not in phrase and (phrase not in terms or phrase in GENERIC_NOUNS | GENERIC_VERBS | STATE_WORDS):
            continue
        base = "tool" if role == "object" and act.verb in _OPERATES else role
        if name := names.add(base, phrase):
            names.words[phrase] = name
            names.of_task.add(name)


def _phrases(action: str) -> list[tuple[str, list[str]]]:
    """The runs of content words of a plain action, each with the preposition before it. The verb is none of them."""
    found: list[tuple[str, list[str]]] = []
    before, run = "", list[str]()
    for word in [*action.lower().split()[1:], "the"]:
        if word.isalpha() and word not in STOP:
            run.append(word)
            continue
        if run:
            found.append((before, run))
            before, run = "", []
        if word in PLACE_WORDS or word in TOOL_WORDS or word == "from":
            before = word
    return found


def _shared(words: Sequence[str], padded_task: str) -> str:
    """The longest run of `words` that stands in the task as well."""
    words = words[:12]
    for size in range(len(words), 0, -1):
        for start in range(len(words) - size + 1):
            phrase = " ".join(words[start : start + size])
            if f" {phrase} " in padded_task:
                return phrase
    return ""


_ARGUMENT = re.compile(r"\[([^\[\]\n]{3,120})\]")


def _name_arguments(act: Act, padded_task: str, names: Names) -> None:
    """Parameters for words in brackets or quotes that the task has too: "search[red shoes]"."""
    head = act.step.action[:300]
    quoted = [token[1:-1] for token in tokens_of(head) if token[0] in "\"'`"]
    for argument in [*_ARGUMENT.findall(head), *quoted]:
        phrase = _shared(argument.lower().split(), padded_task)
        if " " not in phrase or phrase in names.words or all(word in STOP for word in phrase.split()):
            continue
        if name := names.add("text", phrase):
            names.words[phrase] = name
            names.of_task.add(name)


def _name_shapes(act: Act, names: Names, terms: Mapping[str, str]) -> None:
    """Parameters for files, versions, identifiers and the like that the task names too, and for words it hands over
    to a command ("requests" of "pip install requests==2.32.0")."""
    for position, token in enumerate(tokens_of(act.step.action[:300])):
        key, shape = key_of(token), shape_of(token)
        if position == 0 or shape is None or key in names.words or key in names.counted or key not in terms:
            continue
        surface = terms[key].removeprefix("./").rstrip("/.")
        if shape == "word":
            common = key in STOP | GENERIC_NOUNS | GENERIC_VERBS | STATE_WORDS
            if (act.plain and act.kind != "effect") or common or len(key) < 3 or position < 2 or token[0] in "\"'`":
                continue
        if key == surface.lower() and (name := names.add(_BASE[shape], surface)):
            names.words[key] = name
            names.of_task.add(name)


def _name_found(run: Run, kept: Sequence[int], place: int, names: Names) -> None:
    """Parameters for files and identifiers that are not in the task but were shown by an earlier step.

    A file at the top of a project ("package.json") has its name by convention: it stays.
    """
    act = run.acts[kept[place]]
    for token in tokens_of(act.step.action[:300])[1:]:
        key = key_of(token)
        if key in names.words or key not in act.names or key in run.known or not _is_found(key):
            continue
        finder = next((k for k in range(place - 1, -1, -1) if key in run.acts[kept[k]].shows), None)
        if finder is None or any(key in run.acts[kept[k]].names for k in range(finder + 1)):
            continue
        surface = token.strip("\"'`").removeprefix("./").rstrip("/.")
        shape = shape_of(surface)
        if shape is None or key != surface.lower():
            continue
        base = "id" if shape in ("number", "name") else _BASE[shape]
        if name := names.add(base, surface, f"{_MEANING[base]} that step {finder + 1} shows"):
            names.words[key] = name
            names.shown_by.setdefault(kept[finder], []).append(name)


def _is_found(key: str) -> bool:
    shape, digits = shape_of(key), sum(c.isdigit() for c in key)
    if shape in ("file", "path"):
        return "/" in key.strip("/")
    if shape == "number":
        return digits >= 5
    return shape in ("url", "email") or (shape in ("id", "name") and digits >= 2 and len(key) >= 5)


_ELEMENT = re.compile(r"\[(\w{1,8})\]\s{1,4}([A-Za-z]\w{0,30})\s{1,4}(?:'([^'\n]{1,80})'|\"([^\"\n]{1,80})\")")


def _element_labels(run: Run, kept: Sequence[int]) -> dict[int, dict[str, str]]:
    """For each kept step, what the numbered elements it acts on were called on the page it saw.

    The numbers of a page's elements change with every visit; "link 'Orders'" does not.
    """
    wanted = {number for i in kept for number in REFERENCE.findall(run.acts[i].step.action[:300])}
    labels: dict[int, dict[str, str]] = {}
    known: dict[str, str] = {}
    of_kept = set(kept)
    for i, act in enumerate(run.acts):
        if not wanted:
            break
        if i in of_kept:
            here = [f"[{number}]" for number in REFERENCE.findall(act.step.action[:300])]
            labels[i] = {number: known[number] for number in here if number in known}
        for match in _ELEMENT.finditer(act.step.observation):
            if match[1] in wanted:
                known[f"[{match[1]}]"] = f"[{match[2].lower()} '{match[3] or match[4]}']"
    return labels
