"""Stage 5, evidence: everything that proves the diagnosis later, taken at once, each part within its own time limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
import structlog

from tixmaster.oncall import maintenance
from tixmaster.oncall.case import Case
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.evidence import database, log, monitoring, panels, states
from tixmaster.oncall.evidence.locker import Locker
from tixmaster.oncall.evidence.redact import redact
from tixmaster.oncall.evidence.taken import Item, Missing, Sight, Taken, Taker, as_json
from tixmaster.oncall.store import facts, incidents, timeline
from tixmaster.stack.errors import StackError
from tixmaster.stack.said import Said, said, system

ALERTS: Final = Said("The alerts as they arrived", "收到的警報")
FOUND: Final = Said("What every step found", "各步驟的發現")
OVERALL_SECONDS: Final = 6.0
"""What has not been taken by then is given up, so that the report does not wait for it."""
MOST_HANGING: Final = 32
"""Takers that were given up keep their threads as long as they hang; with so many of them, none is begun."""
_THREAD: Final = "evidence-"

logger = structlog.get_logger(__name__)


def gather(desk: Desk, case: Case) -> None:
    """Takes every artefact; one that cannot be had is accounted for with its reason, and the rest goes on."""
    began = time.monotonic()
    with desk.database.read() as connection:
        sight = Sight(
            config=desk.config,
            incident=incidents.get(connection, case.number),
            alerts=incidents.alerts(connection, case.number),
            findings=incidents.findings(connection, case.number, case.run),
            now=desk.now(),
            announced=tuple(_announced(desk, connection)),
        )
    wanted = desk.library.manual.runbook(sight.incident["alertname"]).panels
    takers = (*TAKERS, *panels.takers(desk.artist, sight.incident["alertname"], tuple(wanted)))
    outcomes = take_all(sight, takers)
    items = [item for outcome in outcomes for item in outcome.items]
    Locker(desk, case).keep(items)
    good = sum(isinstance(item, Taken) for item in items)
    with desk.database.write() as connection:
        timeline.append(
            connection,
            case.number,
            "evidence-complete",
            said(
                "Evidence complete: {taken} of {all} artefacts taken",
                "證據蒐集完成：{all} 項中取得 {taken} 項",
                taken=good,
                all=len(items),
            ),
            at=desk.now(),
            key=case.key("evidence-complete"),
            missing=[f"{item.title}: {redact(item.reason)}" for item in items if isinstance(item, Missing)],
            seconds=round(time.monotonic() - began, 3),
            seconds_by_artefact={outcome.taker.title: round(outcome.seconds, 3) for outcome in outcomes},
        )


def _announced(desk: Desk, connection: sa.Connection) -> Iterator[dict[str, Any]]:
    """What on-call was told: deploys that were begun, the drill in force, windows that are on or still to come."""
    for name, value, at in facts.deploys(connection):
        text = said("{by} began a deploy of {service}", "{by} 開始部署 {service}", by=value["by"], service=name)
        if value["version"]:
            text = said("{deploy} of {version}", "{deploy}，版本 {version}", deploy=text, version=value["version"])
        yield {"at": at, "kind": "deploy", "text": text}
    if (began := facts.drill_began_at(connection, desk.now())) is not None:
        yield {"at": began, "kind": "drill", "text": said("a drill began", "演練開始")}
    for window in maintenance.windows(desk, connection):
        text = said(
            "maintenance of {about} until {ends:%H:%M} UTC: {title}",
            "{about}維護至 {ends:%H:%M} UTC：{title}",
            about=window.service or said("everything", "全系統"),
            ends=window.ends_at,
            title=window.title,
        )
        yield {"at": window.begins_at, "kind": "maintenance", "text": text}


def _alerts(sight: Sight) -> Iterator[Item]:
    yield Taken(kind="alerts", title=ALERTS, name="alerts.json", content=as_json(sight.alerts))


def _findings(sight: Sight) -> Iterator[Item]:
    yield Taken(kind="findings", title=FOUND, name="findings.json", content=as_json(sight.findings))


TAKERS: Final = (
    Taker(kind="alerts", title=ALERTS, take=_alerts),
    Taker(kind="findings", title=FOUND, take=_findings),
    Taker(kind="log-excerpt", title=log.TITLE, take=log.take),
    Taker(kind="first-change", title=monitoring.CHANGED_FIRST, take=monitoring.changed_first),
    Taker(kind="database", title=database.TITLE, take=database.take),
    Taker(kind="processes", title=Said("Processes", "行程"), take=states.processes),
    Taker(kind="changes", title=states.RECENT, take=states.changes),
    Taker(kind="alertmanager", title=Said("Alertmanager"), take=monitoring.alertmanager),
    Taker(kind="prometheus", title=Said("Prometheus"), take=monitoring.prometheus),
)
"""In the order of their ids; the panels come behind them."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a taker brought, and how long it took."""

    taker: Taker
    items: tuple[Item, ...]
    seconds: float


def take_all(sight: Sight, takers: Sequence[Taker]) -> list[Outcome]:
    """All at once, in their order. One that hangs is given up at its limit; what it brings later is not looked at."""
    began = time.monotonic()
    outcomes: dict[int, Outcome] = {}
    hanging = sum(thread.name.startswith(_THREAD) for thread in threading.enumerate())
    threads = []
    for place, taker in enumerate(takers):
        name = f"{_THREAD}{taker.kind}"
        thread = threading.Thread(target=_attempt, args=(sight, taker, place, outcomes), name=name, daemon=True)
        threads.append(thread)
        if hanging < MOST_HANGING:
            thread.start()
    for taker, thread in zip(takers, threads, strict=True):
        if thread.ident is not None:
            thread.join(max(min(taker.seconds, OVERALL_SECONDS) - (time.monotonic() - began), 0))
    return [outcomes.get(place) or _given_up(taker, hanging) for place, taker in enumerate(takers)]


def _attempt(sight: Sight, taker: Taker, place: int, outcomes: dict[int, Outcome]) -> None:
    began = time.monotonic()
    items: list[Item] = []
    try:
        items.extend(taker.take(sight))
    except StackError as error:
        items.append(_failed(taker, error.words))
    except Exception as error:
        logger.exception("evidence-failed", kind=taker.kind)
        items.append(_failed(taker, system(f"{type(error).__name__}: {error}")))
    outcomes[place] = Outcome(taker=taker, items=tuple(items), seconds=time.monotonic() - began)


def _given_up(taker: Taker, hanging: int) -> Outcome:
    seconds = min(taker.seconds, OVERALL_SECONDS)
    reason = (
        said("given up after {seconds:g} s without a result", "於 {seconds:g} 秒後仍無結果，已放棄", seconds=seconds)
        if hanging < MOST_HANGING
        else said(
            "not begun: {hanging} parts of earlier investigations hang already; restart on-call",
            "未執行：先前調查已有 {hanging} 個部分卡住；請重新啟動值勤系統",
            hanging=hanging,
        )
    )
    return Outcome(taker=taker, items=(_failed(taker, reason),), seconds=seconds)


def _failed(taker: Taker, reason: Said) -> Missing:
    return Missing(kind=taker.kind, title=taker.title, status="failed", reason=reason)
