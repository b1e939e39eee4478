"""`tixmaster.toml`: what it may hold and what it says about mistakes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tixmaster.stack import config as configuration
from tixmaster.stack.errors import ConfigError

ROOT = Path(__file__).parents[3]


def load(folder: Path, text: str) -> configuration.Config:
    path = folder / configuration.CONFIG_NAME
    path.write_text(text)
    return configuration.load(path)


def test_an_empty_file_describes_the_whole_system(tmp_path: Path) -> None:
    """Every key has a default."""
    config = load(tmp_path, "")
    assert config.url("backend", "/health") == "http://127.0.0.1:3000/health"
    assert config.var == tmp_path / "var"


def test_the_file_of_the_tree_says_the_defaults() -> None:
    """What stands in the file that a newcomer edits is true, and it injects no faults."""
    config = configuration.load(ROOT / configuration.CONFIG_NAME)
    assert config.services == configuration.Services()
    assert not config.fault_endpoints


def test_paths_start_at_the_file(tmp_path: Path) -> None:
    """Wherever the command is run."""
    config = load(tmp_path, 'state = "state"\n[oncall]\nsop = "/srv/sop"\n[mail.smtp]\npassword_file = "/etc/p"\n')
    assert config.var == tmp_path / "state"
    assert config.sop == Path("/srv/sop")
    assert config.mail.smtp.password_file == Path("/etc/p")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[services.backend]\nport = 70000\n", "services.backend.port"),
        ('[services.backend]\nprot = "x"\n', "prot"),
        ('timing = "slow"\n', "timing"),
        ("state = 5\n", "state"),
        ('metrics_allow = ["intranet"]\n', "metrics_allow.*'intranet'.*10.0.0.0/8"),
        ('metrics_allow = ["10.0.0.1/8"]\n', "metrics_allow.*host bits set"),
        ('[monitoring]\nnode_exporter = "http://db:9100/metrics"\n', "monitoring.node_exporter"),
        ("timing = \n", "tixmaster.toml"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, named: str) -> None:
    """Nobody has to guess which key it was."""
    with pytest.raises(ConfigError, match=named) as caught:
        load(tmp_path, text)
    assert caught.value.exit_code == 2


def test_the_calendar_knows_when(tmp_path: Path) -> None:
    """Moments have an offset; what ends is no longer under way."""
    row = '[[calendar]]\ntitle = "Spring"\nkind = "campaign"\nfrom = 2026-03-01T00:00:00+08:00\n'
    (spring,) = load(tmp_path, row + "until = 2026-03-08T00:00:00+08:00\n").calendar
    assert spring.covers(datetime(2026, 3, 7, 15, 59, tzinfo=UTC))
    assert not spring.covers(datetime(2026, 3, 7, 16, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("until", "said"),
    [
        ("2026-02-01T00:00:00+08:00", "'Spring' must begin before it ends"),
        ("2026-03-08T00:00:00", "timezone"),
        ('"next week"', "until"),
    ],
)
def test_a_mistake_in_the_calendar_is_named(tmp_path: Path, until: str, said: str) -> None:
    """Also a moment that means another one elsewhere."""
    row = '[[calendar]]\ntitle = "Spring"\nkind = "campaign"\nfrom = 2026-03-01T00:00:00+08:00\n'
    with pytest.raises(ConfigError, match=said):
        load(tmp_path, f"{row}until = {until}\n")


def test_the_file_is_found_from_a_folder_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands work anywhere in the checkout; the variable comes first."""
    monkeypatch.delenv(configuration.CONFIG_VARIABLE, raising=False)
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / configuration.CONFIG_NAME).write_text("")
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert configuration.find() == tmp_path / configuration.CONFIG_NAME
    monkeypatch.setenv(configuration.CONFIG_VARIABLE, "/elsewhere.toml")
    assert configuration.find() == Path("/elsewhere.toml")


def test_services_go_by_either_name() -> None:
    """The short one and the manager's."""
    config = configuration.Config()
    assert config.short_name("tixmaster-backend") == config.short_name("backend") == "backend"
    with pytest.raises(ConfigError, match="there are backend, postgres"):
        config.short_name("database")


def test_services_of_others_stand_beside_ours(tmp_path: Path) -> None:
    """Each says who keeps it and what it is called there; ours keep what the file does not say."""
    config = load(
        tmp_path,
        """
        [services.shop]
        port = 8080
        manager = "docker"
        name = "shop-web-1"
        [services.backend]
        manager = "pm2"
        """,
    )
    assert (config.short_name("shop-web-1"), config.url("shop")) == ("shop", "http://127.0.0.1:8080")
    assert (config.services.backend.port, config.full_name("backend")) == (3000, "tixmaster-backend")
    assert config.service_names[-1] == "shop"
    with pytest.raises(ConfigError, match=r"services.*manager"):
        load(tmp_path, "[services.shop]\nmanager = 'windows'")
