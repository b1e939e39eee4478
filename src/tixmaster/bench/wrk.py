"""wrk, the load generator: a process of its own for each server process, with `load.lua` as its script."""

from __future__ import annotations

import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from uuid import uuid4

import msgspec

from tixmaster.bench.errors import BenchError
from tixmaster.bench.latency import merge, percentile_ms
from tixmaster.stack import packages
from tixmaster.stack.programs import installed

PATIENCE_SECONDS = 5
"""An answer that takes longer is none. Also how long after its round a last answer is waited for."""
MARGIN_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is sent again and again, and the status that is right. With tokens it is an order: each gets a fresh key."""

    method: str
    path: str
    right: int
    body: str = ""
    tokens: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One round. `wrong` counts the rest by what it was: a status, `no answer`, `broken connection`."""

    per_s: float
    p50_ms: float
    p99_ms: float
    right: int
    wrong: dict[str, int]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The last line of a wrk process; `began` and `ended` (0 when an answer never came) are Unix times.

    The latencies are corrected by wrk for the requests that it could not send while it waited for an answer
    (coordinated omission), so there are more of them than answers, and slow moments weigh more, not less.
    """

    began: float
    ended: float
    unanswered: int
    broken: int
    statuses: dict[int, int]
    latency_us: list[tuple[int, int]]

    def lasted(self, seconds: float) -> float:
        """From the first request to the last answer; `seconds` when that never came."""
        return self.ended - self.began if self.ended else seconds

    def answers(self) -> Counter[str]:
        """How often there was which answer."""
        lost = {"no answer": self.unanswered, "broken connection": self.broken}
        return +Counter({str(status): count for status, count in self.statuses.items()} | lost)


def find(say: Callable[[str], None]) -> str:
    """wrk's program, installed where we may; raises `BenchError`."""
    still = packages.install(packages.missing(packages.FOR_BENCH), say)
    program = installed(packages.WRK.binaries)
    if still or program is None:
        raise BenchError(f"wrk is not installed: {packages.WRK.cost}.\n  what to do  {packages.advice(still)}")
    return program


def fire(program: str, urls: Sequence[str], request: Request, *, connections: int, seconds: int) -> Sample:
    """Keeps `connections`, shared equally among the servers, busy for `seconds`, each with one request at a time."""
    with tempfile.TemporaryDirectory(prefix="tix-wrk-") as folder, ExitStack() as running:
        tokens = Path(folder) / "tokens"
        tokens.write_text("\n".join(request.tokens), encoding="ascii")
        tokens.chmod(0o600)
        with resources.as_file(resources.files(__package__ or "").joinpath("load.lua")) as script:
            options = [
                f"-c{connections // len(urls)}",
                f"-d{seconds + PATIENCE_SECONDS}",
                f"--timeout={PATIENCE_SECONDS}",
            ]
            commands = [
                [program, "-t1", *options, f"--script={script}", url, "--", *_arguments(request, seconds, tokens)]
                for url in urls
            ]
            processes = [running.enter_context(_process(command)) for command in commands]
            told = [_hear(process, seconds + PATIENCE_SECONDS + MARGIN_SECONDS) for process in processes]
    return sample(told, right=request.right, seconds=seconds)


def sample(told: Sequence[Told], *, right: int, seconds: float) -> Sample:
    """What the processes saw, as one: rates add up, and so do latencies, count by count. `BenchError` if there is nothing."""
    latency = merge(Counter(dict(one.latency_us)) for one in told)
    answers = sum((one.answers() for one in told), Counter[str]())
    if not latency.total():
        raise BenchError(
            f"the server gave no answer within {PATIENCE_SECONDS} s: {dict(answers) or 'nothing was asked'}"
        )
    return Sample(
        per_s=sum(one.statuses.get(right, 0) / one.lasted(seconds) for one in told),
        p50_ms=percentile_ms(latency, 50),
        p99_ms=percentile_ms(latency, 99),
        right=answers.pop(str(right), 0),
        wrong=dict(answers),
    )


def _arguments(request: Request, seconds: int, tokens: Path) -> list[str]:
    """For `load.lua`."""
    order = [request.body, str(tokens), f"{uuid4().hex}-"] if request.tokens else []
    return [str(seconds), request.method, request.path, *order]


@contextmanager
def _process(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def _hear(process: subprocess.Popen[str], seconds: float) -> Told:
    try:
        output, complaint = process.communicate(timeout=seconds)
        return msgspec.json.decode(output.splitlines()[-1], type=Told, strict=False)
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"wrk did not end within {seconds:g} s; is the machine overloaded?") from error
    except (IndexError, msgspec.DecodeError) as error:
        raise BenchError(f"wrk could not measure: {(complaint or output).strip()[-500:]}") from error
