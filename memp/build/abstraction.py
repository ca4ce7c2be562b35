"""Abstraction: which things of a run become {placeholders}, and what they are called.

Memp's scripts speak of a kind of task, not of one (section 3.2). By rule: what the task and the needed steps both name
becomes a parameter, called by its role in the steps (object, place, tool) or by its shape (file, version, ...); a place
where something was found after a search becomes a {source}; what is neither in the task nor searched for, a fixture
such as a sink, keeps its noun and loses its number.
"""

import re
from collections.abc import Mapping, Sequence, Set

from memp.build.parameters import MEANINGS, MOST_PARAMETERS, Parameters
from memp.build.roles import OPERATES, mentions_of, noun_of, role_after, roles_of, sources_of, surface_of
from memp.build.run import Act, Run
from memp.text.entities import REFERENCE, Shape, key_of, shape_of, task_terms, tokens_of
from memp.text.vocabulary import GENERIC_NOUNS, GENERIC_VERBS, PLACE_WORDS, QUOTES, STATE_WORDS, STOP, TOOL_WORDS

MAX_ANSWER = 200
"""Characters of a run's answer that becomes a parameter."""

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
_ANSWERS = frozenset("stop answer finish respond".split())
_ARGUMENT = re.compile(r"\[([^\[\]\n]{3,120})\]")
_ELEMENT = re.compile(r"\[(\w{1,8})\]\s{1,4}([A-Za-z]\w{0,30})\s{1,4}(?:'([^'\n]{1,80})'|\"([^\"\n]{1,80})\")")


def parameters_of(task: str, run: Run, kept: Sequence[int]) -> Parameters:
    """The parameters for what the kept steps handle, in the order of their use."""
    parameters = Parameters(run.counted, labels=_element_labels(run, kept))
    terms = task_terms(task)
    padded_task = f" {' '.join(token.lower().strip(QUOTES) for token in tokens_of(task))} "
    mentions = {i: mentions_of(run.acts[i], run.counted) for i in kept}
    roles = roles_of(run, kept, mentions)
    sources = sources_of(run, kept, mentions, roles, terms)
    first_shown: dict[str, int] = {}
    for i in kept:
        act = run.acts[i]
        for key, _ in mentions[i]:
            if (i, key) not in sources:
                _add_instance(key, roles[key], parameters, terms)
        if act.plain:
            _add_phrases(act, padded_task, parameters, terms)
        _add_shapes(act, parameters, terms)
        if not act.plain:
            _add_arguments(act, padded_task, task, parameters)
        _add_answer(i, act, padded_task, parameters)
        _add_shown(act, run.known, first_shown, parameters)
        first_shown.update({key: -1 for key in act.names if key not in first_shown})
        first_shown.update({key: i for key in act.shows if key not in first_shown})
    _add_sources(run, sources, parameters)
    return parameters


# --- Instances: "mug 1"


def _add_instance(key: str, role: str, parameters: Parameters, terms: Mapping[str, str]) -> None:
    """An instance is a parameter when the task names its noun; else it is a fixture, which keeps its noun."""
    noun = noun_of(key)
    surface = surface_of(noun, terms)
    if surface is None:
        parameters.fixtures.setdefault(noun)
    elif name := parameters.add(role, surface):
        parameters.nouns[key] = name
        parameters.of_task.add(name)


def _add_sources(run: Run, sources: Mapping[tuple[int, str], str], parameters: Parameters) -> None:
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
        if name is None and len(parameters.values) >= 2 * MOST_PARAMETERS:
            continue
        if name is None:
            name = parameters.new("source", noun_of(key), _whereabouts(taken, parameters))
        given[key, taken] = latest[key] = name
        parameters.local[i, key] = name


def _whereabouts(taken: str, parameters: Parameters) -> str:
    """The description of a source: where which thing is."""
    thing = f"{{{parameters.nouns[taken]}}}" if taken in parameters.nouns else f"the {noun_of(taken)}"
    meaning = f"where {thing} is"
    return f"{meaning}; another one, maybe in the same place" if meaning in parameters.meanings.values() else meaning


# --- Other things that the task and an action share


def _add_phrases(act: Act, padded_task: str, parameters: Parameters, terms: Mapping[str, str]) -> None:
    """Parameters for words that a plain action shares with the task: "red mug" of "take the red mug from the shelf"."""
    role = "object"
    for before, words in _phrases(act.step.action):
        role = role_after(before, role)
        phrase = _shared(words, padded_task)
        if not phrase or len(phrase) < 3 or key_of(phrase) in parameters.counted or phrase in parameters.words:
            continue
        if " " not in phrase and (phrase not in terms or phrase in GENERIC_NOUNS | GENERIC_VERBS | STATE_WORDS):
            continue
        parameters.add_word("tool" if role == "object" and act.verb in OPERATES else role, phrase, phrase)


def _phrases(action: str) -> list[tuple[str, list[str]]]:
    """The runs of content words of a plain action, each with the preposition before it. The verb is none of them."""
    phrases: list[tuple[str, list[str]]] = []
    before, words = "", list[str]()
    for word in [*action.lower().split()[1:], "the"]:
        if word.isalpha() and word not in STOP:
            words.append(word)
            continue
        if words:
            phrases.append((before, words))
            before, words = "", []
        if word in PLACE_WORDS or word in TOOL_WORDS or word == "from":
            before = word
    return phrases


def _shared(words: Sequence[str], padded_task: str) -> str:
    """The longest run of `words` that stands in the task as well."""
    words = words[:12]
    for size in range(len(words), 0, -1):
        for start in range(len(words) - size + 1):
            phrase = " ".join(words[start : start + size])
            if f" {phrase} " in padded_task:
                return phrase
    return ""


def _add_arguments(act: Act, padded_task: str, task: str, parameters: Parameters) -> None:
    """Parameters for words in brackets or quotes that the task has too: "search[red shoes]".

    Not where they hold a file or a version: then that is the parameter, and the words around it stay.
    """
    quoted = [token[1:-1] for token in tokens_of(act.head) if token[0] in QUOTES]
    for argument in [*_ARGUMENT.findall(act.head), *quoted]:
        phrase = _shared(argument.lower().split(), padded_task)
        words = phrase.split()
        if len(words) < 2 or phrase in parameters.words or all(word in STOP for word in words):
            continue
        if any(shape_of(word) not in ("word", "number", None) for word in words):
            continue
        at = task.lower().find(phrase)
        if at >= 0:
            parameters.add_word("text", phrase, task[at : at + len(phrase)])


def _add_answer(i: int, act: Act, padded_task: str, parameters: Parameters) -> None:
    """A parameter for the answer that a run gave, which is true of that run only, unless the task says it."""
    answer = act.step.action.strip()[len(act.verb) :].strip(" :[]()\"'")
    if act.verb not in _ANSWERS or not act.step.action.lower().startswith(act.verb):
        return
    if not 0 < len(answer) <= MAX_ANSWER or f" {answer.lower()} " in padded_task:
        return
    if name := parameters.add("answer", answer):
        parameters.answers[i] = f"{act.verb}[{{{name}}}]"


def _add_shapes(act: Act, parameters: Parameters, terms: Mapping[str, str]) -> None:
    """Parameters for files, versions, identifiers and the like that the task names too, and for words it hands over
    to a command ("requests" of "pip install requests==2.32.0")."""
    for position, token in enumerate(tokens_of(act.head)):
        key, shape = key_of(token), shape_of(token)
        if position == 0 or shape is None or key in parameters.words or key in parameters.counted or key not in terms:
            continue
        if shape == "word" and (position < 2 or not _is_handed_over(act, key, token)):
            continue
        surface = terms[key].removeprefix("./").rstrip("/.")
        if key == surface.lower():
            parameters.add_word(_BASE[shape], key, surface)


def _is_handed_over(act: Act, key: str, token: str) -> bool:
    """Whether a plain word is what a command is about, not the command's own word nor part of a call."""
    if len(key) < 3 or token[0] in QUOTES or key in STOP | GENERIC_NOUNS | GENERIC_VERBS | STATE_WORDS:
        return False
    return act.kind == "effect" and "(" not in act.head and "[" not in act.head and "\n" not in act.head


# --- What steps find


def _add_shown(act: Act, known: Set[str], first_shown: Mapping[str, int], parameters: Parameters) -> None:
    """Parameters for files and identifiers that are not in the task but were shown by an earlier step.

    `first_shown` is the step that showed a thing before any action named it. A file at the top of a project
    ("package.json") has its name by convention: it stays.
    """
    for token in tokens_of(act.head)[1:]:
        key, shape = key_of(token), shape_of(token)
        finder = first_shown.get(key, -1)
        if finder < 0 or shape is None or key in parameters.words or key in known or not _is_particular(key):
            continue
        surface = token.strip(QUOTES).removeprefix("./").rstrip("/.")
        base = "id" if shape in ("number", "name") else _BASE[shape]
        meaning = f"{MEANINGS[base]} that an earlier step shows"
        if key == surface.lower() and (name := parameters.add(base, surface, meaning)):
            parameters.words[key] = name
            parameters.shown_by.setdefault(finder, []).append(name)


def _is_particular(key: str) -> bool:
    """Whether a name is one of many, not one by convention: a path, an address, an identifier with digits."""
    shape, digits = shape_of(key), sum(c.isdigit() for c in key)
    if shape in ("file", "path"):
        return "/" in key.strip("/")
    if shape == "number":
        return digits >= 5
    return shape in ("url", "email") or (shape in ("id", "name") and digits >= 2 and len(key) >= 5)


def _element_labels(run: Run, kept: Sequence[int]) -> dict[int, dict[str, str]]:
    """For each kept step, what the numbered elements it acts on were called on the page it saw.

    The numbers of a page's elements change with every visit; "link 'Orders'" does not.
    """
    wanted = {number for i in kept for number in REFERENCE.findall(run.acts[i].head)}
    labels: dict[int, dict[str, str]] = {}
    known: dict[str, str] = {}
    of_kept = set(kept)
    for i, act in enumerate(run.acts):
        if not wanted:
            break
        if i in of_kept:
            here = [f"[{number}]" for number in REFERENCE.findall(act.head)]
            labels[i] = {number: known[number] for number in here if number in known}
        for match in _ELEMENT.finditer(act.step.observation):
            if match[1] in wanted:
                known[f"[{match[1]}]"] = f"[{match[2].lower()} '{match[3] or match[4]}']"
    return labels
