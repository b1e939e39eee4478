"""A large log as a busy backend writes it: JSON lines over a day, one in fifty of an error."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from tixmaster.bench.errors import BenchError

GB: Final = 1_000_000_000
LINE_BYTES: Final = 240
"""About; the day is divided by how many of them make up the file."""
BEGAN: Final = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
DAY: Final = timedelta(days=1)
ERROR_SHARE: Final = 0.02
BLOCK_LINES: Final = 20_000
SEED: Final = 4


@dataclass(frozen=True, kw_only=True)
class LogFile:
    """What was written: what is counted later must be this."""

    path: Path
    size: int
    lines: int
    errors: int
    kinds: int
    """How many different troubles."""
    moments: tuple[float, ...]
    """When the lines of the last ten minutes were written (Unix time)."""


def make(path: Path, size: int, began: datetime = BEGAN) -> LogFile:
    """Writes a log of at least `size` bytes over a day, the same each time; raises `BenchError` on a full disk."""
    free = shutil.disk_usage(path.parent).free
    if free < size * 1.1:
        raise BenchError(
            f"{path.parent} has {free / GB:.1f} GB free; the log takes {size / GB:.1f} GB. "
            "Make room, or set TMPDIR to a disk with more."
        )
    dice = random.Random(SEED)
    step = DAY.total_seconds() * LINE_BYTES / size
    at, written, lines, errors = began.timestamp(), 0, 0, 0
    recent: list[float] = []
    with path.open("wb") as file:
        while written < size:
            block = []
            for _ in range(BLOCK_LINES):
                at += step * 2 * dice.random()
                recent.append(at)
                stamp = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
                is_error = dice.random() < ERROR_SHARE
                errors += is_error
                block.append(_error(dice, stamp) if is_error else _request(dice, stamp))
            lines += len(block)
            text = "".join(block).encode()
            file.write(text)
            written += len(text)
            recent = [one for one in recent if one > at - 600]
    return LogFile(
        path=path, size=written, lines=lines, errors=errors, kinds=len(_ERRORS), moments=tuple(_to_ms(recent))
    )


def _to_ms(moments: list[float]) -> list[float]:
    """As the file has them."""
    return [
        datetime.fromtimestamp(one, UTC).replace(microsecond=int(one % 1 * 1000) * 1000).timestamp() for one in moments
    ]


def _request(dice: random.Random, stamp: str) -> str:
    return (
        f'{{"timestamp":"{stamp}","level":"info","message":"request","service":"tixmaster-backend",'
        f'"environment":"production","requestId":"{dice.getrandbits(64):016x}","method":"GET",'
        f'"path":"/api/events/{dice.randrange(9999)}","status":200,"durationMs":{dice.random() * 20:.3f}}}\n'
    )


_ERRORS: Final = (
    "ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', {port})",
    "TimeoutError: order {number} was not answered within {ms:.1f} ms",
    "deadlock detected: process {port} waits for transaction {uuid}",
    "payment provider answered 503 for payment pay_{hex}",
    "duplicate key value violates unique constraint orders_key, key {hex} of user {number}",
)


def _error(dice: random.Random, stamp: str) -> str:
    said = dice.choice(_ERRORS).format(
        port=dice.randrange(1024, 65536),
        number=dice.randrange(10**7),
        ms=dice.random() * 3000,
        uuid=UUID(int=dice.getrandbits(128)),
        hex=f"{dice.getrandbits(96):024x}",
    )
    return (
        f'{{"timestamp":"{stamp}","level":"error","message":"request failed","service":"tixmaster-backend",'
        f'"environment":"production","requestId":"{dice.getrandbits(64):016x}","method":"POST",'
        f'"path":"/api/orders","status":500,"error":"{said}"}}\n'
    )
