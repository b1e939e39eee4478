"""Is the monitoring itself well? SOP 3.2: a blind watchman reports nothing.

"No alert arrived" has the first broken link of the chain as its cause, "Grafana shows no data" one of three.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tixmaster.oncall.checks.registry import Finding, Params, Scene, Value, about, check
from tixmaster.stack.config import Config
from tixmaster.stack.errors import ConfigError
from tixmaster.stack.monitoring import chain
from tixmaster.stack.monitoring.chain import Chain, GrafanaAccess
from tixmaster.stack.monitoring.timings import MISSED_BEATS, PROFILES
from tixmaster.stack.said import Said, joined, said, system

Link = Literal["", "scrape", "rules", "notify", "deliver", "on-call"]
GrafanaLink = Literal["", "grafana", "data-source", "data"]
Seconds = Annotated[float, Meta(gt=0)]
FRESH_SCRAPES, FRESH_SECONDS = 4, 15


class MonitoringParams(Params, frozen=True, kw_only=True):
    """The addresses of Prometheus, Alertmanager, Grafana and on-call are those of tixmaster.toml."""

    grafana: Annotated[bool, about("whether trouble of Grafana alone is a failure, too; else it is only told")] = False
    grafana_data_source: Annotated[str, about("the uid of its data source")] = GrafanaAccess.data_source
    grafana_token_file: Annotated[
        str | None, about("a file with a token of a Grafana that `tix up` did not make (a viewer's will do)")
    ] = None
    fresh_seconds: Annotated[
        Seconds | None, about("how old the newest sample may be; four scrapes, at least 15 s, unless given")
    ] = None


class MonitoringValue(Value, frozen=True, kw_only=True):
    """A name for each link; null where nobody could be asked."""

    broken: Annotated[Link, about("the first broken link, empty where none is")] = ""
    prometheus_ready: bool = False
    targets: Annotated[int, about("what Prometheus scrapes")] = 0
    targets_up: int = 0
    targets_down: Annotated[tuple[str, ...], about("the services that it does not reach")] = ()
    targets_unscraped: Annotated[
        tuple[str, ...], about("those of them that answer on-call: the way there is broken")
    ] = ()
    samples_age_seconds: Annotated[float | None, about("age of the newest sample")] = None
    samples_fresh: Annotated[bool | None, about("whether it is young enough")] = None
    rules: int = 0
    rules_failing: Annotated[tuple[str, ...], about("the rules that Prometheus cannot evaluate")] = ()
    rules_healthy: Annotated[bool | None, about("whether there are rules and all of them work")] = None
    alertmanager_ready: bool = False
    alertmanager_connected: Annotated[bool | None, about("whether Prometheus knows an Alertmanager to send to")] = None
    notifications_lost: Annotated[
        float | None, about("alerts that Prometheus dropped or could not send within two beats of the Watchdog")
    ] = None
    delivery_failures: Annotated[
        float | None, about("notifications that Alertmanager could not deliver within two beats of the Watchdog")
    ] = None
    oncall_answers: bool = False
    watchdog_age_seconds: Annotated[float | None, about("since the Watchdog last came through; null: never")] = None
    webhook_works: Annotated[bool, about("whether it came through lately")] = False
    grafana_reachable: bool = False
    grafana_data_source: Annotated[bool | None, about("whether Grafana's data source is healthy")] = None
    grafana_broken: Annotated[GrafanaLink, about("why Grafana shows no data, empty where it shows them")] = ""


@check("monitoring", MonitoringParams, MonitoringValue)
def monitoring(params: MonitoringParams, scene: Scene) -> Finding:
    """Follows the way of a sample to a person: scrape, rules, notify, deliver, on-call; and Grafana."""
    token = None if params.grafana_token_file is None else _token(scene.config, params.grafana_token_file)
    access = GrafanaAccess(data_source=params.grafana_data_source, token=token)
    seen = chain.look(scene.config, scene.timeout, access)
    timings = PROFILES["drill" if seen.oncall.drill else scene.config.timing]
    fresh = params.fresh_seconds or max(FRESH_SCRAPES * timings.scrape, FRESH_SECONDS)
    value = _value(seen, fresh=fresh, heard=MISSED_BEATS * timings.watchdog_interval)
    troubles = list(_troubles(seen, value))
    boards = _boards(seen, value)
    told = [text for _, text in troubles]
    if params.grafana or seen.grafana.ready:  # where there is none, nobody needs to hear of it at every incident
        told += [boards[1]] if boards else [seen.grafana.problem] if seen.grafana.problem else []
    broken: Link = troubles[0][0] if troubles else ""
    value = _with(value, broken, boards[0] if boards else "")
    well = said(
        "every link works, {up} of {all} targets up",
        "每個環節皆正常，{all} 個監控目標中 {up} 個正常",
        up=value.targets_up,
        all=value.targets,
    )
    failed = bool(troubles) or (params.grafana and boards is not None)
    reason = joined(told if troubles else [well, *told])
    return Finding(status="failed" if failed else "ok", reason=reason, value=value.plain())


def _token(config: Config, file: str) -> str:
    path = config.path_of(Path(file))
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            said(
                "cannot read Grafana's token {path}: {why}. Put the token there, one line.",
                "無法讀取 Grafana 權杖 {path}：{why}。請將權杖寫入該檔案，一行即可。",
                path=path,
                why=system(error),
            )
        ) from error


def _with(value: MonitoringValue, broken: Link, grafana: GrafanaLink) -> MonitoringValue:
    return msgspec.structs.replace(value, broken=broken, grafana_broken=grafana)


def _value(seen: Chain, *, fresh: float, heard: float) -> MonitoringValue:
    scraping, watchdog = seen.prometheus, seen.oncall.watchdog_age
    age = scraping.samples_age
    whole = scraping.ready and scraping.problem is None
    return MonitoringValue(
        prometheus_ready=scraping.ready,
        targets=scraping.targets,
        targets_up=scraping.targets - len(scraping.silent),
        targets_down=tuple(sorted(scraping.silent)),
        targets_unscraped=scraping.unscraped,
        samples_age_seconds=age,
        samples_fresh=None if not scraping.ready else age is not None and age <= fresh,
        rules=scraping.rules,
        rules_failing=tuple(scraping.failing_rules),
        rules_healthy=scraping.rules > 0 and not scraping.failing_rules if whole else None,
        alertmanager_ready=seen.alertmanager.ready,
        alertmanager_connected=None if scraping.alertmanagers is None else scraping.alertmanagers > 0,
        notifications_lost=scraping.notifications_lost,
        delivery_failures=sum(scraping.delivery_failures.values()) if whole else None,
        oncall_answers=seen.oncall.ready,
        watchdog_age_seconds=watchdog,
        webhook_works=watchdog is not None and watchdog <= heard,
        grafana_reachable=seen.grafana.ready,
        grafana_data_source=seen.grafana.data_source,
    )


def _troubles(seen: Chain, value: MonitoringValue) -> Iterator[tuple[Link, Said]]:
    """Each broken link and why, in the order of the chain. A service that is down is its own trouble, not a link's."""
    scraping = seen.prometheus
    if scrape := _unscraped(seen, value):
        yield "scrape", scrape
    if value.rules_healthy is False:
        names = ", ".join(f"{name} ({why})" for name, why in scraping.failing_rules.items())
        fails = said("rules fail: {names}", "規則評估失敗：{names}", names=names)
        yield "rules", fails if names else said("Prometheus has no rules", "Prometheus 沒有任何規則")
    if not value.alertmanager_ready:
        yield "notify", seen.alertmanager.problem or said("Alertmanager is not ready", "Alertmanager 尚未就緒")
    elif value.alertmanager_connected is False:
        yield "notify", said("Prometheus knows no Alertmanager to send to", "Prometheus 沒有可傳送的 Alertmanager")
    elif (lost := value.notifications_lost or 0) >= 1 and not value.webhook_works:
        # What was lost while Alertmanager started has been sent again since, if the Watchdog came through.
        yield (
            "notify",
            said("Prometheus lost {count:.0f} notifications", "Prometheus 遺失 {count:.0f} 則通知", count=lost),
        )
    elsewhere = {name: count for name, count in scraping.delivery_failures.items() if name != "webhook"}
    webhook = scraping.delivery_failures.get("webhook", 0.0)
    if elsewhere or (webhook and value.oncall_answers and not value.webhook_works):
        names = ", ".join(f"{name} {count:.0f}" for name, count in scraping.delivery_failures.items())
        yield "deliver", said("Alertmanager could not deliver: {names}", "Alertmanager 無法送達：{names}", names=names)
    if not value.oncall_answers:
        yield "on-call", seen.oncall.problem or said("on-call does not answer", "值勤系統沒有回應")
    elif not value.webhook_works:
        yield "on-call", _unheard(value.watchdog_age_seconds)


def _unscraped(seen: Chain, value: MonitoringValue) -> Said | None:
    """Why Prometheus has no samples of what answers; None where it has."""
    scraping = seen.prometheus
    if scraping.problem:
        return scraping.problem
    if not scraping.targets:
        return said("Prometheus has no targets", "Prometheus 沒有監控目標")
    if scraping.unscraped:
        name = scraping.unscraped[0]
        return said(
            "Prometheus cannot scrape {name}, which answers on-call: {why}",
            "Prometheus 無法抓取 {name}，但值勤系統可取得其回應：{why}",
            name=name,
            why=system(scraping.silent[name]),
        )
    if value.samples_fresh:
        return None
    age = value.samples_age_seconds
    if age is None:
        return said("Prometheus has no samples", "Prometheus 沒有樣本")
    return said("the newest sample is {age:.0f} s old", "最新樣本已是 {age:.0f} 秒前", age=age)


def _unheard(age: float | None) -> Said:
    """Since when the Watchdog is missing."""
    if age is None:
        return said("the Watchdog has never come through", "Watchdog 從未送達")
    return said("the Watchdog has not come through for {age:.0f} s", "Watchdog 已 {age:.0f} 秒未送達", age=age)


def _boards(seen: Chain, value: MonitoringValue) -> tuple[GrafanaLink, Said] | None:
    """Why Grafana shows no data: itself, its data source, or that there are none. None where it shows them."""
    if not value.grafana_reachable:
        return "grafana", seen.grafana.problem or said("Grafana does not answer", "Grafana 沒有回應")
    if not value.prometheus_ready or value.samples_fresh is False:
        why = said(
            "Grafana has nothing to show: Prometheus has no fresh samples",
            "Grafana 無資料可顯示：Prometheus 沒有最新樣本",
        )
        return "data", why
    if value.grafana_data_source is False:
        return "data-source", seen.grafana.problem or said("Grafana's data source fails", "Grafana 的資料來源異常")
    return None
