"""`tix simulate orders`: false alarms and lateness of LowOrderVolume and of what others use, over ten weeks of trade."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
WORKING_DAYS: Final = range(5)
DISPERSIONS: Final = (1.5, 2.0, 3.0)
LADDER: Final = (3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 7.0, 8.0, 10.0, 12.0, 15.0)
"""The deviations that are tried where counts are over-dispersed."""
TARGETS: Final = {"false_episodes": 0, "full_stop_15h_minutes": 10, "full_stop_09h_minutes": 30, "drop_60_minutes": 15}
"""Each figure of the shipped rule must be at most as large."""

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A fault that is replayed on each working day of the last week, each time in a shop of its own."""

    name: str
    title: str
    hour: int
    share: float

    def on(self, day: int, week: int = 0) -> int:
        """The minute in which it begins."""
        return minute_of(week, day, self.hour)


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
    dispersion: float = 1.0

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

    @contextmanager
    def troubled(self) -> Iterator[Past]:
        """A shop for each fault and day."""
        shops = {_shop(kind, day): self._struck(kind, day) for kind in KINDS for day in WORKING_DAYS}
        with replayed(shops, self.on_sales, self.weeks, self.now) as past:
            past.record(
                orders.recordings(Config(), STANDARD),
                [self.around(kind, day) for kind in KINDS for day in WORKING_DAYS],
            )
            yield past

    def around(self, kind: Kind, day: int) -> range:
        """The minutes in which the alert for a fault is waited for, and those before it."""
        begins = kind.on(day, self.weeks - 1)
        return range(begins - LEAD, begins + FAULT_MINUTES)

    def _struck(self, kind: Kind, day: int) -> Shop:
        trade = self.trade(Fault(begins=kind.on(day, self.weeks - 1), minutes=FAULT_MINUTES, share=kind.share))
        needed = self.around(kind, day)
        back = [week * MINUTES_OF_WEEK for week in (*reversed(orders.WEEKS), 0)]
        return Shop(trade=trade, written=tuple(range(needed.start - LEAD - ago, needed.stop - ago) for ago in back))


def run(weeks: int, seed: int, deviations: float, say: Say) -> dict[str, Any]:
    """The figures: a row a rule, and how many deviations over-dispersed counts need. Raises `SimulationError`."""
    began = time.monotonic()
    simulation = Simulation(weeks=weeks, seed=seed, now=datetime.now(UTC))
    say(f"{weeks} weeks of trade, {weeks - UNJUDGED} of them judged")
    with simulation.calm() as past:
        rules = [_row(rule, past, simulation, say) for rule in (ours(deviations), *RIVALS)]
    with simulation.troubled() as past:
        for row, rule in zip(rules, (ours(deviations), *RIVALS), strict=True):
            row |= delays_of(rule, past, simulation)
    say("counts that come in bunches")
    dispersed = [_dispersed(weeks, seed, dispersion, simulation.now, say) for dispersion in DISPERSIONS]
    return {
        **{name: rules[0][name] for name in TARGETS},
        "deviations": deviations,
        "weeks": weeks,
        "judged_weeks": weeks - UNJUDGED,
        "seed": seed,
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


def _shop(kind: Kind, day: int) -> str:
    return f"{kind.name}-{day}"


def _row(rule: Rule, past: Past, simulation: Simulation, say: Say) -> dict[str, Any]:
    false = false_episodes(rule, past, simulation)
    say(f"  {rule.title}: {false} false episodes")
    return {"rule": rule.name, "title": rule.title, "false_episodes": false}


def false_episodes(rule: Rule, past: Past, simulation: Simulation) -> int:
    held = past.holds(rule.expr, simulation.judged)
    return len(episodes(held[CALM])) if CALM in held else 0


def delays_of(rule: Rule, past: Past, simulation: Simulation) -> dict[str, Any]:
    """For each kind of fault the median of its days in minutes (null: mostly missed), and how many were missed."""
    found: dict[str, Any] = {}
    for kind in KINDS:
        delays: list[int | None] = []
        for day in WORKING_DAYS:
            stretch = simulation.around(kind, day)
            held = past.holds(rule.expr, stretch)
            never = np.zeros(len(stretch), dtype=np.bool_)
            delays.append(delay(held.get(_shop(kind, day), never), LEAD, FAULT_MINUTES))
        found |= {kind.name: typical(delays), f"{kind.name}_missed": sum(one is None for one in delays)}
    return found


def _dispersed(weeks: int, seed: int, dispersion: float, now: datetime, say: Say) -> dict[str, Any]:
    """The fewest deviations of the ladder without a false episode, and how late the alert is with them."""
    simulation = Simulation(weeks=weeks, seed=seed, now=now, dispersion=dispersion)
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
