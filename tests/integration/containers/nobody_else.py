"""A name server that knows nobody. The network of the tests has no way out; asked for a name that is not there, the
engine's own would wait in vain for one beyond, where in any real network somebody answers."""

from __future__ import annotations

import socket

NO_SUCH_NAME = b"\x81\x83"
"""An answer, recursion available, NXDOMAIN (RFC 1035, 4.1.1)."""


def serve() -> None:
    """Answers until it is ended."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.bind(("", 53))
        while True:
            question, caller = end.recvfrom(512)
            end.sendto(question[:2] + NO_SUCH_NAME + question[4:], caller)


if __name__ == "__main__":
    serve()
