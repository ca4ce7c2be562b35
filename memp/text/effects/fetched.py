"""Files that a text fetches and then runs, in one line or over several steps: `curl -o a https://...`, later `bash a`."""

import re
from collections.abc import Iterator

from memp.text.effects.forms import LANGUAGE, SHELL

_FILE = r"[\"'`]?(?P<file>[^\s\"'`;|&()<>]{1,200})"
_FETCH = re.compile(
    r"\b(?:curl|wget|aria2c|iwr|irm|invoke-webrequest|invoke-restmethod|scp|download|fetch|retrieve|get|save)(?:s|ed|ing)?\b"
    r"(?=[^\n]{0,400}(?:://|\{))(?P<rest>(?:[^\n;&]|&(?!&)){1,400})"
)
"""A command or a sentence that fetches from an address, or from a parameter."""
_SAVED = re.compile(
    r"(?:(?:\s-\w{0,6}o|--output(?:-document)?|-outfile|>|\btee(?:\s-\w)?)[\s=]{0,3}|\b(?:as|to|into)\s(?=\S{0,200}[.{/]\w))"
    rf"{_FILE}"
)
_ADDRESS = re.compile(rf"://{_FILE}")
_RUN = re.compile(
    rf"(?:(?<![\w.-])(?:{SHELL}|{LANGUAGE})(?:[ \t]{{1,3}}-(?![cem]\b)[\w-]{{1,12}}){{0,4}}[ \t]{{1,3}}"
    r"|(?:^|[\s;&|(`'\"])(?:source|\.)[ \t]{1,3}"
    r"|\bchmod[ \t]{1,3}(?:-\w[ \t]{1,3})?(?:[ugoa]{0,4}\+[rwst]{0,4}x|0?[0-7]{0,2}[1357][0-7]{0,2}(?=\s))\w{0,3}[ \t]{1,3}"
    r"|(?<![\w.-])(?:run|execute|launch|start)[ \t]{1,3}(?:the[ \t]{1,3})?(?:file[ \t]{1,3}|script[ \t]{1,3})?"
    rf"|(?:^|[;&|(`$]|\b(?:sudo|nohup|time|exec)\b)[ \t]{{0,3}}(?=(?:~|\.{{0,2}})/)){_FILE}",
    re.MULTILINE,
)
"""What is run: by an interpreter that takes it as its program, into the shell itself, by its path; or made fit to be."""
_NONE = frozenset(("", "-", ".", "..", "null", "stdin", "stdout"))


def runs_fetched_file(text: str) -> bool:
    """Whether a text in small letters runs a file that it fetched before."""
    fetched = dict[str, int]()
    for at, name in _fetched(text):
        fetched.setdefault(name, at)
    return bool(fetched) and any(
        fetched.get(_name_of(run["file"]), len(text)) < run.start() for run in _RUN.finditer(text)
    )


def _fetched(text: str) -> Iterator[tuple[int, str]]:
    """The names of the files that a text fetches, each with where that is done."""
    for command in _FETCH.finditer(text):
        for match in (match for form in (_SAVED, _ADDRESS) for match in form.finditer(command["rest"])):
            if (name := _name_of(match["file"])) not in _NONE:
                yield command.start("rest") + match.end(), name


def _name_of(path: str) -> str:
    """The last part of a path or an address, as the file is called in a folder."""
    return path.partition("?")[0].rstrip(".,:/").rpartition("/")[2]
