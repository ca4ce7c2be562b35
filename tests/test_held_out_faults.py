"""Faults that runs of other fields showed in what Build by rule made of them, each shown to be absent here.

The runs are made up, of the kind in which the faults were seen: deployments, releases, bookings, a laboratory, a house. What
a model said of the answers that it was given is in the names of the tests.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from memp import ProceduralMemory, open_memory
from memp.domain.procedure import Pitfall, Script
from memp.reply import MatchReply, recall_reply
from memp.text.steps import parse_step

Line = tuple[str, str]
"""An action and what it showed."""

CHECKED = "check: the service answers"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[ProceduralMemory]:
    """A memory as it is installed, with scripts by rule and hashed vectors."""
    with open_memory(db=tmp_path / "memory.sqlite3", model="hashing", builder="extractive") as opened:
        yield opened


def record(memory: ProceduralMemory, task: str, lines: Sequence[Line], *used: str, thoughts: Mapping[int, str] = {}):
    steps = [
        {"action": action, "observation": seen, "thought": thoughts.get(i)} for i, (action, seen) in enumerate(lines)
    ]
    return memory.record(task, steps, "success", evidence=CHECKED, used=used)


def recalled(memory: ProceduralMemory, task: str) -> Script:
    """The script of the one procedure that fits."""
    (match,) = memory.recall(task).matches
    return match.procedure.script


def told(memory: ProceduralMemory, task: str) -> MatchReply:
    """What a model reads of it."""
    (match,) = recall_reply(memory.recall(task)).matches
    return match


def actions(script: Script) -> list[str]:
    return [parse_step(step).action for step in script.steps]


def pitfalls(memory: ProceduralMemory) -> list[Pitfall]:
    return [known.pitfall for p in memory.store.procedures() for known in memory.store.pitfalls([p.id])]


# --- Steps that change something are no looking around


@pytest.mark.parametrize(
    ("task", "lines", "kept"),
    [
        (
            "Roll the new schema out to the invoices app",
            [
                ("git pull --ff-only", "Fast-forward"),
                ("env DJANGO_SETTINGS_MODULE=invoices.live python manage.py migrate", "Applying invoices.0042... OK"),
                ("curl -fsS http://localhost:8000/health", "ok"),
            ],
            "env DJANGO_SETTINGS_MODULE=invoices.live python manage.py migrate",
        ),
        (
            "Publish the parser with the fix in it",
            [("npm test", "42 passing"), ("npm version patch", "v2.3.5"), ("npm publish", "+ parser@2.3.5")],
            "npm version patch",
        ),
        (
            "Publish the almanac with the fix in it",
            [("pytest -q", "12 passed"), ("poetry version patch", "Bumping"), ("poetry publish --build", "Publishing")],
            "poetry version patch",
        ),
        (
            "Move the checkout to the new forge",
            [
                ("git remote -v", "origin https://old.example/t.git"),
                ("git remote set-url origin https://new.example/t.git", ""),
                ("git push origin main", "Everything up-to-date"),
            ],
            "git remote set-url origin https://new.example/t.git",
        ),
    ],
    ids=["env ... migrate", "npm version patch", "poetry version patch", "git remote set-url"],
)
def test_a_step_that_changes_something_stays(
    memory: ProceduralMemory, task: str, lines: Sequence[Line], kept: str
):  # fmt: skip
    record(memory, task, lines)
    assert kept in actions(recalled(memory, task))


def test_a_door_that_was_opened_to_go_through_stays_and_is_conditional(memory: ProceduralMemory):
    def fetch(thing: str, state: str, *more: Line) -> None:
        going = ("go to workshop", f"The workshop. You see a {thing}.")
        lines = [("go to shed", f"The shed. The door to the workshop is {state}."), *more, going]
        record(memory, f"Fetch the {thing} from the workshop", [*lines, (f"take {thing}", f"You take the {thing}.")])

    unlocked = ("open door to workshop", "The door to the workshop is open now.")
    fetch("drill", "closed", unlocked)
    assert any(
        action.startswith("open door") for action in actions(recalled(memory, "Fetch the drill from the workshop"))
    )
    fetch("saw", "open")
    fetch("rake", "closed", unlocked)
    steps = [parse_step(step) for step in recalled(memory, "Fetch the plane from the workshop").steps]
    (door,) = [step for step in steps if step.action == "open door to workshop"]
    assert "closed" in door.when or "open" in door.unless


# --- Mistakes and what overcame them


CHAIN = "added the layer below the routes -> still failing; moved it above the call that adds them -> works"


def test_of_a_mistake_and_its_fix_on_one_line_the_fix_is_not_lost(memory: ProceduralMemory):
    task = "Make every page of the shop see who is signed in"
    memory.record(task, ["read app/main.py -> layers and routes", CHAIN, "ran the tests -> 31 passed"], "success")
    assert "moved it above the call that adds them" in actions(recalled(memory, task))


@pytest.mark.xfail(strict=True, reason="in plain words nothing says that the second step does what the first was for")
def test_a_mistake_in_plain_words_is_a_pitfall(memory: ProceduralMemory):
    memory.record("Make every page of the shop see who is signed in", [CHAIN, "ran the tests -> ok"], "success")
    assert any("still failing" in pitfall.trigger for pitfall in pitfalls(memory))


def rollout(service: str, release: str, realm: str, fence: str) -> tuple[str, list[Line]]:
    """A tool that says by codes alone what is wrong."""
    return f"Roll release {release} of the {service} service out to {realm}", [
        (f"rollctl login --realm {realm}", f"session for {realm}"),
        (f"rollctl deploy {service} --release {release}", "E31 fence missing"),
        (f"rollctl fence {service}", f"fence {fence} taken"),
        (f"rollctl deploy {service} --release {release} --fence {fence}", "rollout started"),
        (f"rollctl verify {service}", "healthy"),
    ]


ROLLOUTS = [
    rollout("billing", "4.2.0", "staging", "fx-2291"),
    rollout("search", "1.9.3", "live", "fx-7710"),
    rollout("mailer", "0.7.1", "staging", "fx-3004"),
    rollout("orders", "2.2.8", "canary", "fx-9120"),
    rollout("auth", "5.0.0", "live", "fx-1187"),
]


def test_a_command_that_only_a_code_calls_failed_is_a_pitfall_and_no_step(memory: ProceduralMemory):
    task, lines = ROLLOUTS[0]
    record(memory, task, lines)
    assert lines[1][0] not in actions(recalled(memory, task)) and len(recalled(memory, task).steps) == 4
    (pitfall,) = pitfalls(memory)
    assert "E31 fence missing" in pitfall.trigger and "--fence" in pitfall.instead


def test_answers_that_were_refused_are_no_steps(memory: ProceduralMemory):
    task = "Find the password of the archive service"
    guesses = [("submit swordfish", "Incorrect password"), ("submit sesame", "Incorrect password")]
    record(memory, task, [*guesses, ("curl http://svc/list", "notes"), ("submit tangerine", "Correct!")])
    kept = actions(recalled(memory, task))
    assert not any(guess in kept for guess, _ in guesses) and kept[-1].startswith("submit ")


def test_the_reason_that_an_agent_gave_stays_with_its_step(memory: ProceduralMemory):
    task = "Rotate the signing key of the gateway"
    lines = [("keyctl drain gateway", "drained"), ("keyctl swap gateway", "swapped")]
    record(memory, task, lines, thoughts={0: "It must be drained first, otherwise open requests fail."})
    assert "must be drained first" in parse_step(recalled(memory, task).steps[0]).why


# --- Values, constants and names


def test_a_word_of_the_task_is_no_hole_wherever_it_stands(memory: ProceduralMemory):
    task = "Add a git hook that runs the linter, then set debug to true"
    lines = [
        ("cat > .git/hooks/pre-commit <<'EOF'\nruff check . || true\nEOF", ""),
        ("DEBUG=true pytest -q", "12 passed"),
        ("git add -A", ""),
        ("git commit -m 'Add a git hook that runs the linter'", "1 file changed"),
    ]
    record(memory, task, lines)
    script = recalled(memory, task)
    assert actions(script) == [action for action, _ in lines]
    assert (script.goal, script.parameters) == (task, ())


def test_an_identifier_that_one_run_was_shown_is_no_fixed_text(memory: ProceduralMemory):
    task = "Cancel the trip that the user booked last for the {} fair"
    lines = [
        ('list_trips(user="ana")', '[{"id": "Z7GOZK", "note": "spring fair"}]'),
        ('cancel_trip(trip_id="Z7GOZK")', '{"status": "cancelled"}'),
    ]
    record(memory, task.format("spring"), lines)
    match = told(memory, task.format("book"))
    assert match.steps[-1] == 'cancel_trip(trip_id="{trip_id}")'
    assert match.parameters["trip_id"].startswith("step 1 shows it")


def test_the_part_of_a_name_that_the_task_names_is_a_parameter(memory: ProceduralMemory):
    task = "Restore snapshot {} of the dataset {} and detach it from the shadow"

    def lines(snapshot: str, dataset: str) -> list[Line]:
        shadow = f"{dataset}-shadow"
        restored = (f"vaultctl restore {snapshot} --target {shadow}", f"restored into {shadow}")
        return [restored, (f"vaultctl swap {dataset} {shadow}", "swapped"), (f"vaultctl detach {shadow}", "detached")]

    for snapshot, dataset in (("snap-114", "orders"), ("snap-300", "users")):
        record(memory, task.format(snapshot, dataset), lines(snapshot, dataset))
        match = told(memory, task.format("snap-207", "invoices"))
        assert match.parameters.keys() == {"snapshot", *match.parameters} and len(match.parameters) == 2
        (name,) = match.parameters.keys() - {"snapshot"}
        assert match.parameters[name] == "= invoices"
        assert [parse_step(step).action for step in match.steps] == [
            f"vaultctl restore {{snapshot}} --target {{{name}}}-shadow",
            f"vaultctl swap {{{name}}} {{{name}}}-shadow",
            f"vaultctl detach {{{name}}}-shadow",
        ]


def test_parts_of_a_dotted_name_are_parameters(memory: ProceduralMemory):
    for app, realm in (("billing", "staging"), ("search", "production")):
        migrate = f"env DJANGO_SETTINGS_MODULE={app}.settings.{realm} python manage.py migrate"
        lines = [(f"cd /srv/{app}", ""), (migrate, "Applying 0042... OK"), (f"systemctl restart {app}", "")]
        record(memory, f"Migrate the {app} app on {realm}", lines)
    match = told(memory, "Migrate the catalog app on canary")
    (migrate,) = [parse_step(step).action for step in match.steps if "migrate" in step]
    assert "{app}.settings.{" in migrate and set(match.parameters.values()) == {"= catalog", "= canary"}


def wire(battery: str, lamp: str, one: str, two: str) -> tuple[str, list[Line]]:
    joined = [
        f"{one} wire terminal 1 to {battery} cell anode",
        f"{one} wire terminal 2 to {lamp} lamp cathode",
        f"{two} wire terminal 1 to {battery} cell cathode",
        f"{two} wire terminal 2 to {lamp} lamp anode",
    ]
    around = f"You see: a {battery} cell, a {lamp} lamp, a {one} wire, a {two} wire"
    lines = [(f"connect {pair}", f"{pair.replace(' to ', ' is connected to ')}") for pair in joined]
    return f"Light the {lamp} lamp with the {battery} cell", [("look around", around), *lines, ("flip switch", "lit")]


def test_numbers_that_tell_two_ends_apart_stay_and_colours_of_one_run_do_not(memory: ProceduralMemory):
    runs = [wire("solar", "blue", "black", "green"), wire("dry", "red", "orange", "black")]
    record(memory, *runs[0])
    assert [action[-40:].count("terminal") for action in actions(recalled(memory, runs[0][0]))].count(1) == 4
    assert record(memory, *runs[1]).how == "merged"
    script = recalled(memory, "Light the white lamp with the solar cell")
    ends = [action.split(" wire ")[1].split(" to ")[0] for action in actions(script) if " wire " in action]
    assert ends == ["terminal 1", "terminal 2", "terminal 1", "terminal 2"]
    assert not any(colour in " ".join(script.steps) for colour in ("black", "green", "orange"))


def test_a_form_is_not_what_a_task_is_about(memory: ProceduralMemory):
    form = "Consider the following report:\n<report>\n# {}\n{}\n</report>\nMake the smallest change that mends it."
    reports = [
        ("Parser drops a line", "`read_lines` drops the last line.", "read_lines", "src/lines.py"),
        ("Wrong total", "The footer adds the header's row.", "footer_total", "src/table.py"),
    ]
    for title, text, name, file in reports:
        lines = [(f"grep -rn {name} src", f"{file}:14:def {name}():"), (f"edit {file} --fix", "saved")]
        record(memory, form.format(title, text), [*lines, ("pytest -q", "4 passed")])
    goals = [p.script.goal for p in memory.store.procedures()]
    assert all(goal.endswith("Make the smallest change that mends it.") for goal in goals)
    assert not any("Consider" in goal or goal.startswith("<") for goal in goals)


def test_a_long_edit_says_which_file_and_that_it_was_cut(memory: ProceduralMemory):
    task = "Rewrite the handler of the app"
    body = "\n".join(f"- old line {i} of the handler\n+ new line {i} of the handler" for i in range(40))
    record(memory, task, [("cat src/app.py", "def handle(): ..."), (f"edit src/app.py\n{body}", "saved")])
    (edit,) = [action for action in actions(recalled(memory, task)) if action.startswith("edit src/app.py")]
    assert "- old line 0" in edit and "[...]" in edit and edit.endswith("new line 39 of the handler")


def test_a_thing_that_only_one_run_found_is_told_as_that_runs(memory: ProceduralMemory):
    seen = "You see a bench and an egg of a turtle."
    record(memory, "Focus on something alive in the garden", [("go to garden", seen), ("focus on egg", "You focus.")])
    match = told(memory, "Focus on something alive in the meadow")
    assert any("egg" in line for line in match.before) or "focus on egg" not in match.steps


# --- Conditions, waiting, completion


def melt(sample: str, degrees: int) -> tuple[str, list[Line]]:
    crate = "silver" if degrees > 40 else "brown"
    task = (
        f"Measure the melting point of {sample}. If it is above 40, put it in the silver crate, else in the brown crate"
    )
    return task, [
        (f"take {sample}", f"You take the {sample}."),
        (f"use gauge on {sample}", f"the gauge reads {degrees} degrees"),
        (f"put {sample} in {crate} crate", f"You put the {sample} in the {crate} crate."),
    ]


def test_both_branches_of_a_condition_are_told_with_what_decides(memory: ProceduralMemory):
    for sample, degrees in (("wax", 55), ("butter", 31), ("tin", 230), ("cocoa", 34)):
        record(memory, *melt(sample, degrees))
    match = told(memory, melt("lard", 0)[0])
    assert match.parameters == {next(iter(match.parameters)): "= lard"}
    silver, brown = [parse_step(step) for step in match.steps if "crate" in step]
    assert (silver.action.split(" in ")[1], silver.bound) == ("silver crate", "> 40")
    assert (brown.action.split(" in ")[1], brown.bound) == ("brown crate", "< 40")


def boil(liquid: str, rounds: int) -> tuple[str, list[Line]]:
    waiting = [("wait", f"The {liquid} is warm.")] * rounds
    heating = [(f"pour {liquid} into pan", "done"), ("turn on stove", "The stove is on."), *waiting]
    return f"Boil the {liquid}", [*heating, ("wait", f"The {liquid} is boiling."), ("turn off stove", "It is off.")]


def test_waiting_says_until_when_and_how_often(memory: ProceduralMemory):
    record(memory, *boil("milk", 6))
    (wait,) = [s for s in map(parse_step, recalled(memory, "Boil the milk").steps) if s.action == "wait"]
    assert wait.times == 7 and "boiling" in wait.until


def test_what_is_waited_for_is_not_what_one_run_called_it(memory: ProceduralMemory):
    for liquid, rounds in (("milk", 6), ("broth", 9)):
        lines = boil(liquid, rounds)[1]
        record(memory, f"Boil the {liquid}", [("fill pan", "done"), *lines[1:]])
    (wait,) = [s for s in map(parse_step, recalled(memory, "Boil the milk").steps) if s.action == "wait"]
    assert "boiling" in wait.until and "milk" not in wait.until and "broth" not in wait.until


def test_an_error_at_the_end_is_no_sign_of_success(memory: ProceduralMemory):
    for number in ("A1044", "B2077", "C3050"):
        lines = [
            (f'get_order(order_id="{number}")', '{"state": "shipped"}'),
            (f'refund_order(order_id="{number}")', "Error: shipped orders cannot be refunded"),
        ]
        record(memory, f"A refund of order {number} is asked for; follow the policy", lines)
    assert recalled(memory, "A refund of order D4111 is asked for; follow the policy").verification == ""


# --- Siblings


@pytest.mark.parametrize("follows", [True, False], ids=["used", "not told"])
def test_five_siblings_are_one_procedure(memory: ProceduralMemory, follows: bool):
    for number, (task, lines) in enumerate(ROLLOUTS):
        record(memory, task, lines, *(["p1"] if follows and number else []))
    (procedure,) = memory.store.procedures()
    assert len(procedure.trajectories) == len(ROLLOUTS)
    match = told(memory, "Roll release 3.1.4 of the catalog service out to staging")
    values = sorted(value for value in match.parameters.values() if value.startswith("= "))
    assert values == ["= 3.1.4", "= catalog", "= staging"]
    assert match.worked.startswith("in 5 of 5 runs")


@pytest.mark.parametrize("first", [True, False], ids=["cut first", "cut last"])
def test_runs_that_were_cut_short_do_not_displace_the_whole_one(memory: ProceduralMemory, first: bool):
    def run(thing: str, rounds: int) -> tuple[str, list[Line]]:
        waits = [("wait", f"The {thing} is solid.")] * rounds
        lines = [(f"put {thing} in pot", "done"), ("put pot on stove", "done"), ("turn on stove", "The stove is on.")]
        ending = [*waits, ("wait", f"The {thing} is liquid."), (f"pour {thing} into mould", "done")] if rounds else []
        return f"Melt the {thing}", [*lines, *ending]

    whole, cut = [run("wax", 4), run("lard", 6)], [run("tin", 0), run("tallow", 0), run("cocoa", 0)]
    for task, lines in [*cut, *whole] if first else [*whole, *cut]:
        record(memory, task, lines)
    assert len(memory.store.procedures()) == 1
    steps = [parse_step(step) for step in recalled(memory, "Melt the chocolate").steps]
    assert steps[-1].action.startswith("pour ") and any("liquid" in step.until for step in steps)


def test_a_number_after_a_name_is_not_lost(memory: ProceduralMemory):
    for name in ("checkout", "search"):
        lines = [(f"svc scale {name} 3", "scaled"), (f"svc status {name}", "3 of 3")]
        record(memory, f"Scale out the {name} service", lines)
    assert actions(recalled(memory, "Scale out the mailer service"))[0] == "svc scale {service} 3"


def test_a_command_that_failed_goes_where_the_same_with_other_arguments_went_on(memory: ProceduralMemory):
    record(
        memory,
        "Deploy the service billing to the realm north",
        [
            ("rt deploy billing --realm north", "E11 no session"),
            ("rt login north", "ok"),
            ("rt deploy billing --realm north --staged", "deployed"),
        ],
    )
    match = told(memory, "Deploy the service billing to the realm north")
    assert [step.split(" -> ")[0] for step in match.steps if "deploy" in step] == [match.steps[-1].split(" -> ")[0]]
    assert match.steps[-1].startswith("rt deploy {service} --realm {realm} --staged")
    assert any("E11 no session" in pitfall for pitfall in match.pitfalls)
