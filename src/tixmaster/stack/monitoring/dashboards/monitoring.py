"""Monitoring health: would an alert be noticed now? Scrapes, rules, notifications, and the Watchdog at the far end."""

from __future__ import annotations

from tixmaster.stack.monitoring import objectives, series
from tixmaster.stack.monitoring.dashboards.model import Dashboard, Panel, Query, Tile

WATCHDOG_AGE = f"time() - max({series.WATCHDOG_AT} > 0)"
RULE_FAILURES = "sum(increase(prometheus_rule_evaluation_failures_total[5m]))"
UNDELIVERED = "sum by (integration) (increase(alertmanager_notifications_failed_total[5m]))"
UNSENT = " + ".join(f"sum(increase(prometheus_notifications_{kind}_total[5m]))" for kind in ("errors", "dropped"))

WATCHDOG = Panel(
    id=60,
    uid="watchdog-age",
    title="Since on-call last heard the Watchdog",
    title_zh="距值勤系統上次收到 Watchdog 的時間",
    answers="The whole way works: scrape, rule, Alertmanager, on-call. Three beats missed means that alerts do not arrive.",
    answers_zh="整條路徑（抓取、規則、Alertmanager、值勤）是否暢通。連續三次未到代表警報送不到。",
    unit="seconds",
    queries=(Query(expr=WATCHDOG_AGE, legend="Watchdog"),),
    threshold=objectives.WATCHDOG_SILENT_SECONDS,
)
SCRAPES = Panel(
    id=61,
    uid="scrape-duration",
    title="How long each scrape takes",
    title_zh="各目標抓取耗時",
    answers="A target whose scrape nears the time limit is about to vanish from the monitoring.",
    answers_zh="抓取時間接近上限的目標即將從監控中消失。",
    unit="seconds",
    queries=(Query(expr="max by (service) (scrape_duration_seconds)", legend="{{service}}"),),
)
FIRING = Panel(
    id=62,
    uid="alerts-firing",
    title="Alerts that fire",
    title_zh="觸發中的警報",
    answers="What Prometheus holds to be broken now, also what Alertmanager mutes; the Watchdog is left out.",
    answers_zh="Prometheus 目前認定的異常，包含被抑制者，不含 Watchdog。",
    unit="count",
    queries=(
        Query(
            expr='count by (alertname, service) (ALERTS{alertstate="firing", alertname!="Watchdog"})',
            legend="{{alertname}} {{service}}",
        ),
    ),
)
SAMPLES = Panel(
    id=63,
    uid="samples-per-scrape",
    title="Series of each service",
    title_zh="各服務的時間序列數",
    answers="A label with values without end (an id, a path) shows here long before Prometheus runs out of memory.",
    answers_zh="標籤值無限成長（如 id、路徑）會先在此顯現，早於 Prometheus 記憶體耗盡。",
    unit="series",
    queries=(Query(expr="sum by (service) (scrape_samples_scraped)", legend="{{service}}"),),
    threshold=objectives.SERIES_OF_SERVICE,
)
RULES = Panel(
    id=64,
    uid="rule-duration",
    title="How long each group of rules takes",
    title_zh="各規則群組評估耗時",
    answers="A group that takes longer than its interval is evaluated late, and its alerts come late.",
    answers_zh="耗時超過評估間隔的群組會延遲，其警報亦隨之延遲。",
    unit="seconds",
    queries=(
        Query(
            expr="label_replace(max by (rule_group) (prometheus_rule_group_last_duration_seconds), "
            '"group", "$1", "rule_group", ".*;(.*)")',
            legend="{{group}}",
        ),
    ),
)
NOTIFICATIONS = Panel(
    id=65,
    uid="notifications",
    title="Notifications that Alertmanager sends",
    title_zh="Alertmanager 送出的通知",
    answers="To on-call (webhook) and by mail. Failed ones are tried again, and are trouble if they stay.",
    answers_zh="送往值勤（webhook）與郵件的通知；失敗會重試，持續失敗即為異常。",
    unit="per min",
    queries=(
        Query(
            expr="sum by (integration) (rate(alertmanager_notifications_total[5m])) * 60 > 0",
            legend="{{integration}} sent",
            legend_zh="{{integration}} 已送出",
        ),
        Query(
            expr="sum by (integration) (rate(alertmanager_notifications_failed_total[5m])) * 60 > 0",
            legend="{{integration}} failed",
            legend_zh="{{integration}} 失敗",
        ),
    ),
    tones={"failed": "trouble"},
)
FAILURES = Panel(
    id=66,
    uid="pipeline-failures",
    title="Failures on an alert's way, in 5 minutes",
    title_zh="警報路徑上的失敗（5 分鐘內）",
    answers="Rules that cannot be evaluated, alerts that do not reach Alertmanager, notifications that nobody takes.",
    answers_zh="無法評估的規則、送不到 Alertmanager 的警報、無人接收的通知。",
    unit="failures",
    queries=(
        Query(expr=RULE_FAILURES, legend="rules", legend_zh="規則"),
        Query(expr=UNSENT, legend="Prometheus to Alertmanager", legend_zh="Prometheus 到 Alertmanager"),
        Query(expr=f"sum({UNDELIVERED})", legend="Alertmanager to people", legend_zh="Alertmanager 到人員"),
    ),
    threshold=1,
)
CONNECTED = Panel(
    id=67,
    uid="alertmanagers",
    title="Alertmanagers that Prometheus knows",
    title_zh="Prometheus 已連線的 Alertmanager",
    answers="Without one, alerts fire and go nowhere.",
    answers_zh="若為零，警報觸發後無處可送。",
    unit="instances",
    queries=(Query(expr="max(prometheus_notifications_alertmanagers_discovered)", legend="Alertmanagers"),),
    threshold=1,
    threshold_is_floor=True,
)
RELOADS = Panel(
    id=68,
    uid="config-reload",
    title="The last reload of the configuration succeeded",
    title_zh="最近一次設定重載是否成功",
    answers="0: the file on disk is broken, and what runs is an older one.",
    answers_zh="0 代表磁碟上的設定有誤，目前沿用舊設定。",
    unit="instances",
    queries=(
        Query(expr="min(prometheus_config_last_reload_successful)", legend="prometheus"),
        Query(expr="min(alertmanager_config_last_reload_successful)", legend="alertmanager"),
    ),
    threshold=1,
    threshold_is_floor=True,
)

DASHBOARD = Dashboard(
    uid="tixmaster-monitoring",
    title="Monitoring health",
    title_zh="監控狀態",
    answers="Would an alert be noticed now? Scrapes, rules, notifications, and the Watchdog at the far end.",
    answers_zh="現在若有警報會被發現嗎？抓取、規則、通知，以及路徑末端的 Watchdog。",
    tiles=(
        Tile(
            id=161,
            title="Targets that do not answer",
            title_zh="無回應的目標",
            unit="instances",
            query=Query(expr="count(up == 0) or vector(0)", legend=""),
            usual=Query(expr="count(up)", legend="of", legend_zh="共"),
            panel=SCRAPES,
            threshold=1,
        ),
        Tile(
            id=162,
            title="Watchdog heard",
            title_zh="上次 Watchdog",
            unit="seconds",
            query=Query(expr=WATCHDOG_AGE, legend=""),
            panel=WATCHDOG,
            threshold=objectives.WATCHDOG_SILENT_SECONDS,
        ),
        Tile(
            id=163,
            title="Alerts that fire",
            title_zh="觸發中的警報",
            unit="count",
            query=Query(expr='count(ALERTS{alertstate="firing", alertname!="Watchdog"}) or vector(0)', legend=""),
            panel=FIRING,
            threshold=1,
        ),
        Tile(
            id=164,
            title="Rule failures, 5 min",
            title_zh="規則失敗（5 分鐘）",
            unit="failures",
            query=Query(expr=RULE_FAILURES, legend=""),
            panel=FAILURES,
            threshold=1,
        ),
        Tile(
            id=165,
            title="Undelivered, 5 min",
            title_zh="未送達（5 分鐘）",
            unit="failures",
            query=Query(expr=f"sum({UNDELIVERED}) + {UNSENT}", legend=""),
            panel=FAILURES,
            threshold=1,
        ),
        Tile(
            id=166,
            title="Series",
            title_zh="時間序列",
            unit="count",
            query=Query(expr="sum(prometheus_tsdb_head_series)", legend=""),
            panel=SAMPLES,
        ),
    ),
    panels=(WATCHDOG, FIRING, SCRAPES, SAMPLES, RULES, NOTIFICATIONS),
    details=(FAILURES, CONNECTED, RELOADS),
)
