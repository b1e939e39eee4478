"""The words a dashboard is made of, typed: queries, panels, tiles, dashboards.

An id is part of links that outlive a release (`panel=` in alerts, records and mails): never reuse or renumber one, nor a uid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Unit = Literal[
    "req/s",
    "ratio",
    "seconds",
    "orders/min",
    "payments/min",
    "money",
    "money/min",
    "seats",
    "orders",
    "connections",
    "transactions/s",
    "count",
    "per min",
    "bytes",
    "instances",
    "incidents",
    "runs",
    "alerts/min",
    "series",
    "failures",
]
Tone = Literal["trouble", "warning", "reference"]
"""Colour is spent on trouble only; a reference (what is usual, what is possible) is drawn faintly."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """One line of a panel: an expression and its legend, in which `{{label}}` stands for a label's value."""

    expr: str
    legend: str
    legend_zh: str = ""
    """Empty where the legend consists of labels alone."""

    def named(self, labels: Mapping[str, str], *, chinese: bool = False) -> str:
        """The legend of a series with its labels filled in: `{{class}}` → `5xx`."""
        legend = (chinese and self.legend_zh) or self.legend
        for name, value in labels.items():
            legend = legend.replace("{{" + name + "}}", value)
        return legend


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One graph, or bars of the present moment. `threshold` is the value at which its objective is broken, in its unit."""

    id: int
    uid: str
    title: str
    title_zh: str
    answers: str
    """Why it is there: what it tells, and what trouble looks like."""
    answers_zh: str
    unit: Unit
    queries: tuple[Query, ...]
    threshold: float | None = None
    threshold_is_floor: bool = False
    """Whether trouble lies below the threshold instead of from it upwards."""
    kind: Literal["lines", "bars"] = "lines"
    """Bars: one row for each value of `row`, made of one part for each query."""
    row: str = ""
    tones: Mapping[str, Tone] = field(default_factory=dict)
    """By the end of a line's English name."""

    def tone(self, name: str) -> Tone | None:
        """How a line of that name is drawn."""
        return next((tone for ending, tone in self.tones.items() if name.endswith(ending)), None)


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One number that says how things stand now. It stands above the panel that shows how it came about."""

    id: int
    title: str
    title_zh: str
    unit: Unit
    query: Query
    panel: Panel
    threshold: float | None = None
    threshold_is_floor: bool = False
    usual: Query | None = None
    """What it is to be compared with; its legend stands before the number."""

    def is_trouble(self, value: float) -> bool:
        """Whether the objective is broken."""
        if self.threshold is None:
            return False
        return value < self.threshold if self.threshold_is_floor else value >= self.threshold


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """What one page answers: tiles above, the panels that are always looked at, and those that alerts lead to."""

    uid: str
    title: str
    title_zh: str
    answers: str
    answers_zh: str
    tiles: tuple[Tile, ...]
    panels: tuple[Panel, ...]
    details: tuple[Panel, ...]

    @property
    def all_panels(self) -> tuple[Panel, ...]:
        """Also those that are folded away at first."""
        return self.panels + self.details
