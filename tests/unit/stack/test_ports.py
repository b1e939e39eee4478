"""Ports that somebody else holds."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from tixmaster.stack import ports
from tixmaster.stack.config import Config
from tixmaster.stack.errors import ConfigError


@pytest.fixture
def taken(config: Config) -> Iterator[int]:
    """The backend's port, held by this process."""
    with socket.create_server(("127.0.0.1", config.services.backend.port)):
        yield config.services.backend.port


def test_a_taken_port_is_named_with_its_holder_and_the_setting(config: Config, taken: int) -> None:
    """All that is needed to act."""
    with pytest.raises(ConfigError) as caught:
        ports.check(config, {"backend": None, "oncall": None})
    message = str(caught.value)
    assert f"port {taken} for tixmaster-backend is taken by process {os.getpid()} (" in message
    assert "[services] backend = { port = … }" in message
    assert "tixmaster-oncall" not in message


def test_every_taken_port_is_named(config: Config, taken: int) -> None:
    """One run tells of all of them."""
    with (
        socket.create_server(("127.0.0.1", config.services.mail.port)),
        pytest.raises(ConfigError, match=rf"(?s){taken}.*{config.services.mail.port}"),
    ):
        ports.check(config, {"backend": None, "mail": None})


def test_a_service_may_hold_its_own_port(config: Config, taken: int) -> None:
    """The second `tix up` finds them all taken by itself."""
    ports.check(config, {"backend": os.getpid()})
    with pytest.raises(ConfigError):
        ports.check(config, {"backend": 2**22 + 1})


def test_a_port_taken_on_all_addresses_is_taken(config: Config) -> None:
    """`0.0.0.0` includes ours."""
    with socket.create_server(("0.0.0.0", config.services.backend.port)):  # noqa: S104 - that is the case at hand
        assert not ports.free("127.0.0.1", config.services.backend.port)


def test_unused_ports_are_different_and_below_the_ephemeral_range() -> None:
    """A connection of anybody could take one from that range."""
    found = [*ports.unused(1), *ports.unused(50)]
    assert len(set(found)) == 51
    assert all(ports.FIRST_UNUSED <= port < ports._first_ephemeral() for port in found)


def test_an_unused_port_is_not_listened_on(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one is given."""
    (other,) = ports.unused(1)
    monkeypatch.setattr(ports, "_candidates", iter([taken, other]))
    assert ports.unused(1) == [other]
