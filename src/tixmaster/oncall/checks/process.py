"""Is the process there, and how is it? SOP 3.2 and 3.4: ask whoever keeps the service running.

The status and the figures do not depend on who that is; the manager's own words are in `value.detail`, and in the reason
where the process is not there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from tixmaster.oncall.checks import vitals
from tixmaster.oncall.checks.registry import Finding, Params, Scene, Value, about, check
from tixmaster.stack.managers import ProcessState, manager_of
from tixmaster.stack.managers.verbs import NOT_RUNNING
from tixmaster.stack.said import Said, joined, said

Positive = Annotated[float, Meta(gt=0)]


class ProcessParams(Params, frozen=True, kw_only=True):
    """The thresholds count where this machine can see the process."""

    service: Annotated[str, about("whose process")]
    cpu_percent_below: Annotated[Positive | None, about("100 is one core")] = None
    memory_mb_below: Positive | None = None
    open_files_ratio_below: Annotated[Positive | None, about("open files of the limit, 1 is all")] = None
    restarted_within: Annotated[
        Positive | None, about("seconds: it fails where the process began so short a time before now")
    ] = None


class ProcessValue(Value, frozen=True, kw_only=True):
    """The process and those it started, together."""

    running: Annotated[bool, about("whether there is a process")] = False
    state: Annotated[str | None, about("running, starting, stopped, exited, failed or absent")] = None
    pid: Annotated[int, about("0 where there is none")] = 0
    restarts: Annotated[int | None, about("how often its manager started it again; null where that is not counted")] = (
        None
    )
    cpu_percent: Annotated[float | None, about("over a moment; 100 is one core")] = None
    memory_mb: Annotated[float | None, about("resident memory, in 1024² bytes")] = None
    threads: int | None = None
    open_files: Annotated[int | None, about("files and sockets of the process that has most")] = None
    open_files_limit: Annotated[int | None, about("its limit; null where the system does not tell")] = None
    uptime_seconds: Annotated[float | None, about("since it was started")] = None
    detail: Annotated[str, about("what its manager says, in its own words")] = ""


@check("process", ProcessParams, ProcessValue, ahead=True)
def process(params: ProcessParams, scene: Scene) -> Finding:
    """Asks the service's manager, and the system for processor time, memory and open files."""
    state = manager_of(scene.config, params.service).status()
    name = scene.config.full_name(params.service)
    value = ProcessValue(state=state.state, restarts=state.restarts, detail=state.detail)
    if state.pid is None and state.state != "running":
        return Finding(status="failed", reason=_absent(name, state), value=value.plain())
    watched = min(vitals.WATCH_SECONDS, scene.timeout / 4)
    seen = vitals.measure(state.pid, state.started_at, seconds=watched) if state.pid else vitals.Vitals()
    value = ProcessValue(
        running=True,
        state=state.state,
        pid=state.pid or 0,
        restarts=state.restarts,
        cpu_percent=seen.cpu_percent,
        memory_mb=seen.memory_mb,
        threads=seen.threads,
        open_files=seen.open_files,
        open_files_limit=seen.open_files_limit,
        uptime_seconds=_uptime(scene.now, state.started_at or seen.started_at),
        detail=state.detail,
    )
    reason = said(
        "{name} is running, process {pid}",
        "{name} 執行中，行程 {pid}",
        name=name,
        pid=state.pid or said("unknown", "不明"),
    )
    wrong = _beyond(params, value)
    if wrong:
        reason = said("{state}, but {wrong}", "{state}，但{wrong}", state=reason, wrong=joined(wrong))
    return Finding(status="failed" if wrong else "ok", reason=reason, value=value.plain())


def _absent(name: str, state: ProcessState) -> Said:
    """That it is not there, and its manager's words about that, which may begin with the same."""
    how = state.detail.map(lambda words: words.removeprefix(NOT_RUNNING).removeprefix(NOT_RUNNING.zh).lstrip(";； "))
    if not how:
        return said("{name} is not running", "{name} 未在執行", name=name)
    return said("{name} is not running; {how}", "{name} 未在執行；{how}", name=name, how=how)


def _uptime(now: datetime, started_at: datetime | None) -> float | None:
    return None if started_at is None else max(round((now - started_at).total_seconds(), 1), 0.0)


def _beyond(params: ProcessParams, value: ProcessValue) -> list[Said]:
    """The thresholds that are passed. What is not known passes none."""
    ratio = value.open_files / value.open_files_limit if value.open_files and value.open_files_limit else None
    wrong: list[Said] = []
    if _reached(value.cpu_percent, params.cpu_percent_below):
        wrong.append(
            said(
                "it uses {used:.0f} % of a core (limit {limit:g} %)",
                "使用一個核心的 {used:.0f} %（上限 {limit:g} %）",
                used=value.cpu_percent,
                limit=params.cpu_percent_below,
            )
        )
    if _reached(value.memory_mb, params.memory_mb_below):
        wrong.append(
            said(
                "it holds {used:.0f} MB (limit {limit:g} MB)",
                "占用記憶體 {used:.0f} MB（上限 {limit:g} MB）",
                used=value.memory_mb,
                limit=params.memory_mb_below,
            )
        )
    if _reached(ratio, params.open_files_ratio_below):
        wrong.append(
            said(
                "{used} of {limit} files are open",
                "已開啟 {used} 個檔案（上限 {limit}）",
                used=value.open_files,
                limit=value.open_files_limit,
            )
        )
    if value.uptime_seconds is not None and value.uptime_seconds < (params.restarted_within or 0):
        wrong.append(
            said("it was started {seconds:.0f} s ago", "於 {seconds:.0f} 秒前才啟動", seconds=value.uptime_seconds)
        )
    return wrong


def _reached(seen: float | None, limit: float | None) -> bool:
    return seen is not None and limit is not None and seen >= limit
