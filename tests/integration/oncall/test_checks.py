"""Checks over a real Supervisor and a real Prometheus."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.looking import Look, looking

from tixmaster.stack.config import Config
from tixmaster.stack.managers import manager_of
from tixmaster.stack.programs import Program

from .conftest import Supervise
from .test_prometheus import prometheus

STAYS = "import signal, subprocess, sys; subprocess.Popen([sys.executable, '-c', 'input()']); signal.pause()"


@pytest.fixture
def look(config: Config) -> Look:
    """Looks at the module's stack."""
    return looking(config)


@pytest.fixture(scope="module")
def backend(config: Config, supervise: Supervise) -> None:
    """A small process with a child under the real Supervisor, started."""
    supervise(Program(service="backend", command=[sys.executable, "-c", STAYS]))
    manager_of(config, "backend").start()


@pytest.fixture(scope="module")
def metrics(config: Config) -> Iterator[None]:
    """A real Prometheus."""
    if shutil.which("prometheus") is None:
        pytest.skip("prometheus is not installed")
    with prometheus(config):
        yield


@pytest.mark.usefixtures("backend")
def test_a_process_is_measured_with_its_children(look: Look) -> None:
    """The reason names the service and the process, not who keeps it."""
    found = look("process", service="backend")
    value = found.value
    assert (found.status, value["running"], value["state"]) == ("ok", True, "running")
    assert found.reason == f"tixmaster-backend is running, process {value['pid']}"
    assert value["memory_mb"] > 5
    assert value["threads"] >= 2
    assert value["open_files_limit"] > value["open_files"] > 0
    assert 0 <= value["uptime_seconds"] < 120


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize(
    ("threshold", "said"),
    [
        ({"memory_mb_below": 1}, "MB (limit 1 MB)"),
        ({"restarted_within": 600}, "it was started"),
        ({"open_files_ratio_below": 0.0000001}, "files are open"),
    ],
)
def test_a_threshold_that_is_passed_is_a_failure(look: Look, threshold: dict[str, Any], said: str) -> None:
    """It runs, but."""
    found = look("process", service="backend", **threshold)
    assert found.status == "failed"
    assert said in found.reason
    assert look("process", service="backend", cpu_percent_below=100000, memory_mb_below=100000).status == "ok"


@pytest.mark.usefixtures("backend")
def test_a_restart_is_a_change(look: Look, config: Config) -> None:
    """So is every start that Supervisor noted; the file that describes the stack was written as well."""
    manager_of(config, "backend").restart()
    found = look("changes", service="backend", began=datetime.now(UTC))
    kinds = {change["kind"] for change in found.value["changes"]}
    assert {"service", "configuration"} <= kinds
    assert found.value["count"] >= 3
    assert found.value["latest_seconds_before"] < 60


@pytest.mark.usefixtures("backend")
def test_a_process_that_is_not_there(look: Look, config: Config) -> None:
    """What its manager knows about its end is said."""
    manager_of(config, "backend").stop()
    found = look("process", service="backend")
    assert found.status == "failed"
    assert re.fullmatch(r"tixmaster-backend is not running; stopped \d\d:\d\d:\d\d", found.reason)
    assert (found.value["running"], found.value["pid"], found.value["cpu_percent"]) == (False, 0, None)
    assert found.value["detail"].startswith("not running; stopped ")
    manager_of(config, "backend").start()


@pytest.mark.usefixtures("metrics")
@pytest.mark.parametrize(
    ("params", "status", "reason"),
    [
        ({"query": "vector(0.384)", "unit": "percent"}, "ok", "38.4 %"),
        ({"query": "vector(0.384)", "below": 0.05, "unit": "percent"}, "failed", "38.4 %, not below 5.0 %"),
        ({"query": "vector(3)", "above": 3}, "failed", "3, not above 3"),
        ({"query": "vector(3)", "above": 2, "below": 4}, "ok", "3"),
        ({"query": "vector(0.25)", "unit": "seconds"}, "ok", "250 ms"),
        ({"query": "vector(3221225472)", "unit": "bytes"}, "ok", "3 GiB"),
        ({"query": "vector(5)", "offsets": ["1w", "2w"], "ratio": 0.5}, "ok", "5, usually 5"),
    ],
)
def test_a_query_against_thresholds(look: Look, params: dict[str, Any], status: str, reason: str) -> None:
    """They say how it should be; the reason says how it is, with its unit."""
    found = look("query", **params)
    assert (found.status, found.reason) == (status, reason)


@pytest.mark.usefixtures("metrics")
def test_a_query_against_the_same_time_of_earlier_days(look: Look) -> None:
    """The median of the offsets; `time()` was smaller by exactly them."""
    now = datetime.fromtimestamp(1_000_000, UTC)
    fell = look("query", query="1000000 - time()", offsets=["1h", "2h", "4h"], ratio=0.5, now=now)
    assert fell.value["baseline"] == 7200
    assert fell.status == "failed"
    assert fell.reason.endswith("which is less than 50% of it")


@pytest.mark.usefixtures("metrics")
@pytest.mark.parametrize("wanted", ["error", "failed", "ok"])
def test_no_data_is_an_outcome_of_its_own(look: Look, wanted: str) -> None:
    """What it means is the document's business."""
    found = look("query", query="orders_that_nobody_counts", no_data=wanted)
    assert (found.status, found.value["no_data"], found.value["number"]) == (wanted, True, None)


@pytest.mark.usefixtures("metrics")
def test_a_query_that_is_none_and_one_that_is_ambiguous(look: Look) -> None:
    """Both are errors that say what to write."""
    assert "parse error" in look("query", query="sum(").reason
    two = 'label_replace(vector(1), "a", "1", "", "") or vector(2)'
    assert "has 2 results and must have one" in look("query", query=two).reason


@pytest.mark.usefixtures("metrics")
def test_the_onset_is_the_start_of_the_last_stretch(look: Look) -> None:
    """To the step of two seconds."""
    began = datetime.now(UTC) - timedelta(minutes=5)
    found = look("onset", query=f"vector(time()) > {began.timestamp()}")
    assert found.status == "ok"
    assert abs(datetime.fromisoformat(found.value["started_at"]) - began) < timedelta(seconds=3)
    assert look("onset", query="vector(1) < 0").status == "error"
