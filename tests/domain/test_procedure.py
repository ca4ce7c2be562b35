"""Procedures as values: what a parameter is about, what a run found out, signatures and labels."""

from datetime import UTC, datetime

import pytest

from memp.domain.procedure import Draft, Parameter, Procedure, Script

BINDINGS = {"object": "Mug", "place": "desk", "source": "shelf"}


@pytest.mark.parametrize(
    ("description", "about"),
    [
        ("where {object} is", "where mug is"),
        ("where {object} is; another one, maybe in the same place", "where mug is"),
        ("what lies on {place} beside {object}", "what lies on desk beside mug"),
        ("where {lamp} is", None),
        ("what it is about", None),
        ("the file; as {object}", None),
        ("", None),
    ],
)
def test_a_parameter_is_about_what_its_description_names(description: str, about: str | None):
    assert Parameter(name="source", description=description).about(BINDINGS) == about


def test_a_run_found_out_what_its_parameters_stood_for():
    parameters = (
        Parameter(name="object", description="what it is about"),
        Parameter(name="source", description="where {object} is"),
        Parameter(name="other", description="where {place} is"),
    )
    script = Script(goal="g", steps=("s",), parameters=parameters)
    draft = Draft(script=script, bindings=BINDINGS, builder="extractive")
    assert draft.findings() == [("where mug is", "shelf")]


def test_a_signature_is_of_the_steps_but_for_case_and_white_space():
    one, other = Script(goal="a", steps=("Open  it", "go")), Script(goal="b", steps=("open it", " GO "))
    assert one.signature() == other.signature()
    assert one.signature() != Script(goal="a", steps=("go", "open it")).signature()


@pytest.mark.parametrize(("trial", "label"), [(None, "p12"), (3, "p12r3"), (2, "p12")])
def test_a_revision_on_trial_has_a_label_of_its_own(trial: int | None, label: str):
    now = datetime.now(UTC)
    script = Script(goal="g", steps=("s",))
    procedure = Procedure(
        id=12, scope="", revision=3, trial=trial, script=script, builder="caller", created_at=now, updated_at=now
    )
    assert procedure.label == label
