"""The `memp` command: what it was asked for, and how it ends.

Nothing heavy is imported before it is known what for: `memp serve` must be ready before its host loses patience, so it
takes neither typer nor rich; no more does `memp hook`, for which a person's prompt waits. All other commands are in commands.py.

Exit status: 0 done, 1 it could not be done (one sentence on stderr), 2 the command line is wrong, 130 Ctrl-C.
"""

import io
import json
import os
import sys
from collections.abc import Mapping, Sequence

VALUES = ("--db", "--project", "--model")
"""Options with a value that hold for every command; like the flag --json they may stand anywhere on the line."""

JSON = "--json"
BROKEN_PIPE = 141
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    common, rest = split(sys.argv[1:] if arguments is None else arguments)
    if rest == ["serve"] and set(common) <= set(VALUES):
        return serve({name.removeprefix("--"): value for name, value in common.items()})
    if rest[:1] == ["hook"] and set(common) <= set(VALUES) and "--help" not in rest:
        return hook(rest[1:], {name.removeprefix("--"): value for name, value in common.items()})
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


def split(arguments: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The options that hold for every command with their values, and what is left; after `--` all is left."""
    common: dict[str, str] = {}
    rest: list[str] = []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        name, equals, value = word.partition("=")
        if word == "--":
            return common, [*rest, word, *waiting]
        if word == JSON:
            common[JSON] = ""
        elif name in VALUES and (equals or waiting):
            common[name] = value if equals else waiting.pop(0)
        else:
            rest.append(word)
    return common, rest


def serve(given: Mapping[str, str], http: str | None = None, names: Sequence[str] = ()) -> int:
    """Serve MCP over stdio until the client goes away, or on the address `http` until a signal comes.

    What is given (db, project, model) goes before the environment.
    """
    # The server reads its settings as every host passes them: from the environment.
    os.environ.update({f"MEMP_{name.upper()}": value for name, value in given.items()})
    from memp_server.__main__ import main as serve_stdio
    from memp_server.__main__ import main_http

    if http is None:
        serve_stdio()
    else:
        main_http(http, names)
    return 0


def hook(arguments: Sequence[str], given: Mapping[str, str]) -> int:
    """Answer a host's hook; the status is always 0, and nothing heavy is loaded that the answer does not need."""
    from memp_clients.hooks.run import main as answer_hook

    return answer_hook(arguments, given)


def _run(common: dict[str, str], rest: list[str]) -> int:
    import typer

    from memp.errors import MempError
    from memp_clients.commands.app import app

    options = [word for name, value in common.items() for word in ([name] if name == JSON else [f"{name}={value}"])]
    command = typer.main.get_command(app)
    try:
        # Without arguments: what there is to choose from.
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
