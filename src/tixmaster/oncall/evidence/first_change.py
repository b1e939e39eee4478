"""Which metric changed first, and how sure that is: a robust change-point in each series, ranked by its moment.

Nothing here asks anybody or knows the time: the same samples give the same answer. Per series:

- The time before the trouble is its baseline: median, and a spread from the median absolute deviation (MAD), the outer
  tenths, and a floor, whichever is widest. Counters become increases per step, on a scale on which chance has the spread 1
  (Anscombe's transform of Poisson counts, 1948). A sum with its count becomes a mean. A gauge that runs steadily (memory
  that fills) is compared with its own course.
- A process's first minute is not its usual, and what is known of less than three minutes before the trouble has no usual
  at all: it is left out, and the answer says so.
- A change is the first moment from which `PERSISTS` values in a row lie on one side, further out than the baseline ever was.
- Its chance by luck: tails as heavy as an exponential's, a third of the values counted as independent, times all series
  and moments that were looked at (Bonferroni). So a thousand quiet series stay quiet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from tixmaster.stack.monitoring.client import Series

PERSISTS: Final = 3
LEAST_BASELINE: Final = 12
"""Values before the trouble that a series needs to be judged."""
LEAST_HISTORY: Final = 180.0
"""Seconds from a series' first value to the time in which the change is looked for; less is no usual."""
SETTLES: Final = 60.0
"""Seconds after the start of a process that say nothing of how it usually is: pools fill, caches are cold."""
STARTED: Final = "process_start_time_seconds"
LOOK_BEFORE: Final = 120.0
"""Seconds before the known start of the trouble in which a change may be its first sign; what is earlier is the baseline."""
SURE: Final = 0.95
MOST_CHANGES: Final = 20
STEADY: Final = 0.6
"""Of the steps of a steady course, the share by which those in its direction outnumber the others."""
RELATIVE_FLOOR: Final = 0.02
BEYOND: Final = 1.5
"""How much further out than the furthest of the baseline a change must lie."""
AVERAGED: Final = 12
"""So many values from the change on say how large it is; a third of them is counted as independent of one another."""
_COUNTS: Final = ("_total", "_count")
_CPU_FLOOR: Final = 0.05

Floats = NDArray[np.float64]
Kind = Literal["gauge", "count", "time", "mean"]
Instance = tuple[str, str]
"""A service and an instance of it."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A series that changed. `before` and `after` are medians in its own unit; of a counter, per second."""

    metric: str
    labels: dict[str, str]
    at: datetime
    before: float
    after: float
    direction: Literal["up", "down"]
    size: float
    """How many times its usual spread the first values lay off the baseline, on average."""
    certainty: float
    """That it changed at all, after correction for the number of series, 0 to 1."""
    first: float
    """That it was the first of all, 0 to 1: series that changed in one scrape share what there is."""


class FirstChange(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: changes by their moments, the earliest first. Without any, nothing changed, as far as can be seen."""

    services: tuple[str, ...]
    since: datetime
    until: datetime
    step_seconds: float
    """Moments are known as exactly as this."""
    series: int
    """How many were judged."""
    left_out: int
    """How many had too few values, or too short a history, to be judged."""
    young: tuple[str, ...] = ()
    """The services that had been started too shortly before for their series to have a usual."""
    changed: int = 0
    """How many changed; `changes` names the first twenty."""
    changes: tuple[Change, ...] = ()
    note: str = ""

    @property
    def first(self) -> Change | None:
        """The most probable first one."""
        return max(self.changes, key=lambda one: one.first, default=None)


def find(
    series: Sequence[Series],
    *,
    services: Sequence[str],
    grid: Sequence[float],
    started_at: datetime,
    note: str = "",
) -> FirstChange:
    """Looks for changes around `started_at`; `grid` holds the moments of the samples (Unix time, in even steps)."""
    moments = np.asarray(grid, dtype=np.float64)
    step = float(moments[1] - moments[0])
    table, kinds = _table(series, moments)
    search = int(np.searchsorted(moments, started_at.timestamp() - LOOK_BEFORE))
    starts = _starts(series, moments[search])
    _leave_out_starts(table, series, moments, search, starts)
    judged = _has_usual(table[:, :search], step)
    looks = max(int(judged.sum()) * max(len(moments) - search - PERSISTS + 1, 1), 1)
    found = []
    for row in map(int, np.flatnonzero(judged & _worth_a_look(table, search))):
        change = _change(series[row], table[row], kinds[row], moments, search, looks)
        if change is not None:
            found.append(change)
    found.sort(key=lambda one: (one.at, -one.size, one.metric, sorted(one.labels.items())))
    return FirstChange(
        services=tuple(services),
        since=_utc(moments[0]),
        until=_utc(moments[-1]),
        step_seconds=step,
        series=int(judged.sum()),
        left_out=len(series) - int(judged.sum()),
        young=_young(starts, moments[search] - LEAST_HISTORY - SETTLES),
        changed=len(found),
        changes=tuple(_shared(found[:MOST_CHANGES], step)),
        note=note,
    )


def _table(series: Sequence[Series], moments: Floats) -> tuple[Floats, list[Kind]]:
    """A row a series, a column a moment, NaN where there is none; counters as increases since the column before."""
    step = moments[1] - moments[0]
    table = np.full((len(series), len(moments)), np.nan)
    for row, one in enumerate(series):
        places = np.rint((np.asarray(one.times) - moments[0]) / step).astype(int)
        within = (places >= 0) & (places < len(moments))
        table[row, places[within]] = np.asarray(one.values)[within]
    table[~np.isfinite(table)] = np.nan
    kinds = [_kind(one.labels.get("__name__", "")) for one in series]
    grows = np.array([kind != "gauge" for kind in kinds], dtype=bool)
    if grows.any():
        table[grows] = _increases(table[grows], scraped=np.isfinite(table).any(axis=0))
    counts = {_family(one): row for row, one in enumerate(series) if kinds[row] == "count"}
    for row, one in enumerate(series):
        if kinds[row] == "mean":
            of = counts.get(_family(one))
            many = table[of] if of is not None else np.full(len(moments), np.nan)
            table[row] = np.divide(table[row], many, out=np.full(len(moments), np.nan), where=many > 0)
    return table, kinds


def _starts(series: Sequence[Series], before: float) -> dict[Instance, float]:
    """When each instance's process began, as it said before that moment."""
    found: dict[Instance, float] = {}
    for one in series:
        if one.labels.get("__name__") == STARTED:
            said = [start for at, start in zip(one.times, one.values, strict=True) if at < before and start < before]
            if said:
                found[_instance(one)] = max(said)
    return found


def _leave_out_starts(
    table: Floats, series: Sequence[Series], moments: Floats, search: int, starts: dict[Instance, float]
) -> None:
    """What was measured before a process began, and while it settled, is no part of its baseline."""
    for row, one in enumerate(series):
        if (start := starts.get(_instance(one))) is not None:
            table[row, : min(search, int(np.searchsorted(moments, start + SETTLES)))] = np.nan


def _has_usual(base: Floats, step: float) -> NDArray[np.bool_]:
    """The rows that hold enough values, over enough time, to say what is usual."""
    if not base.shape[1]:
        return np.zeros(len(base), dtype=bool)
    known = np.isfinite(base)
    long = (base.shape[1] - known.argmax(axis=1)) * step >= LEAST_HISTORY
    return np.asarray((known.sum(axis=1) >= LEAST_BASELINE) & long, dtype=np.bool_)


def _young(starts: dict[Instance, float], since: float) -> tuple[str, ...]:
    """The services all of whose instances began after that moment."""
    oldest: dict[str, float] = {}
    for (service, _), start in starts.items():
        oldest[service] = min(start, oldest.get(service, start))
    return tuple(sorted(service for service, start in oldest.items() if start > since))


def _instance(one: Series) -> Instance:
    return one.labels.get("service", ""), one.labels.get("instance", "")


def _worth_a_look(table: Floats, search: int) -> NDArray[np.bool_]:
    """The rows that leave the range of their baseline, or had a steady course that may have ended. The others, which are
    nearly all, cannot have changed and need no statistics."""
    base, later = table[:, :search], table[:, search:]
    highest = np.nanmax(base, axis=1, initial=-np.inf, keepdims=True)
    lowest = np.nanmin(base, axis=1, initial=np.inf, keepdims=True)
    leaves = np.zeros(len(table), dtype=bool)
    for outside in (later > highest, later < lowest):
        runs = np.cumsum(np.pad(outside, ((0, 0), (1, 0))), axis=1)
        leaves |= (runs[:, PERSISTS:] - runs[:, :-PERSISTS] == PERSISTS).any(axis=1)
    moves = np.sign(np.diff(base, axis=1))
    steady = np.abs(np.nansum(moves, axis=1)) > STEADY * base.shape[1]
    return np.asarray(leaves | steady, dtype=np.bool_)


def _kind(name: str) -> Kind:
    if name.endswith("_seconds_total"):
        return "time"
    if name.endswith(_COUNTS):
        return "count"
    return "mean" if name.endswith("_sum") else "gauge"


def _family(one: Series) -> tuple[tuple[str, str], ...]:
    """The labels, with what `x_sum` and `x_count` have in common as the name."""
    name = one.labels.get("__name__", "")
    return tuple(sorted((one.labels | {"__name__": name.removesuffix("_sum").removesuffix("_count")}).items()))


def _increases(raw: Floats, *, scraped: NDArray[np.bool_]) -> Floats:
    """What was counted in each step. One that appears stood at 0 while others were scraped; one that falls began anew."""
    raw = raw.copy()
    for row in raw:
        present = np.flatnonzero(np.isfinite(row))
        if present.size:
            before = np.arange(row.size) < present[0]
            row[before & scraped] = 0.0
    grown = np.diff(raw, axis=1, prepend=np.nan)
    grown[grown < 0] = np.nan
    return np.asarray(grown, dtype=np.float64)


def _change(one: Series, values: Floats, kind: Kind, moments: Floats, search: int, looks: int) -> Change | None:
    """The first persistent change of a series that luck does not explain."""
    away = _away(_evened(values, kind, search), kind, search, float(moments[1] - moments[0]))
    place = _first_run(away, search)
    if place is None:
        return None
    seen = np.abs(away[place : place + AVERAGED])
    size = float(np.nanmean(seen))
    independent = max(np.isfinite(seen).sum() / PERSISTS, 1.0)
    luck = min(1.0, looks * math.exp(-2 * math.sqrt(2) * min(size, 100.0) * math.sqrt(independent)))
    if 1 - luck < SURE:
        return None
    name = one.labels.get("__name__", "")
    per = float(moments[1] - moments[0]) if kind in ("count", "time") else 1.0
    return Change(
        metric=f"{name.removesuffix('_sum')} (mean)" if kind == "mean" else name,
        labels={label: value for label, value in sorted(one.labels.items()) if label != "__name__"},
        at=_utc(moments[place]),
        before=_rounded(float(np.nanmedian(values[:search])) / per),
        after=_rounded(float(np.nanmedian(values[place:])) / per),
        direction="up" if away[place] > 0 else "down",
        size=round(min(size, 1e6), 1),
        certainty=round(1 - luck, 4),
        first=0.0,
    )


def _evened(values: Floats, kind: Kind, search: int) -> Floats:
    """The values on a scale on which chance is about even: counts by their root, gauges without their steady course."""
    if kind == "count":
        return np.asarray(2 * np.sqrt(values + 0.375), dtype=np.float64)
    if kind != "gauge":
        return values
    base = values[:search]
    places = np.flatnonzero(np.isfinite(base))
    slope = float(np.median(np.diff(base[places]) / np.diff(places)))
    course = slope * np.arange(values.size)
    return values - course if slope and _spread(base - course[:search]) < _spread(base) / 3 else values


def _away(values: Floats, kind: Kind, search: int, step: float) -> Floats:
    """How many spreads each value lies off the baseline's median."""
    base = values[:search]
    middle = float(np.nanmedian(base))
    floor = max(RELATIVE_FLOOR * abs(middle), _least(values, kind, step))
    return np.asarray((values - middle) / max(_spread(base), floor), dtype=np.float64)


def _least(values: Floats, kind: Kind, step: float) -> float:
    """What a value may move without a word: one event, a twentieth of a core, one of what is counted in whole numbers."""
    if kind == "count":
        return 1.0
    if kind == "time":
        return _CPU_FLOOR * step
    known = values[np.isfinite(values)]
    if kind == "mean":
        return 0.1 * float(np.median(known))
    if bool(np.isin(known, (0.0, 1.0)).all()):
        return 0.1  # yes or no
    return 1.0 if bool((known == np.rint(known)).all()) else 1e-9


def _spread(base: Floats) -> float:
    """A standard deviation's worth, by whatever measure is the widest: MAD forgets what is rare, the tenths do not."""
    middle = float(np.nanmedian(base))
    low, high = (float(one) for one in np.nanpercentile(base, (10, 90)))
    return max(1.4826 * float(np.nanmedian(np.abs(base - middle))), (high - low) / 2.563)


def _first_run(away: Floats, search: int) -> int | None:
    """Where `PERSISTS` values in a row begin that lie on one side and beyond whatever the baseline knew."""
    usual_high = max(float(np.nanmax(away[:search])), 0.0) * BEYOND
    usual_low = min(float(np.nanmin(away[:search])), 0.0) * BEYOND
    for outside in (away > max(usual_high, 1.0), away < min(usual_low, -1.0)):
        run = np.convolve(outside[search:], np.ones(PERSISTS, dtype=int), mode="valid")
        hits = np.flatnonzero(run == PERSISTS)
        if hits.size:
            return search + int(hits[0])
    return None


def _shared(found: list[Change], step: float) -> list[Change]:
    """With the chance that each was the first: halved with every step that it came later, shared among all."""
    if not found:
        return []
    began = found[0].at
    weights = [one.certainty * 0.5 ** ((one.at - began).total_seconds() / step) for one in found]
    any_at_all = max(one.certainty for one in found)
    return [
        msgspec.structs.replace(one, first=round(any_at_all * weight / sum(weights), 4))
        for one, weight in zip(found, weights, strict=True)
    ]


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def _utc(moment: float) -> datetime:
    return datetime.fromtimestamp(float(moment), UTC)


def as_json(answer: FirstChange) -> dict[str, Any]:
    """The artefact's content; `msgspec.convert(…, FirstChange)` reads it."""
    plain: dict[str, Any] = msgspec.to_builtins(answer)
    return plain
