"""Files that the configuration names: whether they are there and can be read.

`tix up` looks, `load` does not: a container holds only the files of its own service, and on-call has to start again at night
also where somebody has removed the token of a chat channel.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tixmaster.stack.config.lines import Place
from tixmaster.stack.config.problems import Problem
from tixmaster.stack.config.whole import Config


def unreadable(config: Config) -> Iterator[Problem]:
    """A problem for each file that is missing, empty or closed to us, and for folders that are none."""
    for place, path in _named(config):
        if (why := _why_not(config.path_of(path))) is not None:
            yield Problem(place=place, said=f"the file {config.path_of(path)} {why}.")
    if not (config.sop / "causes.md").is_file():
        said = f"the folder {config.sop} holds no SOP documents (causes.md is missing). Name the folder `sop` of TixMaster."
        yield Problem(place=("oncall", "sop"), said=said)
    if config.var.exists() and not config.var.is_dir():
        yield Problem(place=("state",), said=f"{config.var} is not a folder. Name another one, or remove the file.")


def _named(config: Config) -> Iterator[tuple[Place, Path]]:
    oncall, smtp = config.oncall, config.mail.smtp
    tracker, summary, openid = oncall.tracker, oncall.summary, oncall.openid
    single: dict[Place, Path | None] = {
        ("mail", "smtp", "password_file"): smtp.password_file if smtp.host else None,
        ("oncall", "database_password_file"): oncall.database_password_file,
        ("oncall", "tracker", "token_file"): tracker.token_file if tracker else None,
        ("oncall", "tracker", "codeowners"): tracker.codeowners if tracker else None,
        ("oncall", "summary", "key_file"): summary.key_file if summary else None,
        ("oncall", "openid", "client_secret_file"): openid.client_secret_file if openid else None,
    }
    yield from ((place, path) for place, path in single.items() if path is not None)
    for index, channel in enumerate(oncall.channels):
        if channel.url_file is not None:
            yield ("oncall", "channels", index, "url_file"), channel.url_file
    for name in config.service_names:
        if (compose := config.service(name).compose_file) is not None:
            yield ("services", name, "compose_file"), compose


def _why_not(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return None if file.read(1) else "is empty. Write the value into it"
    except FileNotFoundError:
        return "does not exist. Create it, or correct the path"
    except IsADirectoryError:
        return "is a folder. Name the file"
    except OSError as error:
        return f"cannot be read ({error.strerror}). Make it readable for the user that runs this command"
