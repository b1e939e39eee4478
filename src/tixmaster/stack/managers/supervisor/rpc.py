"""Talking to supervisord over its Unix socket, by XML-RPC."""

from __future__ import annotations

import hashlib
import tempfile
import xmlrpc.client
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from tixmaster.stack.config import Config
from tixmaster.stack.errors import StackError, UnreachableError

SOCKET_PATH_LIMIT = 100
"""The kernel's limit is 107 bytes; Supervisor appends its process id while it makes the socket."""


class ManagerError(StackError):
    """Supervisor answered and refused; `code` is one of `supervisor.xmlrpc.Faults`, if it gave one."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


def socket_path(config: Config) -> Path:
    """The socket in `var/supervisor`; in a private folder of the temporary directory where that path is too long."""
    path = config.var / "supervisor" / "supervisor.sock"
    if len(str(path)) <= SOCKET_PATH_LIMIT:
        return path
    digest = hashlib.sha256(str(config.var).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"tixmaster-{digest}" / "supervisor.sock"


def call(config: Config, method: str, *arguments: Any) -> Any:
    """Calls `supervisor.<method>`; raises `UnreachableError` where supervisord does not run."""
    transport = SupervisorTransport(None, None, serverurl=f"unix://{socket_path(config)}")
    proxy = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
    try:
        return getattr(proxy.supervisor, method)(*arguments)
    except xmlrpc.client.Fault as error:
        raise ManagerError(f"Supervisor refused {method}{arguments}: {error.faultString}", error.faultCode) from error
    except (OSError, xmlrpc.client.ProtocolError) as error:
        raise UnreachableError(
            f"Supervisor does not answer on {socket_path(config)} ({error}). `tix up` starts it."
        ) from error
    finally:
        transport.close()
