"""What the containers of docker-compose.yml run. The image's entrypoint is `tix container`."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

HEALTHY, ILL = 0, 1


def register(app: App) -> None:
    """Adds `tix container …`, which people have no need of and `--help` does not list."""
    group = App(name="container", show=False, help="What the containers of docker-compose.yml run.")
    group.command(run)
    group.command(health)
    group.command(database)
    group.command(secrets)
    app.command(group)


def run(service: str, /) -> None:
    """Become the process of a service: backend, oncall or mail."""
    from tixmaster.stack import config
    from tixmaster.stack.containers import process

    process.become(config.load(), service)


def health(service: str, /) -> int:
    """Ask a service once whether it is well, as its users would ask."""
    from tixmaster.stack import config
    from tixmaster.stack import health as asked

    found = asked.probe(config.load(), service)
    print(found.detail)
    return HEALTHY if found.healthy else ILL


def database() -> int:
    """Make the box office's database and its roles where they are missing."""
    from tixmaster.stack import config
    from tixmaster.stack.containers import database as made

    made.prepare(config.load())
    return HEALTHY


def secrets(folder: Path, /) -> int:
    """Make the secrets that are missing in a folder; those that are there stay."""
    from tixmaster.stack import config
    from tixmaster.stack.containers import secrets as made

    names = made.prepare(config.load(), folder)
    print(f"made {', '.join(names)}" if names else "all secrets are there")
    return HEALTHY
