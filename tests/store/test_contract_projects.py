"""Projects of a store: what belongs to which, and what moves."""

from stored import add_pitfall, refs, run, script, task_keys

from memp.domain.procedure import Draft, Parameter
from memp.domain.projects import Belonging
from memp.domain.trajectory import Evidence, Provenance, Step, Trajectory
from memp.store import Store

SHOP, BLOG = "github.com/acme/shop", "~/blog"
CHECKED = Evidence(kind="check", detail="pytest, exit 0")
DRAFT = Draft(script=script("fly deploy", goal="Release it"), builder="caller")


def ran(project: str | None, task: str = "release it", action: str = "fly deploy", **more: object) -> Trajectory:
    made = run(task, provenance=Provenance(project=project))
    return made.model_copy(update={"steps": (Step(action=action, observation="ok"),), "evidence": CHECKED, **more})


def put(store: Store, project: str | None, task: str = "release it", action: str = "fly deploy") -> int:
    stored = store.add_trajectory("", ran(project, task, action), [], True)
    return store.put("", DRAFT, stored.id, "fly deploy", task_keys(task), twin=lambda _: True).id


def test_a_procedure_belongs_to_the_projects_of_the_runs_that_made_it(store: Store):
    shop, blog, nobodys = put(store, SHOP), put(store, BLOG), put(store, None, "release that")
    assert len({shop, blog, nobodys}) == 3  # Equal chains of steps of two projects are two procedures.
    assert store.belonging([shop, nobodys, 99]) == {
        shop: Belonging(frozenset({SHOP}), frozenset({SHOP})), nobodys: Belonging(frozenset({""})),
    }  # fmt: skip
    assert store.ran_in([1, 2, 3]) == {1: SHOP, 2: BLOG, 3: ""}
    assert put(store, SHOP, "release it now") == shop


def test_two_projects_have_validated_what_runs_of_both_that_did_not_follow_it_show(store: Store):
    shop = put(store, SHOP)

    def joined(number: int, *used: int, evidence: Evidence = CHECKED) -> Belonging:
        other = store.add_trajectory("", ran(BLOG, f"job {number}", evidence=evidence), refs(*used), True)
        store.join(shop, 1, other.id, {other.id: DRAFT}, [], rewrite=False)
        return store.belonging([shop])[shop]

    assert not joined(1, shop).general
    assert not joined(2, evidence=Evidence(kind="claim")).general
    assert joined(3).general
    assert (
        put(store, SHOP, "release it again") != shop
    )  # What is of several projects takes in no more by its steps alone.


def test_the_same_done_in_two_projects_is_two_runs(store: Store):
    assert store.add_trajectory("", ran(SHOP), [], True).new
    assert not store.add_trajectory("", ran(SHOP), [], True).new
    assert not store.add_trajectory("", ran(None), [], True).new
    other = store.add_trajectory("", ran(BLOG), [], True)
    assert (other.new, other.id) == (True, 2)
    assert not store.add_trajectory("", ran(BLOG), [], True).new


def test_a_pitfall_belongs_where_it_was_met_else_to_its_procedure(store: Store):
    procedure = put(store, SHOP)
    met = store.add_trajectory("", ran(BLOG, "another"), [], False)
    alone, of_it = add_pitfall(store, None, met.id, "boom"), add_pitfall(store, procedure, 1, "bang")
    assert {i: one.projects for i, one in store.met_in([alone, of_it]).items()} == {alone: {BLOG}, of_it: {SHOP}}


def test_all_keys_of_a_project_are_found_whoever_else_has_many(store: Store):
    for number in range(3):
        put(store, BLOG, f"release {number}")
    shop = put(store, SHOP, "release the shop")
    assert [hit.owner for hit in store.own_keys("task", SHOP, [""], 2, None)] == [shop]
    assert store.own_keys("task", SHOP, ["other"], 2, None) == []
    assert (store.has_procedures(SHOP, [""]), store.has_procedures(SHOP, ["other"])) == (True, False)
    store.archive(shop, "useless")
    assert store.own_keys("task", SHOP, [""], 2, None) == []


def test_names_and_runs_are_looked_for_in_other_projects_or_in_one_first(store: Store):
    shop = put(store, SHOP, action="fly deploy --app shop-prod")
    put(store, BLOG, action="fly deploy --app Blog-prod")
    put(store, None, "else", action="psql db.internal")
    assert store.named_elsewhere(["shop-prod", "blog-prod", "fly", "db.internal"], SHOP) == {"blog-prod", "fly"}
    assert store.named_elsewhere([], SHOP) == frozenset()
    assert (store.showing(["fly"], [""], 9), store.showing(["fly"], [""], 9, SHOP)) == ([2, 1], [1, 2])
    assert store.closest_run(shop, "release it", [SHOP]) == 1
    assert store.closest_run(shop, "release it", [BLOG]) is None


def test_what_parameters_stood_for_and_what_was_found_is_told_of_the_projects_asked_for(store: Store):
    parameters = (Parameter(name="object"), Parameter(name="place", description="where {object} is"))
    written = script("take {object} from {place}").model_copy(update={"parameters": parameters})
    draft = Draft(script=written, builder="caller")
    for project, place in ((SHOP, "shelf"), (BLOG, "drawer")):
        stored = store.add_trajectory("", ran(project, f"take it {project}"), [], True)
        bound = draft.model_copy(update={"bindings": {"object": "mug", "place": place}})
        store.put("", bound, stored.id, "take", [])
    assert store.stood_for(1, {}, [SHOP])["place"] == [("shelf", 1)]
    assert store.stood_for(1, {}, [BLOG]) == {}
    about = "where mug is"
    assert store.findings([about], [""], None, [SHOP, ""]) == {about: [("shelf", 1)]}
    assert store.findings([about], [""]) == {about: [("drawer", 1), ("shelf", 1)]}
    assert store.findings([about], [""], None, ["other"]) == {}


def test_projects_are_moved_merged_and_named(store: Store):
    shop, blog = put(store, SHOP), put(store, BLOG, "write a post")
    put(store, None, "print it")
    store.add_trajectory("", ran(SHOP, "use it"), refs(shop), True)
    store.name_project(SHOP, "Shop A")
    assert store.project_titles() == {SHOP: "Shop A", BLOG: ""}
    known = {one.identity: (one.runs, one.procedures, one.title) for one in store.known_projects()}
    assert known == {SHOP: (2, 1, "Shop A"), BLOG: (1, 1, ""), "": (1, 1, "")}
    store.merge_projects(SHOP, "shop")
    assert (store.runs_in(SHOP), store.runs_in("shop"), store.procedures_in("shop")) == ([], [1, 4], [shop])
    assert store.merged_projects() == {SHOP: "shop", "shop": "", BLOG: ""}
    assert store.trajectory(1).provenance.context.startswith("shop/")
    assert store.uses(shop)[0].context == store.trajectory(1).provenance.context
    store.move_to_project(store.runs_in("shop"), [shop], "", "moved")
    assert store.trajectory(1).provenance.project is None and store.belonging([shop])[shop].projects == {""}
    assert store.belonging([blog])[blog].projects == {BLOG}
    assert store.runs_in("", "shop") == []
