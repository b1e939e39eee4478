"""A page for each artefact: pictures with their numbers, logs by signature and line, everything else as tables."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePosixPath
from typing import Annotated, Any

import msgspec
from litestar import Request, get
from litestar.exceptions import HTTPException, NotFoundException, ValidationException
from litestar.params import FromPath, QueryParameter
from litestar.response import Template

from tixmaster.console.evidence import excerpt, files
from tixmaster.console.evidence.numbers import as_lines
from tixmaster.console.evidence.tables import tables_of
from tixmaster.console.graphs import marks_of, spoken_words
from tixmaster.console.rendering import language_of, page
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.report.story import Story, tell
from tixmaster.oncall.store.bilingual import told
from tixmaster.oncall.store.incidents import name_of, number_of
from tixmaster.stack.grafana import provisioning
from tixmaster.stack.health import probe
from tixmaster.stack.monitoring.dashboards import PANELS, Panel, path_to

PICTURES, LOG, SIGNATURES = ("panel", "numbers"), "log-excerpt", "signatures"
GRAFANA_SECONDS = 0.3
Row = dict[str, Any]
Visitor = Request[Any, Any, Any]
PageNumber = Annotated[int, QueryParameter(name="page", ge=1, le=100_000)]
SignatureId = Annotated[str, QueryParameter(name="signature", max_length=100)]


@get("/incidents/{name:str}/evidence/{artefact:str}/view", sync_to_thread=True)
def view(
    request: Visitor,
    oncall: OncallHere,
    name: FromPath[str],
    artefact: FromPath[str],
    number: PageNumber = 1,
    signature: SignatureId = "",
) -> Template:
    """One artefact for people; what cannot be proven any more is said in its place."""
    desk = oncall.desk
    story = tell(desk, number_of(name), newest=0)
    item = next((one for one in story.artefacts if one["id"] == artefact), None)
    if item is None:
        raise NotFoundException(f"{story.name} has no evidence {artefact}")
    shown: dict[str, Any] = {
        "problem": told(item, "reason", language_of(request)) if item["status"] != "ok" else None,
        "tables": [],
    }
    if item["status"] == "ok":
        try:
            shown |= _shown(request, desk, story, item, number, signature)
        except HTTPException as error:
            shown["problem"] = error.detail
    near = _neighbours(story, item)
    return page(request, "evidence", story=story, item=item, near=near, **shown)


def _shown(request: Visitor, desk: Desk, story: Story, item: Row, number: int, signature: str) -> dict[str, Any]:
    """What the template needs for an artefact of its kind; raises a 410 where it cannot be proven."""
    content = files.read(desk, story.name, item)
    if item["kind"] == LOG:
        return _log(desk, story, item, content, number, signature)
    if item["kind"] == SIGNATURES:
        return {"signatures": signatures_of(desk, story, item["run"]), "log": _sibling(story, item, LOG)}
    if item["kind"] in PICTURES:
        return _picture(request, desk, story, item)
    return {"tables": tables_of(msgspec.json.decode(content))}


def _log(desk: Desk, story: Story, item: Row, content: bytes, number: int, signature: str) -> dict[str, Any]:
    """A page of the excerpt, beside the signatures that its lines belong to."""
    rows = signatures_of(desk, story, item["run"])
    chosen = next((row for row in rows if row["id"] == signature), None)
    only = chosen["lines"] if chosen else None
    turned = excerpt.turn_to(content.decode(errors="replace"), number, only)
    return {"excerpt": turned, "signatures": rows, "chosen": chosen, "page_of": excerpt.page_of}


def signatures_of(desk: Desk, story: Story, run: int) -> list[Row]:
    """The error signatures of a run as they were kept; none where the file is gone. Older ones know no lines."""
    taken = next((one for one in story.taken(SIGNATURES) if one["run"] == run), None)
    if taken is None:
        return []
    try:
        rows: list[Row] = msgspec.json.decode(files.read(desk, story.name, taken))
    except HTTPException:
        return []
    return [{"id": "", "lines": [], "new": None, "first_seen": None, "example": ""} | row for row in rows]


def _picture(request: Visitor, desk: Desk, story: Story, item: Row) -> dict[str, Any]:
    """The panel with its picture and its numbers, and where else the same time can be seen."""
    numbers, picture = (item if item["kind"] == kind else _sibling(story, item, kind) for kind in ("numbers", "panel"))
    panel = _panel(item)
    has_grafana = panel is not None and probe(desk.config, "grafana", GRAFANA_SECONDS).healthy
    return {
        "picture": picture,
        "numbers": numbers if panel else None,
        "panel": panel,
        "dashboard": path_to(panel) if panel else None,
        "grafana": provisioning.link(desk.config, panel) if panel and has_grafana else None,
        "words": spoken_words(language_of(request)),
    }


def _panel(item: Row) -> Panel | None:
    """The panel that an artefact was drawn from; None where this release knows it no more."""
    uid = PurePosixPath(item["path"]).stem
    return next((panel for panel in PANELS if panel.uid == uid), None)


def _sibling(story: Story, item: Row, kind: str) -> Row | None:
    """The artefact of that kind from the same run; of pictures and numbers, those of the same panel."""
    stem = PurePosixPath(item["path"]).stem if kind in PICTURES else None
    return next(
        (
            one
            for one in story.taken(kind)
            if one["run"] == item["run"] and stem in (None, PurePosixPath(one["path"]).stem)
        ),
        None,
    )


def _neighbours(story: Story, item: Row) -> dict[str, Row | None]:
    """The artefacts before and after, in the order of the list."""
    place = story.artefacts.index(item)
    return {
        "before": story.artefacts[place - 1] if place else None,
        "after": story.artefacts[place + 1] if place + 1 < len(story.artefacts) else None,
    }


@get("/incidents/{name:str}/evidence/{artefact:str}/numbers", sync_to_thread=True)
def numbers(
    request: Visitor,
    oncall: OncallHere,
    name: FromPath[str],
    artefact: FromPath[str],
    start: Annotated[datetime | None, QueryParameter(name="from")] = None,
    end: Annotated[datetime | None, QueryParameter(name="to")] = None,
) -> dict[str, Any]:
    """The numbers of an artefact for the graph of its page, as JSON."""
    number = number_of(name)
    item = files.find(oncall.desk, number, artefact)
    panel = _panel(item)
    if panel is None or item["kind"] != "numbers":
        raise ValidationException(f"{artefact} of {name_of(number)} holds no numbers of a graph")
    text = files.read(oncall.desk, name_of(number), item).decode()
    found = as_lines(text, panel, language_of(request), start, end)
    return {
        "from": found["from"],
        "to": found["to"],
        "step": found["step"],
        "panels": {panel.id: {"lines": found["lines"], "more": 0, "error": None}},
        "marks": marks_of(oncall.desk, tell(oncall.desk, number, newest=0), language_of(request)),
        "problem": None,
    }


HANDLERS = (view, numbers)
