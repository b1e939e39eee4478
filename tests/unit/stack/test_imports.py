"""What the commands import before they do anything."""

from __future__ import annotations

import subprocess
import sys


def test_configuration_and_logs_do_without_what_servers_import() -> None:
    """Loading what servers log and count with would take a command a third of a second."""
    code = "import sys, tixmaster.stack.config, tixmaster.stack.logs; print(*sys.modules)"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert not {"structlog", "prometheus_client"} & set(printed.split())
