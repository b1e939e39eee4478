"""Several containers of one service as one state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tixmaster.stack.managers.verbs import WORST_FIRST, ProcessState
from tixmaster.stack.said import said

ILLNESS: Final = ("unhealthy", "starting", "healthy", None)


def summary(states: Mapping[str, ProcessState]) -> ProcessState:
    """The worst of the containers, by name; a person must hear of it while the others still answer."""
    name, worst = min(states.items(), key=_order)
    if len(states) == 1:
        return worst
    run = sum(state.state == "running" for state in states.values())
    counts = [state.restarts for state in states.values() if state.restarts is not None]
    return ProcessState(
        state=worst.state,
        pid=worst.pid,
        started_at=worst.started_at,
        detail=said(
            "{run} of {all} containers run; {name}: {detail}",
            "{all} 個容器中 {run} 個執行中；{name}：{detail}",
            run=run,
            all=len(states),
            name=name,
            detail=worst.detail,
        ),
        restarts=sum(counts) if counts else None,
        exit_code=worst.exit_code,
        oom_killed=any(state.oom_killed for state in states.values()),
        health=worst.health,
    )


def _order(item: tuple[str, ProcessState]) -> tuple[int, int, float]:
    """Of equals the one that was started first, so that a restart counts as done only when all are new."""
    state = item[1]
    ill = ILLNESS.index(state.health) if state.health in ILLNESS else len(ILLNESS)
    return WORST_FIRST.index(state.state), ill, state.started_at.timestamp() if state.started_at else 0.0
