"""The whole project as `docker compose up` starts it: our own image, real PostgreSQL, Prometheus and Alertmanager."""

from __future__ import annotations

import re
import sys
import time
from typing import Any

import msgspec
import pytest
from tests.integration.report.servers import eventually

from tixmaster.stack.containers import secrets

from .conftest import HERE, ROOT, SERVICES, Project, inspected

PORTS = {"backend": 3000, "oncall": 3002, "postgres": 5432, "prometheus": 9090, "alertmanager": 9093}
OURS = ("backend", "oncall", "mail")
STOP_SECONDS = 5.0
MAILS = "cat /var/lib/tixmaster/mail/new/* 2>&1 || true"
MOST_BYTES = 700_000_000


def asked(project: Project, address: str) -> Any:
    """The JSON behind an address of the published ports."""
    fetch = "import sys, urllib.request as r; sys.stdout.write(r.urlopen(sys.argv[1], timeout=5).read().decode())"
    return msgspec.json.decode(project.beside(sys.executable, "-c", fetch, address))


def scraped(project: Project) -> set[tuple[str, str]]:
    """The jobs that Prometheus scrapes, with what became of the last scrape."""
    targets = asked(project, "http://127.0.0.1:9090/api/v1/targets")["data"]["activeTargets"]
    return {(one["labels"]["job"], one["health"]) for one in targets}


def stop_seconds(project: Project, service: str, since: float) -> float:
    """How long the container took from SIGTERM to its end, by the engine's clock."""
    window = ("--since", f"{since:.6f}", "--until", f"{time.time():.6f}", "--filter", f"container=tixmaster-{service}")
    events = map(msgspec.json.decode, project.docker("events", *window, "--format", "{{json .}}").splitlines())
    at = {event["Action"]: event["timeNano"] for event in events}
    return float(at["die"] - at["kill"]) / 1e9


def test_the_image_is_small_and_runs_without_root(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Under a user of its own, whose files it cannot change; what it took to get here is printed."""
    (image,) = msgspec.json.decode(project.docker("image", "inspect", "tixmaster:local"))
    figures = "; ".join(f"{what} {seconds:.0f} s" for what, seconds in project.seconds.items())
    with capsys.disabled():
        sys.stdout.write(f"\n  image {image['Size'] // 1_000_000} MB; {figures}\n")
    assert image["Size"] < MOST_BYTES
    assert image["Config"]["User"] == "10001:10001"
    for service in OURS:
        assert project.within(service, "id", "-u").strip() == "10001"
    assert project.within("backend", "sh", "-c", "command -v gcc cc pip || true").strip() == ""
    assert project.within("backend", "sh", "-c", "touch /opt/tixmaster/x 2>&1 || true").strip().endswith("file system")


def test_it_sells(project: Project) -> None:
    """Through the published port; the order is in PostgreSQL."""
    order = msgspec.json.decode(project.beside(sys.executable, str(HERE / "buyer.py"), "http://127.0.0.1:3000"))
    assert order["status"] == "paid"
    count = "SELECT count(*) FROM orders WHERE status = 'paid'"
    url = (
        (project.folder / "deploy/secrets/boxoffice-database-url")
        .read_text()
        .replace("tixmaster-postgres", "127.0.0.1")
    )
    assert int(project.within("postgres", "psql", "-XAtc", count, url)) >= 1


def test_the_backup_of_the_manual_is_one(project: Project) -> None:
    """The command stands in docs/containers.md."""
    command = re.search(r"sh -c \\\n  '(.*pg_dump.*)' >", (ROOT / "docs/containers.md").read_text())
    assert command
    listed = project.within("postgres", "sh", "-c", f"{command[1]} > /tmp/dump && pg_restore --list /tmp/dump")
    assert "TABLE DATA public orders" in listed


def test_every_link_of_the_alert_path_holds(project: Project) -> None:
    """Prometheus scrapes all four, its rules are sound, Alertmanager has it, and on-call has heard the Watchdog."""
    wanted = {(f"tixmaster-{name}", "up") for name in ("backend", "oncall", "prometheus", "alertmanager")}
    eventually(lambda: scraped(project) >= wanted)
    deadline = time.monotonic() + 120
    while asked(project, "http://127.0.0.1:3002/health")["watchdogSeenAt"] is None:
        assert time.monotonic() < deadline, project.within("oncall", "tix", "alerts")
        time.sleep(0.25)
    assert "✗" not in project.within("oncall", "tix", "check", "monitoring")


def test_people_find_everything_from_inside_on_call(project: Project) -> None:
    """`tix status` is well, the database check too, and the backend's log is read from the volume."""
    found = msgspec.json.decode(project.within("oncall", "tix", "status", "--json"))
    assert {one["name"] for one in found["services"] if one["healthy"]} == {f"tixmaster-{name}" for name in SERVICES}
    assert "was not given the container engine's socket" in project.within("oncall", "tix", "check", "db")
    assert '"started"' in project.within("oncall", "tix", "logs", "backend", "-n", "500")
    assert '"started"' in project.docker("logs", "tixmaster-backend")  # SOP-MON-001 3.1


def test_no_secret_is_in_an_image_a_command_or_an_environment(project: Project) -> None:
    """Each container sees the files that it needs and no others."""
    folder = project.folder / "deploy/secrets"
    assert folder.stat().st_mode & 0o777 == secrets.FOLDER_MODE
    values = [value for name in secrets.NAMES if (value := (folder / name).read_text())]
    told = "".join(project.docker("inspect", f"tixmaster-{name}") for name in SERVICES)
    told += project.docker("history", "--no-trunc", "tixmaster:local") + project.docker(
        "image", "inspect", "tixmaster:local"
    )
    assert not [value for value in values if value in told]
    assert project.docker("run", "--rm", "--entrypoint", "sh", "tixmaster:local", "-c", "ls /run/secrets || true") == ""
    assert project.within("alertmanager", "ls", "/run/secrets").split() == ["smtp-password", "webhook-token"]
    assert "postgres-password" not in project.within("oncall", "ls", "/run/secrets").split()


def test_preparing_again_changes_no_secret(project: Project) -> None:
    """It may be run at any time; the files belong to whom the folder above belongs."""
    folder = project.folder / "deploy/secrets"
    before = {file.name: file.read_text() for file in folder.iterdir()}
    assert "all secrets are there" in project.compose("run", "--rm", "prepare")
    assert {file.name: file.read_text() for file in folder.iterdir()} == before


def test_ports_are_published_to_this_machine_only(project: Project) -> None:
    """Those of the SOP; what has none has no business outside."""
    for service in SERVICES:
        bound = dict(inspected(project, service)["NetworkSettings"]["Ports"])
        published = {port: places for port, places in bound.items() if places}
        port = PORTS.get(service)
        assert published == ({f"{port}/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(port)}]} if port else {})


def test_a_stopped_backend_is_told_by_mail(project: Project) -> None:
    """The chain through five containers; SIGTERM ends the backend cleanly within seconds."""
    began = time.time()
    project.docker("stop", "tixmaster-backend")
    try:
        assert stop_seconds(project, "backend", began) < STOP_SECONDS
        assert inspected(project, "backend")["State"]["ExitCode"] == 0
        deadline = time.monotonic() + 120
        while "Subject" not in (mails := project.within("mail", "sh", "-c", MAILS)):
            assert time.monotonic() < deadline, f"{project.within('oncall', 'tix', 'incidents')}{mails}"
            time.sleep(0.25)
        assert "http://localhost:3002/incidents/INC-1" in mails.replace("=\r\n", "").replace("=\n", "")
    finally:
        project.docker("start", "tixmaster-backend")
    project.await_healthy()


def test_on_call_ends_cleanly_too(project: Project) -> None:
    """After the step that is under way, before the engine would kill it; and it goes on where it was."""
    project.docker("stop", "tixmaster-oncall", "tixmaster-mail")
    assert [inspected(project, name)["State"]["ExitCode"] for name in ("oncall", "mail")] == [0, 0]
    project.docker("start", "tixmaster-oncall", "tixmaster-mail")
    project.await_healthy()
    assert re.search("INC-1 ", project.within("oncall", "tix", "incidents"))


def test_with_the_socket_on_call_restarts_others(project: Project) -> None:
    """The opt-in of docs/containers.md: then on-call knows its neighbours' managers, and not before."""
    before = inspected(project, "backend")["State"]["StartedAt"]
    socket = project.folder.parent / "docker.sock"
    files = "docker-compose.yml:docker-compose.monitoring.yml:docker-compose.socket.yml"
    given = {"COMPOSE_FILE": files, "DOCKER_SOCKET": str(socket), "DOCKER_GID": str(socket.stat().st_gid)}
    project.compose("up", "--detach", "--no-deps", "tixmaster-oncall", **given)
    project.await_healthy()
    found = msgspec.json.decode(project.within("oncall", "tix", "status", "--json"))
    assert {one["manager"] for one in found["services"]} == {"compose"}
    assert "tixmaster-backend" in project.within("oncall", "tix", "restart", "backend")
    assert inspected(project, "backend")["State"]["StartedAt"] != before
