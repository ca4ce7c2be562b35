"""Hatchling build hook of memp-slim: the sources are those of memp, in the folder above, or here in an unpacked sdist."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = ("memp", "server/memp_server", "clients/memp_clients")


class Sources(BuildHookInterface):
    """Adds the packages to a wheel, and their folders to an sdist; an editable wheel only points to them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        here = Path(self.root)
        above = here if (here / SOURCES[0]).is_dir() else here.parent
        if version != "editable":
            for source in SOURCES:
                inside = source if self.target_name == "sdist" else source.rpartition("/")[2]
                build_data["force_include"][str(above / source)] = inside
