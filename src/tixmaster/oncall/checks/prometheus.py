"""Questions to Prometheus: a value now, and since when something has been so.

A query may hold `$before`: `offset $before` looks at the time safely before the trouble, as metrics show it late.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from tixmaster.oncall.checks.registry import Finding, Params, Scene, check
from tixmaster.stack.errors import StackError
from tixmaster.stack.monitoring.client import Prometheus

LOOK_BACK = timedelta(minutes=30)
STEP = timedelta(seconds=2)
GAP = 3 * STEP
"""A pause up to this long does not end a stretch of trouble."""
FRESH = timedelta(minutes=5)
"""Trouble whose last trace is older than this is not the present one."""


class QueryParams(Params, frozen=True, kw_only=True):
    """`query`: PromQL with one result; `unit`: how to print it (`percent`, `per-minute`, or a word)."""

    query: str
    unit: str = ""


class OnsetParams(Params, frozen=True, kw_only=True):
    """`query`: PromQL that has a result exactly while the trouble lasts (for example `rate(errors) > 0`)."""

    query: str


def filled_in(query: str, scene: Scene) -> str:
    """The query with `$before` as a PromQL duration: once and a half the trouble's age, and ten seconds."""
    return query.replace("$before", f"{math.ceil(scene.age_seconds * 1.5) + 10}s")


@check("query", QueryParams)
def query(params: QueryParams, scene: Scene) -> Finding:
    """Reads one value. No result is an `error`: nothing can be concluded from what was not measured."""
    expression = filled_in(params.query, scene)
    try:
        with Prometheus(scene.config.url("prometheus"), timeout=scene.timeout) as prometheus:
            series = prometheus.query(expression)
    except StackError as error:
        return Finding(status="error", reason=str(error))
    values = [item.last for item in series if not math.isnan(item.last)]
    if not values:
        return Finding(status="error", reason=f"Prometheus has no value for {expression}")
    return Finding(status="ok", reason=in_words(values[0], params.unit), value={"number": values[0]})


@check("onset", OnsetParams)
def onset(params: OnsetParams, scene: Scene) -> Finding:
    """Finds the start of the stretch, up to now, in which the query has had a result."""
    try:
        with Prometheus(scene.config.url("prometheus"), timeout=scene.timeout) as prometheus:
            series = prometheus.query_range(params.query, scene.now - LOOK_BACK, scene.now, STEP.total_seconds())
    except StackError as error:
        return Finding(status="error", reason=str(error))
    moments = sorted({moment for item in series for moment in item.times})
    if not moments or scene.now - _utc(moments[-1]) > FRESH:
        return Finding(status="error", reason="the metrics do not show when it began")
    began = _utc(_start_of_last_stretch(moments))
    return Finding(
        status="ok",
        reason=f"since {began.astimezone():%H:%M:%S} ({(scene.now - began).total_seconds():.0f} s)",
        value={"started_at": began.isoformat()},
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


def in_words(number: float, unit: str) -> str:
    """`0.384` as `38.4 %`, orders per second as `41 per minute`, other units as they are."""
    match unit:
        case "percent":
            return f"{number * 100:.1f} %"
        case "per-minute":
            return f"{number * 60:.0f} per minute"
        case _:
            return f"{number:.3g} {unit}".strip()
