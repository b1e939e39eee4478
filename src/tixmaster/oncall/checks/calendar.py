"""Is there a harmless reason for few orders? Off-peak, a campaign that is over, nothing on sale, planned downtime.

Seen from outside: what the box office shows its visitors, what Prometheus remembers, and `[[calendar]]` of tixmaster.toml.
"""

from __future__ import annotations

import math
import time
from datetime import datetime, timedelta
from statistics import fmean
from typing import Annotated, Any

import httpx
from msgspec import Meta

from tixmaster.oncall.checks.registry import Finding, Params, Scene, Value, about, check
from tixmaster.stack.config import Planned
from tixmaster.stack.errors import StackError
from tixmaster.stack.monitoring import series
from tixmaster.stack.monitoring.client import Prometheus
from tixmaster.stack.monitoring.timings import DAY, HOUR
from tixmaster.stack.said import Said, joined, said

DAYS, FEWEST_HOURS, FEWEST_SAME_HOURS = 7, 24, 2
"""How long the week is that hours are compared over, and of how many values something can be concluded."""
WEEKS = (1, 2, 3)
"""The weeks with which LowOrderVolume compares; a campaign that lifted most of them makes the present look low."""
RECENT = timedelta(days=1)
MOST_EVENTS = 20
"""So many events are asked for their tickets, the next first."""


class CalendarParams(Params, frozen=True, kw_only=True):
    """The calendar itself stands in tixmaster.toml: `[[calendar]]` with title, kind, from, until."""

    service: Annotated[str, about("the ticketing backend")] = series.SERVICE
    query: Annotated[str, about("PromQL of how busy it is, with one result")] = (
        f'{series.VISIT_RATE}{{service="{series.SERVICE}"}}'
    )
    off_peak_below: Annotated[
        float, Meta(gt=0, lt=1), about("an hour of the day with less than so much of an average hour is off-peak")
    ] = 0.5


class CalendarValue(Value, frozen=True, kw_only=True):
    """null where it could not be told."""

    explained: Annotated[bool, about("whether anything here explains few orders")] = False
    off_peak: Annotated[bool | None, about("whether this hour of the day is usually a quiet one")] = None
    hour_share: Annotated[float | None, about("how busy this hour usually is; 1 is an average hour")] = None
    campaign_ended: Annotated[bool, about("a campaign of the calendar is over and none is on")] = False
    on_sale: Annotated[bool | None, about("whether visitors can buy anything")] = None
    ticket_types: Annotated[int | None, about("how many kinds of tickets are on sale and not sold out")] = None
    planned_downtime: Annotated[bool, about("a downtime of the calendar is on")] = False
    parts: Annotated[tuple[str, ...], about("what was found, sentence by sentence")] = ()


@check("calendar", CalendarParams, CalendarValue)
def calendar(params: CalendarParams, scene: Scene) -> Finding:
    """Looks for a harmless reason. `ok` whatever it finds; `error` where nothing could be asked."""
    deadline = time.monotonic() + scene.timeout
    parts: list[Said] = []
    planned = scene.config.calendar
    downtime = scene.config.planned("downtime", scene.started_at)
    parts += [
        said(
            "planned downtime: {title}, until {ends}",
            "計畫停機：{title}，至 {ends}",
            title=row.title,
            ends=_words(row.ends),
        )
        for row in downtime
    ]
    ended = _ended(planned, scene.started_at)
    parts += [
        said(
            "the campaign {title} is over since {ends}",
            "行銷活動「{title}」已於 {ends} 結束",
            title=row.title,
            ends=_words(row.ends),
        )
        for row in ended
    ]
    kinds = _kinds_on_sale(params.service, scene, deadline)
    on_sale = _on_sale(kinds, planned, scene.now)
    if on_sale is not None:
        parts.append(_sold(kinds, on_sale=on_sale))
    share = _share(params.query, scene, max(deadline - time.monotonic(), 0.2))
    if share is not None:
        parts.append(
            said(
                "this hour usually has {share:.0%} of an average hour",
                "此時段的流量通常為平均的 {share:.0%}",
                share=share,
            )
        )
    off_peak = None if share is None else share < params.off_peak_below
    value = CalendarValue(
        explained=bool(downtime or ended or off_peak or on_sale is False),
        off_peak=off_peak,
        hour_share=None if share is None else round(share, 3),
        campaign_ended=bool(ended),
        on_sale=on_sale,
        ticket_types=kinds,
        planned_downtime=bool(downtime),
        parts=tuple(map(str, parts)),
    )
    if not parts and not planned:
        reason = said(
            "neither the box office nor Prometheus could be asked, and tixmaster.toml has no [[calendar]]",
            "售票系統與 Prometheus 皆無法查詢，且 tixmaster.toml 沒有 [[calendar]]",
        )
        return Finding(status="error", reason=reason, value=value.plain())
    nothing = said("the calendar explains nothing", "行事曆中沒有可說明的原因")
    return Finding(status="ok", reason=joined(parts) if parts else nothing, value=value.plain())


def _sold(kinds: int | None, *, on_sale: bool) -> Said:
    """What visitors can buy, where that could be told."""
    if not on_sale:
        return said("nothing is on sale", "目前沒有任何票券開賣")
    if kinds is None:
        return said("tickets on sale", "票券開賣中")
    return said("{kinds} on sale", "{kinds} 種票券開賣中", kinds=kinds)


def _words(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def _ended(planned: tuple[Planned, ...], moment: datetime) -> list[Planned]:
    """Campaigns that are over and make the present look low: ended within a day, or on in most of the compared weeks."""
    campaigns = [row for row in planned if row.kind == "campaign"]
    if any(row.covers(moment) for row in campaigns):
        return []
    compared = [moment - timedelta(weeks=week) for week in WEEKS]
    lifted = [when for when in compared if any(row.covers(when) for row in campaigns)]
    return [
        row
        for row in campaigns
        if timedelta() <= moment - row.ends < RECENT
        or (len(lifted) * 2 > len(compared) and any(row.covers(when) for when in lifted))
    ]


def _on_sale(kinds: int | None, planned: tuple[Planned, ...], now: datetime) -> bool | None:
    """What the box office says; where it could not be asked, what the calendar says of sales."""
    if kinds is not None:
        return kinds > 0
    sales = [row for row in planned if row.kind == "on-sale"]
    return any(row.covers(now) for row in sales) if sales else None


def _kinds_on_sale(service: str, scene: Scene, deadline: float) -> int | None:
    """How many kinds of tickets a visitor can buy: as the backend measures it (it knows sale windows), else by looking."""
    measured = _measured(service, scene)
    if measured is not None:
        return measured
    try:
        # No more than half of the time: the history must be asked, too.
        with httpx.Client(base_url=scene.config.url(service), timeout=scene.timeout / 4, trust_env=False) as client:
            events = _json(client.get("/api/events"))["events"]
            open_kinds = 0
            for event in [one for one in events if _ahead(one, scene.now)][:MOST_EVENTS]:
                if deadline - time.monotonic() < scene.timeout / 4:
                    return open_kinds or None
                tickets = _json(client.get(f"/api/events/{event['id']}/tickets"))["tickets"]
                open_kinds += sum(ticket["available_quantity"] > 0 for ticket in tickets)
    except (httpx.HTTPError, StackError, ValueError, LookupError, TypeError):
        return None
    return open_kinds


def _measured(service: str, scene: Scene) -> int | None:
    try:
        with Prometheus(scene.config.url("prometheus"), timeout=scene.timeout / 4) as prometheus:
            found = prometheus.query(f'max({series.SALES_OPEN}{{service="{service}"}})')
    except StackError:
        return None
    return int(found[0].last) if found and math.isfinite(found[0].last) else None


def _json(answer: httpx.Response) -> dict[str, Any]:
    answer.raise_for_status()
    body: dict[str, Any] = answer.json()
    return body


def _ahead(event: dict[str, Any], now: datetime) -> bool:
    return datetime.fromisoformat(event["event_date"]) > now


def _share(query: str, scene: Scene, seconds: float) -> float | None:
    """How busy this hour of the day was in the last week, against all its hours; None where too little is remembered."""
    hourly = f"avg_over_time(({query})[1h:5m])"
    try:
        with Prometheus(scene.config.url("prometheus"), timeout=seconds) as prometheus:
            found = prometheus.query_range(hourly, scene.now - timedelta(days=DAYS), scene.now, HOUR)
    except StackError:
        return None
    end = scene.now.timestamp()
    # The present day is left out: it is what is in question.
    points = [
        (round((end - moment) / HOUR), value)
        for one in found[:1]
        for moment, value in zip(one.times, one.values, strict=True)
        if end - moment >= DAY / 2 and math.isfinite(value)
    ]
    same = [value for hours, value in points if hours % (DAY // HOUR) == 0]
    mean = fmean([value for _, value in points]) if points else 0.0
    if len(points) < FEWEST_HOURS or len(same) < FEWEST_SAME_HOURS or mean <= 0:
        return None
    return fmean(same) / mean
