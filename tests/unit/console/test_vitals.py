"""Who is given on-call's numbers."""

from __future__ import annotations

import pytest

from tixmaster.console.vitals import may_read


@pytest.mark.parametrize(
    ("caller", "called", "prometheus", "may"),
    [
        ("127.0.0.1", "127.0.0.1", "127.0.0.1", True),
        ("::1", "::1", "192.0.2.7", True),
        ("192.0.2.1", "192.0.2.1", "127.0.0.1", True),
        ("192.0.2.7", "192.0.2.1", "192.0.2.7", True),
        ("192.0.2.8", "192.0.2.1", "192.0.2.7", False),
        ("192.0.2.8", "192.0.2.1", "127.0.0.1", False),
        ("192.0.2.7", "192.0.2.1", "prometheus.invalid", False),
        ("", "", "127.0.0.1", False),
    ],
)
async def test_the_numbers_are_for_this_machine_and_for_prometheus(
    caller: str, called: str, prometheus: str, may: bool
) -> None:
    """Whatever address of its own this machine calls, and Prometheus wherever the configuration says that it runs."""
    assert await may_read(caller, called, prometheus) is may
