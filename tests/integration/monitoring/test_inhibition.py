"""Which alert mutes which, in the real Alertmanager: what is muted does not reach the receiver."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tixmaster.stack.monitoring.alertmanager import CAUSES, OF_DATABASE, OF_ONCALL

from .conftest import eventually, post_alert

if TYPE_CHECKING:
    from .conftest import Stack

Named = dict[str, str]
Case = tuple[Named, Named, bool]
"""The labels of a cause and of an effect, and whether the one mutes the other."""


def cases() -> list[Case]:
    found: list[Case] = []
    for cause, effects in CAUSES.items():
        for effect in effects:
            shop = f"{cause}-{effect}"
            source = {"alertname": cause, "service": shop}
            found += [
                (source, {"alertname": effect, "service": shop}, True),
                (source, {"alertname": effect, "service": f"other-than-{shop}"}, False),
            ]
    database, oncall = {"service": "postgres", "env": "d"}, {"service": "oncall", "env": "o"}
    for effect in OF_DATABASE:
        found += [
            ({"alertname": "DatabaseDown", **database}, {"alertname": effect, "service": "backend", "env": "d"}, True),
            (
                {"alertname": "DatabaseDown", **database},
                {"alertname": effect, "service": f"shop-{effect}", "env": "d"},
                False,
            ),
        ]
    for effect in OF_ONCALL:
        found.append(({"alertname": "InstanceDown", **oncall}, {"alertname": effect, "service": "x", "env": "o"}, True))
    some = {"alertname": "InstanceDown", "service": "w1", "severity": "warning"}
    return [
        *found,
        (some, {"alertname": "HighErrorRate", "service": "w1"}, False),
        ({"alertname": "A", "service": "w2"}, {"alertname": "A", "service": "w2", "severity": "warning"}, True),
        ({"alertname": "A", "service": "w3"}, {"alertname": "A", "service": "w4", "severity": "warning"}, False),
    ]


def test_a_cause_mutes_its_effects_and_nothing_else(stack: Stack) -> None:
    """Every pair of the description at once; the same alert of another service is heard."""
    pairs = cases()
    for cause, _, _ in pairs:
        post_alert(stack, **cause)
    for _, effect, _ in pairs:
        post_alert(stack, **effect)

    def wrong() -> list[Case]:
        held = {
            (alert.name, alert.labels["service"], alert.labels["env"], alert.labels["severity"]): alert
            for alert in stack.alertmanager.alerts()
        }
        found = []
        for cause, effect, muted in pairs:
            key = (
                effect["alertname"],
                effect["service"],
                effect.get("env", "local"),
                effect.get("severity", "critical"),
            )
            if bool(held[key].status.inhibited_by) != muted:
                found.append((cause, effect, muted))
        return found

    eventually(lambda: not wrong(), within=120)


def test_what_is_muted_does_not_reach_the_receiver(stack: Stack) -> None:
    """The cause arrives, and the same effect of another service; the effect itself does not."""
    post_alert(stack, alertname="ServiceDown", service="muting")
    stack.oncall.await_alert("ServiceDown", "firing", within=120)
    post_alert(stack, alertname="LowOrderVolume", service="muting")
    post_alert(stack, alertname="LowOrderVolume", service="heard")
    services: set[str] = set()
    deadline = time.monotonic() + 15
    while "heard" not in services and time.monotonic() < deadline:
        _, _, body = stack.oncall.await_alert("LowOrderVolume", "firing", within=120)
        services |= {alert["labels"]["service"] for alert in body["alerts"]}
    assert "heard" in services
    assert "muting" not in services


def test_an_alert_for_information_reaches_nobody(stack: Stack) -> None:
    """It is there to be looked up; what comes after it in the same moment is heard."""
    post_alert(stack, alertname="Deployed", service="quiet", severity="info")
    post_alert(stack, alertname="Deployed", service="loud", severity="warning")
    _, _, body = stack.oncall.await_alert("Deployed", "firing", within=120)
    assert {alert["labels"]["service"] for alert in body["alerts"]} == {"loud"}
