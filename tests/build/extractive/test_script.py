"""The extractive builder: what it keeps of a run, what it calls the things of it, and what it never does."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memp.build.extractive.script import extract, extract_family
from memp.build.lessons import pitfall_of
from memp.build.reading.pruning import needed_steps
from memp.domain.procedure import MAX_STEPS, Draft
from memp.domain.trajectory import Step, Trajectory
from memp.errors import InputError
from memp.text.steps import parse_step
from memp.text.templates import bind

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def run_of(task: str, *steps: tuple[str, str], reward: float = 1.0) -> Trajectory:
    return Trajectory(task=task, steps=tuple(Step(action=a, observation=o) for a, o in steps), reward=reward)


def kept_actions(run: Trajectory) -> list[str]:
    return [run.steps[i].action for i in needed_steps(run.task, run.steps)]


def fetch(thing: str, found: str, goal: str, *, number: int = 1, extra: Sequence[tuple[str, str]] = ()) -> Trajectory:
    """A search of a room for a thing that ends with putting it somewhere."""
    return run_of(
        f"put a {thing} in {goal}.",
        ("go to stool 1", "On the stool 1, you see nothing."),
        ("go to chest 1", "The chest 1 is closed."),
        ("open chest 1", "You open the chest 1. The chest 1 is open. In it, you see a lamp 2."),
        ("close chest 1", "You close the chest 1."),
        *extra,
        (f"go to {found} 3", f"On the {found} 3, you see a {thing} {number}, and a coin 4."),
        (f"take {thing} {number} from {found} 3", f"You pick up the {thing} {number} from the {found} 3."),
        ("go to stool 2", "On the stool 2, you see nothing."),
        (f"go to {goal} 1", f"On the {goal} 1, you see nothing."),
        (f"put {thing} {number} in/on {goal} 1", f"You put the {thing} {number} in/on the {goal} 1."),
    )


FETCH_STEPS = (
    "go to {place} 3",
    "take {item} 1 from {place} 3",
    "go to {item_2} 1",
    "put {item} 1 in/on {item_2} 1",
)

REPAIR = run_of(
    "Fix the crash of parse_date on empty input, so that tests/test_dates.py passes",
    ("ls", "README.md\nsetup.cfg\nsrc\ntests"),
    ("cat README.md", "# almanac\nSmall helpers for dates."),
    ("grep -rn parse_date src", "src/almanac/dates.py:12:def parse_date(text):"),
    ("cat src/almanac/dates.py", "def parse_date(text):\n    return READERS[text.split()[0]](text)"),
    ("pytest tests/test_dates.py -q", "E   IndexError: list index out of range\n1 failed, 3 passed in 0.05s"),
    ("edit src/almanac/dates.py\n- return READERS\n+ return None if not text else READERS", "saved"),
    ("git diff", "+ return None if not text else READERS"),
    ("pytest tests/test_dates.py -q", "4 passed in 0.04s"),
)

UPGRADE = run_of(
    "Upgrade httpkit to 2.32.0 in this project",
    ("$ pip list", "httpkit 2.28.1\nwheel 0.40"),
    ("$ pip instal httpkit==2.32.0", 'ERROR: unknown command "instal" - maybe you meant "install"'),
    ("$ pip install httpkit==2.32.0", "Successfully installed httpkit-2.32.0"),
    ("$ cat requirements.txt", "httpkit==2.28.1"),
    ("$ sed -i s/2.28.1/2.32.0/ requirements.txt", ""),
    ("$ git commit -am 'Upgrade httpkit to 2.32.0'", "1 file changed"),
)


# --- What stays of a search


def test_a_search_is_cut_to_the_steps_that_found_and_moved_the_thing() -> None:
    assert extract(fetch("mug", "shelf", "basket")).script.steps == FETCH_STEPS


def test_what_differs_between_two_runs_of_a_kind_is_a_parameter() -> None:
    other = fetch("pen", "bench", "crate", number=7, extra=[("go to stool 5", "On the stool 5, you see nothing.")])
    built = extract_family([fetch("mug", "shelf", "basket"), other])
    assert [parse_step(step).action for step in built.script.steps] == [
        "go to {place}",
        "take {item} from {place}",
        "go to {item_2}",
        "put {item} in/on {item_2}",
    ]
    assert [dict(draft.bindings) for draft in built.drafts] == [
        {"place": "shelf", "item": "mug", "item_2": "basket"},
        {"place": "bench", "item": "pen", "item_2": "crate"},
    ]
    assert [draft.template for draft in built.drafts] == ["put a {item} in {item_2}."] * 2
    assert {p.name: p.description for p in built.script.parameters}["place"] == "where {item} is"


def test_opening_stays_where_the_thing_lay_inside() -> None:
    run = run_of(
        "put a pen in crate.",
        ("go to chest 1", "The chest 1 is closed."),
        ("open chest 1", "You open the chest 1. In it, you see nothing."),
        ("close chest 1", "You close the chest 1."),
        ("go to chest 2", "The chest 2 is closed."),
        ("open chest 2", "You open the chest 2. In it, you see a pen 1."),
        ("take pen 1 from chest 2", "You pick up the pen 1 from the chest 2."),
        ("close chest 2", "You close the chest 2."),
        ("go to crate 1", "On the crate 1, you see nothing."),
        ("put pen 1 in/on crate 1", "You put the pen 1 in/on the crate 1."),
    )
    assert extract(run).script.steps == (
        "go to {place} 2",
        "open {place} 2",
        "take {item} 1 from {place} 2",
        "close {place} 2",
        "go to {item_2} 1",
        "put {item} 1 in/on {item_2} 1",
    )


def test_a_thing_that_the_task_does_not_name_stays_as_it_is_and_is_told_as_one_runs_own() -> None:
    run = run_of(
        "put a rinsed mug in basket.",
        ("go to shelf 1", "On the shelf 1, you see a mug 2."),
        ("take mug 2 from shelf 1", "You pick up the mug 2 from the shelf 1."),
        ("go to basin 1", "On the basin 1, you see nothing."),
        ("rinse mug 2 with basin 1", "You rinse the mug 2 using the basin 1."),
        ("go to basket 1", "On the basket 1, you see nothing."),
        ("put mug 2 in/on basket 1", "You put the mug 2 in/on the basket 1."),
    )
    script = extract(run).script
    assert script.steps[2:4] == ("go to basin 1", "rinse {item} 2 with basin 1")
    assert script.preconditions == ("Of one run only, yours may differ: basin 1",)


def test_an_instance_whose_number_differs_between_runs_is_told_by_its_noun() -> None:
    def two(second: int) -> Trajectory:
        return run_of(
            "put two pen in crate.",
            ("go to shelf 1", "On the shelf 1, you see a pen 1, and a pen 2."),
            ("take pen 1 from shelf 1", "You pick up the pen 1 from the shelf 1."),
            ("go to crate 1", "On the crate 1, you see nothing."),
            ("put pen 1 in/on crate 1", "You put the pen 1 in/on the crate 1."),
            (f"go to shelf {second}", f"On the shelf {second}, you see a pen 2."),
            (f"take pen 2 from shelf {second}", f"You pick up the pen 2 from the shelf {second}."),
            ("go to crate 1", "On the crate 1, you see a pen 1."),
            ("put pen 2 in/on crate 1", "You put the pen 2 in/on the crate 1."),
        )

    script = extract_family([two(4), two(1).model_copy(update={"task": "put two pen in the crate."})]).script
    steps = [parse_step(step).action for step in script.steps]
    assert steps[:2] == steps[4:6] == ["go to {place}", "take {item} from {place}"]


def test_the_bindings_and_the_template_say_what_the_parameters_stood_for() -> None:
    draft = extract(fetch("mug", "shelf", "basket"))
    assert draft.template == "put a {item} in {item_2}."
    assert dict(draft.bindings) == {"item": "mug", "item_2": "basket", "place": "shelf"}
    assert {p.name: p.description for p in draft.script.parameters}["place"] == "where {item} is"
    assert draft.script.goal == "Put a {item} in {item_2}."
    assert draft.script.verification == "", "one run cannot tell a completion signal from its own answer"
    assert draft.builder == "extractive"


def test_a_compound_noun_of_the_task_is_recognised_when_the_actions_write_it_as_one_word() -> None:
    draft = extract(fetch("soapbar", "shelf", "basket").model_copy(update={"task": "Put the soap bar in a basket"}))
    assert draft.template == "Put the {bar} in a {item}"
    assert draft.bindings["bar"] == "soapbar"


def test_a_thing_taken_and_put_back_at_once_is_left_out() -> None:
    astray = [
        ("go to bench 1", "On the bench 1, you see a coin 1."),
        ("take coin 1 from bench 1", "You pick up the coin 1 from the bench 1."),
        ("put coin 1 in/on bench 1", "You put the coin 1 in/on the bench 1."),
    ]
    assert extract(fetch("mug", "shelf", "basket", extra=astray)).script.steps == FETCH_STEPS


def test_a_return_to_an_equal_state_is_cut() -> None:
    states = ["hall", "cellar", "hall", "attic"]
    actions = ["enter the hall", "descend the stair", "climb the stair", "climb the ladder"]
    steps = tuple(Step(action=a, observation="ok then", state=s) for a, s in zip(actions, states, strict=True))
    kept = needed_steps("reach the attic", steps)
    assert [steps[i].action for i in kept] == ["enter the hall", "climb the ladder"]


def test_an_equal_state_never_cuts_a_step_that_surely_has_an_effect() -> None:
    steps = tuple(
        Step(action=a, observation="done", state="/srv/app") for a in ("pwd", "npm install leftpad", "npm run build")
    )
    assert [steps[i].action for i in needed_steps("build it", steps)][-2:] == ["npm install leftpad", "npm run build"]


def test_moves_there_and_back_with_nothing_done_in_between_are_left_out() -> None:
    run = run_of("build it", ("cd docs", ""), ("ls", "index.md"), ("cd ..", ""), ("cd core", ""), ("make all", "built"))
    assert kept_actions(run) == ["cd core", "make all"]


def test_a_check_before_and_after_the_work_stands_before_and_after_it() -> None:
    def bump(package: str, version: str) -> Trajectory:
        check = ("gauge all", "20 fit")
        return run_of(f"Bump {package} to {version}", check, (f"fit install {package}=={version}", "fitted"), check)

    steps = extract_family([bump("lathe", "2.32"), bump("miller", "3.1")]).script.steps
    assert [step.split(" ")[0] for step in steps] == ["gauge", "fit", "gauge"]


def test_what_two_runs_of_different_tasks_have_in_common_stays_and_what_differs_varies() -> None:
    def secret(name: str) -> Trajectory:
        return run_of(f"Create the TLS secret for {name}", (f"kubectl create secret tls {name} --key={name}.key", "ok"))

    (step,) = extract_family([secret("shop"), secret("blog")]).script.steps
    assert "secret tls {" in step and "shop" not in step


def test_a_word_of_all_tasks_stays_in_the_goal_though_it_is_one_runs_value() -> None:
    def total(sheet: str) -> Trajectory:
        return run_of(
            f"Sum the prices in sheet {sheet}", (f"select sheet {sheet}", "ok"), (f"sum sheet {sheet}", "120")
        )

    assert extract_family([total("Prices"), total("Catalog")]).script.goal == "Sum the prices in sheet {sheet}"


def test_a_command_of_one_run_in_many_is_told_as_such() -> None:
    def backup(database: str, *more: str) -> Trajectory:
        commands = (f"dump {database} -f {database}.dump", *more, f"s3put {database}.dump bucket/")
        return run_of(f"Back up the database {database}", *((command, "ok") for command in commands))

    runs = [backup("shop"), backup("crm", "zipper crm.dump -9"), backup("blog"), backup("wiki")]
    (rare,) = [step for step in extract_family(runs).script.steps if step.startswith("zipper")]
    assert "1 of 4 runs" in rare


# --- Coding agents and the web


def test_a_repair_keeps_how_the_file_was_found_read_changed_and_checked() -> None:
    draft = extract(REPAIR)
    assert draft.script.steps == (
        "grep -rn {name} src",
        "cat {found_file}",
        "edit {found_file}\n- return READERS\n+ return None if not text else READERS",
        "pytest {file} -q",
    )
    assert dict(draft.bindings) == {
        "name": "parse_date",
        "file": "tests/test_dates.py",
        "found_file": "src/almanac/dates.py",
    }
    assert {p.name: p.description for p in draft.script.parameters}["found_file"] == "step 1 shows it"


def test_an_attempt_that_failed_and_then_worked_is_no_step_but_a_pitfall() -> None:
    (pitfall,) = extract(UPGRADE).script.pitfalls
    assert "unknown command" in pitfall.trigger
    assert pitfall.instead == "$ pip install httpkit=={version}"
    assert not any("instal " in step for step in extract(UPGRADE).script.steps)


def test_a_check_that_passed_only_after_a_change_says_what_was_changed() -> None:
    (pitfall,) = extract(REPAIR).script.pitfalls
    assert "IndexError: list index out of range" in pitfall.trigger
    assert pitfall.instead == "edit {found_file}, then pytest {file} -q"


def test_commands_with_an_effect_always_stay() -> None:
    actions = [
        "npm install",
        "python manage.py migrate",
        "git commit -m wip",
        "cat a.txt > b.txt",
        "sed -i s/a/b/ c.txt",
    ]
    actions += ["curl -X POST https://example.test/deploy", "find . -name x.tmp -delete", "click[Buy Now]", "make"]
    run = run_of("ship it", *((action, "ok") for action in actions))
    assert kept_actions(run) == actions


def test_a_count_of_no_errors_is_not_an_error() -> None:
    lines = ["0 failed, 12 passed", "Found 0 errors", "no errors", "exit code 0", "errors: 0", "Edited error handling"]
    run = run_of("ship it", *((f"verify --stage {line}", line) for line in lines), ("make", "ok"))
    assert len(kept_actions(run)) == len(lines) + 1


@pytest.mark.parametrize(
    "observation",
    [
        "Nothing happens.",
        "bash: verify: command not found",
        "Traceback (most recent call last):\n  File a\nKeyError: 'x'",
        "exit code 2",
        "2 failed, 10 passed",
        "rm: Permission denied",
        "npm ERR! missing script",
        "fatal: not a git repository",
    ],
)
def test_a_step_that_plainly_failed_goes(observation: str) -> None:
    run = run_of("ship it", ("verify --all", observation), ("make", "ok"))
    assert kept_actions(run) == ["make"]


def test_a_page_opened_and_left_by_going_back_is_left_out() -> None:
    results = "[K1023456] Canvas bag, blue [K1098765] Leather bag"
    run = run_of(
        "Buy a blue canvas bag",
        ("search[blue canvas bag]", results),
        ("click[K1098765]", "Leather bag, 80"),
        ("click[< back]", results),
        ("click[K1023456]", "Canvas bag, 20"),
        ("click[Buy Now]", "Thank you"),
    )
    assert extract(run).script.steps == ("search[{bag}]", "click[{id}]", "click[Buy Now]")


def test_numbered_elements_are_called_by_their_label_and_an_answer_is_not_handed_on() -> None:
    run = run_of(
        "How many orders came in last month?",
        ("goto http://shop.test/admin", "[12] link 'Customers'\n[15] link 'Orders'"),
        ("click [15]", "31 orders"),
        ("stop [31]", ""),
    )
    draft = extract(run)
    assert draft.script.steps == ("goto http://shop.test/admin", "click [link 'Orders']", "stop [{answer}]")
    assert draft.bindings["answer"] == "31"


def test_calls_that_only_fetch_stay_when_a_later_call_uses_what_they_showed() -> None:
    run = run_of(
        "Send order #W4821190 to 12 Elm Street",
        ("list_products()", "tea, coffee"),
        ("get_order(order_id='#W4821190')", "{'address_id': 'adr_99231'}"),
        ("modify_address(order_id='#W4821190', address_id='adr_99231', street='12 Elm Street')", "ok"),
    )
    assert extract(run).script.steps == (
        "get_order(order_id='{order_id}')",
        "modify_address(order_id='{order_id}', address_id='{address_id}', street='{street}')",
    )


# --- What it never does


def test_a_failure_never_becomes_steps_to_follow() -> None:
    failed = fetch("mug", "shelf", "basket").model_copy(update={"reward": 0.4})
    with pytest.raises(InputError, match="only a success"):
        extract(failed)
    with pytest.raises(InputError):
        extract(fetch("mug", "shelf", "basket"), threshold=1.1)


def test_a_run_without_steps_is_refused() -> None:
    with pytest.raises(InputError, match="no steps"):
        extract(Trajectory(task="nothing to do", steps=(), reward=1.0))


def test_a_long_script_says_how_many_steps_it_leaves_out() -> None:
    run = run_of("ship it", *((f"deploy --part {i * i}", "ok") for i in range(100)))
    steps = extract(run).script.steps
    assert len(steps) == MAX_STEPS
    assert [step for step in steps if "left out" in step] == ["[41 steps are left out here; the trajectory has them]"]
    assert steps[0] == "deploy --part 0"
    assert steps[-1] == "deploy --part 9801"


def test_braces_of_the_run_are_not_taken_for_placeholders() -> None:
    draft = extract(run_of("render {name} in {page}", ("write f'{user}' and {title}", "wrote {user}")))
    assert draft.script.steps == ("write f'{user}' and {title}",) and draft.script.parameters == ()
    assert not PLACEHOLDER.findall(draft.template)
    assert bind(draft.template, "Render {name} in {page}") == {} and bind(draft.template, "render it in all") is None


def test_ten_thousand_steps_are_read_in_one_go() -> None:
    steps = [(f"go to chest {i}", f"On the chest {i}, you see a coin {i}.") for i in range(9_998)]
    last = [("go to chest 1", "On the chest 1, you see a mug 1."), ("take mug 1 from chest 1", "You take the mug 1.")]
    assert extract(run_of("take a mug", *steps, *last)).script.steps == (
        "go to {place} 1",
        "take {item} 1 from {place} 1",
    )


# --- Properties

WORDS = st.sampled_from([*"""go to take mug desk 1 2 the a src/a.py cd .. ls open close put in/on error: {object} " [15]
    v1.2 https://e.test/x pytest edit é""".split(), "Nothing happens.", "'x y'"])  # fmt: skip
TEXTS = st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=8).map(" ".join))
STEPS = st.builds(Step, action=TEXTS, observation=TEXTS, state=st.none() | st.sampled_from(["s", "t"]))
RUNS = st.builds(Trajectory, task=TEXTS, steps=st.lists(STEPS, min_size=1, max_size=12).map(tuple), reward=st.just(1.0))


def texts_of(draft: Draft) -> list[str]:
    script = draft.script
    pitfalls = [text for p in script.pitfalls for text in (p.trigger, p.consequence, p.instead)]
    return [script.goal, script.when_to_use, script.verification, draft.template, *script.steps, *pitfalls]


@given(RUNS)
@settings(max_examples=300, deadline=None)
def test_every_placeholder_is_declared_and_bound(run: Trajectory) -> None:
    draft = extract(run)
    declared = [p.name for p in draft.script.parameters]
    assert len(set(declared)) == len(declared)
    assert set(declared) == set(draft.bindings)
    own = own_braces(run)
    assert own.isdisjoint(declared)
    for text in [*texts_of(draft), *(p.description for p in draft.script.parameters)]:
        assert set(PLACEHOLDER.findall(text)) <= {*declared, *own}


def own_braces(run: Trajectory) -> set[str]:
    """The names that a run itself has in braces."""
    texts = [run.task, *(f"{step.action} {step.observation}" for step in run.steps)]
    return {name for text in texts for name in PLACEHOLDER.findall(text)}


@given(RUNS)
@settings(max_examples=300, deadline=None)
def test_the_bindings_in_the_template_give_back_the_task(run: Trajectory) -> None:
    draft = extract(run)
    filled = PLACEHOLDER.sub(lambda match: draft.bindings[match[1]], draft.template)

    def plain(text: str) -> str:
        return re.sub(r"\{ ?(\w+) ?\}", r"{\1}", text).lower()

    assert plain(filled) == plain(run.task)


@given(RUNS)
@settings(max_examples=200, deadline=None)
def test_kept_steps_are_a_part_of_the_run_in_its_order_and_end_with_its_last(run: Trajectory) -> None:
    kept = needed_steps(run.task, run.steps)
    assert list(kept) == sorted(set(kept))
    assert kept[-1] == len(run.steps) - 1
    assert kept[0] >= 0


@given(RUNS)
@settings(max_examples=100, deadline=None)
def test_the_same_run_gives_the_same_script_and_a_pitfall(run: Trajectory) -> None:
    assert extract(run) == extract(run)
    assert pitfall_of(run) == pitfall_of(run)
