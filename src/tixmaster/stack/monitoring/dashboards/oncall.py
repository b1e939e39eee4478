"""On-call: what is open, how fast is it seen and mended, and where does an alert's way take its time?"""

from __future__ import annotations

from tixmaster.stack.monitoring import objectives, series
from tixmaster.stack.monitoring.dashboards.model import Dashboard, Panel, Query, Tile


def _mean(measure: str) -> str:
    """Of real incidents; of drills where there was no real one."""
    name = f"oncall_mean_time_to_{measure}_seconds"
    return f'{name}{{kind="real"}} or on () {name}{{kind="drill"}}'


def _stages(quantile: float) -> str:
    return f"histogram_quantile({quantile}, sum by (stage, le) (increase({series.STAGE_BUCKETS}[1d])))"


INCIDENTS = Panel(
    id=40,
    uid="incidents",
    title="Incidents that are not closed, by state",
    title_zh="未結案事件（依狀態）",
    answers="What people have to look at. Open without acknowledged: nobody is on it yet.",
    answers_zh="需要人員處理的事件。open 而未 acknowledged 代表尚無人認領。",
    unit="incidents",
    queries=(Query(expr='sum by (state) (oncall_incidents{state!="closed"})', legend="{{state}}"),),
    tones={"open": "trouble", "resolved": "reference"},
)
ACKNOWLEDGE = Panel(
    id=41,
    uid="mean-time-to-acknowledge",
    title="Mean time to acknowledge (MTTA, 30 days)",
    title_zh="平均認領時間（MTTA，30 天）",
    answers="How long an incident waits for somebody. Growing means that mails are not seen.",
    answers_zh="事件等待認領的時間；上升代表通知未被看見。",
    unit="seconds",
    queries=(Query(expr="max by (kind) (oncall_mean_time_to_acknowledge_seconds)", legend="{{kind}}"),),
    tones={"drill": "reference"},
)
RECOVER = Panel(
    id=42,
    uid="mean-time-to-recover",
    title="Mean time to recover (MTTR, 30 days)",
    title_zh="平均恢復時間（MTTR，30 天）",
    answers="How long trouble lasts, from its true start to its end.",
    answers_zh="從實際開始到恢復的時間。",
    unit="seconds",
    queries=(Query(expr="max by (kind) (oncall_mean_time_to_recover_seconds)", legend="{{kind}}"),),
    tones={"drill": "reference"},
)
STAGES = Panel(
    id=43,
    uid="stage-durations",
    title="Stages of an alert's way, 95th percentile of a day",
    title_zh="警報處理各階段耗時（一天第 95 百分位）",
    answers="Where the seconds between alert and mail go. The slowest stage is the one to mend.",
    answers_zh="警報到郵件之間的時間花在哪個階段；最慢者優先改善。",
    unit="seconds",
    queries=(Query(expr=_stages(0.95), legend="{{stage}}"),),
)
QUEUE_AGE = Panel(
    id=44,
    uid="oncall-queue",
    title="Waiting longest: alert to be decided, mail to be sent",
    title_zh="等待最久的警報與待寄郵件",
    answers="On-call keeps up while both are near zero. An alert that waits is one that nobody hears of.",
    answers_zh="兩者接近零代表處理順暢；等待中的警報等於無人知曉。",
    unit="seconds",
    queries=(
        Query(expr=f"max({series.QUEUE_AGE})", legend="alert", legend_zh="警報"),
        Query(expr=f"max({series.OUTBOX_AGE})", legend="mail", legend_zh="郵件"),
    ),
    threshold=objectives.QUEUE_SECONDS,
)
RUNS = Panel(
    id=45,
    uid="investigations",
    title="Investigations in an hour, by outcome",
    title_zh="每小時調查數（依結果）",
    answers="Whether the manual finds causes. No cause found: a runbook lacks a row; stage failed: on-call has a fault.",
    answers_zh="手冊是否找得到原因。no-cause 代表手冊缺一列；stage-failed 代表值勤系統故障。",
    unit="runs",
    queries=(Query(expr="sum by (outcome) (increase(oncall_runs_total[1h]))", legend="{{outcome}}"),),
    tones={"stage-failed": "trouble", "no-cause": "warning"},
)
INTAKE = Panel(
    id=46,
    uid="alerts-received",
    title="Alerts received, by what became of them",
    title_zh="收到的警報（依處理結果）",
    answers="That Alertmanager reaches on-call: the heartbeat never stops. Refused ones make no sense to on-call.",
    answers_zh="Alertmanager 是否送達：heartbeat 不應中斷；refused 為無法解讀的警報。",
    unit="alerts/min",
    queries=(Query(expr="sum by (outcome) (rate(oncall_alerts_total[5m])) * 60", legend="{{outcome}}"),),
    tones={"refused": "trouble", "heartbeat": "reference"},
)
REJECTED = Panel(
    id=48,
    uid="alerts-rejected",
    title="Alerts rejected in an hour, by reason",
    title_zh="每小時遭拒的警報（依原因）",
    answers="Zero while every sender uses Alertmanager's webhook format. The console lists what was rejected, under Alerts.",
    answers_zh="所有來源皆使用 Alertmanager webhook 格式時為零。主控台的「警報」頁面列出遭拒的內容。",
    unit="count",
    queries=(Query(expr=f"sum by (reason) (increase({series.REJECTED}[1h])) > 0", legend="{{reason}}"),),
)
PAGE = Panel(
    id=47,
    uid="mean-time-to-page",
    title="Mean time from incident to mail (30 days)",
    title_zh="事件到郵件的平均時間（30 天）",
    answers="How soon somebody knows, with the cause and its proof in the mail.",
    answers_zh="多快有人知道，且郵件已附原因與證據。",
    unit="seconds",
    queries=(Query(expr="max by (kind) (oncall_mean_time_to_page_seconds)", legend="{{kind}}"),),
    tones={"drill": "reference"},
)

DASHBOARD = Dashboard(
    uid="tixmaster-oncall",
    title="On-call",
    title_zh="值勤",
    answers="What is open, how fast is it seen and mended, and where does an alert's way take its time?",
    answers_zh="有哪些未結案、多快認領與恢復、警報處理的時間花在哪裡？",
    tiles=(
        Tile(
            id=141,
            title="Incidents not closed",
            title_zh="未結案事件",
            unit="incidents",
            query=Query(expr="max(oncall_incidents_open)", legend=""),
            panel=INCIDENTS,
            threshold=1,
        ),
        Tile(
            id=142,
            title="Incident to mail",
            title_zh="事件到郵件",
            unit="seconds",
            query=Query(expr=_mean("page"), legend="{{kind}}"),
            panel=PAGE,
        ),
        Tile(
            id=143,
            title="MTTA, 30 days",
            title_zh="MTTA（30 天）",
            unit="seconds",
            query=Query(expr=_mean("acknowledge"), legend="{{kind}}"),
            panel=ACKNOWLEDGE,
        ),
        Tile(
            id=144,
            title="MTTR, 30 days",
            title_zh="MTTR（30 天）",
            unit="seconds",
            query=Query(expr=_mean("recover"), legend="{{kind}}"),
            panel=RECOVER,
        ),
        Tile(
            id=145,
            title="Oldest alert undecided",
            title_zh="最久未處理警報",
            unit="seconds",
            query=Query(expr=f"max({series.QUEUE_AGE})", legend=""),
            panel=QUEUE_AGE,
            threshold=objectives.QUEUE_SECONDS,
        ),
        Tile(
            id=146,
            title="Oldest mail unsent",
            title_zh="最久未寄郵件",
            unit="seconds",
            query=Query(expr=f"max({series.OUTBOX_AGE})", legend=""),
            panel=QUEUE_AGE,
            threshold=objectives.OUTBOX_SECONDS,
        ),
    ),
    panels=(INCIDENTS, STAGES, ACKNOWLEDGE, RECOVER, RUNS, QUEUE_AGE),
    details=(INTAKE, REJECTED, PAGE),
)
