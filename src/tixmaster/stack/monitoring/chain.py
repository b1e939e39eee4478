"""The way from a sample to a person, link by link, as each server tells of it. No server's silence hides the others'.

scrape → rules → notify (Prometheus to Alertmanager) → deliver (Alertmanager onwards) → on-call.
"""

from __future__ import annotations

import math
import time
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx
import msgspec

from tixmaster.stack import secrets
from tixmaster.stack.config import Config
from tixmaster.stack.errors import StackError, UnreachableError
from tixmaster.stack.grafana.provisioning import SOURCE
from tixmaster.stack.monitoring import series, sli
from tixmaster.stack.monitoring.client import Alertmanager, Prometheus, Target
from tixmaster.stack.monitoring.server import HttpServer
from tixmaster.stack.monitoring.timings import PROFILES, span
from tixmaster.stack.said import Said, said

WATCHDOG_METRIC = "oncall_watchdog_last_received_timestamp_seconds"
"""Exported by on-call: when the Watchdog last arrived (Unix seconds; 0 means never)."""
MOST_ASKED = 5
"""So many targets that are down are asked whether they answer."""
NO_ACCESS = Said(
    "Grafana does not let us ask about its data source; give a token by grafana_token_file",
    "Grafana 不允許查詢其資料來源；請以 grafana_token_file 提供權杖",
)
GRAFANA_USER = "admin"


@dataclass(kw_only=True)
class Scraping:
    """Prometheus and its targets. `silent` are the targets that are down, `unscraped` those of them that answer us,
    `untried` those that it has not scraped yet. `reached` is false where nobody answered, `reloaded` where it keeps an
    older configuration because the newest is wrong.
    """

    ready: bool = False
    reached: bool = True
    reloaded: bool | None = None
    targets: int = 0
    silent: dict[str, str] = field(default_factory=dict)
    untried: tuple[str, ...] = ()
    unscraped: tuple[str, ...] = ()
    samples_age: float | None = None
    rules: int = 0
    failing_rules: dict[str, str] = field(default_factory=dict)
    alertmanagers: int | None = None
    notifications_lost: float | None = None
    delivery_failures: dict[str, float] = field(default_factory=dict)
    problem: Said | None = None


@dataclass(kw_only=True)
class Answering:
    """A server: whether it is ready, why not, and what else it said."""

    ready: bool = False
    reached: bool = True
    reloaded: bool | None = None
    problem: Said | None = None
    watchdog_age: float | None = None
    drill: bool = False
    """Whether a drill is on, in which the Watchdog comes at the drill's pace."""
    data_source: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Chain:
    """All of it."""

    prometheus: Scraping
    alertmanager: Answering
    oncall: Answering
    grafana: Answering


@dataclass(frozen=True, kw_only=True)
class GrafanaAccess:
    """How Grafana is asked about a data source. Without `token`, as its administrator, whose password `tix up` made."""

    data_source: str = SOURCE["uid"]
    token: str | None = None


def look(config: Config, seconds: float, grafana: GrafanaAccess | None = None) -> Chain:
    """Asks all servers at once, each request for at most half of `seconds`; never raises for one that is down."""
    limit = seconds / 2
    with ThreadPoolExecutor(max_workers=4) as pool:
        prometheus = pool.submit(_prometheus, config, limit)
        alertmanager = pool.submit(_alertmanager, config, limit)
        oncall = pool.submit(_oncall, config, limit)
        boards = pool.submit(_grafana, config, limit, grafana or GrafanaAccess())
        return Chain(
            prometheus=prometheus.result(),
            alertmanager=alertmanager.result(),
            oncall=oncall.result(),
            grafana=boards.result(),
        )


def _prometheus(config: Config, limit: float) -> Scraping:
    seen = Scraping()
    window = span(2 * PROFILES[config.timing].watchdog_interval)
    try:
        with Prometheus(config.url("prometheus"), timeout=limit) as server:
            if not server.ready():
                seen.problem = said("Prometheus is starting and not ready yet", "Prometheus 啟動中，尚未就緒")
                return seen
            seen.ready = True
            seen.reloaded = server.metric("prometheus_config_last_reload_successful") == 1
            _read_targets(seen, server, limit)
            rules = server.rules()
            seen.rules = len(rules)
            seen.failing_rules = {rule.name: rule.last_error for rule in rules if rule.health == "err"}
            seen.alertmanagers = len(server.alertmanagers())
            lost = (
                f"prometheus_notifications_dropped_total[{window}]",
                f"prometheus_notifications_errors_total[{window}]",
            )
            found = [one.last for name in lost for one in server.query(f"sum(increase({name}))")]
            seen.notifications_lost = sum(found) if found else None
            failures = f"sum by (integration) (increase(alertmanager_notifications_failed_total[{window}])) > 0"
            seen.delivery_failures = {
                one.labels.get("integration", "?"): round(one.last, 1) for one in server.query(failures)
            }
    except StackError as error:
        seen.problem = error.words
        seen.reached = not isinstance(error, UnreachableError)
    return seen


def _read_targets(seen: Scraping, server: Prometheus, limit: float) -> None:
    targets = server.targets()
    down = [target for target in targets if target.health == "down"]
    seen.targets = len(targets)
    seen.silent = {_name(target): target.last_error for target in down}
    seen.untried = tuple(_name(target) for target in targets if target.health == "unknown")
    with ThreadPoolExecutor(max_workers=MOST_ASKED) as pool:
        answers = pool.map(lambda target: _answers(target.scrape_url, min(limit, 1.0)), down[:MOST_ASKED])
        seen.unscraped = tuple(_name(target) for target, well in zip(down, answers, strict=False) if well)
    newest = server.query("time() - max(timestamp(up))")
    seen.samples_age = round(newest[0].last, 1) if newest and math.isfinite(newest[0].last) else None


def _name(target: Target) -> str:
    return target.labels.get("service") or target.labels.get("instance") or target.scrape_url


def _answers(url: str, seconds: float) -> bool:
    """Whether a target that Prometheus cannot scrape gives its metrics to us: then the way there is broken, not it."""
    try:
        return httpx.get(url, timeout=seconds, trust_env=False).is_success
    except (httpx.HTTPError, httpx.InvalidURL):
        return False


def _alertmanager(config: Config, limit: float) -> Answering:
    def ask() -> Answering:
        if not server.ready():
            return Answering()
        return Answering(ready=True, reloaded=server.metric("alertmanager_config_last_reload_successful") == 1)

    with Alertmanager(config.url("alertmanager"), timeout=limit) as server:
        return _asked(server, ask)


class _Oncall(HttpServer):
    name = "on-call"


def _oncall(config: Config, limit: float) -> Answering:
    def ask() -> Answering:
        heard = server.metric(WATCHDOG_METRIC)
        age = round(time.time() - heard, 1) if heard else None
        return Answering(ready=True, watchdog_age=age, drill=server.metric(series.DRILL_IN_FORCE) == 1)

    # Not every address of on-call is loopback: in a container it is asked by its name.
    with _Oncall(config.url("oncall"), timeout=limit, headers=sli.metrics_headers(config, "oncall")) as server:
        return _asked(server, ask)


class _Grafana(HttpServer):
    name = "Grafana"


class _GrafanaState(msgspec.Struct):
    database: str = ""


def _grafana(config: Config, limit: float, access: GrafanaAccess) -> Answering:
    def ask() -> Answering:
        state = server.decode(server.send("GET", "/api/health"), _GrafanaState)
        if state.database != "ok":
            how = state.database or said("silent", "沒有回應")
            return Answering(
                problem=said("Grafana's own database is {how}", "Grafana 自身的資料庫狀態：{how}", how=how)
            )
        try:
            headers = {"Authorization": _authorization(config, access)}
        except StackError:
            return Answering(ready=True, problem=NO_ACCESS)
        path = f"/api/datasources/uid/{quote(access.data_source, safe='')}/health"
        answer = server.send("GET", path, headers=headers)
        if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            return Answering(ready=True, problem=NO_ACCESS)
        if answer.is_success:
            return Answering(ready=True, data_source=True)
        why = said(
            "Grafana's data source {name} fails: {code} {words}",
            "Grafana 的資料來源 {name} 異常：{code} {words}",
            name=access.data_source,
            code=answer.status_code,
            words=" ".join(answer.text.split())[:200],
        )
        return Answering(ready=True, data_source=False, problem=why)

    with _Grafana(config.url("grafana"), timeout=limit) as server:
        return _asked(server, ask)


def _authorization(config: Config, access: GrafanaAccess) -> str:
    if access.token is not None:
        return f"Bearer {access.token}"
    pair = f"{GRAFANA_USER}:{secrets.read(config, 'grafana-password')}"
    return f"Basic {b64encode(pair.encode()).decode()}"


def _asked(server: HttpServer, ask: Callable[[], Answering]) -> Answering:
    try:
        answer = ask()
    except StackError as error:
        return Answering(problem=error.words, reached=not isinstance(error, UnreachableError))
    if not answer.ready and answer.problem is None:
        answer.problem = said(
            "{name} at {url} is starting and not ready yet",
            "{name}（{url}）啟動中，尚未就緒",
            name=server.name,
            url=server.url,
        )
    return answer
