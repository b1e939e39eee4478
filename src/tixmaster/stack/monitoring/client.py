"""Asking Prometheus and Alertmanager over HTTP: typed answers, explicit time limits, one kind of error for silence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tixmaster.stack.errors import UnreachableError
from tixmaster.stack.monitoring.server import HttpServer, QueryError

__all__ = [
    "Alert",
    "Alertmanager",
    "FiringAlert",
    "Matcher",
    "Prometheus",
    "QueryError",
    "Rule",
    "Series",
    "Silence",
    "Target",
    "UnreachableError",
]


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One time series: `times` in Unix seconds, `values` beside them as floats (NaN and ±Inf are kept)."""

    labels: dict[str, str]
    times: tuple[float, ...]
    values: tuple[float, ...]

    @property
    def last(self) -> float:
        """The newest value; NaN where the series is empty."""
        return self.values[-1] if self.values else float("nan")


class Target(msgspec.Struct, frozen=True, rename="camel"):
    """A scrape target: `health` is up, down or unknown, `last_error` is why it is down."""

    labels: dict[str, str]
    scrape_url: str
    health: str
    last_error: str = ""


class Rule(msgspec.Struct, frozen=True, rename="camel"):
    """A recording or alerting rule as Prometheus runs it: `health` is ok, err or unknown."""

    name: str
    query: str
    health: str
    type: str
    last_error: str = ""
    state: str = ""


class FiringAlert(msgspec.Struct, frozen=True, rename="camel"):
    """An alert as Prometheus sees it: `state` is pending or firing, `value` is the expression's result."""

    labels: dict[str, str]
    annotations: dict[str, str]
    state: str
    active_at: datetime
    value: str


class AlertStatus(msgspec.Struct, frozen=True, rename="camel"):
    """What Alertmanager does with an alert: `state` is active, suppressed or unprocessed, and by what it is muted."""

    state: str
    silenced_by: list[str] = []
    inhibited_by: list[str] = []


class Receiver(msgspec.Struct, frozen=True):
    """The name of a receiver that an alert is routed to."""

    name: str


class Alert(msgspec.Struct, frozen=True, rename="camel"):
    """An alert as Alertmanager holds it."""

    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: datetime
    ends_at: datetime
    fingerprint: str
    status: AlertStatus
    receivers: list[Receiver] = []

    @property
    def name(self) -> str:
        """The alert's name."""
        return self.labels.get("alertname", "")


class Matcher(msgspec.Struct, frozen=True, rename="camel"):
    """What a silence is about: a label, its value, whether that is a regular expression, and whether it must match."""

    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True

    def __str__(self) -> str:
        sign = ("=~" if self.is_regex else "=") if self.is_equal else ("!~" if self.is_regex else "!=")
        return f'{self.name}{sign}"{self.value}"'


class SilenceStatus(msgspec.Struct, frozen=True):
    """`state` is active, pending or expired."""

    state: str


class Silence(msgspec.Struct, frozen=True, rename="camel"):
    """A silence as Alertmanager keeps it."""

    id: str
    matchers: list[Matcher]
    starts_at: datetime
    ends_at: datetime
    created_by: str
    comment: str
    status: SilenceStatus


class _Made(msgspec.Struct):
    id: str = msgspec.field(name="silenceID")


class _Result(msgspec.Struct, rename="camel"):
    result_type: str
    result: msgspec.Raw


class _QueryAnswer(msgspec.Struct):
    data: _Result


class _Vector(msgspec.Struct):
    metric: dict[str, str]
    value: tuple[float, str]


class _Matrix(msgspec.Struct):
    metric: dict[str, str]
    values: list[tuple[float, str]]


class _Targets(msgspec.Struct, rename="camel"):
    active_targets: list[Target]


class _TargetsAnswer(msgspec.Struct):
    data: _Targets


class _Group(msgspec.Struct):
    rules: list[Rule]


class _Groups(msgspec.Struct):
    groups: list[_Group]


class _RulesAnswer(msgspec.Struct):
    data: _Groups


class _Alerts(msgspec.Struct):
    alerts: list[FiringAlert]


class _AlertsAnswer(msgspec.Struct):
    data: _Alerts


class _AlertmanagerAddress(msgspec.Struct):
    url: str


class _Alertmanagers(msgspec.Struct):
    active: list[_AlertmanagerAddress] = msgspec.field(name="activeAlertmanagers")


class _AlertmanagersAnswer(msgspec.Struct):
    data: _Alertmanagers


class Prometheus(HttpServer):
    """The metrics server at `url`. Every call raises `UnreachableError` on silence and `QueryError` on a refusal."""

    name = "Prometheus"

    def query(self, expr: str, at: datetime | None = None) -> tuple[Series, ...]:
        """The value of `expr` now or `at` a moment: one series of one point per label set (a scalar has no labels)."""
        params = {"query": expr} | ({} if at is None else {"time": str(at.timestamp())})
        answer = self.decode(self.send("POST", "/api/v1/query", data=params), _QueryAnswer)
        if answer.data.result_type == "scalar":
            moment, value = msgspec.json.decode(answer.data.result, type=tuple[float, str])
            return (Series(labels={}, times=(moment,), values=(float(value),)),)
        return tuple(
            Series(labels=one.metric, times=(one.value[0],), values=(float(one.value[1]),))
            for one in msgspec.json.decode(answer.data.result, type=list[_Vector])
        )

    def query_range(self, expr: str, start: datetime, end: datetime, step: float) -> tuple[Series, ...]:
        """The values of `expr` every `step` seconds from `start` to `end`."""
        params = {
            "query": expr,
            "start": str(start.timestamp()),
            "end": str(end.timestamp()),
            "step": str(step),
        }
        answer = self.decode(self.send("POST", "/api/v1/query_range", data=params), _QueryAnswer)
        return tuple(
            Series(
                labels=one.metric,
                times=tuple(moment for moment, _ in one.values),
                values=tuple(float(value) for _, value in one.values),
            )
            for one in msgspec.json.decode(answer.data.result, type=list[_Matrix])
        )

    def targets(self) -> tuple[Target, ...]:
        """The targets it scrapes."""
        answer = self.decode(self.send("GET", "/api/v1/targets", params={"state": "active"}), _TargetsAnswer)
        return tuple(answer.data.active_targets)

    def rules(self) -> tuple[Rule, ...]:
        """The rules it evaluates, in the order of their groups."""
        answer = self.decode(self.send("GET", "/api/v1/rules"), _RulesAnswer)
        return tuple(rule for group in answer.data.groups for rule in group.rules)

    def alertmanagers(self) -> tuple[str, ...]:
        """The addresses it sends alerts to. For some seconds after a start or a reload it knows none."""
        answer = self.decode(self.send("GET", "/api/v1/alertmanagers"), _AlertmanagersAnswer)
        return tuple(one.url for one in answer.data.active)

    def alerts(self) -> tuple[FiringAlert, ...]:
        """The alerts that are pending or firing."""
        return tuple(self.decode(self.send("GET", "/api/v1/alerts"), _AlertsAnswer).data.alerts)


class Alertmanager(HttpServer):
    """The alert router at `url`. Every call raises `UnreachableError` on silence and `QueryError` on a refusal."""

    name = "Alertmanager"

    def alerts(self, *, active: bool = True, silenced: bool = True, inhibited: bool = True) -> tuple[Alert, ...]:
        """The alerts it holds, of the wanted states."""
        wanted = {"active": active, "silenced": silenced, "inhibited": inhibited}
        params = {key: str(value).lower() for key, value in wanted.items()}
        return tuple(self.decode(self.send("GET", "/api/v2/alerts", params=params), list[Alert]))

    def silences(self) -> tuple[Silence, ...]:
        """The silences that are active or still to come, those that end first before the others."""
        found = self.decode(self.send("GET", "/api/v2/silences"), list[Silence])
        return tuple(sorted((one for one in found if one.status.state != "expired"), key=lambda one: one.ends_at))

    def silence(
        self,
        matchers: Sequence[Matcher],
        *,
        begins: datetime,
        ends: datetime,
        by: str,
        comment: str,
        replaces: str | None = None,
    ) -> str:
        """Mutes the alerts that all matchers fit; returns the silence's id. `replaces` is one that it takes the place of."""
        body = {
            **({"id": replaces} if replaces else {}),
            "matchers": msgspec.to_builtins(list(matchers)),
            "startsAt": begins.isoformat(),
            "endsAt": ends.isoformat(),
            "createdBy": by,
            "comment": comment,
        }
        return self.decode(self.send("POST", "/api/v2/silences", json=body), _Made).id

    def end_silence(self, silence: str) -> None:
        """Ends a silence now; raises `QueryError` where there is none of that id."""
        self.accepted(self.send("DELETE", f"/api/v2/silence/{silence}"))
