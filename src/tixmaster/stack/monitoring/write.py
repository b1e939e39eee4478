"""Puts the generated files in place and makes the running servers read them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tixmaster.stack.config import Config, Timing
from tixmaster.stack.errors import StackError
from tixmaster.stack.monitoring.client import Alertmanager, Prometheus
from tixmaster.stack.monitoring.render import RULES, SMTP_PASSWORD, render
from tixmaster.stack.monitoring.timings import PROFILES
from tixmaster.stack.monitoring.validate import InvalidConfigError, validate

GENERATED_WHOLE = (RULES.name, "dashboards")
"""Folders that hold nothing but generated files."""


class ReloadError(StackError):
    """A server kept its old configuration although it was asked to read the new one."""


def write_all(config: Config, timing: Timing | None = None) -> list[Path]:
    """Renders the profile `timing` (default: the configured one) into `var/` and returns the files that changed.

    A changed file is checked by promtool and amtool before it replaces the old one by an atomic rename, so a wrong
    description never takes the place of a running good one. Raises `InvalidConfigError`.
    """
    _write_smtp_password(config)
    return put(render(config, PROFILES[timing or config.timing]), config.var)


def put(wanted: Mapping[Path, str], root: Path) -> list[Path]:
    """Makes the files below `root` those that are wanted, each text at its path; returns what changed.

    They are checked first; where one is refused, all stay as they are. Raises `InvalidConfigError`.
    """
    if not any(_differs(root / path, text) for path, text in wanted.items()):
        return _remove_stale(root, wanted)
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=".monitoring-") as staging:
        for path, text in wanted.items():
            _place(Path(staging) / path, text)
        validate(Path(staging))
        changed = [path for path, text in wanted.items() if _differs(root / path, text)]
        for path in changed:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(staging) / path).replace(root / path)
    return [root / path for path in changed] + _remove_stale(root, wanted)


def check_profiles(config: Config) -> dict[Timing, str | None]:
    """Renders each timing profile afresh and checks it: what a tool complains about, None where all is well."""
    return {profile: _complaint(config, profile) for profile in PROFILES}


@contextmanager
def rendered(config: Config, profile: Timing) -> Iterator[Path]:
    """A passing folder that holds the files of a profile, laid out as in `var/`."""
    with tempfile.TemporaryDirectory(prefix="tixmaster-monitoring-") as folder:
        for path, text in render(config, PROFILES[profile]).items():
            _place(Path(folder) / path, text)
        yield Path(folder)


def _complaint(config: Config, profile: Timing) -> str | None:
    with rendered(config, profile) as folder:
        try:
            validate(folder)
        except InvalidConfigError as error:
            return str(error)
    return None


def reload(config: Config) -> None:
    """Makes both servers read their files again and verifies that they did.

    Raises `ReloadError` when one keeps its old configuration, `UnreachableError` when one does not answer.
    """
    with Prometheus(config.url("prometheus")) as prometheus:
        _reload(prometheus, "prometheus_config_last_reload_successful")
    with Alertmanager(config.url("alertmanager")) as alertmanager:
        _reload(alertmanager, "alertmanager_config_last_reload_successful")


def _reload(server: Prometheus | Alertmanager, verdict: str) -> None:
    server.reload()
    if server.metric(verdict) != 1:
        raise ReloadError(
            f"{server.name} at {server.url} did not take the new configuration ({verdict} is not 1). "
            f"Run `tix monitoring check` and look at `tix logs {server.name.lower()}`."
        )


def _differs(path: Path, text: str) -> bool:
    try:
        return path.read_text(encoding="utf-8") != text
    except FileNotFoundError:
        return True


def _place(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write_smtp_password(config: Config) -> None:
    """A mail password given in the settings goes into a file that only its owner may read."""
    smtp, path = config.mail.smtp, config.var / SMTP_PASSWORD
    if smtp.password is None or smtp.password_file is not None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".smtp-password-")  # mode 0600
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(smtp.password)
    Path(temporary).replace(path)


def _remove_stale(root: Path, wanted: Iterable[Path]) -> list[Path]:
    """Removes files beside those that are wanted, such as rules that no longer exist: they would go on being evaluated."""
    kept = {root / path for path in wanted}
    folders = {path.parent for path in kept if path.parent.name in GENERATED_WHOLE}
    stale = [path for folder in sorted(folders) for path in folder.iterdir() if path.is_file() and path not in kept]
    for path in stale:
        path.unlink()
    return stale
