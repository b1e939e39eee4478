"""How is the container? What Docker and Compose know of a service beyond its process."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from tixmaster.oncall.checks.registry import Finding, Params, Scene, Value, about, check
from tixmaster.stack.managers import ProcessState, manager_of
from tixmaster.stack.managers.verbs import spoken
from tixmaster.stack.said import Said, joined, said

Count = Annotated[int, Meta(ge=1)]
ENGINES = ("docker", "compose")


class ContainerParams(Params, frozen=True, kw_only=True):
    """Which container it is stands in tixmaster.toml."""

    service: Annotated[str, about("whose container")]
    restarts_below: Annotated[Count | None, about("how often the engine may have restarted it")] = None


class ContainerValue(Value, frozen=True, kw_only=True):
    """The engine's own view."""

    state: Annotated[str | None, about("running, starting, stopped, exited, failed or absent")] = None
    health: Annotated[str | None, about("healthy, unhealthy or starting; null without a health check")] = None
    restarts: Annotated[int | None, about("how often the engine restarted it")] = None
    oom_killed: Annotated[bool | None, about("whether it ended for want of memory")] = None
    exit_code: Annotated[int | None, about("how it ended; null while it runs")] = None


@check("container", ContainerParams, ContainerValue)
def container(params: ContainerParams, scene: Scene) -> Finding:
    """State and health of a container; skipped for a service that no container engine keeps."""
    word = scene.config.service(params.service).manager
    if word not in ENGINES:
        reason = said("kept by {word}, not by a container engine", "由 {word} 管理，並非容器引擎", word=word)
        return Finding(status="skipped", reason=reason, value=ContainerValue().plain())
    state = manager_of(scene.config, params.service).status()
    name = scene.config.full_name(params.service)
    value = ContainerValue(
        state=state.state,
        health=state.health,
        restarts=state.restarts,
        oom_killed=state.oom_killed,
        exit_code=state.exit_code,
    )
    wrong = troubles(state, params)
    well = joined([spoken(state.state), *([spoken(state.health)] if state.health else [])], ", ", "，")
    reason = said("container {name}: {how}", "容器 {name}：{how}", name=name, how=joined(wrong) if wrong else well)
    return Finding(status="failed" if wrong else "ok", reason=reason, value=value.plain())


def troubles(state: ProcessState, params: ContainerParams) -> list[Said]:
    """What is the matter, the worst first."""
    wrong: list[Said] = []
    if state.oom_killed:
        wrong.append(said("the kernel ended it for want of memory", "因記憶體不足遭核心終止"))
    if state.state not in ("running", "starting"):
        how = spoken(state.state)
        code = state.exit_code
        wrong.append(
            how if code is None else said("{how} with exit code {code}", "{how}，結束碼 {code}", how=how, code=code)
        )
    if state.health == "unhealthy":
        wrong.append(said("its health check fails", "健康檢查失敗"))
    if params.restarts_below is not None and (state.restarts or 0) >= params.restarts_below:
        wrong.append(said("restarted {count} times", "已重新啟動 {count} 次", count=state.restarts))
    return wrong
