"""Secrets: generated once, readable by their owner only, shown once."""

from __future__ import annotations

import pytest

from tixmaster.stack import secrets
from tixmaster.stack.config import Config
from tixmaster.stack.errors import ConfigError


def test_secrets_are_private_long_and_lasting(config: Config) -> None:
    """A second run generates nothing."""
    before = {name: secrets.read(config, name) for name in secrets.NAMES}
    assert secrets.ensure_all(config) == ()
    assert {name: secrets.read(config, name) for name in secrets.NAMES} == before
    assert len(set(before.values())) == len(secrets.NAMES)
    assert all(len(value) >= 32 for value in before.values())
    for name in secrets.NAMES:
        assert secrets.path(config, name).stat().st_mode & 0o777 == 0o600
    assert secrets.path(config, "api-token").parent.stat().st_mode & 0o777 == 0o700


def test_only_what_is_missing_is_generated(config: Config) -> None:
    """Deleting one file renews one secret."""
    secrets.path(config, "api-token").unlink()
    assert secrets.ensure_all(config) == ("api-token",)


def test_a_missing_secret_says_what_to_do(config: Config) -> None:
    """The message names the file and the command."""
    with pytest.raises(ConfigError, match=r"secrets/nothing.*`tix up`"):
        secrets.read(config, "nothing")


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", "密".encode()])
def test_a_damaged_secret_opens_nothing(config: Config, content: bytes) -> None:
    """An empty key would sign for anybody."""
    secrets.path(config, "console-session-key").write_bytes(content)
    with pytest.raises(ConfigError, match=r"secrets/console-session-key is empty or .*Remove the file"):
        secrets.read(config, "console-session-key")


def test_a_secret_is_shown_once(config: Config) -> None:
    """Also when the run that generated it failed before it could be shown."""
    assert secrets.show_once(config, "console-password") == secrets.read(config, "console-password")
    assert secrets.show_once(config, "console-password") is None
