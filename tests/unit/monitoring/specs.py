"""The table of all alerts: when each must fire and when not. A few (`APART`) have tests of their own instead."""

from __future__ import annotations

from collections.abc import Iterator

from tests.unit.monitoring.histories import CALM_STEPS, History, Spec, histories, stepwise
from tests.unit.monitoring.spec_words import at_once, fixed, these
from tests.unit.monitoring.specs_requests import AVAILABILITY, BUDGET, BUSINESS, UP_B
from tests.unit.monitoring.specs_system import APPLICATION, DATABASE, DISK, DISK_RATIO, PIPELINE

from tixmaster.stack.monitoring import series
from tixmaster.stack.monitoring.timings import MINUTE, Timings

RESTARTING = Spec(
    alert="InstanceRestarting",
    severity="warning",
    good=fixed(process_start_time_seconds=7),
    bad=fixed(process_start_time_seconds=7),
    hold=at_once,
)


def comings_and_goings(timings: Timings) -> Iterator[History]:
    """What is counted in changes: an instance that comes and goes, a process that begins anew."""
    step, window = stepwise(timings), timings.restart_window
    changed = CALM_STEPS * step

    def history(spec: Spec, what: str, values: str, hold: int, *, fires: bool) -> History:
        moments = {changed - step: False, changed + 6 * step + hold: fires, changed + window: False}
        return History(spec=spec, what=what, series={next(iter(spec.good(timings))): values}, fires=moments)

    calm, after = f"7x{CALM_STEPS - 1}", window // step + 30
    yield history(RESTARTING, "starts 3 times", f"{calm} 8 8 9 9 10x{after}", 0, fires=True)
    yield history(RESTARTING, "starts twice", f"{calm} 8 8 9x{after}", 0, fires=False)
    yield history(RESTARTING, "clock was set", f"{calm} 9999x{after}", 0, fires=False)
    flapping = next(spec for spec in AVAILABILITY if spec.key == ("InstanceDown", "warning"))
    up = f"1x{CALM_STEPS - 1}"
    for what, values, fires in (
        ("flaps thrice", f"{up} 0 1 0 1 0 1x{after}", True),
        ("flaps twice", f"{up} 0 1 0 1x{after}", False),
        ("flaps and stays down", f"{up} 0 1 0 1 0x{after}", True),
    ):
        found = history(flapping, what, values, timings.instance_down_for, fires=fires)
        series_of = {**found.series, UP_B: f"1x{after + 20}", series.UP: f"1x{after + 20}"}
        ends = {} if what.endswith("down") else found.fires
        yield History(spec=flapping, what=what, series=series_of, fires=ends or dict(list(found.fires.items())[:2]))


FILLING = Spec(
    alert="DiskWillFill",
    severity="warning",
    good=these({DISK_RATIO: 0.39}),
    bad=these({DISK_RATIO: 0.39}),
    hold=lambda t: t.disk_for,
    step=lambda t: 5 * MINUTE if t.scrape > 1 else 1,
)


def disks(timings: Timings) -> Iterator[History]:
    """A disk that empties by a byte in twenty steps, and is full `disk_ahead` after the moment `found`."""
    step, window, ahead = FILLING.step(timings), timings.disk_window, timings.disk_ahead
    found = window + 10 * step
    lasts = (found + timings.disk_for) // step + 20
    falls = f"{(found + ahead) / step / 20:.17g}-0.05x{lasts}"
    soon, fires = found + timings.disk_for, found + timings.disk_for + 2 * step
    quiet = dict.fromkeys((soon - 2 * step, fires, fires + 10 * step), False)

    def history(what: str, free: str, ratio: str, moments: dict[int, bool]) -> History:
        return History(spec=FILLING, what=what, series={DISK_RATIO: f"{ratio}x{lasts}", DISK: free}, fires=moments)

    recent, half = timings.disk_recent_window // step, window // step // 2
    yield history("fills", falls, "0.39", {soon - 2 * step: False, fires: True})
    yield history("fills with room", falls, "0.4", quiet)
    yield history(
        "was filled by a file", f"9x{found // step - recent - 2} 1x{2 * recent}", "0.39", {found + step: False}
    )
    yield history("begins to fill", f"99x{found // step - recent} 99-2x{recent + 20}", "0.39", {soon + step: False})
    yield history("is young", f"_x{found // step - half + 2} 20-1x{half + 20}", "0.39", {found + step: False})


def all_histories(timings: Timings) -> Iterator[History]:
    """Every history of every alert in the table."""
    for spec in SPECS:
        yield from histories(spec, timings)
    yield from comings_and_goings(timings)
    yield from disks(timings)


SPECS: tuple[Spec, ...] = (*AVAILABILITY, *BUDGET, *BUSINESS, *APPLICATION, *PIPELINE, *DATABASE)
KEYS = {*(spec.key for spec in SPECS), RESTARTING.key}
APART = {
    ("HttpMetricsAbsent", "critical"),
    ("Watchdog", "none"),
    ("AlertUnattended", "critical"),
    ("LowOrderVolume", "critical"),
}
"""Alerts whose histories no table can say: they have tests of their own."""
