"""How pages are made: the template environment, the reader's language, and money and times in it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar.response import Template
from markupsafe import Markup

from tixmaster.boxoffice.storefront.session import HOME, Connection, Visit, log_in_address, visitor
from tixmaster.boxoffice.storefront.words import CHINESE, LANGUAGES, Words, words_for

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
LANGUAGE_COOKIE: Final = "shop-language"
FEW: Final = 20
"""Seats from which on a page says how many there are: before, the exact number only hurries people."""
LONGEST_PATH: Final = 1000
"""Characters of an address that a page links back to: a made-up one of 60 kB is not repeated in the page that denies it."""
_WEEKDAYS: Final = "一二三四五六日"


NO_DEVICES: Final = "camera=(), geolocation=(), microphone=()"
"""Permissions-Policy of every page but the gate's."""


@cache
def environment() -> Environment:
    """Templates escape everything: titles and descriptions are written by strangers."""
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(request: Visit, name: str, /, *, status_code: int = 200, devices: str = NO_DEVICES, **values: Any) -> Template:
    """The page `name` in the reader's language. `devices` are those of the reader that it may use."""
    words = words_of(request)
    here = request.url.path if len(request.url.path) <= LONGEST_PATH else HOME
    return Template(
        f"{name}.html.j2",
        status_code=status_code,
        headers={
            "Vary": "Accept-Language, Cookie",
            "Cache-Control": "private, no-store",
            "Permissions-Policy": devices,
        },
        context={
            "words": words,
            "caller": visitor(request),
            "here": here,
            "log_in_here": log_in_address(here),
            "moment": lambda at: moment(at, words),
            "price": lambda amount, currency: price(amount, currency, words),
            "amount": money,
            "number": "{:,}".format,
            "left": lambda seats: left(seats, words),
            **values,
        },
    )


def words_of(request: Connection) -> Words:
    """The language that was chosen, else the browser's."""
    chosen = LANGUAGES.get(request.cookies.get(LANGUAGE_COOKIE, ""))
    return chosen or words_for(request.headers.get("accept-language", ""))


def moment(at: datetime, words: Words) -> Markup:
    """A time as an element: UTC as text, which the page's script turns into the reader's zone."""
    exact = at.astimezone(UTC)
    if words is CHINESE:
        day = f"{exact.year}年{exact.month}月{exact.day}日（{_WEEKDAYS[exact.weekday()]}）"
    else:
        day = f"{exact:%a} {exact.day} {exact:%b} {exact.year},"
    return Markup('<time datetime="{}">{} {} UTC</time>').format(exact.isoformat(), day, f"{exact:%H:%M}")


def price(amount: str, currency: str, words: Words) -> str:
    """`"2500.00"` → `TWD 2,500`; nothing is `Free`."""
    return money(amount, currency) if amount.strip("0.") else words["free"]


def money(amount: str, currency: str) -> str:
    """`"2500.00"` → `TWD 2,500`."""
    whole, _, part = amount.partition(".")
    return f"{currency.upper()} {int(whole):,}" + ("" if part == "00" else f".{part}")


def left(seats: int, words: Words) -> str:
    """How many seats there are, in words."""
    if seats <= 0:
        return words["sold_out"]
    return words["few_left"].format(count=seats) if seats < FEW else words["many_left"]
