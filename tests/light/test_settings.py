"""The settings of hooks, read as all else reads them, before anything heavy is imported."""

import subprocess
import sys
from pathlib import Path

import pytest

from memp.config import Settings, read_settings
from memp.errors import ConfigError
from memp.light.settings import EVENTS, parse_events, read_hook_settings


@pytest.mark.parametrize("value", ["", "on", "off", "prompt", "tool,end", " Start , END "])
def test_a_hook_reads_its_settings_as_all_else_does(value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("MEMP_HOOKS", value)
    monkeypatch.setenv("MEMP_PROJECT", "shop")
    for db in (str(tmp_path / "m.db"), "~/m.db", "m.db", ""):
        monkeypatch.setenv("MEMP_DB", db)
        mine, all_ = read_hook_settings(), read_settings()
        assert (Path(mine.db), mine.project, mine.events) == (all_.db, all_.project, parse_events(all_.hooks))


def test_a_setting_that_is_none_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MEMP_HOOKS", "sometimes")
    for read in (read_settings, read_hook_settings):
        with pytest.raises(
            ConfigError,
            match=r'^MEMP_HOOKS is "sometimes": set on, off, or some of start, prompt, tool, end, or unset it[.]$',
        ):
            read()
    assert "hooks" in Settings.model_fields


@pytest.mark.parametrize(
    ("value", "events"),
    [
        ("", EVENTS), ("on", EVENTS), (" ON, ", EVENTS), ("off", ()), ("tool,end", ("tool", "end")),
        (" Start , start", ("start",)),
    ],
)  # fmt: skip
def test_events_are_all_none_or_those_that_are_named(value: str, events: tuple[str, ...]):
    assert parse_events(value) == frozenset(events)


@pytest.mark.parametrize("value", ["tools", "on,off", "off,tool", "on,tool", "1"])
def test_another_event_is_refused_with_those_there_are(value: str):
    with pytest.raises(ValueError, match=r"set on, off, or some of start, prompt, tool, end"):
        parse_events(value)


def test_reading_them_loads_neither_pydantic_nor_numpy_nor_the_store():
    script = (
        "import sys, memp.light.settings; print(sorted({'pydantic', 'numpy', 'apsw', 'memp.store'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
