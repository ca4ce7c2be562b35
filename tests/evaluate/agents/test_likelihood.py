"""Ranking of commands by the likelihood that a model gives them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tiny_kitchen import Walkable

from memp.evaluate.agents.likelihood import CopyingModel, Scorer, log_likelihood, ranking
from memp.evaluate.experiments.run import Lookups, play
from memp.memory import ProceduralMemory

WORDS = st.sampled_from(["go", "to", "take", "mug", "1", "11", "2", "shelf", "a", "b"])

COMMANDS = st.lists(st.lists(WORDS, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=12, unique=True)


@given(COMMANDS, st.text("ab go\n>", max_size=40), st.integers(0, 9))
def test_the_search_gives_the_order_and_the_likelihoods_of_full_scoring(commands: list[str], text: str, seed: int):
    model = CopyingModel(seed)
    found = list(ranking(model, text, commands))
    full = {command: log_likelihood(model, text, command) for command in commands}
    assert {command for command, _ in found} == {*commands} and len(found) == len(commands)
    assert all(abs(likelihood - full[command]) < 1e-9 for command, likelihood in found)
    assert [likelihood for _, likelihood in found] == sorted((x for _, x in found), reverse=True)
    assert full[found[0].command] >= max(full.values()) - 1e-9


def test_commands_are_events_that_exclude_each_other():
    # Of all lines of two letters, and of what is no such line, one comes next: so the parts sum to at most one.
    likelihoods = [x for _, x in ranking(CopyingModel(), "x\n>", [a + b for a in "abcdefgh" for b in "abcdefgh"])]
    assert 0 < float(np.exp(likelihoods).sum()) < 1


def test_the_likeliest_is_found_without_reading_all_commands():
    model, full = CopyingModel(), CopyingModel()
    text = "> take mug 1 from shelf 2\n" * 3 + ">"
    commands = [
        f"{verb} mug {n} from {place}" for verb in ("take", "move") for n in range(9) for place in ("shelf 2", "bed")
    ]
    first = next(ranking(model, text, commands))
    assert first.command == "take mug 1 from shelf 2"
    assert max(commands, key=lambda each: log_likelihood(full, text, each)) == first.command
    assert model.read < full.read / 4


def test_of_no_commands_none_is_ranked():
    assert list(ranking(CopyingModel(), ">", [])) == []


def test_a_model_that_kept_another_context_answers_the_same():
    texts = ["> a\n> b\n>", "> a\n> c\n>", "", "> a\n> b\n> d\n>"]
    warm = CopyingModel()
    for text in [*texts, *reversed(texts)]:
        assert list(ranking(warm, text, ["a", "b", "cd"])) == list(ranking(CopyingModel(), text, ["a", "b", "cd"]))


def test_the_agent_plays_what_is_likeliest_with_what_a_recall_gave(taught_two_types: ProceduralMemory):
    kitchen = Walkable(["countertop 1"])
    (task,) = kitchen.tasks("test")
    agent = Scorer(CopyingModel(), Lookups(taught_two_types, "trajectory", 2_000))
    done = play(kitchen, task, agent, limit=8)
    assert done.invalid == 0 and agent.used == ["p1"]
    assert [s.action for s in done.steps] == [s.action for s in play(kitchen, task, agent, limit=8).steps]
    bare = Scorer(CopyingModel())
    assert [s.action for s in play(kitchen, task, bare, limit=8).steps] != [s.action for s in done.steps]
    assert bare.used == []
