"""Since when has something been so? The metrics know it better than the alert, which waits before it fires."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from tixmaster.oncall.checks.registry import Finding, Params, Scene, Value, about, check
from tixmaster.stack.monitoring.client import Prometheus
from tixmaster.stack.said import said

LOOK_BACK = timedelta(minutes=30)
STEP = timedelta(seconds=2)
GAP = 3 * STEP
"""A pause up to this long does not end a stretch of trouble."""
FRESH = timedelta(minutes=5)
"""Trouble whose last trace is older than this is not the present one."""


class OnsetParams(Params, frozen=True, kw_only=True):
    """The last half hour is looked at."""

    query: Annotated[str, about("PromQL that has a result exactly while the trouble lasts: `rate(errors[1m]) > 0`")]


class OnsetValue(Value, frozen=True, kw_only=True):
    """The true start; graphs and log windows are cut around it."""

    started_at: Annotated[str | None, about("when it began, in ISO 8601")] = None
    seconds_ago: Annotated[float | None, about("how long it has lasted")] = None


@check("onset", OnsetParams, OnsetValue)
def onset(params: OnsetParams, scene: Scene) -> Finding:
    """Finds the start of the stretch, up to now, in which the query has had a result."""
    with Prometheus(scene.config.url("prometheus"), timeout=scene.timeout) as prometheus:
        series = prometheus.query_range(params.query, scene.now - LOOK_BACK, scene.now, STEP.total_seconds())
    moments = sorted({moment for item in series for moment in item.times})
    if not moments or scene.now - _utc(moments[-1]) > FRESH:
        return Finding(
            status="error",
            reason=said("the metrics do not show when it began", "指標看不出何時開始"),
            value=OnsetValue().plain(),
        )
    began = _utc(_start_of_last_stretch(moments))
    lasted = (scene.now - began).total_seconds()
    return Finding(
        status="ok",
        reason=said(
            "since {at:%H:%M:%S} ({seconds:.0f} s)",
            "自 {at:%H:%M:%S} 起（{seconds:.0f} 秒）",
            at=began.astimezone(),
            seconds=lasted,
        ),
        value=OnsetValue(started_at=began.isoformat(), seconds_ago=round(lasted, 1)).plain(),
    )


def _start_of_last_stretch(moments: list[float]) -> float:
    """The first of the moments that follow one another up to the last without a larger gap."""
    start = moments[-1]
    for earlier in reversed(moments):
        if start - earlier > GAP.total_seconds():
            break
        start = earlier
    return start


def _utc(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)
