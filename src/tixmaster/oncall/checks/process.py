"""Is the process there? SOP 3.2 and 3.4: ask whoever keeps the service running."""

from __future__ import annotations

from tixmaster.oncall.checks.registry import Finding, Params, Scene, check
from tixmaster.stack.errors import StackError
from tixmaster.stack.managers import manager_of


class ProcessParams(Params, frozen=True, kw_only=True):
    """`service`: whose process."""

    service: str


@check("process", ProcessParams)
def process(params: ProcessParams, scene: Scene) -> Finding:
    """Asks the service manager; `value.running` is whether the process is there."""
    try:
        state = manager_of(scene.config, params.service).status()
    except StackError as error:
        return Finding(status="error", reason=str(error))
    running = state.pid is not None
    return Finding(
        status="ok" if running else "failed",
        reason=f"{scene.config.full_name(params.service)}: {state.detail or state.state}",
        value={"running": running, "state": state.state, "pid": state.pid or 0},
    )
