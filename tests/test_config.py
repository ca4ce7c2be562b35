"""Settings: one reader of the environment, and every one of them documented."""

import re
import sys
from pathlib import Path

import pytest
from paths import ROOT

from memp.config import Settings, background_embedder, language_model, open_memory, read_settings, unknown_settings
from memp.embed.compiled import CompiledEmbedder
from memp.embed.hashing import HashingEmbedder
from memp.errors import ConfigError, StoreError

DOCS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


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
    with pytest.raises(ConfigError, match=f'MEMP_{variable} is "{value}": set .*, or unset it[.]$') as error:
        read_settings()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("variable", "value", "remedy"),
    [("FLOOR", "abc", "a number from 0 to 1"), ("FLOOR", "nan", "a number from 0 to 1"), ("READ_ONLY", "maybe", "true or false"),
     ("LIMIT", "1.5", "a whole number from 1 to 3"), ("BUSY_TIMEOUT", "inf", "a number above 0, at most 600"),
     ("SEED", "x", "a whole number"), ("CAPACITY", "-1", "a whole number from 0 on"), ("WRITE", "no", "auto, ask or off"),
     ("HOOKS", "foo", "on, off, or some of start, prompt, tool, end")],
)  # fmt: skip
def test_a_bad_value_is_shown_with_what_would_do(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, remedy: str
):
    monkeypatch.setenv(f"MEMP_{variable}", value)
    with pytest.raises(ConfigError) as error:
        read_settings()
    assert str(error.value) == f'MEMP_{variable} is "{value}": set {remedy}, or unset it.'


def test_what_was_given_cannot_be_unset_and_a_long_value_is_cut():
    with pytest.raises(ConfigError, match=r'"9": set a whole number from 1 to 3\.$'):
        read_settings(limit=9)
    with pytest.raises(ConfigError, match=r'^MEMP_PROJECT is "x{40}\.\.\.": set at most 200 characters\.$'):
        read_settings(project="x" * 201)


def test_a_variable_that_is_no_setting_is_named_with_the_nearest_that_is():
    assert unknown_settings(
        {"MEMP_FLOR": "1", "MEMP_READONLY": "1", "MEMP_FLOOR": "1", "memp_db": "x", "PATH": "x"}
    ) == [
        "There is no setting MEMP_FLOR: is MEMP_FLOOR meant?",
        "There is no setting MEMP_READONLY: is MEMP_READ_ONLY meant?",
    ]
    assert "MEMP_QQQQ: it changes nothing" in unknown_settings({"MEMP_QQQQ": "1"})[0]
    assert not unknown_settings({"MEMP_SERVER": "memp serve", "MEMP_TEST_ALFWORLD": "x"})


def test_what_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MEMP_LIMIT", "2")
    assert (read_settings().limit, read_settings(limit=3).limit) == (2, 3)


def test_every_setting_can_be_given_by_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    with open_memory(db="here.sqlite3", model="hashing", project="shop") as memory:
        assert memory.options.project == "shop"
        assert Path("here.sqlite3").exists()
    assert language_model(read_settings(api_key="sk-test-key")) is not None
    with pytest.raises(StoreError, match="closed"):
        memory.record("do it", ["act -> ok"], "success")


def test_a_setting_that_is_none_is_refused_and_no_other_memory_is_opened(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"no setting 'path'.* db, "):
        open_memory(path=tmp_path / "memory.sqlite3")
    with pytest.raises(ConfigError, match="Pass 'project' to read_settings"):
        open_memory(read_settings(), project="shop")


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


@pytest.mark.parametrize("name", ["db", "cache"])
def test_a_path_is_absolute_with_the_home_in_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    for told, expected in (("~/a/b", "home/a/b"), ("a/b", "a/b"), (str(tmp_path / "c"), "c")):
        monkeypatch.setenv(f"MEMP_{name.upper()}", told)
        assert getattr(read_settings(), name) == tmp_path / expected
        assert getattr(read_settings(**{name: told}), name) == tmp_path / expected


def test_a_home_that_is_no_ones_is_an_error_that_names_the_variable(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MEMP_DB", "~no-such-user-here/memory.sqlite3")
    with pytest.raises(ConfigError, match="MEMP_DB is not usable"):
        read_settings()


def test_a_process_that_cannot_be_started_leaves_the_model_to_torch(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    def fail(*_: object, **__: object) -> None:
        raise OSError("no memory for a process")

    monkeypatch.setattr("subprocess.run", fail)
    monkeypatch.setattr("memp.config.compiled_if_ready", lambda *_: None)
    monkeypatch.setattr("memp.config.open_embedder", lambda *_: HashingEmbedder())
    loading = background_embedder(read_settings(cache=tmp_path, model="example/model"))
    loading.start(lambda: None)
    loading.wait(60)
    assert loading.get() is not None
    assert "no process could be started" in caplog.text


def test_the_default_model_is_compiled_without_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("subprocess.run", lambda *_, **__: pytest.fail("a process was started"))
    loading = background_embedder(read_settings(cache=tmp_path))
    loading.start(lambda: None)
    loading.wait(60)
    assert isinstance(loading.get(), CompiledEmbedder)


def test_a_builder_that_needs_a_package_that_is_not_there_is_an_error_and_by_default_it_is_left_to_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "anthropic", None)
    assert language_model(read_settings(api_key="sk-test-key")) is not None
    with pytest.raises(ConfigError, match="pip install 'anthropic"):
        language_model(read_settings(api_key="sk-test-key", builder="claude"))
