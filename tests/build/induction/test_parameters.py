"""Parameters of a family: what differs between its runs, and what it follows from."""

from collections.abc import Mapping, Sequence

import pytest
from families import FAMILIES, fetch, run_of
from hypothesis import given
from hypothesis import strategies as st

from memp.build.extractive.script import extract_family
from memp.build.induction.alignment import align
from memp.build.induction.generalised import Generalised, replaced
from memp.build.induction.parameters import MOST_PARAMETERS, generalise
from memp.build.reading.reduction import member_of
from memp.domain.trajectory import Trajectory
from memp.text.steps import parse_step
from memp.text.templates import names, substitute


def general(*runs: Trajectory) -> Generalised:
    members = [member_of(run) for run in runs]
    return generalise(members, align(members))


def described(made: Generalised) -> Mapping[str, str]:
    return {variable.name: variable.description for variable in made.variables}


def test_slots_with_the_same_values_are_one_parameter():
    made = general(*FAMILIES[0])
    assert made.texts == ["go to {place}", "take {item} from {place}", "go to {item_2}", "put {item} in {item_2}"]
    assert made.values(1) == {"place": "bench", "item": "pen", "item_2": "crate"}


def test_a_parameter_says_where_a_thing_is():
    assert described(general(*FAMILIES[0]))["place"] == "where {item} is"


def test_a_second_place_of_the_same_thing_may_be_the_same():
    def two(*places: str) -> Trajectory:
        steps = [
            step
            for number, place in enumerate(places, 1)
            for step in (
                (f"go to {place} 1", f"On the {place} 1, you see a pen {number}."),
                (f"take pen {number} from {place} 1", "You pick it up."),
                ("go to crate 1", "On the crate 1, you see nothing."),
                (f"put pen {number} in crate 1", "You put it down."),
            )
        ]
        return run_of("put two pen in crate.", *steps)

    told = described(general(two("shelf", "bench"), two("table", "chest")))
    assert {name for name, text in told.items() if text.startswith("where ")} == {"place", "place_2"}
    assert "another one" in told["place_2"] and "another one" not in told["place"]


def test_a_value_that_a_step_shows_says_which():
    def run(name: str, order: str) -> Trajectory:
        return run_of(
            f"Cancel the order of {name}",
            (f'find_order(user="{name}")', f'{{"order": "{order}"}}'),
            (f'cancel(order_id="{order}")', "ok"),
        )

    made = general(run("bo", "A-1044"), run("cy", "B-2077"))
    assert made.texts == ['find_order(user="{user}")', 'cancel(order_id="{order_id}")']
    assert described(made)["order_id"] == "step 1 shows it"


def test_the_part_of_a_value_that_the_tasks_name_is_the_parameter():
    made = general(*FAMILIES[1])
    assert "git tag v{version}" in made.texts and made.values(0)["version"] == "1.4.0"


def rollout(image: str, version: str, task: str = "Bring {image} to {version}") -> Trajectory:
    told = task.format(image=image, version=version)
    return run_of(told, (f"docker push registry.example/{image}:{version}", "pushed"))


def test_two_values_with_a_sign_between_them_are_two_parameters():
    made = general(rollout("checkout", "2.8.1"), rollout("search", "3.0.0"), rollout("billing", "1.4.2"))
    (text,) = made.texts
    image, version = names(text)
    assert text == f"docker push registry.example/{{{image}}}:{{{version}}}"
    assert made.values(1) == {image: "search", version: "3.0.0"}


def test_the_part_that_all_runs_have_is_no_parameter():
    made = general(rollout("checkout", "2.8.1"), rollout("checkout", "3.0.0"), rollout("checkout", "4.1.0"))
    (text,) = made.texts
    (version,) = names(text)
    assert text == f"docker push registry.example/checkout:{{{version}}}" and made.values(2)[version] == "4.1.0"


def test_where_the_tasks_name_one_part_the_other_is_the_runs_own():
    pairs = [("checkout", "2.8.1"), ("search", "3.0.0")]
    made = general(*(run_of(f"Deploy {image}", (f"docker push {image}:{tag}", "ok")) for image, tag in pairs))
    image, tag = names(made.texts[0])
    assert made.texts == [f"docker push {{{image}}}:{{{tag}}}"]
    assert [(v.name, v.origin) for v in made.variables] == [(image, "task"), (tag, "own")]


def test_a_value_of_which_no_task_names_a_part_stays_whole():
    runs = [rollout(*pair, task="Deploy it") for pair in (("checkout", "2.8.1"), ("search", "3.0.0"))]
    (text,) = general(*runs).texts
    assert len(names(text)) == 1


@pytest.mark.parametrize(
    ("task", "action", "expected"),
    [
        ("Invite {0} of {1}", "invite {0}@{1}.example", "invite {{{0}}}@{{{1}}}.example"),
        ("Set {0} to {1}", "cfg --set {0}={1}", "cfg --set {{{0}}}={{{1}}}"),
        ("Copy {0} of {1}", "cp backup/{1}/{0} out/", "cp backup/{{{1}}}/{{{0}}} out/"),
    ],
)
def test_parts_between_other_signs_are_parameters_too(task: str, action: str, expected: str):
    pairs = [("north", "harbour"), ("south", "market"), ("east", "station")]
    made = general(*(run_of(task.format(*pair), (action.format(*pair), "ok")) for pair in pairs))
    by_value = {value: name for name, value in made.values(0).items()}
    assert made.texts == [expected.format(by_value["north"], by_value["harbour"])]


def test_a_step_of_some_runs_only_is_told_with_the_parameters_of_all():
    made = general(*FAMILIES[2])
    (text,) = [text for text in made.texts if text.startswith("cancel")]
    assert text == 'cancel(order_id="{order_id}")'


def test_a_text_of_one_run_is_told_in_the_parameters():
    made = general(*FAMILIES[0])
    assert made.substitute("The pen 7 is on the bench 3.", 1) == "The {item} is on the {place}."
    assert made.substitute("put a pen in crate.", 1, of_task=True) == "put a {item} in {item_2}."


def test_what_reads_like_a_placeholder_in_a_run_is_none():
    def run(table: str) -> Trajectory:
        return run_of(f"render {table}", (f'render(table="{table}", as="{{user}}")', "ok"))

    made = general(run("orders"), run("bills"))
    assert '"{user}"' in made.texts[0] and "user" not in [v.name for v in made.variables]


@pytest.mark.parametrize("runs", FAMILIES)
def test_with_the_values_of_a_run_the_steps_are_that_run(runs: Sequence[Trajectory]):
    made = general(*runs)
    for m, each in enumerate(made.members):
        filled = [substitute(made.texts[i], made.values(m).__getitem__) for i, c in enumerate(made.columns) if m in c]
        bare = [" ".join(word for word in action.text.split() if not word.isdigit()) for action in each.actions]
        assert [" ".join(word for word in text.split() if not word.isdigit()) for text in filled] == bare


WORDS = st.sampled_from(["mug", "A-77", "v1.2.0", '"red hat"', "a.py", "(", "x=1", "{y}", "the", "2", "src/b.md"])


@given(st.lists(st.lists(st.lists(WORDS, min_size=1, max_size=5), min_size=1, max_size=4), min_size=2, max_size=4))
def test_every_placeholder_of_any_family_is_declared_and_bound(family: list[list[list[str]]]):
    runs = [
        run_of(" ".join(run[0]), *((f"make {' '.join(words)}", "a mug 2, A-77 and src/b.md") for words in run))
        for run in family
    ]
    built = extract_family(runs)
    declared = {parameter.name for parameter in built.script.parameters}
    braced = {name for run in family for words in run for word in words for name in names(word)}
    assert {name for step in built.script.steps for name in names(step)} <= declared | braced
    assert declared.isdisjoint(braced)
    assert len(declared) <= MOST_PARAMETERS
    assert all(draft.bindings.keys() <= declared for draft in built.drafts)


def test_a_word_is_replaced_whole_and_the_longest_first():
    known = {"mug": "item", "red mug": "thing", "src": "folder"}
    assert replaced("a red mug, a mug and mugs", known) == "a {thing}, a {item} and mugs"
    assert replaced("two mugs", known, plural=True) == "two {item}s"
    assert replaced("cat src/dates.py {mug}", known) == "cat src/dates.py {mug}"
    assert replaced("as it is", {}) == "as it is"


def test_more_differences_than_a_script_may_have_are_told_as_the_most_runs_had_them():
    def run(mark: str) -> Trajectory:
        numbers = range(MOST_PARAMETERS + 3)
        return run_of("set it up", *((f'set_{n}(value="{mark}{n}", other="{mark}-{n}")', "ok") for n in numbers))

    made = general(run("a"), run("b"))
    assert len(made.variables) == MOST_PARAMETERS and len(made.texts) == MOST_PARAMETERS + 3


def test_one_more_run_of_the_very_same_steps_changes_nothing():
    runs = [fetch("mug", "shelf", "basket"), fetch("pen", "bench", "crate", 7)]
    steps = [parse_step(step).action for step in extract_family(runs).script.steps]
    again = extract_family([*runs, runs[0]]).script
    assert [parse_step(step).action for step in again.steps] == steps


def test_letters_whose_lower_case_is_another_letter_stay_as_they_are():
    assert replaced("open KAPI and kap\u0131", {"kapi": "door"}) == "open {door} and kap\u0131"


def test_no_parameter_is_called_what_another_one_stood_for():
    made = general(
        run_of("Grow an orange seed", ("plant seed", "ok"), ("water seed", "ok"), ("pick orange", "You have it.")),
        run_of("Grow an apple seed", ("plant seed", "ok"), ("water seed", "ok"), ("pick apple", "You have it.")),
    )
    values = {value for variable in made.variables for value in variable.values.values()}
    assert "orange" in values and not values & described(made).keys()
