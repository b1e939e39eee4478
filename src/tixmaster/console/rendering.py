"""How pages are made: the template environment, the language of the reader, and the words and times in it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request
from litestar.response import Template
from markupsafe import Markup

from tixmaster.console.cells import cell
from tixmaster.console.markdown import parameter
from tixmaster.console.words import say, term
from tixmaster.oncall.person import who
from tixmaster.oncall.report.words import Language, span
from tixmaster.oncall.store.bilingual import told
from tixmaster.stack.monitoring.dashboards import PANELS
from tixmaster.stack.said import in_language

HERE = Path(__file__).parent
STATIC = HERE / "static"
LANGUAGE_COOKIE = "language"
LANGUAGES: tuple[Language, ...] = get_args(Language)
_CHINESE_TITLES = {panel.uid: panel.title_zh for panel in PANELS}
_CHINESE = re.compile(r"^zh(-|$)", re.IGNORECASE)


@cache
def environment() -> Environment:
    """Templates escape everything: labels, log lines and notes are written by strangers."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["moment"] = moment
    made.filters["parameter"] = parameter
    made.globals |= {"figure": figure, "milliseconds": milliseconds, "percent": percent}
    made.globals["languages"] = LANGUAGES
    return made


def page(request: Request[Any, Any, Any], name: str, /, **values: Any) -> Template:
    """The page `name` in the reader's language; `account` is None where nobody is signed in."""
    about = {
        "account": request.scope.get("user"),
        "here": request.url.path,
        "served_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }
    return Template(f"{name}.html.j2", context=_words(language_of(request)) | about | values)


def fragment(language: Language, name: str, /, **values: Any) -> Markup:
    """The fragment `name` of a page, made at once: for what is the same for every reader of the language, and is kept."""
    made = environment().get_template(f"{name}.html.j2").render(_words(language) | values)
    return Markup(made)  # noqa: S704 - made by a template of ours, which escapes what it is given (`environment`)


def _words(language: Language) -> dict[str, Any]:
    """What templates say with."""
    return {
        "language": language,
        "term": lambda kind, value: term(kind, value, language),
        "say": lambda word, **known: say(word, language, **known),
        "span": lambda start, end: span(at_utc(start), at_utc(end), language),
        "age": lambda start, now: age(start, now, language),
        "told": lambda row, name: told(row, name, language),
        "spoken": lambda text: in_language(text, language),
        "who": who,
        "lasting": lambda seconds: lasting(seconds, language),
        "titled": lambda item: item.title if language == "en" else item.title_zh,
        "answers": lambda item: item.answers if language == "en" else item.answers_zh,
        "cell": lambda value: cell(value, moment, language),
        "title_of_graph": lambda item: title_of_graph(item, language),
    }


def language_of(request: Request[Any, Any, Any]) -> Language:
    """The language chosen by the switch, else the first the browser asks for that we have, else English."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    for language in LANGUAGES:
        if chosen == language:
            return language
    for wish in request.headers.get("accept-language", "").split(","):
        tag = wish.split(";")[0].strip()
        if _CHINESE.match(tag):
            return "zh-TW"
        if tag.lower().startswith("en"):
            return "en"
    return "en"


def moment(at: datetime | str) -> Markup:
    """A time as an element: UTC as text, which the page's script turns into the reader's zone."""
    exact = at_utc(at)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        exact.isoformat(timespec="milliseconds"),
        f"{exact:%Y-%m-%d %H:%M:%S.%f}"[:-3] + " UTC",
        f"{exact:%Y-%m-%d %H:%M:%S} UTC",
    )


def at_utc(at: datetime | str) -> datetime:
    """A moment in UTC; text is RFC 3339."""
    return (datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone(UTC)


def lasting(seconds: float | None, language: Language) -> str:
    """A duration in words, `–` for none."""
    if seconds is None:
        return "–"
    began = datetime.fromtimestamp(0, UTC)
    return span(began, began + timedelta(seconds=seconds), language)


def figure(value: float | None, places: int = 0) -> str:
    """A number as both languages write it: thousands set apart, `–` for none."""
    return "–" if value is None else f"{value:,.{places if value else 0}f}"


def milliseconds(seconds: float | None) -> str:
    """A duration of requests: `18 ms`, `1.4 s`."""
    if seconds is None:
        return "–"
    return f"{seconds * 1000:,.0f} ms" if seconds < 1 else f"{seconds:,.1f} s"


def percent(share: float | None) -> str:
    """A share: `0 %`, `0.4 %`, `38 %`."""
    if share is None:
        return "–"
    return f"{share:.1%}".replace("%", " %") if 0 < share < 0.1 else f"{share:.0%}".replace("%", " %")


def age(start: datetime | str, now: datetime, language: Language) -> Markup:
    """How long ago something began, as an element that the page's script keeps counting."""
    began = at_utc(start)
    return Markup('<span data-age-from="{}">{}</span>').format(
        began.isoformat(timespec="milliseconds"), span(began, now, language)
    )


def title_of_graph(item: dict[str, Any], language: Language) -> str:
    """The panel's title in the language; the stored one where the panel is not known any more."""
    uid = PurePosixPath(item["path"] or "").stem
    return _CHINESE_TITLES.get(uid, item["title"]) if language == "zh-TW" else str(item["title"])
