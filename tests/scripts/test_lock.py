"""The lock files: they answer what the pyproject.toml ask for, no more and no less, and are what is installed here."""

from collections.abc import Iterator, Sequence
from importlib.metadata import distribution, version

import pytest
from lock import LOCKS, Lock
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

NAMED = pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.path.stem)
(MEMP, DEV, SLIM) = LOCKS


def blocks(lock: Lock) -> Sequence[Sequence[str]]:
    """The lines of each pin: what is pinned, then its hashes."""
    text = lock.path.read_text(encoding="utf-8").replace("\\\n", "\0")
    return [[part.strip() for part in line.split("\0")] for line in text.splitlines() if not line.startswith("#")]


def pins(lock: Lock) -> Sequence[Requirement]:
    return [Requirement(block[0]) for block in blocks(lock)]


def pinned(one: Requirement) -> str:
    (specifier,) = one.specifier
    assert specifier.operator == "==", f"{one} is no pin"
    return specifier.version


@NAMED
def test_every_pin_has_hashes_and_comes_from_no_address(lock: Lock):
    for what, *hashes in blocks(lock):
        assert hashes, f"{what} has no hash"
        assert all(one.startswith("--hash=sha256:") and len(one) == 78 for one in hashes), what
        assert Requirement(what).url is None
    names = [canonicalize_name(pin.name) for pin in pins(lock)]
    assert names == sorted(names)


@NAMED
def test_what_a_pyproject_asks_for_is_pinned_as_it_asks(lock: Lock):
    """Where it fails: make lock."""
    for line in lock.asked():
        asked = Requirement(line)
        same = [pin for pin in pins(lock) if canonicalize_name(pin.name) == canonicalize_name(asked.name)]
        assert same, f"{lock.path.name} lacks {line}"
        for pin in same:
            assert asked.specifier.contains(pinned(pin), prereleases=True), f"{lock.path.name} has {pin} for {line}"


def needed(asked: Sequence[str], excluded: Sequence[str]) -> set[str]:
    """Names of the packages that these requirements lead to on this machine, by what the installed ones ask for."""
    seen: set[str] = set()

    def visit(requirement: Requirement, extras: frozenset[str]) -> Iterator[Requirement]:
        wanted = any(requirement.marker is None or requirement.marker.evaluate({"extra": extra}) for extra in extras)
        if wanted and canonicalize_name(requirement.name) not in excluded:
            yield requirement

    waiting = [(Requirement(line), frozenset({""})) for line in asked]
    done: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        requirement, extras = waiting.pop()
        for one in visit(requirement, extras):
            name = canonicalize_name(one.name)
            own = frozenset({"", *one.extras})
            seen.add(name)
            if (name, own) not in done:
                done.add((name, own))
                waiting += [(Requirement(line), own) for line in distribution(name).requires or ()]
    return seen


@NAMED
def test_nothing_is_pinned_that_nobody_asks_for_and_nothing_is_missing(lock: Lock):
    """Where it fails: make lock."""
    here = {canonicalize_name(pin.name) for pin in pins(lock) if pin.marker is None or pin.marker.evaluate()}
    assert here == needed(lock.asked(), lock.excluded)


def test_what_is_installed_is_what_is_locked():
    """Where it fails: make dev."""
    here = [pin for pin in pins(DEV) if pin.marker is None or pin.marker.evaluate()]
    assert {pin.name: version(pin.name) for pin in here} == {pin.name: pinned(pin) for pin in here}


@pytest.mark.parametrize("lock", [MEMP, SLIM], ids=lambda lock: lock.path.stem)
def test_the_versions_that_are_tested_are_those_that_people_get(lock: Lock):
    tested = {(canonicalize_name(pin.name), pinned(pin)) for pin in pins(DEV)}
    assert {(canonicalize_name(pin.name), pinned(pin)) for pin in pins(lock)} <= tested
