"""The measures of one family. What Build makes of it is Build's own; here it is a family that no Build can get wrong, and
labels that no Build can meet."""

from typing import Any

from labelled_runs import LAMPS, family, lamp, run

from memp.evaluate.experiments.traces.labels import LabelledFamily
from memp.evaluate.experiments.traces.measures import MEASURES, Scored, scored


def score(labelled: dict[str, Any]) -> Scored:
    return scored(LabelledFamily.model_validate(labelled))


def test_a_family_of_calls_that_differ_in_one_value_is_scored_whole():
    counts = score(LAMPS).counts
    assert counts["lost"] == counts["lost_family"] == (0, 9)
    assert counts["values"] == (1, 1) and counts["fixed"] == (1, 1)
    assert counts["false"][0] == 0 and counts["dispensable"] == counts["conditions"] == (0, 0)
    assert set(counts) < set(MEASURES), "who joins whom is measured with memories"


def test_what_is_lost_is_told():
    attic = lamp(3, "attic", run_only=["E27"], conditions=[{"step": 1, "if": "dark", "present": True}])
    attic["values"] = [{"name": ["storey"], "text": "third", "from": "task"}]
    first = lamp(1, "kitchen")
    first["values"] = [{"name": ["storey"], "text": "first", "from": "task"}]
    result = score(family("lamp", first, lamp(2, "cellar"), attic))
    assert result.counts["conditions"] == (0, 1) and result.counts["run_only"] == (1, 1)
    assert result.counts["values"] == (0, 1), "a storey that no action has; a room that one run has does not vary"
    remarks = "\n".join(result.remarks)
    assert "no condition: lamp-3, step 1, take_bulb(kind=\"E27\"): if 'dark'" in remarks
    assert "storey is no parameter: first / third" in remarks
    assert "of one run: E27" in remarks


def test_runs_that_are_no_one_procedure_are_scored_one_by_one():
    assert set(score({**LAMPS, "same_procedure": False}).counts) == {"lost", "dispensable"}


def test_a_failed_attempt_that_a_procedure_keeps_is_counted():
    def pushed(*mend: str):
        steps = [("git push", "rejected: E17\n[exit 1]"), *mend, "git push"]
        effects, dispensable = [*range(1, len(steps))], [0, len(steps)]
        return [
            run(f"push-{n}", f"Push {n}.", *steps, f"echo {n} done", effects=effects, dispensable=dispensable)
            for n in ("x", "y", "z")
        ]

    kept, of = score(family("push", *pushed())).counts["dispensable"]
    assert of == 6 and kept <= 3, "a try of the same text as the step that worked is none more"
    kept, of = score(family("push", *pushed("git pull"))).counts["dispensable"]
    assert kept == of == 6, "the error of the try says when to pull"
