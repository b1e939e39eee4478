"""The check disk."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
from tests.looking import Look, looking

from tixmaster.stack.config import Config, Service


def test_free_room_is_measured_where_the_data_will_be(look: Look, config: Config) -> None:
    """A folder that is not there yet lies on the file system of the nearest one that is."""
    found = look("disk", service="mail", free_ratio_above=0, inodes_free_ratio_above=0)
    room = os.statvfs(config.root)
    assert found.status == "ok"
    assert found.value["free_bytes"] == pytest.approx(room.f_bavail * room.f_frsize, rel=0.1)
    assert 0 < found.value["free_ratio"] <= 1


def test_a_path_that_is_not_there_is_an_error(look: Look) -> None:
    """It is more likely a mistake than a full disk."""
    found = look("disk", path="/no/such/place")
    assert found.status == "error"
    assert "cannot look at /no/such/place: No such file or directory" in found.reason


def test_too_little_room_is_a_failure(look: Look) -> None:
    """All of it free would be needed here."""
    found = look("disk", service="postgres", free_ratio_above=1)
    assert found.status == "failed"
    assert "% free (" in found.reason


def test_of_others_the_log_files_are_looked_at(config: Config, tmp_path: Path) -> None:
    """They are all that is known of a foreign service."""
    log = tmp_path / "logs" / "shop.log"
    log.parent.mkdir()
    log.touch()
    shop = Service(logs=(Path("logs/shop.log"),))
    found = looking(msgspec.structs.replace(config, others={"shop": shop}))("disk", service="shop", free_ratio_above=0)
    assert found.value["path"] == str(log)


def test_an_unknown_service_is_named(look: Look) -> None:
    """With those that there are."""
    found = look("disk", service="shop")
    assert (found.status, found.value["free_ratio"]) == ("error", None)
    assert found.reason.startswith("there is no service 'shop'; there are backend")
