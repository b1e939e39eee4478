"""The log of a container, from a real Docker Engine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.engine import docker

from tixmaster.stack.config import Config, Service
from tixmaster.stack.errors import UnreachableError
from tixmaster.stack.logs import Source, sources
from tixmaster.stack.managers import ServiceManager

Contain = Callable[..., ServiceManager]

SPEAKS = """echo 'Error: boom' >&2; sleep 0.01; echo started; sleep 0.01; echo '    at place (orders.js:5)' >&2
echo '{"level":50,"msg":"late"}'; printf 'no end'"""


def source(config: Config, *, errors_only: bool = False) -> Source:
    """That of the container `shop`."""
    named = msgspec.structs.replace(config, others={"shop": Service(manager="docker")})
    (found,) = sources(named, "shop", errors_only)
    return found


def test_standard_output_and_error_are_read_together(contain: Contain, config: Config) -> None:
    """With the engine's times; a stack trace is one entry, whatever comes amid it, and the last line needs no end."""
    began = datetime.now(UTC)
    contain(SPEAKS)
    docker("wait", "shop")
    texts = ["started", "Error: boom\n    at place (orders.js:5)", '{"level":50,"msg":"late"}', "no end"]
    found = source(config).last(10)
    assert sorted(line.text for line in found) == sorted(texts)
    assert all(line.at is not None and began - timedelta(seconds=1) < line.at for line in found)
    assert len(source(config).last(2)) == 2
    errors = source(config, errors_only=True).window(began - timedelta(minutes=1), datetime.now(UTC))
    assert sorted(line.text for line in errors) == sorted(texts[1:3])
    assert list(source(config).window(began - timedelta(hours=2), began - timedelta(hours=1))) == []


def test_a_terminal_s_line_ends_are_not_shown(contain: Contain, config: Config) -> None:
    """With `--tty` the engine keeps one stream, as a terminal would have it."""
    contain("echo one; echo two", "--tty")
    docker("wait", "shop")
    assert [line.text for line in source(config).last(5)] == ["one", "two"]


def test_what_comes_is_followed_until_told_to_stop(contain: Contain, config: Config) -> None:
    """Not what was there before."""
    contain("trap 'echo goodbye; exit 0' TERM; echo old; while :; do sleep 0.1; echo tick; done")
    stop = threading.Event()
    found = source(config).follow(stop)
    assert [next(found), next(found)] == ["tick", "tick"]
    stop.set()
    assert all(line == "tick" for line in found)


def test_a_container_that_is_not_there_is_said(engine: str, config: Config) -> None:
    """And a log that its driver does not keep."""
    with pytest.raises(UnreachableError, match="Docker has no container shop"):
        source(config).last(5)
    docker(
        "run", "--detach", "--name", "shop", "--network", "host", "--log-driver", "none", "tixmaster-test:1", "echo x"
    )
    with pytest.raises(UnreachableError, match="name its files under `logs`"):
        source(config).last(5)
