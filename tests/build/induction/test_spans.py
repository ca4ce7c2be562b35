"""Spans: a phrase is one value, and so is what several names have in common; what each run made up is none."""

from families import run_of

from memp.build.induction.alignment import align
from memp.build.induction.generalised import Generalised
from memp.build.induction.parameters import MADE_UP, generalise
from memp.build.reading.reduction import member_of
from memp.domain.trajectory import Trajectory
from memp.text.templates import names


def general(*runs: Trajectory) -> Generalised:
    members = [member_of(run) for run in runs]
    return generalise(members, align(members))


def test_a_phrase_of_the_task_is_one_parameter():
    things = ("copper idol", "silver bell", "glass eye")
    made = general(*(run_of(f"Fetch the {thing} for him", (f"take {thing}", "Taken.")) for thing in things))
    assert [v.values[1] for v in made.variables] == ["silver bell"] and len(names(made.texts[0])) == 1


def test_two_arguments_of_a_command_are_two_parameters():
    pairs = [("main", "v1.4.0"), ("hotfix", "v2.3.5")]
    made = general(*(run_of(f"Push {a} {b}", (f"git push --force {a} {b}", "ok")) for a, b in pairs))
    assert len(names(made.texts[0])) == 2


def test_what_several_names_have_in_common_is_a_parameter():
    made = general(
        *(
            run_of(
                "Renew it", (f"sslctl new -key keys/{n}.key -out {n}.csr", "ok"), (f"sslctl show certs/{n}.pem", "ok")
            )
            for n in ("wiki", "tickets")
        )
    )
    (name,) = {name for text in made.texts for name in names(text)}
    assert made.texts == [
        f"sslctl new -key keys/{{{name}}}.key -out {{{name}}}.csr",
        f"sslctl show certs/{{{name}}}.pem",
    ]


def test_a_text_that_each_run_made_up_is_no_parameter():
    texts = ("Keep the day only", "Hash the lock file, as it changes")
    made = general(*(run_of("Fix it", (f'git commit -am "{text}"', "1 file changed")) for text in texts))
    assert made.texts == [f'git commit -am "{MADE_UP}"'] and made.variables == []


def test_a_number_that_nobody_named_is_told_as_most_runs_had_it_and_varies_where_no_two_agree():
    def made(*numbers: str):
        return general(*(run_of("Wait for it", (f"probe --every {n} --all", "ok")) for n in numbers))

    assert made("60", "120", "60").texts == ["probe --every 60 --all"]
    assert made("60", "120").texts == ["probe --every {every} --all"]
    other = general(*(run_of(f"Wait for it {n} s", (f"probe --every {n} --all", "ok")) for n in ("60", "120")))
    assert len(names(other.texts[0])) == 1
