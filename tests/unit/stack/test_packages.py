"""System packages: what is missing, what that costs, what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tixmaster.stack import packages
from tixmaster.stack.programs import installed


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on its PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tixmaster.stack.programs.HOMEBREW", ())
    return tmp_path


def provide(folder: Path, name: str, script: str = "exit 0") -> None:
    """Puts a program on the PATH."""
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_either_name_of_a_program_will_do(bare: Path) -> None:
    """Debian prefixes Alertmanager's."""
    assert installed(("prometheus-alertmanager", "alertmanager")) is None
    provide(bare, "alertmanager")
    assert installed(("prometheus-alertmanager", "alertmanager")) == str(bare / "alertmanager")


def test_without_a_package_manager_nothing_is_done_and_the_cost_is_known(bare: Path) -> None:
    """The caller goes on without."""
    said: list[str] = []
    still = packages.install(packages.missing(), said.append)
    assert [package.service for package in still] == ["prometheus", "alertmanager"]
    assert all(package.cost for package in still)
    assert not said


def test_the_advice_is_a_command(bare: Path) -> None:
    """For this machine's package manager."""
    provide(bare, "apt-get")
    advice = packages.advice(packages.missing())
    assert advice == "sudo apt-get install --no-install-recommends prometheus prometheus-alertmanager"


def test_packaged_services_are_kept_from_starting(bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """policy-rc.d forbids it while apt works, and is gone afterwards."""
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(packages, "POLICY", policy)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    provide(bare, "apt-get", f'[ "$1" = update ] || exec /bin/sh -c "{policy}; echo \\$? >{tmp_path}/verdict"')
    provide(bare, "systemctl")
    packages.install(packages.missing(), lambda _: None)
    assert (tmp_path / "verdict").read_text() == "101\n"
    assert not policy.exists()
