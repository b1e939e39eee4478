"""The real bench on a small log: what it finds and what it leaves behind, not how fast anything is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tixmaster.stack.packages import FOR_LOG_BENCH, missing

MET, MISSED = 0, 1


@pytest.mark.skipif(bool(missing(FOR_LOG_BENCH)), reason="ripgrep is not installed")
def test_it_finds_everything_and_prints_one_document(tmp_path: Path) -> None:
    """True figures whether or not a target is met, and nothing left on the disk."""
    done = subprocess.run(
        [sys.executable, "-m", "tixmaster", "bench", "logs", "--json", "--rounds=1", "--megabytes=20"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=90,
    )
    document = json.loads(done.stdout)
    assert done.returncode == (MET if document["ok"] else MISSED), done.stderr
    assert document["bench"] == "logs"
    assert document["targets"] == {
        "window_ms": 150,
        "ratio": 8,
        "assign_lines_per_s": 100_000,
        "grouping_accuracy": 0.95,
    }
    figures = document["figures"]
    assert figures["found_exactly"]
    assert figures["errors"] > 1000
    assert figures["assign_lines_per_s"] > 0
    assert figures["grouping_accuracy"] > 0.95
    assert all(figures[name] > 0 for name in ("window_ms", "signatures_s", "ripgrep_s", "ratio", "window_entries"))
    assert list(tmp_path.iterdir()) == []
