"""What was learned elsewhere: it yields to what fits here, however much of it there is, and says where it is from."""

from collections.abc import Callable

from memp.domain.trajectory import Provenance
from memp.memory import ProceduralMemory

CHECK = "check: curl, exit 0"
HERE = Provenance(project="github.com/acme/blog")


def release(memory: ProceduralMemory, project: str | None, host: str, task: str = "release a new version") -> int:
    steps = [f"rsync -a public/ {host}:/srv -> sent", f"curl https://{host}/ -> ok"]
    return memory.record(task, steps, "success", evidence=CHECK, provenance=Provenance(project=project)).built or 0


def test_the_own_one_comes_first_among_any_number_of_others(memory: ProceduralMemory):
    for number in range(60):
        release(memory, f"github.com/acme/other{number}", f"host{number}.example.net")
    own = release(memory, HERE.project, "blog.example.net")
    for number in range(60, 70):
        release(memory, f"github.com/acme/other{number}", f"host{number}.example.net")
    (match,) = memory.recall("release a new version", provenance=HERE).matches
    assert (match.procedure.id, match.learned_in) == (own, "")


def test_what_is_nobodys_yields_to_an_own_one_that_fits_nearly_as_well_and_is_told_without_one(
    memory: ProceduralMemory,
):
    nobodys = release(memory, None, "any.example.net")
    assert [m.procedure.id for m in memory.recall("release a new version", provenance=HERE).matches] == [nobodys]
    own = release(memory, HERE.project, "blog.example.net", "release the new version")
    assert [m.procedure.id for m in memory.recall("release a new version", provenance=HERE, limit=2).matches] == [own]


def test_it_is_told_only_where_it_may_be_and_why_says_why_not(memory: ProceduralMemory):
    other = release(memory, "github.com/acme/shop", "shop.example.net")
    told = memory.recall("release a new version", provenance=HERE)
    assert [(m.procedure.id, m.learned_in) for m in told.matches] == [(other, "shop")]
    assert {"shop.example.net:/srv", "https://shop.example.net/"} <= set(told.matches[0].theirs)
    silent = memory.recall("release a new version", provenance=HERE, elsewhere=False)
    assert (silent.matches, silent.perhaps, silent.explanation.considered[other].elsewhere) == ([], None, "shop")
    assert [m.learned_in for m in memory.recall("release a new version").matches] == [""]


def test_a_pitfall_of_elsewhere_is_told_where_none_is_known_here(memory: ProceduralMemory):
    error = "Error E77: the builder is wedged"
    for project, lesson in (("github.com/acme/shop", "destroy it"), (HERE.project, "restart it")):
        told = memory.recall("ship it", error=error, provenance=HERE).on_error
        assert told is not None and [one.learned_in for one in told.precedents] == (
            ["shop"] if project == HERE.project else []
        )
        memory.reflect("ship it", [f"ship -> {error}"], error, lesson=lesson, provenance=Provenance(project=project))
    told = memory.recall("ship it", error=error, provenance=HERE).on_error
    assert told is not None and {one.learned_in for one in told.precedents} == {""}


def test_a_revision_is_not_written_from_what_another_project_learned(memory: ProceduralMemory):
    release(memory, "github.com/acme/shop", "shop.example.net")
    reflected = memory.reflect("release a new version", ["rsync -> refused"], "refused", provenance=HERE)
    assert "shop.example" not in str(reflected.material)


def test_how_near_the_own_ones_come_is_told_though_those_of_elsewhere_come_nearer(
    open_memory: Callable[..., ProceduralMemory],
):
    memory = open_memory(floor=0.9)
    shop = Provenance(project="github.com/acme/shop")
    for n, colour in enumerate(("red", "green", "blue", "black", "white")):
        steps = [f"{verb}{n} it" for verb in ("stop", "wait", "start")]
        memory.record(f"fix the {colour} worker of the shop", steps, "success", provenance=shop)
    release(memory, HERE.project, "blog.example.net", "bake bread with seeds")
    silent = memory.recall("fix the queue worker", provenance=HERE, elsewhere=False)
    assert silent.matches == [] and silent.closest is not None and 0 < silent.closest < 0.2
