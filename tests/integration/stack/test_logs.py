"""`tix logs` and `tix signatures` as a person types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.system import placed, tix

from tixmaster.stack.config import Config


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A service of somebody else's with a log of an hour, an entry a minute, every tenth an error."""
    path = tmp_path / "shop.log"
    now = datetime.now(UTC)
    times = [now - timedelta(minutes=minute) for minute in range(60, 0, -1)]
    path.write_text(
        "".join(
            f"{at.isoformat()} {'ERROR' if number % 10 == 0 else 'INFO'} order {number}\n"
            for number, at in enumerate(times)
        )
    )
    found = placed(tmp_path)
    assert found.path is not None
    found.path.write_text(f'{found.path.read_text()}\nshop = {{ manager = "process", logs = ["shop.log"] }}\n')
    return found


def orders(output: str) -> list[int]:
    return [int(line.rpartition(" ")[2]) for line in output.splitlines()]


def test_the_newest_lines_are_printed(config: Config) -> None:
    """Fifty, so many as are asked for, or only errors."""
    assert orders(tix(config, "logs", "shop").stdout) == list(range(10, 60))
    assert orders(tix(config, "logs", "shop", "-n", "2").stdout) == [58, 59]
    assert orders(tix(config, "logs", "shop", "--errors", "-n", "3").stdout) == [30, 40, 50]


def test_a_time_can_be_asked_for(config: Config) -> None:
    """So long ago, and up to then."""
    assert orders(tix(config, "logs", "shop", "--since", "10m30s").stdout) == list(range(50, 60))
    assert orders(tix(config, "logs", "shop", "--since", "40m30s", "--until", "20m", "--errors").stdout) == [20, 30, 40]
    assert orders(tix(config, "logs", "shop", "--since", "40m30s", "-n", "1").stdout) == [59]
    nothing = tix(config, "logs", "shop", "--since", "2020-01-01", "--until", "2020-01-02")
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert "nothing in" in nothing.stderr


def test_json_is_one_document(config: Config) -> None:
    """Entries with time and place, or signatures."""
    document = json.loads(tix(config, "logs", "shop", "-n", "1", "--json").stdout)
    assert document["service"] == "shop"
    (entry,) = document["entries"]
    assert (entry["place"], entry["fields"]) == ("shop.log:60", None)
    assert entry["text"].endswith("order 59")
    document = json.loads(tix(config, "logs", "shop", "--errors", "--signatures", "--json").stdout)
    assert (document["of"], document["entries"]) == ("errors", 6)
    assert [(item["pattern"], item["count"]) for item in document["signatures"]] == [("order *", 6)]
    document = json.loads(tix(config, "logs", "shop", "--signatures", "--since", "10m30s", "--json").stdout)
    assert document["entries"] == 10


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("logs", "shop", "--since", "soon"), 2, "is no time"),
        (("logs", "shop", "--since", "1m", "--until", "5m"), 2, "is after --until"),
        (("logs", "shop", "-f", "--json"), 2, "--follow has no end"),
        (("logs", "nobody"), 2, "there is no service"),
        (("logs", "shop", "-n", "-1"), 2, ""),
        (("logs", "backend"), 3, "has written no log"),
        (("signatures", "missing.log"), 2, "there is no file"),
        (("signatures", "/"), 2, "is a folder"),
    ],
)
def test_what_cannot_be_is_said_with_its_exit_code(
    config: Config, arguments: tuple[str, ...], code: int, words: str
) -> None:
    """2 for wrong use, 3 for what could not be reached."""
    done = tix(config, *arguments)
    assert done.returncode == code, done.stderr
    assert words in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_log_that_may_not_be_read_is_said(config: Config) -> None:
    """With the command that opens it."""
    (config.root / "shop.log").chmod(0)
    done = tix(config, "logs", "shop")
    assert (done.returncode, "no permission" in done.stderr) == (3, True)


def test_follow_prints_what_comes_through_rotation(config: Config) -> None:
    """After the newest lines."""
    command = [sys.executable, "-m", "tixmaster", "logs", "shop", "-n", "1", "-f"]
    environment = {**os.environ, "TIXMASTER_CONFIG": str(config.path)}
    path = config.root / "shop.log"
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().endswith("order 59\n")
        path.rename(config.root / "shop.log.1")
        path.write_text("2026-01-01T00:00:00Z INFO new\n")
        assert process.stdout.readline().endswith("INFO new\n")
        process.kill()


def test_signatures_of_any_file_or_pipe(config: Config, tmp_path: Path) -> None:
    """Counted, or one id for each line; the same id both ways."""
    path = tmp_path / "shop.log"
    document = json.loads(tix(config, "signatures", str(path), "--json").stdout)
    (signature,) = document["signatures"]
    assert (document["of"], signature["count"]) == ("errors", 6)
    assert tix(config, "signatures", str(path), "--assign").stdout.split() == [signature["id"]] * 60
    piped = subprocess.run(
        [sys.executable, "-m", "tixmaster", "signatures", "-", "--all", "--json"],
        input=path.read_bytes(),
        capture_output=True,
        check=True,
    )
    assert [item["count"] for item in json.loads(piped.stdout)["signatures"]] == [60]
