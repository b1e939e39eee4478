"""The settings of the tracker in force, with its token read."""

from __future__ import annotations

from tixmaster.oncall.errors import DeliveryError
from tixmaster.oncall.report.secret_file import read_secret
from tixmaster.stack.config import Config, Tracker


def settings_of(config: Config) -> tuple[Tracker, str]:
    """`[oncall.tracker]` and its token; raises `DeliveryError` where either is missing."""
    settings = config.oncall.tracker
    if settings is None:
        raise DeliveryError("tixmaster.toml has no [oncall.tracker]", retry=False)
    return settings, read_secret(config, settings.token_file)


def user_of(settings: Tracker) -> str:
    """Whose token it is; raises `DeliveryError` where the tracker must know and the file does not say."""
    if settings.user is None:
        raise DeliveryError(
            f"{settings.kind} wants to know whose token it is: set user under [oncall.tracker]", retry=True
        )
    return settings.user
