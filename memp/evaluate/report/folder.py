"""The folder of a report: report.md, the pictures, and report.html with all of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from memp.evaluate.report import page, pictures
from memp.evaluate.report.page import Head
from memp.evaluate.report.sections import Section


def write_report(head: Head, sections: Sequence[Section], setting: Mapping[str, object], folder: Path) -> Path:
    """Write the report; the path of its page. The tables, which cannot fail, are written first, the pictures last.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.md").write_text(page.markdown(head, sections, setting), encoding="utf-8", newline="\n")
    drawn = {section.study.name: pictures.pictures(section, folder) for section in sections}
    path = folder / "report.html"
    path.write_text(page.html(head, sections, setting, drawn), encoding="utf-8", newline="\n")
    return path
