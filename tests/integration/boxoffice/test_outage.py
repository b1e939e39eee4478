"""The database goes away and comes back: the box office answers 503 meanwhile, and neither exits nor needs a hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from tests.integration.boxoffice.cluster import Cluster

if TYPE_CHECKING:
    from tests.integration.boxoffice.conftest import Backend

AWAY = {"error": "The database does not answer. Please try again in a moment."}


@pytest.mark.parametrize("way", [Cluster.stop, Cluster.kill])
def test_503_while_it_is_away_and_recovery_by_itself(
    cluster: Cluster, start_backend: Callable[..., Backend], way: Callable[[Cluster], None]
) -> None:
    """Under requests; each answer is quick, in words of ours, and the log names the cause."""
    backend = start_backend(cluster.url)
    backend.wait_for(200)
    way(cluster)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: backend.client.get("/api/events"), range(100)))
    assert {answer.status_code for answer in answers} == {503}
    assert answers[0].json() == AWAY
    assert answers[0].headers["retry-after"] == "1"
    assert max(answer.elapsed.total_seconds() for answer in answers) < 8
    assert backend.client.get("/health").json()["status"] == "UNAVAILABLE"
    cluster.start()
    backend.wait_for(200, "/api/events")
    assert backend.process.poll() is None
    backend.terminate()
    causes = {line.get("error") for line in backend.lines("error.log")}
    port = cluster.config.services.postgres.port
    assert f"ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', {port})" in causes


def test_a_start_without_a_database_waits_for_it(cluster: Cluster, start_backend: Callable[..., Backend]) -> None:
    """It answers 503 from the beginning, and migrates when the database comes."""
    cluster.stop()
    backend = start_backend(cluster.url)
    backend.wait_for(503)
    assert backend.client.get("/api/events").json() == AWAY
    assert backend.client.get("/metrics").status_code == 200
    cluster.start()
    backend.wait_for(200, "/api/events")
    assert len(backend.client.get("/api/events").json()["events"]) == 3


def test_a_database_that_is_there_but_dumb_is_away(cluster: Cluster, start_backend: Callable[..., Backend]) -> None:
    """Connections open and nothing answers: still 503 within two seconds, and still no pile of attempts."""
    backend = start_backend(cluster.url, BOXOFFICE_DATABASE_DEADLINE_MS="1500")
    backend.wait_for(200)
    frozen = cluster.freeze()
    started = time.monotonic()
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: backend.client.get("/api/events"), range(80)))
    seconds = time.monotonic() - started
    cluster.thaw(frozen)
    assert {answer.status_code for answer in answers} == {503}
    assert seconds < 60
    backend.wait_for(200, "/api/events")
