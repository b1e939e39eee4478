"""What drills play in: a healthy system to themselves, shoppers, monitoring in seconds. All of it is put back at the end."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
from tixmaster.stack.monitoring.write import reload, write_all
from tixmaster.stack.status import status_all

ENOUGH_ORDERS = 40.0
"""So many expected orders in the rule's window leave no doubt that a stop will show."""
NORMAL_REQUESTS = 150
"""Requests in the drill's short window that show the shoppers at their pace."""

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The running system as drills see it. The clients stay open: to make one costs as much as a hundred questions."""

    config: Config
    prometheus: Prometheus
    alertmanager: Alertmanager
    oncall: OncallClient
    traffic: Traffic
    before: frozenset[tuple[str, str]] = frozenset()
    """The alerts, with their services, that fired before the first drill: a disk that is nearly full, say."""

    def is_calm(self) -> bool:
        """Whether shoppers have been about for a while, nothing new is in alarm, and alerts have a way to go."""
        return (
            bool(self.prometheus.query(f'{series.REQUESTS_SHORT}{{service="{series.SERVICE}"}} >= {NORMAL_REQUESTS}'))
            and bool(self.prometheus.alertmanagers())
            and not any(self._disturbs(alert.labels) for alert in self.prometheus.alerts())
            and not any(self._disturbs(alert.labels) for alert in self.alertmanager.alerts())
            and not self.oncall.incidents("open")
            and self._log_is_quiet()
        )

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
    return bool(
        scene.prometheus.query(
            f'{series.ORDERS_SHORT.expected_while_up}{{service="{series.SERVICE}"}} >= {ENOUGH_ORDERS}'
        )
    )


@contextmanager
def set_up(config: Config, say: Say) -> Iterator[Scene]:
    """The scene of one run of drills; raises `DrillError` where the system is not fit for it."""
    _check_healthy(config)
    with (
        Prometheus(config.url("prometheus")) as prometheus,
        Alertmanager(config.url("alertmanager")) as alertmanager,
        OncallClient(config) as oncall,
    ):
        _check_nothing_open(oncall)
        # The timing goes back before the shoppers leave: to the drill's rules their leaving would be a drop in orders.
        with _shoppers(config, say) as traffic, _drill_timing(config, say), _announced(oncall):
            yield Scene(
                config=config,
                prometheus=prometheus,
                alertmanager=alertmanager,
                oncall=oncall,
                traffic=traffic,
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
def _shoppers(config: Config, say: Say) -> Iterator[Traffic]:
    pace = Pace()
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
