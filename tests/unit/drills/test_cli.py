"""The drills at the keyboard."""

from __future__ import annotations

import fcntl
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclopts import App

from tixmaster.cli import drill
from tixmaster.drills import DRILLS
from tixmaster.drills.errors import DrillError
from tixmaster.stack.errors import ConfigError


@pytest.fixture
def tix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """The command line over a system of which nothing runs; the signal's handling is left as it was."""
    before = signal.getsignal(signal.SIGTERM)
    path = tmp_path / "tixmaster.toml"
    path.write_text("")
    monkeypatch.setenv("TIXMASTER_CONFIG", str(path))
    app = App(name="tix", result_action="return_value")
    drill.register(app)
    yield app
    signal.signal(signal.SIGTERM, before)


def test_the_list_names_faults_and_true_causes(tix: App, capsys: pytest.CaptureFixture[str]) -> None:
    """One line a drill."""
    assert tix(["drill", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [item.name for item in DRILLS]
    assert all(line.rstrip().endswith(item.cause or "–") for line, item in zip(lines, DRILLS, strict=True))


def test_an_unknown_drill_is_wrong_use(tix: App) -> None:
    """The words name those that there are."""
    with pytest.raises(ConfigError, match=r"no drill 'flood'.*instance-down, high-error-rate, .* and all"):
        tix(["drill", "run", "flood"])


def test_two_runs_at_once_are_refused(tix: App, tmp_path: Path) -> None:
    """Nobody could tell their faults apart."""
    (tmp_path / "var" / "drills").mkdir(parents=True)
    with (tmp_path / "var" / "drills" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DrillError, match="another `tix drill run`"):
            tix(["drill", "run", "all"])
