"""The entry point of the `memp` command: options that hold everywhere, which command runs, and the exit status.

Nothing heavy is imported before it is known what for: `memp serve` must be ready before its host loses patience, so it
takes neither typer nor rich; no more does `memp hook`, for which a person's prompt waits. All other commands are Typer's,
in memp_clients.commands.

Exit status: 0 done, 1 it could not be done (one sentence on stderr), 2 the command line is wrong, 130 Ctrl-C.
"""

import io
import json
import os
import sys
from collections.abc import Mapping, Sequence
from itertools import takewhile

VALUES = ("--db", "--project", "--model")
"""Options with a value that hold for every command; like the flag --json they may stand anywhere on the line."""

MAY_BE_EMPTY = ("--project",)
"""Of these the ones whose empty value says something: no project. The others are then not set, as in the environment."""

JSON = "--json"
BROKEN_PIPE = 141
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    common, rest = split(sys.argv[1:] if arguments is None else arguments)
    if set(common) <= set(VALUES):
        given = {name.removeprefix("--"): value for name, value in common.items() if value or name in MAY_BE_EMPTY}
        if rest == ["serve"]:
            from memp_clients.serving import serve

            return serve(given)
        if rest[:1] == ["hook"] and "--help" not in rest:
            return _answer_hook(rest[1:], given)
    for stream in (sys.stdout, sys.stderr):
        # A file name or a text that the terminal's encoding lacks must not end a command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        status = _run(common, rest)
        sys.stdout.flush()
    except BrokenPipeError:
        # Nobody reads on; the interpreter's own flush at exit must not fail a second time.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


def _answer_hook(arguments: Sequence[str], given: Mapping[str, str]) -> int:
    import gc

    gc.disable()  # It ends before anything is worth collecting, and looking for that takes a twentieth of its time.
    try:
        from memp_clients.hooks.run import main as answer

        return answer(arguments, given)
    finally:
        gc.enable()


def split(arguments: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Take out the options that hold for every command: these with their values, and the other words.

    After `--` nothing is taken out.
    """
    common: dict[str, str] = {}
    rest: list[str] = []
    words = list(arguments)
    while words:
        word = words.pop(0)
        name, equals, value = word.partition("=")
        if word == "--":
            return common, [*rest, word, *words]
        if word == JSON:
            common[JSON] = ""
        elif name in VALUES and (equals or (words and not words[0].startswith("--"))):
            common[name] = value if equals else words.pop(0)
        else:
            rest.append(word)
    return common, rest


def _run(common: dict[str, str], rest: list[str]) -> int:
    import typer

    from memp.errors import MempError
    from memp_clients.app import app

    bare = next((word for word in takewhile(lambda word: word != "--", rest) if word in VALUES), "")
    if bare:
        return _fail(f"{bare} needs a value (as {bare}=VALUE where it begins with --).", 2, as_json=JSON in common)
    options = [word for name, value in common.items() for word in ([name] if name == JSON else [f"{name}={value}"])]
    command = typer.main.get_command(app)
    try:
        # Without arguments, the list of commands.
        status = command.main([*options, *(rest or ["--help"])], prog_name="memp", standalone_mode=False)
    except typer.TyperException as error:
        return _fail(error.format_message(), error.exit_code, as_json=JSON in common)
    except MempError as error:
        return _fail(str(error), 1, as_json=JSON in common)
    except typer.Abort:
        return INTERRUPTED
    return status if isinstance(status, int) else 0


def _fail(sentence: str, status: int, *, as_json: bool) -> int:
    """Say what is wrong: on stderr, and where JSON was asked for as the one document on stdout."""
    hint = "" if status == 1 else "\nTry: memp --help, or memp COMMAND --help"
    sys.stderr.write(f"memp: {sentence}{hint}\n")
    if as_json:
        sys.stdout.write(json.dumps({"error": sentence}, ensure_ascii=False) + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
