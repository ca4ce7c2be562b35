"""The table of a script's parameters, and texts written in its terms."""

from memp.build.parameters import MOST_PARAMETERS, Parameters
from memp.domain.procedure import Parameter


def kitchen() -> Parameters:
    parameters = Parameters(frozenset(["mug", "sink", "shelf"]))
    name = parameters.add("object", "mug")
    assert name is not None
    parameters.nouns["mug 2"] = name
    parameters.of_task.add(name)
    parameters.local[1, "shelf 1"] = parameters.new("source", "shelf", "where {object} is")
    parameters.add_word("file", "src/dates.py", "src/dates.py")
    return parameters


def test_one_value_is_one_parameter_and_another_of_a_kind_is_numbered():
    parameters = kitchen()
    assert parameters.add("place", "MUG") == "object"
    assert parameters.add("object", "cup") == "object_2"
    assert parameters.new("source", "shelf") == "source_2"


def test_a_script_has_few_parameters():
    parameters = Parameters(frozenset())
    names = [parameters.add("name", f"value {n}") for n in range(MOST_PARAMETERS + 2)]
    assert names[-2:] == [None, None] and len(parameters.values) == MOST_PARAMETERS
    parameters.add_word("name", "more", "more")
    assert not parameters.words


def test_a_text_is_generalised():
    parameters = kitchen()
    assert parameters.generalise("clean mug 2 and mug 3 with sink 1 on line 42") == (
        "clean {object} and mug with sink on line 42"
    )
    assert parameters.generalise("take mug 2 from shelf 1", 1) == "take {object} from {source}"
    assert parameters.generalise("take mug 2 from shelf 1", 2) == "take {object} from shelf"
    assert parameters.generalise("vi src/dates.py a_src/dates.py") == "vi {file} a_src/dates.py"
    assert parameters.generalise("echo {file} ${HOME}") == "echo { file } ${HOME}"


def test_the_template_of_a_task_has_the_parameters_that_the_task_names():
    assert kitchen().template("put two mugs, {not} a mugger, on the shelf") == (
        "put two {object}s, { not } a mugger, on the shelf"
    )


def test_parameters_that_no_text_uses_are_forgotten():
    parameters = kitchen()
    parameters.keep_only(["file", "other"])
    assert parameters.bindings() == {"file": "src/dates.py"}
    assert parameters.declared() == (Parameter(name="file", description="the file"),)


def test_fixtures_must_be_at_hand():
    parameters = Parameters(frozenset(), fixtures={"sink": None})
    assert parameters.preconditions() == ("There is a sink.",)
