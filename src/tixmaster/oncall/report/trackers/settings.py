"""The settings of the tracker in force, with its token read."""

from __future__ import annotations

from tixmaster.oncall.errors import DeliveryError
from tixmaster.oncall.report.secret_file import read_secret
from tixmaster.stack.config import Config, Tracker
from tixmaster.stack.said import said


def settings_of(config: Config) -> tuple[Tracker, str]:
    """`[oncall.tracker]` and its token; raises `DeliveryError` where either is missing."""
    settings = config.oncall.tracker
    if settings is None:
        raise DeliveryError(
            said("tixmaster.toml has no [oncall.tracker]", "tixmaster.toml 沒有 [oncall.tracker]"), retry=False
        )
    return settings, read_secret(config, settings.token_file)


def user_of(settings: Tracker) -> str:
    """Whose token it is; raises `DeliveryError` where the tracker must know and the file does not say."""
    if settings.user is None:
        raise DeliveryError(
            said(
                "{kind} wants to know whose token it is: set user under [oncall.tracker]",
                "{kind} 需要知道權杖屬於誰：請於 [oncall.tracker] 設定 user",
                kind=settings.kind,
            ),
            retry=True,
        )
    return settings.user
