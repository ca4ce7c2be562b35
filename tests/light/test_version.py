"""The version, whichever of the two packages is installed."""

from importlib.metadata import PackageNotFoundError

import pytest

from memp.light import version


@pytest.mark.parametrize("installed", ["memp", "memp-slim"])
def test_either_package_tells_the_version(installed: str, monkeypatch: pytest.MonkeyPatch):
    def one(name: str) -> str:
        if name != installed:
            raise PackageNotFoundError(name)
        return "1.2.3"

    monkeypatch.setattr(version, "version_of", one)
    assert version.version() == "1.2.3"


def test_where_both_are_installed_both_are_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(version, "version_of", lambda name: {"memp": "1.2.3", "memp-slim": "1.2.4"}[name])
    assert version.installed() == {"memp": "1.2.3", "memp-slim": "1.2.4"}
