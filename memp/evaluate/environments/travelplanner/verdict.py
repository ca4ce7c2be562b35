"""The verdict on a plan: TravelPlanner's thirteen checks, by the names of its paper, and the paper's measures.

A check is passed, failed with a message, or does not apply: a query without a wish for a cuisine has none to check. The
hard constraints are checked only where the plan is complete and made of the tables; elsewhere those that apply are failed.
"""

from collections.abc import Mapping

from memp.domain.trajectory import Value

SANDBOX, COMPLETE = "Within Sandbox", "Complete Information"


class Check(Value):
    """One check of a plan. `message` says in words how it failed; a hard one may fail without having been made."""

    name: str
    hard: bool = False
    passed: bool = True
    message: str = ""

    @property
    def said(self) -> str:
        return f"{self.name}: {self.message}"


class Verdict(Value):
    """All checks that apply to a plan."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Final pass: all checks are."""
        return all(check.passed for check in self.checks)

    @property
    def messages(self) -> tuple[str, ...]:
        """The messages of the failed checks, in words."""
        return tuple(check.said for check in self.checks if not check.passed and check.message)

    @property
    def shares(self) -> Mapping[str, tuple[int, int]]:
        """The paper's measures as (passed, of): micro counts checks, macro plans that pass all of a kind."""
        shares: dict[str, tuple[int, int]] = {}
        for title, hard in (("CS", False), ("HC", True)):
            checks = [check for check in self.checks if check.hard == hard]
            passed = sum(check.passed for check in checks)
            shares[f"{title} micro"] = (passed, len(checks))
            shares[f"{title} macro"] = (int(passed == len(checks)), 1)
        return shares
