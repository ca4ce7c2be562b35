"""`memp eval llm`: the whole command, against a server of the Messages API that plays by a script."""

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from messages_api import MessagesAPI, Reply, Request, call, error, text
from tiny_world import GRAMMAR, write_folder

from memp.evaluate.agents.llm.mcp_host import Host, HostError
from memp.evaluate.agents.llm.player import NUDGE
from memp.evaluate.agents.llm.spending import Usage
from memp.evaluate.commands.llm import main
from memp.evaluate.experiments.llm_run import LLMEpisode

KEY = "sk-test-0123456789abcdef"
WALKTHROUGH = (
    "open chest_1", "get ball_1", "walk to attic", "put ball_1", "walk to hall", "get lamp_1", "switch lamp_1",
    "walk to attic", "put lamp_1",
)  # fmt: skip
TASKS = ("light the attic.", "light the attic now.", "light the attic again.")
COSTS = {"input_tokens": 10, "output_tokens": 20, "cache_read_input_tokens": 300, "cache_creation_input_tokens": 40}
Answer = Callable[["Game"], Reply | None]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One game to learn from, and three to play."""
    root = tmp_path_factory.mktemp("alfworld")
    write_folder(root, walkthrough=WALKTHROUGH)
    for number, task in enumerate(TASKS):
        grammar = GRAMMAR.replace("light the attic.", task)
        write_folder(root, f"valid_seen/light_the_attic-Lamp-{number}/trial_1", grammar=grammar)
    return root


class Game:
    """A game, as a request shows it."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.messages: list[dict[str, Any]] = request.body["messages"]
        self.first = "\n".join(block["text"] for block in self.messages[0]["content"])
        self.task = self.first.rpartition("Your task is to: ")[2].partition("\n")[0]
        self.number = TASKS.index(self.task)
        blocks = [block for m in self.messages[1:] for block in m["content"]]
        self.called = [block["name"] for block in blocks if block["type"] == "tool_use"]
        self.commands = [b["input"].get("command") for b in blocks if b["type"] == "tool_use" and b["name"] == "act"]
        self.results = [block["content"] for block in blocks if block["type"] == "tool_result"]
        self.last: list[dict[str, Any]] = self.messages[-1]["content"]

    def says(self, told: str) -> bool:
        return told in json.dumps(self.last)

    def act(self, command: str, **fields: Any) -> Reply:
        return call("act", {"command": command}, id=f"call_{len(self.messages)}", usage=COSTS, **fields)

    def use(self, tool: str, **arguments: Any) -> Reply:
        return call(tool, arguments, id=f"call_{len(self.messages)}", usage=COSTS)

    def next(self) -> Reply:
        """The next command that leads on."""
        done = [command for command in self.commands if command in WALKTHROUGH]
        return self.act(WALKTHROUGH[len(done)])


@pytest.fixture
def api() -> Iterator[MessagesAPI]:
    with MessagesAPI() as running:
        plays(running)
        yield running


def plays(api: MessagesAPI, answer: Answer = lambda game: None) -> None:
    """The server wins every game, except for what `answer` says instead."""
    api.respond = lambda request: answer(game := Game(request)) or game.next()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "results.jsonl"


Command = Callable[..., int]


@pytest.fixture
def command(data: Path, out: Path, api: MessagesAPI, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("MEMP_API_KEY", KEY)
    monkeypatch.setenv("MEMP_BASE_URL", api.url)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)

    def run(*more: str, arms: str = "none", to: Path = out) -> int:
        given = ["--data", str(data), "--out", str(to), "--arms", arms, "--source", "walkthrough", "--hashing"]
        return main([*given, "--llm", "model-of-the-test", "--steps", "12", "--max-tokens", "100", *more])

    return run


def episodes(out: Path) -> list[LLMEpisode]:
    return [LLMEpisode.model_validate_json(line) for line in out.read_text().splitlines()[1:]]


def lines(out: Path) -> list[str]:
    return sorted(out.read_text().splitlines())


# Playing


def test_a_model_that_plays_well_wins_and_all_it_took_is_counted(command: Command, out: Path):
    assert command("--price", "1", "2", "3", "4") == 0
    found = episodes(out)
    assert [(e.won, e.steps, e.invalid, e.nudges, e.calls, e.tokens) for e in found] == [(True, 9, 0, 0, 9, 0)] * 3
    assert found[0].usage == Usage(input=90, output=180, cache_read=2700, cache_write=360)


def test_the_table_has_success_tokens_and_cost_and_says_what_cannot_be_told(
    command: Command, capsys: pytest.CaptureFixture[str], api: MessagesAPI
):
    plays(api, lambda game: None if "memory of earlier tasks" in game.first else game.act("look"))
    assert command("--price", "1", "2", "3", "4", arms="none,proceduralization") == 0
    said = capsys.readouterr().out
    assert "100.0" in said and "+100.0 [+100.0, +100.0]" in said
    # 9 replies of 10 in, 20 out, 300 read and 40 written: 90 + 360 + 8100 + 1440 millionths of a dollar.
    assert "0.0100" in said.replace("0.00999", "0.0100")
    assert "One seed" in said and "Few tasks (3)" in said
    assert KEY not in said


def test_every_arm_has_the_same_rules_and_only_its_memory_differs(command: Command, api: MessagesAPI, out: Path):
    assert command("--jobs", "1", arms="none,irrelevant,script,trajectory,proceduralization") == 0
    firsts = [request.body for request in api.requests if len(request.body["messages"]) == 1]
    assert len({json.dumps([body["system"], body["tools"]]) for body in firsts}) == 1
    shown = ["\n".join(b["text"] for b in body["messages"][0]["content"]) for body in firsts[:5]]
    none, irrelevant, script, trajectory, both = shown
    assert "memory" not in none
    assert irrelevant.endswith(none) and "nothing that applies" in irrelevant
    assert script.endswith(none) and '"steps"' in script and '"example"' not in script
    assert trajectory.endswith(none) and '"example"' in trajectory and '"next"' not in trajectory
    assert both.endswith(none) and '"steps"' in both and '"example"' not in both, "all its actions are steps"
    tokens = {e.arm: e.tokens for e in episodes(out)}
    assert tokens["none"] == 0 < tokens["irrelevant"] < tokens["script"] <= tokens["proceduralization"]
    assert tokens["proceduralization"] < tokens["trajectory"]


def test_rules_and_the_game_so_far_are_to_be_cached(command: Command, api: MessagesAPI):
    assert command("--tasks", "1") == 0
    for request in api.requests:
        assert "cache_control" in request.body["system"][-1]
        marked = [b for m in request.body["messages"] for b in m["content"] if "cache_control" in b]
        assert marked == [request.body["messages"][-1]["content"][-1]]
    plain = [
        json.dumps(r.body["messages"]).replace(', "cache_control": {"type": "ephemeral"}', "") for r in api.requests
    ]
    assert all(later.startswith(earlier[:-1]) for earlier, later in pairwise(plain))


def test_an_impossible_command_is_an_invalid_step_and_nothing_happens(command: Command, api: MessagesAPI, out: Path):
    plays(api, lambda game: game.act("fly to moon") if not game.commands else None)
    assert command("--tasks", "1") == 0
    (episode,) = episodes(out)
    assert (episode.won, episode.steps, episode.invalid) == (True, 10, 1)
    assert Game(api.requests[1]).results == ["Nothing happens."]


def test_a_reply_without_a_command_gets_one_nudge_and_then_costs_a_step(command: Command, api: MessagesAPI, out: Path):
    def answer(game: Game) -> Reply | None:
        silent = sum(m["role"] == "assistant" for m in game.messages) - len(game.called)
        return text("", usage=COSTS) if silent < 3 else None

    plays(api, answer)
    assert command("--tasks", "1") == 0
    (episode,) = episodes(out)
    assert (episode.won, episode.steps, episode.invalid, episode.nudges, episode.calls) == (True, 10, 1, 2, 12)
    assert [Game(request).says(NUDGE) for request in api.requests[1:4]] == [True, False, True]
    assert Game(api.requests[2]).says("Nothing happens.")


def test_calls_that_make_no_sense_are_answered_and_the_game_goes_on(command: Command, api: MessagesAPI, out: Path):
    first = call("cook", {}, id="a", usage=COSTS)
    second = call("act", {"order": 66}, id="b", usage=COSTS)
    two = [{"type": "tool_use", "id": i, "name": "act", "input": {"command": "open chest_1"}} for i in ("c", "d")]
    third = json.loads(second.body) | {"content": two}
    api.replies.extend([first, second, Reply(body=json.dumps(third).encode(), headers=second.headers)])
    plays(api, lambda game: game.act(WALKTHROUGH[len(game.commands) - 2]))
    assert command("--tasks", "1") == 0
    (episode,) = episodes(out)
    assert (episode.won, episode.steps, episode.invalid, episode.nudges) == (True, 10, 1, 1)
    assert Game(api.requests[3]).says("It opens.") and Game(api.requests[3]).says("one command at a time")


def test_a_game_that_is_not_won_ends_at_the_limit(command: Command, api: MessagesAPI, out: Path):
    plays(api, lambda game: game.act("walk to hall" if len(game.commands) % 2 else "walk to attic"))
    assert command() == 0
    assert [(e.won, e.steps, e.invalid) for e in episodes(out)] == [(False, 12, 0)] * 3


def test_thinking_is_sent_back_as_it_came(command: Command, api: MessagesAPI):
    thinking = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
    api.replies.append(
        Reply(body=json.dumps(json.loads(call("act", {"command": "open chest_1"}, usage=COSTS).body) | {
            "content": [thinking, {"type": "tool_use", "id": "x", "name": "act", "input": {"command": "open chest_1"}}]
        }).encode())
    )  # fmt: skip
    assert command("--tasks", "1") == 0
    assert api.requests[1].body["messages"][1]["content"][0] == thinking


def test_possible_commands_are_told_where_that_is_asked_for(command: Command, api: MessagesAPI, out: Path):
    assert command("--tasks", "1", "--admissible") == 0
    assert all(Game(request).says("Possible now: ") for request in api.requests)
    assert Game(api.requests[0]).says("open chest_1 | ")
    assert command("--tasks", "1") == 1, "without it, it is another setting"


def test_games_played_at_once_give_the_same_results(command: Command, tmp_path: Path):
    one, four = tmp_path / "one.jsonl", tmp_path / "four.jsonl"
    assert command("--jobs", "1", "--seeds", "2", arms="none,script", to=one) == 0
    assert command("--jobs", "4", "--seeds", "2", arms="none,script", to=four) == 0
    assert len(lines(one)) == 13 and lines(one) == lines(four)


# Money


def test_a_budget_stops_before_it_is_passed_and_a_larger_one_goes_on(
    command: Command, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    # A reply takes 370 tokens, and may take some 2,000 more than that.
    assert command("--jobs", "1", "--budget-tokens", "8000") == 1
    told = capsys.readouterr()
    assert "budget of 8,000 tokens is used up" in " ".join(told.err.split())
    assert "Games not played yet: 2." in told.out
    spent = [json.loads(line) for line in out.with_suffix(".spent.jsonl").read_text().splitlines()]
    assert len(episodes(out)) == 1 and 9 < len(spent) < 8000 / 370
    assert command("--jobs", "1", "--budget-tokens", "8000") == 1, "it holds over several runs"
    assert len(out.with_suffix(".spent.jsonl").read_text().splitlines()) == len(spent)
    assert command("--budget-tokens", "100000") == 0
    whole = tmp_path / "whole.jsonl"
    assert command(to=whole) == 0
    assert lines(out) == lines(whole)


def test_a_budget_in_dollars_needs_a_price(
    command: Command, out: Path, api: MessagesAPI, capsys: pytest.CaptureFixture[str]
):
    assert command("--budget-usd", "1") == 1
    assert "--price" in capsys.readouterr().err and not api.requests
    assert command("--tasks", "1", "--budget-usd", "0.02", "--price", "1", "2") == 0
    assert command("--tasks", "2", "--budget-usd", "0.001", "--price", "1", "2") == 1
    assert "$0.00" in capsys.readouterr().err
    assert len(episodes(out)) == 1


# What goes wrong


def failing_at(number: int, reply: Reply) -> Answer:
    """That reply to a request of each game, in its `number`th turn, the first time that it comes."""
    failed: list[str] = []

    def answer(game: Game) -> Reply | None:
        if len(game.called) == number and not failed:
            failed.append(game.task)
            return reply
        return None

    return answer


def test_a_server_that_fails_amid_a_game_ends_the_run_and_the_game_is_played_again(
    command: Command, api: MessagesAPI, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    broken = error(500, x_should_retry="false")
    plays(api, lambda game: broken if game.number == 1 and len(game.called) == 4 else None)
    assert command("--jobs", "1") == 1
    assert "failed (status 500)" in " ".join(capsys.readouterr().err.split())
    assert [(e.won, e.steps) for e in episodes(out)] == [(True, 9)]
    plays(api)
    assert command() == 0
    whole = tmp_path / "whole.jsonl"
    assert command(to=whole) == 0
    assert lines(out) == lines(whole)


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (error(401, f"bad key {KEY}"), "did not accept the API key"),
        (error(429, x_should_retry="false"), "no more requests for now"),
        (error(400, "tools: not supported"), "tools: not supported"),
        (error(404), "does not know the model"),
    ],
)
def test_what_no_request_would_survive_ends_the_run_in_a_sentence(
    command: Command, api: MessagesAPI, out: Path, reply: Reply, told: str, capsys: pytest.CaptureFixture[str]
):
    plays(api, lambda game: reply)
    assert command("--jobs", "1") == 1
    said = capsys.readouterr()
    assert told in " ".join(said.err.split()) and KEY not in said.err + said.out
    assert len(api.requests) == 1 and episodes(out) == []


@pytest.mark.parametrize(
    ("turn", "reply", "told"),
    [
        (0, text("No.", stop_reason="refusal", usage=COSTS), "refused to answer"),
        (3, text("So", stop_reason="max_tokens", usage=COSTS), "cut off at 100 tokens"),
        (3, text("", stop_reason="model_context_window_exceeded", usage=COSTS), "fewer --steps"),
        (3, error(400, "prompt is too long"), "prompt is too long"),
        (3, error(413), "fewer --steps"),
    ],
)
def test_what_concerns_one_game_cuts_that_one_and_the_others_go_on(
    command: Command,
    api: MessagesAPI,
    out: Path,
    turn: int,
    reply: Reply,
    told: str,
    capsys: pytest.CaptureFixture[str],
):
    plays(api, failing_at(turn, reply))
    assert command("--jobs", "1") == 1
    said = " ".join(capsys.readouterr().out.split())
    assert told in said and "Games not played yet: 1." in said
    assert len(episodes(out)) == 2
    assert command() == 0
    assert len(episodes(out)) == 3 and all(e.won and e.steps == 9 for e in episodes(out))


def test_without_a_server_or_a_key_nothing_is_played(
    command: Command, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.delenv("MEMP_BASE_URL")
    monkeypatch.delenv("MEMP_API_KEY")
    assert command() == 1
    assert "needs an API key" in capsys.readouterr().err
    assert not out.exists()


def test_a_budget_needs_a_server_that_counts(command: Command, api: MessagesAPI, capsys: pytest.CaptureFixture[str]):
    plays(api, lambda game: call("act", {"command": "look"}, usage={}))
    assert command("--budget-tokens", "100000") == 1
    assert "does not say how many tokens" in " ".join(capsys.readouterr().err.split())


def test_ctrl_c_keeps_what_is_done(command: Command, api: MessagesAPI, out: Path):
    def answer(game: Game) -> Reply | None:
        if game.number == 2 and not game.called:
            # To the thread that waits: sent to the process, any thread may get it, and that one goes on waiting.
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        return None

    plays(api, answer)
    with pytest.raises(KeyboardInterrupt):
        command("--jobs", "1")
    # The third may have ended before the signal was heard.
    kept = episodes(out)
    assert len(kept) >= 2
    plays(api)
    assert command() == 0
    assert len(episodes(out)) == 3 and episodes(out)[: len(kept)] == kept


def test_an_unknown_arm_is_an_error_that_names_those_there_are(command: Command, capsys: pytest.CaptureFixture[str]):
    assert command(arms="none,magic") == 1
    assert "no arm 'magic'" in (said := capsys.readouterr().err) and "tools-train" in said


# The memory's own tools


def remembers(game: Game) -> Reply | None:
    """Recalls first, plays, and records what it won."""
    if not game.called:
        return game.use("recall_procedure", task=game.task)
    if game.says("you won"):
        steps = [f"{command} -> done" for command in game.commands]
        return game.use("record_trajectory", task=game.task, steps=steps, outcome="success")
    return text("Done.", usage=COSTS) if game.called[-1] == "record_trajectory" else None


def recalled(api: MessagesAPI) -> list[int]:
    """Number of matches of each game's recall, in the order of the games."""
    games = [Game(request) for request in api.requests]
    return [len(json.loads(game.results[0])["matches"]) for game in games if len(game.results) == 1]


def test_a_model_with_the_memorys_tools_recalls_what_it_recorded(command: Command, api: MessagesAPI, out: Path):
    plays(api, remembers)
    assert command(arms="tools") == 0
    tools = {tool["name"]: tool for tool in api.requests[0].body["tools"]}
    assert list(tools) == ["act", "recall_procedure", "record_trajectory", "reflect_on_failure"]
    assert tools["record_trajectory"]["input_schema"]["required"] == ["task", "steps"]
    assert "Procedural memory" in api.requests[0].body["system"][0]["text"], "the server's instructions"
    found = episodes(out)
    assert [(e.won, e.steps, e.lookups, e.recorded, e.calls) for e in found] == [(True, 9, 1, 1, 12)] * 3
    assert all(e.tokens > 50 for e in found)
    assert recalled(api) == [0, 1, 1]


def test_a_stopped_memory_goes_on_as_it_was_after_the_last_whole_game(
    command: Command, api: MessagesAPI, out: Path, tmp_path: Path
):
    plays(api, remembers)
    broken = error(500, x_should_retry="false")
    # The second game is cut after it was recorded: its record must not be there when it is played again.
    ends = 0

    def stops(game: Game) -> Reply | None:
        nonlocal ends
        ends += game.called[-1:] == ["record_trajectory"]
        return broken if ends == 2 else remembers(game)

    plays(api, stops)
    assert command(arms="tools") == 1
    assert len(episodes(out)) == 1
    plays(api, remembers)
    assert command(arms="tools") == 0
    whole = tmp_path / "whole.jsonl"
    assert command(arms="tools", to=whole) == 0
    assert out.read_text() == whole.read_text()


def test_a_memory_may_start_with_what_was_learned(command: Command, api: MessagesAPI):
    plays(api, remembers)
    assert command("--tasks", "1", arms="tools-train") == 0
    assert recalled(api) == [1]


def test_a_model_that_only_recalls_comes_to_an_end(command: Command, api: MessagesAPI, out: Path):
    plays(api, lambda game: game.use("recall_procedure", task="anything"))
    assert command("--tasks", "1", "--steps", "2", arms="tools") == 0
    (episode,) = episodes(out)
    assert (episode.won, episode.steps, episode.invalid) == (False, 2, 2)
    assert 10 <= episode.lookups <= 16 and len(api.requests) <= 20


@pytest.mark.parametrize(
    ("command", "why"),
    [(["/no/such/program"], "No such file"), ([sys.executable, "-c", "raise SystemExit(3)"], "Connection closed")],
)
def test_a_server_that_does_not_start_is_an_error_in_a_sentence(tmp_path: Path, command: list[str], why: str):
    with pytest.raises(HostError, match=f"did not start .*{why}"), Host(command, {}, tmp_path / "log"):
        pytest.fail("there is nothing to talk to")


def test_other_tasks_than_a_memory_grew_by_are_refused(
    command: Command, api: MessagesAPI, capsys: pytest.CaptureFixture[str]
):
    plays(api, remembers)
    assert command("--tasks", "2", arms="tools") == 0
    assert command(arms="tools") == 1
    assert "grew by other tasks" in " ".join(capsys.readouterr().err.split())
