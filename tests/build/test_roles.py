"""Roles of numbered things: by the preposition before them, by what is done with them, and where they were found."""

import pytest

from memp.build.roles import mentions_of, noun_of, roles_of, sources_of, surface_of
from memp.build.run import read_run
from memp.domain.trajectory import Step
from memp.text.entities import task_terms

TASK = "put a clean mug in the cabinet"
RUN = read_run(
    TASK,
    [
        Step(action="go to shelf 1", observation="you see a mug 2"),
        Step(action="take mug 2 from shelf 1", observation="ok"),
        Step(action="clean mug 2 with sink 1", observation="ok"),
        Step(action="put mug 2 in cabinet 3", observation="ok"),
        Step(action="use lamp 1", observation="on"),
        Step(action="use lamp 2", observation="on"),
    ],
)
KEPT = range(len(RUN.acts))
MENTIONS = {i: mentions_of(RUN.acts[i], RUN.counted) for i in KEPT}


def test_a_preposition_gives_the_role_of_what_follows():
    assert MENTIONS[1] == [("mug 2", "object"), ("shelf 1", "source")]
    assert MENTIONS[2] == [("mug 2", "object"), ("sink 1", "tool")]
    assert MENTIONS[3] == [("mug 2", "object"), ("cabinet 3", "place")]


def test_the_last_step_that_does_something_with_a_thing_gives_its_role():
    roles = roles_of(RUN, KEPT, MENTIONS)
    assert {noun_of(key): role for key, role in roles.items()} == {
        "mug": "object", "cabinet": "place", "sink": "tool", "shelf": "source", "lamp": "tool",
    }  # fmt: skip


def test_a_source_holds_from_the_step_that_goes_there_to_the_one_that_takes():
    terms = task_terms(TASK)
    sources = sources_of(RUN, KEPT, MENTIONS, roles_of(RUN, KEPT, MENTIONS), terms)
    assert sources == {(0, "shelf 1"): "mug 2", (1, "shelf 1"): "mug 2"}


@pytest.mark.parametrize(
    ("noun", "surface"), [("mug", "Mug"), ("lamp", "lamp"), ("box", "box"), ("sink", None), ("soapbar", "soap bar")]
)
def test_a_task_names_a_noun_in_the_singular_or_plural(noun: str, surface: str | None):
    assert surface_of(noun, task_terms("put a Mug, two lamps, three boxes and a soap bar away")) == surface
