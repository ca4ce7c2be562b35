"""Reduction of a run to the steps that are aligned."""

from families import member
from hypothesis import given
from hypothesis import strategies as st


def texts(*steps: tuple[str, str], task: str = "do it") -> list[str]:
    return [action.text for action in member(task, *steps).actions]


def test_a_failed_attempt_is_no_step_and_a_look_is_kept_as_one_that_was_not_needed():
    each = member(
        "Install httpkit",
        ("cat notes.txt", "nothing here"),
        ("pip instal httpkit==2.32.0", 'ERROR: unknown command "instal"'),
        ("pip install httpkit==2.32.0", "Successfully installed"),
    )
    assert [(action.text, action.needed) for action in each.actions] == [
        ("cat notes.txt", False),
        ("pip install httpkit==2.32.0", True),
    ]


def test_what_may_have_changed_something_is_needed():
    steps = [
        ("mkdir -p out/x", "ok"),
        ("rm -rf tmp/y", "ok"),
        ("git commit -m wip", "ok"),
        ('send_mail(to="a@b.test")', "ok"),
    ]
    each = member("ship it", *steps)
    assert [action.text for action in each.actions if action.needed] == [action for action, _ in steps]


EFFECTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["rm a.txt -f", "git push origin x/y", 'pay(order="A7")', "click [Buy]", "sed -i s/a/b/ c.txt"]
        ),
        st.sampled_from(["ok", "done", "", "1 file changed"]),
    ),
    max_size=8,
    unique_by=lambda step: step[0],
)


@given(EFFECTS)
def test_no_step_with_an_effect_is_lost(steps: list[tuple[str, str]]):
    assert texts(*steps) == [action for action, _ in steps]


def test_a_wait_is_its_last_round():
    each = member("make tea", *[("wait", "It is cold.")] * 4, ("wait", "It boils."), ("pour tea", "ok"))
    assert [(action.text, action.times) for action in each.actions] == [("wait", 5), ("pour tea", 0)]
