"""The remedy ladder: who may act when, what stands against it, and who answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from tixmaster.oncall import intake, maintenance, remedy
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import LinkError, NothingToDecideError
from tixmaster.oncall.incident import absorb_waiting
from tixmaster.oncall.remedy import guards, links, measure
from tixmaster.oncall.remedy.guards import Reason, Wish
from tixmaster.oncall.remedy.measure import Reading
from tixmaster.oncall.remedy.policy import configured
from tixmaster.oncall.store import facts, incidents, timeline
from tixmaster.oncall.store.schema import action
from tixmaster.stack import secrets
from tixmaster.stack.config import Config, Hours, Oncall, PolicyRule, Remedy

from .conftest import Clock, Webhook

CAUSE = "database-refuses-connections"
MONDAY_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
Act = Callable[..., int]


@pytest.fixture
def incident(desk: Desk, webhook: Webhook) -> dict[str, Any]:
    """INC-1, of the present moment."""
    secrets.ensure_all(desk.config)
    intake.store(desk, webhook())
    absorb_waiting(desk)
    with desk.database.read() as connection:
        return incidents.get(connection, 1)


@pytest.fixture
def act(desk: Desk, webhook: Webhook) -> Act:
    """Writes down an act on postgres so many minutes ago, of another incident unless told otherwise."""

    def write(minutes: float, *, state: str = "done", service: str = "postgres", number: int = 2, **more: Any) -> int:
        intake.store(desk, webhook("DiskWillFill", labels={"service": "host"}, fingerprint="disk"))
        absorb_waiting(desk)
        at = desk.now() - timedelta(minutes=minutes)
        values = {"incident": number, "run": 1, "kind": "restart", "service": service, "cause": CAUSE, "state": state}
        ended = at if state in ("done", "failed") else None
        times = {"proposed_at": at, "decided_at": at, "started_at": at, "finished_at": ended}
        with desk.database.write() as connection:
            added = sa.insert(action).values(**{**values, "command": f"tix restart {service}", **times, **more})
            return int(connection.execute(added.returning(action.c.id)).scalar_one())

    return write


def refusal(desk: Desk, incident: dict[str, Any], *, service: str = "postgres", **more: Any) -> Reason | None:
    wish = Wish(**{"incident": incident, "service": service, "cause": CAUSE, "run": 1, **more})
    with desk.database.read() as connection:
        found = guards.check(desk, connection, wish)
    return found.reason if found else None


@pytest.mark.parametrize(
    ("moment", "policy"),
    [
        (datetime(2026, 3, 2, 0, 59, tzinfo=UTC), "observe"),  # Monday 08:59 in Taipei
        (datetime(2026, 3, 2, 1, 0, tzinfo=UTC), "auto"),
        (datetime(2026, 3, 2, 10, 0, tzinfo=UTC), "observe"),  # 18:00
        (datetime(2026, 3, 1, 3, 0, tzinfo=UTC), "observe"),  # Sunday
    ],
)
def test_a_policy_may_hold_for_hours(moment: datetime, policy: str) -> None:
    """On working days from nine to six, in the zone of the rule."""
    hours = Hours(begins="09:00", ends="18:00", days=("mon", "tue", "wed", "thu", "fri"), zone="Asia/Taipei")
    rules = (PolicyRule(policy="auto", service="backend", hours=hours),)
    config = Config(oncall=Oncall(remedy=Remedy(policy="observe", rules=rules)))
    assert configured(config, "backend", CAUSE, moment).policy == policy


def test_hours_may_go_past_midnight() -> None:
    """A night belongs to the day on which it begins."""
    night = Hours(begins="22:00", ends="06:00", days=("mon",))
    within = [MONDAY_NOON + timedelta(hours=hours) for hours in (10, 17.9)]
    outside = [MONDAY_NOON + timedelta(hours=hours) for hours in (-7, 9.9, 18, 34)]
    assert [night.cover(moment) for moment in within + outside] == [True, True, False, False, False, False]


def test_the_first_rule_that_fits_decides() -> None:
    """By service and cause; the general policy where none fits."""
    rules = (
        PolicyRule(policy="observe", service="postgres"),
        PolicyRule(policy="auto", cause=CAUSE),
    )
    config = Config(oncall=Oncall(remedy=Remedy(rules=rules)))
    found = [
        configured(config, *about, MONDAY_NOON).policy for about in (("postgres", CAUSE), ("x", CAUSE), ("x", "y"))
    ]
    assert found == ["observe", "auto", "approve"]


@pytest.mark.parametrize("text", [{"from": "9"}, {"until": "25:00"}, {"zone": "Nowhere"}, {"days": ["monday"]}])
def test_hours_that_make_no_sense_stop_the_start(text: dict[str, Any]) -> None:
    """With what to write."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(text, Hours)


def test_nothing_stands_against_the_first_act(desk: Desk, incident: dict[str, Any]) -> None:
    """All guards are asked."""
    assert refusal(desk, incident) is None
    assert refusal(desk, incident, service="nobody") == "unknown-service"


@pytest.mark.parametrize(
    ("service", "cause", "minutes", "state", "reason"),
    [
        ("backend", "another", 1, "done", "cool-down"),
        ("backend", "another", 20, "done", None),
        ("backend", CAUSE, 20, "failed", "did-not-help"),
        ("postgres", CAUSE, 60, "done", "shared-service"),
        ("postgres", CAUSE, 60 * 25, "done", None),
        ("postgres", "another", 60, "done", None),
        ("postgres", "another", 1, "running", "under-way"),
        ("backend", "another", 1, "running", "under-way"),
        ("backend", "another", 61, "running", None),
    ],
)
def test_what_was_done_lately_stands_against_it(
    desk: Desk, incident: dict[str, Any], act: Act, service: str, cause: str, minutes: float, state: str, reason: Reason
) -> None:
    """On the same service; what runs also on one that it needs or that needs it."""
    act(minutes, state=state, service=service, cause=cause)
    asked = "backend" if (service, reason) != ("backend", "under-way") else "postgres"
    if service == "postgres" and reason != "under-way":
        asked = "postgres"
    assert refusal(desk, incident, service=asked) == reason


def test_the_budget_is_counted_over_all_incidents(desk: Desk, incident: dict[str, Any], act: Act) -> None:
    """Two restarts within half an hour are enough; in a drill they do not count."""
    for minutes, cause in ((28, "a"), (29, "b")):
        act(minutes, service="backend", cause=cause)
    assert refusal(desk, incident, service="backend") == "budget-spent"
    assert refusal(desk, incident | {"drill": "x"}, service="backend") is None


def test_a_cause_is_tried_once_in_an_incident(desk: Desk, incident: dict[str, Any], act: Act) -> None:
    """Whatever became of it; the act itself does not stand in its own way."""
    own = act(90, number=1)
    assert refusal(desk, incident, run=2) == "tried-before"
    assert refusal(desk, incident, own=own) is None


def test_maintenance_and_deploys_keep_on_call_off(desk: Desk, incident: dict[str, Any], clock: Clock) -> None:
    """Also a deploy of what the service needs; one that nobody ended ends by itself."""
    with desk.database.write() as connection:
        facts.begin_deploy(connection, "postgres", clock.now, by="amy", version="18.1")
    assert refusal(desk, incident, service="backend") == "deploy"
    clock.pass_by(31 * 60)
    assert refusal(desk, incident, service="backend") is None
    window = maintenance.announce(desk, "disks", "backend", clock.now, clock.now + timedelta(hours=1), by="amy")
    assert window.number
    assert refusal(desk, incident, service="backend") == "maintenance"


def proposed(desk: Desk, act: Act) -> int:
    """The id of a proposal of INC-1, of now."""
    return act(0, state="proposed", number=1, decided_at=None, started_at=None)


def test_a_proposal_is_answered_once(desk: Desk, incident: dict[str, Any], act: Act) -> None:
    """The second answer is told that nothing waits."""
    number = proposed(desk, act)
    assert remedy.decide(desk, 1, approve=False, by="amy", only=number)["state"] == "declined"
    with pytest.raises(NothingToDecideError, match="declined"):
        remedy.decide(desk, 1, approve=True, by="bob")


def test_a_proposal_that_nobody_answers_is_withdrawn(
    desk: Desk, incident: dict[str, Any], act: Act, clock: Clock
) -> None:
    """After an hour it can be approved no more, and that is written down once."""
    proposed(desk, act)
    clock.pass_by(3600)
    with pytest.raises(NothingToDecideError):
        remedy.decide(desk, 1, approve=True, by="late")
    for _ in range(2):
        remedy.expire(desk)
    with desk.database.read() as connection:
        kinds = [row["kind"] for row in timeline.of_incident(connection, 1)]
    assert kinds.count("remedy-withdrawn") == 1


@pytest.mark.parametrize("jump", [timedelta(hours=5), timedelta(hours=-5)])
def test_a_clock_that_is_set_takes_no_time_and_gives_none(
    desk: Desk, incident: dict[str, Any], act: Act, clock: Clock, jump: timedelta
) -> None:
    """A proposal and its link hold for their hour, a cool-down for its minutes, a deploy that nobody ends for its own."""
    number = proposed(desk, act)
    token = token_of(desk, number)
    act(5, service="backend", cause="another")
    with desk.database.write() as connection:
        facts.begin_deploy(connection, "grafana", clock.now, by="amy", version=None)
    clock.set_by(jump)
    remedy.expire(desk)
    assert refusal(desk, incident, service="backend") == "cool-down"
    assert refusal(desk, incident, service="grafana") == "deploy"
    assert links.read(desk, token).action == number
    clock.pass_by(31 * 60)
    assert refusal(desk, incident, service="backend") is None
    assert refusal(desk, incident, service="grafana") is None
    assert remedy.decide(desk, 1, approve=True, by="amy", only=number)["state"] == "approved"
    clock.pass_by(30 * 60)
    with pytest.raises(LinkError):
        links.read(desk, token)


def token_of(desk: Desk, number: int = 7) -> str:
    return links.link(desk, 1, number, "approve").rpartition("/")[2]


def test_a_link_says_what_was_signed(desk: Desk, incident: dict[str, Any], clock: Clock) -> None:
    """Until it ends."""
    token = token_of(desk)
    ticket = links.read(desk, token)
    assert (ticket.incident, ticket.action, ticket.answer) == (1, 7, "approve")
    clock.pass_by(3601)
    with pytest.raises(LinkError) as raised:
        links.read(desk, token)
    assert raised.value.reason == "expired"


@pytest.mark.parametrize(
    "change", [lambda t: t[:-2], lambda t: "A" + t[1:], lambda _: "", lambda _: "é", lambda t: t * 2]
)
def test_a_link_that_was_changed_opens_nothing(
    desk: Desk, incident: dict[str, Any], change: Callable[[str], str]
) -> None:
    """Not one bit of it."""
    with pytest.raises(LinkError) as raised:
        links.read(desk, change(token_of(desk)))
    assert raised.value.reason == "forged"


def reading(name: measure.Name, value: float) -> Reading:
    return Reading(service="backend", name=name, value=value)


@pytest.mark.parametrize(
    ("readings", "verdict"),
    [
        (None, "unmeasured"),
        ([], "unmeasured"),
        ([reading("up", 1)], "confirmed"),
        ([reading("up", 0)], "contradicted"),
        ([reading("up", 1), reading("error_ratio", 0.38)], "contradicted"),
        ([reading("up", 1), reading("error_ratio", 0.01), reading("orders_per_min", 0)], "confirmed"),
    ],
)
def test_figures_confirm_or_contradict(readings: list[Reading] | None, verdict: measure.Verdict) -> None:
    """That nobody buys just now is no proof of trouble; that requests fail is."""
    assert measure.judge(readings) == verdict


def test_what_was_measured_is_said_in_words() -> None:
    """With units."""
    said = measure.told([reading("up", 1), reading("error_ratio", 0.384), reading("orders_per_min", 41)])
    assert said == "backend up 1, backend 38.4% errors, backend 41 orders/min"
