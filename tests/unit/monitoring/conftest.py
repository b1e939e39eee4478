"""A bench for rules: time-compressed histories, run through `promtool test rules` in both timing profiles."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tixmaster.stack import config as configuration
from tixmaster.stack.config import Config, Timing
from tixmaster.stack.monitoring import rules
from tixmaster.stack.monitoring.timings import PROFILES, Timings
from tixmaster.stack.monitoring.yaml import document


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Evaluates the rules of one profile over series in promtool's notation, one sample every `step` seconds."""

    folder: Path
    config: Config
    timings: Timings

    def expect(self, alert: str, series: Mapping[str, str], fired: Mapping[int, bool], *, step: int) -> None:
        """Asserts whether `alert` is firing at each moment (seconds) of `fired`."""
        firing_now = f'count(ALERTS{{alertname="{alert}",alertstate="firing",severity="critical"}}) or vector(0)'
        self.evaluate(
            series,
            step,
            of=alert,
            expectations=[
                {
                    "expr": firing_now,
                    "eval_time": f"{moment}s",
                    "exp_samples": [{"labels": "{}", "value": int(firing)}],
                }
                for moment, firing in fired.items()
            ],
        )

    def expect_never(self, alert: str, series: Mapping[str, str], *, until: int, step: int) -> None:
        """Asserts that `alert` does not fire at any moment up to `until` seconds."""
        firing = f'ALERTS{{alertname="{alert}",alertstate="firing",severity="critical"}}'
        ever = f"count(count_over_time({firing}[{until}s])) or vector(0)"
        self.evaluate(
            series,
            step,
            of=alert,
            expectations=[{"expr": ever, "eval_time": f"{until}s", "exp_samples": [{"labels": "{}", "value": 0}]}],
        )

    def evaluate(
        self, series: Mapping[str, str], step: int, expectations: list[dict[str, object]], *, of: str | None = None
    ) -> None:
        """Asserts promtool's own `promql_expr_test` expectations of all rules, or of what the alert `of` rests on."""
        groups = [
            group
            for group in rules.groups(self.config, self.timings)
            if of is None or group.name == "availability" or of in {alert.name for alert in group.alerts}
        ]
        for group in groups:
            (self.folder / f"{group.name}.yml").write_text(document(group.document(), source=f"rules/{group.name}.py"))
        test = {
            "rule_files": [f"{group.name}.yml" for group in groups],
            "evaluation_interval": f"{step}s",
            "group_eval_order": [group.name for group in groups],
            "tests": [
                {
                    "interval": f"{step}s",
                    "input_series": [{"series": name, "values": values} for name, values in series.items()],
                    "promql_expr_test": expectations,
                }
            ],
        }
        (self.folder / "test.yml").write_text(yaml.safe_dump(test))
        done = subprocess.run(
            ["promtool", "test", "rules", "test.yml"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def settings(tmp_path: Path) -> Config:
    """The default configuration in a folder of its own."""
    path = tmp_path / "tixmaster.toml"
    path.write_text("")
    return configuration.load(path)


@pytest.fixture(params=["standard", "drill"])
def timing(request: pytest.FixtureRequest) -> Timing:
    """Each timing profile in turn."""
    profile: Timing = request.param
    return profile


@pytest.fixture
def bench(tmp_path: Path, settings: Config, timing: Timing) -> Bench:
    """The rules of the profile `timing` on a bench; needs promtool."""
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed (package prometheus)")
    return Bench(folder=tmp_path, config=settings, timings=PROFILES[timing])


@pytest.fixture
def needs_promtool() -> None:
    """Skips where promtool is not installed."""
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed (package prometheus)")
