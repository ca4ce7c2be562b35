"""A game follows from its PDDL files and its grammar alone."""

import contextlib
import random

import pytest
import tiny_world
from hypothesis import given, settings
from hypothesis import strategies as st

from memp.errors import InputError
from memp.evaluate.environments.textworld.grammar import read_grammar
from memp.evaluate.environments.textworld.pddl import read_domain, read_problem
from memp.evaluate.environments.textworld.textgame import NOTHING_HAPPENS, TextGame


def tiny(domain: str = tiny_world.DOMAIN, problem: str = tiny_world.PROBLEM, grammar: str = tiny_world.GRAMMAR):
    rules = read_domain(domain)
    return TextGame(rules, read_problem(problem, rules), read_grammar(grammar), tiny_world.NAMES)


@pytest.fixture
def game() -> TextGame:
    game = tiny()
    game.reset()
    return game


def test_a_game_starts_with_its_introduction(game: TextGame):
    assert game.reset() == "Welcome.\n\nIn the hall there is a chest&a lamp.\n\nYour task is to: light the attic."


def test_the_possible_commands_are_sorted(game: TextGame):
    assert game.commands == ("get chest", "get lamp", "open chest", "walk to attic", "walk to cellar")


def test_an_action_that_would_change_nothing_is_not_offered(game: TextGame):
    assert "walk to hall" not in game.commands, "there is a door from the hall to the hall"
    assert game.step("walk to hall") == NOTHING_HAPPENS


@pytest.mark.parametrize("command", ["", "fly", "get ball two", "GET LAMP", "get lamp please"])
def test_an_impossible_command_changes_nothing(game: TextGame, command: str):
    before = game.commands
    assert game.step(command) == NOTHING_HAPPENS
    assert game.commands == before


def test_a_command_may_have_space_around_it(game: TextGame):
    assert game.step("  get lamp \n") == "You take the lamp. The lamp is gone."


def test_the_walkthrough_wins_at_its_last_step(game: TextGame):
    won: list[bool] = []
    for command in tiny_world.WALKTHROUGH[:3]:
        assert game.step(command) != NOTHING_HAPPENS
    for command in tiny_world.WALKTHROUGH[3:]:
        assert game.step(command) != NOTHING_HAPPENS
        won.append(game.won)
    assert won == [False] * 5 + [True]


def test_a_won_game_goes_on_and_can_be_lost(game: TextGame):
    for command in tiny_world.WALKTHROUGH:
        game.step(command)
    game.step("get lamp")
    assert not game.won
    game.step("put lamp")
    assert game.won


def test_what_is_inside_can_be_taken_once_it_is_open(game: TextGame):
    assert "get ball one" not in game.commands
    assert game.step("open chest") == "It opens."
    assert game.step("get ball one") == "You take the ball one. The ball one is gone."
    assert game.step("put ball one") == "You put down the ball one."
    assert game.step("get ball one") == "You take the ball one. The ball one is gone."


def test_effects_hold_under_their_condition_and_for_all_objects(game: TextGame):
    game.step("get lamp")
    assert [game.step("switch lamp") for _ in range(3)] == ["On.", "Off.", "On."]
    game.step("put lamp")
    assert "ring" not in game.commands, "only when every chest of the hall is open"
    game.step("open chest")
    assert game.step("ring") == "You have seen chest&lamp."


def test_a_type_without_members_makes_a_condition_impossible(game: TextGame):
    assert not any(command.startswith("wish") for command in game.commands)


def test_a_reset_game_is_a_new_game(game: TextGame):
    fresh = [tiny().reset()]
    first = [game.reset(), *(game.step(command) for command in tiny_world.WALKTHROUGH)]
    assert [game.reset(), *(game.step(command) for command in tiny_world.WALKTHROUGH)] == first
    assert first[:1] == fresh


def test_every_command_offered_is_possible_and_the_same_play_gives_the_same_texts():
    games = [tiny(), tiny()]
    for seed in range(20):
        rng = random.Random(seed)
        assert games[0].reset() == games[1].reset()
        for _ in range(30):
            assert games[0].commands == games[1].commands
            command = rng.choice(games[0].commands)
            observations = [game.step(command) for game in games]
            assert observations[0] == observations[1] != NOTHING_HAPPENS


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (":effect (open ?b)", ":effect (open ?c)", "'?c', which does not exist"),
        ("(at ?p ?a) (door ?a ?b)", "(at ?p ?a) (door ?a ?c)", "variable '?c' is used where it is not declared"),
        ("(:action walk", "(:action run", "no texts for the action 'run'"),
    ],
)
def test_a_domain_that_does_not_fit_is_an_error(old: str, new: str, message: str):
    with pytest.raises(InputError) as error:
        tiny(domain=tiny_world.DOMAIN.replace(old, new, 1))
    assert message in str(error.value)


@given(
    which=st.sampled_from(["domain", "problem", "grammar"]),
    place=st.floats(0, 1, exclude_max=True),
    length=st.integers(0, 20),
    text=st.text('()?- :"{}[]#|;\n ab_1,\0', max_size=3),
)
@settings(max_examples=300, deadline=None)
def test_a_damaged_text_is_an_error_or_a_game_and_never_a_crash(which: str, place: float, length: int, text: str):
    texts = {"domain": tiny_world.DOMAIN, "problem": tiny_world.PROBLEM, "grammar": tiny_world.GRAMMAR}
    start = int(place * len(texts[which]))
    texts[which] = texts[which][:start] + text + texts[which][start + length :]
    with contextlib.suppress(InputError):
        game = tiny(**texts)
        game.reset()
        for command in tiny_world.WALKTHROUGH:
            game.step(command)
