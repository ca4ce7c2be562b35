"""What an installer takes to install the memp that runs once more."""

import json
from pathlib import Path
from typing import Any

import pytest

from memp_clients.hosts.origin import requirement

GIT = {"vcs": "git", "commit_id": "0a1b"}


def _installed(folder: Path, origin: dict[str, Any] | None) -> None:
    record = folder / "memp-0.1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.4\nName: memp\nVersion: 0.1.0\n")
    if origin is not None:
        (record / "direct_url.json").write_text(json.dumps(origin))


@pytest.mark.parametrize(
    ("origin", "taken"),
    [
        (None, "memp"),
        ({"url": "file:///home/a/my%20memp/slim", "dir_info": {}}, "/home/a/my memp/slim"),
        ({"url": "file:///tmp/memp-0.1.0-py3-none-any.whl", "archive_info": {}}, "/tmp/memp-0.1.0-py3-none-any.whl"),
        ({"url": "https://a.example/memp.whl", "archive_info": {}}, "https://a.example/memp.whl"),
        ({"url": "https://a.example/memp.git", "vcs_info": GIT}, "git+https://a.example/memp.git@0a1b"),
        (
            {"url": "https://a.example/memp.git", "vcs_info": GIT, "subdirectory": "slim"},
            "git+https://a.example/memp.git@0a1b#subdirectory=slim",
        ),
    ],
)
def test_it_is_installed_again_from_where_it_came(
    origin: dict[str, Any] | None, taken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    _installed(tmp_path, origin)
    monkeypatch.syspath_prepend(tmp_path)
    assert requirement() == taken
