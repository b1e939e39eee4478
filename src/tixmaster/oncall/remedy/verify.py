"""Did it help? The service must be healthy, its cause gone, and the figures of those who suffered must say so."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from tixmaster.oncall.desk import Desk
from tixmaster.oncall.recheck import still_holds
from tixmaster.oncall.remedy import measure
from tixmaster.oncall.remedy.measure import Reading
from tixmaster.oncall.store import facts, incidents
from tixmaster.stack import health
from tixmaster.stack.config import Timing
from tixmaster.stack.said import Said, said

POLL_SECONDS = 0.25


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How it ended, in words, and the last figures (None where Prometheus did not answer)."""

    helped: bool
    text: Said
    after: list[Reading] | None


def sufferers(desk: Desk, incident: dict[str, Any], service: str) -> set[str]:
    """The services whose figures must get better: the one that is acted on, and those of the incident's alerts."""
    with desk.database.read() as connection:
        return {service} | {kind[1] for kind in incidents.alert_kinds(connection, incident["number"])}


def timing_of(desk: Desk) -> Timing:
    """The profile that the monitoring runs on."""
    with desk.database.read() as connection:
        return "drill" if facts.drill_in_force(connection, desk.now()) else desk.config.timing


def verify(desk: Desk, row: dict[str, Any], incident: dict[str, Any]) -> Outcome:
    """Waits until all three agree, within the configured time; health without figures is enough where there are none."""
    limit, service = desk.config.oncall.remedy.verify_seconds, row["service"]
    timing, whose = timing_of(desk), sufferers(desk, incident, service)
    began, detail, healed_at = time.monotonic(), said("it was not asked", "未查詢"), 0.0
    while (passed := time.monotonic() - began) < limit + (measure.window_seconds(timing) if healed_at else 0):
        well = health.probe(desk.config, service)
        detail = well.detail
        if well.healthy and not still_holds(desk, incident, row["run"], row["cause"]):
            healed_at = healed_at or passed or POLL_SECONDS
            after = measure.take(desk, whose, timing)
            verdict = measure.judge(after)
            if verdict == "confirmed" and after:
                text = said(
                    "{service} is healthy again: {figures}",
                    "{service} 已恢復健康：{figures}",
                    service=service,
                    figures=measure.told(after),
                )
                return Outcome(helped=True, text=text, after=after)
            if verdict == "unmeasured":
                text = said(
                    "{service} is healthy again: {detail} (no figure says otherwise)",
                    "{service} 已恢復健康：{detail}（沒有相反的數據）",
                    service=service,
                    detail=detail,
                )
                return Outcome(helped=True, text=text, after=after)
        time.sleep(POLL_SECONDS)
    after = measure.take(desk, whose, timing)
    if not healed_at:
        text = said(
            "{service} is not healthy {seconds:g} s after the restart: {detail}",
            "{service} 於重新啟動 {seconds:g} 秒後仍不健康：{detail}",
            service=service,
            seconds=limit,
            detail=detail,
        )
    else:
        text = said(
            "{service} answers, but it did not help: {figures}",
            "{service} 有回應，但未見效：{figures}",
            service=service,
            figures=measure.told(after or []),
        )
    return Outcome(helped=False, text=text, after=after)
