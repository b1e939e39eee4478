"""Talking to supervisord over its Unix socket, by XML-RPC."""

from __future__ import annotations

import hashlib
import socket
import tempfile
import xmlrpc.client
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from tixmaster.stack.config import Config
from tixmaster.stack.errors import ManagerError, UnreachableError
from tixmaster.stack.said import said, system

SOCKET_PATH_LIMIT = 100
"""The kernel's limit is 107 bytes; Supervisor appends its process id while it makes the socket."""

ANSWER_SECONDS = 60.0
"""The longest answer is that of a stop, which waits for the program's own time limit (`stopwaitsecs`)."""
ALREADY_STARTED, NOT_RUNNING = 60, 70
"""Fault codes, as in `supervisor.xmlrpc.Faults`."""


def socket_path(config: Config) -> Path:
    """The socket in `var/supervisor`; in a private folder of the temporary directory where that path is too long."""
    path = config.var / "supervisor" / "supervisor.sock"
    if len(str(path)) <= SOCKET_PATH_LIMIT:
        return path
    digest = hashlib.sha256(str(config.var).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"tixmaster-{digest}" / "supervisor.sock"


class _Connection(HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=ANSWER_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class _Transport(xmlrpc.client.Transport):
    """Like Supervisor's own transport, with a time limit and without the import of half of Supervisor."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> HTTPConnection:
        connection = _Connection(self._path)
        self._connection = host, connection  # kept where `close` of the base class looks for it
        return connection


def call(config: Config, method: str, *arguments: Any) -> Any:
    """Calls `supervisor.<method>`; raises `UnreachableError` where supervisord does not run or answer."""
    path = socket_path(config)
    try:
        with xmlrpc.client.ServerProxy("http://localhost", transport=_Transport(path)) as proxy:
            return getattr(proxy.supervisor, method)(*arguments)
    except xmlrpc.client.Fault as error:
        refused = said(
            "Supervisor refused {call}: {why}",
            "Supervisor 拒絕 {call}：{why}",
            call=f"{method}{arguments}",
            why=error.faultString,
        )
        raise ManagerError(refused, error.faultCode) from error
    except (OSError, HTTPException, xmlrpc.client.Error) as error:
        silent = said(
            "Supervisor does not answer on {path} ({why}). `tix up` starts it.",
            "Supervisor 於 {path} 沒有回應（{why}）。`tix up` 會將其啟動。",
            path=path,
            why=system(error),
        )
        raise UnreachableError(silent) from error
