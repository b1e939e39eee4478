"""The OpenAPI document: kept, complete, and true of the running server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.integration.boxoffice.conftest import ADMIN_PASSWORD, Backend

if TYPE_CHECKING:
    from tests.integration.boxoffice.conftest import World

KEPT = Path(__file__).parents[3] / "docs" / "openapi.json"
SCHEMA = "/api/schema/openapi.json"
SPARED = "^/api/(fault|crash|slow)"
EXCLUDED = (
    # The contract's pages send ids as text and get them understood; so "1" is not refused where 1 is meant.
    "negative_data_rejection",
    # A generated order names no ticket that exists: 404 is right.
    "positive_data_acceptance",
    # The framework answers OPTIONS by itself, and names the methods of a path's first handler only.
    "allow_header_conformance",
)


async def test_the_kept_document_is_the_served_one(world: World) -> None:
    """After a change of the routes fetch it anew: curl …/api/schema/openapi.json > docs/openapi.json."""
    served = (await world.visitor().get(SCHEMA)).json()
    assert served["openapi"].startswith("3.1")
    assert json.loads(KEPT.read_text()) == served


async def test_every_route_says_whether_it_wants_a_token(world: World) -> None:
    """A route that the document calls open answers without one; the others answer 401."""
    served = (await world.visitor().get(SCHEMA)).json()
    for path, operations in served["paths"].items():
        for method, operation in operations.items():
            url = path.replace("{number}", "TM-X").replace("{user_id}", "0" * 8 + "-0000" * 3 + "-" + "0" * 12)
            url = url.replace("{event_id}", "1").replace("{ticket_id}", "1").replace("{key}", "X")
            answer = await world.visitor().request(method, url, json={})
            if path not in ("/api/payments/webhooks/{provider}",):
                assert (answer.status_code == 401) == ("security" in operation), (method, path, answer.text)


@pytest.mark.parametrize("who", ["visitor", "buyer", "admin"])
def test_schemathesis_finds_nothing(
    start_backend: Callable[..., Backend], database_url: str, who: str, tmp_path: Path
) -> None:
    """Thousands of requests made up from the document: every answer is as it says, and none is a 5xx."""
    backend = start_backend(database_url)
    backend.wait_for(200)
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"http://127.0.0.1:{backend.port}{SCHEMA}"]
    command += ["--exclude-checks", ",".join(EXCLUDED), "--exclude-path-regex", SPARED, "--generation-database", "none"]
    command += ["--max-examples", "15", "--seed", "1", "--phases", "examples,coverage,fuzzing", "--warnings", "off"]
    if token := _token(backend.client, who):
        command += ["--header", f"Authorization: Bearer {token}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def _token(client: httpx.Client, who: str) -> str | None:
    credentials = {"email": "admin@tixmaster.invalid", "password": ADMIN_PASSWORD}
    if who == "visitor":
        return None
    if who == "buyer":
        credentials = {"email": "buyer@example.org", "password": "correct horse"}
        client.post("/api/users/register", json={**credentials, "name": "Buyer"}).raise_for_status()
    return str(client.post("/api/users/login", json=credentials).raise_for_status().json()["token"])
