"""One run in general terms: its own values as {placeholders} (memp.build.induction.values), and nothing else changed."""

import re

from memp.build.induction.choices import add_choice, choice_of, chosen_text, describe_choice
from memp.build.induction.generalised import MOST_PARAMETERS, Generalised, Variable
from memp.build.induction.naming.evidence import GENERAL_KEYS, argument
from memp.build.induction.naming.names import free_name, name_of, use_of
from memp.build.induction.parameters import WHERE, add_counters, usage_of
from memp.build.induction.values import CONSTANTS, FOUND_OUT, answer_of, own_values, places
from memp.build.reading.action import Action
from memp.build.reading.members import Member
from memp.build.reading.mentions import names, squashed
from memp.text.atoms import noun_and_number
from memp.text.entities import shape_of
from memp.text.secrets.marks import MARK
from memp.text.templates import PLACEHOLDER


def generalise_one(member: Member) -> Generalised:
    """One run in general terms: its values as {placeholders}, and nothing else changed. What it mended, and then did again, is a
    step before that as well: one run does not tell whether it always has to be mended."""
    member = member.with_tries(one for one, _ in member.tries if one.place in member.mended)
    columns = [{0: action} for action in member.actions]
    general = Generalised([member], columns)
    choice = _add_choice(general, member)
    for value in own_values(member):
        if not (choice and names(squashed(value), choice)) and not _is_part_of_counter(member, value):
            _add(general, member, value, "task")
    for instance, thing in places(member).items():
        described = general.substitute(thing, 0)
        _add(general, member, noun_and_number(instance)[0], "shown", f"{WHERE}{described} is")
    if answer := answer_of(member):
        _add(general, member, answer, "own", FOUND_OUT)
    for value, description in _shown_values(member, general).items():
        _add(general, member, value, "shown", description)
    add_counters(general)
    general.texts.extend(chosen_text(general, i) or _text(general, a) for i, a in enumerate(member.actions))
    return general


def _is_part_of_counter(member: Member, value: str) -> bool:
    """Whether a value stands only right before what counts up, as "node" of "node{node}": the two are one name."""
    texts = re.sub(PLACEHOLDER, "{", " ".join(action.text for action in member.actions))
    value = re.escape(value)
    return re.search(rf"{value}\{{", texts, re.I) is not None and not re.search(rf"{value}(?!\{{)", texts, re.I)


def _add_choice(general: Generalised, member: Member) -> str:
    """Add the parameters of the choice that a run ended with; the thing that it took, empty where it had none to make."""
    for i, column in enumerate(general.columns):
        if choice := choice_of([member], column):
            add_choice(general, choice, i)
            *options, taken = general.variables
            for option in options:
                option.origin = "task"
                name = name_of(usage_of(general, option))
                option.name = free_name(name, "task", general.taken())
            describe_choice(general, taken)
            return choice.taken[0]
    return ""


def _text(general: Generalised, action: Action) -> str:
    """A step in general terms; also where a value of the task begins or ends a name of several parts that the task does not
    have: "{orders}-shadow"."""
    text = general.substitute(action.text, 0)
    names = {v.values[0].casefold(): v.name for v in general.variables if v.origin == "task"}

    def in_part(match: re.Match[str]) -> str:
        first, last = match[0].split("-", 1), match[0].rsplit("-", 1)
        if general.members[0].says(match[0]):
            return match[0]
        if name := names.get(first[0].casefold()):
            return f"{{{name}}}-{first[1]}"
        name = names.get(last[1].casefold())
        return f"{last[0]}-{{{name}}}" if name else match[0]

    return _COMPOUND.sub(in_part, text)


_COMPOUND = re.compile(r"(?<![\w./{-])[A-Za-z]\w*(?:-\w+)+(?![\w./}-])")
"""A name of several parts: no path and no option."""


def _add(general: Generalised, member: Member, value: str, origin: str, description: str = "") -> None:
    if len(general.variables) == MOST_PARAMETERS:
        return
    columns = [i for i, action in enumerate(member.actions) if value.casefold() in action.text.casefold()]
    uses = [use_of(member.actions[i], value) for i in columns]
    variable = Variable({0: value}, uses, columns, origin=origin, description=description)
    name = "answer" if description == FOUND_OUT else name_of(usage_of(general, variable))
    variable.name = free_name(name, origin, general.taken())
    general.variables.append(variable)


_MARK = re.compile(MARK)
"""The mark of a secret, which stands for another one in each run anyway."""

LEAST_DIGITS = 3
"""Digits by which a token is one of many, and not so by convention."""


def _shown_values(member: Member, general: Generalised) -> dict[str, str]:
    """Identifiers, paths and values under the same key that an earlier step showed and a later one takes, each with where it was
    shown: another run has others."""
    known = {v.values[0].casefold() for v in general.variables}
    needed = [action for action in member.actions if action.needed]
    places = {action.place: number for number, action in enumerate(needed, 1)}
    values: dict[str, str] = {}
    for action in member.actions:
        for i, atom in enumerate(action.atoms):
            if i == 0 or atom.casefold() in known or member.says(atom) or _MARK.fullmatch(atom):
                continue
            if not _is_particular(atom) and not _is_passed_on(member, action, i):
                continue
            shown = member.shown_before(atom, action.place)
            if shown >= 0 and atom not in values:
                values[atom] = f"step {places[shown]} shows it" if shown in places else "shown before"
    return values


def _is_passed_on(member: Member, action: Action, i: int) -> bool:
    """Whether a step passes a value under the key under which an answer before it showed that, and no step has it otherwise:
    `fee` of {"fee": 40} is what the booking's record said, not what every booking costs."""
    value = action.atoms[i]
    key = argument("".join(action.atoms[:i]))
    if not key or key in GENERAL_KEYS or not any(map(str.isalnum, value)) or not member.may_show(value, action.place):
        return False
    if value.casefold() in CONSTANTS:
        return False
    # What stands on the next line is below the key and not its value ("push:" and then "branches: ..."); before a bracket, it is
    # called ("share = round(...)").
    under_key = re.compile(
        rf"(?<!\w){re.escape(key)}[\"']?[^\S\n]*[:=][^\S\n]*[\"']?{re.escape(value)}(?![\w.(-])", re.IGNORECASE
    )
    under = sum(under_key.search(text) is not None for text in member.texts_with(value))
    return member.having[value] == under and any(
        under_key.search(act.step.observation) for act in member.run.acts[: action.place]
    )


_LOCATOR = re.compile(r"(?=[A-Z\d]{5,})(?=\d*[A-Z])[A-Z]*\d+[A-Z][A-Z\d]*")
"""A record's name in capitals with a digit inside, as in "K8WPL2": with one at the end it may be a kind's ("OAUTH2")."""


def _is_particular(atom: str) -> bool:
    """Whether an atom names one of many: an address, a path of several parts, an identifier with digits."""
    shape, digits = shape_of(atom), sum(c.isdigit() for c in atom)
    if shape in ("path", "file"):
        return "/" in atom.strip("./")
    if shape in ("url", "email") or _LOCATOR.fullmatch(atom):
        return True
    return shape in ("id", "name", "number", "version") and digits >= LEAST_DIGITS
