"""A trajectory as the rules read it: kinds, names, what observations show, and failures."""

from memp.build.reading.run import MOST_OF_ONE_NAME, read_run
from memp.domain.trajectory import Step


def steps(*lines: str) -> list[Step]:
    pairs = (line.partition(" -> ") for line in lines)
    return [Step(action=action, observation=seen) for action, _, seen in pairs]


def test_a_step_is_read_once_for_all_rules():
    run = read_run(
        "put the mug on the desk",
        steps("go to shelf 1 -> you see a mug 2", "take mug 2 from shelf 1 -> Nothing happens.", "$ cat src/a.py -> x"),
    )
    go, take, cat = run.acts
    assert (go.kind, go.verb, go.plain, go.names, go.shows) == ("move", "go", True, ("shelf 1",), {"mug 2"})
    assert take.failure is not None and take.failure.certain
    assert (cat.kind, cat.head, cat.names, cat.failure) == ("look", "cat src/a.py", ("src/a.py",), None)
    assert run.counted == {"mug", "shelf"} and "mug" in run.known and "desk" in run.named_verbs


def test_a_path_is_shown_by_its_last_part():
    run = read_run("t", steps("ls -> dates.py", "edit src/dates.py -> saved"))
    assert run.acts[0].shows == {"src/dates.py"}


def test_a_name_that_many_paths_have_shows_few_of_them():
    edits = [f"edit src/p{n}/__init__.py -> saved" for n in range(MOST_OF_ONE_NAME + 5)]
    run = read_run("t", steps("ls -> __init__.py", *edits))
    assert len(run.acts[0].shows) == MOST_OF_ONE_NAME


def test_an_unknown_verb_that_finds_nothing_again_and_again_searches():
    lines = ["peer into box 1 -> nothing here", "peer into box 2 -> nothing here", "peer into box 3 -> a key 1"]
    kinds = [act.kind for act in read_run("find the key", steps(*lines)).acts]
    assert kinds == ["look", "look", "act"], "the one that found something may have taken it"
    assert [act.kind for act in read_run("find the key", steps(*lines[1:])).acts] == ["act"] * 2


def test_a_look_that_takes_something_is_more_than_a_look():
    lines = [
        "look under the mat -> A key lies there. You take it.",
        "look at the door -> It is locked.",
        "search desk 1 -> nothing",
    ]
    assert [act.kind for act in read_run("open the door", steps(*lines)).acts] == ["act", "look", "act"]
