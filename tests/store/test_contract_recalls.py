"""Recalls: what was shown or held out is logged, and the run that follows answers it."""

from datetime import UTC, datetime, timedelta

from stored import add, run

from memp.store import Store
from memp.store.records import Asked, Shown
from memp.text.keywords import hash_words

TASK = "clean the mug"
WORDS = hash_words(TASK)


def asked(
    *revisions: int,
    draw: float | None = 0.5,
    held: bool = False,
    ago: timedelta = timedelta(minutes=1),
    scope: str = "",
) -> Asked:
    """A recall of the task that brought these revisions of procedure 1."""
    shown = tuple(Shown(procedure_id=1, revision=revision, similarity=None) for revision in revisions)
    at = (datetime.now(UTC) - ago).isoformat()
    return Asked(scope=scope, words=WORDS, context="", at=at, draw=draw, held=held, shown=shown)


def test_recalls_are_counted(store: Store):
    add(store)
    store.note_recalls([asked(1)] * 2, wait=True)
    store.note_recalls([asked()], wait=False)
    assert store.stats().recalls == 3


def test_the_open_draw_is_of_the_last_day_in_the_same_words_and_not_answered(store: Store):
    store.note_recalls([asked(draw=0.1, ago=timedelta(days=2)), asked(draw=0.2), asked(draw=None)], wait=True)
    assert store.open_draw("", WORDS) == 0.2
    assert store.open_draw("other", WORDS) is None
    assert store.open_draw("", hash_words("boil an egg")) is None
    store.add_trajectory("", run(TASK), [], True)
    assert store.open_draw("", WORDS) is None


def test_revisions_are_counted_from_the_first_showing_of_one_on(store: Store):
    add(store)
    store.note_recalls([asked(1), asked(1), asked(2), asked(1), asked(2)], wait=True)
    assert store.times_shown(1, 2) == {1: 1, 2: 2}
    assert store.times_shown(1, 7) == {1: 3, 2: 2}
    assert store.times_shown(9, 1) == {}


def test_a_procedure_that_one_recall_brings_twice_was_shown_once(store: Store):
    add(store)
    store.note_recalls([asked(1, 2)], wait=True)
    assert store.times_shown(1, 1) == {1: 1}


def test_the_next_run_in_like_words_is_the_outcome_of_a_recall_with_a_draw(store: Store):
    add(store)
    store.note_recalls([asked(1), asked(1, held=True), asked(1, draw=None)], wait=True)
    other = store.add_trajectory("", run("boil an egg"), [], True).id
    assert store.outcomes() == []
    answer = run("clean the mug now", "take it", "wash it").model_copy(update={"tokens": 7})
    assert store.add_trajectory("", answer, [], True).id == other + 1
    (outcome,) = store.outcomes()
    assert (outcome.held, outcome.success, outcome.steps, outcome.tokens) == (True, True, 2, 7)
    assert store.outcomes([""]) == [outcome]
    assert store.outcomes(["other"]) == []


def test_what_was_given_is_of_the_last_day_for_the_same_task_in_the_same_context_and_not_answered(store: Store):
    add(store)
    old = asked(1, ago=timedelta(days=2))
    store.note_recalls([old, asked(1, held=True), asked(1, scope="other")], wait=True)
    assert store.given("", WORDS, "") == {}
    store.note_recalls([asked(1), asked(2), asked()], wait=True)
    assert store.given("", hash_words("Clean the mug!"), "") == {1: 2}, "as it was shown last"
    assert store.given("", hash_words("clean the blue mug"), "") == {}, "another task, of which nothing was shown"
    assert store.given("", hash_words("boil an egg"), "") == {}
    assert store.given("", WORDS, "another client") == {}
    store.add_trajectory("", run(TASK, "scrub it"), [], True)
    assert store.given("", WORDS, "") == {}
