"""A check of one's own: does a queue in Redis pile up? Copy this file and change what it looks at."""

from __future__ import annotations

import socket
from typing import Annotated

from tixmaster.oncall.checks import Finding, Params, Scene, Value, about, check, said


class QueueParams(Params, frozen=True, kw_only=True):
    """The address is that of the service in tixmaster.toml."""

    service: Annotated[str, about("the Redis server")] = "redis"
    queue: Annotated[str, about("the key of the list")]
    length_below: Annotated[int, about("so many jobs are too many")] = 100


class QueueValue(Value, frozen=True, kw_only=True):
    """What conditions can read."""

    length: Annotated[int | None, about("jobs that wait; null where it could not be asked")] = None


@check("redis-queue", QueueParams, QueueValue)
def redis_queue(params: QueueParams, scene: Scene) -> Finding:
    """Counts the jobs that wait in a Redis list."""
    place = scene.config.service(params.service)
    key = params.queue.encode()
    try:
        with socket.create_connection((place.host, place.port), timeout=scene.timeout) as connection:
            connection.settimeout(scene.timeout)
            connection.sendall(b"*2\r\n$4\r\nLLEN\r\n$%d\r\n%s\r\n" % (len(key), key))  # redis.io/docs: RESP
            answer = connection.makefile("rb").readline(200).decode("utf-8", "replace").strip()
    except OSError as error:
        address = f"{place.host}:{place.port}"
        reason = said("Redis at {address}: {error}", "Redis（{address}）：{error}", address=address, error=error)
        return Finding(status="failed", reason=reason, value=QueueValue().plain())
    if not answer.startswith(":"):
        reason = said("Redis says: {answer}", "Redis 回應：{answer}", answer=answer)
        return Finding(status="error", reason=reason, value=QueueValue().plain())
    length = int(answer.removeprefix(":"))
    return Finding(
        status="failed" if length >= params.length_below else "ok",
        reason=said(
            "{length} jobs wait in {queue}", "{queue} 有 {length} 筆工作等待中", length=length, queue=params.queue
        ),
        value=QueueValue(length=length).plain(),
    )
