"""From a fault to the webhook and the mail, through the real Prometheus and the real Alertmanager."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tixmaster.stack import secrets
from tixmaster.stack.monitoring.check import check
from tixmaster.stack.monitoring.client import QueryError
from tixmaster.stack.monitoring.dashboards import PANELS
from tixmaster.stack.monitoring.write import reload, write_all

from .conftest import eventually, post_alert

if TYPE_CHECKING:
    from .conftest import Stack


def test_a_dead_backend_reaches_oncall_and_so_does_its_return(stack: Stack) -> None:
    """InstanceDown arrives as a version "4" webhook with the bearer token, whole annotations and its end."""
    stack.oncall.await_alert("Watchdog", "firing")
    stack.backend_web.stop()
    _, authorization, body = stack.oncall.await_alert("InstanceDown", "firing")
    assert authorization == f"Bearer {secrets.read(stack.config, 'webhook-token')}"
    assert body["version"] == "4"
    assert body["commonLabels"] == {
        "alertname": "InstanceDown",
        "env": "local",
        "service": "backend",
        "severity": "critical",
        "team": "backend",
    }
    assert body["commonAnnotations"]["summary"] == "backend is down"
    assert "error" not in str(body["commonAnnotations"])
    stack.backend_web.start()
    stack.oncall.await_alert("InstanceDown", "resolved")


def test_failing_requests_reach_oncall(stack: Stack) -> None:
    """Errors whose series did not exist before the fault are found, too."""
    served = stack.backend.requests.labels("GET", "/api/events", "200")
    traffic_until(lambda: judged(stack) >= 20, served.inc)
    failed = stack.backend.requests.labels("GET", "/api/events", "503")
    traffic_until(lambda: firing(stack, "HighErrorRate"), failed.inc)
    _, _, body = stack.oncall.await_alert("HighErrorRate", "firing")
    assert "errors" in body["commonAnnotations"]["summary"]
    traffic_until(lambda: not firing(stack, "HighErrorRate"), served.inc)
    stack.oncall.await_alert("HighErrorRate", "resolved")


def traffic_until(holds: Callable[[], bool], request: Callable[[], None]) -> None:
    """Twenty requests a second until the condition holds."""

    def one_more() -> bool:
        request()
        return holds()

    eventually(one_more, within=120)


def judged(stack: Stack) -> float:
    found = stack.prometheus.query('service:http_requests:increase_short{service="backend"}')
    return found[0].last if found else 0.0


def firing(stack: Stack, name: str) -> bool:
    return any(alert.labels["alertname"] == name and alert.state == "firing" for alert in stack.prometheus.alerts())


def test_when_oncall_is_down_alertmanager_mails_at_once(stack: Stack) -> None:
    """The fallback mail names its sender in the subject and says what to look at."""
    post_alert(stack, alertname="InstanceDown", service="oncall")
    mail = stack.mailbox.mails.get(timeout=10)
    assert mail["Subject"].startswith("[alertmanager] firing: InstanceDown on oncall")
    assert mail["To"] == "oncall@localhost"
    text = mail.get_payload(0).get_payload(decode=True).decode() if mail.is_multipart() else mail.get_payload()
    assert "tix check monitoring" in text


def test_the_check_finds_everything_well(stack: Stack) -> None:
    """Every finding of SOP 3.2 is good, and the stand-ins count as targets."""
    eventually(lambda: all(finding.ok for finding in check(stack.config)), within=120)
    details = {finding.name: finding.detail for finding in check(stack.config)}
    assert details["targets"] == "4 of 4 targets up"


def test_every_panel_expression_is_accepted(stack: Stack) -> None:
    """Prometheus can draw each panel over a range."""
    now = datetime.now(UTC)
    for panel in PANELS:
        for query in panel.queries:
            stack.prometheus.query_range(query.expr, now - timedelta(minutes=1), now, 5)


def test_a_wrong_expression_is_refused_with_the_servers_words(stack: Stack) -> None:
    """The message carries Prometheus's own reason."""
    with pytest.raises(QueryError, match="parse error"):
        stack.prometheus.query("sum(")


def test_the_profile_changes_at_run_time(stack: Stack) -> None:
    """Drills write the other profile and reload; both servers take it, and back."""
    assert write_all(stack.config, "standard")
    reload(stack.config)
    rules = {rule.name: rule.query for rule in stack.prometheus.rules()}
    assert "[5m]" in rules["service:http_requests:increase_short"]
    write_all(stack.config, "drill")
    reload(stack.config)


def test_a_broken_file_is_not_taken(stack: Stack) -> None:
    """The server keeps what it has, and says why."""
    path = stack.config.var / "prometheus" / "prometheus.yml"
    good = path.read_text()
    path.write_text("scrape_configs: 7")
    with pytest.raises(QueryError, match="cannot unmarshal"):
        reload(stack.config)
    path.write_text(good)
    reload(stack.config)
