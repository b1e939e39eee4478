"""The OpenAPI document without a database: what the routes say, what is kept in docs/, and whether both are valid."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from prometheus_client import CollectorRegistry

from tixmaster.boxoffice.app import create_app
from tixmaster.boxoffice.metrics import BoxOfficeMetrics
from tixmaster.boxoffice.office import Office
from tixmaster.boxoffice.settings import read
from tixmaster.cli.develop import OPENAPI, TOOLS

KEPT = Path(__file__).parents[3] / OPENAPI
ENVIRONMENT = {
    "BOXOFFICE_DATABASE_URL": "postgres://nowhere",
    "BOXOFFICE_JWT_SECRET": "s" * 32,
    "BOXOFFICE_ADMIN_PASSWORD": "a",
    "BOXOFFICE_PROBE_PASSWORD": "p",
    "BOXOFFICE_TICKET_KEY": "a" * 43,
    "BOXOFFICE_SIMULATOR_SECRET": "w" * 32,
}


@pytest.fixture
async def served() -> dict[str, Any]:
    """The document as the application serves it."""
    office = SimpleNamespace(settings=read(ENVIRONMENT), metrics=BoxOfficeMetrics(CollectorRegistry()))
    transport = httpx.ASGITransport(create_app(cast(Office, office)))
    async with httpx.AsyncClient(transport=transport, base_url="http://tixmaster.test") as client:
        return cast(dict[str, Any], (await client.get("/api/schema/openapi.json")).json())


async def test_the_served_document_is_valid_openapi(served: dict[str, Any]) -> None:
    """Every reference resolves and every schema is one: generators of clients take it."""
    assert [str(error)[:300] for error in OpenAPIV31SpecValidator(served).iter_errors()] == []


async def test_the_kept_document_is_the_served_one(served: dict[str, Any]) -> None:
    """After a change of the routes fetch it again: curl …/api/schema/openapi.json > docs/openapi.json."""
    assert json.loads(KEPT.read_text()) == served


async def test_every_error_names_the_schema_of_errors(served: dict[str, Any]) -> None:
    """Each operation refers to a schema that exists."""
    answers = [
        operation["responses"]["default"]["content"]["application/json"]["schema"]["$ref"]
        for operations in served["paths"].values()
        for operation in operations.values()
    ]
    assert set(answers) == {"#/components/schemas/Error"}
    assert served["components"]["schemas"]["Error"]["required"] == ["error"]


def test_tix_check_validates_the_kept_document() -> None:
    """With a tool that is in the list of all."""
    assert ("openapi-spec-validator", OPENAPI) in [command for _, command in TOOLS]
