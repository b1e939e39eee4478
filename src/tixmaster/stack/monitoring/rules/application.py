"""Do the processes have what they need: connections, files, and a life longer than minutes?"""

from __future__ import annotations

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import objectives, series
from tixmaster.stack.monitoring.model import Alert, Group
from tixmaster.stack.monitoring.rules.annotations import Text, alert
from tixmaster.stack.monitoring.rules.expressions import drill_within
from tixmaster.stack.monitoring.timings import Timings, span


def group(config: Config, timings: Timings) -> Group:
    """The rules of `application.yml`."""
    return Group(
        name="application",
        rules=(
            _db_pool_saturated(config, timings),
            _instance_restarting(config, timings),
            _file_descriptors_high(config, timings),
        ),
    )


def _db_pool_saturated(config: Config, timings: Timings) -> Alert:
    """One request that waits at one scrape is chance; requests that wait at every scrape are not."""
    held = timings.brief_for
    return alert(
        config,
        "DbPoolSaturated",
        f"sum by (env, service) ({series.POOL_WAITING}) > 0",
        hold=held,
        severity="warning",
        summary=Text(
            en="{{ $value }} requests at {{ $labels.service }} wait for a database connection",
            zh="{{ $labels.service }} 有 {{ $value }} 個請求等待資料庫連線",
        ),
        description=Text(
            en=f"All connections of the pool are lent, and at every scrape of the last {span(held)} requests stood in "
            "line for one.",
            zh=f"連線池已全數借出，最近 {span(held)} 的每次擷取皆有請求排隊等待。",
        ),
    )


def _instance_restarting(config: Config, timings: Timings) -> Alert:
    """A clock that is set changes the start time once, which makes no pattern."""
    window = span(timings.restart_window)
    return alert(
        config,
        "InstanceRestarting",
        f"""
        max by (env, service) (changes(process_start_time_seconds[{window}])) >= {objectives.STARTS}
        unless on () {drill_within(timings.restart_window)}
        """,
        hold=0,
        severity="warning",
        summary=Text(
            en="{{ $labels.service }} has been started {{ $value }} times within " + window,
            zh="{{ $labels.service }} 於 " + window + " 內重新啟動 {{ $value }} 次",
        ),
        description=Text(
            en="The process begins anew again and again. Requests are lost at each end; between them all may look well.",
            zh="程序反覆重新啟動。每次結束都會損失請求；其間看似一切正常。",
        ),
    )


def _file_descriptors_high(config: Config, timings: Timings) -> Alert:
    return alert(
        config,
        "FileDescriptorsHigh",
        f"max by (env, service) (process_open_fds / (process_max_fds > 0)) > {objectives.OPEN_FILES:g}",
        hold=timings.lasting_for,
        severity="warning",
        summary=Text(
            en="{{ $labels.service }} has {{ $value | humanizePercentage }} of its permitted files open",
            zh="{{ $labels.service }} 已開啟可用檔案的 {{ $value | humanizePercentage }}",
        ),
        description=Text(
            en="At the limit it can take no connection, open no log and reach no database.",
            zh="達到上限後將無法接受連線、寫入 Log 或連線資料庫。",
        ),
    )
