"""`tix simulate orders`: false alarms and lateness of LowOrderVolume and of what others use, over ten weeks of trade."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from tixmaster.simulate.judge import HOLD, delay, episodes, typical
from tixmaster.simulate.replay import Past, replayed
from tixmaster.simulate.rivals import RIVALS, Rule, ours
from tixmaster.simulate.shops import Shop
from tixmaster.simulate.trade import MINUTES_OF_WEEK, Fault, OnSale, Trade, minute_of
from tixmaster.stack.config import Config
from tixmaster.stack.monitoring.rules import orders
from tixmaster.stack.monitoring.timings import STANDARD

BASELINE: Final = max(orders.WEEKS)
"""So many weeks of history the rule looks back over."""
UNJUDGED: Final = BASELINE + 1
"""The first weeks: history, and one more so that no window reaches before the beginning."""
CALM: Final = "calm"
FAULT_MINUTES: Final = 180
LEAD: Final = STANDARD.order_long_window // 60 + HOLD + 5
"""So many minutes before a fault are written down and judged as well: windows reach back into them."""
DISPERSION: Final = 1.2
"""Variance of a minute's orders over their mean: real orders are no Poisson process."""
DISPERSIONS: Final = (1.5, 2.0, 3.0)
"""Of shops whose orders come in bunches."""
SOME_DAYS: Final = (1, 3)
LADDER: Final = (3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 7.0, 8.0, 10.0, 12.0, 15.0)
"""The deviations that are tried where counts are over-dispersed."""
TARGETS: Final = {"false_episodes": 0, "full_stop_15h_minutes": 10, "full_stop_09h_minutes": 30, "drop_60_minutes": 15}
"""Each figure of the shipped rule must be at most as large."""

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A fault that is replayed on each working day of the judged weeks, each time in a shop of its own."""

    name: str
    title: str
    hour: int
    share: float


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One fault on one day. `shop` is where it happens: every trial has one to itself."""

    kind: Kind
    week: int
    day: int

    @property
    def shop(self) -> str:
        return f"{self.kind.name}-{self.week}-{self.day}"

    @property
    def begins(self) -> int:
        """The minute of the simulation in which the fault begins."""
        return minute_of(self.week, self.day, self.kind.hour)

    @property
    def around(self) -> range:
        """The minutes in which the alert is waited for, and those before it."""
        return range(self.begins - LEAD, self.begins + FAULT_MINUTES)


KINDS: Final = (
    Kind(name="full_stop_15h_minutes", title="full stop 15:00", hour=15, share=0.0),
    Kind(name="full_stop_09h_minutes", title="full stop 09:00", hour=9, share=0.0),
    Kind(name="drop_60_minutes", title="60 % drop 16:00", hour=16, share=0.4),
)


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """So many weeks of one trade; `dispersion` as in `Trade`. `now` is when it ends."""

    weeks: int
    seed: int
    now: datetime
    dispersion: float
    days: Sequence[int] = range(5)
    """Those on which faults are tried, from Monday on."""

    @property
    def judged(self) -> range:
        """The minutes in which an alert of the calm shop is a false one."""
        return range(UNJUDGED * MINUTES_OF_WEEK, self.weeks * MINUTES_OF_WEEK)

    @property
    def on_sales(self) -> tuple[OnSale, ...]:
        """One lies in the history of the first judged weeks, one in their midst."""
        return OnSale(begins=minute_of(BASELINE - 1, 4, 12)), OnSale(begins=minute_of(self.weeks - 4, 2, 15))

    def trade(self, *faults: Fault) -> Trade:
        """The same orders whatever the faults."""
        return Trade(
            weeks=self.weeks, seed=self.seed, dispersion=self.dispersion, on_sales=self.on_sales, faults=faults
        )

    @contextmanager
    def calm(self) -> Iterator[Past]:
        """A shop with which nothing is wrong."""
        shop = Shop(trade=self.trade(), written=(range(self.weeks * MINUTES_OF_WEEK),))
        with replayed({CALM: shop}, self.on_sales, self.weeks, self.now) as past:
            past.record(orders.recordings(Config(), STANDARD), [self.judged])
            yield past

    @property
    def trials(self) -> list[Trial]:
        """Every fault on each of the days of the judged weeks."""
        weeks = range(UNJUDGED, self.weeks)
        return [Trial(kind=kind, week=week, day=day) for kind in KINDS for week in weeks for day in self.days]

    @contextmanager
    def troubled(self) -> Iterator[Past]:
        """A shop for each trial."""
        shops = {trial.shop: self._struck(trial) for trial in self.trials}
        with replayed(shops, self.on_sales, self.weeks, self.now) as past:
            past.record(orders.recordings(Config(), STANDARD), [trial.around for trial in self.trials])
            yield past

    def _struck(self, trial: Trial) -> Shop:
        trade = self.trade(Fault(begins=trial.begins, minutes=FAULT_MINUTES, share=trial.kind.share))
        back = [week * MINUTES_OF_WEEK for week in (*reversed(orders.WEEKS), 0)]
        return Shop(
            trade=trade, written=tuple(range(trial.around.start - LEAD - ago, trial.around.stop - ago) for ago in back)
        )


def run(weeks: int, seed: int, deviations: float, say: Say) -> dict[str, Any]:
    """The figures: a row a rule, and how many deviations over-dispersed counts need. Raises `SimulationError`."""
    began = time.monotonic()
    simulation = Simulation(weeks=weeks, seed=seed, now=datetime.now(UTC), dispersion=DISPERSION)
    say(f"{weeks} weeks of trade, {weeks - UNJUDGED} of them judged")
    with simulation.calm() as past:
        rules = [_row(rule, past, simulation, say) for rule in (ours(deviations), *RIVALS)]
    say(f"{len(simulation.trials)} faults, on each working day of the judged weeks")
    with simulation.troubled() as past:
        for row, rule in zip(rules, (ours(deviations), *RIVALS), strict=True):
            row |= delays_of(rule, past, simulation)
    say("orders that come in bunches")
    bunched = [replace(simulation, dispersion=dispersion, days=SOME_DAYS) for dispersion in DISPERSIONS]
    dispersed = [_dispersed(one, say) for one in bunched]
    return {
        **{name: rules[0][name] for name in TARGETS},
        "deviations": deviations,
        "weeks": weeks,
        "judged_weeks": weeks - UNJUDGED,
        "seed": seed,
        "dispersion": DISPERSION,
        "rules": rules,
        "over_dispersed": dispersed,
        "seconds": round(time.monotonic() - began, 1),
    }


def judge(found: dict[str, Any]) -> dict[str, bool]:
    """Each target, with whether it is met; a fault that is mostly missed meets none."""
    return {name: found[name] is not None and found[name] <= target for name, target in TARGETS.items()}


def document(found: dict[str, Any]) -> dict[str, Any]:
    """The whole of `--json`, from the figures."""
    return {"bench": "orders", "ok": all(judge(found).values()), "figures": found, "targets": TARGETS}


def _row(rule: Rule, past: Past, simulation: Simulation, say: Say) -> dict[str, Any]:
    false = false_episodes(rule, past, simulation)
    say(f"  {rule.title}: {false} false episodes")
    return {"rule": rule.name, "title": rule.title, "false_episodes": false}


def false_episodes(rule: Rule, past: Past, simulation: Simulation) -> int:
    held = past.holds(rule.expr, simulation.judged)
    return len(episodes(held[CALM])) if CALM in held else 0


def delays_of(rule: Rule, past: Past, simulation: Simulation) -> dict[str, Any]:
    """For each kind of fault the median and the longest of its days in minutes (null: missed), and how many were missed."""
    delays: dict[str, list[int | None]] = {kind.name: [] for kind in KINDS}
    for trial in simulation.trials:
        held = past.holds(rule.expr, trial.around).get(trial.shop)
        never = np.zeros(len(trial.around), dtype=np.bool_)
        delays[trial.kind.name].append(delay(never if held is None else held, LEAD, FAULT_MINUTES))
    found: dict[str, Any] = {}
    for name, minutes in delays.items():
        seen = [one for one in minutes if one is not None]
        found |= {
            name: typical(minutes),
            f"{name}_longest": max(seen) if len(seen) == len(minutes) else None,
            f"{name}_missed": len(minutes) - len(seen),
        }
    return found


def _dispersed(simulation: Simulation, say: Say) -> dict[str, Any]:
    """The fewest deviations of the ladder without a false episode, and how late the alert is with them."""
    dispersion = simulation.dispersion
    with simulation.calm() as past:
        shipped = false_episodes(ours(LADDER[0]), past, simulation)
        enough = LADDER[0] if shipped == 0 else _enough(past, simulation)
    say(f"  variance {dispersion:g} × mean: {shipped} false episodes with {LADDER[0]:g} deviations, none with {enough}")
    found: dict[str, Any] = {"dispersion": dispersion, "false_episodes": shipped, "deviations": enough}
    if enough is None:
        return found | {kind.name: None for kind in KINDS}
    with simulation.troubled() as past:
        return found | delays_of(ours(enough), past, simulation)


def _enough(past: Past, simulation: Simulation) -> float | None:
    """The first step of the ladder above the lowest without a false episode, by bisection: more deviations, fewer alarms."""
    low, high = 0, len(LADDER)
    while high - low > 1:
        middle = (low + high) // 2
        if false_episodes(ours(LADDER[middle]), past, simulation):
            low = middle
        else:
            high = middle
    return LADDER[high] if high < len(LADDER) else None
