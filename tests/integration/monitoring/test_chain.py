"""The check monitoring over the real Prometheus and Alertmanager: each link broken in turn is found, and named first."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.looking import looking

from tixmaster.oncall.checks import Finding
from tixmaster.stack import ports
from tixmaster.stack.config import Config

from .conftest import Web, eventually

if TYPE_CHECKING:
    from .conftest import Stack


def look(config: Config, **params: Any) -> Finding:
    return looking(config)("monitoring", timeout=4, **params)


def moved(config: Config, service: str) -> Config:
    """The same stack, in which a service is looked for where nobody is."""
    place = msgspec.structs.replace(getattr(config.services, service), port=ports.unused(1)[0])
    return msgspec.structs.replace(config, services=msgspec.structs.replace(config.services, **{service: place}))


@contextmanager
def grafana(config: Config, answers: Callable[[str, str], tuple[int, bytes]]) -> Iterator[None]:
    """Something that answers as Grafana does: to a path and the Authorization header."""

    def answer(request: BaseHTTPRequestHandler) -> bytes:
        status, body = answers(request.path, request.headers.get("Authorization", ""))
        if status != 200:
            request.send_error(status, body.decode())
        return body

    web = Web(config.services.grafana.port, answer)
    try:
        yield
    finally:
        web.stop()


def test_every_link_works(stack: Stack) -> None:
    """Grafana, which is not there, breaks nothing unless the step wants it."""
    eventually(lambda: look(stack.config).status == "ok", within=120)
    found = look(stack.config)
    value = found.value
    assert (value["broken"], value["targets"], value["targets_up"]) == ("", 4, 4)
    assert all(value[name] for name in ("samples_fresh", "rules_healthy", "alertmanager_connected", "webhook_works"))
    assert (found.reason, value["grafana_broken"]) == ("every link works, 4 of 4 targets up", "grafana")
    wanted = look(stack.config, grafana=True)
    assert (wanted.status, wanted.value["broken"]) == ("failed", "")
    assert "Grafana at http" in wanted.reason


@pytest.mark.parametrize(
    ("service", "link", "said"),
    [
        ("prometheus", "scrape", "Prometheus at .* does not answer"),
        ("alertmanager", "notify", "Alertmanager at .* does not answer"),
        ("oncall", "on-call", "on-call at .* does not answer"),
    ],
)
def test_a_server_that_is_away_is_the_broken_link(stack: Stack, service: str, link: str, said: str) -> None:
    """The rest of the chain is told all the same."""
    found = look(moved(stack.config, service))
    assert (found.status, found.value["broken"]) == ("failed", link)
    assert re.search(said, found.reason)


def test_a_service_that_is_down_is_not_the_monitorings_trouble(stack: Stack) -> None:
    """Its target is down, and that is right."""
    stack.backend_web.stop()
    try:
        eventually(lambda: look(stack.config).value["targets_down"] == ["backend"], within=120)
        found = look(stack.config)
        assert (found.status, found.value["broken"], found.value["targets_up"]) == ("ok", "", 3)
    finally:
        stack.backend_web.start()
    eventually(lambda: look(stack.config).value["targets_up"] == 4, within=120)


def test_a_target_that_answers_us_and_not_prometheus_is_a_broken_scrape(stack: Stack) -> None:
    """Here because it says what Prometheus does not understand."""
    stack.backend.noise = b"{{{ no metrics\n"
    try:
        eventually(lambda: look(stack.config).value["broken"] == "scrape", within=120)
        found = look(stack.config)
    finally:
        stack.backend.noise = b""
    assert found.value["targets_unscraped"] == ["backend"]
    assert found.reason.startswith("Prometheus cannot scrape backend, which answers on-call: ")
    eventually(lambda: look(stack.config).status == "ok", within=120)


def test_a_prometheus_that_hangs_is_not_waited_for(stack: Stack) -> None:
    """Stopped, it takes connections and says nothing; Grafana then has nothing to show."""
    port = stack.config.services.prometheus.port
    process = ports.holder(port).pid
    assert process is not None
    os.kill(process, signal.SIGSTOP)
    try:
        with grafana(stack.config, lambda *_: (200, b'{"database": "ok"}')):
            found = look(stack.config)
    finally:
        os.kill(process, signal.SIGCONT)
    assert (found.value["broken"], found.value["grafana_broken"]) == ("scrape", "data")
    assert found.value["alertmanager_ready"]
    eventually(lambda: look(stack.config).status == "ok", within=120)


@pytest.mark.parametrize(
    ("health", "broken", "said"),
    [
        ((200, b'{"database": "ok"}'), "", ""),
        ((503, b"connect: connection refused"), "data-source", "connection refused"),
        ((404, b"Data source not found"), "data-source", "not found"),
        ((401, b"Unauthorized"), "", "give a token by grafana_token_file"),
    ],
)
def test_grafana_shows_no_data_because(stack: Stack, health: tuple[int, bytes], broken: str, said: str) -> None:
    """Its data source is asked with the administrator's password."""
    asked: list[tuple[str, str]] = []

    def answers(path: str, authorization: str) -> tuple[int, bytes]:
        asked.append((path, authorization))
        return (200, b'{"database": "ok"}') if path == "/api/health" else health

    with grafana(stack.config, answers):
        found = look(stack.config)
    assert found.value["grafana_broken"] == broken
    assert found.value["grafana_data_source"] is (None if health[0] == 401 else health[0] == 200)
    assert asked[1][0] == "/api/datasources/uid/tixmaster-prometheus/health"
    assert asked[1][1].startswith("Basic ")
    assert said in found.reason


def test_something_else_on_grafanas_port(stack: Stack) -> None:
    """Binary noise is not Grafana."""
    with grafana(stack.config, lambda *_: (200, bytes(range(256)))):
        found = look(stack.config)
        wanted = look(stack.config, grafana=True)
    assert (found.status, found.value["grafana_broken"]) == ("ok", "grafana")
    assert "an answer of another shape" in wanted.reason


def test_the_token_of_somebody_elses_grafana(stack: Stack) -> None:
    """From a file; one that is missing is named."""
    path = stack.config.root / "token"
    path.write_text("glsa_x\n")
    asked: list[str] = []

    def answers(_path: str, authorization: str) -> tuple[int, bytes]:
        asked.append(authorization)
        return 200, b'{"database": "ok"}'

    with grafana(stack.config, answers):
        look(stack.config, grafana_token_file="token", grafana_data_source="p/1")
    assert asked[1] == "Bearer glsa_x"
    assert "cannot read Grafana's token" in look(stack.config, grafana_token_file="none").reason


def test_a_webhook_that_is_refused_is_a_delivery_that_fails(stack: Stack) -> None:
    """On-call answers, and the Watchdog has stopped coming through: Alertmanager's link is the broken one."""
    stack.oncall.refuses = True
    try:
        eventually(lambda: look(stack.config).value["broken"] == "deliver", within=120)
        found = look(stack.config)
    finally:
        stack.oncall.refuses = False
    assert found.value["delivery_failures"] >= 1
    assert not found.value["webhook_works"]
    assert "Alertmanager could not deliver: webhook" in found.reason
    eventually(lambda: look(stack.config).status == "ok", within=120)
