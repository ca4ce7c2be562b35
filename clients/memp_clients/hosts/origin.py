"""Origin of the installed package: what an installer takes to install the same one again (PEP 610, direct_url.json)."""

import json
from importlib.metadata import Distribution, distribution
from urllib.parse import urlsplit
from urllib.request import url2pathname

from memp.light.version import PACKAGES, installed
from memp_clients.json_values import JsonObject, mapping, text


def requirement() -> str:
    """The folder, file, repository or name that the memp that runs was installed by."""
    name = next(iter(installed()), PACKAGES[0])
    return _requirement(distribution(name), name)


def _requirement(package: Distribution, name: str) -> str:
    record = package.read_text("direct_url.json")
    if record is None:
        return name  # It came from an index.
    origin = mapping(json.loads(record))
    where = _location(text(origin.get("url")), mapping(origin.get("vcs_info")))
    inner = text(origin.get("subdirectory"))
    return f"{where}#subdirectory={inner}" if inner else where


def _location(url: str, repository: JsonObject) -> str:
    """A path where it is one of this machine; of a repository the commit that was taken."""
    if repository:
        return f"{text(repository.get('vcs'))}+{url}@{text(repository.get('commit_id'))}"
    parts = urlsplit(url)
    return url2pathname(parts.path) if parts.scheme == "file" else url
