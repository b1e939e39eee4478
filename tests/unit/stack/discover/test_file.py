"""The file that `tix init` writes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tixmaster.stack.config import SERVICE_NAMES, Service, load
from tixmaster.stack.discover import file
from tixmaster.stack.discover.found import Found
from tixmaster.stack.discover.survey import Proposal, Survey, _Answered, _proposals
from tixmaster.stack.errors import ConfigError

TODAY = date(2026, 1, 2)


def survey(*proposals: Proposal) -> Survey:
    """A survey that found these."""
    return Survey(looks=(), proposals=proposals)


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    """Every value comes back, however odd; files below the folder are relative to it."""
    odd = Service(
        manager="process",
        port=8080,
        health='/h"\\',
        start='node "a b".js\x7f',
        logs=(tmp_path / "l" / "é.log", Path("/x.log")),
    )
    backend = Service(manager="pm2", port=3000, name="api 2", error_log=tmp_path / "error.log")
    found = survey(
        Proposal(short_name="backend", service=backend), Proposal(short_name="shop", service=odd, checks=("a\nb",))
    )
    path = tmp_path / "tixmaster.toml"
    file.write(file.render(found, tmp_path, TODAY), path)
    config = load(path)
    assert config.others["shop"].logs == (Path("l/é.log"), Path("/x.log"))
    assert (config.others["shop"].health, config.others["shop"].start) == (odd.health, odd.start)
    assert config.path_of(config.services.backend.error_log or Path()) == tmp_path / "error.log"
    assert "# check: a b" in path.read_text()


def test_nothing_found_is_a_good_file_too(tmp_path: Path) -> None:
    """It says what `tix up` would start."""
    text = file.render(survey(), tmp_path, TODAY)
    file.write(text, tmp_path / "tixmaster.toml")
    assert load(tmp_path / "tixmaster.toml").services.backend.port == 3000
    assert "`tix up` would start them: backend, postgres" in text


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    """Unless it is to be replaced; then the old one is kept."""
    path = tmp_path / "tixmaster.toml"
    path.write_text("timing = 'drill'\n")
    with pytest.raises(ConfigError, match=r"is there already(?s:.*)--force"):
        file.refuse_if_there(path, force=False)
    file.refuse_if_there(path, force=True)
    file.write(file.render(survey(), tmp_path, TODAY), path)
    assert (tmp_path / "tixmaster.toml.bak").read_text() == "timing = 'drill'\n"
    assert sorted(item.name for item in tmp_path.iterdir()) == ["tixmaster.toml", "tixmaster.toml.bak"]


def answered(name: str, port: int, known: str | None = None) -> _Answered:
    """A container that answered."""
    return _Answered(
        found=Found(name=name, title=name, manager="docker", ports=(port,)), port=port, known=known, health=None
    )


def test_of_two_databases_the_one_at_our_port_is_ours() -> None:
    """The other keeps its own name."""
    made = _proposals([answered("db-copy", 5433, "postgres"), answered("db", 5432, "postgres")])
    assert [(item.short_name, item.service.name) for item in made] == [("postgres", "db"), ("db-copy", None)]


def test_names_fit_the_file_and_are_nobody_elses() -> None:
    """Neither ours nor twice the same."""
    made = _proposals([answered("Mail", 1), answered("7 Shop", 2), answered("service-7-shop", 3)])
    assert [item.short_name for item in made] == ["docker-mail", "service-7-shop", "service-7-shop-2"]
    assert [item.service.name for item in made] == ["Mail", "7 Shop", "service-7-shop"]


def test_ours_make_way_for_what_holds_their_port(tmp_path: Path) -> None:
    """`tix up` works with the file at once: a shop at port 3000 is the rule, not the exception."""
    shop = Proposal(short_name="shop", service=Service(manager="process", port=3000))
    found = Survey(looks=(), proposals=(shop,), busy=frozenset((3000, 3001, 3003, 9090)))
    path = tmp_path / "tixmaster.toml"
    file.write(file.render(found, tmp_path, TODAY), path)
    config = load(path)
    ours = {name: config.service(name).port for name in SERVICE_NAMES}
    assert not set(ours.values()) & (found.busy | {shop.service.port})
    assert len(set(ours.values())) == len(ours)
    assert (ours["oncall"], ours["alertmanager"]) == (3002, 9093)
    assert "port 9090 is taken here" in path.read_text()


def test_the_sop_of_the_tree_is_named_where_the_folder_has_none(tmp_path: Path) -> None:
    """Without the documents on-call would not start."""
    path = tmp_path / "tixmaster.toml"
    file.write(file.render(survey(), tmp_path, TODAY), path)
    assert (load(path).sop / "causes.md").is_file()
    (tmp_path / "sop").mkdir()
    assert "[oncall]" not in file.render(survey(), tmp_path, TODAY)
