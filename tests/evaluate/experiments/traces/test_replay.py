"""A run is left out, its task recalled, and what it did held against the answer."""

from typing import Any

from labelled_runs import LAMPS, LETTERS, family, run, value

from memp.evaluate.experiments.results import Episode
from memp.evaluate.experiments.traces.labels import LabelledFamily
from memp.evaluate.experiments.traces.replay import SHARE, replayed
from memp.evaluate.experiments.traces.study import opener
from memp.evaluate.experiments.worlds import COMPARED


def play(*labelled: dict[str, Any], seeds: int = 1) -> list[Episode]:
    return replayed([LabelledFamily.model_validate(one) for one in labelled], range(seeds), opener("hashing"))


def shares(episodes: list[Episode], arm: str) -> list[tuple[int, int]]:
    return [episode.shares[SHARE] for episode in episodes if episode.arm == arm]


def test_a_script_gives_the_steps_with_the_values_of_the_task_and_no_memory_gives_none():
    rounds = list[int]()
    families = [LabelledFamily.model_validate(LAMPS)]
    episodes = replayed(families, range(1), opener("hashing"), lambda: rounds.append(1))
    assert len(rounds) == 3 and {episode.arm for episode in episodes} == set(COMPARED)
    assert shares(episodes, "none") == [(0, 3)] * 3 and shares(episodes, "script") == [(3, 3)] * 3
    assert all(
        episode.won == (episode.arm not in ("none", "irrelevant")) for episode in episodes if episode.arm != "random"
    )
    assert {(e.steps, e.lookups, e.tokens) for e in episodes if e.arm == "none"} == {(0, 0, 0)}
    assert {episode.task for episode in episodes} == {"/lamp"}


def test_what_is_drawn_depends_on_the_seed_and_all_else_does_not():
    episodes = play(LAMPS, LETTERS, seeds=2)
    assert len(episodes) == 2 * 3 * len(COMPARED) * 2
    for arm in set(COMPARED) - {"random"}:
        of_seeds = [
            [e.model_copy(update={"seed": 0}) for e in episodes if e.arm == arm and e.seed == s] for s in range(2)
        ]
        assert of_seeds[0] == of_seeds[1]
    assert play(LAMPS, LETTERS, seeds=2) == episodes


def test_texts_that_a_run_made_up_do_not_count():
    notes = [
        run(f"note-{n}", f"Note {n} down.", f"open(book={n})", f"write(text='{word}')", values=[value(n, "page")],
            run_only=[word])
        for n, word in (("4", "first"), ("5", "second"), ("6", "third"))
    ]  # fmt: skip
    assert {of for _, of in shares(play(family("note", *notes)), "script")} == {1}
    nothing = [{**note, "effects": [1]} for note in notes]
    assert play(family("note", *nothing)) == [], "a family of which nothing can be known is none to measure"


def test_an_open_parameter_may_stand_for_what_the_run_knew_and_a_condition_has_to_hold():
    def check(n: str, key: str, locked: bool) -> dict[str, Any]:
        seen = f"key: {key}" if locked else "open"
        steps: list[str | tuple[str, str]] = [(f"look(door={n})", seen)]
        steps += [f"unlock(door={n}, key={key})"] if locked else []
        values = [value(n, "door"), *([value(key, "key", source="step 0")] if locked else [])]
        return run(f"door-{n}", f"Get door {n} open.", *steps, f"push(door={n})", values=values)

    doors = family("door", check("D4", "K17", True), check("D5", "K29", True), check("D6", "K31", True))
    assert shares(play(doors), "script") == [(3, 3)] * 3
