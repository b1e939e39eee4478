"""The alerts about PostgreSQL and the machine: when they fire, when they do not, when they end, from either source."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tixmaster.stack.monitoring import objectives
from tixmaster.stack.monitoring.timings import HOUR, MINUTE, Timings

from .cases import Case, hold

if TYPE_CHECKING:
    from tests.unit.monitoring.conftest import Bench

OURS = 'env="local",service="postgres",instance="o",job="tixmaster-oncall"'
THEIRS = 'env="local",service="postgres",instance="e",job="postgres-exporter",server="s"'
HOST = 'env="local",service="host",instance="o"'
FREE, SIZE = f'host_disk_free_bytes{{{HOST},mountpoint="/"}}', f'host_disk_size_bytes{{{HOST},mountpoint="/"}}'
GIB = 1024**3


def alone(name: str) -> str:
    return f"{name}{{{OURS}}}"


def level(case: str, alert: str, wait: int, series: dict[str, tuple[float, float]], step: int) -> Case:
    """From one level to another and back: fires after `wait` at the second, and ends with it."""
    steps = wait // step + 4
    there, back = 10 * step, (10 + steps) * step
    return Case(
        name=case,
        alert=alert,
        step=step,
        series={name: f"{calm}x9 {bad}x{steps - 1} {calm}x9" for name, (calm, bad) in series.items()},
        fired={there: False, there + wait - step: False, there + wait: True, back - step: True, back: False},
    )


def never(case: str, alert: str, series: dict[str, str], until: int, step: int) -> Case:
    return Case(name=case, alert=alert, step=step, series=series, fired=dict.fromkeys((until // 2, until), False))


def connections(timings: Timings) -> Iterator[Case]:
    """80 % and 97 % are the lines: the first is still allowed, the second is not."""
    step, most = timings.scrape, {alone("postgres_connections_max"): "100x200"}
    until = 2 * timings.connections_high_for
    for alert, wait, below, above in (
        ("ConnectionsHigh", timings.connections_high_for, 80, 81),
        ("ConnectionsExhausted", timings.connections_exhausted_for, 96, 97),
    ):
        idle, active = f'postgres_connections{{{OURS},state="idle"}}', f'postgres_connections{{{OURS},state="active"}}'
        case = level(f"{alert} begins at {above} of 100", alert, wait, {idle: (below - 9, above - 9)}, step)
        yield Case(**{**vars(case), "series": {**case.series, active: "9x200", **most}})
        yield never(f"{alert} is silent at {below}", alert, {idle: f"{below}x200", **most}, until, step)
        yield never(f"{alert} is silent without data", alert, {idle: "100x200"}, until, step)
        yield never(f"{alert} is silent over NaN", alert, {idle: " ".join(["NaN"] * 50), **most}, until, step)
        theirs = f'pg_stat_activity_count{{{THEIRS},datname="tixmaster",state="idle"}}'
        exporter = {f"pg_settings_max_connections{{{THEIRS}}}": "100x200"}
        case = level(f"{alert} from an exporter", alert, wait, {theirs: (below, above)}, step)
        yield Case(**{**vars(case), "series": {**case.series, **exporter}})
    refused = {alone("postgres_connections_refused"): (0.0, 1.0)}
    yield level("a refused log-in is 100 %", "ConnectionsExhausted", timings.connections_exhausted_for, refused, step)


def gauges(timings: Timings) -> Iterator[Case]:
    step, long = timings.scrape, objectives.LONG_TRANSACTION_SECONDS
    wait, until = timings.transaction_for, 4 * timings.transaction_for
    age, theirs = (
        alone("postgres_longest_transaction_seconds"),
        f'pg_stat_activity_max_tx_duration{{{THEIRS},state="active"}}',
    )
    yield level("a transaction stays open", "LongTransaction", wait, {age: (0, long + 1)}, step)
    yield level("a transaction as an exporter sees it", "LongTransaction", wait, {theirs: (0, long + 1)}, step)
    yield never("five minutes are still allowed", "LongTransaction", {age: f"{long}x100"}, until, step)
    yield never("nobody says how long", "LongTransaction", {}, until, step)


def down(timings: Timings) -> Iterator[Case]:
    """It ends later than it ends: while on-call restarts, nobody measures."""
    step, wait, keep = timings.scrape, timings.database_down_for, timings.database_keep
    dead, steps = 10 * step, (wait + keep) // step + 4
    back = dead + steps * step
    for metric in (alone("postgres_up"), f"pg_up{{{THEIRS}}}"):
        yield Case(
            name=f"PostgreSQL is down: {metric}",
            alert="DatabaseDown",
            step=step,
            series={metric: f"1x9 0x{steps - 1} 1x100"},
            fired={
                dead + wait - step: False,
                dead + wait: True,
                back + keep - step: True,
                back + keep + step: False,
            },
        )
    missing = f"1x9 0x{wait // step + 1} _x{keep // step - 1} 0x100"
    away = dead + (wait // step + 2) * step
    yield Case(
        name="on-call restarts meanwhile",
        alert="DatabaseDown",
        step=step,
        series={alone("postgres_up"): missing},
        fired={away + keep // 2: True, away + keep + 2 * step: True},
    )
    yield never("nobody measures", "DatabaseDown", {f"up{{{OURS}}}": "0x100"}, 4 * wait, step)
    flaps = {alone("postgres_up"): "1x2 0x1 1x2 0x1 1x2 0x1 1x50"}
    yield never("a target that flaps", "DatabaseDown", flaps, 10 * step, step)


def counters(timings: Timings) -> Iterator[Case]:
    step, window = timings.scrape, timings.deadlock_window
    once, several = alone("postgres_deadlocks_total"), f'pg_stat_database_deadlocks{{{THEIRS},datname="tixmaster"}}'
    steps = window // step
    for metric in (once, several):
        yield Case(
            name=f"three deadlocks in the window: {metric}",
            alert="Deadlocks",
            step=step,
            series={metric: f"7x9 8 9 10x{2 * steps}"},
            fired={11 * step: False, 12 * step: True, 8 * step + window: True, 14 * step + window: False},
        )
    until = 2 * window
    yield never("two deadlocks", "Deadlocks", {once: f"7x9 8 9x{2 * steps}"}, until, step)
    yield never("the statistics are reset", "Deadlocks", {once: f"70x9 0x{2 * steps}"}, until, step)
    yield never("no deadlocks, no data", "Deadlocks", {}, until, step)
    yield from rollbacks(timings)


def rollbacks(timings: Timings) -> Iterator[Case]:
    """The share of one window must be too high for `rollback_for`, and of enough transactions."""
    step, window, wait = timings.scrape, timings.rollback_window, timings.rollback_for
    good, bad = alone("postgres_commits_total"), alone("postgres_rollbacks_total")
    theirs = [f'pg_stat_database_xact_{kind}{{{THEIRS},datname="tixmaster"}}' for kind in ("commit", "rollback")]
    steps, calm = 2 * (window + wait) // step, window // step
    begun, late = (calm + 1) * step, (calm + steps) * step
    too_many = math.ceil(window * 4 / 9 / step) * step  # 25 t / (100 window + 25 t) exceeds a tenth from then on
    for commits, undone in ((good, bad), theirs):
        yield Case(
            name=f"a fifth is rolled back: {undone}",
            alert="RollbackRatioHigh",
            step=step,
            series={
                commits: f"0+{100 * step}x{calm + 2 * steps}",
                undone: f"0x{calm} 0+{25 * step}x{steps} {25 * step * steps}x{steps}",
            },
            fired={
                begun + too_many + wait - step: False,
                begun + too_many + wait: True,
                late: True,
                late + window + 2 * step: False,
            },
        )
    for name, kept, lost in (("a tenth", 9, 1), ("less", 95, 5)):
        series = {good: f"0+{kept * 10 * step}x{steps}", bad: f"0+{lost * 10 * step}x{steps}"}
        yield never(f"{name} is rolled back", "RollbackRatioHigh", series, steps * step, step)
    few = {good: f"0+0x{steps}", bad: f"0+{90 / (window / step)}x{steps}"}
    yield never("90 transactions say nothing", "RollbackRatioHigh", few, steps * step, step)
    yield never("no transactions", "RollbackRatioHigh", {good: f"5x{steps}", bad: f"5x{steps}"}, steps * step, step)


def disks(timings: Timings) -> Iterator[Case]:
    """In larger steps than those of the scrapes, as the window is long."""
    step = max(timings.disk_window // 180, timings.scrape)
    window, ahead, wait = timings.disk_window, timings.disk_ahead, timings.disk_for
    steps = (window + wait) // step
    size, end = {SIZE: f"{100 * GIB}x{3 * steps}"}, steps * step

    def falling(free: float, full_in: float) -> str:
        """A disk that at the end of the steps has `free` GiB left and `full_in` seconds to go."""
        per_step = free * GIB / full_in * step
        return f"{free * GIB + per_step * steps:.0f}-{per_step:.0f}x{steps}"

    def case(name: str, free: str, fired: dict[int, bool]) -> Case:
        return Case(name=name, alert="DiskWillFill", step=step, series={FREE: free, **size}, fired=fired)

    yield case("full before the time is over", falling(20, ahead * 0.9), {end: True})
    yield case("full a little later", falling(20, ahead * 1.1), {end: False})
    yield case("most of it is free", falling(41, ahead * 0.9), {end: False})
    seen = window // 2 // step
    fresh = f"{20 * GIB}-{20 * GIB / (ahead / step):.0f}x{seen - 2}"
    yield case("a fresh series falls", fresh, {(seen - 2) * step: False})
    cleaned = f"{falling(20, ahead * 0.9)} {38 * GIB}x{steps}"
    recent = timings.disk_recent_window + 2 * step
    yield case("somebody made room", cleaned, {end: True, end + recent: False, 2 * end: False})
    stopped = f"{falling(10, ahead / 2)} {10 * GIB}x{steps}"
    yield case("it has stopped growing", stopped, {end: True, end + recent: False, 2 * end: False})
    fast = timings.disk_recent_window // step
    copied = f"{35 * GIB}x{steps} {35 * GIB}-{15 * GIB // fast}x{fast} {20 * GIB}x{steps}"
    yield case("a large file is copied", copied, {end + n * step: False for n in range(2 * fast)})
    sawtooth = " ".join([f"{30 * GIB}-{30 * GIB * step / ahead:.0f}x{steps // 12}"] * 24)
    yield case("it is cleaned again and again", sawtooth, {moment * end // 4: False for moment in range(1, 8)})
    yield case("little is left, however slowly it goes", f"{4.9 * GIB:.0f}x{steps}", {wait - step: False, end: True})
    yield case("five per cent are allowed", f"{5 * GIB}x{steps}", {end: False})
    yield case("there is room again", f"{4 * GIB}x{steps} {20 * GIB}x9", {end: True, end + 2 * step: False})
    yield never("nobody looks at the disk", "DiskWillFill", {}, end, step)
    device = f'{HOST},device="/dev/vda",fstype="ext4"'
    theirs = {
        f'node_filesystem_{metric}{{{device},mountpoint="{place}"}}': f"{value}x{steps}"
        for place in ("/", "/var/lib/docker")
        for metric, value in (("avail_bytes", 4 * GIB), ("size_bytes", 100 * GIB), ("readonly", 0))
    }
    memory = f'node_filesystem_avail_bytes{{{HOST},device="tmpfs",fstype="tmpfs",mountpoint="/run"}}'
    yield Case(
        name="two mounts of a device are one disk",
        alert="DiskWillFill",
        step=step,
        series={**theirs, memory: f"0x{steps}", memory.replace("avail", "size"): f"{GIB}x{steps}"},
        fired={end: True},
    )


def test_postgres_alerts(bench: Bench) -> None:
    """Each fires, not before its time, not at the boundary, ends, and is silent without data."""
    timings = bench.timings
    cases = [*down(timings), *connections(timings), *gauges(timings), *counters(timings)]
    hold(bench.folder, bench.config, timings, "postgres", cases)
    assert {case.alert for case in cases if any(case.fired.values())} == {
        *("DatabaseDown", "ConnectionsHigh", "ConnectionsExhausted"),
        *("LongTransaction", "Deadlocks", "RollbackRatioHigh"),
    }


def test_a_disk_that_fills_up(bench: Bench) -> None:
    """Told of while there is time; neither a fresh series, nor a copied file, nor a disk that is cleaned is a trend."""
    hold(bench.folder, bench.config, bench.timings, "host", list(disks(bench.timings)))
    assert bench.timings.disk_window <= 6 * HOUR
    assert bench.timings.disk_recent_window <= 30 * MINUTE
