"""What drills play in: a healthy system to themselves, shoppers, monitoring in seconds. All of it is put back at the end."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tixmaster.drills.errors import DrillError
from tixmaster.drills.traffic import Pace, Traffic
from tixmaster.drills.verdict import folder
from tixmaster.oncall.checks.logs import LEAD, errors_of
from tixmaster.oncall.client import OncallClient
from tixmaster.stack.config import Config
from tixmaster.stack.errors import StackError
from tixmaster.stack.monitoring import series
from tixmaster.stack.monitoring.client import Alertmanager, Prometheus
from tixmaster.stack.monitoring.timings import DRILL
from tixmaster.stack.monitoring.write import reload, write_all
from tixmaster.stack.status import status_all

EXPECTED = 0.5
"""The rule over orders knows what is usual when it expects this part of what the shoppers order in its window."""
AT_PACE = 0.75
"""The shoppers are at their pace when this part of their requests was answered in the drill's short window."""

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The running system as drills see it. The clients stay open: to make one costs as much as a hundred questions."""

    config: Config
    prometheus: Prometheus
    alertmanager: Alertmanager
    oncall: OncallClient
    traffic: Traffic
    pace: Pace = field(default_factory=Pace)
    """Of the shoppers on an ordinary day."""
    before: frozenset[tuple[str, str]] = frozenset()
    """The alerts, with their services, that fired before the first drill: a disk that is nearly full, say."""

    def unrest(self) -> list[str]:
        """What keeps the next drill waiting, in words: shoppers must have been about for a while, nothing new may be in
        alarm, and alerts must have a way to go."""
        labels = [alert.labels for alert in self.prometheus.alerts()]
        labels += [alert.labels for alert in self.alertmanager.alerts()]
        alarms = {one["alertname"] for one in labels if self._disturbs(one)}
        usual = AT_PACE * (self.pace.visits + self.pace.orders) * DRILL.error_short_window
        trade = f'{series.REQUESTS_SHORT}{{service="{series.SERVICE}"}} >= {usual:g}'
        found = {
            "the shoppers do not get their usual number of answers (tix logs backend)": not self.prometheus.query(
                trade
            ),
            "Prometheus knows no Alertmanager (tix check monitoring)": not self.prometheus.alertmanagers(),
            f"{', '.join(sorted(alarms))} in alarm (tix alerts)": bool(alarms),
            "an incident is open (tix incidents)": bool(self.oncall.incidents("open")),
            "the backend still writes errors (tix logs backend --errors)": not self._log_is_quiet(),
        }
        return [words for words, holds in found.items() if holds]

    def _log_is_quiet(self) -> bool:
        """Whether the backend has written no error for as long as an investigation looks back: the errors of one drill would
        be read as those of the next."""
        now = datetime.now(UTC)
        try:
            return not errors_of(self.config, series.SERVICE, now - LEAD, now)[1]
        except StackError:
            return True

    def firing(self) -> list[str]:
        """The names of the new alerts that fire."""
        return [
            alert.labels["alertname"]
            for alert in self.prometheus.alerts()
            if alert.state == "firing" and self._disturbs(alert.labels)
        ]

    def _disturbs(self, labels: dict[str, str]) -> bool:
        """The budget of the month may be spent for weeks; that says nothing of now."""
        return (
            labels.get("severity") != "none"
            and labels.get("alertname") != "ErrorBudgetExhausted"
            and _named(labels) not in self.before
        )


def _named(labels: dict[str, str]) -> tuple[str, str]:
    return labels.get("alertname", ""), labels.get("service", "")


def has_baseline(scene: Scene) -> bool:
    """Whether the rule over orders knows how many are usual."""
    enough = EXPECTED * scene.pace.orders * DRILL.order_window
    expected = f'{series.ORDERS_SHORT.expected_while_up}{{service="{series.SERVICE}"}}'
    return bool(scene.prometheus.query(f"{expected} >= {enough:g}"))


@contextmanager
def set_up(config: Config, pace: Pace, say: Say) -> Iterator[Scene]:
    """The scene of one run of drills; raises `DrillError` where the system is not fit for it."""
    _check_healthy(config)
    with (
        Prometheus(config.url("prometheus")) as prometheus,
        Alertmanager(config.url("alertmanager")) as alertmanager,
        OncallClient(config) as oncall,
    ):
        _check_nothing_open(oncall)
        # The timing goes back before the shoppers leave: to the drill's rules their leaving would be a drop in orders.
        with _shoppers(config, pace, say) as traffic, _drill_timing(config, say), _announced(oncall):
            yield Scene(
                config=config,
                prometheus=prometheus,
                alertmanager=alertmanager,
                oncall=oncall,
                traffic=traffic,
                pace=pace,
                before=frozenset(_named(alert.labels) for alert in prometheus.alerts()),
            )


@contextmanager
def alone(config: Config) -> Iterator[None]:
    """One run at a time: nobody could tell the faults of two apart. Raises `DrillError` while another is at work."""
    with (folder(config) / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DrillError("another `tix drill run` is at work on this system; wait until it is done.") from error
        yield


def _check_healthy(config: Config) -> None:
    """A drill on a sick system would prove nothing and might hide real trouble."""
    if ill := [item.name for item in status_all(config) if not item.healthy]:
        raise DrillError(
            f"not healthy: {', '.join(ill)}. Run `tix up` or `tix status` first; drills need a healthy system."
        )


def _check_nothing_open(oncall: OncallClient) -> None:
    for item in oncall.incidents("open"):
        raise DrillError(f"{item['id']} is open ({item['title']}). Close it first: tix incident close {item['id']}")


@contextmanager
def _shoppers(config: Config, pace: Pace, say: Say) -> Iterator[Traffic]:
    traffic = Traffic(config, pace)
    traffic.start()
    say(f"shoppers are on their way: {pace.visits:g} visits and {pace.orders:g} orders a second")
    try:
        yield traffic
    finally:
        traffic.stop()


@contextmanager
def _drill_timing(config: Config, say: Say) -> Iterator[None]:
    """Monitoring in seconds instead of minutes, and back, whatever happens."""
    try:
        write_all(config, "drill")
        reload(config)
        say("monitoring runs on drill timing")
        yield
    finally:
        write_all(config)
        reload(config)
        say(f"monitoring is back on {config.timing} timing")


@contextmanager
def _announced(oncall: OncallClient) -> Iterator[None]:
    """Tells on-call at the end that the drills are over: the rules then leave their errors out of account."""
    try:
        yield
    finally:
        oncall.end_drill()
