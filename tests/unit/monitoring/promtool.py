"""Carries out histories with `promtool test rules`, many in one run."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.unit.monitoring.histories import History

from tixmaster.stack.monitoring.model import Alert, Group
from tixmaster.stack.monitoring.timings import Timings

RULES = "alerts.yml"


def complaints(
    folder: Path, alerts: Iterable[Alert], cases: list[History], timings: Timings, everywhere: Mapping[str, str] = {}
) -> list[str]:
    """What promtool found wrong, one line a case. `everywhere` is put beside all cases."""
    group = Group(name="alerts", rules=tuple(alerts))
    (folder / RULES).write_text(json.dumps(group.document()))
    names = [_write(folder, step, cases, timings, everywhere) for step in {case.spec.step(timings) for case in cases}]
    done = subprocess.run(
        ["promtool", "test", "rules", *names], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    said = (done.stdout + done.stderr).replace('\\"', '"')
    found = re.findall(
        r'alertname="(\w+)",severity="(\w+)".*?env="(.*?)".*?time: (\w+),.*?got:\s*\{\} (\S+)', said, re.S
    )
    lines = [f"{name} {severity}, {env}: at {moment} fires {got}" for name, severity, env, moment, got in found]
    return lines or ([said] if done.returncode else [])


def _write(folder: Path, step: int, cases: list[History], timings: Timings, everywhere: Mapping[str, str]) -> str:
    """A test file with all cases whose samples are so many seconds apart."""
    mine = [(f"{number} {case.what}", case) for number, case in enumerate(cases) if case.spec.step(timings) == step]
    series = {_placed(name, env): text for env, case in mine for name, text in case.series.items()}
    expected = [_expectation(env, case, moment, now) for env, case in mine for moment, now in case.fires.items()]
    test = {
        "interval": f"{step}s",
        "input_series": [{"series": name, "values": values} for name, values in {**series, **everywhere}.items()],
        "promql_expr_test": expected,
    }
    document = {"rule_files": [RULES], "evaluation_interval": f"{step}s", "tests": [test]}
    path = folder / f"every-{step}s.yml"
    path.write_text(json.dumps(document))  # which is YAML, too, and written in a twentieth of the time
    return path.name


def _placed(name: str, env: str) -> str:
    """The series with the labels of its case; what has a service keeps it."""
    metric, _, inside = name.rstrip("}").partition("{")
    labels = [inside] if inside else []
    if "service=" not in inside:
        labels.append(f'service="{env}"')
    labels.append(f'env="{env}"')
    return f"{metric}{{{','.join(labels)}}}"


def _expectation(env: str, case: History, moment: int, firing: bool) -> dict[str, Any]:
    labels = f'alertname="{case.spec.alert}",severity="{case.spec.severity}",alertstate="firing",env="{env}"'
    return {
        "expr": f"count(ALERTS{{{labels}}}) or vector(0)",
        "eval_time": f"{moment}s",
        "exp_samples": [{"labels": "{}", "value": int(firing)}],
    }
