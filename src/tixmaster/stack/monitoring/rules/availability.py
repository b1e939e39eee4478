"""Do the services answer, do their answers succeed, and soon? What is measured, and the alerts about it."""

from __future__ import annotations

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import objectives, series, sli
from tixmaster.stack.monitoring.model import Alert, Group, Recording
from tixmaster.stack.monitoring.prometheus import ENVIRONMENT
from tixmaster.stack.monitoring.rules import requests
from tixmaster.stack.monitoring.rules.annotations import Text, alert
from tixmaster.stack.monitoring.rules.expressions import drill_ended_within, drill_within, ratio
from tixmaster.stack.monitoring.timings import Timings, span

UP_EXPRESSION = f"max by (env, service) ({series.ANSWERS})"


def group(config: Config, timings: Timings) -> Group:
    """The rules of `availability.yml`."""
    answers = (
        # A scrape that is refused for its size, or breaks off, has an answer all the same: the instance is not down.
        Recording(name=series.ANSWERS, expr="up == 1 or scrape_samples_scraped > bool 0 or up"),
        Recording(name=series.UP, expr=UP_EXPRESSION),
    )
    return Group(
        name="availability",
        rules=(
            *answers,
            *requests.measured(config, timings),
            _instance_down(config, timings),
            _some_instances_down(config, timings),
            _service_down(config, timings),
            _high_error_rate(config, timings),
            _high_latency(config, timings),
            _http_metrics_absent(config, timings),
            _synthetic_checkout_failing(config, timings),
        ),
    )


def _instance_down(config: Config, timings: Timings) -> Alert:
    """Critical, because no instance of the service answers: `max` spares a service that has others left."""
    held = span(timings.instance_down_for)
    return alert(
        config,
        "InstanceDown",
        f"{series.UP} == 0",
        hold=timings.instance_down_for,
        severity="critical",
        summary=Text(en="{{ $labels.service }} is down", zh="{{ $labels.service }} 停止服務"),
        description=Text(
            en=f"Prometheus has reached no instance of {{{{ $labels.service }}}} for {held}: the process is gone, "
            "hangs, or its port is closed.",
            zh=f"Prometheus 已 {held} 連不到 {{{{ $labels.service }}}} 的任何實例：行程已結束、沒有回應，或連接埠已關閉。",
        ),
    )


def _some_instances_down(config: Config, timings: Timings) -> Alert:
    """A warning: an instance is down, or comes and goes, while the service as a whole answers."""
    window = span(timings.restart_window)
    return alert(
        config,
        "InstanceDown",
        f"""
        count by (env, service) (
          {series.ANSWERS} == 0
          or changes({series.ANSWERS}[{window}]) >= {2 * objectives.STARTS}
        )
        and on (env, service) {series.UP} == 1
        unless on () {drill_within(timings.restart_window)}
        """,
        hold=timings.instance_down_for,
        severity="warning",
        summary=Text(
            en="{{ $value }} of the instances of {{ $labels.service }} down or coming and going",
            zh="{{ $labels.service }} 有 {{ $value }} 個實例停止，或時斷時續",
        ),
        description=Text(
            en=f"Others answer and carry the load. An instance counts that does not answer, or whose answers began or "
            f"ended {2 * objectives.STARTS} times within {window}.",
            zh=f"其他實例仍在回應並承擔負載。計入者為沒有回應，或於 {window} 內中斷與恢復合計達 "
            f"{2 * objectives.STARTS} 次的實例。",
        ),
    )


def _service_down(config: Config, timings: Timings) -> Alert:
    """What InstanceDown told of lasts, or there is nothing left that it could tell of."""
    held = span(timings.service_down_for)
    unknown = "\n".join(
        f"        or absent(up{{{sli.braces({'env': ENVIRONMENT, 'service': name})}}})" for name in sli.scraped(config)
    )
    return alert(
        config,
        "ServiceDown",
        f"        {series.UP} == 0\n{unknown}",
        hold=timings.service_down_for,
        severity="critical",
        summary=Text(
            en="{{ $labels.service }} {{ if eq $value 0.0 }}stays down{{ else }}is unknown to Prometheus{{ end }}",
            zh="{{ $labels.service }} {{ if eq $value 0.0 }}持續停止服務{{ else }}未受 Prometheus 監看{{ end }}",
        ),
        description=Text(
            en=f"For {held} no instance of {{{{ $labels.service }}}} has answered, or Prometheus has had none to ask "
            "although tixmaster.toml names the service.",
            zh=f"已 {held} 沒有任何 {{{{ $labels.service }}}} 的實例回應；或 tixmaster.toml 雖列有此服務，"
            "Prometheus 卻沒有可詢問的實例。",
        ),
    )


def _high_error_rate(config: Config, timings: Timings) -> Alert:
    """The two fast burn tiers. The errors of a drill that has just ended are still in the short window; they are no
    trouble."""
    fast = f"{objectives.FAST_BURN} * {objectives.ERROR_BUDGET}"
    short, long = span(timings.error_short_window), span(timings.error_long_window)
    slower_short, slower_long = (span(window) for window in timings.burn_windows[2])
    return alert(
        config,
        "HighErrorRate",
        f"""
        (
          {series.ERROR_RATIO} > {fast}
          and on (env, service) {ratio(series.ERRORS_LONG, series.REQUESTS_LONG)} > {fast}
          and on (env, service) {series.REQUESTS_SHORT} >= {objectives.MIN_REQUESTS}
          or on (env, service) {burning(2)}
        )
        unless on () {drill_ended_within(timings.error_short_window)}
        """,
        hold=timings.error_for,
        severity="critical",
        summary=Text(
            en="{{ $labels.service }} answers {{ $value | humanizePercentage }} errors",
            zh="{{ $labels.service }} 有 {{ $value | humanizePercentage }} 的請求失敗",
        ),
        description=Text(
            en=f"{{{{ $value | humanizePercentage }}}} of the requests fail with 5xx. The month's error budget burns "
            f"{objectives.FAST_BURN} times too fast or more over {short} and {long}, or "
            f"{objectives.BURN_OF_TIER[2]:g} times over {slower_short} and {slower_long}.",
            zh=f"有 {{{{ $value | humanizePercentage }}}} 的請求以 5xx 失敗。本月錯誤預算的消耗速度，於 {short} 與 "
            f"{long} 超過 {objectives.FAST_BURN} 倍，或於 {slower_short} 與 {slower_long} 超過 "
            f"{objectives.BURN_OF_TIER[2]:g} 倍。",
        ),
    )


def burning(tier: int) -> str:
    """The services that burn their budget faster than a tier allows, in both of its windows."""
    limit = f"{objectives.BURN_OF_TIER[tier]:g} * {objectives.ERROR_BUDGET}"
    short, long = (f'{name}{{tier="{tier}"}} > {limit}' for name in (series.TIER_SHORT, series.TIER_LONG))
    return f"max by (env, service) ({short} and on (env, service) {long})"


def _high_latency(config: Config, timings: Timings) -> Alert:
    limit, held = f"{objectives.LATENCY_P95_SECONDS:g}", span(timings.lasting_for)
    return alert(
        config,
        "HighLatency",
        f"""
        {series.LATENCY_P95} > {limit}
        and on (env, service) {series.REQUESTS_SHORT} >= {objectives.MIN_REQUESTS}
        """,
        hold=timings.lasting_for,
        severity="warning",
        summary=Text(
            en="{{ $labels.service }} is slow: 5 of 100 requests take longer than {{ $value | humanizeDuration }}",
            zh="{{ $labels.service }} 回應緩慢：每百次請求有五次超過 {{ $value | humanizeDuration }}",
        ),
        description=Text(
            en=f"The 95th percentile has been above {limit} s for {held}.",
            zh=f"第 95 百分位超過 {limit} 秒，已持續 {held}。",
        ),
    )


def _http_metrics_absent(config: Config, timings: Timings) -> Alert:
    """A service answers, and the figures that all alerts over requests rest on are not among what it says."""
    counted = sli.quoted("|".join(source.service for source in sli.http(config)))
    return alert(
        config,
        "HttpMetricsAbsent",
        f"{series.UP}{{service=~{counted}}} == 1 unless on (env, service) {series.HTTP_PRESENT}",
        hold=timings.lasting_for,
        severity="critical",
        summary=Text(
            en="{{ $labels.service }} answers, but says nothing of its requests",
            zh="{{ $labels.service }} 有回應，但缺少 HTTP 指標",
        ),
        description=Text(
            en="Its metrics lack the counter or the histogram of requests (or their values are no numbers), or hold "
            "more series than are taken. No alert over errors or latency can fire.",
            zh="其指標缺少請求計數或延遲分布（或其值並非數字），或時間序列數量超過上限。錯誤與延遲的警報無法觸發。",
        ),
    )


def _synthetic_checkout_failing(config: Config, timings: Timings) -> Alert:
    """By on-call's own count of test purchases, so that two clocks that differ make no alarm."""
    window = span(timings.checkout_window)

    def tries(outcome: str) -> str:
        return f'sum by (env) (increase({series.CHECKOUTS}{{outcome="{outcome}"}}[{window}]))'

    return alert(
        config,
        "SyntheticCheckoutFailing",
        f"""
        max by (env, service) (timestamp({series.PROBE_SUCCESS}))
        and on (env) {tries("failed")} >= {objectives.FAILED_CHECKOUTS}
        unless on (env) {tries("ok")} > 0
        """,
        hold=timings.brief_for,
        severity="critical",
        summary=Text(
            en="The test shopper cannot buy a ticket from {{ $labels.service }}",
            zh="測試買家無法向 {{ $labels.service }} 購票",
        ),
        description=Text(
            en=f"All test purchases of the last {window} failed: log in, order, cancel on a hidden event. Real buyers "
            "most likely cannot buy either.",
            zh=f"最近 {window} 的測試購票（於隱藏活動登入、下單、取消）全數失敗；真正的買家很可能也無法購票。",
        ),
    )
