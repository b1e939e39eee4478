"""What changed first, asked of a real Prometheus with a past of our own making."""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec
import pytest

from tixmaster.oncall.evidence import monitoring
from tixmaster.oncall.evidence.first_change import FirstChange
from tixmaster.oncall.evidence.taken import Sight, Taken
from tixmaster.stack import health
from tixmaster.stack.config import Config

STEP, LENGTH = 5, 900
TROUBLE = 120
"""So many seconds ago it is known to have begun."""


def _past(now: int) -> str:
    """Fifteen minutes of a backend: its pool fills, ten seconds later its errors begin."""
    dice, errors, requests = random.Random(5), 0, 0
    lines: dict[str, list[str]] = {}
    for moment in range(now - LENGTH, now + 1, STEP):
        late = now - moment <= TROUBLE
        errors += dice.randint(6, 12) if late else 0
        requests += dice.randint(40, 60)
        full = now - moment <= TROUBLE + 10
        values = {
            "up": 1,
            "pool_in_use": 20 if full else dice.randint(2, 4),
            'http_requests_total{status="500"}': errors,
            'http_requests_total{status="200"}': requests,
            "process_resident_memory_bytes": 9e7 + dice.randint(0, 10**6),
        }
        for name, value in values.items():
            bare, _, labels = name.removesuffix("}").partition("{")
            more = f",{labels}" if labels else ""
            lines.setdefault(name, []).append(f'{bare}{{service="backend"{more}}} {value} {moment}')
    return "\n".join([line for series in lines.values() for line in series] + ["# EOF\n"])


@contextmanager
def running(config: Config, now: int) -> Iterator[None]:
    if shutil.which("promtool") is None:
        pytest.skip("prometheus is not installed")
    text, blocks, settings = config.root / "past.txt", config.root / "blocks", config.root / "prometheus.yml"
    text.write_text(_past(now))
    settings.write_text("scrape_configs: []\n")
    written = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", str(text), str(blocks)]
    subprocess.run(written, check=True, timeout=300)
    place = config.services.prometheus
    address = f"--web.listen-address={place.host}:{place.port}"
    command = ["prometheus", f"--config.file={settings}", f"--storage.tsdb.path={blocks}", address, "--log.level=error"]
    server = subprocess.Popen(command)
    try:
        assert health.wait(config, "prometheus", 120).healthy
        yield
    finally:
        server.terminate()
        server.wait(20)


def test_the_first_change_is_found_among_all_series(config: Config) -> None:
    """The pool, then the errors, each to the scrape; what stayed as it was is not named."""
    now = int(time.time()) // STEP * STEP
    began = datetime.fromtimestamp(now - TROUBLE, UTC)
    incident = {"service": "backend", "started_at": began, "alertname": "HighErrorRate"}
    sight = Sight(config=config, incident=incident, alerts=[], findings=[], now=datetime.fromtimestamp(now, UTC))
    with running(config, now):
        (item,) = monitoring.changed_first(sight)
    assert isinstance(item, Taken)
    found = msgspec.json.decode(item.content, type=FirstChange)
    assert [(one.metric, one.labels.get("status")) for one in found.changes] == [
        ("pool_in_use", None),
        ("http_requests_total", "500"),
    ]
    assert [now - one.at.timestamp() for one in found.changes] == [TROUBLE + 10, TROUBLE]
    assert found.first == found.changes[0]
    assert found.step_seconds == STEP
