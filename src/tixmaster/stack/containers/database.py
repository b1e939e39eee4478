"""The database of a Compose project: PostgreSQL's own image runs it, we make in it what `tix up` makes in ours."""

from __future__ import annotations

from tixmaster.stack import health, postgres
from tixmaster.stack.config import Config
from tixmaster.stack.errors import UnreachableError
from tixmaster.stack.said import said

WAIT_SECONDS = 60.0


def prepare(config: Config) -> None:
    """Makes the database and its roles where they are missing; raises `UnreachableError` where the server stays away."""
    found = health.wait(config, "postgres", WAIT_SECONDS)
    if not found.healthy:
        raise UnreachableError(
            said(
                "{detail}, for {seconds:g} s. `docker compose logs tixmaster-postgres` says why; where "
                "deploy/secrets was replaced after the data was made, put the old secrets back.",
                "{detail}，已持續 {seconds:g} 秒。`docker compose logs tixmaster-postgres` 可查看原因；"
                "若 deploy/secrets 在資料建立後遭替換，請放回原本的密鑰。",
                detail=found.detail,
                seconds=WAIT_SECONDS,
            )
        )
    postgres.ensure_database(config)
