"""Does the way from a sample to a person work? Watchdog and AlertUnattended."""

from __future__ import annotations

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import series
from tixmaster.stack.monitoring.model import Alert, Group
from tixmaster.stack.monitoring.rules.annotations import Text, annotate
from tixmaster.stack.monitoring.rules.expressions import lines
from tixmaster.stack.monitoring.timings import Timings


def group(config: Config, timings: Timings) -> Group:
    """The rules of `pipeline.yml`."""
    return Group(name="pipeline", rules=(_watchdog(config), _alert_unattended(config, timings)))


def _watchdog(config: Config) -> Alert:
    return Alert(
        name="Watchdog",
        expr="vector(1)",
        hold=0,
        severity="none",
        labels={"env": "local", "service": "prometheus", "team": "platform"},
        annotations=annotate(
            config,
            "Watchdog",
            summary=Text(en="The alert path works", zh="警報路徑正常"),
            description=Text(
                en="Always firing. When it stops arriving at on-call, Prometheus or Alertmanager is broken.",
                zh="此警報恆常觸發；值班程式收不到時，代表 Prometheus 或 Alertmanager 已故障。",
            ),
        ),
    )


def _alert_unattended(config: Config, timings: Timings) -> Alert:
    """A critical alert that nobody handles, because on-call is down: one for each such alert, by mail."""
    waiting = 'ALERTS{alertstate="firing",severity="critical",alertname!="AlertUnattended",service!="oncall"}'
    return Alert(
        name="AlertUnattended",
        expr=lines(
            f"""
            max by (env, service, unattended) (label_replace({waiting}, "unattended", "$1", "alertname", "(.*)"))
            unless on () {series.UP}{{service="oncall"}} == 1
            """
        ),
        hold=timings.unattended_for,
        severity="critical",
        labels={"team": "platform"},
        annotations=annotate(
            config,
            "AlertUnattended",
            summary=Text(
                en="{{ $labels.unattended }} fires for {{ $labels.service }} and on-call is down",
                zh="{{ $labels.service }} 的 {{ $labels.unattended }} 正在觸發，而值班程式停止",
            ),
            description=Text(
                en="On-call does not answer Prometheus, so nobody investigates this alert and no report will come.",
                zh="值班程式沒有回應 Prometheus，因此無人調查此警報，也不會有報告。",
            ),
        ),
    )
