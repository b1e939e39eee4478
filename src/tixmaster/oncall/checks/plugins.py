"""Checks of third parties: the entry point group `tixmaster.checks`. The entry point is called what the check is called.

A plug-in that cannot be loaded never ends on-call: its name stays known, and a step that uses it gives an `error` that
names the package. `tix sop lint` prints `problems()`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from tixmaster.oncall.checks import registry
from tixmaster.oncall.checks.registry import Check, Finding, Params, Scene, Value
from tixmaster.oncall.errors import CheckRefusedError
from tixmaster.stack.said import Said, said

GROUP = "tixmaster.checks"


class Anything(Params, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """Parameters of a check that could not be loaded: nobody knows which it takes."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A plug-in that could not be taken in."""

    check: str
    package: str
    why: str

    def __str__(self) -> str:
        return str(self.said)

    @property
    def said(self) -> Said:
        """In both languages."""
        return said(
            "the check {check!r} of the package {package} could not be loaded: {why}. "
            "Mend or update the package, or remove it (pip uninstall).",
            "套件 {package} 的檢查 {check!r} 無法載入：{why}。請修正或更新該套件，或將其移除（`pip uninstall`）。",
            check=self.check,
            package=self.package,
            why=self.why,
        )


def registered() -> dict[str, Check]:
    """All checks by name, those of plug-ins among them."""
    problems()
    return registry.known()


@cache
def problems() -> tuple[Problem, ...]:
    """Loads the plug-ins, the first time it is asked; what could not be loaded, and why."""
    found = sorted(entry_points(group=GROUP), key=lambda one: (_package(one), one.name))
    return tuple(problem for one in found if (problem := load(one)) is not None)


def load(point: EntryPoint) -> Problem | None:
    """Takes in the check of an entry point; returns why it could not."""
    package = _package(point)
    try:
        with registry.registering_for(package):
            point.load()
            if (made := registry.known().get(point.name)) is None or made.plugin != package:
                raise CheckRefusedError(_refusal(point, made))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - importing somebody else's code may raise anything
        why = str(error) if isinstance(error, CheckRefusedError) else f"{type(error).__name__}: {error}"
        problem = Problem(check=point.name, package=package, why=why)
        if point.name not in registry.known():
            registry.add(_stand_in(problem))
        return problem
    return None


def _refusal(point: EntryPoint, holder: Check | None) -> str:
    if holder is None:
        return (
            f"loading {point.value} registered no check {point.name!r}; the entry point must be called like the check"
        )
    return f"the name {point.name!r} belongs to a check of {holder.plugin or 'TixMaster itself'}; choose another"


def _stand_in(problem: Problem) -> Check:
    """Keeps the name known, so that documents that use it stay in force and say at the step what is wrong."""

    def cannot_look(_params: Params, _scene: Scene) -> Finding:
        """Could not be loaded."""
        return Finding(status="error", reason=problem.said)

    return Check(name=problem.check, params=Anything, value=Value, function=cannot_look, plugin=problem.package)


def _package(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an unknown package"
