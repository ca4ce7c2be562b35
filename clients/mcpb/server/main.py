"""Entry point of the bundle: a host starts it in the environment that uv made of its pyproject.toml."""

from memp_server.__main__ import main

main()
