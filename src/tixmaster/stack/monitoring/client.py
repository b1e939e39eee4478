"""Asking Prometheus and Alertmanager over HTTP: typed answers, explicit time limits, one kind of error for silence."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import msgspec

from tixmaster.stack.errors import StackError, UnreachableError

TIME_LIMIT = 5.0
CONNECT_LIMIT = 2.0

T = TypeVar("T")


class QueryError(StackError):
    """The server answered and refused what was asked (a wrong expression, a wrong range)."""


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


class _HttpService:
    """What both servers share: readiness, reload, metrics, and errors that name the address and the cause."""

    name = ""

    def __init__(self, url: str, *, timeout: float = TIME_LIMIT) -> None:
        self.url = url.rstrip("/")
        self._client = httpx.Client(
            base_url=self.url,
            timeout=httpx.Timeout(timeout, connect=min(timeout, CONNECT_LIMIT)),
            limits=httpx.Limits(max_keepalive_connections=0),  # no idle sockets: an asker may live for weeks
            trust_env=False,  # a proxy has no business between two services of one system
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Gives back the client's resources."""
        self._client.close()

    def ready(self) -> bool:
        """Whether the server says it is ready to serve; raises `UnreachableError` where nothing answers."""
        return self._send("GET", "/-/ready").status_code == httpx.codes.OK

    def reload(self) -> None:
        """Asks the server to read its configuration again; raises `QueryError` with its words when it refuses."""
        self._accepted(self._send("POST", "/-/reload"))

    def metrics(self) -> Iterator[tuple[str, Mapping[str, str], float]]:
        """The server's own metrics as (name, labels, value)."""
        from prometheus_client.parser import text_string_to_metric_families

        text = self._accepted(self._send("GET", "/metrics")).text
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                yield sample.name, sample.labels, float(sample.value)

    def metric(self, name: str, **labels: str) -> float | None:
        """The sum of one of the server's own metrics over the series that carry `labels`; None where there is none."""
        found = [
            value
            for metric, has, value in self.metrics()
            if metric == name and all(has.get(key) == wanted for key, wanted in labels.items())
        ]
        return sum(found) if found else None

    def _send(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **kwargs)
        except httpx.HTTPError as error:
            cause = str(error) or type(error).__name__
            raise UnreachableError(
                f"{self.name} at {self.url} does not answer: {cause}. Look at `tix check monitoring`."
            ) from error

    def _accepted(self, response: httpx.Response) -> httpx.Response:
        if response.is_success:
            return response
        raise QueryError(f"{self.name} at {response.url} refused with {response.status_code}: {_reason(response)}")

    def _decode(self, response: httpx.Response, wanted: type[T]) -> T:
        try:
            return msgspec.json.decode(self._accepted(response).content, type=wanted)
        except msgspec.DecodeError as error:
            raise QueryError(f"{self.name} at {response.url} gave an answer of another shape: {error}") from error


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


class Prometheus(_HttpService):
    """The metrics server at `url`. Every call raises `UnreachableError` on silence and `QueryError` on a refusal."""

    name = "Prometheus"

    def query(self, expr: str, at: datetime | None = None) -> tuple[Series, ...]:
        """The value of `expr` now or `at` a moment: one series of one point per label set (a scalar has no labels)."""
        params = {"query": expr} | ({} if at is None else {"time": str(at.timestamp())})
        answer = self._decode(self._send("POST", "/api/v1/query", data=params), _QueryAnswer)
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
        answer = self._decode(self._send("POST", "/api/v1/query_range", data=params), _QueryAnswer)
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
        answer = self._decode(self._send("GET", "/api/v1/targets", params={"state": "active"}), _TargetsAnswer)
        return tuple(answer.data.active_targets)

    def rules(self) -> tuple[Rule, ...]:
        """The rules it evaluates, in the order of their groups."""
        answer = self._decode(self._send("GET", "/api/v1/rules"), _RulesAnswer)
        return tuple(rule for group in answer.data.groups for rule in group.rules)

    def alerts(self) -> tuple[FiringAlert, ...]:
        """The alerts that are pending or firing."""
        return tuple(self._decode(self._send("GET", "/api/v1/alerts"), _AlertsAnswer).data.alerts)


class Alertmanager(_HttpService):
    """The alert router at `url`. Every call raises `UnreachableError` on silence and `QueryError` on a refusal."""

    name = "Alertmanager"

    def alerts(self, *, active: bool = True, silenced: bool = True, inhibited: bool = True) -> tuple[Alert, ...]:
        """The alerts it holds, of the wanted states."""
        wanted = {"active": active, "silenced": silenced, "inhibited": inhibited}
        params = {key: str(value).lower() for key, value in wanted.items()}
        return tuple(self._decode(self._send("GET", "/api/v2/alerts", params=params), list[Alert]))


def _reason(response: httpx.Response) -> str:
    """The server's own words for a refusal: the `error` of a JSON answer, else the first 300 letters."""
    with contextlib.suppress(msgspec.DecodeError, msgspec.ValidationError):
        return msgspec.json.decode(response.content, type=dict[str, Any])["error"] or response.reason_phrase
    return response.text.strip()[:300] or response.reason_phrase
