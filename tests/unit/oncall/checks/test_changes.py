"""The check changes: real files, a real git checkout, a package log as dpkg writes it."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from tests.looking import looking

from tixmaster.oncall.checks import traces
from tixmaster.stack.config import Config, Service

BEGAN = datetime.now(UTC)


@pytest.fixture
def shop(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A service of others in a folder of its own, on a machine without packages; nothing has changed lately."""
    monkeypatch.setattr(traces, "DPKG_LOG", tmp_path / "dpkg.log")
    folder = tmp_path / "shop"
    folder.mkdir()
    old = (BEGAN - timedelta(days=2)).timestamp()
    for path in (tmp_path / "tixmaster.toml", folder / "compose.yaml"):
        path.touch()
        os.utime(path, (old, old))
    shop = Service(compose_file=Path("shop/compose.yaml"))
    return msgspec.structs.replace(config, path=tmp_path / "tixmaster.toml", others={"shop": shop})


def test_without_changes_it_says_so_and_where_it_could_not_look(shop: Config) -> None:
    """Neither on-call nor Supervisor runs here."""
    found = looking(shop)("changes", service="shop", began=BEGAN)
    assert (found.status, found.reason) == ("ok", "no change found in the 60 min before")
    assert found.value["count"] == 0
    assert [text.split()[0] for text in found.value["unread"]] == ["on-call", "Supervisor"]


def test_a_configuration_file_that_was_written(shop: Config, tmp_path: Path) -> None:
    """With how long before the trouble."""
    at = (BEGAN - timedelta(seconds=90)).timestamp()
    os.utime(tmp_path / "shop" / "compose.yaml", (at, at))
    found = looking(shop)("changes", service="shop", began=BEGAN)
    assert found.reason == "compose.yaml was changed (90 s before)"
    assert found.value["latest_seconds_before"] == pytest.approx(90, abs=0.1)
    assert looking(shop)("changes", service="shop", began=BEGAN, minutes=1).value["count"] == 0


def test_a_deploy_is_a_move_of_the_checkout(shop: Config, tmp_path: Path) -> None:
    """However old the commit is."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    who = {"GIT_AUTHOR_NAME": "m", "GIT_AUTHOR_EMAIL": "m@x", "GIT_COMMITTER_NAME": "m", "GIT_COMMITTER_EMAIL": "m@x"}
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "Faster checkout"]):
        subprocess.run(["git", *command], cwd=tmp_path / "shop", check=True, env=os.environ | who)
    found = looking(shop)("changes", service="shop", began=datetime.now(UTC))
    assert [change["kind"] for change in found.value["changes"]] == ["deploy"]
    assert "Faster checkout" in found.reason


def test_a_package_that_was_upgraded(shop: Config, tmp_path: Path) -> None:
    """And nothing after the trouble began."""
    lines = [
        f"{BEGAN.astimezone() + timedelta(minutes=late):%Y-%m-%d %H:%M:%S} {words}"
        for late, words in [
            (-9, "upgrade libssl3:amd64 3.0.1 3.0.2"),
            (-9, "status half-configured libssl3:amd64 3.0.2"),
            (9, "install nginx:amd64 <none> 1.2"),
        ]
    ]
    (tmp_path / "dpkg.log").write_bytes(b"\xff\xfe noise\n" + "\n".join(lines).encode())
    found = looking(shop)("changes", service="shop", began=BEGAN)
    assert [change["text"] for change in found.value["changes"]] == ["upgrade of libssl3 3.0.1 → 3.0.2"]


def test_what_may_not_be_read_is_named(shop: Config, tmp_path: Path) -> None:
    """A folder in the place of a log cannot be read by anybody; the rest is."""
    (tmp_path / "dpkg.log").mkdir()
    found = looking(shop)("changes", service="shop", began=BEGAN)
    assert "dpkg.log" in found.value["unread"][-1]
    assert found.status == "ok"
