"""Which cases of the long tests a run takes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import sampling
from tests.sampling import FULL, RECORD, SLOTS, due, plan, slot_of


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever the run that this test is part of was asked for."""
    for name in (FULL, RECORD):
        monkeypatch.delenv(name, raising=False)
    plan.cache_clear()
    yield
    plan.cache_clear()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """23 commits, each of a file of its own."""
    root = tmp_path_factory.mktemp("tree")
    git(root, "init", "-q", "-b", "main")
    commits = (
        f"commit refs/heads/main\ncommitter a <a@x.org> {number} +0000\ndata 0\n"
        f"M 644 inline part{number}.py\ndata 0\n\n"
        for number in range(1, 24)
    )
    git(root, "fast-import", "--quiet", stdin="".join(commits))
    return root


@pytest.fixture
def tree(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository, in place of this one."""
    monkeypatch.setattr(sampling, "ROOT", repository)
    return repository


def git(folder: Path, *words: str, stdin: str = "") -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, timeout=60, input=stdin, text=True)


@pytest.mark.usefixtures("tree")
def test_a_run_takes_the_slot_of_its_commit_and_what_changed() -> None:
    """Commit 23: slot 3, and the modules of the last ten commits."""
    assert plan().slots == {3}
    assert plan().changed == {f"part{number}" for number in range(14, 24)}
    assert "commit 23" in plan().why


@pytest.mark.usefixtures("tree")
def test_ten_commits_take_everything() -> None:
    """Each case stands in one slot, and a case about a changed module is due besides."""
    names = [f"case {number}" for number in range(200)]
    assert {slot_of(name) for name in names} == set(range(SLOTS))
    plain = due(names, str, lambda _: ())
    assert 0 < len(plain) < len(names) / 4
    assert due(names, str, lambda name: ("part20",) if name == "case 7" else ()) == [
        name for name in names if name in {*plain, "case 7"}
    ]


@pytest.mark.parametrize(("last", "slots"), [("22", {3}), ("19", {0, 1, 2, 3}), ("2", set(range(SLOTS))), ("99", {3})])
@pytest.mark.usefixtures("tree")
def test_slots_since_the_last_recorded_run_are_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str, slots: set[int]
) -> None:
    """A record of another history counts for nothing; a green run is recorded."""
    place = tmp_path / "record"
    place.write_text(f"{last}\n")
    monkeypatch.setenv(RECORD, str(place))
    assert plan().slots == slots
    sampling.record()
    assert place.read_text().split() == [last, "23"]


def test_all_of_it_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """`./tix test --full`."""
    monkeypatch.setenv(FULL, "1")
    assert plan().full
    assert due(range(50), str, lambda _: ()) == list(range(50))


def test_without_history_it_is_slot_0(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shallow clone, or a folder that is no repository."""
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{tree}", str(shallow))
    for root in (shallow, tmp_path):
        monkeypatch.setattr(sampling, "ROOT", root)
        plan.cache_clear()
        assert (plan().slots, plan().changed) == (frozenset({0}), frozenset())
        assert "no history" in plan().why
