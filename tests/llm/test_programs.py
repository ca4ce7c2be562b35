"""Headless command lines as language models: called without tools, read, and ended where they hang."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_programs import HANGS, Answer, Fake, only, refused, said
from pydantic import BaseModel

from memp.errors import ConfigError, LLMError, UnansweredError, UnreachableError
from memp.llm.programs import DENY_ALL, PROGRAMS, Headless, installed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the fakes are scripts with a first line")

NAMES = tuple(PROGRAMS)


class Recipe(BaseModel):
    name: str
    steps: list[str]


TEA = {"name": "tea", "steps": ["boil water", "wait"]}


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Fake]:
    monkeypatch.setenv("PATH", only(tmp_path))
    return lambda name: Fake(tmp_path, name)


@pytest.mark.parametrize("name", NAMES)
def test_a_program_is_asked_without_tools_in_an_empty_folder_and_its_answer_is_counted(
    name: str, fake: Callable[[str], Fake], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MEMP_API_KEY", "sk-of-the-test")
    monkeypatch.setenv("CLAUDECODE", "1")
    program = fake(name)
    program.answers(said(name, TEA))
    answer = Headless(name, "small").ask("You cook.", "How is tea made?; $(touch x)", Recipe)
    assert answer.value == Recipe(name="tea", steps=["boil water", "wait"])
    assert (answer.input_tokens, answer.output_tokens, answer.repaired) == (100, 10, False)
    (call,) = program.calls
    assert "How is tea made?; $(touch x)" in call["stdin"] and '"steps"' in call["stdin"]
    assert not any("tea" in argument for argument in call["arguments"]), "what is asked goes through stdin alone"
    assert "You cook." in call["stdin"] or "You cook." in call["arguments"]
    assert "small" in call["arguments"] and call["folder"] == []
    assert call["environment"] == {"MEMP_HOOKS": "off"}


NO_TOOLS = {
    "claude": ("--tools", "", "--strict-mcp-config", "--safe-mode", "--no-session-persistence"),
    "codex": ("--sandbox", "read-only", "--ignore-user-config", "features.shell_tool=false", 'web_search="disabled"'),
    "gemini": ("--approval-mode", "default", "-e", "none", "--admin-policy"),
}


@pytest.mark.parametrize("name", NAMES)
def test_each_program_is_called_so_that_its_model_has_no_tools(name: str, fake: Callable[[str], Fake]):
    program = fake(name)
    program.answers(said(name, TEA))
    Headless(name).ask("", "tea?", Recipe)
    (call,) = program.calls
    assert set(NO_TOOLS[name]) <= set(call["arguments"])
    assert call["policy"] == (DENY_ALL if name == "gemini" else "")
    assert not {"-m", "--model"} & set(call["arguments"]), "without a name the program's own model is asked"


@pytest.mark.parametrize("name", NAMES)
def test_an_unusable_answer_is_asked_for_once_more_and_both_are_counted(name: str, fake: Callable[[str], Fake]):
    program = fake(name)
    program.answers(said(name, "Tea is lovely."), said(name, TEA))
    answer = Headless(name).ask("", "tea?", Recipe)
    assert answer.repaired and answer.input_tokens == 200 and answer.value.name == "tea"
    assert "Tea is lovely." in program.calls[1]["stdin"] and "no JSON object" in program.calls[1]["stdin"]


@pytest.mark.parametrize("name", NAMES)
def test_nonsense_twice_is_an_error_of_this_question_alone(name: str, fake: Callable[[str], Fake]):
    fake(name).answers(said(name, '{"name": 7}'))
    with pytest.raises(UnansweredError, match="asked twice"):
        Headless(name).ask("", "tea?", Recipe)


@pytest.mark.parametrize("name", NAMES)
def test_who_is_not_logged_in_is_told_how_to(name: str, fake: Callable[[str], Fake]):
    fake(name).answers(refused(name))
    with pytest.raises(UnreachableError, match="is not logged in") as raised:
        Headless(name).ask("", "tea?", Recipe)
    assert PROGRAMS[name].log_in in str(raised.value)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "answer",
    [Answer(err="error: unknown option '--safe-mode'\n", status=2), Answer(status=3), Answer(out="{", status=1)],
)
def test_a_program_that_fails_is_quoted_with_its_exit_status(name: str, answer: Answer, fake: Callable[[str], Fake]):
    fake(name).answers(answer)
    with pytest.raises(LLMError, match=f"exit status {answer.status}") as raised:
        Headless(name).ask("", "tea?", Recipe)
    assert not answer.err or "unknown option" in str(raised.value)


def test_a_program_that_hangs_is_ended_with_all_that_it_started(fake: Callable[[str], Fake]):
    program = fake("claude")
    program.answers(HANGS)
    with pytest.raises(UnansweredError, match=r"did not answer within 1.5 s"):
        Headless("claude", timeout=1.5).ask("", "tea?", Recipe)
    for call in program.calls:
        with pytest.raises(ProcessLookupError):
            os.kill(call["pid"], 0)


def test_a_program_that_is_not_there_is_named_with_what_to_do(fake: Callable[[str], Fake]):
    fake("gemini")
    assert installed() == ["gemini"]
    with pytest.raises(ConfigError, match="no `codex` on PATH: install Codex"):
        Headless("codex")
