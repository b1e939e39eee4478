"""A real Prometheus with a past: an hour of the series that the rules record, written as blocks."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tixmaster.stack import health
from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import series

STEP, HOUR = 15, 3600
STARTED_BEFORE = 1800
"""How long before the present moment the backend started."""


def _past(now: int) -> dict[str, float]:
    """The series and their values, which stay the same all the time."""
    backend = 'service="backend",env="local"'
    seats = {"sold": 30.0, "held": 4.0, "left": 66.0}
    return {
        f"{series.ERROR_RATIO}{{{backend}}}": 0.03,
        f"{series.LATENCY_P95}{{{backend}}}": 0.02,
        f'{series.REQUEST_RATE}{{{backend},class="2xx"}}': 20.0,
        f'{series.REQUEST_RATE}{{{backend},class="5xx"}}': 0.6,
        f"process_start_time_seconds{{{backend}}}": float(now - STARTED_BEFORE),
        f"up{{{backend}}}": 1.0,
        **{
            f'{series.SEATS}{{{backend},event="Finals",event_id="4",state="{state}"}}': value
            for state, value in seats.items()
        },
    }


@contextmanager
def running(config: Config, folder: Path) -> Iterator[None]:
    """Prometheus at its place in the configuration, for the length of the block."""
    if shutil.which("promtool") is None:
        pytest.skip("prometheus is not installed")
    now = int(time.time()) // STEP * STEP
    text, blocks, settings = folder / "past.txt", folder / "blocks", folder / "prometheus.yml"
    lines = [
        f"{name} {value} {moment}"
        for name, value in _past(now).items()
        for moment in range(now - HOUR, now + 2 * STEP, STEP)
    ]
    text.write_text("\n".join([*lines, "# EOF\n"]))
    settings.write_text("scrape_configs: []\n")
    written = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", str(text), str(blocks)]
    subprocess.run(written, check=True, timeout=300)
    place = config.services.prometheus
    server = subprocess.Popen(
        [
            "prometheus",
            f"--config.file={settings}",
            f"--storage.tsdb.path={blocks}",
            f"--web.listen-address={place.host}:{place.port}",
            "--log.level=error",
        ]
    )
    try:
        assert health.wait(config, "prometheus", 120).healthy
        yield
    finally:
        server.terminate()
        server.wait(20)
