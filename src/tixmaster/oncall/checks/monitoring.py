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
    well = f"every link works, {value.targets_up} of {value.targets} targets up"
    failed = bool(troubles) or (params.grafana and boards is not None)
    reason = "; ".join(told if troubles else [well, *told])
    return Finding(status="failed" if failed else "ok", reason=reason, value=value.plain())


def _token(config: Config, file: str) -> str:
    path = config.path_of(Path(file))
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read Grafana's token {path}: {error}. Put the token there, one line.") from error


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


def _troubles(seen: Chain, value: MonitoringValue) -> Iterator[tuple[Link, str]]:
    """Each broken link and why, in the order of the chain. A service that is down is its own trouble, not a link's."""
    scraping = seen.prometheus
    if scraping.problem:
        yield "scrape", scraping.problem
    elif not scraping.targets:
        yield "scrape", "Prometheus has no targets"
    elif scraping.unscraped:
        name = scraping.unscraped[0]
        yield "scrape", f"Prometheus cannot scrape {name}, which answers on-call: {scraping.silent[name]}"
    elif not value.samples_fresh:
        age = value.samples_age_seconds
        yield "scrape", "Prometheus has no samples" if age is None else f"the newest sample is {age:.0f} s old"
    if value.rules_healthy is False:
        names = ", ".join(f"{name} ({why})" for name, why in scraping.failing_rules.items())
        yield "rules", f"rules fail: {names}" if names else "Prometheus has no rules"
    if not value.alertmanager_ready:
        yield "notify", seen.alertmanager.problem or "Alertmanager is not ready"
    elif value.alertmanager_connected is False:
        yield "notify", "Prometheus knows no Alertmanager to send to"
    elif (value.notifications_lost or 0) >= 1 and not value.webhook_works:
        # What was lost while Alertmanager started has been sent again since, if the Watchdog came through.
        yield "notify", f"Prometheus lost {value.notifications_lost:.0f} notifications"
    elsewhere = {name: count for name, count in scraping.delivery_failures.items() if name != "webhook"}
    webhook = scraping.delivery_failures.get("webhook", 0.0)
    if elsewhere or (webhook and value.oncall_answers and not value.webhook_works):
        names = ", ".join(f"{name} {count:.0f}" for name, count in scraping.delivery_failures.items())
        yield "deliver", f"Alertmanager could not deliver: {names}"
    if not value.oncall_answers:
        yield "on-call", seen.oncall.problem or "on-call does not answer"
    elif not value.webhook_works:
        age = value.watchdog_age_seconds
        since = "has never come through" if age is None else f"has not come through for {age:.0f} s"
        yield "on-call", f"the Watchdog {since}"


def _boards(seen: Chain, value: MonitoringValue) -> tuple[GrafanaLink, str] | None:
    """Why Grafana shows no data: itself, its data source, or that there are none. None where it shows them."""
    if not value.grafana_reachable:
        return "grafana", seen.grafana.problem or "Grafana does not answer"
    if not value.prometheus_ready or value.samples_fresh is False:
        return "data", "Grafana has nothing to show: Prometheus has no fresh samples"
    if value.grafana_data_source is False:
        return "data-source", seen.grafana.problem or "Grafana's data source fails"
    return None
