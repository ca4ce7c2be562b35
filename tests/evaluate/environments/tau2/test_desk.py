"""The telecom desk: tools of the support and of the phone, and when a ticket is won, lost or closed."""

import pytest
import telecom

from memp.errors import InputError
from memp.evaluate.environments.environment import Task
from memp.evaluate.environments.tau2.desk import CLOSED, Desk
from memp.evaluate.environments.tau2.world import HANDED_OVER, TelecomWorld
from memp.evaluate.experiments.run import play

HAND_OVER = 'transfer_to_human_agents(summary="no idea")'


@pytest.fixture(scope="module")
def world() -> TelecomWorld:
    return telecom.world()


@pytest.fixture
def desk(world: TelecomWorld) -> Desk:
    return world.environment()


def ticket(world: TelecomWorld, kind: str, *issues: str, split: str = "train") -> Task:
    return next(t for t in world.tasks(split) if t.kind == kind and all(issue in t.id for issue in issues))


def test_a_ticket_is_its_first_observation(world: TelecomWorld, desk: Desk):
    task = ticket(world, "service")
    assert desk.reset(task) == task.goal


def test_a_solution_wins_with_its_last_call_and_not_before(world: TelecomWorld, desk: Desk):
    for task in world.tasks("train")[::6]:
        desk.reset(task)
        done = [desk.step(action) for action in world.walkthrough(task)]
        assert [one.done for one in done] == [False] * (len(done) - 1) + [True], task.id
        assert done[-1].reward == 1.0 and not any(one.refused for one in done)


def test_a_ticket_that_can_be_solved_is_lost_by_handing_it_over(world: TelecomWorld, desk: Desk):
    task = ticket(world, "mobile data")
    desk.reset(task)
    assert not desk.step(HAND_OVER).done
    answers = [desk.step(action) for action in world.walkthrough(task)]
    assert {answer.observation for answer in answers} == {CLOSED}
    assert not any(answer.done for answer in answers) and all(answer.refused for answer in answers)


def test_one_that_cannot_is_won_by_it_in_any_words(world: TelecomWorld, desk: Desk):
    desk.reset(ticket(world, HANDED_OVER))
    assert not desk.step("check_sim_status()").done
    assert desk.step(HAND_OVER).done


def test_a_reading_changes_nothing(world: TelecomWorld, desk: Desk):
    desk.reset(ticket(world, "service", "airplane_mode_on"))
    before = desk.step("check_network_status()")
    assert before.refused is False
    assert {name for name in desk.reads if name.startswith("toggle")} == set()
    for name in desk.reads:
        if not desk.tools[name].needed:
            desk.step(f"{name}()")
    assert desk.step("check_network_status()") == before


@pytest.mark.parametrize(
    "action",
    [
        "look around",
        "fly()",
        "refuel_data()",
        'refuel_data(customer_id="C1", line_id="L1", gb_amount="lots")',
        "set_apn_settings(apn_settings=0.5)",
        'check_app_status(name="x")',
        f"check_status_bar(x={'[' * 5000})",
    ],
)
def test_what_is_no_call_of_a_tool_is_refused_and_changes_nothing(world: TelecomWorld, desk: Desk, action: str):
    task = ticket(world, "picture messages")
    desk.reset(task)
    answer = desk.step(action)
    assert answer.refused and answer.observation.startswith("Error: ")
    assert desk.step(world.walkthrough(task)[0]).refused is False


def test_tools_are_listed_by_their_signatures(world: TelecomWorld, desk: Desk):
    with pytest.raises(InputError, match="reset"):
        _ = desk.admissible
    desk.reset(ticket(world, "service"))
    assert {"reboot_device()", "resume_line(customer_id, line_id)"} <= set(desk.admissible)
    assert list(desk.admissible) == sorted(set(desk.admissible))


def test_tickets_do_not_touch_one_another(world: TelecomWorld, desk: Desk):
    """The package has one VPN for all environments, which a ticket may break."""
    broken, whole = ticket(world, "mobile data", "bad_vpn"), ticket(world, "service")

    def connected() -> str:
        desk.reset(whole)
        desk.step("connect_vpn()")
        return desk.step("check_vpn_status()").observation

    before = connected()
    desk.reset(broken)
    assert connected() == before


def test_the_same_calls_give_the_same_answers(world: TelecomWorld, desk: Desk):
    """The package draws the ids of new bills."""
    task = ticket(world, "mobile data", "data_usage_exceeded")
    calls = [*world.walkthrough(task), 'get_bills_for_customer(customer_id="C1001")']

    def answers() -> list[str]:
        desk.reset(task)
        return [desk.step(call).observation for call in calls]

    assert answers() == answers()


class _Handing:
    """An agent that hands every ticket over."""

    def begin(self, task: Task, observation: str) -> None: ...

    def act(self, admissible: object) -> str:
        return HAND_OVER

    def observe(self, action: str, transition: object) -> None: ...


def test_refused_calls_are_counted_though_signatures_are_no_calls(world: TelecomWorld, desk: Desk):
    played = play(desk, ticket(world, "service"), _Handing(), limit=3)
    assert (played.won, played.invalid) == (False, 2)
