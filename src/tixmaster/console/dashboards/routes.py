"""The pages of the dashboards, and the one address where they get their numbers."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import msgspec
from litestar import Request, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException, ValidationException
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Template

from tixmaster.console.dashboards.marks import marks
from tixmaster.console.dashboards.period import RANGES, USUAL, period_of
from tixmaster.console.dashboards.reader import Reader
from tixmaster.console.rendering import language_of, page
from tixmaster.console.words import WORDS
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.report.words import Language
from tixmaster.stack.grafana import provisioning
from tixmaster.stack.health import probe
from tixmaster.stack.monitoring.dashboards import DASHBOARDS, Dashboard, Panel

REFRESHES = (5, 10, 30, 60)
"""Seconds between looks that a reader may choose from; the second is the usual one."""
GRAFANA_SECONDS = 0.3
SPOKEN_BY_BROWSER = ("boards-", "mark-", "unit-")
ReaderHere: TypeAlias = NamedDependency[Reader]


@get("/dashboards", sync_to_thread=True)
def dashboards(request: Request[Any, Any, Any]) -> Template:
    """All dashboards, each with its numbers."""
    return page(request, "dashboards", dashboards=DASHBOARDS, words=_words(language_of(request)))


@get("/dashboards/{uid:str}", sync_to_thread=True)
def dashboard(request: Request[Any, Any, Any], oncall: OncallHere, uid: FromPath[str]) -> Template:
    """One dashboard; with `panel=` that panel is looked at first. The browser draws it."""
    shown, config = _known(uid), oncall.desk.config
    has_grafana = probe(config, "grafana", GRAFANA_SECONDS).healthy
    return page(
        request,
        "dashboard",
        dashboard=shown,
        dashboards=DASHBOARDS,
        words=_words(language_of(request)),
        ranges=tuple(RANGES),
        usual_range=USUAL,
        refreshes=REFRESHES,
        grafana=provisioning.address(config, shown) if has_grafana else None,
        prometheus=config.url("prometheus"),
    )


@get("/panels", sync_to_thread=True)
def panels(
    request: Request[Any, Any, Any],
    oncall: OncallHere,
    reader: ReaderHere,
    dashboard: FromQuery[str],
    only: FromQuery[str | None] = None,
    span: Annotated[str | None, QueryParameter(name="range")] = None,
    start: Annotated[str | None, QueryParameter(name="from")] = None,
    end: Annotated[str | None, QueryParameter(name="to")] = None,
) -> dict[str, Any]:
    """What a dashboard shows in a period, as JSON: its tiles, the panels of `only` (ids, by comma; else the unfolded)."""
    shown, language, now = _known(dashboard), language_of(request), oncall.desk.now()
    period = period_of(now, span, start, end)
    found = reader.look(shown, _wanted(shown, only), period, language, now)
    happened = [] if found["problem"] else marks(oncall.desk, reader.prometheus, period, language)
    return {
        "from": period.times[0],
        "to": period.times[-1],
        "step": period.step,
        **found,
        "marks": [
            {
                "kind": mark.kind,
                "text": mark.text,
                "from": mark.start.timestamp(),
                "to": mark.end.timestamp() if mark.end else None,
                "href": mark.href,
            }
            for mark in happened
        ],
    }


def _words(language: Language) -> str:
    """What the browser says by itself, as JSON; `{…}` are filled in there."""
    spoken = {word: WORDS[word][language] for word in WORDS if word.startswith(SPOKEN_BY_BROWSER)}
    return msgspec.json.encode(spoken).decode()


def _known(uid: str) -> Dashboard:
    found = next((item for item in DASHBOARDS if item.uid == uid), None)
    if found is None:
        raise NotFoundException(f"there is no dashboard {uid!r}; /dashboards lists them")
    return found


def _wanted(shown: Dashboard, only: str | None) -> tuple[Panel, ...]:
    if only is None:
        return shown.panels
    if not all(part.isdecimal() and len(part) < 10 for part in only.split(",") if part):
        raise ValidationException("only= holds ids of panels with commas between them")
    wanted = {int(part) for part in only.split(",") if part}
    return tuple(panel for panel in shown.all_panels if panel.id in wanted)


HANDLERS = (dashboards, dashboard, panels)
