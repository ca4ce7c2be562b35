"""Which things of a run become {placeholders}, and what they are called.

Memp's scripts speak of a kind of task, not of one (section 3.2). By rule: what the task and the needed steps both name
becomes a parameter, called by its role in the steps (object, place, tool) or by its shape (file, version, ...); a place
where something was found after a search becomes a {source}; what is neither in the task nor searched for, a fixture
such as a sink, keeps its noun and loses its number.
"""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from memp.build.pruning import Act, Run
from memp.domain.procedure import Parameter
from memp.text.actions import head_of
from memp.text.entities import NUMBERED, REFERENCE, Shape, key_of, shape_of, task_terms, tokens_of
from memp.text.templates import PLACEHOLDER, literal
from memp.text.vocabulary import GENERIC_NOUNS, GENERIC_VERBS, PLACE_WORDS, QUOTES, STATE_WORDS, STOP, TOOL_WORDS

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
    "answer": "what the steps before it found",
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
    answers: dict[int, str] = field(default_factory=dict[int, str])
    """A step that gives the run's answer to that step in general terms."""
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
        found = {self.values[name].lower(): name for name in self.values if name in self.of_task}
        pattern = re.compile(_either(found, plural=True), re.IGNORECASE)
        return pattern.sub(lambda m: f"{{{found[m[1].lower()]}}}" if m[1].lower() in found else m[0], literal(task))

    def keep_only(self, used: Iterable[str]) -> None:
        """Forgets the parameters that no text of the script uses."""
        used = set(used)
        self.values = {name: value for name, value in self.values.items() if name in used}

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
    first_shown: dict[str, int] = {}
    for i in kept:
        act = run.acts[i]
        for key, _ in mentions[i]:
            if (i, key) not in sources:
                _name_instance(key, roles[key], names, terms)
        if act.plain:
            _name_phrases(act, padded_task, names, terms)
        _name_shapes(act, names, terms)
        if not act.plain:
            _name_arguments(act, padded_task, task, names)
        _name_answer(i, act, padded_task, names)
        _name_found(act, run.known, first_shown, names)
        first_shown.update({key: -1 for key in act.names if key not in first_shown})
        first_shown.update({key: i for key in act.shows if key not in first_shown})
    _name_sources(run, sources, names)
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
    for match in NUMBERED.finditer(head_of(act.step.action)):
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


def _name_sources(run: Run, sources: Mapping[tuple[int, str], str], names: Names) -> None:
    """{source}, {source_2}: one for each visit to a place where something else was found, in order.

    Two things found in one place at two visits have two sources all the same: another time they lie apart, and the
    steps of both runs should read alike.
    """
    given: dict[tuple[str, str], str] = {}
    latest: dict[str, str] = {}
    for (i, key), taken in sorted(sources.items()):
        name = given.get((key, taken))
        if name is None and run.acts[i].kind not in ("move", "open"):
            name = latest.get(key)
        if name is None and len(names.values) >= 2 * _MAX_PARAMETERS:
            continue
        if name is None:
            what = f"{{{names.nouns[taken]}}}" if taken in names.nouns else f"the {taken.split(' ')[0]}"
            meaning = f"where {what} is"
            if meaning in names.meanings.values():
                meaning = f"{meaning}; another one, maybe in the same place"
            name = names.new("source", key.split(" ")[0], meaning)
        given[key, taken] = latest[key] = name
        names.local[i, key] = name


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


def _name_arguments(act: Act, padded_task: str, task: str, names: Names) -> None:
    """Parameters for words in brackets or quotes that the task has too: "search[red shoes]".

    Not where they hold a file or a version: then that is the parameter, and the words around it stay.
    """
    head = head_of(act.step.action)
    quoted = [token[1:-1] for token in tokens_of(head) if token[0] in QUOTES]
    for argument in [*_ARGUMENT.findall(head), *quoted]:
        phrase = _shared(argument.lower().split(), padded_task)
        words = phrase.split()
        if len(words) < 2 or phrase in names.words or all(word in STOP for word in words):
            continue
        if any(shape_of(word) not in ("word", "number", None) for word in words):
            continue
        at = task.lower().find(phrase)
        if at >= 0 and (name := names.add("text", task[at : at + len(phrase)])):
            names.words[phrase] = name
            names.of_task.add(name)


_ANSWERS = frozenset("stop answer finish respond".split())


def _name_answer(i: int, act: Act, padded_task: str, names: Names) -> None:
    """What a run answered is true of that run only: it becomes {answer}, unless the task says it."""
    answer = act.step.action.strip()[len(act.verb) :].strip(" :[]()\"'")
    if act.verb not in _ANSWERS or not act.step.action.lower().startswith(act.verb) or not 0 < len(answer) <= 200:
        return
    if f" {answer.lower()} " not in padded_task and (name := names.add("answer", answer)):
        names.answers[i] = f"{act.verb}[{{{name}}}]"


def _name_shapes(act: Act, names: Names, terms: Mapping[str, str]) -> None:
    """Parameters for files, versions, identifiers and the like that the task names too, and for words it hands over
    to a command ("requests" of "pip install requests==2.32.0")."""
    for position, token in enumerate(tokens_of(head_of(act.step.action))):
        key, shape = key_of(token), shape_of(token)
        if position == 0 or shape is None or key in names.words or key in names.counted or key not in terms:
            continue
        surface = terms[key].removeprefix("./").rstrip("/.")
        if shape == "word" and (position < 2 or not _is_handed_over(act, key, token)):
            continue
        if key == surface.lower() and (name := names.add(_BASE[shape], surface)):
            names.words[key] = name
            names.of_task.add(name)


def _is_handed_over(act: Act, key: str, token: str) -> bool:
    """Whether a plain word is what a command is about, not the command's own word nor part of a call."""
    if len(key) < 3 or token[0] in QUOTES or key in STOP | GENERIC_NOUNS | GENERIC_VERBS | STATE_WORDS:
        return False
    head = head_of(act.step.action)
    return act.kind == "effect" and "(" not in head and "[" not in head and "\n" not in head


def _name_found(act: Act, known: Set[str], first_shown: Mapping[str, int], names: Names) -> None:
    """Parameters for files and identifiers that are not in the task but were shown by an earlier step.

    `first_shown` is the step that showed a thing before any action named it. A file at the top of a project
    ("package.json") has its name by convention: it stays.
    """
    for token in tokens_of(head_of(act.step.action))[1:]:
        key, shape = key_of(token), shape_of(token)
        finder = first_shown.get(key, -1)
        if finder < 0 or shape is None or key in names.words or key in known or not _is_found(key):
            continue
        surface = token.strip(QUOTES).removeprefix("./").rstrip("/.")
        base = "id" if shape in ("number", "name") else _BASE[shape]
        if key == surface.lower() and (
            name := names.add(base, surface, f"{_MEANING[base]} that an earlier step shows")
        ):
            names.words[key] = name
            names.shown_by.setdefault(finder, []).append(name)


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
    wanted = {number for i in kept for number in REFERENCE.findall(head_of(run.acts[i].step.action))}
    labels: dict[int, dict[str, str]] = {}
    known: dict[str, str] = {}
    of_kept = set(kept)
    for i, act in enumerate(run.acts):
        if not wanted:
            break
        if i in of_kept:
            here = [f"[{number}]" for number in REFERENCE.findall(head_of(act.step.action))]
            labels[i] = {number: known[number] for number in here if number in known}
        for match in _ELEMENT.finditer(act.step.observation):
            if match[1] in wanted:
                known[f"[{match[1]}]"] = f"[{match[2].lower()} '{match[3] or match[4]}']"
    return labels
