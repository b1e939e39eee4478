"""A real Compose project behind the verbs."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from tests.engine import docker

from tixmaster.stack.config import Config
from tixmaster.stack.errors import ManagerError, UnreachableError
from tixmaster.stack.managers.compose import program

from .conftest import STAYS, Compose, await_seen


def test_two_services_are_told_apart(compose: Compose) -> None:
    """Each by its label, whatever its container is called; restarting one leaves the other alone."""
    web, worker = compose.manager("web"), compose.manager("worker")
    other = worker.status()
    before = web.status().pid
    done = web.restart()
    assert (done.manager, done.pid_before, done.pid_after) == ("compose", before, web.status().pid)
    assert done.pid_after not in (before, other.pid)
    assert worker.status() == other
    assert web.logs(1) == ["here I am"]


def test_a_stopped_service_is_started_and_a_removed_one_is_made_anew(compose: Compose) -> None:
    """The second from the Compose file."""
    web = compose.manager("web")
    web.stop()
    assert web.status().state == "stopped"
    web.start()
    assert web.status().state == "running"
    compose.do("rm", "--stop", "--force", "web")
    gone = web.status()
    assert gone.state == "absent"
    assert f"`docker compose -f {compose.file} up -d web` makes it" in gone.detail
    web.start()
    assert web.status().state == "running"


def test_a_scaled_service_is_as_ill_as_its_worst_container(compose: Compose) -> None:
    """And says how many of how many run; a restart brings all of them back."""
    compose.do("up", "--detach", "--scale", "web=3")
    web = compose.manager("web")
    assert web.status().detail.startswith("3 of 3 containers run; ")
    victim = docker("ps", "--quiet", "--filter", "label=com.docker.compose.container-number=2").split()[0]
    docker("stop", victim)
    ill = web.status()
    assert (ill.state, ill.pid) == ("stopped", None)
    assert re.match(r"2 of 3 containers run; booth.web.2: not running; stopped as asked", ill.detail)
    web.restart()
    assert web.status().detail.startswith("3 of 3 containers run; ")
    assert len(web.logs(50)) >= 6
    assert any(re.fullmatch("booth.web.2: stopped as asked", event.text) for event in web.events())


def test_without_a_program_or_a_file_the_engine_restarts(
    compose: Compose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only making what is gone needs Compose itself."""
    guessed = compose.guess("web")
    before = guessed.status().pid
    assert guessed.restart().pid_before == before
    web = compose.manager("web")
    before = web.status().pid
    with monkeypatch.context() as patched:
        patched.setenv("PATH", str(tmp_path))
        done = web.restart()
    assert done.pid_before == before
    assert done.pid_after not in (None, before)


def test_what_cannot_be_made_anew_says_what_is_missing(
    compose: Compose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program, or the file."""
    compose.do("down")
    with pytest.raises(ManagerError, match=r"no container of web; `docker compose up -d web` makes it"):
        compose.guess("web").start()
    with monkeypatch.context() as patched:
        patched.setenv("PATH", str(tmp_path))
        with pytest.raises(UnreachableError, match=r"Docker Compose is not installed\. Install Docker Compose"):
            compose.manager("web").start()


def test_a_service_of_several_projects_is_not_guessed(compose: Compose, config: Config, tmp_path: Path) -> None:
    """The wrong one must not be restarted; its file tells which is meant."""
    second = Compose(config, tmp_path / "stand")
    second.do("up", "--detach")
    with pytest.raises(ManagerError, match=r"web is in several projects: booth, stand\. Say in tixmaster\.toml"):
        compose.guess("web").restart()
    first, other = compose.manager("web").status(), second.manager("web").status()
    assert first.pid != other.pid


def test_the_project_of_the_container_is_kept(compose: Compose) -> None:
    """It was started under another name than its folder's, and with a second file."""
    compose.do("down")
    extra = compose.file.with_name("extra.yml")
    extra.write_text('{"version": "2.4", "services": {"web": {"environment": {"EXTRA": "1"}}}}')
    compose.do("-p", "fair", "-f", "docker-compose.yml", "-f", "extra.yml", "up", "--detach")
    done = compose.manager("web").restart()
    assert done.pid_after not in (None, done.pid_before)
    project = "label=com.docker.compose.project"
    assert docker("ps", "--quiet", "--filter", f"{project}=booth") == ""
    (web,) = docker("ps", "--quiet", "--filter", f"{project}=fair", "--filter", "name=web").split()
    assert "EXTRA=1" in docker("inspect", "--format", "{{.Config.Env}}", web)


def test_a_broken_file_is_told_in_composes_words(compose: Compose) -> None:
    """With the command that failed."""
    compose.file.write_text("services: [")
    with pytest.raises(ManagerError, match=r"`docker(-| )compose -f .*docker-compose\.yml restart web` failed: "):
        compose.manager("web").restart()
    assert compose.manager("web").status().state == "running"


def test_a_file_that_is_not_there_is_said(compose: Compose, tmp_path: Path) -> None:
    """Otherwise the service would just seem absent."""
    wrong = compose.manager("web", tmp_path / "nowhere.yml")
    assert not wrong.find()
    assert "there is no Compose file" in wrong.status().detail
    with pytest.raises(ManagerError, match=r"`compose_file` in tixmaster\.toml says where it is"):
        wrong.restart()


def test_a_container_of_compose_run_is_not_the_service(compose: Compose) -> None:
    """A person's one-off command beside it changes nothing. Compose 1 cannot make one on the host's network: we label it."""
    service = docker("ps", "--quiet", "--filter", "label=com.docker.compose.service=web").split()[0]
    seen = json.loads(docker("inspect", service))[0]["Config"]
    labels = seen["Labels"] | {"com.docker.compose.oneoff": "True"}
    marked = [word for name, value in labels.items() for word in ("--label", f"{name}={value}")]
    one_off = docker("run", "--detach", "--network", "host", *marked, seen["Image"], STAYS).strip()
    try:
        web = compose.manager("web")
        await_seen(web, lambda it: it.state == "running")
        assert "containers run" not in web.status().detail
    finally:
        docker("rm", "--force", one_off)


def test_the_standalone_program_serves_where_the_plugin_is_not(compose: Compose) -> None:
    """Whichever is installed."""
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0
    found = program.find()
    assert found is not None
    assert found.words == ("docker compose" if plugin else "docker-compose")
