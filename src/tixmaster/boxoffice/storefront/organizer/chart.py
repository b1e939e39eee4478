"""Sales over time as bars: where each stands in a picture that the template draws as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tixmaster.boxoffice.organizers.course import Course
from tixmaster.boxoffice.storefront.words import Words

WIDTH: Final = 640
HEIGHT: Final = 200
NARROWEST: Final = 20
"""Bars are no wider than a twentieth of the picture, however few there are."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A bar, in units of the picture from its upper left corner."""

    since: datetime
    seats: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, kw_only=True)
class Chart:
    """All bars, the most seats of one, and how long each of them is, in words."""

    bars: list[Bar]
    most: int
    step: str
    width: int = WIDTH
    height: int = HEIGHT


def draw(course: Course, words: Words) -> Chart | None:
    """The picture; None where nothing was sold."""
    if not course.sold:
        return None
    most = max(step.seats for step in course.sold)
    wide = WIDTH / max(len(course.sold), NARROWEST)
    bars = [
        Bar(
            since=step.since,
            seats=step.seats,
            x=round(place * wide + wide * 0.1, 1),
            y=round(HEIGHT * (1 - step.seats / most), 1),
            width=round(wide * 0.8, 1),
            height=round(HEIGHT * step.seats / most, 1),
        )
        for place, step in enumerate(course.sold)
    ]
    return Chart(bars=bars, most=most, step=_length(course.step, words))


def _length(step: timedelta, words: Words) -> str:
    minutes = int(step.total_seconds()) // 60
    for word, size in (("days", 1440), ("hours", 60)):
        if minutes % size == 0:
            return words[word].format(count=minutes // size)
    return words["minutes"].format(count=minutes)
