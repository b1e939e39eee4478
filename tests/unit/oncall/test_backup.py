"""Backups of the state: whole, private, bounded; a damaged state is found and named, and restoring loses no number."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import stat
import threading
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from tixmaster.oncall import intake
from tixmaster.oncall.backups import Backups
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.errors import BackupError, StateAwayError, StateDamagedError
from tixmaster.oncall.incident import absorb_waiting
from tixmaster.oncall.store import backup, facts, integrity, open_database
from tixmaster.oncall.store.backup import FILES, RUNS, STATE, Backup
from tixmaster.oncall.store.probe import StateProbe
from tixmaster.oncall.store.restore import choose, restore

from .conftest import Clock, Webhook

NOW = datetime(2026, 3, 1, 4, tzinfo=UTC)
PAGE = 4096
ROWS, STEPS = 1000, 500


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as on-call leaves it behind, with rows in both files and no page unused."""
    folder = tmp_path_factory.mktemp("template") / "oncall"
    database = open_database(folder / STATE)
    with database.write() as connection:
        for number in range(ROWS):
            facts.put(connection, f"fact-{number}", "x" * 200, NOW)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("VACUUM")
    database.close()
    with closing(sqlite3.connect(folder / RUNS)) as runs, runs:
        runs.execute("PRAGMA journal_mode=WAL")
        runs.execute("CREATE TABLE step (run TEXT, name TEXT)")
        runs.executemany("INSERT INTO step VALUES (?, ?)", [(f"INC-{n}:run-1", "checks" * 20) for n in range(STEPS)])
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    """A copy of its own for a test."""
    return shutil.copytree(template, tmp_path / "oncall")


def _rows(file: Path) -> int:
    count = "SELECT count(*) FROM step" if file.name == RUNS else "SELECT count(*) FROM fact"
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute(count).fetchone()[0])


def test_a_backup_is_whole_and_private(folder: Path) -> None:
    """Both files, all rows, readable by their owner only; nothing of the draft is left."""
    taken = backup.take(folder, NOW)
    assert (_rows(taken.folder / STATE), _rows(taken.folder / RUNS)) == (ROWS, STEPS)
    assert taken == backup.newest(folder)
    for path in (folder / backup.FOLDER, taken.folder):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    for name in FILES:
        assert stat.S_IMODE((taken.folder / name).stat().st_mode) == 0o600
    assert {entry.name for entry in (folder / backup.FOLDER).iterdir()} == {".lock", taken.name}


def test_backups_are_kept_for_seven_days_and_the_newest_for_ever(folder: Path) -> None:
    """Ten daily ones leave eight (today's and seven days of others); after a month without any, the last one stays."""
    for day in range(10):
        backup.take(folder, NOW + timedelta(days=day))
    assert len(backup.backups(folder)) == 8
    backup.take(folder, NOW + timedelta(days=60))
    assert [one.taken_at for one in backup.backups(folder)] == [NOW + timedelta(days=60)]


def test_two_in_the_same_second_are_two(folder: Path) -> None:
    """The second has a name of its own."""
    assert backup.take(folder, NOW).folder != backup.take(folder, NOW).folder


def test_a_full_disk_is_no_reason_to_fill_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too little space is said before a byte is written, with how much is needed."""
    usage = shutil.disk_usage(folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=20_000_000))
    with pytest.raises(BackupError, match=r"20\.0 MB free, .* needed"):
        backup.take(folder, NOW)
    assert backup.backups(folder) == []


def test_runs_stand_still_while_both_files_are_copied(folder: Path) -> None:
    """A step noted during the copying would be in one copy and not in the other. Whoever writes one meanwhile waits."""
    running, stop = threading.Event(), threading.Event()

    def work() -> None:
        """As a run does it: the effect in the state first, then the step is noted as done."""
        with (
            closing(sqlite3.connect(folder / STATE, timeout=30, isolation_level=None)) as state,
            closing(sqlite3.connect(folder / RUNS, timeout=30, isolation_level=None)) as runs,
        ):
            number = 0
            while not stop.is_set():
                number += 1
                state.execute(
                    "INSERT INTO fact VALUES (?, '1', '2026-03-01 00:00:00.000000')", (f"effect-{number:06}",)
                )
                runs.execute("INSERT INTO step VALUES ('effect', ?)", (f"effect-{number:06}",))
                running.set()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        assert running.wait(30)
        taken = [backup.take(folder, NOW + timedelta(seconds=second)) for second in range(5)]
    finally:
        stop.set()
        worker.join()
    for one in taken:
        with closing(sqlite3.connect(one.folder / STATE)) as state, closing(sqlite3.connect(one.folder / RUNS)) as runs:
            effects = {row[0] for row in state.execute("SELECT name FROM fact WHERE name LIKE 'effect-%'")}
            done = {row[0] for row in runs.execute("SELECT name FROM step WHERE run = 'effect'")}
        assert done <= effects  # no step is done whose effect is not there
        assert len(effects - done) <= 1  # as after a crash: the one under way


def test_one_backup_at_a_time(folder: Path) -> None:
    """The second is told so, and the first is not disturbed."""
    with backup._alone(folder), pytest.raises(BackupError, match="another backup"):
        backup.take(folder, NOW)


def test_without_a_state_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    """An empty backup would look like one."""
    with pytest.raises(BackupError, match="has not run yet"):
        backup.take(tmp_path, NOW)


class Wound(NamedTuple):
    """How a file is damaged."""

    name: str
    offset: int
    content: bytes | None
    """None: the file ends there."""


def _wounds(size: int, seed: int) -> list[Wound]:
    chance = random.Random(seed)
    page = chance.randrange(1, size // PAGE) * PAGE
    return [
        Wound("header", 0, b"\0" * 100),
        Wound("first page", 0, chance.randbytes(PAGE)),
        Wound("a page", page, chance.randbytes(PAGE)),
        Wound("a page of zeros", page, b"\0" * PAGE),
        Wound("cut short", size // 2 // PAGE * PAGE, None),
        Wound("no database", 0, b"hello " * (size // 6)),
    ]


def _wound(file: Path, wound: Wound) -> None:
    with file.open("r+b") as opened:
        opened.seek(wound.offset)
        if wound.content is None:
            opened.truncate()
        else:
            opened.write(wound.content)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", range(6))
def test_damage_is_found_and_the_way_out_is_named(folder: Path, file: str, seed: int, kind: int) -> None:
    """Wherever the file is damaged: the message has the file, the newest backup and the command."""
    taken = backup.take(folder, NOW)
    wound = _wounds((folder / file).stat().st_size, seed)[kind]
    _wound(folder / file, wound)
    with pytest.raises(StateDamagedError) as found:
        integrity.check_state(folder)
    for part in (str(folder / file), taken.name, f"tix restore {taken.name}"):
        assert part in str(found.value)
        assert part in found.value.words.zh
    with pytest.raises(StateDamagedError):
        backup.take(folder, NOW + timedelta(days=1))
    assert backup.backups(folder) == [taken]  # a damaged copy does not replace a good one


def test_without_a_backup_the_message_says_what_is_lost(folder: Path) -> None:
    """Moving the file away is the only way then."""
    _wound(folder / STATE, Wound("header", 0, b"\0" * 100))
    with pytest.raises(StateDamagedError, match="There is no backup"):
        integrity.check_state(folder)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("what", ["empty", "folder", "dangling"])
def test_what_is_no_database_is_not_taken_for_a_new_one(folder: Path, name: str, what: str) -> None:
    """SQLite would begin anew in an empty file, and on-call would look healthy without its incidents."""
    taken = backup.take(folder, NOW)
    (folder / name).unlink()
    if what == "empty":
        (folder / name).touch()
    elif what == "folder":
        (folder / name).mkdir()
    else:
        (folder / name).symlink_to(folder / "gone")
    with pytest.raises(StateDamagedError, match=rf"{name}: .*`tix restore {taken.name}`"):
        integrity.check_state(folder)


def test_an_empty_file_without_a_backup_is_a_beginning(folder: Path) -> None:
    """The very first start may end right after the file was made."""
    (folder / STATE).write_bytes(b"")
    integrity.check_state(folder)


@pytest.mark.parametrize("what", ["file", "dangling"])
def test_a_folder_that_is_none_is_named(folder: Path, what: str) -> None:
    """Somebody linked the backups to a disk that is not mounted."""
    place = folder / backup.FOLDER
    if what == "file":
        place.touch()
    else:
        place.symlink_to(folder / "gone")
    with pytest.raises(BackupError, match=r"cannot write to .*backups: .*run `tix backup`"):
        backup.take(folder, NOW)
    assert backup.newest(folder) is None


def test_a_damaged_state_is_not_opened(folder: Path) -> None:
    """Also a command that opens it beside on-call says what is wrong, without a trace."""
    _wound(folder / STATE, Wound("header", 0, b"\0" * 100))
    with pytest.raises(StateDamagedError, match=STATE):
        open_database(folder / STATE)


def test_a_restore_brings_back_what_was_backed_up(folder: Path, tmp_path: Path) -> None:
    """Rows, modes, and the replaced files aside, with their write-ahead log."""
    taken = backup.take(folder, NOW)
    with closing(sqlite3.connect(folder / STATE)) as later:
        later.execute("DELETE FROM fact")
        later.commit()
        aside = restore(folder, choose(folder, None), tmp_path / "records", NOW)
        assert (aside / f"{STATE}-wal").exists()  # still open here: SQLite had not folded it in
    assert _rows(folder / STATE) == ROWS + 1  # with the floor of incident numbers
    assert _rows(folder / RUNS) == STEPS
    assert stat.S_IMODE((folder / STATE).stat().st_mode) == 0o600
    assert taken in backup.backups(folder)
    integrity.check_state(folder)


@pytest.mark.parametrize("death", range(12))
def test_a_restore_that_dies_loses_nothing(
    folder: Path, tmp_path: Path, death: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it stops: the old state is whole, or on-call refuses to start until it is run again."""
    backup.take(folder, NOW)
    left = [death]
    rename = Path.rename

    def dying(path: Path, target: Path) -> Path:
        if left[0] == 0:
            raise KeyboardInterrupt
        left[0] -= 1
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", dying)
    with suppress(KeyboardInterrupt):
        restore(folder, choose(folder, None), tmp_path / "records", NOW)
    monkeypatch.undo()
    if (folder / backup.UNFINISHED).exists():
        with pytest.raises(StateDamagedError, match="interrupted"):
            integrity.check_state(folder)
    restore(folder, choose(folder, None), tmp_path / "records", NOW)
    integrity.check_state(folder)
    assert _rows(folder / STATE) == ROWS + 1


def test_a_damaged_backup_is_not_restored(folder: Path, tmp_path: Path) -> None:
    """The state stays as it is."""
    taken = backup.take(folder, NOW)
    _wound(taken.folder / RUNS, Wound("a page", PAGE, os.urandom(PAGE)))
    with pytest.raises(BackupError, match="damaged itself"):
        restore(folder, taken, tmp_path / "records", NOW)
    assert _rows(folder / STATE) == ROWS


def test_a_backup_of_a_newer_release_is_not_restored(folder: Path, tmp_path: Path) -> None:
    """An older program cannot read a newer schema."""
    taken = backup.take(folder, NOW)
    with closing(sqlite3.connect(taken.folder / STATE)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BackupError, match="newer TixMaster"):
        restore(folder, taken, tmp_path / "records", NOW)


def test_an_unknown_name_lists_those_there_are(folder: Path) -> None:
    """Without any backup it says so."""
    with pytest.raises(BackupError, match="no backup in"):
        choose(folder, None)
    taken = backup.take(folder, NOW)
    with pytest.raises(BackupError, match=taken.name):
        choose(folder, "yesterday")


def test_incident_numbers_are_not_given_twice(desk: Desk, webhook: Webhook, clock: Clock, tmp_path: Path) -> None:
    """Mails, issues and records with later numbers are out in the world: the next incident goes on behind them."""
    folder, records = desk.config.var / "oncall", tmp_path / "records"
    backup.take(folder, NOW)
    for number in range(3):
        intake.store(desk, webhook(fingerprint=f"{number:016}", labels={"service": f"service-{number}"}))
    absorb_waiting(desk)
    desk.database.close()
    (records / "INC-7").mkdir(parents=True)
    restore(folder, choose(folder, None), records, NOW)
    _check_next(desk, webhook, 8)
    backup.take(folder, NOW + timedelta(hours=1))
    shutil.rmtree(records)
    restore(folder, choose(folder, None), records, NOW)
    assert _numbers(folder) == [8]


def _check_next(desk: Desk, webhook: Webhook, number: int) -> None:
    again = open_database(desk.config.var / "oncall" / STATE)
    object.__setattr__(desk, "database", again)
    intake.store(desk, webhook(fingerprint="f" * 16))
    absorb_waiting(desk)
    assert _numbers(desk.config.var / "oncall") == [number]
    again.close()


def _numbers(folder: Path) -> list[int]:
    with closing(sqlite3.connect(folder / STATE)) as connection:
        return [row[0] for row in connection.execute("SELECT number FROM incident ORDER BY number")]


@pytest.fixture
def backups(desk: Desk) -> Backups:
    """The thread's work, without the thread."""
    return Backups(desk)


def _taken(desk: Desk) -> list[Backup]:
    return backup.backups(desk.config.var / "oncall")


def test_a_backup_a_day(desk: Desk, clock: Clock, backups: Backups) -> None:
    """The first look takes one, further ones only when it is a day old, and a clock that is set back takes one at most."""
    backups.look()
    clock.pass_by(23 * 3600)
    backups.look()
    assert len(_taken(desk)) == 1
    clock.pass_by(3601)
    backups.look()
    assert len(_taken(desk)) == 2
    clock.set_by(timedelta(days=-14))
    for _ in range(5):
        backups.look()
        clock.pass_by(600)
    assert len(_taken(desk)) <= 3


def test_a_backup_that_fails_is_tried_again_in_an_hour(
    desk: Desk, clock: Clock, backups: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not every ten minutes, and not only tomorrow."""
    usage = shutil.disk_usage(desk.config.var)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=0))
        backups.look()
    clock.pass_by(600)
    backups.look()
    assert _taken(desk) == []
    clock.pass_by(3000)
    backups.look()
    assert len(_taken(desk)) == 1


def test_damage_while_running_is_found(desk: Desk, backups: Backups) -> None:
    """A page that nobody reads is damaged: the next look finds it, and health is no longer well."""
    probe = StateProbe(desk.database, desk.now)
    backups.look()
    probe.insist()
    file = desk.config.var / "oncall" / STATE
    with desk.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    descriptor = os.open(file, os.O_WRONLY)  # stays open: closing it would drop SQLite's locks on the file
    os.pwrite(descriptor, b"\xff" * (file.stat().st_size - 2 * PAGE), 2 * PAGE)
    backups.look()
    with pytest.raises(StateDamagedError, match=STATE):
        probe.insist()
    probe.close()
    os.close(descriptor)


def test_a_write_that_hangs_does_not_hang_health(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow disk is no failure at once; one that does not answer at all is, and one that answers again is well."""
    from tixmaster.oncall.store import probe as module

    monkeypatch.setattr(module, "WAIT_SECONDS", 0.05)
    monkeypatch.setattr(module, "FRESH_SECONDS", 0.0)
    probe = StateProbe(desk.database, desk.now)
    with desk.database.write():
        probe.insist()
        monkeypatch.setattr(module, "STUCK_SECONDS", 0.0)
        with pytest.raises(StateAwayError, match="has not ended"):
            probe.insist()
    monkeypatch.setattr(module, "WAIT_SECONDS", 30)
    probe.insist()
    probe.close()


def test_health_wakes_nobody(desk: Desk) -> None:
    """Its row is no change: open pages are not told, and what rests goes on resting."""
    told: list[None] = []
    desk.database.committed = lambda: told.append(None)
    before = desk.database.written
    probe = StateProbe(desk.database, desk.now)
    probe.insist()
    probe.close()
    assert (told, desk.database.written) == ([], before)
