"""Settings: one reader of the environment, and every one of them documented."""

import re
from pathlib import Path

import pytest

from memp.config import Settings, language_model, open_memory, read_settings
from memp.errors import ConfigError

DOCS = (Path(__file__).resolve().parent.parent / "docs" / "settings.md").read_text(encoding="utf-8")


def test_every_setting_is_documented_and_every_documented_one_exists():
    documented = set(re.findall(r"^\| `MEMP_(\w+)`", DOCS, re.MULTILINE))
    assert documented == {name.upper() for name in Settings.model_fields}


def test_documented_defaults_are_the_defaults():
    told = dict(re.findall(r"^\| `MEMP_(\w+)` \| `([^`]+)` \|", DOCS, re.MULTILINE))
    for name in (
        "RETRIEVE",
        "LIMIT",
        "DETAIL",
        "BUDGET",
        "UPDATE",
        "ERASE",
        "BUILDER",
        "SUCCESS_REWARD",
        "SEED",
        "LLM",
        "MODEL",
    ):
        assert told[name] == str(getattr(read_settings(), name.lower()))


@pytest.mark.parametrize(
    ("variable", "value"),
    [("LIMIT", "4"), ("LIMIT", "two"), ("UPDATE", "always"), ("BUDGET", "10"), ("FLOOR", "x"), ("ERASE", "yes"),
     ("BUSY_TIMEOUT", "-1"), ("RETRIEVE", "best"), ("BUILDER", "me"), ("SUCCESS_REWARD", "7"), ("DETAIL", "all")],
)  # fmt: skip
def test_a_bad_value_is_an_error_that_names_the_variable(monkeypatch: pytest.MonkeyPatch, variable: str, value: str):
    monkeypatch.setenv(f"MEMP_{variable}", value)
    with pytest.raises(ConfigError, match=f"MEMP_{variable} is not usable") as error:
        read_settings()
    assert "\n" not in str(error.value)


def test_what_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MEMP_LIMIT", "2")
    assert (read_settings().limit, read_settings(limit=3).limit) == (2, 3)


def test_the_memory_file_is_where_memp_db_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("MEMP_DB", str(tmp_path / "deep" / "memory.sqlite3"))
    monkeypatch.setenv("MEMP_MODEL", "hashing")
    memory = open_memory()
    memory.record("do it", ["act -> ok"], "success")
    memory.close()
    assert (tmp_path / "deep" / "memory.sqlite3").exists()


@pytest.mark.parametrize("name", ["MEMP_API_KEY", "ANTHROPIC_API_KEY", "MEMP_BASE_URL", "ANTHROPIC_BASE_URL"])
def test_a_key_or_a_base_url_configures_claude_unless_the_builder_rules_it_out(
    monkeypatch: pytest.MonkeyPatch, name: str
):
    assert language_model(read_settings()) is None
    monkeypatch.setenv(name, "http://127.0.0.1:1" if "URL" in name else "sk-test-key")
    assert language_model(read_settings()) is not None
    assert language_model(read_settings(builder="extractive")) is None


def test_a_key_is_not_shown_when_settings_are_printed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MEMP_API_KEY", "sk-very-secret")
    assert "very-secret" not in repr(read_settings())
