"""Where the log of a service is: files of ours and of others, PM2's, journald's. Managers are recorded programs here."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tixmaster.stack.config import Config, Service
from tixmaster.stack.errors import ConfigError, UnreachableError
from tixmaster.stack.logs import sources

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def shop(config: Config, **settings: object) -> Config:
    """The configuration with a service of somebody else's."""
    return msgspec.structs.replace(config, others={"shop": Service(**settings)})  # type: ignore[arg-type]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def provide(folder: Path, name: str, script: str) -> None:
    """Puts a program on the PATH."""
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_our_own_service_writes_files_below_var(config: Config) -> None:
    """Everything, or with `errors_only` its error log."""
    folder = config.var / "backend" / "logs"
    folder.mkdir(parents=True)
    with pytest.raises(UnreachableError, match="has written no log in"):
        sources(config, "backend")
    (folder / "combined.log").write_text('{"level":"info"}\n')
    (folder / "error.log").write_text('{"level":"error"}\n')
    assert [source.name for source in sources(config, "backend")] == [str(folder / "combined.log")]
    assert [source.name for source in sources(config, "backend", errors_only=True)] == [str(folder / "error.log")]


def test_files_that_the_configuration_names_come_first(config: Config, tmp_path: Path) -> None:
    """Of a log without an error log of its own only the errors are taken."""
    (tmp_path / "shop.log").write_text("2026-01-01T12:00:00Z INFO a\n2026-01-01T12:00:01Z ERROR b\n  at c\n")
    named = shop(config, manager="pm2", logs=(Path("shop.log"),))
    (source,) = sources(named, "shop")
    assert [line.number for line in source.last(5)] == [1, 2]
    (errors,) = sources(named, "shop", errors_only=True)
    assert [line.text for line in errors.last(5)] == ["2026-01-01T12:00:01Z ERROR b\n  at c"]
    assert [line.number for line in errors.window(NOON, NOON + HOUR)] == [2]


def test_a_service_without_a_log_asks_for_its_place(config: Config) -> None:
    """The message holds the line to write."""
    with pytest.raises(ConfigError, match=r'\[services.shop\] logs = \["/path/of/its.log"\]'):
        sources(shop(config, manager="process"), "shop")


def test_pm2_says_where_its_files_are(config: Config, programs: Path, tmp_path: Path) -> None:
    """Also when it speaks before the list; standard error is the error log."""
    out, err = tmp_path / "shop-out.log", tmp_path / "shop-error.log"
    listed = [{"name": "shop", "pm2_env": {"pm_out_log_path": str(out), "pm_err_log_path": str(err)}}] * 2
    provide(programs, "pm2", f"echo '>>>> In-memory PM2 is out-of-date'; echo '{json.dumps(listed)}'")
    named = shop(config, manager="pm2")
    assert [source.name for source in sources(named, "shop")] == [str(out), str(err)]
    assert [source.name for source in sources(named, "shop", errors_only=True)] == [str(err)]
    with pytest.raises(UnreachableError, match=r"PM2 knows no process till \(it has: shop\)"):
        sources(shop(config, manager="pm2", name="till"), "shop")


@pytest.mark.parametrize(
    ("script", "words"), [(None, "pm2 is not installed"), ("echo 'connect EACCES' >&2; exit 1", "connect EACCES")]
)
def test_pm2_that_is_away_is_said(config: Config, programs: Path, script: str | None, words: str) -> None:
    """In its own words where it has some."""
    if script:
        provide(programs, "pm2", script)
    with pytest.raises(UnreachableError, match=words):
        sources(shop(config, manager="pm2"), "shop")


def journal(*messages: object, priority: str = "6") -> str:
    """What journalctl prints, an entry a second from noon."""
    micros = int(NOON.timestamp() * 1e6)
    entries = [
        {"__REALTIME_TIMESTAMP": str(micros + number * 1_000_000), "MESSAGE": message, "PRIORITY": priority}
        for number, message in enumerate(messages)
    ]
    return "\n".join(json.dumps(entry) for entry in entries)


def test_the_journal_of_a_unit_is_read(config: Config, programs: Path, tmp_path: Path) -> None:
    """Plain text, JSON, bytes; errors by their level, or by what the message says."""
    (tmp_path / "journal").write_text(journal("started", '{"level":"error","msg":"x"}', [255, 66], "ERROR y", None))
    provide(programs, "journalctl", f'echo "$@" >{tmp_path}/asked; /bin/cat {tmp_path}/journal')
    named = shop(config, manager="systemd")
    (source,) = sources(named, "shop")
    found = list(source.window(NOON + timedelta(seconds=1), NOON + HOUR))
    assert [line.text for line in found] == ['{"level":"error","msg":"x"}', "�B", "ERROR y", ""]
    assert found[0].at == NOON + timedelta(seconds=1)
    asked = (tmp_path / "asked").read_text().split()
    assert {"json", "--unit=shop", f"--since=@{NOON.timestamp() + 1:.6f}"} <= set(asked)
    (errors,) = sources(named, "shop", errors_only=True)
    assert [line.text for line in errors.last(9)] == ['{"level":"error","msg":"x"}', "ERROR y"]


def test_the_journal_is_followed_until_told_to_stop(config: Config, programs: Path, tmp_path: Path) -> None:
    """journalctl waits for more, and is ended."""
    (tmp_path / "journal").write_text(journal("one", "two") + "\n")
    provide(programs, "journalctl", f"/bin/cat {tmp_path}/journal; exec /bin/sleep 60")
    (source,) = sources(shop(config, manager="systemd"), "shop")
    stop = threading.Event()
    found = source.follow(stop)
    assert [next(found), next(found)] == ["one", "two"]
    stop.set()
    assert list(found) == []


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (None, "cannot read the journal of shop"),
        (
            "echo 'No journal files were opened due to insufficient permissions.' >&2; exit 1",
            "insufficient permissions",
        ),
        ("echo 'Hint: You are currently not seeing messages from other users' >&2", "group systemd-journal"),
    ],
)
def test_a_journal_that_cannot_be_read_is_said(config: Config, programs: Path, script: str | None, words: str) -> None:
    """Nothing to see for want of permission is not nothing logged."""
    if script:
        provide(programs, "journalctl", script)
    (source,) = sources(shop(config, manager="systemd"), "shop")
    with pytest.raises(UnreachableError, match=words):
        source.last(5)


@pytest.mark.parametrize("manager", ["docker", "compose"])
def test_an_engine_that_is_away_is_said(
    config: Config, manager: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With whom to ask for permission."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    (source,) = sources(shop(config, manager=manager), "shop")
    with pytest.raises(UnreachableError, match=r"DOCKER_HOST|Docker does not answer|no container engine"):
        source.last(5)
