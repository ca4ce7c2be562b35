"""Roles of the instances in a run ("mug 1"): object, place or tool, and the source where something was found."""

from collections.abc import Mapping, Sequence

from memp.build.run import Act, Run
from memp.text.entities import NUMBERED
from memp.text.vocabulary import PLACE_WORDS, TOOL_WORDS

OPERATES = frozenset(["use", "toggle", "turn", "switch", "activate", "operate"])
"""Verbs whose object is a tool."""

Mentions = Mapping[int, Sequence[tuple[str, str]]]
"""By step: the instances that its action names, each with its role there."""


def noun_of(instance: str) -> str:
    """ "mug" of "mug 1"."""
    return instance.split(" ")[0]


def surface_of(noun: str, terms: Mapping[str, str]) -> str | None:
    """The words for `noun` in the task, without a plural ending; None where it has none. `terms` are the task's things."""
    if noun in terms:
        return terms[noun]
    for ending in ("s", "es"):
        if noun + ending in terms:
            return terms[noun + ending][: -len(ending)]
    return None


def mentions_of(act: Act, counted: frozenset[str]) -> list[tuple[str, str]]:
    """The instances an action names, each with its role: by the preposition before it, else the object."""
    mentions: list[tuple[str, str]] = []
    role, end = "object", 0
    for match in NUMBERED.finditer(act.head):
        if match[1].lower() not in counted:
            continue
        for word in act.step.action[end : match.start()].lower().split():
            role = role_after(word, role)
        mentions.append((f"{match[1].lower()} {match[2]}", role))
        end = match.end()
    return mentions


def role_after(word: str, role: str) -> str:
    """The role of what follows a preposition; `role` after any other word."""
    if word in PLACE_WORDS:
        return "place"
    if word in TOOL_WORDS:
        return "tool"
    return "source" if word == "from" else role


def roles_of(run: Run, kept: Sequence[int], mentions: Mentions) -> dict[str, str]:
    """The role of every instance, by the last step that does something with it: what is operated is a tool."""
    roles: dict[str, str] = {}
    firm: set[str] = set()
    for i in reversed(kept):
        act = run.acts[i]
        does = act.kind in ("act", "effect")
        for key, role in mentions[i]:
            if role == "object" and act.verb in OPERATES:
                role = "tool"
            if act.kind == "open":
                role = "place"
            if key not in roles or (does and key not in firm and role != "source"):
                roles[key] = role
            if does and role != "source":
                firm.add(key)
    return roles


def sources_of(
    run: Run, kept: Sequence[int], mentions: Mentions, roles: Mapping[str, str], terms: Mapping[str, str]
) -> dict[tuple[int, str], str]:
    """The sources: (step, instance) to the key of the thing that was found there.

    A place is a source when something is taken from it, and where one goes to it and then acts on something that it
    showed. It is one from the step that goes there to the step that takes.
    """
    sources: dict[tuple[int, str], str] = {}
    in_task = {key for key in roles if surface_of(noun_of(key), terms) is not None}
    elsewhere = {noun_of(key) for key in in_task if roles[key] in ("place", "tool")}
    for place, i in enumerate(kept):
        for key, role in mentions[i]:
            taken = next((other for other, other_role in mentions[i] if other_role == "object"), None)
            if role == "source" and taken and (key not in in_task or noun_of(key) in elsewhere):
                sources.update(((j, key), taken) for j in _visit(run, kept, place, key, mentions))
        if run.acts[i].kind == "move" and mentions[i] and place + 1 < len(kept):
            key = mentions[i][0][0]
            shown = _acted_on_there(run.acts[i], key, mentions[kept[place + 1]], in_task)
            if (i, key) not in sources and key not in in_task and shown:
                sources[i, key] = shown
    return sources


def _acted_on_there(move: Act, place: str, after: Sequence[tuple[str, str]], in_task: set[str]) -> str | None:
    """The thing of the task that a place showed and that the next step acts on, unless that acts on the place too."""
    if any(key == place for key, _ in after):
        return None
    return next((key for key, _ in after if key in move.shows and key in in_task), None)


def _visit(run: Run, kept: Sequence[int], place: int, key: str, mentions: Mentions) -> list[int]:
    """The steps, back from one that takes, that went to the place and opened it."""
    steps = [kept[place]]
    for i in reversed(kept[:place]):
        if run.acts[i].kind in ("act", "effect") or all(other != key for other, _ in mentions[i]):
            break
        steps.append(i)
        if run.acts[i].kind == "move":
            break
    return steps
