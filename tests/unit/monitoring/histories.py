"""What each alert must do, as data: figures that are well, figures that are not, and figures that look like it.

`Spec` says it once; `histories` makes of it what promtool evaluates: one history for each way to be right or wrong, each in
an environment and a service of its own, so that hundreds of them fit into one run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tixmaster.stack.monitoring.timings import Timings

Figures = Callable[[Timings], Mapping[str, float]]
"""Series without env and service: value of a gauge, or growth a second of a counter (a name that ends in `_total`)."""
Phase = tuple[int, Mapping[str, float] | str]
"""How many seconds, and the figures of that time."""
STALE, RESET = "stale", "reset"
CALM_STEPS = 8


def stepwise(timings: Timings) -> int:
    """Three scrapes of the profile `standard`, one of the profile `drill`."""
    return 3 * timings.scrape if timings.scrape > 1 else 1


@dataclass(frozen=True, kw_only=True)
class Spec:
    """An alert, or one arm of it.

    So many seconds after the figures went bad the expression is not true yet (`early`), or surely is (`lead`); so many after
    they went well it is false again (`tail`). All three are 0 where no window fills or drains.
    """

    alert: str
    severity: str
    good: Figures
    bad: Figures
    spared: tuple[Figures, ...] = ()
    """Each is put over `bad`, and then the alert must not fire: a value at the boundary, a gate, an exemption."""
    hold: Callable[[Timings], int]
    early: Callable[[Timings], int] = lambda _: 0
    lead: Callable[[Timings], int] = lambda _: 0
    tail: Callable[[Timings], int] = lambda _: 0
    step: Callable[[Timings], int] = stepwise

    @property
    def key(self) -> tuple[str, str]:
        """What tells rules of one name apart."""
        return self.alert, self.severity


@dataclass(frozen=True, kw_only=True)
class History:
    """Input for promtool, and at which moments (seconds) the alert fires."""

    spec: Spec
    what: str
    series: Mapping[str, str]
    fires: Mapping[int, bool] = field(default_factory=dict)


def histories(spec: Spec, timings: Timings) -> Iterator[History]:
    """All histories of a spec, each with a service of its own."""
    step, hold, lead, tail = spec.step(timings), spec.hold(timings), spec.lead(timings), spec.tail(timings)
    good, bad = spec.good(timings), spec.bad(timings)
    begins = (CALM_STEPS + lead // step) * step
    lasts = hold + lead + 4 * step
    ends = begins + lasts
    after = tail + step
    soonest = begins + spec.early(timings) + hold - (0 if spec.early(timings) else step)
    before = {begins - step: False} | ({soonest: False} if soonest >= begins else {})
    fires = begins + hold + (lead + step if lead else 0)
    firing = {fires: True, ends - step: True}

    def history(what: str, phases: list[Phase], moments: Mapping[int, bool]) -> History:
        return History(spec=spec, what=what, series=_series(phases, step), fires=moments)

    calm, trouble = (begins, good), (lasts, bad)
    yield history("comes and goes", [calm, trouble, (after + step, good)], {**before, **firing, ends + after: False})
    silence = max(after, lead + step)  # what is left in the windows keeps its ratio
    gone = {ends - step: True, ends + silence: False}
    yield history("falls silent", [calm, trouble, (step, STALE), (silence, {})], gone)
    silent = dict.fromkeys((fires, ends - step, ends + after), False)
    for number, spared in enumerate(spec.spared):
        yield history(f"spared {number}", [calm, (lasts + after + step, {**bad, **spared(timings)})], silent)
    nothing = dict.fromkeys(bad, math.nan)
    yield history("says NaN", [calm, (lasts + after + step, nothing)], silent)
    yield history("is well", [(ends + after + step, good)], silent)
    yield history("begins anew", [calm, (step, RESET), (lasts + after, good)], silent)


def _series(phases: list[Phase], step: int) -> dict[str, str]:
    """Each series as promtool reads it."""
    names = {name for _, figures in phases if not isinstance(figures, str) for name in figures}
    return {name: " ".join(_samples(name, phases, step)) for name in names}


def _samples(name: str, phases: list[Phase], step: int) -> Iterator[str]:
    counts = name.split("{", maxsplit=1)[0].endswith("_total")
    total = last = 1000.0 if counts else 0.0
    for seconds, figures in phases:
        for _ in range(seconds // step):
            if figures == STALE:
                yield STALE
            elif figures == RESET:
                total = 0.0
                yield f"{total if counts else last:.17g}"
            elif isinstance(figures, str) or name not in figures:
                yield "_"
            elif math.isnan(figures[name]) or not counts:
                last = figures[name]
                yield f"{last:.17g}"
            else:
                total += figures[name] * step
                yield f"{total:.10g}"
