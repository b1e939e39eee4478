"""Does the way from a sample to a person work, and can the figures be trusted?"""

from __future__ import annotations

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import objectives, series
from tixmaster.stack.monitoring.model import Alert, Group
from tixmaster.stack.monitoring.prometheus import SERIES_LIMIT
from tixmaster.stack.monitoring.rules.annotations import Text, alert, annotate
from tixmaster.stack.monitoring.rules.expressions import drill_ended_within, lines
from tixmaster.stack.monitoring.timings import Timings, span


def group(config: Config, timings: Timings) -> Group:
    """The rules of `pipeline.yml`."""
    return Group(
        name="pipeline",
        rules=(
            _watchdog(config),
            _rule_failures(config, timings),
            _not_connected(config, timings),
            _config_reload_failed(config, timings),
            _notifications_failing(config, timings),
            _oncall_backlog(config, timings),
            _alerts_rejected(config, timings),
            _too_many_series(config, timings),
            _alert_unattended(config, timings),
        ),
    )


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
                zh="此警報恆常觸發；值勤系統收不到時，代表 Prometheus 或 Alertmanager 已故障。",
            ),
        ),
    )


def _rule_failures(config: Config, timings: Timings) -> Alert:
    window = span(timings.delivery_window)
    return alert(
        config,
        "PrometheusRuleFailures",
        f"""
        sum by (env, service) (increase(prometheus_rule_evaluation_failures_total[{window}])) > 0
        or sum by (env, service) (
          prometheus_rule_group_last_duration_seconds > prometheus_rule_group_interval_seconds
        )
        """,
        hold=timings.brief_for,
        severity="critical",
        summary=Text(en="Prometheus cannot evaluate all of its rules", zh="Prometheus 有規則無法計算"),
        description=Text(
            en=f"An expression failed within the last {window}, or a group of rules takes longer than its interval. "
            "The alerts of these rules cannot be relied on.",
            zh=f"最近 {window} 有運算式出錯，或有規則群組的計算耗時超過其間隔。這些規則的警報不可信賴。",
        ),
    )


def _not_connected(config: Config, timings: Timings) -> Alert:
    """It can be seen in Prometheus, and nobody hears it; on-call notices that the Watchdog is silent."""
    held = timings.brief_for
    return alert(
        config,
        "PrometheusNotConnectedToAlertmanager",
        "max by (env, service) (prometheus_notifications_alertmanagers_discovered) == 0",
        hold=held,
        severity="critical",
        summary=Text(en="Prometheus knows no Alertmanager", zh="Prometheus 未連上任何 Alertmanager"),
        description=Text(
            en=f"For {span(held)} there has been nobody to send alerts to.",
            zh=f"已 {span(held)} 沒有可送達警報的對象。",
        ),
    )


def _config_reload_failed(config: Config, timings: Timings) -> Alert:
    return alert(
        config,
        "ConfigReloadFailed",
        """
        min by (env, service) (prometheus_config_last_reload_successful) == 0
        or min by (env, service) (alertmanager_config_last_reload_successful) == 0
        """,
        hold=timings.brief_for,
        severity="warning",
        summary=Text(en="{{ $labels.service }} refused its new configuration", zh="{{ $labels.service }} 拒絕新的設定"),
        description=Text(
            en="It goes on with the one before. New rules and routes have no effect, and after a restart it may not "
            "come up.",
            zh="目前沿用先前的設定；新的規則與路由皆未生效，重啟後可能無法啟動。",
        ),
    )


def _notifications_failing(config: Config, timings: Timings) -> Alert:
    """While on-call was down, deliveries to it had to fail: that is InstanceDown's, and for the whole window. What failed
    in a drill that has ended is no trouble."""
    window = span(timings.delivery_window)
    return alert(
        config,
        "AlertmanagerNotificationsFailing",
        f"""
        sum by (env, service) (increase(alertmanager_notifications_failed_total[{window}]))
          >= {objectives.FAILED_NOTIFICATIONS}
        unless on (env) min by (env) (min_over_time({series.UP}{{service="oncall"}}[{window}])) == 0
        unless on () {drill_ended_within(timings.delivery_window)}
        """,
        hold=0,
        severity="critical",
        summary=Text(en="Alertmanager cannot deliver its notifications", zh="Alertmanager 無法送出通知"),
        description=Text(
            en=f'{{{{ $value | printf "%.0f" }}}} failed within the last {window}, although on-call was up: its webhook '
            "refuses, or the mail server does.",
            zh=f'最近 {window} 有 {{{{ $value | printf "%.0f" }}}} 則通知失敗，而值勤系統並未停止：'
            "其 webhook 或郵件伺服器拒絕接收。",
        ),
    )


def _oncall_backlog(config: Config, timings: Timings) -> Alert:
    queue, outbox = objectives.QUEUE_SECONDS, objectives.OUTBOX_SECONDS
    return alert(
        config,
        "OncallBacklog",
        f"""
        max by (env, service) ({series.QUEUE_AGE}) > {queue}
        or max by (env, service) ({series.OUTBOX_AGE}) > {outbox}
        """,
        hold=timings.brief_for,
        severity="warning",
        summary=Text(
            en="On-call is {{ $value | humanizeDuration }} behind", zh="值勤系統落後 {{ $value | humanizeDuration }}"
        ),
        description=Text(
            en=f"An alert has waited longer than {queue} seconds to be looked at, or a mail longer than {outbox} to be "
            "sent.",
            zh=f"有警報等待處理超過 {queue} 秒，或有郵件等待寄出超過 {outbox} 秒。",
        ),
    )


def _alerts_rejected(config: Config, timings: Timings) -> Alert:
    """What on-call cannot read opens no incident, so nobody would hear of it."""
    window = span(timings.delivery_window)
    return alert(
        config,
        "AlertsRejected",
        f"sum by (env, service) (increase({series.REJECTED}[{window}])) > 0",
        hold=0,
        severity="warning",
        summary=Text(
            en="On-call rejected alerts that were sent to it",
            zh="值勤系統拒絕了送達的警報",
        ),
        description=Text(
            en=f"Within the last {window}, on-call could not read a request or an alert, or failed to decide on one. It "
            "opened no incident for it. The console lists what was sent, with the reason, under Alerts.",
            zh=f"最近 {window} 內，有請求或警報無法解讀或無法處理，因此未成為事件。"
            "主控台的「警報」頁面列出其內容與原因。",
        ),
    )


def _too_many_series(config: Config, timings: Timings) -> Alert:
    """Prometheus takes `SERIES_LIMIT` series of a scrape; beyond, it drops the scrape, and counts them all the same."""
    limit = objectives.SERIES_OF_SERVICE
    return alert(
        config,
        "TooManySeries",
        f"max by (env, service) (scrape_samples_scraped) > {limit}",
        hold=timings.brief_for,
        severity="warning",
        summary=Text(
            en='{{ $labels.service }} exports {{ $value | printf "%.0f" }} series',
            zh='{{ $labels.service }} 匯出 {{ $value | printf "%.0f" }} 個時間序列',
        ),
        description=Text(
            en=f"More than {limit}: a label has values without end (an id, a path, an address). At {SERIES_LIMIT} "
            "Prometheus drops the whole scrape, and no alert about this service can fire.",
            zh=f"超過 {limit} 個：某個標籤的值沒有止境（識別碼、路徑或位址）。達到 {SERIES_LIMIT} 個時，"
            "Prometheus 會捨棄整次擷取，此服務的警報皆無法觸發。",
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
                zh="{{ $labels.service }} 的 {{ $labels.unattended }} 正在觸發，而值勤系統停止",
            ),
            description=Text(
                en="On-call does not answer Prometheus, so nobody investigates this alert and no report will come.",
                zh="值勤系統沒有回應 Prometheus，因此無人調查此警報，也不會有報告。",
            ),
        ),
    )
