"""A real Redmine: Debian's files (REDMINE_HOME, or where its package puts them), a database and a project of our own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tixmaster.stack.ports import unused

from .servers import eventually

HOME = Path(os.environ.get("REDMINE_HOME", "/usr/share/redmine"))
KEY = "0123456789abcdef0123456789abcdef01234567"
PREPARED = """
Setting.rest_api_enabled = '1'
admin = User.find_by_login('admin')
admin.update_columns(must_change_passwd: false)
Token.create!(user: admin, action: 'api').update_columns(value: '%s')
project = Project.new(name: 'Shop', identifier: 'shop')
project.tracker_ids = Tracker.pluck(:id)
project.enabled_module_names = ['issue_tracking']
project.save!
"""


@contextmanager
def redmine(folder: Path) -> Iterator[str]:
    """The address of a Redmine with the project `shop`, of which KEY opens everything."""
    home, port = folder / "redmine", unused(1)[0]
    shutil.copytree(HOME, home, symlinks=True, ignore=shutil.ignore_patterns("instances", "Gemfile.lock"))
    settings = home / "instances" / "default" / "config"
    for name in ("config", "files", "tmp", "log"):
        (home / "instances" / "default" / name).mkdir(parents=True)
    (settings / "database.yml").write_text(f"production:\n  adapter: sqlite3\n  database: {folder}/redmine.sqlite\n")
    (settings / "secret_key.txt").write_text("0123456789abcdef" * 4)
    (home / "Gemfile.local").write_text('gem "sqlite3", "~> 1.4.0"\ngem "webrick"\n')
    for command in (
        [
            "bundle",
            "install",
            "--local",
            "--quiet",
        ],  # writes the lock file and fails, where Debian's Bundler is patched
        ["bundle", "exec", "rake", "db:migrate"],
        ["bundle", "exec", "rake", "redmine:load_default_data"],
        ["bundle", "exec", "rails", "runner", PREPARED % KEY],
    ):
        done = subprocess.run(command, cwd=home, env=_environment(), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    with (folder / "redmine.log").open("wb") as log:
        server = subprocess.Popen(
            ["bundle", "exec", "rails", "server", "-u", "webrick", "-b", "127.0.0.1", "-p", str(port)],
            cwd=home,
            env=_environment(),
            stdout=log,
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: _answers(url), within=120)
        yield url
    finally:
        server.kill()
        server.wait(10)


def _environment() -> dict[str, str]:
    return {**os.environ, "RAILS_ENV": "production", "REDMINE_LANG": "en", "SCHEMA": os.devnull}


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/login", timeout=30, trust_env=False).is_success
    except httpx.HTTPError:
        return False
