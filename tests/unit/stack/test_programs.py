"""The processes of the stack and Supervisor's configuration of them."""

from __future__ import annotations

import configparser
import shlex
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tixmaster.stack import secrets, strays
from tixmaster.stack.config import SERVICE_NAMES, Config, Mail, Service, Services, Smtp
from tixmaster.stack.errors import ConfigError
from tixmaster.stack.managers.supervisor import daemon, rpc
from tixmaster.stack.monitoring.render import render
from tixmaster.stack.monitoring.timings import PROFILES
from tixmaster.stack.programs import Program, program, programs


def written(config: Config) -> configparser.RawConfigParser:
    daemon.write_config(config, programs(config))
    parser = configparser.RawConfigParser()
    parser.read(daemon.config_path(config))
    return parser


def test_no_secret_stands_in_the_configuration(config: Config) -> None:
    """Commands and environments name files; `ps` and the configuration show nothing."""
    daemon.write_config(config, programs(config))
    text = daemon.config_path(config).read_text()
    assert not [name for name in secrets.NAMES if secrets.read(config, name) in text]


def test_a_crash_loop_is_given_up_and_an_exit_restarted(config: Config) -> None:
    """Supervisor restarts first; on-call comes when it has given up."""
    backend = written(config)["program:tixmaster-backend"]
    assert (backend["autorestart"], backend["startretries"], backend["stopwaitsecs"]) == ("unexpected", "2", "5")


def test_the_monitoring_ends_first_and_the_database_last(config: Config) -> None:
    """Nobody rings about an end that was asked for."""
    parser = written(config)
    order = {name: int(parser[name]["priority"]) for name in parser.sections() if name.startswith("program:")}
    ending = [name.removeprefix("program:tixmaster-") for name in sorted(order, key=lambda name: -order[name])]
    assert ending.index("prometheus") < ending.index("oncall") < ending.index("backend") < ending.index("postgres")


def test_a_service_may_be_left_where_it_fell(config: Config) -> None:
    """`autorestart = false` leaves every restart to on-call."""
    backend = msgspec.structs.replace(config.services.backend, autorestart=False)
    config = msgspec.structs.replace(config, services=msgspec.structs.replace(config.services, backend=backend))
    assert written(config)["program:tixmaster-backend"]["autorestart"] == "false"


def test_a_real_mail_server_replaces_the_catcher(config: Config) -> None:
    """Without one, the catcher is among the programs."""
    assert "mail" in {program.service for program in programs(config)}
    config = msgspec.structs.replace(config, mail=Mail(smtp=Smtp(host="smtp.example.org")))
    assert "mail" not in {program.service for program in programs(config)}


def test_a_changed_setting_restarts_those_who_read_it(config: Config) -> None:
    """Who is woken concerns on-call alone; a real mail server takes the catcher away and leaves the rest as it is."""
    before = written(config)
    woken = written(msgspec.structs.replace(config, mail=Mail(oncall=("night@example.org",))))
    assert {name for name in before.sections() if before[name] != woken[name]} == {"program:tixmaster-oncall"}
    real = written(msgspec.structs.replace(config, mail=Mail(smtp=Smtp(host="smtp.example.org"))))
    assert set(before.sections()) - set(real.sections()) == {"program:tixmaster-mail"}
    assert {name for name in real.sections() if before[name] != real[name]} == {"program:tixmaster-oncall"}


def test_commands_survive_supervisors_parser(config: Config) -> None:
    """Percent signs, spaces and quotes come out of `%(…)s` expansion and splitting as they went in."""
    command = ["/bin/echo", "100 %", "%(here)s", "two words", 'a"b', "it's", ""]
    daemon.write_config(config, [Program(service="backend", command=command)])
    parser = configparser.RawConfigParser()
    parser.read(daemon.config_path(config))
    raw = parser["program:tixmaster-backend"]["command"]
    assert shlex.split(raw % {}) == command


@pytest.mark.parametrize(("depth", "private"), [(1, False), (12, True)])
def test_the_socket_path_fits_the_kernels_limit(tmp_path: Path, depth: int, private: bool) -> None:
    """A deep checkout gets a socket in a folder of its own below the temporary one."""
    root = Path("/srv").joinpath(*["deep-folder"] * depth)
    path = rpc.socket_path(Config(root=root))
    assert len(str(path)) <= 100
    assert path.is_relative_to(root) is not private


def test_a_container_runs_what_supervisor_would(config: Config) -> None:
    """Without the fingerprint of its settings, which is Supervisor's to compare; whoever keeps the service."""
    places = msgspec.structs.replace(config.services, backend=Service(port=3000, manager="compose", listen="192.0.2.1"))
    inside = msgspec.structs.replace(config, services=places, print_logs=True)
    backend = program(inside, "backend")
    assert backend.command == program(config, "backend").command
    assert backend.environment["BOXOFFICE_HOST"] == "192.0.2.1"
    assert backend.environment["BOXOFFICE_PRINT_LOGS"] == "true"
    assert "TIXMASTER_SETTINGS" not in program(inside, "oncall").environment
    with pytest.raises(ConfigError, match="grafana is no process that this installation can run"):
        program(inside, "grafana")


@given(theirs=st.sets(st.sampled_from(SERVICE_NAMES)), mail_server=st.booleans())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_of_the_services_may_be_kept_by_somebody_else(config: Config, theirs: set[str], mail_server: bool) -> None:
    """What is started waits only for what is started before it; all files can be written whatever is left out."""
    places = {
        name: msgspec.structs.replace(config.service(name), manager="process" if name in theirs else "supervisor")
        for name in SERVICE_NAMES
    }
    mail = Mail(smtp=Smtp(host="smtp.example.org" if mail_server else None))
    config = msgspec.structs.replace(config, services=Services(**places), mail=mail)
    started: list[str] = []
    for one in programs(config):
        assert set(one.after) <= set(started)
        started.append(one.service)
    assert not theirs & set(started)
    assert {f"program:tixmaster-{name}" for name in started} <= set(written(config).sections())
    assert render(config, PROFILES["standard"])
    assert strays.find(config) == []
