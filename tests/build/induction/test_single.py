"""One run in general terms: only what its task names, or another run finds elsewhere, may vary."""

from collections.abc import Mapping

import pytest
from families import FAMILIES, member, run_of
from hypothesis import given
from hypothesis import strategies as st

from memp.build.extractive.script import extract
from memp.build.induction.single import generalise_one
from memp.build.reading.reduction import member_of
from memp.domain.trajectory import Trajectory
from memp.text.templates import names, substitute

SINGLE = [run for runs in FAMILIES for run in runs]


def general(task: str, *steps: tuple[str, str]) -> tuple[list[str], Mapping[str, str]]:
    """The steps of a run in general terms, and what the parameters stood for."""
    made = generalise_one(member(task, *steps))
    return made.texts, made.values(0)


@pytest.mark.parametrize("run", SINGLE)
def test_with_its_own_values_a_script_is_the_run(run: Trajectory):
    draft = extract(run)
    filled = [substitute(step, lambda name: draft.bindings[name]) for step in draft.script.steps]
    needed = [action.text for action in member_of(run).actions if action.needed]
    assert filled == needed


@pytest.mark.parametrize("run", SINGLE)
def test_every_placeholder_is_declared_and_bound(run: Trajectory):
    draft = extract(run)
    declared = {parameter.name for parameter in draft.script.parameters}
    used = {name for step in draft.script.steps for name in names(step)}
    assert used <= declared and declared <= draft.bindings.keys()


def test_paths_versions_and_identifiers_that_the_task_names_are_parameters():
    steps, values = general(
        "Set the version in setup.cfg to 2.1.0 for OPS-981",
        ("bump --old 2.0.0 --new 2.1.0 setup.cfg", "ok"),
        ("git commit -m OPS-981", "1 file changed"),
    )
    assert {"2.1.0", "setup.cfg", "OPS-981"} <= {*values.values()} and values["file"] == "setup.cfg"
    assert "setup.cfg" not in steps[0] and "--old 2.0.0" in steps[0], "what it was before is not named by the task"


def test_an_argument_is_called_by_its_name():
    steps, values = general("Refund order A-1044", ('refund(order_id="A-1044", full=true)', "ok"))
    assert steps == ['refund(order_id="{order_id}", full=true)'] and values == {"order_id": "A-1044"}


def test_a_noun_of_the_task_of_one_run_is_an_item_and_a_verb_is_never_one():
    steps, values = general("water the fern with a jug", ("take the jug", "ok"), ("water the fern", "ok"))
    assert steps == ["take the {item}", "water the {item_2}"] and values == {"item": "jug", "item_2": "fern"}


def test_a_quotation_that_the_task_has_is_one_value():
    steps, values = general('Send "the cat is out" to Bo', ('send(text="the cat is out")', "ok"))
    assert "the cat is out" in values.values() and "cat" not in steps[0]


def test_where_a_thing_was_found_says_of_what_it_speaks():
    made = generalise_one(member_of(SINGLE[0]))
    assert [(v.name, v.description) for v in made.variables if v.origin == "shown"] == [("place", "where {item} is")]


def test_an_identifier_that_a_step_showed_says_where_it_comes_from():
    made = generalise_one(
        member(
            "Cancel the newest order of Bo",
            ('list_orders(name="Bo")', '[{"order": "A-1044"}]'),
            ('cancel(order_id="A-1044")', "ok"),
        )
    )
    (order,) = [v for v in made.variables if v.values[0] == "A-1044"]
    assert (order.name, order.description) == ("order_id", "step 1 shows it")


def test_an_answer_of_one_run_is_no_answer_for_another():
    steps, values = general("How many orders are open?", ("list_orders()", "3 open"), ("answer [three]", "ok"))
    assert steps[-1] == "answer [{answer}]" and values == {"answer": "three"}


def test_what_reads_like_a_placeholder_of_the_rules_is_none():
    steps, values = general("render the page", ("render --template {user}.html", "ok"))
    assert steps[0] == "render --template {user}.html" and values == {}


WORDS = st.sampled_from(
    [
        "mug",
        "shelf",
        "v1.2.0",
        "a.py",
        "A-77",
        "{x}",
        "id=A-77",
        '"red hat"',
        "--to",
        "(",
        ")",
        "the",
        "on",
        "1",
        "src/b.md",
        "\n",
    ]
)


@given(st.lists(WORDS, max_size=8), st.lists(st.lists(WORDS, min_size=1, max_size=6), min_size=1, max_size=5))
def test_any_run_gives_steps_whose_placeholders_are_declared(task: list[str], actions: list[list[str]]):
    run = run_of(" ".join(task) or "t", *((f"make {' '.join(words)}", "mug 1, A-77 and src/b.md") for words in actions))
    draft = extract(run)
    used = {name for step in draft.script.steps for name in names(step)}
    braced = {name for words in (task, *actions) for word in words for name in names(word)}
    declared = {parameter.name for parameter in draft.script.parameters}
    bound = draft.bindings.keys() | {"choice"}  # What a run found out to be its choice is no other run's.
    assert used - braced <= declared <= bound and declared.isdisjoint(braced)


def test_a_word_that_a_running_number_follows_is_no_parameter_beside_it():
    steps = [(f"ssh node{i} install agent", "ok") for i in range(1, 5)]
    script = extract(run_of("Set up 4 nodes", *steps, ("check all", "ok"))).script
    assert script.steps[0].startswith("ssh node{node} install agent")
    assert [parameter.name for parameter in script.parameters] == ["node"]


@pytest.mark.parametrize(
    "call",
    [
        '{{"tool": "{name}", "args": {args}}}',
        '{{"name": "{name}", "arguments": {args}}}',
        "{name} {args}",
    ],
)
def test_what_a_record_showed_under_a_key_is_passed_on_as_what_that_record_says(call: str):
    def called(name: str, args: str) -> str:
        return call.format(name=name, args=args)

    record = '{"pnr": "QX7T2A", "passenger_id": "PAX-31", "fee": 40}'
    draft = extract(
        run_of(
            "Cancel the booking QX7T2A",
            (called("get_booking", '{"pnr": "QX7T2A"}'), record),
            (called("cancel_booking", '{"pnr": "QX7T2A"}'), '{"ok": true}'),
            (called("charge_fee", '{"passenger_id": "PAX-31", "fee": 40}'), '{"ok": true}'),
        )
    )
    assert [
        parameter.description for parameter in draft.script.parameters if parameter.name in ("passenger_id", "fee")
    ] == ["step 1 shows it"] * 2
    assert len(draft.script.steps) == 3 and "PAX-31" not in " ".join(draft.script.steps)


def test_what_only_answers_that_it_is_done_is_no_look():
    steps = extract(
        run_of("Close the case 7", ("get_approval(case=7)", "ok"), ("close_case(case=7)", "closed"))
    ).script.steps
    assert [step.split("(")[0] for step in steps] == ["get_approval", "close_case"]


def test_the_thing_that_all_steps_begin_with_is_no_answer():
    chores = ("ausschalten", "feucht auswischen", "trocken reiben")
    draft = extract(run_of("Den Backofen reinigen", *((f"Backofen {chore}", "gut") for chore in chores)))
    assert draft.script.steps[-1] == "Backofen trocken reiben"


@pytest.mark.parametrize(
    ("task", "steps", "wrong"),
    [
        (
            "Heat sample A7 with 5 mL water for 60 min",
            [("Add 5 mL water to A7.", "done"), ("Wait 10 min.", "cold"), ("Wait 60 min.", "hot")],
            {"min", "mL"},
        ),
        (
            'Sum the book by month (tab "Pro Monat")',
            [('add_pivot(rows="month", tab="Pro Monat")', "ok"), ('recalc(tab="Pro Monat")', "ok")],
            {"tab"},
        ),
        (
            "Run the checks in CI more often",
            [
                ("cat ci.yml", "on:\n  push:\n    branches: [main]\njobs:\n  unit:\n    runs-on: linux"),
                ("write ci.yml\non:\n  push:\n    branches: [dev]\njobs:\n  unit:\n    runs-on: linux", "ok"),
            ],
            {"branches", "runs-on", "unit"},
        ),
        (
            "Mend the shares",
            [
                ("read_file(path='split.py')", "share = round(cents / people)\nstrict = true"),
                ("edit_file(path='split.py', old='share = round(cents / people)', strict=true)", "ok"),
            ],
            {"round", "true"},
        ),
    ],
    ids=["a unit", "the name of an argument", "what stands below a key", "a call and a constant"],
)
def test_what_is_no_value_is_no_parameter(task: str, steps: list[tuple[str, str]], wrong: set[str]):
    assert not wrong & {*general(task, *steps)[1].values()}
