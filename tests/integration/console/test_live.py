"""Events reach open pages, and end when the process is asked to stop. In a process of its own, as `tix up` runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from tixmaster.stack import secrets
from tixmaster.stack.config import Config

from .conftest import webhook

START_SECONDS = 120
STOP_SECONDS = 10.0
SERVE = """
import sys, msgspec
from pathlib import Path
from tixmaster.console.server import serve
from tixmaster.stack.config import Config
def path(kind, value):
    return Path(value)
serve(msgspec.json.decode(sys.argv[1], type=Config, dec_hook=path))
"""


@pytest.fixture
def process(config: Config, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The on-call process, healthy."""
    described = msgspec.json.encode(config, enc_hook=str).decode()
    with (tmp_path / "oncall.txt").open("wb") as said:
        started = subprocess.Popen([sys.executable, "-c", SERVE, described], stdout=said, stderr=said, env=os.environ)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _healthy(config):
            assert started.poll() is None, (tmp_path / "oncall.txt").read_text()
            assert time.monotonic() < deadline, "not healthy in time"
        yield started
    finally:
        started.kill()
        started.wait()


def _healthy(config: Config) -> bool:
    try:
        return httpx.get(config.url("oncall", "/health"), timeout=2).status_code == 200
    except httpx.HTTPError:
        time.sleep(0.1)
        return False


def _changes(lines: Iterator[str]) -> Iterator[str]:
    """The data of the events that tell of incidents; others tell of services."""
    event = ""
    for line in lines:
        if line.startswith("event: "):
            event = line.removeprefix("event: ")
        elif line.startswith("data: ") and event == "change":
            yield line


def test_a_change_is_an_event_and_a_signal_ends_the_stream(config: Config, process: subprocess.Popen[bytes]) -> None:
    """A page that is open hears of a new incident within a second or so; SIGTERM ends stream and process."""
    token = {"Authorization": f"Bearer {secrets.read(config, 'webhook-token')}"}
    with httpx.Client(base_url=config.url("oncall"), timeout=5) as client:
        page = client.get("/login")
        form = {
            "_csrf_token": page.text.split('name="_csrf_token" value="')[1].split('"')[0],
            "name": "admin",
            "password": secrets.read(config, "console-password"),
        }
        assert client.post("/login", data=form).status_code == 303
        with client.stream("GET", "/live") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = _changes(stream.iter_lines())
            assert next(lines) == "data: 0"
            began = time.monotonic()
            assert client.post("/webhook/alertmanager", content=webhook(), headers=token).status_code == 200
            assert int(next(lines).removeprefix("data: ")) > 0
            assert time.monotonic() - began < 8
            process.send_signal(signal.SIGTERM)
            for _ in lines:
                pass
    assert process.wait(timeout=STOP_SECONDS) == 0


def test_prometheus_beside_us_reads_our_numbers(config: Config, process: subprocess.Popen[bytes]) -> None:
    """On-call's own metrics, those of its HTTP server, and the webhook's counters from the start."""
    answer = httpx.get(config.url("oncall", "/metrics"), timeout=5)
    assert answer.headers["content-type"] == "text/plain; version=1.0.0; charset=utf-8"
    for series in (
        "oncall_incidents_open 0.0",
        'http_response_status_code="500",http_route="/webhook/alertmanager"',
        "process_resident_memory_bytes",
    ):
        assert series in answer.text


def test_a_second_process_on_the_same_state_is_refused(config: Config, process: subprocess.Popen[bytes]) -> None:
    """Two would carry out the same run twice."""
    described = msgspec.json.encode(config, enc_hook=str).decode()
    second = subprocess.run([sys.executable, "-c", SERVE, described], capture_output=True, timeout=START_SECONDS)
    assert second.returncode == 1
    assert b"on-call is already running" in second.stderr
