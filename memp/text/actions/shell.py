"""Lines of a shell: split into commands outside quotes; what only sets how a command runs, and where."""

import re

from memp.text.vocabulary import words_of

TOOLS = words_of(
    """git pip pip3 npm pnpm yarn docker kubectl cargo apt apt-get brew conda gh aws gcloud az systemctl helm terraform
    uv poetry go"""
)
"""Programs whose second word says what they do."""

_RUNS = words_of("env time nohup nice command")
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=\S*")
_CONTAINERS = words_of("docker podman kubectl oc")
_SSH_VALUES = words_of("-i -p -l -o -F -J -L -R -D")
_EXEC_VALUES = words_of("-u -e -w -n -c --user --env --workdir --namespace --container")
_SHELL = re.compile(
    r"(?P<separator>&&|&(?=\s|\Z)|\|\|?&?|;|\n)"
    r"|'[^']*'|\"(?:\\.|[^\"\\])*\"|`[^`]*`|\\.|[0-9]?>&|&>|[^'\"`\\&|;\n0-9>]+|.",
    re.DOTALL,
)
_HERE = re.compile(r"<<-?\s{0,3}[\"']?(\w+)[\"']?[^\n]*\n")


def shell_parts(line: str) -> list[str]:
    """A shell's line split at its separators, outside quotes only: command, separator, command, ... The text that a
    here-document writes is left out, as it is no command."""
    parts = [""]
    for token in _SHELL.finditer(_without_here_documents(line)):
        if token["separator"]:
            parts += [token[0], ""]
        else:
            parts[-1] += token[0]
    return parts


def commands_in(line: str) -> list[str]:
    """The commands of a shell's line, without blank ones."""
    return [part.strip() for part in shell_parts(line)[::2] if part.strip()]


def _without_here_documents(line: str) -> str:
    kept, at, open_ended = list[str](), 0, set[str]()
    for match in _HERE.finditer(line):
        tag = match[1]
        if match.start() < at or tag in open_ended:
            continue
        end = line.find(f"\n{tag}", match.end() - 1)
        if end < 0:
            open_ended.add(tag)
            continue
        kept.append(line[at : match.end() - 1])
        at = end + len(tag) + 1
    return "".join(kept) + line[at:]


def without_assignments(words: list[str]) -> list[str]:
    kept = list(words)
    while len(kept) > 1 and (kept[0] in _RUNS or ASSIGNMENT.fullmatch(kept[0])):
        kept.pop(0)
    return kept


def run_elsewhere(words: list[str]) -> list[str]:
    """The command that is run on another machine or in a container, as in `ssh db-3 df -h` and `docker exec web ls`; empty where
    there is none."""
    if words[:1] == ["ssh"]:
        place = without_options(words[1:], _SSH_VALUES)
    elif words[1:2] == ["exec"] and words[0] in _CONTAINERS:
        place = without_options(words[2:], _EXEC_VALUES)
    else:
        return []
    separated = words[0] != "ssh" and "--" in place[: 2 if words[0] == "docker" else None]
    command = place[place.index("--") + 1 :] if separated else place[1:]
    return [command[0].lstrip("\"'"), *command[1:]] if command else []


def without_options(words: list[str], with_value: frozenset[str]) -> list[str]:
    """Words without the options at their beginning, and the values of those that have one."""
    while words and words[0].startswith("-"):
        words = words[1 + (words[0] in with_value) :]
    return words
