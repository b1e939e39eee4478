"""Many histories in one run of promtool: each a set of series, and at which moments an alert fires or does not."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import rules
from tixmaster.stack.monitoring.timings import Timings
from tixmaster.stack.monitoring.yaml import document


@dataclass(frozen=True, kw_only=True)
class Case:
    """Series in promtool's notation, one sample every `step` seconds, and whether the alert fires at each moment."""

    name: str
    alert: str
    series: Mapping[str, str]
    fired: Mapping[int, bool]
    step: int

    def document(self) -> dict[str, object]:
        firing = f'count(ALERTS{{alertname="{self.alert}",alertstate="firing"}}) or vector(0)'
        return {
            "name": self.name,
            "interval": f"{self.step}s",
            "input_series": [{"series": name, "values": values} for name, values in self.series.items()],
            "promql_expr_test": [
                {"expr": firing, "eval_time": f"{moment}s", "exp_samples": [{"labels": "{}", "value": int(fires)}]}
                for moment, fires in self.fired.items()
            ],
        }


def hold(folder: Path, config: Config, timings: Timings, group_name: str, cases: Sequence[Case]) -> None:
    """Asserts all of them over the rules of one group; cases of one step are one file, as promtool wants it."""
    groups = [group for group in rules.groups(config, timings) if group.name == group_name]
    for group in groups:
        (folder / f"{group.name}.yml").write_text(document(group.document(), source=f"rules/{group.name}.py"))
    files = []
    for step in {case.step for case in cases}:
        files.append(f"cases-{step}.yml")
        tests = {
            "rule_files": [f"{group.name}.yml" for group in groups],
            "evaluation_interval": f"{step}s",
            "group_eval_order": [group.name for group in groups],
            "tests": [case.document() for case in cases if case.step == step],
        }
        (folder / files[-1]).write_text(yaml.safe_dump(tests))
    command = ["promtool", "test", "rules", *files]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
