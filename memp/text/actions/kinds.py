"""Kinds of actions: whether one moves, opens, looks, acts or has an effect.

By rule: the verb of its command is looked up in lists of what shells, text games and web agents use.
"""

import re
from functools import lru_cache
from typing import Literal

from memp.text.actions.command import command_of, is_call, is_plain, verb_of
from memp.text.actions.shell import TOOLS, commands_in, run_elsewhere, shell_parts, without_assignments, without_options
from memp.text.vocabulary import DETERMINERS, STOP, words_of

Kind = Literal["move", "open", "look", "act", "effect"]
"""The kind of an action by its verb: it goes somewhere, opens something, only looks, does something, or surely has an
effect."""

MAX_COMMAND = 400
"""Characters of a command line that may pass for one that only looks."""

_MOVE = words_of("go goto walk navigate travel approach teleport cd pushd")
_LOOK = words_of(
    """look examine inspect ls cat grep egrep rg ag find fd search read view show list pwd head tail less more
    tree stat wc which status help inventory describe print echo scroll think observe peek browse explore
    locate query lookup fetch diff du df whoami ps man sort uniq cut awk sed jq true date scroll_down
    scroll_up search_dir search_file find_file view_file journalctl dmesg uptime free lsof netstat ss nslookup dig
    traceroute"""
)
_PROGRAMS = words_of(
    """ls cat grep egrep rg ag fd pwd wc whoami ps uniq awk sed jq du df journalctl dmesg uptime lsof netstat ss nslookup
    traceroute"""
)
"""Programs that only look, and whose names are no verbs: in a sentence they are something else ("cat sits for Ann")."""

_WORKS = words_of(
    "cut date dig diff fetch free head less man more print sort stat tail think tree true watch which who"
)
"""Programs that only look, and whose names are verbs, or other words, of a language: "cut the rope"."""

_TELLS = words_of("show describe list echo find locate query lookup help status")
"""Looks, unless they go on as a sentence: "show tables", but "show the visa to the guard" and "find a plumber"."""

_CALLS_THAT_WORK = words_of("cut dig free print sort show echo")
"""The same as first words of a call's name: print_badge(), show_notification(); but tail_log() looks."""

_EFFECT = words_of(
    """edit write create delete remove rm mv cp mkdir touch install uninstall migrate deploy submit commit push merge
    click press fill type select drag check uncheck upload send buy order book pay cancel update apply patch append
    insert replace str_replace chmod chown tee save finish answer exit restart start stop run make build rename set
    add confirm"""
)
_SUBLOOK = words_of(
    """status log diff show list ls ps get describe logs view info search blame ls-files grep freeze images inspect
    rev-parse --version --help help cat"""
)
_ASKS = words_of("check is has can count")
"""First words of a call's name that ask for something: check_status(), is_open(), has_seat(); but check_in() does it."""

_PARTICLES = words_of("in out off on up")
_BARE_SUBLOOK = words_of("remote version tag branch config")
"""Subcommands that only look where nothing follows them but an option."""

_TOOL_VALUES = words_of(
    "-n -C -c -R -H -f -p --namespace --context --kubeconfig --profile --region --project --repo --host --file"
)
"""Options of a program itself that have a value."""

MAX_MOVE = 6
"""Words of an action that only goes somewhere: a longer one says more."""

_ASSIGNS = re.compile(r"[A-Za-z_][\w.]*(?:\[[^\]\n]{0,80}\])?\s+(?:[-+*/|&:]?=|<-)\s")
"""A line of code that sets a variable or a part of one: `df["day"] = ...`, `fit <- ...`."""

_DIRECTIONS = words_of("north south east west up down back left right forward n s e w in out ..")
_HARMLESS = re.compile(r"\d?>&\d|\d?>\s?/dev/null|&>\s?/dev/null")
_QUOTED = re.compile(r"'[^']{0,400}'|\"[^\"\\]{0,400}\"")
"""Quoted words, in which a sign is no redirection."""

_RUNS_WITHIN = re.compile(r"\$\(|`|\bawk\b[^\n]{0,400}?(?:\bprintf?\b[^;}\n]{0,200}[>|]|\bsystem\()")
"""What runs or writes from within quotes: a substitution, or the program of awk."""

_WRITES = re.compile(
    r">|\s-(?:delete|exec|execdir|ok)\b|--in-place|\btee\b|\bxargs\b|\b(?:sed|perl)\b[^|;&\n]{0,80}\s-\w?i\b"
)


@lru_cache(maxsize=512)
def kind_of(action: str) -> Kind:
    """The kind of an action by its words; in doubt one that may have changed something."""
    command, verb = command_of(action), verb_of(action)
    if _ASSIGNS.match(command):
        return "act"
    if is_plain(command) or _is_prose(command):
        kind = _plain_kind(verb, command.lower().split())
        if kind is not None:
            return kind
    if verb in ("cd", "pushd", "goto", "open", "visit") and len(commands_in(command)) < 2:
        return "move" if len(command.split()) <= MAX_MOVE else "effect"
    return _call_kind(command) if is_call(command) else _command_kind(verb, command, len(action))


def _is_prose(command: str) -> bool:
    """Whether an action with signs is in words all the same: an article or the like stands in it, outside of quotes, as in few
    command lines, and there is no option, sign of a shell or name of a program."""
    bare = _QUOTED.sub(" ", command)
    words = bare.lower().split()
    return (
        not DETERMINERS.isdisjoint(words[1:])
        and words[0].isalpha()
        and words[0] not in _PROGRAMS | TOOLS
        and _OF_SHELL.search(bare) is None
    )


_OF_SHELL = re.compile(r"[|;&<>$`=\\]|(?<!\S)-")
"""A sign of a shell, or what begins an option."""


def _command_kind(verb: str, command: str, length: int) -> Kind:
    """The kind of a command line: a look where each of its parts only looks and nothing is written."""
    command = _with_commands_elsewhere(_HARMLESS.sub(" ", command))
    parts = [_without_settings(part.split()) for part in commands_in(command)]
    if _WRITES.search(_QUOTED.sub("''", command)) or _RUNS_WITHIN.search(command) or not parts or length > MAX_COMMAND:
        return "effect"
    if all(_looks(words) for words in parts):
        return "look"
    return "effect" if len(parts) > 1 or verb in _EFFECT or verb in TOOLS else "act"


def _with_commands_elsewhere(line: str) -> str:
    """A line without the quotes around commands that are run elsewhere: a shell there reads them anew, separators and all."""
    parts = shell_parts(line)
    for i in range(0, len(parts), 2):
        if run_elsewhere(without_assignments(parts[i].split())):
            parts[i] = parts[i].replace('"', " ").replace("'", " ")
    return "".join(parts)


def _without_settings(words: list[str]) -> list[str]:
    """A command without what only sets how it runs: `env X=y time ls` is `ls`."""
    kept = without_assignments(words)
    within = run_elsewhere(kept)
    return _without_settings(within) if within else kept


def _plain_kind(verb: str, words: list[str]) -> Kind | None:
    """The kind of an action in plain words, or None for one that is rather a command."""
    if "and" in words or "then" in words:
        return "effect"
    if (verb in ("move", "head", "walk", "go") and words[1:2] == ["to"]) or verb in _MOVE:
        return "move"
    if verb in ("get", "search"):
        return "act"
    if verb == "open":
        return "open"
    if verb in TOOLS:
        return None
    if verb in _EFFECT:
        return "effect"
    return "look" if verb in _LOOK and _only_looks(verb, words) else "act"


def _only_looks(verb: str, words: list[str]) -> bool:
    """Whether an action in plain words only looks: not where its verb has another sense, nor where it tells somebody something or
    tends to it ("look after the dog")."""
    if len(words) == 1:
        return True
    if verb in _PROGRAMS or verb in _TELLS:
        return STOP.isdisjoint(words[1:-1])
    return verb not in _WORKS and not (verb == "read" and "to" in words[1:-1]) and words[1] != "after"


def _call_kind(command: str) -> Kind:
    """The kind of a call such as get_order(id=7), by the first word of its name; one that does two things has an effect."""
    name = _HUMP.sub("_", re.split(r"[^\w.]", command, maxsplit=1)[0]).lower().rstrip(".")
    first, *rest = re.split(r"[_.]", name)
    if name in ("goto", "visit", "navigate", "open_url"):
        return "move"
    method = name.rpartition(".")[2].split("_")[0]
    if "." in name and first in _LOOK and method not in _LOOK | {"get", "fetch"}:
        return "effect"  # A variable may have any name: df.drop(), list.append().
    if not _JOINS.isdisjoint(rest) or (rest and first in _CALLS_THAT_WORK):
        return "effect"
    asks = first in _ASKS and bool(rest) and rest[0] not in _PARTICLES
    return "look" if asks or ((first in _LOOK or first in ("get", "fetch")) and first != "close") else "effect"


_HUMP = re.compile(r"(?<=[a-z\d])(?=[A-Z])")
"""Where a name in camel case goes on with another word."""

_JOINS = words_of("and or then")
"""Words by which a name says that two things are done: find_and_delete()."""


def _looks(words: list[str]) -> bool:
    """Whether a command only looks, by its name or its subcommand."""
    if "edit" in words[0] and words[1:2] == ["view"]:
        return True
    if words[0] in TOOLS:
        words = [words[0], *(without_options(words[1:], _TOOL_VALUES) or words[1:])]
        reach = 3 if words[0] in ("gh", "aws", "gcloud", "az") else 2
        if any(word in _BARE_SUBLOOK for word in words[1:reach]):
            return all(word.startswith("-") or word in _BARE_SUBLOOK for word in words[1:])
        return any(word in _SUBLOOK for word in words[1:reach])
    return words[0].lower().rstrip(":") in _LOOK | {"cd", "get"}


def is_relative_move(action: str) -> bool:
    """Whether a move depends on where it starts: `cd src`, `cd ..`, "go north"."""
    words = command_of(action).split()
    if not words or len(words) > 3:
        return False
    if words[0] in ("cd", "pushd"):
        return len(words) > 1 and words[1][0] not in "/~$\"'"
    return words[-1].lower() in _DIRECTIONS
