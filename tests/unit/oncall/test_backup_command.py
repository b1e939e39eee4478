"""`tix backup` and `tix restore` at the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tixmaster.cli import backup
from tixmaster.oncall.errors import BackupError, WrongUseError
from tixmaster.oncall.store import open_database


def _configured(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str = "") -> Path:
    (folder / "tixmaster.toml").write_text(text)
    monkeypatch.setenv("TIXMASTER_CONFIG", str(folder / "tixmaster.toml"))
    return folder / "var" / "oncall"


def test_taken_listed_and_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each says what it did and where."""
    folder = _configured(tmp_path, monkeypatch)
    open_database(folder / "oncall.sqlite").close()
    assert backup.backup() == 0
    name = capsys.readouterr().out.split()[1]
    assert backup.backup(list=True) == 0
    assert capsys.readouterr().out.startswith(name)
    assert backup.restore() == 0
    assert str(folder / "replaced-") in capsys.readouterr().out


def test_before_on_call_has_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing to back up, nothing to restore."""
    folder = _configured(tmp_path, monkeypatch)
    with pytest.raises(WrongUseError, match="has not run"):
        backup.backup()
    folder.mkdir(parents=True)
    with pytest.raises(BackupError, match="no backup in"):
        backup.restore()


@pytest.mark.parametrize(("command", "tool"), [("backup", "pg_dump"), ("restore", "pg_restore")])
def test_a_state_in_postgresql_is_left_to_its_tools(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, tool: str
) -> None:
    """The line names the database and the password's file, and not the password."""
    (tmp_path / "it's secret").write_text("hunter2\n")
    text = '[oncall]\ndatabase = "postgresql://oncall@db.example:6432/state"\ndatabase_password_file = "it\'s secret"\n'
    _configured(tmp_path, monkeypatch, text)
    with pytest.raises(WrongUseError) as refused:
        getattr(backup, command)()
    message = str(refused.value)
    assert tool in message
    assert "postgresql://oncall@db.example:6432/state" in message
    assert "it'\"'\"'s secret" in message
    assert "hunter2" not in message
