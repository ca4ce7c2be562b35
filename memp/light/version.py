"""Version of the installed package: memp, or memp-slim, which is the same code with fewer dependencies."""

from contextlib import suppress
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of

PACKAGES = ("memp", "memp-slim")


def installed() -> dict[str, str]:
    """The version of each of the packages that is installed: one, but where somebody installed both."""
    versions: dict[str, str] = {}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            versions[name] = version_of(name)
    return versions


def version() -> str:
    """The version that is installed.

    Raises:
        PackageNotFoundError: neither is, as where the sources are run without an installation.
    """
    for name in PACKAGES[:-1]:
        try:
            return version_of(name)
        except PackageNotFoundError:
            continue
    return version_of(PACKAGES[-1])
