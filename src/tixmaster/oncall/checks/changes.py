"""What changed before the trouble began? Most trouble follows a change."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta

from tixmaster.oncall.checks import traces
from tixmaster.oncall.checks.registry import Finding, Params, Scene, Value, about, check
from tixmaster.oncall.evidence.redact import redact
from tixmaster.stack.said import Said, joined, said

MOST = 20
KNOWN_LATE = timedelta(seconds=60)
"""The start of the trouble is known about as exactly as this; a change so shortly after it may be its cause."""


class ChangesParams(Params, frozen=True, kw_only=True):
    """It looks at the service's manager, working folder, container image and configuration, and at the system's packages."""

    service: Annotated[str | None, about("whose changes; the alert's service unless given")] = None
    minutes: Annotated[int, Meta(ge=1, le=20160), about("how long before the trouble to look")] = 60


class Change(Value, frozen=True, kw_only=True):
    """One thing that changed."""

    at: str
    kind: Literal["service", "configuration", "deploy", "package"]
    text: str


class ChangesValue(Value, frozen=True, kw_only=True):
    """The newest first, twenty at most."""

    count: int = 0
    latest_seconds_before: Annotated[float | None, about("how long before the trouble the last change was")] = None
    deploy_seconds_before: Annotated[float | None, about("how long before the trouble the last deploy was")] = None
    changes: tuple[Change, ...] = ()
    unread: Annotated[tuple[str, ...], about("where could not be looked, and why")] = ()


@check("changes", ChangesParams, ChangesValue)
def changes(params: ChangesParams, scene: Scene) -> Finding:
    """Restarts, configuration, deploys and packages before the trouble. `ok` whatever it finds."""
    service = params.service or scene.service
    if service not in scene.config.service_names:
        service = ""  # an alert may speak of what tixmaster.toml does not know; the system is looked at all the same
    seen, unread = traces.collect(scene.config, service, scene.started_at - timedelta(minutes=params.minutes))
    until = scene.started_at + KNOWN_LATE
    found = sorted((one for one in seen if one.at <= until), key=lambda one: one.at, reverse=True)
    deployed = next((one.at for one in found if one.kind == "deploy"), None)
    value = ChangesValue(
        count=len(found),
        latest_seconds_before=round((scene.started_at - found[0].at).total_seconds(), 1) if found else None,
        deploy_seconds_before=round((scene.started_at - deployed).total_seconds(), 1) if deployed else None,
        changes=tuple(Change(at=one.at.isoformat(), kind=one.kind, text=redact(one.text)) for one in found[:MOST]),
        unread=tuple(map(str, unread)),
    )
    return Finding(status="ok", reason=_in_words(found, params.minutes, scene.started_at), value=value.plain())


def _in_words(found: list[traces.Trace], minutes: int, start: datetime) -> Said:
    """The newest three, and how many more there are."""
    if not found:
        return said("no change found in the {minutes} min before", "事發前 {minutes} 分鐘內沒有變更", minutes=minutes)
    parts = [
        said("{text} ({before})", "{text}（{before}）", text=one.text, before=_before(start, one.at))
        for one in found[:3]
    ]
    if len(found) > 3:
        parts.append(said("and {count} more", "另有 {count} 項", count=len(found) - 3))
    return joined(parts)


def _before(start: datetime, at: datetime) -> Said:
    seconds = (start - at).total_seconds()
    if seconds < 0:
        return said("{seconds:.0f} s after it began", "事發後 {seconds:.0f} 秒", seconds=-seconds)
    if seconds < 120:
        return said("{seconds:.0f} s before", "事發前 {seconds:.0f} 秒", seconds=seconds)
    return said("{minutes:.0f} min before", "事發前 {minutes:.0f} 分鐘", minutes=seconds / 60)
