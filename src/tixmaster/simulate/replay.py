"""The made-up past in a real Prometheus: written as TSDB blocks by promtool, asked over HTTP."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from tixmaster.simulate.errors import SimulationError
from tixmaster.simulate.judge import Minutes
from tixmaster.simulate.levels import levels
from tixmaster.simulate.shops import Shop, write
from tixmaster.simulate.trade import OnSale
from tixmaster.stack import packages
from tixmaster.stack.errors import UnreachableError
from tixmaster.stack.monitoring.client import Prometheus, Series
from tixmaster.stack.monitoring.model import Recording
from tixmaster.stack.ports import unused
from tixmaster.stack.programs import PROMETHEUS_NAMES, installed

BLOCK: Final = "2000h"
"""One block for all: promtool reads the whole input once for every block."""
POINTS: Final = 10_000
"""Prometheus answers at most 11,000 points a series."""
START_SECONDS: Final = 60.0
LONG_SECONDS: Final = 300.0


class Past:
    """A Prometheus that remembers a simulation. Minute 0 is `begins`."""

    def __init__(self, folder: Path, begins: datetime) -> None:
        self._folder, self._begins = folder, begins
        self._port = unused(1)[0]
        self._process: subprocess.Popen[bytes] | None = None
        self._prometheus = Prometheus(f"http://127.0.0.1:{self._port}", timeout=LONG_SECONDS)

    def holds(self, expr: str, stretch: range) -> dict[str, Minutes]:
        """Where `expr` has a result, minute by minute, for each shop that ever has one."""
        found: dict[str, Minutes] = {}
        for one in self._values(expr, stretch):
            held = found.setdefault(one.labels.get("env", ""), np.zeros(len(stretch), dtype=np.bool_))
            held[np.rint((np.array(one.times) - self._at(stretch.start)) / 60).astype(np.int64)] = True
        return found

    def record(self, recordings: Iterable[Recording], stretches: Sequence[range]) -> None:
        """Writes down what the rules would have recorded in these stretches, as Prometheus itself evaluates them."""
        stretches = _in_order(stretches)
        for level in levels(recordings):
            path = self._folder / "recorded.om"
            with path.open("w") as file:
                for name in dict.fromkeys(recording.name for recording in level):
                    file.write(f"# TYPE {name} gauge\n")
                    for recording in (one for one in level if one.name == name):
                        for stretch in stretches:
                            for one in self._values(recording.expr, stretch):
                                labels = one.labels | dict(recording.labels)
                                told = ",".join(f'{key}="{value}"' for key, value in labels.items())
                                file.writelines(
                                    f"{name}{{{told}}} {value!r} {moment:.0f}\n"
                                    for moment, value in zip(one.times, one.values, strict=True)
                                )
                file.write("# EOF\n")
            self.take_in(path)
            self.stop()  # new blocks are read at the start
            self.start()

    def take_in(self, path: Path) -> None:
        """Turns OpenMetrics text into a block; the file is gone afterwards."""
        _promtool("tsdb", "create-blocks-from", "openmetrics", "--quiet", str(path), str(self._folder / "data"))
        path.unlink()

    def start(self) -> None:
        """Returns when it answers."""
        program = installed(PROMETHEUS_NAMES)
        if program is None:
            raise _missing()
        (self._folder / "prometheus.yml").write_text("{}\n")
        command = [
            program,
            f"--config.file={self._folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={self._folder / 'data'}",
            "--storage.tsdb.retention.time=10y",
            f"--web.listen-address=127.0.0.1:{self._port}",
            f"--query.timeout={LONG_SECONDS:.0f}s",
            "--log.level=warn",
        ]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            with suppress(UnreachableError):
                if self._prometheus.ready():
                    return
            time.sleep(0.02)
        words = (self._folder / "log").read_text()[-800:]
        raise SimulationError(f"Prometheus did not start on the simulated past. Its last words:\n{words}")

    def stop(self) -> None:
        """Ends it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    def _values(self, expr: str, stretch: range) -> Iterator[Series]:
        for start in range(stretch.start, stretch.stop, POINTS):
            last = min(start + POINTS, stretch.stop) - 1
            begin, end = (datetime.fromtimestamp(self._at(minute), UTC) for minute in (start, last))
            yield from self._prometheus.query_range(expr, begin, end, 60)

    def _at(self, minute: int) -> float:
        return (self._begins + timedelta(minutes=minute)).timestamp()


@contextmanager
def replayed(shops: Mapping[str, Shop], on_sales: Sequence[OnSale], weeks: int, now: datetime) -> Iterator[Past]:
    """The shops' last weeks up to this Monday in a Prometheus of their own, which is gone afterwards.

    Raises `SimulationError`.
    """
    monday = datetime(now.year, now.month, now.day, tzinfo=UTC) - timedelta(days=now.weekday())
    begins = monday - timedelta(weeks=weeks)
    with tempfile.TemporaryDirectory(prefix="tix-simulate-") as place:
        past = Past(Path(place), begins)
        text = Path(place) / "past.om"
        with text.open("w") as file:
            write(file, shops, on_sales, int(begins.timestamp()))
        past.take_in(text)
        try:
            past.start()
            yield past
        finally:
            past.stop()


def _in_order(stretches: Iterable[range]) -> list[range]:
    """The same minutes without overlaps; a block takes the samples of a series in the order of time."""
    found: list[range] = []
    for stretch in sorted(stretches, key=lambda one: one.start):
        if found and stretch.start <= found[-1].stop:
            found[-1] = range(found[-1].start, max(found[-1].stop, stretch.stop))
        else:
            found.append(stretch)
    return found


def _promtool(*arguments: str) -> None:
    program = installed(("promtool",))
    if program is None:
        raise _missing()
    command = [program, *arguments, f"--max-block-duration={BLOCK}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONG_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise SimulationError(
            f"promtool did not write the past within {LONG_SECONDS:.0f} s. Is the machine busy, or the disk slow?"
        ) from error
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip()[-500:]
        raise SimulationError(f"promtool could not write the past: {words}. Is there room in the temporary folder?")


def _missing() -> SimulationError:
    still = [package for package in packages.missing() if package.service == "prometheus"]
    return SimulationError(f"Prometheus is not installed.\n  what to do  {packages.advice(still)}")
