"""Anti-unification: the pattern of corresponding steps, fixed texts and slots."""

from dataclasses import replace

from families import member
from hypothesis import given
from hypothesis import strategies as st

from memp.build.induction.unification import Slot, by_variant, unify
from memp.build.reading.members import Member


def pattern(*members: Member, at: int = -1) -> list[str | Slot]:
    return list(unify({m: each.actions[at] for m, each in enumerate(members)}, members))


def read(members: list[Member]) -> str:
    """A pattern with the values of each slot."""
    return "".join(
        part if isinstance(part, str) else f"<{'|'.join(part.values.values())}>" for part in pattern(*members)
    )


def of(*cases: tuple[str, str]) -> list[Member]:
    """Runs of one step: task and action."""
    return [member(task, (action, "ok")) for task, action in cases]


def test_what_differs_is_a_slot_and_the_rest_is_fixed():
    members = of(("Tag version 1.4.0", "git tag -a v1.4.0"), ("Tag version 2.0.1", "git tag -a v2.0.1"))
    assert read(members) == "git tag -a <v1.4.0|v2.0.1>"


def test_a_value_of_a_call_is_one_slot_whole():
    members = of(("Look up A-1", 'get_order(order_id="A-1")'), ("Look up B-22", 'get_order(order_id="B-22")'))
    assert read(members) == 'get_order(order_id="<A-1|B-22>")'


def test_equal_steps_are_fixed_in_the_letter_case_of_the_first():
    assert read(of(("rest", "Wait here now."), ("rest", "wait here now."))) == "Wait here now."


def test_a_number_that_is_the_same_stays_and_one_that_differs_goes():
    assert read(of(("tidy", "open drawer 2 wide"), ("tidy", "open drawer 2 wide"))) == "open drawer 2 wide"
    drawers = of(("tidy a drawer 2", "open drawer 2 wide"), ("tidy", "open drawer 5 wide"))
    assert read([replace(drawer, task="tidy") for drawer in drawers]) == "open drawer wide"


def test_a_number_after_a_word_that_names_no_instances_is_not_lost():
    assert read(of(("grow", "scale search 3 now"), ("grow", "scale mailer 3 now"))) == "scale <search|mailer> 3 now"
    assert read(of(("grow", "scale search 3 now"), ("grow", "scale mailer 7 now"))) == "scale <search|mailer> <3|7> now"


def test_a_number_that_a_task_names_is_a_slot():
    members = of(("open drawer 2", "open drawer 2 wide"), ("open drawer 5", "open drawer 5 wide"))
    assert read(members) == "open <drawer 2|drawer 5> wide"


def test_values_of_different_length_are_one_slot_without_the_space_around_it():
    members = of(("find red shoes", "search red shoes now"), ("find a hat", "search hat now"))
    assert read(members) == "search <red shoes|hat> now"


def test_a_quotation_of_which_most_differs_is_one_slot():
    members = of(("write", 'note("call the plumber at noon")'), ("write", 'note("buy two lamps")'))
    assert read(members) == 'note("<call the plumber at noon|buy two lamps>")'


def test_a_slot_may_be_empty_in_some_runs():
    members = of(("build", "make all -j"), ("build", "make all"))
    assert read(members).startswith("make all") and any(isinstance(part, Slot) for part in pattern(*members))


def test_slots_are_the_same_whatever_the_letter_case():
    assert Slot({0: "Mug", 1: "cup"}).key == Slot({1: "CUP", 0: "mug"}).key


def test_a_quotation_whose_differing_words_are_nobodys_value_is_one_slot():
    members = of(("tell Bo", 'mail("the report on sales is done")'), ("tell Cy", 'mail("the report on sales is late")'))
    assert read(members) == 'mail("<the report on sales is done|the report on sales is late>")'


def test_a_word_of_a_quotation_that_the_tasks_name_is_a_slot_of_its_own():
    members = of(
        ("ask for the sales report", 'mail("send the sales report to me")'),
        ("ask for the stock report", 'mail("send the stock report to me")'),
    )
    assert read(members) == 'mail("send the <sales|stock> report to me")'


def variants(*cases: tuple[str, str]) -> list[list[int]]:
    """The runs of each variant of their last step: task and action."""
    members = of(*cases)
    return [sorted(steps) for steps in by_variant({m: each.actions[-1] for m, each in enumerate(members)}, members)]


def choice(reason: str, number: str = "A-1") -> tuple[str, str]:
    return f"Return order {number}", f'return_order(order="{number}", reason="{reason}")'


def test_a_choice_that_several_runs_share_splits_the_column():
    assert variants(choice("damaged"), choice("late", "B-2"), choice("damaged", "C-3")) == [[0, 2], [1]]


def test_a_choice_that_each_run_makes_otherwise_is_a_text_and_splits_nothing():
    assert variants(choice("damaged"), choice("late", "B-2"), choice("unwanted", "C-3")) == [[0, 1, 2]]


def test_what_all_runs_choose_splits_nothing():
    assert variants(choice("late"), choice("late", "B-2")) == [[0, 1]]


def test_a_choice_is_no_word_that_a_task_names():
    cases = [(f"Paint the wall {colour}", f'paint(colour="{colour}")') for colour in ("red", "red", "blue")]
    assert variants(*cases) == [[0, 1, 2]]


def test_a_choice_is_no_word_that_was_shown_before():
    members = [
        member("Pick a lock", ("get_locks()", f"locks: {lock}"), (f'pick(lock="{lock}")', "ok"))
        for lock in ("brass", "brass", "steel")
    ]
    assert by_variant({m: each.actions[-1] for m, each in enumerate(members)}, members) == [
        {m: each.actions[-1] for m, each in enumerate(members)}
    ]


def test_a_choice_is_one_word_in_quotes():
    assert variants(choice("too late"), choice("too big", "B-2"), choice("too late", "C-3")) == [[0, 1, 2]]
    assert variants(("go on", "turn left"), ("go on", "turn right"), ("go on", "turn left")) == [[0, 1, 2]]


def test_a_run_without_a_choice_keeps_the_steps_together():
    assert variants(choice("late"), choice("late", "B-2"), choice("R2", "C-3"), choice("damaged", "D-4")) == [
        [0, 1, 2, 3]
    ]


@given(st.lists(st.sampled_from(["late", "damaged", "lost", "too big", "A-1", ""]), min_size=1, max_size=6))
def test_every_run_is_in_one_variant(reasons: list[str]):
    made = variants(*(choice(reason) for reason in reasons))
    assert sorted(m for variant in made for m in variant) == list(range(len(reasons)))


WORDS = st.lists(st.sampled_from(["a", "red", "mug", "x17", "x.py", "(", ")", '"', "=", "-q"]), min_size=1, max_size=8)


@given(st.lists(WORDS, min_size=1, max_size=4))
def test_every_step_is_a_case_of_the_pattern(steps: list[list[str]]):
    members = of(*(("do it", f"make {' '.join(words)}") for words in steps))
    parts = pattern(*members)
    for m, each in enumerate(members):
        case = "".join(part if isinstance(part, str) else part.values[m] for part in parts)
        assert case.split() == each.actions[-1].text.split()
