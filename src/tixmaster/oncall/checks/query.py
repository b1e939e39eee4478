"""A value of Prometheus against a threshold, or against the same moment of earlier days or weeks.

A query may hold `$before`: `offset $before` looks at the time safely before the trouble, as metrics show it late.
"""

from __future__ import annotations

import math
import re
from datetime import timedelta
from statistics import median
from typing import Annotated, Literal

from msgspec import Meta

from tixmaster.oncall.checks.registry import Finding, Params, Scene, Status, Value, about, check
from tixmaster.stack.errors import StackError
from tixmaster.stack.monitoring.client import Prometheus
from tixmaster.stack.monitoring.timings import DAY, HOUR, MINUTE, PROFILES
from tixmaster.stack.said import Said, joined, said, verbatim

Offset = Annotated[str, Meta(pattern=r"^([1-9][0-9]*[smhdw])+$(?!\n)")]
Ratio = Annotated[float, Meta(gt=0)]
PARTS = re.compile(r"(\d+)([smhdw])")
BYTES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


class QueryParams(Params, frozen=True, kw_only=True):
    """Without a threshold any number is good. `ratio` and `ratio_most` need `offsets`."""

    query: Annotated[str, about("PromQL with one result; `$before` in it stands for a time safely before the trouble")]
    unit: Annotated[str, about("how to print it: percent, per-minute, seconds, bytes, or a word")] = ""
    above: Annotated[float | None, about("it must be above this")] = None
    below: Annotated[float | None, about("it must be below this")] = None
    offsets: Annotated[
        tuple[Offset, ...], about("how far back the same query gives the baseline, their median: [1w, 2w, 3w]")
    ] = ()
    ratio: Annotated[Ratio | None, about("it must be at least so much of the baseline")] = None
    ratio_most: Annotated[Ratio | None, about("it must be at most so much of the baseline")] = None
    no_data: Annotated[Literal["error", "failed", "ok"], about("the status where Prometheus has no value")] = "error"

    def __post_init__(self) -> None:
        if (self.ratio is not None or self.ratio_most is not None) != bool(self.offsets):
            raise ValueError("a baseline takes both offsets and ratio (or ratio_most)")


class QueryValue(Value, frozen=True, kw_only=True):
    """The number, and what it was compared with."""

    number: Annotated[float | None, about("the result of the query; null where there is none")] = None
    no_data: Annotated[bool, about("whether Prometheus answered and has no value")] = False
    baseline: Annotated[float | None, about("the median of the values at the offsets")] = None
    ratio: Annotated[float | None, about("number / baseline")] = None


@check("query", QueryParams, QueryValue)
def query(params: QueryParams, scene: Scene) -> Finding:
    """Reads one value and compares it. That there is no value is an outcome of its own: `value.no_data`."""
    expression = filled_in(params.query, scene)
    with Prometheus(scene.config.url("prometheus"), timeout=scene.timeout / 2) as prometheus:
        number = _number(prometheus, expression, scene, timedelta())
        if number is None:
            return Finding(
                status=params.no_data,
                reason=said("Prometheus has no value for {query}", "Prometheus 沒有 {query} 的值", query=expression),
                value=QueryValue(no_data=True).plain(),
            )
        week = PROFILES[scene.config.timing].week
        found = [_number(prometheus, expression, scene, _span(offset, week)) for offset in params.offsets]
    earlier = [value for value in found if value is not None]
    baseline = median(earlier) if earlier else None
    value = QueryValue(number=number, baseline=baseline, ratio=round(number / baseline, 4) if baseline else None)
    parts = [in_words(number, params.unit)]
    if params.offsets:
        usual = said("unknown", "不明") if baseline is None else in_words(baseline, params.unit)
        parts.append(said("usually {usual}", "平時 {usual}", usual=usual))
    status, why = _judged(params, value)
    parts += [why] if why else []
    return Finding(status=status, reason=joined(parts, ", ", "，"), value=value.plain())


def filled_in(query: str, scene: Scene) -> str:
    """The query with `$before` as a PromQL duration: once and a half the trouble's age, and ten seconds."""
    return query.replace("$before", f"{math.ceil(scene.age_seconds * 1.5) + 10}s")


def _number(prometheus: Prometheus, expression: str, scene: Scene, ago: timedelta) -> float | None:
    """The one result at a moment; raises `StackError` where there are several, as any of them would be a guess."""
    series = prometheus.query(expression, at=scene.now - ago if ago else None)
    values = [item.last for item in series if not math.isnan(item.last)]
    if len(values) > 1:
        raise StackError(
            said(
                "{query} has {count} results and must have one: write sum(…), max(…) or a label",
                "{query} 有 {count} 個結果，應只有一個：請使用 sum(…)、max(…) 或指定標籤",
                query=expression,
                count=len(values),
            )
        )
    return values[0] if values else None


def _span(offset: str, week: int) -> timedelta:
    """`1w` → a week. In the drill profile, in which trade repeats itself sooner, such a week."""
    sizes = {"s": 1, "m": MINUTE, "h": HOUR, "d": DAY, "w": week}
    return timedelta(seconds=sum(int(count) * sizes[unit] for count, unit in PARTS.findall(offset)))


def _judged(params: QueryParams, value: QueryValue) -> tuple[Status, Said | None]:
    """The status, and what is wrong in words."""
    number = value.number or 0.0
    if params.above is not None and not number > params.above:
        return "failed", said("not above {limit}", "未高於 {limit}", limit=in_words(params.above, params.unit))
    if params.below is not None and not number < params.below:
        return "failed", said("not below {limit}", "未低於 {limit}", limit=in_words(params.below, params.unit))
    if not params.offsets:
        return "ok", None
    if value.ratio is None:
        return "error", said("so there is nothing to compare with", "因此無從比較")
    if params.ratio is not None and value.ratio < params.ratio:
        return "failed", said("which is less than {ratio:.0%} of it", "低於平時的 {ratio:.0%}", ratio=params.ratio)
    if params.ratio_most is not None and value.ratio > params.ratio_most:
        return "failed", said("which is more than {ratio:.0%} of it", "高於平時的 {ratio:.0%}", ratio=params.ratio_most)
    return "ok", None


UNITS: dict[str, str] = {
    "deadlocks": "次死結",
    "orders/min": "筆訂單／分",
    "refunds": "筆退款",
    "requests": "個請求",
    "scrapes": "次抓取",
    "seats": "個座位",
    "series": "條序列",
    "servers": "台伺服器",
    "starts": "次啟動",
    "ticket types": "種票券",
}
"""The words that the manual's steps print behind a number, in Chinese; signs of units stay as they are."""


def in_words(number: float, unit: str) -> Said:
    """`0.384` as `38.4 %`, orders per second as `41 per minute`, seconds and bytes in a fitting size, others as they are."""
    match unit:
        case "percent":
            return verbatim(f"{number * 100:.1f} %")
        case "per-minute":
            return said("{number:.0f} per minute", "每分鐘 {number:.0f}", number=number * 60)
        case "seconds" if abs(number) < 1:
            return said("{number:.0f} ms", "{number:.0f} 毫秒", number=number * 1000)
        case "seconds":
            return said("{number:.1f} s", "{number:.1f} 秒", number=number)
        case "bytes":
            power = min(int(math.log(abs(number), 1024)), len(BYTES) - 1) if abs(number) >= 1 else 0
            return verbatim(f"{number / 1024**power:.3g} {BYTES[power]}")
        case _:
            return said(
                "{number:.3g} {unit}", "{number:.3g} {unit}", number=number, unit=Said(unit, UNITS.get(unit))
            ).map(str.strip)
