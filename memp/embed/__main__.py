"""`python -m memp.embed MODEL CACHE`: compiles a model in a process of its own. Stages and errors go to stderr."""

import argparse
import sys
from pathlib import Path

from memp.embed.load import compile_model
from memp.errors import EmbedderError


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status: 0 if the compiled model is in the cache afterwards, 1 with a sentence if not."""
    parser = argparse.ArgumentParser(prog="python -m memp.embed", description="Compile an embedding model.")
    parser.add_argument("model", help="a model's name on the hub, or a local folder")
    parser.add_argument("cache", type=Path, help="the folder for compiled models")
    parser.add_argument("--quiet", action="store_true", help="name no stages")
    options = parser.parse_args(arguments)
    try:
        compile_model(options.model, options.cache, None if options.quiet else _say)
    except EmbedderError as error:
        _say(str(error))
        return 1
    return 0


def _say(stage: str) -> None:
    sys.stderr.write(f"{stage}\n")


if __name__ == "__main__":
    sys.exit(main())
