"""The work that the box office does by itself."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from tixmaster.boxoffice import jobs
from tixmaster.boxoffice.errors import DatabaseAwayError
from tixmaster.boxoffice.office import Office


@pytest.mark.parametrize("trouble", [RuntimeError("a bug"), DatabaseAwayError(), OSError(5, "away")])
async def test_a_job_that_fails_is_done_again(monkeypatch: pytest.MonkeyPatch, trouble: Exception) -> None:
    """Whatever it fails of: refunds and holds must not wait for the next restart."""
    done = asyncio.Event()
    troubles = [trouble]

    async def work() -> None:
        if troubles:
            raise troubles.pop()
        done.set()

    monkeypatch.setattr(jobs, "AWAY_SECONDS", 0)
    monkeypatch.setattr(jobs, "jobs", lambda _: [jobs.Job(name="work", every_seconds=0, do=work)])
    async with jobs.at_work(cast(Office, None)):
        await asyncio.wait_for(done.wait(), 5)
