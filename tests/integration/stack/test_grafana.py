"""Grafana's container in a real Docker Engine.

The image is a stand-in of the pinned name that answers as Grafana does and refuses to start unless its files are as
Grafana needs them; everything around it is real.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from tests.conftest import make_config
from tests.engine import docker, image
from tests.system import placed, tix

from tixmaster.stack import secrets
from tixmaster.stack.config import Config, Service
from tixmaster.stack.grafana import container
from tixmaster.stack.grafana.container import IMAGE, NAME
from tixmaster.stack.ports import unused

STAND_IN = """#!/bin/sh
test -s "$GF_SECURITY_ADMIN_PASSWORD__FILE" || { echo "no password"; exit 1; }
test -s "$GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH" || { echo "no dashboard"; exit 1; }
test -r /etc/grafana/provisioning/datasources/prometheus.yml || { echo "no data source"; exit 1; }
echo kept >>/var/lib/grafana/grafana.db || exit 1
if echo x 2>/dev/null >/etc/grafana/provisioning/x; then echo "can write its settings"; exit 1; fi
trap "exit 0" TERM
/bin/busybox httpd -f -h /www -p "$GF_SERVER_HTTP_ADDR:$GF_SERVER_HTTP_PORT" &
wait
"""


@pytest.fixture
def engine(docker_engine: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The engine, with the image and without containers."""
    monkeypatch.setenv("DOCKER_HOST", docker_engine)
    docker("import", "--change", 'ENTRYPOINT ["/bin/sh", "/run.sh"]', "-", IMAGE, given=image(STAND_IN))
    yield
    with suppress(subprocess.CalledProcessError):
        docker("rm", "--force", NAME)


def test_the_container_starts_is_kept_and_is_removed(engine: None, config: Config) -> None:
    """It reads its files and writes its data as an ordinary user; a second start leaves it alone."""
    assert container.start(config) is None
    assert container.await_health(config) is None
    first = docker("inspect", "--format", "{{.Id}} {{.Config.User}}", NAME)
    assert not first.endswith(" 0\n")
    assert container.start(config) is None
    assert docker("inspect", "--format", "{{.Id}} {{.Config.User}}", NAME) == first
    assert container.stop(config)
    assert docker("ps", "--all", "--quiet") == ""
    assert not container.stop(config)


def test_new_settings_replace_the_container_and_keep_its_data(engine: None, config: Config) -> None:
    """Here another port; so does a container that ended."""
    assert container.start(config) is None
    assert container.await_health(config) is None
    services = msgspec.structs.replace(config.services, grafana=Service(port=unused(1)[0]))
    moved = msgspec.structs.replace(config, services=services)
    assert container.start(moved) is None
    assert container.await_health(moved) is None
    docker("kill", NAME)
    assert container.start(moved) is None
    assert container.await_health(moved) is None
    assert (config.var / "grafana" / "data" / "grafana.db").read_text() == "kept\n" * 3


def test_the_container_of_another_checkout_is_left_alone(engine: None, config: Config, tmp_path: Path) -> None:
    """It is named with its state folder; `tix down` here does not end it there."""
    assert container.start(config) is None
    other = make_config(tmp_path / "other")
    said = container.start(other)
    assert said is not None
    assert f"belongs to {config.var};" in said
    assert not container.stop(other)
    assert container.await_health(config) is None


def test_without_the_image_the_command_that_fetches_it_is_said(engine: None, config: Config) -> None:
    """Nothing is fetched unasked."""
    docker("rmi", IMAGE)
    said = container.start(config)
    assert said == f"its image is not on this machine; `docker pull {IMAGE}`, then tix up again"


def test_a_taken_port_is_said_before_anything_runs(engine: None, config: Config) -> None:
    """Another Grafana's health must not pass for ours."""
    assert container.start(config) is None
    assert container.await_health(config) is None
    docker("rename", NAME, "stranger")
    try:
        said = container.start(config)
        assert said is not None
        assert f"port {config.services.grafana.port} is taken by" in said
    finally:
        docker("rm", "--force", "stranger")


def test_a_container_that_ends_is_told_at_once(engine: None, config: Config) -> None:
    """With the command that shows its last words."""
    docker("import", "--change", 'ENTRYPOINT ["/bin/busybox", "false"]', "-", IMAGE, given=image(STAND_IN))
    assert container.start(config) is None
    began = time.monotonic()
    said = container.await_health(config)
    assert time.monotonic() - began < container.HEALTHY_SECONDS / 2
    assert said is not None
    assert said.endswith(f"`docker logs {NAME}` says why")
    assert f"the container {NAME} ended" in said


def test_up_runs_grafana_and_down_removes_it(engine: None, tmp_path: Path) -> None:
    """Its log-in is among the addresses, and status lists it."""
    config = placed(tmp_path, 'timing = "drill"')
    try:
        done = tix(config, "up")
        assert done.returncode == 0, done.stderr
        (line,) = [line for line in done.stdout.splitlines() if "Grafana" in line]
        assert line.split() == [
            "Grafana",
            config.url("grafana"),
            "admin,",
            "password",
            "in",
            "var/secrets/grafana-password",
        ]
        assert secrets.read(config, "grafana-password") not in docker("inspect", NAME)
        services = json.loads(tix(config, "status", "--json").stdout)["services"]
        assert "tixmaster-grafana" in {item["name"] for item in services}
    finally:
        assert tix(config, "down").returncode == 0
    assert docker("ps", "--all", "--quiet") == ""


def test_up_without_the_image_is_no_failure(engine: None, tmp_path: Path) -> None:
    """It says what is lost and what to do."""
    docker("rmi", IMAGE)
    config = placed(tmp_path, 'timing = "drill"')
    try:
        done = tix(config, "up")
        assert done.returncode == 0, done.stderr
        assert "Grafana is left out (all else runs; the console shows each incident's graphs)" in done.stdout
        assert f"`docker pull {IMAGE}`, then tix up again" in done.stdout
    finally:
        tix(config, "down")
