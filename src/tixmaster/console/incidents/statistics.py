"""How it went over time: MTTA, MTTR and the causes that come back, as graphs and as tables."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, get
from litestar.exceptions import ValidationException
from litestar.params import FromQuery, QueryParameter
from litestar.response import Template

from tixmaster.console.rendering import language_of, page
from tixmaster.console.words import WORDS, say
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.report.words import Language
from tixmaster.oncall.trend import WEEK, Recurring, Trend, trend

WEEKS = (4, 12, 26, 52)
USUAL = 12
CAUSES_DRAWN, CAUSES_SHOWN = 5, 30
"""More lines cannot be told apart."""
SPOKEN_BY_BROWSER = ("boards-", "unit-")


@get("/incidents/statistics", sync_to_thread=True)
def show(
    request: Request[Any, Any, Any],
    oncall: OncallHere,
    weeks: FromQuery[int] = USUAL,
    drills: Annotated[str, QueryParameter(max_length=10)] = "",
) -> Template:
    """The last weeks, of real incidents or (`drills=only`) of drills."""
    if weeks not in WEEKS:
        raise ValidationException(f"weeks={weeks} is not known; choose one of {', '.join(map(str, WEEKS))}")
    language = language_of(request)
    with oncall.desk.database.read() as connection:
        found = trend(connection, oncall.desk.now(), weeks, drills=drills == "only")
    return page(
        request,
        "statistics",
        trend=found,
        causes=found.causes[:CAUSES_SHOWN],
        weeks=weeks,
        week_choices=WEEKS,
        drills=drills == "only",
        graphs=_graphs(found, language),
        words=msgspec.json.encode(
            {word: WORDS[word][language] for word in WORDS if word.startswith(SPOKEN_BY_BROWSER)}
        ).decode(),
        named=lambda one: _named(one, language),
    )


def _graphs(found: Trend, language: Language) -> list[dict[str, Any]]:
    """What the browser draws: `data` is JSON in the shape of `plot.js`."""
    first = int(found.weeks[0].timestamp())
    step = int(WEEK.total_seconds())
    period = {"from": first, "to": first + step * (len(found.weeks) - 1), "step": step}
    times = [
        {"name": say("stats-mtta", language), "values": [one.acknowledge for one in found.by_week]},
        {"name": say("stats-mttr", language), "values": [one.recover for one in found.by_week]},
    ]
    causes = [{"name": _named(one, language), "values": one.by_week} for one in found.causes[:CAUSES_DRAWN]]
    return [
        {"id": name, "unit": unit, "data": msgspec.json.encode({"period": period, "lines": lines}).decode()}
        for name, unit, lines in (("times", "seconds", times), ("causes", "count", causes))
        if any(value is not None for line in lines for value in line["values"])
    ]


def _named(one: Recurring, language: Language) -> str:
    return one.title.get(language) or one.id


HANDLERS = (show,)
