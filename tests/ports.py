"""A port of this machine that nobody else gets while the tests run."""

from __future__ import annotations

import socket
import sys

_HELD: list[socket.socket] = []


def free_port() -> int:
    """A port that was free, and stays so for whoever listens at it by its number.

    A port that is only looked up and let go may be given to the next program that asks for any port: then a sender of one test reaches
    the listener of another. Here it stays bound, not listened to, until this process ends: Linux lets a listener with SO_REUSEADDR have it,
    refuses connections meanwhile, and gives it to nobody who asks for any port. Other systems let nobody have it, so there it is let go.
    """
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", 0))
    port = int(one.getsockname()[1])
    if sys.platform == "linux":
        _HELD.append(one)
    else:
        one.close()
    return port
