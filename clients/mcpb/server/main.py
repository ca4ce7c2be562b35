"""What a host starts of the bundle, in the environment that uv made of its pyproject.toml."""

from memp_server.__main__ import main

main()
