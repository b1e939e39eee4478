"""Asks `promtool` and `amtool` whether generated files are sound; a tool that is not installed is not asked."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tixmaster.stack.errors import StackError
from tixmaster.stack.monitoring.render import ALERTMANAGER, PROMETHEUS, RULES

TIME_LIMIT = 20.0


class InvalidConfigError(StackError):
    """A checking tool refused a generated file; its own words are in the message."""


def missing_tools() -> tuple[str, ...]:
    """The checking tools that are not installed."""
    return tuple(tool for tool in ("promtool", "amtool") if shutil.which(tool) is None)


def validate(folder: Path) -> None:
    """Checks the files below `folder` (laid out as in `var/`); raises `InvalidConfigError` at the first refusal."""
    # Syntax only: else promtool wants the token's file, which for a container lies in the container. Rules are checked below.
    _check("promtool", "check", "config", "--syntax-only", "--lint=all", "--lint-fatal", str(folder / PROMETHEUS))
    rule_files = sorted(str(path) for path in (folder / RULES).glob("*.yml"))
    _check("promtool", "check", "rules", "--lint=all", "--lint-fatal", *rule_files)
    _check("amtool", "check-config", str(folder / ALERTMANAGER))


def receivers(folder: Path, labels: Mapping[str, str]) -> tuple[str, ...] | None:
    """Where Alertmanager would send an alert with these labels, by amtool; None where amtool is not installed."""
    binary = shutil.which("amtool")
    if binary is None:
        return None
    command = [binary, "config", "routes", "test", f"--config.file={folder / ALERTMANAGER}"]
    command += [f"{name}={value}" for name, value in labels.items()]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, check=False)
    except subprocess.TimeoutExpired as error:
        raise InvalidConfigError(f"amtool did not say within {TIME_LIMIT:.0f} s where alerts go.") from error
    if done.returncode:
        words = (done.stdout + done.stderr).strip()
        raise InvalidConfigError(f"amtool cannot tell where alerts go: {words}\nRun `tix monitoring check`.")
    return tuple(done.stdout.strip().split(","))


def _check(tool: str, *arguments: str) -> None:
    binary = shutil.which(tool)
    if binary is None:
        return
    output = _run([binary, *arguments])
    if output is not None:
        raise InvalidConfigError(
            f"{tool} refuses the generated monitoring files, which were therefore not put in place:\n{output}\n"
            f"Mend the description in src/tixmaster/stack/monitoring and run `tix monitoring check`."
        )


def _run(command: Sequence[str]) -> str | None:
    """What the tool complains about; None when it is content."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return f"no answer within {TIME_LIMIT:.0f} s"
    return None if done.returncode == 0 else (done.stdout + done.stderr).strip()
