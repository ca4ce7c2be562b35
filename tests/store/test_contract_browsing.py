"""Pages of procedures, runs and recalls."""

from datetime import UTC, datetime, timedelta

import pytest
from stored import add, run, script

from memp.domain.origin import Origin
from memp.domain.procedure import Draft, Ref
from memp.domain.results import KEPT_ANSWERS
from memp.errors import NotFoundError
from memp.store import Store
from memp.store.records import Asked, ProceduresWanted, RunsWanted, Shown
from memp.text.keywords import hash_words

TODAY = datetime.now(UTC).date().isoformat()


def used(store: Store, procedure_id: int, *successes: bool) -> None:
    """Let runs use a procedure, with these outcomes."""
    for number, success in enumerate(successes):
        one = run(f"use {procedure_id} for the {number}th time")
        store.add_trajectory("", one, [Ref(procedure_id=procedure_id)], success)


def recall(task: str, *shown: int, answer: str = "", scope: str = "") -> Asked:
    """A recall of now that showed these procedures."""
    at = datetime.now(UTC).isoformat()
    return Asked(
        scope=scope, words=hash_words(task), context="/m/cli/", at=at, answer=answer, asked=f'{{"task": "{task}"}}',
        shown=tuple(Shown(procedure_id=i, revision=1, similarity=0.5) for i in shown),
    )  # fmt: skip


def test_procedures_are_filtered_sorted_and_paged(store: Store):
    one, two, three = (add(store, task, steps=[task]) for task in ("wash a mug", "boil an egg", "mow the lawn"))
    used(store, one, True, False)
    used(store, two, True)
    store.set_tier(three, "pinned", "person", "")
    store.archive(one, "worn out")

    def wanted(**fields: object) -> list[int]:
        found = store.browse_procedures(ProceduresWanted(**fields), None)  # pyright: ignore[reportArgumentType]
        assert store.count_procedures(ProceduresWanted(**fields), None) == len(found)  # pyright: ignore[reportArgumentType]
        return found

    assert wanted(sort="oldest") == [two, three]
    assert wanted(sort="oldest", status="") == [one, two, three]
    assert wanted(status="archived") == [one]
    assert wanted(tier="pinned") == [three]
    assert wanted(ids=[one, two]) == [two]
    assert (wanted(outcome="unused"), wanted(outcome="worked")) == ([three], [two])
    assert wanted(outcome="failed", status="") == [one]
    assert wanted(status="", sort="used") == [one, two, three]
    assert wanted(status="", sort="success") == [two, one, three]
    assert wanted(project="elsewhere") == []
    assert wanted(client="nobody") == []
    assert wanted(builder="extractive") == [] and wanted(builder="caller", sort="oldest") == [two, three]
    assert wanted(since="2999-01-01") == []
    assert wanted(waits=True) == [two]
    assert store.browse_procedures(ProceduresWanted(status=""), ["other"]) == []
    assert store.browse_procedures(ProceduresWanted(status="", sort="oldest"), [""], offset=1, limit=1) == [two]


def test_revisions_that_wait_come_before_candidates(store: Store):
    candidate = add(store, "wash a mug", steps=["wash it"])
    revised = add(store, "boil an egg", steps=["boil it"])
    store.set_tier(revised, "validated", "person", "")
    (procedure,) = store.procedures([revised])
    store.revise(revised, 1, procedure.script, "caller", "reflection on t1", [], state="trial")
    assert store.browse_procedures(ProceduresWanted(waits=True, sort="waiting"), None) == [revised, candidate]


def test_clients_that_brought_procedures_are_named_once(store: Store):
    for task, client in (("wash a mug", "cli"), ("boil an egg", "cli"), ("mow the lawn", "")):
        draft = Draft(script=script(task), builder="caller")
        store.put("", draft, store.add_trajectory("", run(task), [], True).id, task, [], origin=client)
    assert store.brought_by(None) == store.brought_by([""]) == ["cli"]
    assert store.brought_by(["other"]) == []


def test_runs_are_filtered_and_paged_the_last_first(store: Store):
    now = datetime.now(UTC)
    ids = [
        store.add_trajectory(
            "", run(f"task {number}").model_copy(update={"created_at": now - timedelta(days=number)}), [], number != 1,
            Origin(channel="tool", client="cli", name="s") if number else Origin(channel="program"),
        ).id
        for number in range(3)
    ]  # fmt: skip
    assert [row.id for row in store.browse_runs(RunsWanted(), None)] == ids
    assert [row.id for row in store.browse_runs(RunsWanted(), None, offset=1, limit=1)] == ids[1:2]
    assert [row.id for row in store.browse_runs(RunsWanted(success=False), [""])] == ids[1:2]
    assert store.count_runs(RunsWanted(success=True), None) == 2
    assert store.count_runs(RunsWanted(), ["other"]) == 0
    (origin,) = (one.id for one in store.origins() if one.origin.client == "cli")
    assert [row.id for row in store.browse_runs(RunsWanted(origin=origin), None)] == ids[1:]
    since, until = (now - timedelta(days=1, hours=1)).isoformat(), (now - timedelta(hours=1)).isoformat()
    assert [row.id for row in store.browse_runs(RunsWanted(since=since, until=until), None)] == ids[1:2]
    assert store.browse_runs(RunsWanted(project="elsewhere"), None) == []
    store.withdraw({ids[0]: "revoked t1: no such run"}, {})
    assert [row.id for row in store.browse_runs(RunsWanted(revoked=True), None)] == ids[:1]
    assert store.count_runs(RunsWanted(revoked=False), None) == 2


def test_a_row_of_a_run_says_what_a_list_shows(store: Store):
    store.add_trajectory("", run("wash a mug", "take it", "wash it").model_copy(update={"tokens": 7}), [], True)
    (row,) = store.browse_runs(RunsWanted(), None)
    assert (row.task, row.success, row.steps, row.tokens, row.project) == ("wash a mug", True, 2, 7, "")
    assert row.at.startswith(TODAY) and row.weight > 0


def test_days_count_runs_recalls_and_new_procedures(store: Store):
    made = add(store, "wash a mug", steps=["wash it"])
    before = store.days("2000-01-01", None)[-1]
    store.add_trajectory("", run("boil an egg"), [], False)
    store.note_recalls([recall("mow the lawn", made)], wait=True)
    (day,) = store.days(TODAY, [""])
    assert (day.day, day.runs, day.successes) == (TODAY, before.runs + 1, before.successes)
    assert (day.recalls, day.procedures) == (1, 1)
    assert store.days("2999-01-01", None) == [] and store.days(TODAY, ["other"]) == []


def test_answers_are_kept_word_for_word_and_can_be_judged(store: Store):
    made = add(store, "wash a mug", steps=["wash it"])
    store.note_recalls([recall("mow the lawn"), recall("wash a cup", made, answer='{"matches": []}')], wait=True)
    last, first = store.browse_answers(None)
    assert (first.answer, first.shown, first.asked) == ("", [], "")
    assert (last.answer, last.shown, last.asked) == ('{"matches": []}', [made], '{"task": "wash a cup"}')
    assert (last.context, last.held, last.run, last.ended, last.judged) == ("/m/cli/", False, None, "", "")
    assert store.browse_answers(["other"]) == [] and len(store.browse_answers(None, offset=1)) == 1
    assert store.answer_of(last.id, None) == store.answer_of(last.id, [""]) == last
    assert store.answer_of(last.id, ["other"]) is None and store.answer_of(999, None) is None
    assert store.judge_answer(last.id, "no such mug") and not store.judge_answer(first.id, "?")
    assert store.browse_answers(None, limit=1)[0].judged == "no such mug"


def test_a_judgement_is_in_the_log_of_what_was_shown_and_is_taken_back_once(store: Store):
    one, two = (add(store, task, steps=[task]) for task in ("wash a mug", "boil an egg"))
    store.note_recalls([recall("wash a cup", two, one, answer="{}")], wait=True)
    (row,) = store.browse_answers(None)
    assert row.shown == [two, one]
    assert store.judge_answer(row.id, "wrong sink")
    assert not store.judge_answer(row.id, "another"), "it is not as it was"
    assert store.judge_answer(row.id, "", "wrong sink") and not store.judge_answer(row.id, "", "wrong sink")
    for procedure in (one, two):
        back, judged = store.changes(procedure, limit=2)
        assert (judged.actor, judged.action, judged.revision) == ("person", "judged wrong", 1)
        assert judged.detail == f"recall {row.id}: wrong sink"
        assert (back.action, back.detail) == ("judgement taken back", judged.detail)


def test_a_recall_says_how_the_run_ended_that_followed(store: Store):
    for task in ("wash a mug", "boil an egg", "mow the lawn"):
        store.note_recalls([recall(task, answer="{}")], wait=True)
    ids = [store.add_trajectory("", run(task), [], task != "boil an egg").id for task in ("wash a mug", "boil an egg")]
    assert [(row.run, row.ended) for row in store.browse_answers(None)] == [
        (None, ""), (ids[1], "failure"), (ids[0], "success"),
    ]  # fmt: skip
    store.withdraw({ids[0]: "revoked t1: no such run"}, {})
    assert [row.ended for row in store.browse_answers(None)] == ["", "failure", "revoked"]


def test_old_answers_go_and_those_that_were_judged_stay(store: Store):
    store.note_recalls([recall("wash a cup", answer="{}")] * 2, wait=True)
    judged = store.browse_answers(None)[0].id
    store.judge_answer(judged, "wrong")
    store.note_recalls([recall("wash a cup", answer="{}")] * KEPT_ANSWERS, wait=True)
    rows = store.browse_answers(None, offset=KEPT_ANSWERS, limit=10)
    assert [(row.id == judged, row.answer) for row in rows] == [(True, "{}"), (False, "")]


def test_where_no_words_are_kept_those_of_before_go_too(store: Store):
    store.note_recalls([recall("wash a cup", answer="{}")] * 2, wait=True)
    judged = store.browse_answers(None)[0].id
    store.judge_answer(judged, "wrong")
    store.note_recalls([recall("wash a cup", answer="{}")], wait=True, keep=0)
    assert [row.answer for row in store.browse_answers(None)] == ["", "{}", ""]


@pytest.mark.parametrize("of", ["procedure", "run"])
def test_what_is_forgotten_is_in_no_answer(store: Store, of: str):
    made = add(store, "wash a mug", steps=["wash it"])
    source = store.procedures([made])[0].trajectories[0]
    store.note_recalls([recall("boil an egg", answer='{"matches": ["wash it"]}')], wait=True)
    store.forget([made], []) if of == "procedure" else store.forget([], [source])
    assert [row.answer for row in store.browse_answers(None)] == [""]


def test_answers_where_it_was_not_seen_stay(store: Store):
    made = add(store, "wash a mug", steps=["wash it"], scope="ours")
    asked = [recall("boil an egg", answer="{}", scope=scope) for scope in ("ours", "theirs")]
    store.note_recalls(asked, wait=True)
    store.forget([made], [])
    assert {row.scope: row.answer for row in store.browse_answers(None)} == {"ours": "", "theirs": "{}"}


def test_the_words_of_one_recall_are_forgotten_and_what_it_showed_stays(store: Store):
    made = add(store, "wash a mug", steps=["wash it"])
    store.note_recalls([recall("boil an egg", made, answer="{}"), recall("mow the lawn", made, answer="{}")], wait=True)
    kept, gone = store.browse_answers(None)
    store.judge_answer(gone.id, "no egg")
    store.forget_answer(gone.id)
    assert store.browse_answers(None) == [kept, gone._replace(asked="", answer="")]
    assert [(c.action, c.detail) for c in store.changes(made, 1)] == [("judged wrong", "")]
    assert store.add_trajectory("", run("boil an egg"), [], True) and store.browse_answers(None)[1].run is None
    with pytest.raises(NotFoundError):
        store.forget_answer(999)


def test_with_a_run_goes_what_was_asked_before_it(store: Store):
    store.note_recalls([recall("wash a mug", answer="{}"), recall("mow the lawn", answer="{}")], wait=True)
    store.forget([], [store.add_trajectory("", run("wash a mug"), [], True).id])
    assert [row.asked for row in store.browse_answers(None)] == ['{"task": "mow the lawn"}']
