"""The figures of `tix bench evidence`, and its judgement."""

from __future__ import annotations

import pytest

from tixmaster.bench import evidence
from tixmaster.bench.evidence import Baseline, Investigation, Outcome


def outcome(seconds: float, status: str = "ok") -> Outcome:
    one = Investigation(seconds=seconds, gathering_s=1.0, by_artefact={"Log": 0.7}, statuses={"panel: Errors": status})
    return Outcome(log_bytes=10**9, cold=one, warm=one, baseline=Baseline(ripgrep_s=0.3, panels_s=0.2, panels=4))


@pytest.mark.parametrize(
    ("seconds", "status", "ok"),
    [
        (2.4, "ok", True),
        (3.1, "ok", False),
        (2.4, "failed Prometheus does not answer", False),
        (2.4, "skipped none", True),
    ],
)
def test_the_target_is_three_seconds_with_nothing_failed(seconds: float, status: str, ok: bool) -> None:
    """An artefact that there was nothing to take for is no failure."""
    told = evidence.document(evidence.figures(outcome(seconds, status)))
    assert told["ok"] is ok
    assert told["figures"]["seconds"] == seconds
    assert told["figures"]["baseline_s"] == 0.5
