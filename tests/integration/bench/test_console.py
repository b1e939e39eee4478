"""The real bench on a small state: what it times and what it leaves behind, not how fast anything is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tixmaster.oncall.sop.paper import BROWSERS

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
MET, MISSED = 0, 1
SMALL = ("--rounds=1", "--incidents=100", "--open-pages=10", "--seconds=2")


@pytest.mark.skipif(not any(map(shutil.which, BROWSERS)), reason="no Chromium here")
def test_it_times_every_page_and_prints_one_document(tmp_path: Path) -> None:
    """True figures whether or not a target is met, and nothing left on the disk."""
    done = subprocess.run(
        [sys.executable, "-m", "tixmaster", "bench", "console", "--json", *SMALL],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.stdout, done.stderr
    document = json.loads(done.stdout)
    assert done.returncode == (MET if document["ok"] else MISSED), done.stderr
    assert document["bench"] == "console"
    assert document["targets"].keys() == {
        "page_p99_ms",
        "first_paint_ms",
        "event_to_page_ms",
        "open_pages_cpu_percent",
    }
    figures = document["figures"]
    assert figures["timeline_rows"] == 10_000
    pages = figures["pages"]
    for path in ("/", "/incidents/INC-1", "/incidents/INC-101", "/alerts", "/drills", "/settings/audit", "/sop/print"):
        assert pages[path]["p99_ms"] >= pages[path]["p50_ms"] > 0
    assert figures["first_paint_ms_by_page"].keys() == pages.keys() - {"/metrics"}
    assert figures["event_to_page_ms"] > 0
    assert figures["pages_fetched_while_busy"] > 0
    assert list(tmp_path.iterdir()) == []
