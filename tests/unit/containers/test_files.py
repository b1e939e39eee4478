"""The Compose files and `monitoring/` are at one with the code that `tix up` runs by."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from tixmaster.stack import postgres, secrets
from tixmaster.stack.config import Config
from tixmaster.stack.containers import files
from tixmaster.stack.containers import secrets as prepared
from tixmaster.stack.errors import ConfigError
from tixmaster.stack.grafana import container as grafana
from tixmaster.stack.monitoring import alertmanager, prometheus
from tixmaster.stack.monitoring.validate import InvalidConfigError
from tixmaster.stack.monitoring.write import put

ROOT = Path(__file__).parents[3]
OWN, MONITORING = "docker-compose.yml", "docker-compose.monitoring.yml"
SOP = {"tixmaster-prometheus": 9090, "tixmaster-grafana": 3001, "tixmaster-alertmanager": 9093}
"""SOP-MON-001, 3.2 and 4."""
ONE_OFF = ("prepare", "tixmaster-database")


@pytest.fixture(scope="module")
def settings() -> Config:
    """The configuration of the containers."""
    return files.load(ROOT)


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """The services of both files, with what they share filled in."""
    return {name: it for file in (OWN, MONITORING) for name, it in document(file)["services"].items()}


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / name).read_text())
    return found


def test_the_generated_files_are_those_of_today(settings: Config) -> None:
    """Whoever changes a rule, a route or a dashboard generates them anew."""
    wanted = files.wanted(settings)
    folder = ROOT / files.FOLDER
    there = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    stale = [path for path, text in wanted.items() if path not in there or (folder / path).read_text() != text]
    stale += sorted(there - wanted.keys())
    assert not stale, f"out of date in {files.FOLDER}/: {[str(path) for path in stale]}. Run `./tix monitoring write`."


def test_a_wrong_file_replaces_none(tmp_path: Path) -> None:
    """promtool refuses, and all of them stay as they were."""
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed (package prometheus)")
    wanted = files.wanted(files.load(ROOT))
    assert put(wanted, tmp_path)
    before = {path: (tmp_path / path).read_text() for path in wanted}
    broken = {path: text.replace("expr: ", "expr: sum(", 1) for path, text in wanted.items()}
    with pytest.raises(InvalidConfigError, match="which were therefore not put in place"):
        put(broken, tmp_path)
    assert {path: (tmp_path / path).read_text() for path in wanted} == before
    (tmp_path / "prometheus/rules/gone.yml").touch()
    assert put(wanted, tmp_path) == [tmp_path / "prometheus/rules/gone.yml"]


def test_a_checkout_without_the_file_is_named(tmp_path: Path) -> None:
    """With what to do about it."""
    with pytest.raises(ConfigError, match=r"has no deploy/tixmaster\.toml.*TIXMASTER_CONFIG"):
        files.write(tmp_path)


def test_the_names_and_ports_are_those_of_the_sop(services: dict[str, dict[str, Any]], settings: Config) -> None:
    """A container is called as its service is, and answers on the port that the configuration names."""
    for name, service in services.items():
        if name not in ONE_OFF:
            assert service["container_name"] == name
        for port in service.get("ports", ()):
            number = settings.service(name.removeprefix("tixmaster-")).port
            assert port.endswith(f":{number}:{number}")
            assert port.startswith(("${TIXMASTER_BIND:-127.0.0.1}:", "127.0.0.1:"))
    assert (
        SOP.items()
        <= {name: int(it["ports"][0].rpartition(":")[2]) for name, it in services.items() if "ports" in it}.items()
    )


def test_every_service_is_kept_and_confined(services: dict[str, dict[str, Any]]) -> None:
    """Restarted, logs rotated, health asked, nothing writable but volumes, no privileges, images with a version."""
    for name, service in services.items():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
        assert service["image"] == "tixmaster:local" or service["image"].rpartition(":")[2][-1].isalnum()
        assert service["restart"] == ("no" if name in ONE_OFF else "unless-stopped")
        assert service["healthcheck"] == {"disable": True} if name in ONE_OFF else "test" in service["healthcheck"]


def test_the_command_lines_are_those_of_tix_up(services: dict[str, dict[str, Any]], settings: Config) -> None:
    """Of Prometheus, Alertmanager, Grafana and PostgreSQL; only their places are the images' own."""
    there = {name: services[f"tixmaster-{name}"] for name in ("prometheus", "alertmanager", "grafana", "postgres")}
    for name, module in (("prometheus", prometheus), ("alertmanager", alertmanager)):
        assert there[name]["command"] == module.arguments(settings, Path(f"/etc/{name}"), Path(f"/{name}"))
    assert there["grafana"]["environment"] == grafana.environment(settings)
    assert there["grafana"]["image"] == grafana.IMAGE
    place = {"listen_addresses": "*", "port": str(settings.services.postgres.port)}
    assert there["postgres"]["command"] == ["postgres", *postgres.flags(place | postgres.SETTINGS)]
    assert there["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split() == list(postgres.INITDB)


def test_every_secret_has_its_file_and_is_made(services: dict[str, dict[str, Any]]) -> None:
    """What a service asks for is declared in its own file, and `prepare` makes it."""
    for file in (OWN, MONITORING):
        declared = document(file)["secrets"]
        asked = {name for it in document(file)["services"].values() for name in it.get("secrets", ())}
        assert asked == declared.keys()
        assert asked <= set(prepared.NAMES)
        assert {name: f"./deploy/secrets/{name}" for name in declared} == {
            name: it["file"] for name, it in declared.items()
        }
    assert not [it for it in services.values() for value in it.get("environment", {}).values() if "password=" in value]


@pytest.mark.parametrize("names", [(OWN,), (MONITORING,), (OWN, MONITORING), ()])
def test_compose_understands_the_files(names: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each alone, both together, and without a word about them, by `.env`."""
    if shutil.which("docker-compose") is None:
        pytest.skip("docker-compose is not installed")
    monkeypatch.delenv("PYTHONPATH", raising=False)  # Compose 1 is a Python program with libraries of its own
    chosen = [word for name in names for word in ("-f", name)]
    command = ["docker-compose", *chosen, "config"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    wanted = {name for file in names or (OWN, MONITORING) for name in document(file)["services"]}
    assert yaml.safe_load(done.stdout)["services"].keys() == wanted


def test_secrets_are_made_once_and_for_every_container(tmp_path: Path, settings: Config) -> None:
    """A folder that is closed to others, files that every container's user may read; what is there stays."""
    folder = tmp_path / "secrets"
    assert set(prepared.prepare(settings, folder)) == set(prepared.NAMES)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o444}
    (folder / "smtp-password").chmod(0o600)
    (folder / "smtp-password").write_text("given by hand")
    before = {file.name: file.read_text() for file in folder.iterdir()}
    assert prepared.prepare(settings, folder) == ()
    assert {file.name: file.read_text() for file in folder.iterdir()} == before
    assert f":{before['postgres-boxoffice-password']}@tixmaster-postgres:5432/" in before["boxoffice-database-url"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, settings: Config) -> None:
    """Here because a file is in its place."""
    (tmp_path / "secrets").touch()
    with pytest.raises(ConfigError, match=r"the secrets cannot be written to .*/secrets: File exists"):
        prepared.prepare(settings, tmp_path / "secrets")


def test_services_find_each_other_and_people_find_them(settings: Config) -> None:
    """Containers by their names, people by published ports."""
    assert settings.url("oncall", "/webhook") == "http://tixmaster-oncall:3002/webhook"
    assert settings.link("oncall", "/incidents/INC-1") == "http://localhost:3002/incidents/INC-1"
    assert secrets.path(settings, "webhook-token") == Path("/run/secrets/webhook-token")
    plain = msgspec.structs.replace(settings, services=Config().services, secrets=None)
    assert plain.link("oncall", "/x") == plain.url("oncall", "/x") == "http://127.0.0.1:3002/x"
    assert secrets.path(plain, "webhook-token") == plain.var / "secrets" / "webhook-token"
