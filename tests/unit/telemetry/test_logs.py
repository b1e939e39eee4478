"""The shape of a log line."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from tixmaster.telemetry import logs


@pytest.fixture
def output(tmp_path: Path) -> Iterator[logs.Output]:
    """Logging into `tmp_path`."""
    output = logs.configure(service="tixmaster-test", environment="local", folder=tmp_path)
    yield output
    structlog.reset_defaults()
    logging.captureWarnings(False)
    logging.basicConfig(handlers=[], force=True)


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    """The parsed lines of a log file."""
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def test_errors_go_to_both_files_and_the_rest_to_one(output: logs.Output, tmp_path: Path) -> None:
    """error.log holds errors only; combined.log everything."""
    log = structlog.get_logger()
    log.info("started", port=1)
    log.error("failed")
    output.close()
    assert [line["message"] for line in lines(tmp_path, "combined.log")] == ["started", "failed"]
    assert [line["message"] for line in lines(tmp_path, "error.log")] == ["failed"]


def test_a_line_carries_time_level_service_and_environment(output: logs.Output, tmp_path: Path) -> None:
    """The fields that every reader relies on, in a fixed order."""
    structlog.get_logger().info("started")
    output.close()
    line = lines(tmp_path, "combined.log")[0]
    assert list(line) == ["timestamp", "level", "message", "service", "environment"]
    assert line["timestamp"].endswith("Z")
    assert (line["level"], line["service"]) == ("info", "tixmaster-test")


def test_a_traceback_is_one_field_and_its_root_cause_another(output: logs.Output, tmp_path: Path) -> None:
    """Line-based readers keep whole records; `error` names what really failed."""
    try:
        try:
            raise ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 5432)")
        except OSError as error:
            raise RuntimeError("no database") from error
    except RuntimeError:
        structlog.get_logger().exception("broken")
    output.close()
    line = lines(tmp_path, "error.log")[0]
    assert line["error"] == "ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 5432)"
    assert line["exception"].startswith("Traceback")
    assert line["level"] == "error"


def test_loggers_of_libraries_are_heard(output: logs.Output, tmp_path: Path) -> None:
    """What asyncio or a driver reports lands in the same files, in the same shape."""
    logging.getLogger("asyncio").error("Task was %s", "destroyed")
    output.close()
    line = lines(tmp_path, "error.log")[0]
    assert (line["message"], line["logger"]) == ("Task was destroyed", "asyncio")
