"""Which things of a run become parameters, and what they are called."""

import pytest

from memp.build.abstraction import parameters_of
from memp.build.parameters import Parameters
from memp.build.run import read_run
from memp.domain.trajectory import Step


def abstracted(task: str, *lines: str) -> Parameters:
    pairs = (line.partition(" -> ") for line in lines)
    run = read_run(task, [Step(action=action, observation=seen) for action, _, seen in pairs])
    return parameters_of(task, run, range(len(run.acts)))


@pytest.mark.parametrize(
    ("task", "action", "values"),
    [
        ("fix src/dates.py", "edit src/dates.py", {"file": "src/dates.py"}),
        ("release v2.1.0", "git tag v2.1.0", {"version": "v2.1.0"}),
        ("look at https://a.org/b", "curl https://a.org/b", {"url": "https://a.org/b"}),
        ("install requests", "pip install requests==2.32.0", {"name": "requests"}),
        ("build the docs", "make docs", {}),
        ("buy red shoes", "search[red shoes]", {"text": "red shoes"}),
        ("take the red mug", "take the red mug from the shelf", {"object": "red mug"}),
        ("switch the lamp on", "use lamp", {"tool": "lamp"}),
        ("how many orders are there", "answer: 42", {"answer": "42"}),
        ("is it 42 or 43", "answer: 42", {"number": "42"}),
        ("do it", "edit src/dates.py", {}),
    ],
)
def test_what_the_task_and_an_action_share_is_a_parameter(task: str, action: str, values: dict[str, str]):
    assert abstracted(task, f"{action} -> ok").bindings() == values


def test_a_file_that_a_step_found_is_a_parameter_of_that_step():
    parameters = abstracted("fix the crash", "grep -r crash -> src/dates.py package.json", "edit src/dates.py -> ok")
    assert parameters.bindings() == {"file": "src/dates.py"}
    assert parameters.shown_by == {0: ["file"]}
    assert parameters.meanings["file"] == "the file that an earlier step shows"


def test_a_place_where_something_was_found_is_a_source_and_a_fixture_stays():
    parameters = abstracted(
        "put a clean mug away",
        "go to shelf 1 -> you see a mug 2",
        "take mug 2 from shelf 1 -> ok",
        "clean mug 2 with sink 1 -> ok",
        "go to sink 1 -> ok",
    )
    assert parameters.bindings() == {"object": "mug", "source": "shelf"}
    assert parameters.meanings["source"] == "where {object} is"
    assert parameters.preconditions() == ("There is a sink.",)


def test_a_second_visit_is_a_second_source():
    parameters = abstracted(
        "put two mugs away",
        "go to shelf 1 -> you see a mug 1 and a mug 2",
        "take mug 1 from shelf 1 -> ok",
        "go to shelf 1 -> you see a mug 2",
        "take mug 2 from shelf 1 -> ok",
    )
    assert parameters.meanings["source_2"] == "where {object} is; another one, maybe in the same place"
    assert parameters.local[0, "shelf 1"] == "source" and parameters.local[3, "shelf 1"] == "source_2"


def test_numbered_elements_are_called_by_their_label():
    parameters = abstracted("see my orders", "goto home -> [12] link 'Orders' [13] button \"Buy\"", "click [12] -> ok")
    assert parameters.labels[1] == {"[12]": "[link 'Orders']"}
